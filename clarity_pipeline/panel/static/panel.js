// What htmx leaves unsaid. Every page works without this file.
"use strict";

// No answer came (offline, a server that restarts): say so beside what was pressed, and put the focus there.
document.addEventListener("htmx:error", (event) => {
  const request = event.detail?.ctx;
  const pressed = request?.sourceElement ?? event.target;
  if (!request || request.response || !pressed?.isConnected) return;
  const said = document.createElement("p");
  said.className = "problem";
  said.setAttribute("role", "alert");
  said.tabIndex = -1;
  said.dataset.unreached = "";
  said.textContent = navigator.onLine
    ? "The panel did not answer. Look at this page again before you press once more: it may have been done."
    : "You are offline: nothing was sent. Press again when you are back.";
  (pressed.closest(".actions, form, nav, table, .card") ?? pressed).after(said);
  said.focus({ preventScroll: true });
  said.scrollIntoView({ block: "nearest" });
});

// The next try clears what was said of the last one.
document.addEventListener("htmx:before:request", () => {
  for (const said of document.querySelectorAll("[data-unreached]")) said.remove();
});

// An answer that was put into the page: it is where the focus goes, and in view.
document.addEventListener("htmx:after:settle", () => {
  const said = document.querySelector("[data-answer]:not([data-said])");
  if (!said) return;
  said.dataset.said = "";
  said.focus({ preventScroll: true });
  said.scrollIntoView({ block: "nearest" });
});

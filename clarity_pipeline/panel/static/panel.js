// What htmx leaves unsaid. Every page works without this file.
"use strict";

// Say beside what was pressed that it reached nobody, and put the focus there.
function unreached(pressed, words) {
  for (const said of document.querySelectorAll("[data-unreached], [data-answer]")) said.remove();
  const said = document.createElement("p");
  said.className = "problem";
  said.setAttribute("role", "alert");
  said.tabIndex = -1;
  said.dataset.unreached = "";
  said.textContent = words;
  (pressed.closest(".actions, form, nav, table, .card") ?? pressed).after(said);
  said.focus({ preventScroll: true });
  said.scrollIntoView({ block: "nearest" });
}

const OFFLINE = "You are offline: nothing was sent. Press again when you are back.";

// No answer came (offline, a server that restarts).
document.addEventListener("htmx:error", (event) => {
  const request = event.detail?.ctx;
  const pressed = request?.sourceElement ?? event.target;
  if (!request || request.response || !pressed?.isConnected) return;
  unreached(
    pressed,
    navigator.onLine
      ? "The panel did not answer. Look at this page again before you press once more: it may have been done."
      : OFFLINE
  );
});

// A form that is sent as a page of its own: offline it stays with what was typed, and pressed twice it is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return; // htmx sends it
  if (!navigator.onLine) {
    event.preventDefault();
    unreached(event.submitter ?? form, OFFLINE);
  } else if (form.method === "post" && event.timeStamp - (form.dataset.sent ?? -Infinity) < 10_000) {
    event.preventDefault(); // its answer is on the way; one that was stopped may be asked for again soon
  } else {
    form.dataset.sent = event.timeStamp;
  }
});

// A refused form is the answer to a POST: as an entry of the history it is asked for again like any page, so that neither reload
// nor Back comes to the browser's question whether to send the form once more.
history.replaceState(history.state, "", location.href);

// Back shows the page as it was left: its forms may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
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

"""What every answer has in common: its headers, how it says no, what the log has of it."""

import logging
import socket
from urllib.parse import urlsplit

import pytest
from fastapi import APIRouter, FastAPI

from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.pages.doors import own_path
from clarity_pipeline.panel.web.assets import assets
from clarity_pipeline.panel.web.headers import CONTENT_SECURITY_POLICY
from clarity_pipeline.panel.web.problems import KINDS
from clarity_pipeline_tests.panel.running import RunningPanel, running
from clarity_pipeline_tests.world import World

SECRET = "kettle-drum-kettle-drum-kettle"


@pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/api/v1/health", "/api/v1/nowhere", "/account", "/invite?code=no"])
def test_every_answer_tells_browsers_to_load_nothing_frame_nothing_and_keep_nothing(panel: RunningPanel, path: str) -> None:
    headers = panel.visitor().get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Server" not in headers
    assert "Strict-Transport-Security" not in headers


def test_a_file_may_be_kept_for_ever_under_its_hash_and_is_nowhere_else(panel: RunningPanel) -> None:
    asset = assets()["panel.css"]
    answer = panel.visitor().get(asset.path)
    assert answer.content == asset.content
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    for path in (f"/static/{'0' * 16}/panel.css", f"/static/{asset.digest}/../app.py", f"/static/{asset.digest}/%2e%2e%2fapp.py"):
        assert panel.visitor().get(path).status_code == 404


def test_no_page_holds_a_script_a_style_or_anything_from_elsewhere(panel: RunningPanel) -> None:
    ann = panel.visitor("ann@agency.example")
    for path in ("/account", "/people", "/keys", "/people/1", "/nowhere"):
        page = ann.get(path).text
        for forbidden in ("<script>", "<style", " style=", " onclick=", "javascript:", "//cdn", 'src="http'):
            assert forbidden not in page, (path, forbidden)


def test_a_name_that_is_markup_is_shown_as_text(panel: RunningPanel) -> None:
    ann = panel.visitor("ann@agency.example")
    secret = panel.panel.invites.make("eve@agency.example", role="agency_member")
    panel.visitor().post("/invite", code=secret, name='<img src=x onerror="x">', password="nine loud geese at dawn")
    page = ann.get("/people").text
    assert "<img" not in page
    assert "&lt;img src=x" in page


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("/businesses/acme", "/businesses/acme"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\n//evil.example", "/"),
        ("", "/"),
    ],
)
def test_a_link_to_the_sign_in_leads_to_no_other_host(given: str, path: str) -> None:
    assert own_path(given) == path


def test_a_problem_is_a_document_with_a_stable_reason(panel: RunningPanel) -> None:
    answer = panel.visitor("cleo@acme.example").get("/api/v1/portal/businesses/globex")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/api/v1/problems/unknown_business",
        "title": "No such business",
        "status": 404,
        "detail": "There is no such business, or it is not yours to see; go back to your businesses.",
        "reason": "unknown_business",
    }
    explained = panel.visitor().get(answer.json()["type"]).json()
    assert explained == {"reason": "unknown_business", "status": 404, "title": "No such business"}


def test_a_401_says_how_to_sign_in_and_a_405_what_is_allowed(panel: RunningPanel) -> None:
    assert panel.visitor().get("/api/v1/businesses").headers["WWW-Authenticate"].startswith("Session")
    answer = panel.visitor().send("DELETE", "/api/v1/businesses/acme")
    assert (answer.status_code, answer.json()["reason"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"]


def test_what_was_not_valid_is_not_repeated(panel: RunningPanel) -> None:
    max_ = panel.visitor("max@agency.example")
    for body in (
        {"project_id": SECRET},
        {"name": 7, "token": {"in": SECRET}},
        {"token": [SECRET]},
        {SECRET.replace("-", ""): 1},
        {"business": SECRET.upper(), "project_id": SECRET, "token": SECRET + "!"},
    ):
        for method, path in (("PATCH", "/api/v1/businesses/acme"), ("POST", "/api/v1/businesses")):
            answer = max_.send(method, path, json=body)
            assert answer.status_code == 422
            assert SECRET.lower() not in answer.text.lower()
            assert SECRET.replace("-", "") not in answer.text
    mistyped = max_.send("PATCH", "/api/v1/businesses/acme", json={"projectid": "abc123def4"}).json()
    assert mistyped["errors"] == [{"field": "body.projectid", "problem": "Extra inputs are not permitted"}]
    answer = max_.send(
        "PATCH", "/api/v1/businesses/acme", data=f'{{"token": "{SECRET}"', headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, SECRET in answer.text) == (422, False)


@pytest.mark.parametrize("path", ["/connect", "/businesses/acme/update"])
def test_a_token_in_the_wrong_field_is_not_repeated(panel: RunningPanel, path: str) -> None:
    token = "T0k3n." * 30
    answer = panel.visitor("max@agency.example").post(path, name=token, slug=token, project_id=token, token="")
    assert (answer.status_code, token in answer.text) == (422, False)


HALVES = {"Content-Type": "multipart/form-data; boundary=b; charset=unicode_escape"}


def _halves(**fields: str) -> str:
    """A form whose own charset makes halves of characters, which no UTF-8 can hold."""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    return "".join(parts) + "--b--\r\n"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/sign-in", {"email": "max@agency.example", "password": r"\ud800aaaaaaaaaaaa"}),
        ("/sign-in", {"email": r"\ud800@agency.example", "password": "aaaaaaaaaaaa"}),
        ("/connect", {"name": r"x\ud800", "slug": "x", "project_id": "abc123def4", "token": "a-token-that-nobody-has-seen"}),
        ("/people/invites", {"email": r"q\ud800@q.example", "role": "agency_member"}),
    ],
)
def test_half_a_character_in_a_form_is_wrong_input_and_no_defect_of_ours(
    panel: RunningPanel, path: str, form: dict[str, str]
) -> None:
    answer = panel.visitor("ann@agency.example").send("POST", path, data=_halves(**form), headers=HALVES)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("businesses", [["a\x00"], ["acme", "a\x00"]])
def test_a_business_that_no_database_can_look_for_does_not_exist(any_panel: RunningPanel, businesses: list[str]) -> None:
    any_panel.user("ann@agency.example", role="agency_admin")
    form = {"email": "q@q.example", "role": "client", "businesses": businesses}
    answer = any_panel.visitor("ann@agency.example").post("/people/invites", **form)
    assert (answer.status_code, "does not exist" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("cleo@acme.example", 403), ("max@agency.example", 422), ("ann@agency.example", 422)]
)
def test_who_may_not_is_told_that_and_nothing_of_a_body_that_cannot_be_read(
    panel: RunningPanel, who: str | None, status: int
) -> None:
    visitor = panel.visitor(who)
    broken = {"data": "{bad", "headers": {"Content-Type": "application/json"}}
    assert visitor.send("PATCH", "/api/v1/businesses/acme", **broken).status_code == status
    if who == "cleo@acme.example":
        answers = [visitor.send("PATCH", f"/api/v1/portal/businesses/{slug}", **broken) for slug in ("acme", "globex", "nobody")]
        assert [answer.status_code for answer in answers] == [422, 404, 404]
        assert answers[1].text == answers[2].text
    form = {"data": "x", "headers": {"Content-Type": "multipart/form-data"}}
    assert visitor.send("POST", "/connect", **form).status_code == {401: 303}.get(status, status)


PAGES = ["/sign-in", "/businesses", "/businesses/acme", "/people", "/keys", "/api/v1/businesses", "/nowhere"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", [None, "cleo@acme.example", "ann@agency.example"])
def test_head_is_answered_as_get_would_be_and_without_a_body(panel: RunningPanel, path: str, who: str | None) -> None:
    visitor = panel.visitor(who)
    asked, got = visitor.send("HEAD", path), visitor.get(path)
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    for name in ("Content-Length", "Content-Type", "Location", "Content-Security-Policy", "Cache-Control"):
        assert asked.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize("how", ["length", "chunks"])
def test_a_request_that_is_larger_than_any_form_is_refused(panel: RunningPanel, how: str) -> None:
    body = b"email=" + b"x" * 70_000
    data = body if how == "length" else iter([body[at : at + 1000] for at in range(0, len(body), 1000)])
    answer = panel.visitor().send("POST", "/sign-in", data=data, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 413
    assert answer.headers["Content-Security-Policy"]


def test_bytes_that_are_no_http_do_not_stop_the_panel(panel: RunningPanel) -> None:
    place = urlsplit(panel.base_url)
    for garbage in (
        b"\x00\xff\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ):
        with socket.create_connection((str(place.hostname), place.port or 0), timeout=10) as connection:
            connection.sendall(garbage + b"\r\n\r\n")
            assert connection.recv(12) in {b"HTTP/1.1 400", b"HTTP/1.1 421", b"HTTP/1.1 413"}
    assert panel.visitor().get("/api/v1/health").json() == {"status": "ok"}


def test_the_log_has_the_route_and_nothing_that_was_asked(panel: RunningPanel, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    max_ = panel.visitor("max@agency.example")
    max_.get(f"/invite?code={SECRET}")
    max_.get(f"/{SECRET}")
    max_.get(f"/api/v1/businesses/{SECRET}")
    max_.get("/api/v1/businesses/acme")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("clarity_pipeline.panel")]
    routes = [line.split()[:3] for line in lines[-4:]]
    assert routes == [
        ["GET", "/invite", "410"],
        ["GET", "(no", "route)"],
        ["GET", "/api/v1/businesses/{business_id}", "404"],
        ["GET", "/api/v1/businesses/{business_id}", "200"],
    ]
    for personal in (SECRET, "max@agency.example", "127.0.0.1", "acme", str(max_.secret)):
        assert not any(personal in line for line in lines), personal


def _fails(app: FastAPI) -> None:
    router = APIRouter(dependencies=[guard("enter")])

    @router.get("/api/v1/defect")
    @router.get("/defect")
    def defect() -> None:
        raise KeyError(SECRET)

    app.include_router(router)


def test_a_defect_is_answered_and_logged_without_what_it_says(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with running(world.settings, clock=lambda: world.now, changed=_fails) as panel:
        document, page = panel.visitor().get("/api/v1/defect"), panel.visitor().get("/defect")
    assert (document.status_code, document.json()["reason"]) == (500, "internal_error")
    assert (page.status_code, "Something went wrong" in page.text) == (500, True)
    assert "KeyError at" in caplog.text
    assert SECRET not in caplog.text + document.text + page.text


def test_every_reason_is_worded_for_people() -> None:
    for reason, kind in KINDS.items():
        assert reason == reason.lower()
        assert 400 <= kind.status < 600
        assert kind.detail is None or kind.detail.endswith(".")
        assert "clarity-pipeline " not in f"{kind.title}{kind.detail}", "a browser has no command line"

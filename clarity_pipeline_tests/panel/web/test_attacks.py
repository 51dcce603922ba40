"""What attackers send by hand: framing in two ways, methods and hosts that are not ours, fields that were not offered."""

import logging
import re
import socket
from contextlib import suppress
from dataclasses import replace
from time import monotonic, sleep

import pytest

from clarity_pipeline.panel.access.identities import Person
from clarity_pipeline.panel.access.policy import ROLES
from clarity_pipeline.panel.access.users import InvalidAccount
from clarity_pipeline.panel.pages.doors import CLEARED
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, running
from clarity_pipeline_tests.world import World


def said(panel: RunningPanel, request: bytes) -> bytes:
    """All that comes back on one connection until it is closed, or nothing more comes for two seconds."""
    host, port = panel.base_url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(request)
        connection.settimeout(2)
        found = b""
        with suppress(TimeoutError, ConnectionResetError):
            while part := connection.recv(65536):
                found += part
    return found


def head(panel: RunningPanel, line: str, *more: str) -> bytes:
    host = panel.base_url.removeprefix("http://")
    return "\r\n".join([line, f"Host: {host}", "Connection: keep-alive", *more, "", ""]).encode()


@pytest.mark.parametrize(
    "framing",
    [
        ("Content-Length: 6", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 6"),
        ("Content-Length: 6", "Content-Length: 60"),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding : chunked",),
        ("Content-Length: +6",),
        ("Content-Length: 0x6",),
    ],
)
def test_a_request_that_is_framed_in_two_ways_carries_no_second_one(panel: RunningPanel, framing: tuple[str, ...]) -> None:
    smuggled = head(panel, "GET /api/v1/nowhere HTTP/1.1")
    sent = head(panel, "POST /sign-in HTTP/1.1", "Content-Type: application/x-www-form-urlencoded", *framing)
    answer = said(panel, sent + b"0\r\n\r\nX" + smuggled)
    assert answer.startswith(b"HTTP/1.1 "), "it was answered"
    assert b"/api/v1/problems/not_found" not in answer
    assert panel.visitor("max@agency.example").get("/account").status_code == 200, "and the panel goes on"


def test_the_second_request_would_be_answered_if_it_were_one(panel: RunningPanel) -> None:
    sent = head(panel, "POST /sign-in HTTP/1.1", "Content-Type: application/x-www-form-urlencoded", "Content-Length: 6")
    answer = said(panel, sent + b"0\r\n\r\nX" + head(panel, "GET /api/v1/nowhere HTTP/1.1"))
    assert b"/api/v1/problems/not_found" in answer


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "OPTIONS", "PUT", "PROPFIND"])
def test_a_method_that_no_page_has_is_refused_and_nothing_is_echoed(panel: RunningPanel, method: str) -> None:
    answer = said(panel, head(panel, f"{method} /account HTTP/1.1", "X-Secret: a-secret-of-mine"))
    assert answer.startswith((b"HTTP/1.1 405", b"HTTP/1.1 400", b"HTTP/1.1 403")), answer[:40]
    assert b"a-secret-of-mine" not in answer


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_a_header_makes_no_other_method_of_a_get(panel: RunningPanel, name: str) -> None:
    visitor = panel.visitor("max@agency.example")
    for answer in (visitor.get("/sign-out", headers={name: "POST"}), visitor.get("/sign-out?_method=POST")):
        assert (answer.status_code, answer.headers["Location"]) == (303, "/"), "to the page above, and nothing is done"
    assert visitor.get("/account").status_code == 200


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Host"])
def test_a_header_that_names_another_host_or_path_changes_no_link_and_no_page(panel: RunningPanel, name: str) -> None:
    ann = panel.visitor("ann@agency.example")
    headers = {name: "evil.example" if name != "Forwarded" else "host=evil.example"}
    made = ann.send("POST", "/people/invites", data={"email": "eve@agency.example", "role": "agency_member"}, headers=headers)
    assert (made.status_code, "/invite?code=" in made.text, "evil.example" in made.text) == (200, True, False)
    assert panel.visitor().get("/sign-in", headers={name: "/people"}).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "user@127.0.0.1",
        "127.0.0.1/evil.example",
        "127.0.0.1?x",
        "127.0.0.1#x",
        "evil.example:80@127.0.0.1",
        "127.0.0.1:1x",
        "[::1",
    ],
)
def test_a_host_with_more_than_a_name_and_a_port_is_not_ours(panel: RunningPanel, host: str) -> None:
    answer = said(panel, f"GET /sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 421", b"HTTP/1.1 400")), answer[:60]
    assert panel.visitor().get("/sign-in").status_code == 200


@pytest.mark.parametrize("email", ["ma\u212as@agency.example", "maks@\u212aeller.example"])
def test_a_letter_that_becomes_another_in_lower_case_is_nobodys_address(panel: RunningPanel, email: str) -> None:
    panel.user("maks@agency.example")
    panel.user("maks@keller.example")
    assert panel.visitor().post("/sign-in", email=email, password=PASSWORD).status_code == 401
    claims = {"sub": "1", "email": email, "email_verified": True}
    assert Person.of(claims, issuer="https://accounts.example").email is None
    with pytest.raises(InvalidAccount):
        panel.panel.invites.make(email, role="agency_member")
    assert panel.visitor().post("/sign-in", email=" MAKS@agency.example ", password=PASSWORD).status_code == 303


def test_fields_that_a_form_does_not_have_change_nothing(panel: RunningPanel) -> None:
    cleo = panel.visitor("cleo@acme.example")
    new = "nine loud geese at dawn"
    more = {"role": "agency_admin", "user_id": "1", "businesses": "globex", "email": "ann@agency.example", "disabled_at": ""}
    assert cleo.post("/account/password", present=PASSWORD, new=new, **more).status_code == 303
    user = panel.panel.accounts.get(3)
    assert (user.role, user.email, user.business_ids) == ("client", "cleo@acme.example", ("acme",))
    code = panel.panel.invites.make("eve@agency.example", role="client", business_ids=["acme"])
    assert panel.visitor().post("/invite", code=code, name="Eve", password=new, **more).status_code == 303
    assert panel.panel.accounts.get(4).role == "client"


def test_a_field_the_api_does_not_describe_is_refused(panel: RunningPanel) -> None:
    cleo = panel.visitor("cleo@acme.example")
    for field in ("business_id", "enabled", "token_fingerprint", "quota_key", "shared_allowed"):
        answer = cleo.send("PATCH", "/api/v1/portal/businesses/acme", json={field: "x"})
        assert answer.status_code in {422, 405}, (field, answer.text)
    assert panel.panel.home.connections.get("acme").business_id == "acme"


def test_a_field_in_the_query_is_no_field_of_the_form_and_of_two_one_counts(panel: RunningPanel) -> None:
    visitor = panel.visitor()
    assert visitor.send("POST", f"/sign-in?email=max@agency.example&password={PASSWORD}").status_code == 401
    twice = [("email", "nobody@agency.example"), ("email", "max@agency.example"), ("password", "wrong"), ("password", PASSWORD)]
    assert visitor.send("POST", "/sign-in", data=twice).status_code == 303
    who = visitor.get("/account").text
    assert "max@agency.example" in who
    assert "nobody" not in who
    assert visitor.get("/people/3", headers={"Cookie": "a=1; __Host-clarity=x; __Host-clarity=y"}).status_code == 303


@pytest.mark.parametrize(
    "next_page", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aLocation: x", "\t//evil.example"]
)
def test_after_a_sign_in_one_stays_at_the_panel(panel: RunningPanel, next_page: str) -> None:
    visitor = panel.visitor()
    answer = visitor.post("/sign-in", email="max@agency.example", password=PASSWORD, next=next_page)
    assert answer.status_code == 303
    assert re.fullmatch(r"/([^/\\].*)?", answer.headers["Location"])
    assert "evil" not in answer.headers["Location"].partition("?")[0] or answer.headers["Location"].startswith("/%")


@pytest.mark.parametrize("role", ROLES)
def test_a_number_in_an_address_opens_nobody_elses_sign_in_or_account(panel: RunningPanel, role: str) -> None:
    visitors = {"agency_admin": "ann@agency.example", "agency_member": "max@agency.example", "client": "cleo@acme.example"}
    others = {name: panel.visitor(email) for name, email in visitors.items()}
    mine = others.pop(role)
    for number in range(1, 8):
        mine.post(f"/account/sign-ins/{number}/end")
    assert [each.get("/account").status_code for each in others.values()] == [200, 200]


def test_a_sign_out_has_the_browser_forget_what_it_was_shown(panel: RunningPanel) -> None:
    answer = panel.visitor("max@agency.example").post("/sign-out")
    assert answer.headers["Clear-Site-Data"] == CLEARED
    assert '"cookies"' not in CLEARED, "it would make the browser one that is not known"


def test_an_admin_signs_a_person_out_wherever_they_are_and_nobody_else_does(panel: RunningPanel) -> None:
    ann, max_, cleo = (panel.visitor(f"{who}.example") for who in ("ann@agency", "max@agency", "cleo@acme"))
    assert [each.post("/people/3/sign-ins/end").status_code for each in (max_, cleo)] == [403, 403]
    assert cleo.get("/account").status_code == 200
    assert ann.post("/people/3/sign-ins/end").status_code == 303
    assert [each.get("/account").status_code for each in (cleo, max_, ann)] == [303, 200, 200]
    told = [each.sentence for each in panel.panel.home.audit.found(is_of_installation=True) if each.action == "signed_out"]
    assert told == ["ended 1 sign-in(s): everywhere, by panel:ann@agency.example"]


def test_over_tls_browsers_are_told_to_stay_with_it_for_two_years_and_for_what_is_below(world: World) -> None:
    with running(replace(world.settings, panel_origin="https://panel.agency.example")) as panel:
        answer = panel.visitor().get("/sign-in", headers={"Host": "panel.agency.example"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"


def test_who_was_refused_is_in_the_log_by_number_and_never_by_name(panel: RunningPanel, caplog: pytest.LogCaptureFixture) -> None:
    cleo = panel.visitor("cleo@acme.example")
    with caplog.at_level(logging.INFO, logger="clarity_pipeline.panel"):
        assert cleo.get("/people").status_code == 403
        assert cleo.get("/businesses/globex").status_code == 404
        deadline = monotonic() + 10
        while len(caplog.records) < 2 and monotonic() < deadline:  # a line is written after its answer
            sleep(0.01)
    lines = [each.getMessage() for each in caplog.records if each.name == "clarity_pipeline.panel.access"]
    assert [re.sub(r" \d+ ms", "", line) for line in lines] == [
        "GET /people 403 user:3",
        "GET /businesses/{business_id} 404 user:3",
    ]

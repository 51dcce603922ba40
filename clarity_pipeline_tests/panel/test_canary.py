"""A marked token, a password, a cookie and a link go through the whole panel; afterwards they are in no answer, log or file."""

import logging

import pytest

from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.panel.running import RunningPanel
from clarity_pipeline_tests.test_canary import contents, leaks
from clarity_pipeline_tests.world import PROJECT, World

PASSWORD = "cornflower-sextant-cornflower"


def spoken(panel: RunningPanel, token: str) -> tuple[list[tuple[str, bytes]], dict[str, str]]:
    """Everything that the panel answers while secrets go through it (headers too, but for the cookie that it sets), and they."""
    said: list[tuple[str, bytes]] = []
    link = panel.panel.invites.make("bea@agency.example", role="agency_admin")
    bea = panel.visitor()

    def ask(method: str, path: str, **more: object) -> None:
        answer = bea.send(method, path, **more)
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items() if name.lower() != "set-cookie")
        said.append((f"{method} {path.partition('?')[0]}", headers.encode() + answer.content))

    form = {"code": link, "name": "Bea"}
    ask("POST", "/invite", data={**form, "password": "short"})
    said.clear()  # the form that comes again holds its own code; nothing after it may
    ask("POST", "/invite", data={**form, "password": PASSWORD})
    ask("POST", "/invite", data={**form, "password": PASSWORD})
    secrets = {"password": PASSWORD, "link": link, "cookie": str(bea.secret), "token": token}
    ask("POST", "/sign-in", data={"email": PASSWORD, "password": "no"})
    said.clear()  # a form repeats what was typed into its visible field, to whoever typed it
    ask("POST", "/account/password", data={"present": "no", "new": PASSWORD})
    for method, path, body in (
        ("PATCH", "/acme", {"token": token}),
        ("PATCH", "/acme", {"token": token + "\n!"}),
        ("PATCH", "/acme", {"tokens": token}),
        ("PATCH", "/acme", {"project_id": token}),
        ("PATCH", f"/{token}", {"name": "x"}),
        ("POST", "", {"business": "globex", "project_id": PROJECT, "token": token, "allow_shared": True}),
        ("POST", "", {"business": token, "project_id": PROJECT, "token": token}),
        ("POST", "/acme/test", None),
        ("POST", "/acme/disable", None),
        ("POST", "/acme/enable", None),
        ("POST", "/acme/disconnect", None),
        ("POST", f"/{token}/test", None),
    ):
        ask(method, f"/api/v1/businesses{path}", json=body)
    for path in ("", "/acme", "/acme/jobs", "/acme/quota", "/acme/alerts", "/acme/dashboard", f"/acme/jobs?days={token}"):
        ask("GET", f"/api/v1/businesses{path}")
    for path in (
        "/api/v1/me",
        "/account",
        "/people",
        "/keys",
        "/people/1",
        f"/{token}",
        f"/invite?code={link}",
        "/api/v1/openapi.json",
    ):
        ask("GET", path)
    ask("POST", "/sign-out")
    return said, secrets


def test_nothing_secret_is_said_logged_or_kept(
    world: World, panel: RunningPanel, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    world.fake.script(PROJECT, faults.NOT_JSON)
    said, secrets = spoken(panel, world.fake.token(PROJECT))
    output = capfd.readouterr()
    logs = [("out", output.out.encode()), ("err", output.err.encode())]
    logs += [("log", record.getMessage().encode()) for record in caplog.records if record.name.startswith("clarity_pipeline")]
    assert len(said) > 25
    assert len(logs) > 25
    for name, secret in secrets.items():
        found = leaks(secret, iter([*said, *logs, *contents(world.folder)]))
        assert found == [], name


def test_the_search_would_find_a_cookie_in_a_careless_log(panel: RunningPanel) -> None:
    max_ = panel.visitor("max@agency.example")
    assert leaks(str(max_.secret), iter([("log", f"GET /account Cookie: {max_.cookies}".encode())])) == ["log"]

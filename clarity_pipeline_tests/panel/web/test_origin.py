"""Cross-site requests: what is refused, and that the same attack goes through a panel without the middleware."""

from pathlib import Path

import pytest
import requests
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from clarity_pipeline.panel.web.origin import Origin, SameOrigin
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import SettingsError
from clarity_pipeline_tests.panel.running import RunningPanel, running

HTTPS = Origin("https://panel.agency.example")


_HEADER = st.text(st.characters(max_codepoint=255))


def judge(place: Origin, method: str = "POST", /, **headers: str | None) -> str:
    given = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    return place.judge(method, Headers(given))


@pytest.mark.parametrize(
    ("site", "origin", "verdict"),
    [
        ("same-origin", None, "ours"),
        ("none", None, "ours"),
        ("same-site", None, "cross_origin"),
        ("cross-site", None, "cross_origin"),
        ("cross-site", "https://panel.agency.example", "cross_origin"),
        ("same-origin", "null", "ours"),
        ("", None, "cross_origin"),
        (None, "https://panel.agency.example", "ours"),
        (None, "http://panel.agency.example", "cross_origin"),
        (None, "https://panel.agency.example:8443", "cross_origin"),
        (None, "https://evil.example", "cross_origin"),
        (None, "null", "cross_origin"),
        (None, "", "cross_origin"),
        (None, None, "ours"),
    ],
)
def test_an_unsafe_request_is_judged_by_what_the_browser_says(site: str | None, origin: str | None, verdict: str) -> None:
    assert judge(HTTPS, host="panel.agency.example", sec_fetch_site=site, origin=origin) == verdict


@given(st.sampled_from(["GET", "HEAD", "OPTIONS"]), _HEADER, _HEADER)
def test_a_safe_method_is_never_cross_origin(method: str, site: str, origin: str) -> None:
    assert judge(HTTPS, method, host="panel.agency.example", sec_fetch_site=site, origin=origin) == "ours"


@given(st.sampled_from(["POST", "PUT", "PATCH", "DELETE", "post", "TRACE", "X"]), _HEADER)
def test_no_other_origin_passes_with_an_unsafe_method(method: str, origin: str) -> None:
    if origin != HTTPS.configured:
        assert judge(HTTPS, method, host="panel.agency.example", origin=origin) == "cross_origin"


@pytest.mark.parametrize(
    ("configured", "host", "verdict"),
    [
        ("https://panel.agency.example", "panel.agency.example", "ours"),
        ("https://panel.agency.example", "panel.agency.example:443", "ours"),
        ("https://panel.agency.example", "panel.agency.example:8443", "wrong_host"),
        ("https://panel.agency.example", "PANEL.agency.example", "ours"),
        ("https://panel.agency.example", "127.0.0.1:8400", "wrong_host"),
        ("https://panel.agency.example", "", "wrong_host"),
        (None, "127.0.0.1:8400", "ours"),
        (None, "localhost:1", "ours"),
        (None, "[::1]:8400", "ours"),
        (None, "rebound.evil.example:8400", "wrong_host"),
        (None, "localhost.evil.example", "wrong_host"),
        (None, "127.0.0.1:port", "wrong_host"),
        (None, "[", "wrong_host"),
    ],
)
def test_only_the_panels_own_names_are_answered(configured: str | None, host: str, verdict: str) -> None:
    assert judge(Origin(configured), "GET", host=host) == verdict


def test_without_configuration_a_form_must_come_from_the_same_port_too() -> None:
    assert judge(Origin(), host="127.0.0.1:8400", origin="http://127.0.0.1:8400") == "ours"
    assert judge(Origin(), host="127.0.0.1:8400", origin="http://127.0.0.1:3000") == "cross_origin"


def attack(panel: RunningPanel) -> bool:
    """Another site has a signed-in admin's browser make an invite for the attacker; whether it was made."""
    panel.user("ann@agency.example", role="agency_admin")
    ann = panel.visitor("ann@agency.example")
    crossed = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    form = {"email": "mallory@evil.example", "role": "agency_admin"}
    ann.send("POST", "/people/invites", headers=crossed, data=form)
    return any(invite.email == "mallory@evil.example" for invite in panel.panel.invites.open_ones())


def _without_the_middleware(app: FastAPI) -> None:
    app.user_middleware = [each for each in app.user_middleware if each.cls is not SameOrigin]


def test_a_forged_form_changes_nothing_and_would_without_the_middleware(tmp_path: Path) -> None:
    with running(Settings(home=tmp_path / "real")) as panel:
        assert not attack(panel)
    with running(Settings(home=tmp_path / "naive"), changed=_without_the_middleware) as naive:
        assert attack(naive)


def test_behind_a_proxy_the_panel_is_the_one_that_browsers_see(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", panel_origin="https://panel.agency.example")
    with running(settings) as panel:
        seen = {"Host": "panel.agency.example", "Sec-Fetch-Site": "same-origin"}
        answer = requests.get(f"{panel.base_url}/sign-in", headers=seen, timeout=30)
        assert answer.status_code == 200
        assert answer.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        assert requests.get(f"{panel.base_url}/sign-in", timeout=30).status_code == 421


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://panel.agency.example", "https://panel.agency.example"),
        ("https://Panel.Agency.example:443/", "https://panel.agency.example"),
        ("https://panel.agency.example:8443", "https://panel.agency.example:8443"),
        ("http://localhost:8400", "http://localhost:8400"),
        ("http://[::1]:8400", "http://[::1]:8400"),
    ],
)
def test_the_origin_is_kept_as_browsers_spell_it(given: str, origin: str) -> None:
    assert Settings.from_env({"CLARITY_PANEL_ORIGIN": given}).panel_origin == origin


@pytest.mark.parametrize(
    "given",
    [
        "http://panel.agency.example",
        "panel.agency.example",
        "https://panel.agency.example/panel",
        "https://a:b@c.example",
        "https://x:y",
    ],
)
def test_an_origin_that_browsers_would_not_spell_or_trust_so_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="CLARITY_PANEL_ORIGIN") as caught:
        Settings.from_env({"CLARITY_PANEL_ORIGIN": given})
    assert given not in str(caught.value)

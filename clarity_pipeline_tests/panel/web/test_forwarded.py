"""Whose word about where a visitor comes from is believed; `access/test_throttle` has what is counted by it."""

import logging
from pathlib import Path

import pytest
from fastapi import APIRouter, FastAPI, Request

from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.web.forwarded import is_proxy, proxy_networks
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import SettingsError
from clarity_pipeline_tests.panel.running import running

WORDS = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "for=203.0.113.7",
    "X-Real-IP": "203.0.113.7",
}


def what_the_app_sees(app: FastAPI) -> None:
    router = APIRouter()

    @router.get("/api/v1/seen", dependencies=[guard("enter")])
    def seen(request: Request) -> dict[str, object]:
        names = [name for name in request.headers if name.startswith("x-") or name == "forwarded"]
        return {"client": request.client.host if request.client else None, "scheme": request.url.scheme, "names": names}

    app.include_router(router)


def test_an_unknown_peer_forwards_nothing_and_that_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with running(Settings(home=tmp_path / "home"), changed=what_the_app_sees) as panel:
        with caplog.at_level(logging.WARNING, "clarity_pipeline.panel.proxies"):
            for _ in range(3):
                found = panel.visitor().get("/api/v1/seen", headers=WORDS).json()
        assert found == {"client": "127.0.0.1", "scheme": "http", "names": []}
        (said,) = [each.getMessage() for each in caplog.records if each.name == "clarity_pipeline.panel.proxies"]
    assert "(127.0.0.1)" in said
    assert "CLARITY_PANEL_PROXIES" in said
    assert "203.0.113.7" not in said


def test_a_named_proxy_is_believed_as_far_as_it_is_the_last_to_speak(tmp_path: Path) -> None:
    proxies = proxy_networks("127.0.0.1, 10.1.0.0/16")
    with running(Settings(home=tmp_path / "home"), changed=what_the_app_sees, proxies=proxies) as panel:
        found = panel.visitor().get("/api/v1/seen", headers=WORDS).json()
        assert (found["client"], found["scheme"]) == ("203.0.113.7", "https")
        forged = panel.visitor().get("/api/v1/seen", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.1.2.3"}).json()
        assert forged["client"] == "203.0.113.7", "what stands further left is the visitor's own word"


@pytest.mark.parametrize("given", ["*", "0.0.0.0/0", "::/0", "proxy.internal", "10.0.0.1 10.0.0.2"])
def test_a_proxy_is_an_address_that_somebody_meant(given: str) -> None:
    with pytest.raises(SettingsError, match="CLARITY_PANEL_PROXIES") as caught:
        proxy_networks(Settings.from_env({"CLARITY_PANEL_PROXIES": given}).panel_proxies)
    assert "\n" not in str(caught.value)


def test_a_network_of_proxies_is_known_by_each_of_its_addresses() -> None:
    proxies = proxy_networks("127.0.0.1, 172.30.84.0/24 ,fd00::/8,")
    assert [is_proxy(peer, proxies) for peer in ("127.0.0.1", "172.30.84.1", "fd00::1%eth0", "172.30.85.1", "", "unix")] == [
        *(True, True, True, False, False, False)
    ]

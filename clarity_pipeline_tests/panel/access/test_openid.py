"""Signing in by a provider that really runs: who was invited gets in, nobody else, and nothing that is not for us is believed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.panel.access.callers import FREE_FROM_AN_ADDRESS
from clarity_pipeline.panel.access.openid_provider import Provider
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import SettingsError
from clarity_pipeline_tests.panel.provider import RunningProvider, provider
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, Visitor, running

ORIGIN = "http://127.0.0.1:8400"
BACK = f"{ORIGIN}/sign-in/openid/back"
CLEO = {"email": "cleo@acme.example", "email_verified": True, "name": "Cleo Client"}


@pytest.fixture(scope="module")
def there() -> Iterator[RunningProvider]:
    """The provider; each test has people of its own at it."""
    with provider(BACK) as found:
        yield found


@pytest.fixture
def here(tmp_path: Path, there: RunningProvider) -> Iterator[RunningPanel]:
    with running(settings_at(tmp_path, there)) as found:
        yield found


def settings_at(folder: Path, there: RunningProvider, **other: str) -> Settings:
    own = {
        "issuer": there.issuer,
        "client": there.client_id,
        "secret": there.client_secret,
        "name": "the agency's account",
        **other,
    }
    return Settings(home=folder / "home", panel_origin=ORIGIN, **{f"panel_openid_{name}": value for name, value in own.items()})


def visitor(panel: RunningPanel) -> Visitor:
    found = panel.visitor()
    found.headers["Host"] = "127.0.0.1:8400"
    return found


def depart(browser: Visitor, path: str = "/account") -> str:
    answer = browser.get(f"/sign-in/openid?next={path}")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def arrive(browser: Visitor, back: str) -> Any:
    assert back.startswith(BACK)
    return browser.get(back.removeprefix(ORIGIN), headers={"Sec-Fetch-Site": "cross-site"})


def test_who_is_invited_gets_in_by_the_provider_without_ever_having_a_password(
    here: RunningPanel, there: RunningProvider
) -> None:
    there.person("c1", **CLEO)
    here.panel.invites.make("cleo@acme.example", role="agency_member")
    browser = visitor(here)
    assert "Sign in with the agency&#39;s account" in browser.get("/sign-in").text
    address = depart(browser)
    query = parse_qs(urlsplit(address).query)
    assert query["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= query.keys()
    answer = arrive(browser, there.agree(address, "c1"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert "Cleo Client, cleo@acme.example" in browser.get("/account").text
    assert here.panel.invites.open_ones() == []
    assert "__Host-clarity-openid" not in browser.cookies
    told = [each.sentence for each in AuditLog(here.panel.home.state).found(is_of_installation=True)]
    assert told[0] == "signed in from 127.0.0.0/24 with Firefox on Linux, by single sign-on"
    assert told[1] == f"is known from now on as cleo@acme.example at {urlsplit(there.issuer).netloc}"


def test_who_has_an_account_gets_into_it_and_stays_who_they_are_when_the_address_changes(
    here: RunningPanel, there: RunningProvider
) -> None:
    here.user("ann@agency.example")
    there.person("a1", email="Ann@agency.example", email_verified=True)
    browser = visitor(here)
    assert arrive(browser, there.agree(depart(browser), "a1")).status_code == 303
    there.person("a1", email="ann@elsewhere.example", email_verified=False)
    browser = visitor(here)
    assert arrive(browser, there.agree(depart(browser), "a1")).status_code == 303
    there.person("a2", email="ann@agency.example", email_verified=True)
    refused = arrive(browser := visitor(here), there.agree(depart(browser), "a2"))
    assert (refused.status_code, browser.secret) == (403, None), "somebody else has that address now"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@elsewhere.example", "email_verified": True},
        {"email": "ann@agency.example", "email_verified": False},
        {"email": "ann@agency.example"},
        {"email_verified": True},
        {"email": "not an address", "email_verified": True},
    ],
)
def test_who_is_not_invited_or_has_no_verified_address_stays_out(
    here: RunningPanel, there: RunningProvider, claims: dict[str, object]
) -> None:
    here.user("ann@agency.example")
    there.person("n1", **claims)
    refused = arrive(browser := visitor(here), there.agree(depart(browser), "n1"))
    assert (refused.status_code, browser.secret) == (403, None)
    assert "nobody has invited you here" in refused.text
    (entry, *_) = AuditLog(here.panel.home.state).found(is_of_installation=True)
    assert entry.sentence.startswith("failed to sign in as an account that does not exist at the the agency's account from")


def test_who_is_disabled_stays_out_and_who_has_a_second_factor_is_asked_for_it(
    here: RunningPanel, there: RunningProvider
) -> None:
    import pyotp

    user_id, factors = here.user("max@agency.example"), here.panel.second_factors
    there.person("m1", email="max@agency.example", email_verified=True)
    key = factors.begin(user_id).key
    factors.confirm(user_id, pyotp.TOTP(key).now(), actor="panel:max@agency.example")
    asked = arrive(browser := visitor(here), there.agree(depart(browser), "m1"))
    assert (asked.status_code, browser.secret, "One thing more" in asked.text) == (200, None, True)
    here.user("ann@agency.example", role="agency_admin")
    here.panel.accounts.disable(user_id)
    browser = visitor(here)
    assert arrive(browser, there.agree(depart(browser), "m1")).status_code == 403


def test_a_code_is_good_for_the_browser_that_asked_and_once(here: RunningPanel, there: RunningProvider) -> None:
    here.user("ann@agency.example")
    there.person("a3", email="ann@agency.example", email_verified=True)
    browser, thief = visitor(here), visitor(here)
    back = there.agree(depart(browser), "a3")
    for _ in range(2):  # who has no cookie of that way; and who has one of another: `state`
        refused = arrive(thief, back)
        assert (refused.status_code, "did not begin in this browser" in refused.text) == (401, True)
        depart(thief)
    own = depart(thief)
    state = parse_qs(urlsplit(own).query)["state"][0]
    code = parse_qs(urlsplit(back).query)["code"][0]
    planted = arrive(thief, f"{BACK}?state={state}&code={code}")
    refused_there = "does not answer as it should" in planted.text
    assert (planted.status_code, refused_there) == (401, True), "the code of another way with one's own state: PKCE"
    browser = visitor(here)
    back = there.agree(depart(browser), "a3")
    cookies = dict(browser.cookies)
    assert arrive(browser, f"{back}&iss=https://evil.example").status_code == 401
    browser.cookies = dict(cookies)
    assert arrive(browser, back).status_code == 303
    again = visitor(here)
    again.cookies = dict(cookies)
    assert arrive(again, back).status_code == 401


def test_what_was_broken_off_there_leaves_the_password(here: RunningPanel, there: RunningProvider) -> None:
    here.user("ann@agency.example")
    browser = visitor(here)
    refused = arrive(browser, there.refuse(depart(browser)).replace("error=", "state=x&error="))
    assert (refused.status_code, "broken off" in refused.text) == (401, True)
    assert browser.post("/sign-in", email="ann@agency.example", password=PASSWORD).status_code == 303


def test_arrivals_are_counted_like_wrong_passwords_since_each_makes_us_ask_the_provider(
    here: RunningPanel, there: RunningProvider
) -> None:
    browser = visitor(here)
    statuses = []
    for _ in range(FREE_FROM_AN_ADDRESS + 2):
        state = parse_qs(urlsplit(depart(browser)).query)["state"][0]
        statuses.append(arrive(browser, f"{BACK}?state={state}&code=made-up").status_code)
    assert statuses == [401] * FREE_FROM_AN_ADDRESS + [429] * 2


def test_a_link_from_elsewhere_leads_to_no_other_host_afterwards(here: RunningPanel, there: RunningProvider) -> None:
    here.user("ann@agency.example")
    there.person("a4", email="ann@agency.example", email_verified=True)
    browser = visitor(here)
    answer = arrive(browser, there.agree(depart(browser, "https://evil.example"), "a4"))
    assert answer.headers["Location"] == "/"


def test_a_provider_that_is_away_or_is_not_who_it_says_is_told_and_passwords_go_on(
    tmp_path: Path, there: RunningProvider
) -> None:
    other = there.issuer.replace("127.0.0.1", "localhost")
    for issuer in ("http://127.0.0.1:9", other + "/sub"):
        with running(settings_at(tmp_path, there, issuer=issuer)) as panel:
            answer = visitor(panel).get("/sign-in/openid")
            assert (answer.status_code, 'role="alert"' in answer.text) == (401, True)
            if issuer == "http://127.0.0.1:9":
                panel.user("ben@agency.example")
            assert visitor(panel).post("/sign-in", email="ben@agency.example", password=PASSWORD).status_code == 303


def test_metadata_that_name_another_issuer_are_refused(tmp_path: Path, there: RunningProvider) -> None:
    """Whole ones, of a provider that works, at another address than its own."""
    for issuer, status in ((there.issuer, 303), (f"{there.issuer}/elsewhere", 401)):
        with running(settings_at(tmp_path, there, issuer=issuer)) as panel:
            assert visitor(panel).get("/sign-in/openid").status_code == status


def test_nothing_of_it_is_there_where_no_provider_is_set(any_panel: RunningPanel) -> None:
    assert "Sign in with" not in any_panel.visitor().get("/sign-in").text
    led = [any_panel.visitor().get(f"/sign-in/openid{more}").headers["Location"] for more in ("", "/back")]
    assert led == ["/sign-in"] * 2


@pytest.mark.parametrize(
    ("issuer", "told"),
    [
        ("http://accounts.example", "must look like"),
        ("https://user:pass@accounts.example", "must look like"),
        ("https://login.microsoftonline.com/common/v2.0", "your own tenant"),
        ("accounts.example", "must look like"),
        ("https://accounts.example", "both"),
    ],
)
def test_half_a_setting_or_plain_http_to_another_machine_is_refused_at_the_start(tmp_path: Path, issuer: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        Provider.of(Settings(home=tmp_path, panel_openid_issuer=issuer, panel_openid_client="x"))

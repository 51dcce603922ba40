"""Unlinking an account at a provider: it opens nothing from then on, nobody locks themselves out, and it can be undone."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clarity_pipeline.panel.access.own_account import FRESH
from clarity_pipeline.panel.access.policy import ROLES, Role
from clarity_pipeline.settings.settings import utc_now
from clarity_pipeline_tests.panel.access.test_openid import BACK, arrive, depart, settings_at, visitor
from clarity_pipeline_tests.panel.mail import mailbox_of, told
from clarity_pipeline_tests.panel.provider import RunningProvider, provider
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, Visitor, running

CLEO = "cleo@acme.example"


class MovedClock:
    """The machine's clock, which the provider's tokens go by, and what a test adds to it."""

    ahead = timedelta(0)

    def __call__(self) -> datetime:
        """The present instant."""
        return utc_now() + self.ahead


@pytest.fixture(scope="module")
def there() -> Iterator[RunningProvider]:
    with provider(BACK) as found:
        yield found


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def here(tmp_path: Path, there: RunningProvider, clock: MovedClock) -> Iterator[RunningPanel]:
    with running(settings_at(tmp_path, there), clock=clock) as found:
        yield found


def come_in(here: RunningPanel, there: RunningProvider, subject: str, email: str = CLEO) -> tuple[int, Visitor]:
    there.person(subject, email=email, email_verified=True, name="Cleo Client")
    browser = visitor(here)
    return arrive(browser, there.agree(depart(browser), subject)).status_code, browser


@pytest.mark.parametrize("role", ROLES)
def test_what_is_unlinked_opens_nothing_until_its_owner_allows_it_again(
    here: RunningPanel, there: RunningProvider, role: Role
) -> None:
    here.user(CLEO, role=role)
    subject = f"u-{role}"
    status, elsewhere = come_in(here, there, subject)
    assert status == 303
    own = here.visitor()
    own.headers["Host"] = elsewhere.headers["Host"]
    own.post("/sign-in", email=CLEO, password=PASSWORD)
    page = own.get("/account").text
    assert "Unlink 127.0.0.1" in page
    assert own.post("/account/identities/unlink", issuer=there.issuer).status_code == 303
    assert elsewhere.get("/account").status_code == 303, "who came in by it is out"
    assert come_in(here, there, subject)[0] == 403, "although its address is verified and that of the account"
    assert own.post("/account/identities/unlink", issuer=there.issuer).status_code == 303, "there is nothing more to do"
    assert "Allow 127.0.0.1" in own.get("/account").text
    assert own.post("/account/identities/allow", issuer=there.issuer).status_code == 303
    assert come_in(here, there, subject)[0] == 303
    host = there.issuer.partition("//")[2]
    assert told(here, "identity_removed") == [f"unlinked {host} from {CLEO}"]
    assert told(here, "identity_allowed") == [f"allowed {host} again for {CLEO}"]


def test_the_only_way_in_is_not_unlinked(here: RunningPanel, there: RunningProvider) -> None:
    here.panel.invites.make(CLEO, role="agency_member")
    _, browser = come_in(here, there, "only")
    refused = browser.post("/account/identities/unlink", issuer=there.issuer)
    assert (refused.status_code, "this is your only way in" in refused.text) == (409, True)
    assert come_in(here, there, "only")[0] == 303
    code = here.panel.invites.make_for(here.panel.accounts.get(1))
    browser.post("/invite", code=code, name="Cleo", password="nine loud geese at dawn")
    assert browser.post("/account/identities/unlink", issuer=there.issuer).status_code == 303, "with a password it is not"


def test_somebody_else_at_the_provider_with_the_same_address_is_linked_only_once_the_old_one_is_unlinked(
    here: RunningPanel, there: RunningProvider
) -> None:
    here.user(CLEO)
    _, browser = come_in(here, there, "old")
    assert come_in(here, there, "new")[0] == 403
    browser.post("/account/identities/unlink", issuer=there.issuer)
    assert come_in(here, there, "new")[0] == 303
    assert come_in(here, there, "old")[0] == 403
    assert browser.post("/account/identities/allow", issuer=there.issuer).status_code == 303
    assert come_in(here, there, "old")[0] == 403, "the provider is linked, so there is nothing to allow"


def test_nobody_unlinks_what_is_anothers_or_in_a_browser_that_was_left_open(
    here: RunningPanel, there: RunningProvider, clock: MovedClock
) -> None:
    here.user(CLEO)
    here.user("max@agency.example")
    _, browser = come_in(here, there, "mine")
    other = visitor(here)
    other.post("/sign-in", email="max@agency.example", password=PASSWORD)
    other.post("/account/identities/unlink", issuer=there.issuer)
    clock.ahead = FRESH
    for path in ("unlink", "allow"):
        refused = browser.post(f"/account/identities/{path}", issuer=there.issuer)
        assert (refused.status_code, "Give your password once more" in refused.text) == (422, True)
        assert browser.post(f"/account/identities/{path}", issuer=there.issuer, present="not it").status_code == 422
    clock.ahead = timedelta(0)
    assert come_in(here, there, "mine")[0] == 303
    assert told(here, "identity_removed") == []
    clock.ahead = FRESH
    assert browser.post("/account/identities/unlink", issuer=there.issuer, present=PASSWORD).status_code == 303


@pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd", "ignore:Requiring AUTH while not requiring TLS")
def test_linking_and_unlinking_are_written_about(here: RunningPanel, there: RunningProvider, tmp_path: Path) -> None:
    here.user(CLEO)
    with mailbox_of(here, tmp_path) as mailbox:
        _, browser = come_in(here, there, "letters")
        for path in ("unlink", "allow"):
            browser.post(f"/account/identities/{path}", issuer=there.issuer)
        told(here, "letter_sent", wait_for=4)
        assert [str(each["Subject"]).rpartition(": ")[2] for each in mailbox.letters] == [
            "an account at another provider signs you in",
            "you signed in with a new browser",
            "an account at another provider was unlinked",
            "an account at another provider signs you in again",
        ]
        body = mailbox.letters[0].get_body(("plain",))
        assert body is not None
        assert "http://127.0.0.1:8400/account" in body.get_content()

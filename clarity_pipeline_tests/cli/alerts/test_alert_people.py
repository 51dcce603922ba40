"""`alerts show|ack|assign|comment|snooze|close|reopen|precision|silence|silences|unsilence`, as a person types them."""

from collections.abc import Callable

import pytest

from clarity_pipeline.panel.access.accounts import Accounts
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.world import World


@pytest.fixture
def clarity(synced: World, at_home: Callable[[World], Clarity]) -> Clarity:
    """Commands where a rule has fired."""
    return at_home(synced)


def fired(clarity: Clarity) -> str:
    """The id of the one alert."""
    (alert,) = clarity("alerts", "--json").document
    return str(alert["id"])


def test_one_alert_is_shown_in_full(clarity: Clarity) -> None:
    alert_id = fired(clarity)
    shown = clarity("alerts", "show", alert_id[:8])
    assert (shown.status, shown.err) == (0, "")
    for words in ("acme  any-session", "Visits of pages:", "Since: 2026-05-03", "It may be wrong", "projects/view/", "opened"):
        assert words in shown.out
    document = clarity("alerts", "show", alert_id, "--json").document
    assert document["id"] == alert_id
    assert [each["channel"] for each in document["messages"]] == ["log"]


def test_who_has_seen_it_is_named_in_the_list(clarity: Clarity) -> None:
    alert_id = fired(clarity)
    assert clarity("alerts", "ack", alert_id[:8], "--note", "on it").status == 0
    assert ", seen by " in clarity("alerts").out
    assert "on it" in clarity("alerts", "show", alert_id).out


def test_an_alert_is_given_said_of_put_to_sleep_closed_and_opened_again(synced: World, clarity: Clarity) -> None:
    with synced.home() as home:
        accounts = Accounts(home.state, clock=home.clock)
        accounts.create("max@agency.example", name="Max", role="agency_member", password_phc="x", business_ids=())
    alert_id = fired(clarity)
    for command, place in (
        (("assign", alert_id[:8], "--to", "max@agency.example"), "open"),
        (("comment", alert_id[:8], "The form is back."), "open"),
        (("snooze", alert_id[:8], "--for", "3d"), "silenced"),
        (("close", alert_id[:8], "--as", "not_a_fault", "--note", "a test of ours"), "resolved"),
    ):
        done = clarity("alerts", *command, "--json")
        assert (done.status, done.err, done.document[0]["place"]) == (0, "", place)
        assert [each["id"] for each in clarity("alerts", "--place", place, "--json").document] == [alert_id]
    shown = clarity("alerts", "show", alert_id).out
    for words in ("Given to Max", "gave it to Max", "commented: The form is back.", "closed it: not a fault: a test of ours"):
        assert words in shown
    assert "closed: not a fault" in clarity("alerts").out
    assert clarity("alerts", "--place", "open").out == "No alert is there.\n"
    (counted,) = clarity("alerts", "precision", "--business", "acme", "--json").document
    assert (counted["rule_id"], counted["closed"], counted["share_that_were_faults"]) == ("any-session", 1, 0.0)
    assert "0%" in clarity("alerts", "precision").out
    assert "as if nobody had answered it" in clarity("alerts", "reopen", alert_id).out
    assert clarity("alerts", "precision").out.startswith("No alert has been closed yet")
    assert clarity("alerts", "assign", alert_id, "--nobody").out.endswith("is nobody's.\n")


def test_a_silence_is_made_listed_and_ended(clarity: Clarity) -> None:
    alert_id = fired(clarity)
    made = clarity("alerts", "silence", "--alert", alert_id[:6], "--for", "3d", "--reason", "known")
    assert (made.status, made.err) == (0, "")
    assert "Silence 1 holds until 2026-05-07 00:05 UTC: rule any-session, business acme." in made.out
    (listed,) = clarity("alerts", "silences", "--json").document
    assert (listed["number"], listed["reason"]) == (1, "known")
    assert "Silent until" in clarity("alerts", "show", alert_id).out
    assert clarity("alerts", "unsilence", "1").status == 0
    assert clarity("alerts", "silences").out == "No silence holds.\n"


def test_what_is_typed_wrong_is_said_in_one_line(clarity: Clarity) -> None:
    for arguments, words in (
        (("show", "zzz"), "shows their ids"),
        (("ack", "zzz"), "shows their ids"),
        (("assign", "zzz"), "give --to EMAIL or --nobody"),
        (("assign", "zzz", "--to", "nobody@agency.example"), "of the agency"),
        (("snooze", "zzz"), "give --for or --until"),
        (("close", "zzz", "--as", "fixed"), "shows their ids"),
        (("comment", "zzz", " "), "a comment has"),
        (("silence", "--for", "3d", "--reason", "x"), "give --alert, or"),
        (("silence", "--business", "acme", "--reason", "x"), "give --for or --until"),
        (("silence", "--business", "acme", "--for", "3 days", "--reason", "x"), "12h, 3d, 2w"),
        (("silence", "--business", "nobody", "--for", "3d", "--reason", "x"), "acme"),
        (("silence", "--business", "acme", "--until", "2020-01-01", "--reason", "x"), "within a year"),
        (("unsilence", "7"), "alerts silences"),
    ):
        ran = clarity("alerts", *arguments)
        assert ran.status in (1, 2), arguments
        assert words in ran.err, (arguments, ran.err)
        assert ran.err.count("\n") == 1

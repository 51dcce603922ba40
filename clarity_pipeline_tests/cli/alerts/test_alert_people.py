"""`alerts show|ack|silence|silences|unsilence`, as a person types them."""

from collections.abc import Callable

import pytest

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

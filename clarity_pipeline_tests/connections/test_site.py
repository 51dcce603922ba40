"""Which answers are of a business's site, and how the site is said and learned."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clarity_pipeline.connections.credentials import InvalidBusiness
from clarity_pipeline.connections.site import TOLD_FOR, Site, checked_hosts
from clarity_pipeline.connections.site_store import Sites
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.connections.made_up import HandClock
from clarity_pipeline_tests.connections.test_connections import TOKEN, made

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
ACME = Site(("acme.example", "acme-shop.example"), is_learned=False, changed_at=NOW)


@pytest.mark.parametrize(
    ("hosts", "other"),
    [
        ({"acme.example": 10}, False),
        ({"www.acme.example": 10}, False),
        ({"staging.shop.acme.example": 10}, False),
        ({"acme-shop.example": 1, "pay.example": 10}, False),
        ({"notacme.example": 10}, True),
        ({"acme.example.evil.example": 10}, True),
        ({"other-client.example": 96, "acme.example": 4}, True),
        ({"other-client.example": 95, "acme.example": 5}, False),
        ({"other-client.example": 1}, True),
        ({}, False),
    ],
)
def test_an_answer_with_nearly_no_visit_on_the_site_is_anothers(hosts: dict[str, int], *, other: bool) -> None:
    assert ACME.is_other(hosts) is other


def test_a_site_survives_the_state_database() -> None:
    moved = Site(("acme.example",), is_learned=True, changed_at=NOW, moved_on=(date(2026, 5, 1),))
    assert Site.stored(moved.document()) == moved
    assert Site.stored(None) is None


def test_a_guess_is_told_for_two_weeks_and_what_a_person_said_is_none() -> None:
    guess = Site(("acme.example",), is_learned=True, changed_at=NOW)
    assert guess.is_new_guess(NOW + TOLD_FOR - timedelta(seconds=1))
    assert not guess.is_new_guess(NOW + TOLD_FOR)
    assert not ACME.is_new_guess(NOW)


def test_hosts_are_taken_apart_and_each_kept_once() -> None:
    assert checked_hosts(["www.acme.com, shop.acme.com", "https://acme.com/x"]) == ("acme.com", "shop.acme.com")


@pytest.mark.parametrize(
    "texts", [[], [" "], ["acme.com", "localhost"], [" ".join(f"h{n}.example" for n in range(51))], ["x" * 8000]]
)
def test_what_is_no_site_is_refused_in_one_line_that_does_not_repeat_it(texts: list[str]) -> None:
    with pytest.raises(InvalidBusiness) as caught:
        checked_hosts(texts)
    assert "www.acme.com" in str(caught.value)
    assert "localhost" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_what_is_learned_never_takes_the_place_of_what_a_person_has_said(any_state: StateDatabase, clock: HandClock) -> None:
    connections, sites = made(any_state, clock), Sites(any_state, clock=lambda: NOW)
    connections.connect("acme", project_id="abc123def4", token=TOKEN)
    assert connections.get("acme").site is None
    learned = sites.learn("acme", ("staging.example",)).site
    assert learned is not None
    assert (learned.hosts, learned.is_learned) == (("staging.example",), True)
    said = sites.say("acme", ("acme.example",), moved_on=date(2026, 5, 2), actor="cli:ann").site
    assert said == Site(("acme.example",), is_learned=False, changed_at=NOW, moved_on=(date(2026, 5, 2),))
    assert sites.learn("acme", ("staging.example",)).site == said
    assert sites.forget_moves("acme", actor="cli:ann").site == Site(("acme.example",), is_learned=False, changed_at=NOW)

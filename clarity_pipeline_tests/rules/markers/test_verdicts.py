"""A marked change, judged by days in a real warehouse: of the page, of the site, and of nothing that was not comparable."""

from datetime import UTC, datetime, timedelta
from typing import Any

from clarity_pipeline.clarity.measures import SIGNAL
from clarity_pipeline.rules.markers.markers import Marker, Markers, markers_of
from clarity_pipeline.rules.markers.verdicts import Checked, check_changes, say
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.warehouse.lanes import load
from clarity_pipeline_tests.world import DAY, World

CHANGED_ON = DAY - timedelta(days=7)
PAGE, OTHER = "https://acme.com/lp", "https://acme.com/other"
QUIET = dict.fromkeys((f"{name}_sessions" for name in SIGNAL), 4)


def mark(world: World, *, url: str | None = PAGE, days_later: int = 0) -> Marker:
    at = datetime.combine(CHANGED_ON, datetime.min.time(), tzinfo=UTC) + timedelta(days=days_later, hours=14)
    with world.home() as home:
        markers = Markers(home.state, clock=home.clock)
        return markers.add(home.connections.get("acme"), url=url, at=at, note="new form", author="cli:anna")


def days(world: World, *, after: int = 30, first: int = -28, **of_each_row: Any) -> None:
    """Two pages with 200 sessions a day, 4 of them with each signal; `after` with dead clicks on PAGE since the change."""
    with world.home() as home, home.warehouse.connect() as connection:  # open throughout: each opening takes 0.05 s
        for n in range(first, 8):
            day = CHANGED_ON + timedelta(days=n)
            changed = {**QUIET, "dead_click_sessions": after if n > 0 else 4 + n % 3}
            rows = [{"url": url, "sessions": 200, **(changed if url == PAGE else QUIET), **of_each_row} for url in (PAGE, OTHER)]
            load(home.warehouse, rows, day=day)
            refresh(connection, [MARTS["business_day"], MARTS["url_day"]], business_id="acme", date=day)


def checked(world: World) -> list[Checked]:
    with world.home() as home:
        with home.state.read() as connection:
            marked = markers_of(connection, ["acme"]).get("acme", ())
        return check_changes(home.warehouse, business_id="acme", markers=marked, until=home.yesterday())


def test_a_page_that_got_worse_is_told_with_its_signal_and_nothing_else_is(world: World) -> None:
    mark(world)
    days(world)
    (found,) = checked(world)
    worse = {name for name, verdict in found.verdicts.items() if verdict.outcome == "worse"}
    assert worse == {"dead_click"}
    verdict = found.verdicts["dead_click"]
    assert (verdict.days_before, verdict.sessions_before, verdict.days_after, verdict.sessions_after) == (28, 5600, 7, 1400)
    assert verdict.observed_after == 210
    assert verdict.p is not None
    assert verdict.p < 1e-6
    line = say("dead_click", verdict)
    assert line.startswith(f"visits with dead clicks: worse since {CHANGED_ON}: ")


def test_the_site_and_another_page_have_answers_of_their_own(world: World) -> None:
    of_the_page, of_other, of_the_site = mark(world), mark(world, url=OTHER), mark(world, url=None)
    days(world)
    outcomes = {each.marker: each.verdicts["dead_click"] for each in checked(world)}
    assert outcomes[of_the_page].outcome == outcomes[of_the_site].outcome == "worse"
    assert outcomes[of_other].outcome != "worse"
    assert outcomes[of_the_site].sessions_after == 2 * outcomes[of_the_page].sessions_after


def test_a_page_that_nobody_ever_saw_has_no_answer(world: World) -> None:
    mark(world, url="https://acme.com/misspelt")
    days(world)
    (found,) = checked(world)
    assert {(each.outcome, each.reason) for each in found.verdicts.values()} == {("unknown", "baseline_too_short")}


def test_days_that_cannot_be_compared_count_for_nothing(world: World) -> None:
    mark(world)
    days(world, quality="recovered")
    (found,) = checked(world)
    assert {each.reason for each in found.verdicts.values()} == {"baseline_too_short"}


def test_a_signal_that_clarity_did_not_send_is_unknown_and_the_others_are_judged(world: World) -> None:
    mark(world)
    days(world, rage_click_sessions=None)
    (found,) = checked(world)
    assert found.verdicts["rage_click"].reason == "baseline_too_short"
    assert found.verdicts["dead_click"].outcome == "worse"


def test_other_changes_within_the_days_are_named(world: World) -> None:
    first, of_other, of_the_site = mark(world), mark(world, url=OTHER), mark(world, url=None, days_later=2)
    besides = {each.marker: set(each.besides) for each in checked(world)}
    assert besides == {first: {of_the_site}, of_other: {of_the_site}, of_the_site: {first, of_other}}


def test_without_a_marker_no_warehouse_is_opened(world: World) -> None:
    assert checked(world) == []
    assert not world.settings.warehouse_file.exists()

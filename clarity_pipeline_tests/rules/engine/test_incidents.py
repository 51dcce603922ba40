from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.engine.incidents import Incident, fold

DAYS = st.integers(1, 28).map(lambda number: date(2026, 11, number))
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(["fired", "not", "unknown"])
HISTORIES = st.dictionaries(DAYS, OUTCOMES, max_size=20)


def week(letters: str) -> dict[date, Outcome]:
    """A history from the first of November on: F fired, n not, ? unknown, a space for no evaluation."""
    names: dict[str, Outcome] = {"F": "fired", "n": "not", "?": "unknown"}
    return {date(2026, 11, 1) + timedelta(days=place): names[letter] for place, letter in enumerate(letters) if letter != " "}


def on(number: int) -> date:
    return date(2026, 11, number)


def test_firing_opens_updates_and_an_all_clear_resolves() -> None:
    assert fold(week("nFFn")) == (
        Incident(opened_on=on(2), last_fired_on=on(3), last_evaluated_on=on(4), resolved_on=on(4), firing_on=on(2)),
    )


def test_an_unknown_day_keeps_the_incident_and_says_when_it_was_last_looked_at() -> None:
    (incident,) = fold(week("F??"))
    assert (incident.state, incident.last_fired_on, incident.last_evaluated_on) == ("firing", on(1), on(3))
    (after,) = fold(week("F?Fn"))
    assert (after.opened_on, after.resolved_on) == (on(1), on(4))


def test_it_is_pending_until_it_has_held_for_so_many_days_with_an_answer() -> None:
    (incident,) = fold(week("F?F"), for_days=3)
    assert (incident.state, incident.firing_on) == ("pending", None)
    (told,) = fold(week("F?F?F"), for_days=3)
    assert (told.state, told.opened_on, told.firing_on) == ("firing", on(1), on(5))
    assert fold(week("FFn"), for_days=3) == ()
    assert fold(week("FFnFF"), for_days=3)[0].opened_on == on(4)


def test_a_single_calm_day_ends_nothing_where_more_are_asked_for() -> None:
    (incident,) = fold(week("FnF?n?"), resolve_after_days=2)
    assert (incident.state, incident.last_fired_on, incident.unknown_since) == ("firing", on(3), on(6))
    (over,) = fold(week("FnF?n?n"), resolve_after_days=2)
    assert (over.resolved_on, over.last_fired_on) == (on(7), on(3))


def test_it_says_since_when_there_is_no_telling() -> None:
    assert [each.unknown_since for days in ("F", "F?", "F??", "F??F", "F??n") for each in fold(week(days))] == [
        None, on(2), on(2), None, None,
    ]  # fmt: skip


@given(HISTORIES, st.integers(1, 4), st.integers(1, 4))
def test_it_fires_on_the_day_that_makes_enough_and_ends_on_the_day_that_makes_enough(
    history: dict[date, Outcome], for_days: int, resolve_after_days: int
) -> None:
    found = fold(history, for_days=for_days, resolve_after_days=resolve_after_days)
    known = [day for day, outcome in sorted(history.items()) if outcome != "unknown"]
    for each in found:
        if each.firing_on is not None:
            held = [history[day] for day in known if each.opened_on <= day <= each.firing_on]
            assert held == ["fired"] * for_days
        if each.resolved_on is not None:
            calm = [history[day] for day in known if each.last_fired_on < day <= each.resolved_on]
            assert calm == ["not"] * resolve_after_days
    assert all(each.state == "resolved" for each in found[:-1])


@given(HISTORIES, st.integers(1, 4), st.integers(1, 4))
def test_days_without_an_answer_neither_make_nor_end_an_incident(
    history: dict[date, Outcome], for_days: int, resolve_after_days: int
) -> None:
    days = {"for_days": for_days, "resolve_after_days": resolve_after_days}
    known = {day: outcome for day, outcome in history.items() if outcome != "unknown"}
    assert [(each.opened_on, each.firing_on, each.last_fired_on, each.resolved_on) for each in fold(history, **days)] == [
        (each.opened_on, each.firing_on, each.last_fired_on, each.resolved_on) for each in fold(known, **days)
    ]


def test_a_second_time_is_a_second_incident() -> None:
    assert [(each.opened_on, each.state) for each in fold(week("FnnF"))] == [(on(1), "resolved"), (on(4), "firing")]


@given(HISTORIES)
def test_incidents_alternate_and_only_the_last_may_be_firing(history: dict[date, Outcome]) -> None:
    found = fold(history)
    for earlier, later in pairwise(found):
        assert earlier.resolved_on is not None
        assert earlier.opened_on <= earlier.last_fired_on < earlier.resolved_on < later.opened_on
    assert all(history[each.opened_on] == history[each.last_fired_on] == "fired" for each in found)
    assert all(each.resolved_on is None or history[each.resolved_on] == "not" for each in found)


@given(HISTORIES)
def test_every_day_that_fired_is_inside_an_incident_and_no_all_clear_is(history: dict[date, Outcome]) -> None:
    found = fold(history)
    for day, outcome in history.items():
        inside = any(each.opened_on <= day <= each.last_fired_on for each in found)
        assert inside or outcome != "fired"
        assert not inside or outcome != "not"


@given(HISTORIES.filter(lambda history: "fired" not in history.values()))
def test_unknown_never_fires(history: dict[date, Outcome]) -> None:
    assert fold(history) == ()


@given(HISTORIES.flatmap(lambda history: st.tuples(st.just(history), st.permutations(list(history)))))
def test_the_order_in_which_days_arrive_is_irrelevant(history_and_order: tuple[dict[date, Outcome], list[date]]) -> None:
    history, order = history_and_order
    assert fold({day: history[day] for day in order}) == fold(history)


@given(HISTORIES, DAYS)
def test_an_unknown_day_more_moves_no_end_of_any_incident(history: dict[date, Outcome], day: date) -> None:
    with_unknown: dict[date, Outcome] = {day: "unknown", **history}
    ends = [(each.opened_on, each.last_fired_on, each.resolved_on) for each in fold(history)]
    assert [(each.opened_on, each.last_fired_on, each.resolved_on) for each in fold(with_unknown)] == ends

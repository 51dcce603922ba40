from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import stats

from clarity_pipeline.rules.spike.baseline import LEAST_DISPERSION, Day, Flag
from clarity_pipeline.rules.spike.spike_settings import DEFAULT, SpikeSettings
from clarity_pipeline.rules.spike.spike_verdict import Verdict, explain
from clarity_pipeline_tests.rules.days import TODAY, ending_yesterday, quiet, spike, today
from clarity_pipeline_tests.rules.spike.flags import FLAGS, flagged

EVENTS = replace(DEFAULT, quantity="events")
HISTORIES = st.lists(
    st.tuples(st.integers(0, 3_000), st.integers(0, 400), st.sampled_from([(), *((flag,) for flag in (*FLAGS, "incident"))])),
    max_size=45,
)


def history(rows: list[tuple[int, int, tuple[Flag, ...]]]) -> list[Day]:
    return [
        Day(date=TODAY - timedelta(days=ago), sessions=sessions, signal_sessions=min(signal, sessions), flags=frozenset(flags))
        for ago, (sessions, signal, flags) in enumerate(rows, start=1)
    ]


def test_three_times_the_normal_fires_and_says_all_that_a_person_needs():
    verdict = spike(today(150), quiet())
    assert (verdict.outcome, verdict.reason, verdict.window_days) == ("fired", "beyond_chance", 1)
    assert (verdict.sessions, verdict.observed, verdict.baseline_days) == (1_000, 150, 28)
    assert verdict.expected == pytest.approx(50, rel=0.1)
    assert verdict.ratio == pytest.approx(3, rel=0.1)
    assert verdict.p is not None
    assert verdict.p < verdict.alpha
    assert "chance alone does it once in" in explain(verdict)


def test_a_normal_day_does_not_fire_and_says_what_would():
    verdict = spike(today(55), quiet())
    assert (verdict.outcome, verdict.reason) == ("not", "within_chance")
    assert f"it would take {verdict.threshold}" in explain(verdict)


@given(st.integers(0, 400), st.integers(0, 30))
def test_the_threshold_is_where_it_begins_to_fire(signal: int, seed: int):
    verdict = spike(today(signal), quiet(seed=seed))
    assert verdict.threshold is not None
    assert (verdict.outcome == "fired") == (signal >= verdict.threshold)


@given(HISTORIES, st.integers(1, 3_000), st.integers(0, 300), st.integers(1, 50))
def test_more_of_the_signal_today_never_stops_an_alarm(rows, sessions: int, signal: int, more: int):
    before = history(rows)
    one, other = (spike(today(count, sessions=sessions), before) for count in (signal, signal + more))
    assert {one.outcome, other.outcome} <= {"fired", "not", "unknown"}
    if one.outcome == "fired":
        assert other.outcome == "fired"
    if one.p is not None and one.window_days == other.window_days and other.p is not None:
        assert other.p <= one.p * (1 + 1e-9)


@given(HISTORIES, st.integers(1, 3_000), st.integers(0, 300))
def test_nothing_fires_below_the_ratio_floor_the_least_events_or_alpha(rows, sessions: int, signal: int):
    verdict = spike(today(signal, sessions=sessions), history(rows))
    if verdict.outcome == "fired":
        assert verdict.observed is not None
        assert verdict.ratio is not None
        assert verdict.p is not None
        assert verdict.ratio >= 1.5
        assert verdict.observed >= 5
        assert verdict.p <= 0.001
    assert (verdict.outcome == "fired") == (verdict.reason == "beyond_chance")
    assert "{" not in explain(verdict)
    assert "None" not in explain(verdict)


@given(HISTORIES, st.integers(0, 300), st.randoms())
def test_the_order_of_the_days_and_what_comes_later_change_nothing(rows, signal: int, random):
    before = history(rows)
    shuffled = [*before, today(10_000), *ending_yesterday([900] * 5, last=TODAY + timedelta(days=9))[:3]]
    random.shuffle(shuffled)
    later = [day for day in shuffled if day.date != TODAY]
    assert spike(today(signal), later) == spike(today(signal), before)


def test_a_date_that_is_there_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        spike(today(50), [*quiet(), quiet()[0]])


@pytest.mark.parametrize("sessions", [20, 100, 400, 2_000, 20_000])
def test_one_visitor_who_clicks_eighty_times_is_one_session_and_never_fires(sessions: int):
    before = quiet(rate=0.01, sessions=sessions)
    normal = round(0.01 * sessions)
    storm = today(normal + 1, sessions=sessions + 1, events=2 * normal + 80)
    assert spike(storm, before).outcome != "fired"
    assert spike(storm, before, EVENTS).outcome != "fired"
    naive = sum(day.events or 0 for day in before[-7:]) / 7
    if sessions <= 2_000:
        assert storm.events is not None
        assert storm.events > 2 * naive


def test_events_fire_where_many_sessions_have_them_and_say_so_where_few_have():
    before = quiet(sessions=2_000, rate=0.05)
    assert spike(today(300, sessions=2_000, events=700), before, EVENTS).outcome == "fired"
    one_visitor = spike(today(110, sessions=2_000, events=390), before, EVENTS)
    assert one_visitor.reason == "one_visitor_could"
    assert "one visitor's clicks could be the difference" in explain(one_visitor)


def test_a_rate_that_jumps_by_itself_is_said_to_be_too_uneven_and_not_too_small():
    wild = ending_yesterday([20, 20, 500, 20, 20, 20, 800] * 5)
    verdict = spike(today(150), wild)
    assert (verdict.outcome, verdict.reason) == ("unknown", "too_uneven")
    assert "from day to day" in explain(verdict)


@given(st.integers(10, 3_000), st.integers(0, 40), st.integers(1, 100), st.integers(0, 20))
def test_no_storm_of_one_visitor_makes_the_difference_to_events(sessions: int, signal: int, clicks: int, seed: int):
    before = quiet(rate=0.01, sessions=sessions, seed=seed)
    calm, storm = (
        today(signal, sessions=sessions, events=2 * signal),
        today(signal, sessions=sessions, events=2 * signal + clicks),
    )
    without_allowance = replace(DEFAULT, min_events=5)
    assert (
        spike(storm, before, EVENTS).outcome != "fired"
        or spike(renamed(calm), [renamed(day) for day in before], without_allowance).outcome == "fired"
    )


def renamed(day: Day) -> Day:
    """Its events as if each were a session's."""
    return replace(day, signal_sessions=day.count("events"))


def test_events_that_nobody_gave_are_a_callers_mistake():
    with pytest.raises(ValueError, match="events"):
        spike(today(5), quiet(), EVENTS)


def test_a_signal_that_never_happened_fires_when_many_have_it_and_is_unknown_before():
    never = ending_yesterday([0] * 34)
    assert spike(today(0), never).reason == "not_enough_data"
    assert spike(today(40), never).outcome == "fired"


def test_without_wobble_the_chance_is_that_of_the_exact_conditional_test():
    day = spike(today(80), ending_yesterday([50] * 34)).looks[0]
    exact = stats.nbinom.sf(79, 28 * 50 + 0.5, 28 / 29)
    assert day.p > exact
    poisson = stats.nbinom.sf(79, 1 / day.dispersion, 1 / (1 + day.expected * day.dispersion))
    assert day.p == pytest.approx(poisson, rel=1e-6)


def test_the_level_is_what_it_says_though_the_wobble_is_only_estimated_and_poissons_is_not():
    level = replace(DEFAULT, alpha=0.01, ratio_floor=1.0, windows=(1,))
    fired, poisson, days = 0, 0, 1_200
    for seed in range(days):
        *before, last = quiet(rate=0.05, sessions=2_000, days=29, seed=seed, cv=0.25)
        fired += spike(last, before, level).outcome == "fired"
        rate = sum(day.signal_sessions for day in before) / sum(day.sessions for day in before)
        poisson += stats.poisson.sf(last.signal_sessions - 1, rate * last.sessions) < 0.01
    assert fired <= 0.01 * days + 2 * (0.01 * days) ** 0.5
    assert poisson > 0.1 * days


def test_the_fewer_days_there_are_the_larger_the_wobble_is_taken_to_be():
    few, many = (spike(today(50), quiet()[-days:], replace(DEFAULT, windows=(1,))).dispersion for days in (14, 28))
    assert few is not None
    assert many is not None
    assert few > LEAST_DISPERSION * 1.25
    assert many >= LEAST_DISPERSION * 1.16


def test_the_same_answer_every_time():
    assert spike(today(70), quiet()) == spike(today(70), quiet())


@settings(max_examples=20)
@given(
    st.sampled_from([{"alpha": 0}, {"power": 1}, {"windows": (3, 1)}, {"windows": ()}, {"least_baseline_days": 40}, {"jump": 1}])
)
def test_settings_that_make_no_sense_are_refused(wrong):
    with pytest.raises(ValueError, match=r"alpha|windows|baseline"):
        SpikeSettings(**wrong)


def test_a_negative_count_is_refused():
    with pytest.raises(ValueError, match="negative"):
        today(-1)


@pytest.mark.parametrize("signal", [55, 150])
def test_a_verdict_goes_through_json_and_comes_back_the_same(signal: int):
    verdict = spike(today(signal), flagged(quiet(), range(8, 11), "recovered"))
    adapter = TypeAdapter(Verdict)
    assert adapter.validate_json(adapter.dump_json(verdict)) == verdict

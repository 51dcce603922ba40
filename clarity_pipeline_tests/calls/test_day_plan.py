"""The plan of a day's calls, as a pure function of facts: what comes first, what is left out, and why each time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.calls.budget import Spent, calls_free
from clarity_pipeline.calls.day_facts import Facts
from clarity_pipeline.calls.day_plan import LOOK_BACK_DAYS, Plan, plan_day
from clarity_pipeline.clarity.dimensions import CALLS_A_DAY, DAILY_SLICES

NOW = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
YESTERDAY, A_DAY_LATE, TWO_DAYS_LATE = (date(2026, 5, 3) - timedelta(days=back) for back in range(3))
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = tuple(DAILY_SLICES)


def lanes(*days: date, names: tuple[str, ...] = NAMES) -> set[tuple[date, str]]:
    return {(day, name) for day in days for name in names}


OLDER = lanes(*(YESTERDAY - timedelta(days=back) for back in range(3, LOOK_BACK_DAYS)))


def facts(business_id: str = "acme", **given: Any) -> Facts:
    known: dict[str, Any] = {"quota_key": "one", "connected_at": LONG_AGO, "told": lanes(A_DAY_LATE, TWO_DAYS_LATE) | OLDER}
    return Facts(business_id=business_id, **{**known, **given})


def plan(*businesses: Facts, spent: tuple[Spent, ...] = (), now: datetime = NOW) -> Plan:
    return plan_day(businesses, spent={"one": spent}, now=now)


def shown(found: Plan) -> list[tuple[date, str, tuple[int, ...]]]:
    return [(lane.date, lane.slice_name, lane.calls) for lane in found.lanes]


def why(found: Plan, day: date) -> dict[str, str]:
    return {each.slice_name: each.why for each in found.left_out if each.date == day}


def cost(found: Plan) -> int:
    return sum(len(lane.calls) for lane in found.lanes)


def test_without_a_loss_the_day_is_its_four_lanes() -> None:
    found = plan(facts())
    assert shown(found) == [(YESTERDAY, name, (1,)) for name in NAMES]
    assert found.left_out == ()


def test_a_day_lost_whole_is_recovered_with_one_call_a_lane_and_the_tests_keep_theirs() -> None:
    found = plan(facts(told=lanes(TWO_DAYS_LATE) | OLDER))
    assert shown(found)[4:] == [(A_DAY_LATE, name, (2,)) for name in NAMES]
    assert [lane.pair for lane in found.lanes[4:]] == [(2, 1)] * 4
    assert cost(found) == CALLS_A_DAY - 2


def test_a_lane_that_the_vault_tells_and_nobody_loaded_is_loaded_without_a_call_at_any_age_and_hour() -> None:
    """A process died between the answer and its rows; the run of its day is over, and no other would ever load them."""
    kept = lanes(A_DAY_LATE, names=("url_source",)) | lanes(YESTERDAY - timedelta(days=5), names=("url_device",))
    found = plan(facts(kept=kept), now=NOW + timedelta(hours=11))
    assert found.recoveries == {
        ("acme", YESTERDAY - timedelta(days=5)): ("url_device",),
        ("acme", A_DAY_LATE): ("url_source",),
    }
    assert cost(found) == 0
    assert plan(facts(kept=kept, switched_off="disabled")).recoveries == {}


def test_of_two_lost_days_an_answer_of_two_days_serves_both() -> None:
    found = plan(facts(told=OLDER))
    assert shown(found)[4:] == [
        (TWO_DAYS_LATE, "url_device", (2, 3)),
        (TWO_DAYS_LATE, "url_source", (2, 3)),
        (A_DAY_LATE, "url_device", ()),
        (A_DAY_LATE, "url_source", ()),
    ]
    assert why(found, A_DAY_LATE) == why(found, TWO_DAYS_LATE) == {"url_country": "budget", "url_campaign_channel": "budget"}


def test_the_totals_of_who_wants_them_come_after_the_lanes_and_before_recoveries_and_are_never_recovered() -> None:
    found = plan(facts(slices=(*NAMES, "totals"), told=lanes(TWO_DAYS_LATE) | OLDER))
    assert [(lane.slice_name, lane.purpose) for lane in found.lanes[3:6]] == [
        ("url_campaign_channel", "sync"), ("totals", "sync"), ("url_device", "recovery"),
    ]  # fmt: skip
    assert cost(found) == CALLS_A_DAY - 2
    assert why(found, A_DAY_LATE) == {"url_campaign_channel": "budget"}


def test_what_an_interrupted_recovery_left_in_the_vault_is_loaded_without_a_call() -> None:
    left = (A_DAY_LATE, "url_source")
    found = plan(facts(kept={left}), now=NOW + timedelta(hours=12))
    assert shown(found) == [(*left, ())]
    assert found.recoveries == {("acme", A_DAY_LATE): ("url_source",)}
    assert plan(facts(kept={left}, switched_off="disabled"), now=NOW + timedelta(hours=12)).lanes == ()


def test_a_lane_in_back_off_is_planned_and_recovered_by_fewer_dimensions() -> None:
    found = plan(facts(less={"url_device": ("url",)}, told=lanes(TWO_DAYS_LATE) | OLDER))
    assert {(lane.date, lane.less) for lane in found.lanes if lane.slice_name == "url_device"} == {
        (YESTERDAY, ("url",)), (A_DAY_LATE, ("url",)),
    }  # fmt: skip
    assert {lane.less for lane in found.lanes if lane.slice_name != "url_device"} == {None}


def test_url_device_of_the_oldest_day_comes_before_all_others() -> None:
    found = plan(facts(told=OLDER), spent=(("retry", "url_source"), ("retry", "url_source")))
    assert shown(found)[4:] == [(TWO_DAYS_LATE, "url_device", (2, 3)), (A_DAY_LATE, "url_device", ())]


def test_a_lane_that_does_not_fit_leaves_its_call_to_one_that_does() -> None:
    found = plan(facts(told=OLDER), spent=tuple(("retry", "url_source") for _ in range(3)))
    assert shown(found)[4:] == [(A_DAY_LATE, "url_device", (2,))]


def test_an_answer_of_the_last_minutes_is_not_paid_for_again() -> None:
    told = lanes(YESTERDAY, TWO_DAYS_LATE) | OLDER
    spent = tuple(("sync", name) for name in NAMES)
    late = plan(facts(told=told), spent=spent)
    at_once = plan(facts(told=told, fresh={name: {1} for name in NAMES}), spent=spent)
    assert shown(late) == [(A_DAY_LATE, "url_device", (1, 2)), (A_DAY_LATE, "url_source", (1, 2))]
    assert shown(at_once) == [(A_DAY_LATE, name, (2,)) for name in NAMES]


@pytest.mark.parametrize(
    ("given", "now", "day", "reason", "said"),
    [
        ({"told": ()}, NOW, TWO_DAYS_LATE - timedelta(days=1), "no_longer_recoverable", "no longer recoverable"),
        ({}, NOW.replace(hour=12), A_DAY_LATE, "day_not_recoverable", "cannot be recovered at this hour; next from 2026-05-05"),
        ({"cut": set(NAMES)}, NOW, A_DAY_LATE, "cut_at_cap", "cut at 1,000 rows"),
        ({"switched_off": "disabled"}, NOW, A_DAY_LATE, "disabled", "`clarity-pipeline enable`"),
        ({"switched_off": "token_rejected"}, NOW, YESTERDAY, "token_rejected", "fresh one"),
        ({"connected_at": NOW}, NOW, A_DAY_LATE, "before_the_connection", "was connected on 2026-05-04"),
        ({}, NOW.replace(hour=12), YESTERDAY, "day_not_fetchable", "can no longer be fetched"),
        ({"told": lanes(YESTERDAY)}, NOW, YESTERDAY, "already_in_vault", "no call is needed"),
    ],
)
def test_what_is_left_out_says_why(given: dict[str, Any], now: datetime, day: date, reason: str, said: str) -> None:
    found = plan(facts(**{"told": lanes(TWO_DAYS_LATE) | OLDER, **given}), now=now)
    assert why(found, day) == dict.fromkeys(NAMES, reason)
    assert all(said in each.detail and "\n" not in each.detail for each in found.left_out if each.date == day)


def test_a_lane_whose_end_is_recorded_is_not_given_up_again() -> None:
    over = lanes(YESTERDAY - timedelta(days=3))
    found = plan(facts(told=OLDER - over))
    assert {(each.date, each.slice_name) for each in found.given_up} == over
    assert plan(facts(told=OLDER - over, given_up=over)).given_up == ()


def test_a_business_connected_while_the_date_could_be_fetched_owns_it() -> None:
    told = lanes(TWO_DAYS_LATE) | OLDER
    in_time, late = (datetime(2026, 5, 3, hour, 0, tzinfo=UTC) for hour in (6, 7))
    assert len(plan(facts(told=told, connected_at=in_time)).lanes) == 8
    assert len(plan(facts(told=told, connected_at=late)).lanes) == 4


def test_businesses_of_one_project_share_its_calls_and_lanes_come_before_recoveries() -> None:
    lost = lanes(TWO_DAYS_LATE) | OLDER
    found = plan(facts("acme", told=lost), facts("beta", told=lost))
    assert [(lane.business_id, lane.purpose) for lane in found.lanes] == [
        *[("acme", "sync")] * 4, *[("beta", "sync")] * 4,
    ]  # fmt: skip
    assert set(why(found, A_DAY_LATE).values()) == {"budget"}
    apart = plan_day([facts("acme", told=lost), facts("beta", told=lost, quota_key="two")], spent={}, now=NOW)
    assert len(apart.lanes) == 16


def test_a_further_lane_of_the_day_takes_its_call_from_what_recoveries_share() -> None:
    found = plan(facts(told={*lanes(TWO_DAYS_LATE), *OLDER, (A_DAY_LATE, "totals")}, slices=(*NAMES, "totals")))
    assert [lane.slice_name for lane in found.lanes if lane.purpose == "sync"] == [*NAMES, "totals"]
    assert [lane.slice_name for lane in found.lanes if lane.purpose == "recovery"] == list(NAMES[:3])


SPENT = st.tuples(st.sampled_from(["sync", "retry", "test", "portal", "refetch", "recovery"]), st.sampled_from(NAMES))
DAYS = [YESTERDAY - timedelta(days=back) for back in range(LOOK_BACK_DAYS)]


@st.composite
def ledgers(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Spent]:
    """Calls that the ledger would have let through, one by one."""
    spent: list[Spent] = []
    for purpose, name in draw(st.lists(SPENT, max_size=12)):
        if calls_free(spent, purpose=purpose, slice_name=name):
            spent.append((purpose, name))
    return spent


@st.composite
def worlds(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Facts]:
    told = st.sets(st.tuples(st.sampled_from(DAYS), st.sampled_from(NAMES)))
    return [
        facts(
            name,
            told=draw(told),
            cut=draw(st.sets(st.sampled_from(NAMES), max_size=2)),
            fresh=draw(st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from([1, 2, 3])))),
            connected_at=draw(st.sampled_from([LONG_AGO, NOW - timedelta(days=1), NOW])),
            switched_off=draw(st.sampled_from([None, None, None, "disabled"])),
        )
        for name in ("acme", "beta")[: draw(st.integers(1, 2))]
    ]


@settings(max_examples=400, deadline=None)
@given(worlds(), ledgers(), st.integers(0, 24 * 60 - 1))
def test_whatever_happened_a_plan_keeps_the_budget_and_accounts_for_every_lane(
    businesses: list[Facts], spent: list[Spent], minute: int
) -> None:
    now = NOW.replace(hour=minute // 60, minute=minute % 60)
    found = plan_day(businesses, spent={"one": spent}, now=now)
    ledger = list(spent)
    for purpose in ("sync", "recovery"):  # each call planned is one that the ledger will let through
        for lane in found.lanes:
            for _ in lane.calls if lane.purpose == purpose else ():
                assert calls_free(ledger, purpose=lane.purpose, slice_name=lane.slice_name)
                ledger.append((lane.purpose, lane.slice_name))
    recoveries = [lane for lane in found.lanes if lane.purpose == "recovery"]
    if recoveries:  # and then both tests still find theirs, and each lane that is not made yet
        tests = sum(purpose in {"test", "portal"} for purpose, _ in ledger)
        owed = set(NAMES) - {name for purpose, name in ledger if purpose == "sync"}
        assert CALLS_A_DAY - len(ledger) >= max(0, 2 - tests) + len(owed)
    for facts_of in businesses:
        mine = [each for each in (*found.lanes, *found.left_out) if each.business_id == facts_of.business_id]
        named = [(each.date, each.slice_name) for each in mine]
        assert len(named) == len(set(named)), "a lane is planned or left out, once"
        assert {*named} >= {(day, name) for day in DAYS[:3] for name in NAMES if (day, name) not in facts_of.told}
        assert {(YESTERDAY, name) for name in NAMES} <= {*named}
        fresh = {name: set(facts_of.fresh.get(name, ())) for name in NAMES}
        for lane in found.lanes:
            if lane.business_id == facts_of.business_id:
                fresh[lane.slice_name] |= set(lane.calls)
                assert set(lane.pair or (1,)) <= fresh[lane.slice_name], "both halves of a pair are there or paid for"
    assert all(each.detail for each in found.left_out)
    budget = [each for each in found.left_out if each.why == "budget" and each.date < YESTERDAY]
    first = [each for each in budget if each.slice_name == "url_device"]
    if first:  # left out although it is the first in value: nothing dearer than what is left was bought instead of it
        oldest = min(each.date for each in first)
        younger = [lane for lane in recoveries if lane.calls and (lane.slice_name != "url_device" or lane.date > oldest)]
        assert not [lane for lane in younger if len(lane.calls) >= 2]

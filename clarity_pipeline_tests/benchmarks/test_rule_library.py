"""The benchmark of the rule library: quiet sites through the backtest, and the same sites when something broke."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from benchmarks.alerts.sites import FIRST, Series
from benchmarks.alerts.whole_sites import SiteYears
from benchmarks.rule_library import BEFORE, NAMES, Measured, history, measure, unchanged
from clarity_pipeline.rules.backtest.backtest import backtest
from clarity_pipeline.rules.engine.history import History
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.ready import first_rules, library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.warehouse.rule_days import COLUMNS

DAYS = BEFORE + 40
BROKEN = BEFORE + 20
RULES = {each.rule.id: each.rule.model_copy(update={"enabled": True}) for each in library()}
BROKEN_COLUMNS = {
    "rage-clicks-jump": {"rage_click_sessions": 4},
    "dead-clicks-jump": {"dead_click_sessions": 4},
    "quick-backs-jump": {"quick_back_sessions": 2},
    "errors-jump": {"script_error_sessions": 4},
    "page-dead-clicks-jump": {"dead_click_sessions": 4},
    "worse-since-a-change": {"dead_click_sessions": 3},
    "visits-halved": {"sessions": 0.3},
    "engagement-fell": {"engagement_time_sum": 0.5},
    "bots-take-over": {"bot_sessions": 20, "visits": 2.2},
    "pause-ad-on-rage-clicks": {"rage_click_sessions": 30},
}
"""By which factors the columns of a day differ once something is broken."""


def broken(days: History, factors: dict[str, float]) -> History:
    """The same days until `BROKEN`, and others from then on."""
    found = days.now()
    versions = [
        replace(
            version, values=tuple(_times(value, factors.get(name)) for name, value in zip(NAMES, version.values, strict=True))
        )
        if version.date >= FIRST + timedelta(days=BROKEN)
        else version
        for version in found.versions
        if version is not None
    ]
    return History(NAMES, versions)


def _times(value: float | None, factor: float | None) -> float | None:
    return value if factor is None or value is None else type(value)(value * factor)


def fired(rule: Rule, known: Known) -> list[int]:
    """The days that fire on the busiest subject, by number."""
    span = {"from_date": FIRST + timedelta(days=BEFORE), "to_date": FIRST + timedelta(days=DAYS - 1)}
    found = backtest(rule, known=known, **span).values()
    return sorted((day - FIRST).days for each in found for day in each.fired_on)


@pytest.mark.parametrize("rule_id", BROKEN_COLUMNS)
def test_each_rule_is_quiet_until_what_it_is_for_happens_and_then_fires(rule_id: str) -> None:
    rule, factors = RULES[rule_id], BROKEN_COLUMNS[rule_id]
    quiet = unchanged(rule, size=5_000, number=0, days=DAYS)
    assert fired(rule, quiet) == []
    known = replace(
        quiet,
        business=broken(quiet.business, factors),
        pages={url: broken(days, factors) for url, days in quiet.pages.items()},
        changes=[replace(quiet.changes[0], changed_on=FIRST + timedelta(days=BROKEN))] if quiet.changes else (),
    )
    days = fired(rule, known)
    assert days
    assert BROKEN <= days[0] <= BROKEN + 7


def test_every_rule_of_the_library_is_covered_here() -> None:
    assert BROKEN_COLUMNS.keys() | {rule.id for rule in first_rules()} == RULES.keys()


def test_the_rules_about_the_connection_fire_on_its_state_alone() -> None:
    today = FIRST + timedelta(days=3)
    for rule, state in zip(first_rules(), ("stale", "rejected"), strict=True):
        for states, expected in (({state}, 1), (set(), 0)):
            known = Known(business_id="acme", connection=frozenset(states), connection_on=today)
            (found,) = backtest(rule, known=known, from_date=today, to_date=today).values()
            assert len(found.fired_on) == expected


def test_the_days_of_the_benchmark_have_the_columns_of_the_warehouse() -> None:
    assert set(NAMES) == set(COLUMNS)
    series = Series(*(np.array([4, 0]) for _ in range(3)))
    events = dict.fromkeys(
        ("dead_clicks", "rage_clicks", "excessive_scroll", "quick_backs", "script_errors", "error_clicks"), series
    )
    site = SiteYears(np.array([10, 0]), np.array([5, 5]), np.array([50.0, np.nan]), np.array([9.0, np.nan]), events)
    one, other = (version.values for version in history(site).now().versions if version is not None)
    assert (one[NAMES.index("scroll_depth_sum")], other[NAMES.index("scroll_depth_sum")]) == (500.0, 0.0)
    assert (one[NAMES.index("visits")], other[NAMES.index("visits")]) == (15, 5)


def test_alarms_are_incidents_that_were_told_a_site_and_year_and_add_up() -> None:
    always = Rule.model_validate(
        {
            "id": "always",
            "name": "Always",
            "for_days": 2,
            "when": {"threshold": {"metric": "clarity_sessions", "operator": "above", "value": 0, "window_days": 1}},
        }
    )
    one = measure(always, size=100, first=0, sites=2, days=BEFORE + 73)
    assert one == Measured("always", 100, site_years=0.4, alarms=2, answers=146, unknown=0)
    assert (one + one).a_year == one.a_year == 5.0

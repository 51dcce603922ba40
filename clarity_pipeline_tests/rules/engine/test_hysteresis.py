"""An alert of a limit or a test ends below a lower level than the one it began at, and after enough days."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from benchmarks.openings import BEFORE, drawn, ended_at_once, spikes, tried
from clarity_pipeline.rules.backtest.backtest import backtest
from clarity_pipeline.rules.language.kinds import LEAF_KINDS
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline_tests.rules.made_up import MONDAY, change, daily, evaluate, rule, threshold

HOVERS = [50, 101, 97, 102, 96, 103, 50, 50, 50, 50, 50, 50, 50]


def incidents(by: Rule, clicks: Sequence[int]) -> list[tuple[int, int | None]]:
    """Which day opened each, and which ended it."""
    last = MONDAY + timedelta(days=len(clicks) - 1)
    (found,) = backtest(by, known=daily(MONDAY, clicks), from_date=MONDAY, to_date=last).values()
    ends = [each.resolved_on for each in found.incidents]
    return [((a.opened_on - MONDAY).days, b and (b - MONDAY).days) for a, b in zip(found.incidents, ends, strict=True)]


def limit(**fields: Any) -> dict[str, Any]:
    return threshold(window_days=1, **fields)


def test_a_value_that_hovers_around_its_limit_is_one_alert() -> None:
    assert incidents(rule(limit()), HOVERS) == [(1, 12)]
    assert incidents(rule(limit(ends_at=100), resolve_after_days=1), HOVERS) == [(1, 2), (3, 4), (5, 6)], "as it was before"


def test_the_level_and_the_days_are_the_rules_own_to_say() -> None:
    assert incidents(rule(limit(ends_at=40)), HOVERS) == [(1, None)]
    assert incidents(rule(limit(ends_at=96.5), resolve_after_days=1), HOVERS) == [(1, 4), (5, 6)]
    assert incidents(rule(limit(), resolve_after_days=2), HOVERS) == [(1, 7)]


def test_a_limit_below_ends_above_itself() -> None:
    below = limit(operator="below", value=100)
    assert incidents(rule(below, resolve_after_days=1), [200, 90, 110, 90, 120]) == [(1, 4)]


def test_a_change_ends_half_of_the_way_back_to_normal() -> None:
    by = rule(change(baseline_days=3, window_days=1), resolve_after_days=1)
    assert incidents(by, [100, 100, 100, 300, 290, 250]) == [(3, 5)], "1.74 times normal lingers, 1.09 times is back"


def test_evidence_says_that_a_value_is_not_clearly_back() -> None:
    said = [evaluate(rule(limit()), known=daily(MONDAY, [clicks]), as_of=MONDAY).evidence[0].lingers for clicks in (101, 97, 80)]
    assert said == [False, True, False]


def test_what_fires_by_a_leafs_no_ends_by_its_yes() -> None:
    by = rule({"not": limit()}, resolve_after_days=1)
    assert incidents(by, [200, 97, 97, 101]) == [(1, 3)]


@pytest.mark.parametrize(("leaf", "wrong"), [(threshold(), 101), (change(), 2.5), (threshold(operator="below"), 99)])
def test_an_ending_level_beyond_the_beginning_is_refused(leaf: Any, wrong: float) -> None:
    ((kind, fields),) = leaf.items()
    with pytest.raises(ValidationError, match="beyond where it begins"):
        rule({kind: {**fields, "ends_at": wrong}})


def test_every_ready_rule_waits_until_it_is_clearly_back() -> None:
    waits = {each.rule.id: each.rule.calm_days for each in library()}
    assert {name for name, days in waits.items() if days == 1} == {"connection-stale", "token-rejected"}


def test_a_rule_that_an_earlier_release_kept_waits_as_it_said() -> None:
    document = rule(threshold()).document() | {"resolve_after_days": 1}
    del document["when"]["threshold"]["ends_at"]
    assert Rule.model_validate(document).calm_days == 1


def test_a_doubling_that_stays_opens_one_alert() -> None:
    series = [drawn(number, seed=3, size=500, days=BEFORE + 60, times=2.0) for number in range(6)]
    opened = [len(tried(spikes(), each).incidents) for each in series]
    before = [len(tried(ended_at_once(spikes()), each).incidents) for each in series]
    assert np.mean(opened) <= 1.2 < np.mean(before)


def test_each_kind_that_is_over_at_a_level_can_be_told_which() -> None:
    assert {kind for kind, each in LEAF_KINDS.items() if "ends_at" not in each.model.model_fields} == {"connection"}

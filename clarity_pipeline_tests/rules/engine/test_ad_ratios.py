"""Ratios of an ad platform are sums over sums, of one ad and of a whole business; money of two currencies is never added."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from clarity_pipeline.normalize.ad_columns import AdColumn
from clarity_pipeline.rules.engine.ad_days import ad_history
from clarity_pipeline.rules.engine.evaluate import answers
from clarity_pipeline.rules.engine.evidence import Evidence
from clarity_pipeline.rules.engine.history import AdRows
from clarity_pipeline.rules.engine.known import Entity, Known
from clarity_pipeline_tests.rules.made_up import MONDAY, change, days_from, rule, threshold

Numbers = Mapping[str, float]


def entity(
    days: Sequence[Numbers | None],
    entity_id: str = "a1",
    *,
    level: str = "ad",
    currencies: Sequence[str] = (),
    declared: Mapping[str, AdColumn] | None = None,
) -> Entity:
    """One with the numbers of each day from MONDAY on; `currencies` of each day, the last one going on."""
    dates = days_from(MONDAY, len(days))
    told = {day: numbers for day, numbers in zip(dates, days, strict=True) if numbers is not None}
    rows = {
        day: AdRows(currencies=frozenset({currencies[min(place, len(currencies) - 1)] if currencies else ""}))
        for place, day in enumerate(dates)
    }
    return Entity(level, entity_id, None, None, ad_history(told, rows=rows, declared=declared or {}))


def leaf_of(when: dict[str, Any], *entities: Entity, scope: str = "ad", day: int = 3) -> Evidence:
    """What the first subject's one leaf saw on the given day."""
    known = Known(business_id="acme", entities=entities)
    first, *_ = answers(rule(when, scope=scope), known=known, as_of=MONDAY + timedelta(days=day - 1))
    (leaf,) = first.evaluation().evidence
    return leaf


def value(metric: str, *days: Numbers | None, window_days: int = 3, **fields: Any) -> float | None:
    return leaf_of(threshold(metric, "above", 0, window_days=window_days), entity(days, **fields)).value


SPENT = {"spend": 40.0, "conversions": 2.0, "clicks": 50.0, "impressions": 2_500.0, "conversion_value": 120.0}


@pytest.mark.parametrize(
    ("metric", "expected"), [("cpa", 20.0), ("cpc", 0.8), ("ctr", 0.02), ("cvr", 0.04), ("roas", 3.0), ("cpm", 16.0)]
)
def test_a_ready_ratio_reads_on_a_week_what_it_reads_on_a_day(metric: str, expected: float) -> None:
    """A cost per conversion of 20 on three days was 60 where it was imported, a click-through rate of 2 % was 14 %."""
    assert value(f"entity.{metric}", *[SPENT] * 3) == pytest.approx(expected, rel=1e-15)
    week = leaf_of(threshold(f"entity.{metric}", "above", 0, window_days=7), entity([SPENT] * 7), day=7)
    assert week.value == pytest.approx(expected, rel=1e-15)


def test_a_cost_per_conversion_of_20_on_three_days_is_not_above_50() -> None:
    leaf = leaf_of(threshold("entity.cpa", "above", 50, window_days=3), entity([SPENT] * 3))
    assert (leaf.value, leaf.verdict) == (20.0, False)


def test_a_ratio_is_of_the_sums_and_no_mean_of_ratios() -> None:
    days = [{"spend": 90.0, "conversions": 9.0}, {"spend": 90.0, "conversions": 1.0}, {"spend": 20.0, "conversions": 0.0}]
    assert value("entity.cpa", *days) == 20.0  # the mean of 10 and 90 would be 50
    assert value("entity.spend / entity.leads", {"spend": 3.0, "leads": 4.0}, {"spend": 5.0, "leads": 4.0}) == 1.0


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([{"spend": 10.0, "conversions": 0.0}] * 3, "conversions is 0"),
        ([{"spend": 10.0}] * 3, "no column conversions (what is imported: spend)"),
        (
            [{"spend": 10.0, "conversions": 1.0}, {"spend": 10.0}, {"spend": 1.0, "conversions": 1.0}],
            "on 1 of 3 days only one of",
        ),
        (
            [{"spend": 10.0, "conversions": 1.0}, {"conversions": 1.0}, {"spend": 1.0, "conversions": 1.0}],
            "only one of spend and",
        ),
    ],
)
def test_a_ratio_without_a_known_divisor_is_unknown_and_says_why(days: Sequence[Numbers], said: str) -> None:
    leaf = leaf_of(threshold("entity.cpa", "above", 0, window_days=3), entity(days))
    assert (leaf.value, leaf.verdict) == (None, None)
    assert said in (leaf.note or "")


def test_a_day_without_a_row_is_left_out_of_both_sums() -> None:
    assert value("entity.cpa", {"spend": 40.0, "conversions": 2.0}, None, {"spend": 20.0, "conversions": 1.0}) == 20.0


def test_what_platforms_call_spend_and_conversion_value_stands_in_for_them() -> None:
    assert value("entity.cpa", *[{"amount_spent": 40.0, "conversions": 2.0}] * 3) == 20.0
    assert value("entity.roas", *[{"cost": 40.0, "revenue": 120.0}] * 3) == 3.0
    assert value("entity.spend", *[{"spend": 1.0, "cost": 40.0}] * 3) == 3.0


def test_the_business_is_the_sum_of_its_campaigns_and_counts_no_ad_of_theirs_again() -> None:
    campaigns = [entity([{"spend": 30.0, "conversions": 1.0}] * 3, each, level="campaign") for each in ("c1", "c2")]
    ads = [entity([{"spend": 15.0, "conversions": 0.5}] * 3, each) for each in ("a1", "a2", "a3", "a4")]
    spend = leaf_of(threshold("entity.spend", "above", 0, window_days=3), *campaigns, *ads, scope="business")
    assert (spend.value, spend.ads and spend.ads.summed_over) == (180.0, "campaigns")
    cpa = leaf_of(threshold("entity.cpa", "above", 0, window_days=3), *ads, *campaigns, scope="business")
    assert cpa.value == 30.0
    of_ads = leaf_of(threshold("entity.spend", "above", 0, window_days=3), *ads, scope="business")
    assert (of_ads.value, of_ads.ads and of_ads.ads.summed_over) == (180.0, "ads")


def test_one_campaign_that_lacks_a_cell_leaves_the_ratio_of_the_business_unknown() -> None:
    whole = entity([{"spend": 30.0, "conversions": 1.0}] * 3, "c1", level="campaign")
    lacks = entity([{"spend": 30.0}, {"conversions": 1.0}, None], "c2", level="campaign")
    leaf = leaf_of(threshold("entity.cpa", "above", 0, window_days=3), whole, lacks, scope="business")
    assert leaf.verdict is None
    assert "on 2 of 3 days only one of spend and conversions is told" in (leaf.note or "")


@pytest.mark.parametrize("metric", ["entity.spend", "entity.cpa", "entity.roas", "entity.cpm"])
def test_two_currencies_in_one_window_are_never_added(metric: str) -> None:
    mixed = entity([SPENT] * 3, currencies=("EUR", "EUR", "USD"))
    leaf = leaf_of(threshold(metric, "above", 0, window_days=3), mixed)
    assert (leaf.value, leaf.verdict) == (None, None)
    assert "is in EUR and USD" in (leaf.note or "")
    newest = leaf_of(threshold(metric, "above", 0, window_days=1), mixed)
    assert newest.verdict is True
    assert newest.ads is not None
    assert newest.ads.currency == (None if metric == "entity.roas" else "USD")


@pytest.mark.parametrize("metric", ["entity.clicks", "entity.ctr", "entity.cvr"])
def test_what_is_no_money_is_known_whatever_the_currencies(metric: str) -> None:
    leaf = leaf_of(threshold(metric, "above", 0, window_days=3), entity([SPENT] * 3, currencies=("EUR", "EUR", "USD")))
    assert leaf.verdict is True


def test_two_campaigns_in_two_currencies_leave_the_spend_of_the_business_unknown() -> None:
    euro = entity([SPENT] * 3, "c1", level="campaign", currencies=("EUR",))
    dollar = entity([SPENT] * 3, "c2", level="campaign", currencies=("USD",))
    spend = leaf_of(threshold("entity.spend", "above", 0), euro, dollar, scope="business")
    assert spend.verdict is None
    assert "is in EUR and USD" in (spend.note or "")
    assert leaf_of(threshold("entity.clicks", "above", 0), euro, dollar, scope="business").value == 300.0


def test_rows_of_a_currency_and_rows_of_none_are_not_added_and_the_way_out_is_named() -> None:
    leaf = leaf_of(threshold("entity.spend", "above", 0, window_days=3), entity([SPENT] * 3, currencies=("", "EUR")))
    assert leaf.verdict is None
    assert "`clarity-pipeline update SLUG --currency EUR`" in (leaf.note or "")


def test_a_change_does_not_hold_dollars_against_euros() -> None:
    spent = entity([SPENT] * 4, currencies=("EUR", "EUR", "EUR", "USD"))
    leaf = leaf_of(change("entity.spend", ratio=2, floor=1, baseline_days=3), spent, day=4)
    assert leaf.verdict is None
    assert "EUR and USD" in (leaf.note or "")


def test_a_column_is_joined_as_it_was_declared() -> None:
    declared = {"budget": AdColumn("last"), "frequency": AdColumn("mean", weight="impressions")}
    days = [
        {"budget": 50.0, "frequency": 1.0, "impressions": 100.0},
        {"budget": 70.0, "frequency": 4.0, "impressions": 300.0},
        {"impressions": 0.0, "frequency": 9.0},
    ]
    assert value("entity.budget", *days, declared=declared) == 70.0
    assert value("entity.frequency", *days, declared=declared) == 3.25
    assert value("entity.impressions", *days, declared=declared) == 400.0


def test_the_newest_of_several_campaigns_is_not_added_up_and_a_weighted_mean_is() -> None:
    declared = {"budget": AdColumn("last"), "frequency": AdColumn("mean", weight="impressions")}
    days = [{"budget": 50.0, "frequency": 1.0, "impressions": 100.0}], [{"budget": 9.0, "frequency": 2.0, "impressions": 300.0}]
    both = [entity(each, name, level="campaign", declared=declared) for each, name in zip(days, ("c1", "c2"), strict=True)]
    budget = leaf_of(threshold("entity.budget", "above", 0), *both, scope="business", day=1)
    assert budget.verdict is None
    assert "is not added up over several campaigns" in (budget.note or "")
    assert leaf_of(threshold("entity.frequency", "above", 0), *both, scope="business", day=1).value == 1.75


def test_a_platforms_own_ratio_of_an_older_release_is_read_of_one_day_and_never_added_up() -> None:
    days = [{"cost_per_lead": 20.0}] * 3
    assert value("entity.cost_per_lead", *days, window_days=1) == 20.0
    leaf = leaf_of(threshold("entity.cost_per_lead", "above", 50, window_days=3), entity(days))
    assert leaf.verdict is None
    assert "is a ratio, and 3 days" in (leaf.note or "")


def test_a_stored_rule_on_an_imported_ratio_is_unknown_until_the_days_are_imported_without_it() -> None:
    """It meant the sum of 60 yesterday and must not mean 20 today without a word."""
    old = [{**SPENT, "cpa": 20.0}] * 3
    leaf = leaf_of(threshold("entity.cpa", "above", 50, window_days=3), entity(old))
    assert (leaf.value, leaf.verdict) == (None, None)
    assert "import these days again without it" in (leaf.note or "")
    assert value("entity.cpa", *[SPENT] * 3) == 20.0


def test_a_limit_in_percent_of_a_share_is_unknown_and_says_what_to_write() -> None:
    leaf = leaf_of(threshold("entity.ctr", "below", 2, window_days=3), entity([SPENT] * 3))
    assert (leaf.value, leaf.verdict) == (pytest.approx(0.02), None)
    assert leaf.note == "entity.ctr is a share from 0 to 1 and the limit is 2: write 0.02 for 2 %"


def test_a_change_of_a_ratio_is_of_two_ratios() -> None:
    days = [{"spend": 20.0, "conversions": 2.0}] * 2 + [{"spend": 40.0, "conversions": 2.0}]
    leaf = leaf_of(change("entity.cpa", ratio=2, floor=1, baseline_days=2), entity(days))
    assert (leaf.value, leaf.normal, leaf.verdict) == (20.0, 10.0, True)


def test_a_ratio_beside_a_ratio_that_is_unknown_still_decides() -> None:
    known = Known(business_id="acme", entities=[entity([{"spend": 100.0, "clicks": 10.0}] * 3)])
    both = {"any": [threshold("entity.cpa", "above", 1, window_days=3), threshold("entity.cpc", "above", 1, window_days=3)]}
    (answer,) = answers(rule(both, scope="ad"), known=known, as_of=MONDAY + timedelta(days=2))
    assert answer.outcome == "fired"

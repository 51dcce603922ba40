"""Find the cause of what fired, and keep it with what the decisive leaf saw. Called by `day.evaluate`, before it is written.

A day that did not fire, a number that is no signal's and an ad's own have none. Beside a regime event its word is the cause.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, cast

from clarity_pipeline.clarity.measures import SIGNALS
from clarity_pipeline.rules.engine.cause import OF_REGIME, Cause, Dimension, name_cause
from clarity_pipeline.rules.engine.evidence import Evidence
from clarity_pipeline.rules.judging.judgement import Judgement
from clarity_pipeline.rules.statistics.kitagawa import Cell, split
from clarity_pipeline.warehouse import regime
from clarity_pipeline.warehouse.cause_cells import cause_cells
from clarity_pipeline.warehouse.entities import entity_days
from clarity_pipeline.warehouse.rule_days import COLUMNS, FACTS, business_days

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BASELINE_DAYS = 28
"""Four of each weekday, where the leaf has no baseline of its own."""

_WITH_SIGNAL = frozenset(signal.sessions for signal in SIGNALS)
_COLUMNS = _WITH_SIGNAL | {signal.events for signal in SIGNALS}
_UNNAMED: Mapping[str, str] = {"source": "direct traffic", "campaign": "no campaign"}
_FINEST = ("ad", "ad_set", "campaign")


def with_causes(rows: "DuckDBPyConnection", judgements: Iterable[Judgement]) -> list[Judgement]:
    """These judgements, those that fired with the cause of it; `rows` is the warehouse."""
    events: dict[str, list[dict[str, Any]]] = {}
    found = []
    for each in judgements:
        leaf = each.evaluation.decisive
        if each.evaluation.outcome != "fired" or leaf is None or not _has_a_cause(each, leaf):
            found.append(each)
            continue
        if each.business_id not in events:
            events[each.business_id] = list(regime.events(rows, [each.business_id]))
        cause = _of_regime(events[each.business_id], leaf) or _of_cells(rows, each, leaf)
        evidence = tuple(seen.model_copy(update={"cause": cause}) if seen is leaf else seen for seen in each.evaluation.evidence)
        found.append(replace(each, evaluation=each.evaluation.model_copy(update={"evidence": evidence})))
    return found


def _has_a_cause(judgement: Judgement, leaf: Evidence) -> bool:
    metric = leaf.asked
    return judgement.scope in ("business", "url") and metric.column in _COLUMNS and metric.over in (None, "sessions")


def _of_regime(events: Sequence[Mapping[str, Any]], leaf: Evidence) -> Cause | None:
    kinds = [
        OF_REGIME[each["kind"]]
        for each in events
        if each["kind"] in OF_REGIME
        and each.get("country") is None
        and each["started_on"] <= leaf.to_date
        and (each["ended_on"] is None or each["ended_on"] >= leaf.from_date)
    ]
    return Cause(kind=kinds[0]) if kinds else None


def _of_cells(rows: "DuckDBPyConnection", judgement: Judgement, leaf: Evidence) -> Cause | None:
    baseline_to = leaf.baseline_to or leaf.from_date - timedelta(days=1)
    baseline_to = min(baseline_to, leaf.from_date - timedelta(days=1))
    baseline_from = min(leaf.baseline_from or date.max, baseline_to - timedelta(days=BASELINE_DAYS - 1))
    column = leaf.asked.column
    cells: dict[str, dict[str, dict[bool, tuple[float, float]]]] = defaultdict(lambda: defaultdict(dict))
    for row in cause_cells(
        rows,
        business_id=judgement.business_id,
        url=judgement.entity if judgement.scope == "url" else None,
        baseline_from=baseline_from,
        baseline_to=baseline_to,
        from_date=leaf.from_date,
        to_date=leaf.to_date,
    ):
        name = row["name"] or _UNNAMED.get(row["dimension"], f"unknown {row['dimension']}")
        visits, events = cells[row["dimension"]][name].get(row["is_now"], (0.0, 0.0))
        cells[row["dimension"]][name][row["is_now"]] = (visits + (row["sessions"] or 0.0), events + (row[column] or 0.0))
    dispersion = _dispersion(rows, judgement.business_id, column, from_date=baseline_from, to_date=baseline_to)
    splits = {
        cast("Dimension", lane): found
        for lane, by_name in cells.items()
        if (found := split([_cell(name, windows) for name, windows in by_name.items()], dispersion=dispersion)) is not None
    }
    visits_now = sum(windows.get(True, (0.0, 0.0))[0] for windows in cells["device"].values())
    cause = name_cause(splits, visits_now=visits_now, counts_visits=column in _WITH_SIGNAL)
    return cause and _with_spend(rows, cause, judgement, leaf)


def _cell(name: str, windows: Mapping[bool, tuple[float, float]]) -> Cell:
    return Cell(name, *windows.get(False, (0.0, 0.0)), *windows.get(True, (0.0, 0.0)))


def _dispersion(rows: "DuckDBPyConnection", business_id: str, column: str, *, from_date: date, to_date: date) -> float:
    """How many times as much the days of the baseline vary as counts of independent visits would; at least 1 (Pearson)."""
    named = ("business_id", *FACTS, *COLUMNS)
    found = business_days(rows, business_ids=[business_id], from_date=from_date, to_date=to_date)
    days = (dict(zip(named, each, strict=True)) for each in found)
    told = [(float(day["sessions"]), float(day[column])) for day in days if day["sessions"] and day[column] is not None]
    visits, events = math.fsum(each for each, _ in told), math.fsum(each for _, each in told)
    if len(told) < 2 or not events:
        return 1.0
    expected = [(each * events / visits, seen) for each, seen in told]
    return max(1.0, sum((seen - mean) ** 2 / mean for mean, seen in expected) / (len(told) - 1))


def _with_spend(rows: "DuckDBPyConnection", cause: Cause, judgement: Judgement, leaf: Evidence) -> Cause:
    """What ads that lead to the named page, or are the named campaign, cost in the window, of the finest level that tells it."""
    pages = {judgement.entity} if judgement.scope == "url" else {each.name for each in cause.named if each.dimension == "page"}
    campaigns = {each.name for each in cause.named if each.dimension == "campaign"}
    spent: dict[str, list[tuple[str, float]]] = defaultdict(list)
    if pages or campaigns:
        for ad in entity_days(rows, business_ids=[judgement.business_id], from_date=leaf.from_date, to_date=leaf.to_date):
            if ad.landing_url in pages or (ad.level == "campaign" and ad.name in campaigns):
                spent[ad.level] += [
                    (ad.currencies.get(day, ""), numbers["spend"]) for day, numbers in ad.days.items() if "spend" in numbers
                ]
    finest = next((spent[level] for level in _FINEST if spent.get(level)), [])
    if len(currencies := {currency for currency, _ in finest}) != 1 or "" in currencies:
        return cause
    return cause.model_copy(update={"spend": sum(each for _, each in finest), "currency": currencies.pop()})

"""What an ad platform's numbers of a window come to, and why they come to nothing. Pure; part of `window`.

A ratio is the sum of one column over the sum of another, of the same rows. Numbers in two currencies are never added, what is not
additive is never added, and a reason names the way out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from clarity_pipeline.normalize.ad_columns import MONEY, SHARE, column_of, is_money, ready_ratio
from clarity_pipeline.rules.engine.ad_days import LEVELS, weighted
from clarity_pipeline.rules.engine.history import Days, Version
from clarity_pipeline.rules.engine.spans import Spans
from clarity_pipeline.rules.language.metric import ENTITY_PREFIX, METRICS, Metric


def as_folded(metric: Metric, days: Days) -> Metric:
    """The metric with the columns and the unit that it has in this place; any other than a plain column as it is."""
    if metric.family != "entity" or metric.over is not None:
        return metric
    column = column_of(metric.column, days.declared)
    unit = metric.unit if column.unit is None else column.unit
    if column.fold == "mean" and column.weight:
        product = weighted(metric.column, column.weight)
        return replace(metric, kind="average", unit=unit, column=product, over=column.weight, fold="mean")
    return replace(metric, kind="count" if column.fold == "sum" else "average", unit=unit, fold=column.fold)


def ad_value(window: Spans, metric: Metric) -> float | None:
    """The metric over the window; None where `why_no_value` says why."""
    if why_no_value(window, metric) is not None:
        return None
    above = window.days.column(metric.column)
    if above is None:
        return None
    if metric.fold == "last":
        return next(value for value in _backwards(window, metric.column) if value is not None)
    total = window.count(above.sums)
    if metric.over is None:
        return total / above.scale
    over = window.days.column(metric.over)
    return None if over is None else metric.times * ((total * over.scale) / (window.count(over.sums) * above.scale))


def why_no_value(window: Spans, metric: Metric) -> str | None:
    """One line when the metric has no value over the window."""
    days, parts = window.days, [each for each in (metric.column, metric.over) if each]
    name = metric.column.partition(" * ")[0] if metric.fold == "mean" else metric.column
    if metric.name in METRICS and (imported := _told(window, metric.name.removeprefix(ENTITY_PREFIX))):
        return (
            f"{metric.name} is {metric.meaning} now, and an imported column of that name, which used to be added up, is stored on"
            f" {imported} of {window.length} days {window}: import these days again without it"
        )
    told = {each: _told(window, each) for each in (name, *parts)}
    if not told[name] or not all(told.values()):
        lacking = [each for each in (name, metric.over) if each and not told.get(each)]
        known = [each for each in days.names if " * " not in each]
        if days.length and any(each not in known for each in lacking):
            there = f"what is imported: {', '.join(known)}" if known else "nothing is imported"
            return f"{metric.name} has no data {window}: no column {' and '.join(lacking)} ({there})"
        why = f": {' and '.join(lacking)} is not told" if metric.over and any(told.values()) else ""
        return f"{metric.name} has no data {window}{why}"
    if reason := why_mixed(metric, window):
        return reason
    if metric.fold in ("last", "single") and (reason := _why_not_joined(window, metric)):
        return reason
    if metric.over is not None:
        if apart := sum(
            _mask(version, one, days) != _mask(version, other, days) for version, one, other in _pairs(window, metric)
        ):
            return (
                f"{metric.name} cannot be told {window}: on {apart} of {window.length} days only one of {name} and {metric.over}"
                " is told; an empty cell is unknown, so import 0 where there was none"
            )
        over = days.column(metric.over)
        if over is None or window.count(over.sums) <= 0:
            return f"{metric.name} cannot be told {window}: {metric.over} is 0"
    return None


def why_mixed(metric: Metric, *windows: Spans) -> str | None:
    """One line when the money of these windows together is in more than one currency."""
    found = sorted({each for window in windows for each in _currencies(window, metric)})
    if len(found) <= 1:
        return None
    named = [each for each in found if each]
    span = f"from {min(each.from_date for each in windows)} to {max(each.to_date for each in windows)}"
    if len(named) == 1:
        return (
            f"{metric.name} is in {named[0]} on some rows and in no currency that was told on others {span}, which are not added"
            f" up: `clarity-pipeline update SLUG --currency {named[0]}` says what the others are in"
        )
    return (
        f"{metric.name} is in {' and '.join(named)} {span}, which are not added up: import one currency, or ask a scope with one"
    )


def why_no_limit(metric: Metric, limit: float) -> str | None:
    """One line when a limit was meant in percent and the metric is a share."""
    if metric.family != "entity" or metric.unit != SHARE or limit <= 1:
        return None
    return f"{metric.name} is a share from 0 to 1 and the limit is {limit:g}: write {limit / 100:g} for {limit:g} %"


def currency_of(window: Spans, metric: Metric) -> str | None:
    """The one currency of the metric's value; None where there is none, it is not known, or the metric is no money."""
    found = _currencies(window, metric) if metric.unit == MONEY else set()
    return next(iter(found)) or None if len(found) == 1 else None


def time_zones_of(window: Spans) -> tuple[str, ...]:
    """Those whose days its rows are counted in, by name; rows that were told none are of UTC."""
    zones = {zone or "UTC" for version in _versions(window) if version.ads is not None for zone in version.ads.time_zones}
    return tuple(sorted(zones))


def summed_over(window: Spans) -> str | None:
    """What a business's numbers are the sum of: `campaigns`; None for those of one entity."""
    levels = {version.ads.level for version in _versions(window) if version.ads is not None}
    return " and ".join(said for level, said in LEVELS.items() if level in levels) or None


def _why_not_joined(window: Spans, metric: Metric) -> str | None:
    """A number that is of one row alone: of one campaign's newest day, or of one day."""
    place = window.days.place(metric.column)
    rows = [_mask(version, metric.column, window.days).bit_count() for version in _versions(window)]
    if max(rows, default=0) > 1:
        return f"{metric.name} is not added up over several {summed_over(window)}: ask it with scope campaign, ad_set or ad"
    if metric.fold == "single" and place is not None and (days := sum(each > 0 for each in rows)) > 1:
        ready = ready_ratio(metric.column)
        other = (
            f"name entity.{ready.name}, which is made of {ready.of} and {ready.over}" if ready else "import what it is made of"
        )
        return (
            f"{metric.name} is a ratio, and {days} days {window} are not added up: {other}, or import it with the header"
            f' "{metric.column} (last)" or "{metric.column} (mean by impressions)"'
        )
    return None


def _told(window: Spans, column: str) -> int:
    """On how many of the window's days a column has a number."""
    found = window.days.column(column)
    return 0 if found is None else window.count(found.days)


def _pairs(window: Spans, metric: Metric) -> Iterator[tuple[Version, str, str]]:
    """The versions with the columns of which a row must have both or none."""
    for version in _versions(window):
        if metric.over is not None:
            yield version, metric.column, metric.over


def _mask(version: Version, column: str, days: Days) -> int:
    """A bit for each row of the day that has a number."""
    place = days.place(column)
    if place is None:
        return 0
    if version.ads is not None and version.ads.told:
        return version.ads.told[place]
    return int(version.values[place] is not None)


def _currencies(window: Spans, metric: Metric) -> set[str]:
    """Of the rows with money behind the metric; "" where none was told."""
    declared = window.days.declared
    money = [each for each in (metric.column, metric.over) if each and is_money(each.partition(" * ")[0], declared)]
    if not money:
        return set()
    paid = (version for version in _versions(window) if any(_mask(version, each, window.days) for each in money))
    return {currency for version in paid for currency in (version.ads.currencies if version.ads else ("",))}


def _versions(window: Spans) -> Iterator[Version]:
    for start, stop in window.spans:
        yield from (version for version in window.days.versions[start:stop] if version is not None)


def _backwards(window: Spans, column: str) -> Iterable[float | None]:
    found = window.days.column(column)
    for start, stop in reversed(window.spans):
        yield from reversed([] if found is None else found.values[start:stop])

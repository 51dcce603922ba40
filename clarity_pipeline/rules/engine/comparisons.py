"""The leaves that compare a metric: with a value, and with what days or weekdays before make normal.

Pure. A count over a window with days missing or cut is a lower bound: enough to be above a limit, never enough to be below it. A
change compares means per day with data.
"""

import operator
from collections.abc import Callable

from clarity_pipeline.rules.engine.ad_window import as_folded, currency_of, summed_over, time_zones_of, why_mixed, why_no_limit
from clarity_pipeline.rules.engine.evidence import AdEvidence, Evidence, Truth
from clarity_pipeline.rules.engine.known import Experiment, View
from clarity_pipeline.rules.engine.seen import Seen
from clarity_pipeline.rules.engine.window import Window
from clarity_pipeline.rules.language.ends import change_ends_at, still_beyond, threshold_ends_at
from clarity_pipeline.rules.language.leaves import Change, Operator, Threshold
from clarity_pipeline.rules.language.metric import Metric, metric_of

COMPARE: dict[Operator, Callable[[float, float], bool]] = {
    "above": operator.gt,
    "at_least": operator.ge,
    "below": operator.lt,
    "at_most": operator.le,
}
_RISING = {"above", "at_least"}


def threshold(leaf: Threshold, view: View) -> Seen:
    """Whether the window's value is on the wanted side of the rule's."""
    metric = metric_of(leaf.metric)
    if metric.family == "experiment":
        return _experiments(leaf, view)
    days = view.days(metric.family)
    metric = as_folded(metric, days)
    window = Window.back(days, view.as_of, leaf.window_days)
    value = window.value(metric)
    note = window.why_unknown(metric, value, min_sessions=leaf.min_sessions, min_coverage=leaf.min_coverage)
    note = note or why_no_limit(metric, leaf.value)
    verdict: Truth = None
    if value is not None and note is None:
        verdict = COMPARE[leaf.operator](value, leaf.value)
        if verdict is not (leaf.operator in _RISING) and (note := window.why_too_low(metric, value)):
            verdict = None

    def tell(path: str, supports: bool) -> Evidence:
        return Evidence(
            path=path,
            metric=leaf.metric,
            from_date=window.from_date,
            to_date=window.to_date,
            days_with_data=window.with_data(metric),
            value=value,
            operator=leaf.operator,
            threshold=leaf.value,
            verdict=verdict,
            supports=supports,
            note=note,
            sessions=window.sessions(),
            left_out=window.left_out(metric),
            ads=_ads(metric, window),
        )

    level = threshold_ends_at(leaf)
    lingers = verdict is False and value is not None and level is not None and still_beyond(value, level, leaf.operator)
    return Seen(verdict, note, tell, lingers=lingers)


def change(leaf: Change, view: View) -> Seen:
    """Whether the window's value is on the wanted side of `ratio` times normal, and large enough to matter."""
    metric = metric_of(leaf.metric)
    days, length = view.days(metric.family), leaf.window_days
    metric = as_folded(metric, days)
    window = Window.back(days, view.as_of, length)
    if leaf.against == "same_weekdays":
        baseline = Window.same_weekdays(days, view.as_of, length, weeks=leaf.weeks_before)
    else:
        baseline = Window.back(days, view.as_of, leaf.days_before, before=length)
    value, normal = window.level(metric, length=length), baseline.level(metric, length=length)
    note = window.why_unknown(metric, value, min_sessions=leaf.min_sessions, min_coverage=leaf.min_coverage)
    note = note or baseline.why_unknown(metric, normal, min_sessions=0, min_coverage=leaf.min_coverage)
    note = note or why_mixed(metric, baseline, window)
    verdict: Truth = None
    if value is not None and normal is not None and note is None:
        verdict = COMPARE[leaf.operator](value, leaf.ratio * normal) and max(value, normal) >= leaf.floor
        if metric.kind == "count":
            is_up = leaf.operator in _RISING
            low, high = (window, baseline) if verdict is not is_up else (baseline, window)
            note = _cut(low, metric.name)
            if not verdict and note is None and max(value, normal) < leaf.floor:
                note = _cut(high, metric.name)
            if note:
                verdict = None

    def tell(path: str, supports: bool) -> Evidence:
        return Evidence(
            path=path,
            metric=leaf.metric,
            from_date=window.from_date,
            to_date=window.to_date,
            days_with_data=window.with_data(metric),
            value=value,
            operator=leaf.operator,
            threshold=None if normal is None else leaf.ratio * normal,
            verdict=verdict,
            supports=supports,
            note=note,
            normal=normal,
            baseline_from=baseline.from_date,
            baseline_to=baseline.to_date,
            ratio=leaf.ratio,
            floor=leaf.floor,
            kind="change",
            sessions=window.sessions(),
            left_out=window.left_out(metric),
            against=leaf.against,
            baseline_days=baseline.with_data(metric),
            ads=_ads(metric, window),
        )

    lingers = False
    if verdict is False and value is not None and normal is not None and max(value, normal) >= leaf.floor:
        lingers = still_beyond(value, change_ends_at(leaf) * normal, leaf.operator)
    return Seen(verdict, note, tell, lingers=lingers)


def _ads(metric: Metric, window: Window) -> AdEvidence | None:
    """What a number of an ad platform is."""
    if metric.family != "entity":
        return None
    return AdEvidence(
        currency=currency_of(window, metric),
        unit=metric.unit,
        fold=metric.fold,
        time_zones=time_zones_of(window) or ("UTC",),
        summed_over=summed_over(window),
    )


def _cut(window: Window, name: str) -> str | None:
    """Why a count of the window may be larger than it seems."""
    cut = window.marked("truncated")
    return f"{name} is cut at 1,000 rows on {cut} of {window.length} days {window}; a rate is not" if cut else None


def _experiments(leaf: Threshold, view: View) -> Seen:
    """The flag over the experiments that ran on a day of the window, as they stand now."""
    window = Window.back(view.days("business"), view.as_of, leaf.window_days)
    running = [each for each in view.known.experiments if _runs(each, window)]
    flags = [each.more_conversions_and_more_frustration for each in running]
    value = 1.0 if True in flags else 0.0 if flags and None not in flags else None
    note = None if value is not None else f"{leaf.metric} cannot be told {window}: {'too little data' if flags else 'none runs'}"
    verdict = None if value is None else COMPARE[leaf.operator](value, leaf.value)

    def tell(path: str, supports: bool) -> Evidence:
        return Evidence(
            path=path,
            metric=leaf.metric,
            from_date=window.from_date,
            to_date=window.to_date,
            days_with_data=window.present,
            value=value,
            operator=leaf.operator,
            threshold=leaf.value,
            verdict=verdict,
            supports=supports,
            note=note,
            said="; ".join(f"{each.name}, variant {each.variant}" for each in running if value and _is_dark(each)) or None,
        )

    return Seen(verdict, note, tell)


def _runs(each: Experiment, window: Window) -> bool:
    return each.from_date <= window.to_date and each.to_date >= window.from_date


def _is_dark(each: Experiment) -> bool:
    return each.more_conversions_and_more_frustration is True

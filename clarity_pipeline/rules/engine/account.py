"""What is told beside an answer: what the data of its windows are like, and the days behind the leaf that decided.

Pure; called by `evaluate` for the answers that somebody will read.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from clarity_pipeline.rules.engine.ad_window import as_folded
from clarity_pipeline.rules.engine.clocks import CLARITYS
from clarity_pipeline.rules.engine.evidence import Evidence, Outcome, Quality, Series
from clarity_pipeline.rules.engine.history import Days
from clarity_pipeline.rules.engine.known import NOTHING, View
from clarity_pipeline.rules.engine.window import Window
from clarity_pipeline.rules.language.kinds import LEAF_KINDS
from clarity_pipeline.rules.language.metric import EVENTS, METRICS, PLACES, TEN, Family, Metric, metric_of, share_metric

SERIES_DAYS = 28
ATTACHED: tuple[Family, ...] = ("business", "page")


def quality_of(evidence: Sequence[Evidence], view: View) -> Quality:
    """Of the dates that any leaf's window spans, baselines aside.

    Of the business, whose answers the pages are from; of its totals where nothing else of Clarity's is asked.
    """
    from_date, to_date = min(leaf.from_date for leaf in evidence), max(leaf.to_date for leaf in evidence)
    asked = {metric_of(leaf.metric).family for leaf in evidence}
    days = view.days("site" if asked.intersection(CLARITYS) == {"site"} else "business")
    window = Window.back(days, to_date, (to_date - from_date).days + 1)
    cut = window.marked("truncated")
    return Quality(
        from_date=from_date,
        to_date=to_date,
        days_with_data=window.present,
        recovered=window.marked("recovered"),
        shifted=window.marked("shifted"),
        truncated=cut,
        covered_share=_covered(days, from_date, to_date) if cut else None,
    )


def rests_on_clarity(evidence: Sequence[Evidence], outcome: Outcome) -> bool:
    """Whether Clarity's data have a part in the answer: what fired by an ad's spend alone is no weaker for a day without them."""
    told = [leaf for leaf in evidence if leaf.supports] if outcome == "fired" else evidence
    return any(leaf.kind == "connection" or metric_of(leaf.metric).family in CLARITYS for leaf in told)


def attached_of(quality: Quality, view: View) -> dict[str, float | None] | None:
    """Clarity's ten metrics beside an ad entity's own numbers, of the business and of the landing page; None for any other."""
    if view.numbers is None:
        return None
    length = (quality.to_date - quality.from_date).days + 1
    names = [*TEN, *(f"url_{name}" for name in TEN if view.page)]
    windows = {family: Window.back(view.days(family), quality.to_date, length) for family in ATTACHED}
    return {name: windows[METRICS[name].family].value(METRICS[name]) for name in names}


def site_sessions_of(leaf: Evidence, view: View) -> int | None:
    """Sessions of the whole site in the leaf's window; None where a date lacks the totals, or it is no whole business."""
    metric = metric_of(leaf.metric)
    if view.entity or metric.family not in ("business", "site"):
        return None
    window = Window.back(view.days("site"), leaf.to_date, (leaf.to_date - leaf.from_date).days + 1)
    return window.sessions() if window.with_data(METRICS[f"{PLACES['site'].prefix}sessions"]) == window.length else None


def series_of(leaf: Evidence, view: View) -> Series | None:
    """The leaf's metric a day for four weeks, of a tested signal its share of the sessions; None for what is no metric."""
    if leaf.kind == "connection":
        return None
    metric = metric_of(leaf.metric)
    if metric.family == "entity":
        metric = as_folded(metric, view.days("entity"))
    normal: float | None = leaf.normal
    if "signal" in LEAF_KINDS[leaf.kind].model.model_fields:
        share = _share(metric)
        if share is not None and normal is not None and leaf.sessions:
            metric, normal = share, normal / leaf.sessions
    if metric.kind == "count" and normal is not None:
        normal /= (leaf.to_date - leaf.from_date).days + 1
    days = view.days(metric.family) if metric.family != "experiment" else NOTHING
    dates = tuple(view.as_of - timedelta(days=back) for back in range(SERIES_DAYS - 1, -1, -1))
    values = tuple(Window.back(days, each, 1).value(metric) for each in dates)
    if not any(value is not None for value in values):
        return None
    return Series(metric=metric.name, label=metric.label, days=dates, values=values, normal=normal)


def _share(metric: Metric) -> Metric | None:
    """Of sessions with a signal; None for events."""
    signal = next((each for each in EVENTS if metric.column == f"{each}_sessions"), None)
    return share_metric(signal, metric.family) if signal else None


def _covered(days: Days, from_date: date, to_date: date) -> float | None:
    start, stop = days.span(from_date, to_date)
    shares = (each.covered_share for each in days.versions[start:stop] if each and each.truncated)
    return min((share for share in shares if share is not None), default=None)

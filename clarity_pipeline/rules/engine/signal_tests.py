"""The leaves that ask whether a signal is beyond chance: today (`spike`), and since a marked change (`since_change`). Pure.

Called by `evaluate`. `comparable` says which days the tests may compare with.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import date, timedelta

from clarity_pipeline.rules.engine.comparable import comparable_days, left_out
from clarity_pipeline.rules.engine.evidence import Evidence, Truth
from clarity_pipeline.rules.engine.history import Days
from clarity_pipeline.rules.engine.known import View
from clarity_pipeline.rules.engine.seen import Seen
from clarity_pipeline.rules.language.ends import tested_ends_at
from clarity_pipeline.rules.language.leaves import SinceChange, Spike
from clarity_pipeline.rules.language.metric import Family, signal_metric
from clarity_pipeline.rules.spike.baseline import Day, Standard
from clarity_pipeline.rules.spike.change_point import change_since, explain_change
from clarity_pipeline.rules.spike.page_spikes import spikes_among
from clarity_pipeline.rules.spike.spike import Weighed, weigh
from clarity_pipeline.rules.spike.spike_verdict import Look, Outcome, Verdict, explain

TRUTHS: dict[Outcome, Truth] = {"fired": True, "not": False, "unknown": None}


def family_of(view: View) -> Family:
    """What a signal is counted on: the page that the view is about, or the whole business."""
    return "page" if view.entity else "business"


def spikes_of_all(leaf: Spike, views: Sequence[View], fired_on: Mapping[str, Set[date]]) -> dict[str, Verdict]:
    """The test over all pages of a day, false discoveries held over them; verdicts by entity, none where a day has no data.

    Ads that lead to the same page are one test.
    """
    days = {view.entity: _today_and_before(leaf, view, fired_on.get(view.entity, frozenset())) for view in views}
    tested: dict[tuple[str | None, frozenset[date]], tuple[Day, list[Day]]] = {}
    place: dict[str, tuple[str | None, frozenset[date]]] = {}
    for view in views:
        if (found := days[view.entity]) is not None:
            place[view.entity] = (view.page, frozenset(fired_on.get(view.entity, ())))
            tested[place[view.entity]] = found
    standards = {where: told for where in tested if (told := _standard(leaf, views[0], where[0])) is not None}
    verdicts = spikes_among(tested, leaf.settings, standards=standards)
    return {entity: verdicts[where] for entity, where in place.items()}


def spike(leaf: Spike, view: View, fired_on: Set[date], *, verdict: Verdict | None = None) -> Seen:
    """Whether the signal is beyond chance today; `verdict` is there where it was tested among others already."""
    weighed: Weighed | Verdict | None = verdict
    if verdict is None and not view.entity and (days := _today_and_before(leaf, view, fired_on)) is not None:
        weighed = weigh(*days, leaf.settings, standard=_standard(leaf, view, None))
    metric = signal_metric(leaf.signal, leaf.quantity, family_of(view))
    if weighed is None:
        return _no_data(leaf, view, metric.name)
    alpha = leaf.settings.alpha
    outcome = weighed.outcome(alpha) if isinstance(weighed, Weighed) else weighed.outcome
    truth = TRUTHS[outcome]
    note = None
    looks = weighed.looks
    is_small = bool(leaf.min_sessions and looks and looks[-1].sessions < leaf.min_sessions)
    quiet = truth is None and bool(looks) and not is_small
    if truth is not None and is_small:
        truth = None
        note = f"only {looks[-1].sessions:,} visits up to {view.as_of}, the rule wants {leaf.min_sessions:,}"

    def tell(path: str, supports: bool) -> Evidence:
        found = weighed.decide(alpha) if isinstance(weighed, Weighed) else weighed
        crowd = None if view.entity else _crowd(leaf, view)
        said = explain(found) + ("" if crowd is None else f"; all pages alike, with {crowd:.1f} times the visits")
        return Evidence(
            path=path,
            metric=metric.name,
            from_date=found.from_date or view.as_of,
            to_date=view.as_of,
            days_with_data=next((each.days for each in found.looks if each.window_days == found.window_days), 1),
            value=None if found.observed is None else float(found.observed),
            operator="at_least",
            threshold=None if found.threshold is None else float(found.threshold),
            verdict=truth,
            supports=supports,
            note=note or (f"{metric.label}: {said}" if truth is None else None),
            normal=found.expected,
            baseline_from=found.baseline_from,
            baseline_to=found.baseline_to,
            ratio=leaf.ratio_floor,
            kind="spike",
            sessions=found.sessions,
            p=found.p,
            said=said,
            quiet=quiet,
            mix=None if found.mix_by is None else found.mix,
            crowd=crowd,
            left_out=_left_out(leaf, view.days(family_of(view)), found.from_date or view.as_of, view.as_of),
        )

    return Seen(truth, note, tell, quiet, lingers=(truth is False or quiet) and _is_not_back(leaf, looks))


def since_change(leaf: SinceChange, view: View) -> Seen:
    """Whether the signal is worse since the newest marked change; false where none was marked or it is long ago."""
    newest = next(reversed(view.changes()), None)
    if newest is not None and (view.as_of - newest.changed_on).days > leaf.within_days:
        newest = None
    family: Family = "page" if view.entity or (newest and newest.url) else "business"
    if newest is not None and newest.url and not view.entity:
        view = replace(view, page=newest.url)
    metric = signal_metric(leaf.signal, leaf.quantity, family)
    days = view.days(family)
    if newest is None:
        return _no_change(leaf, view, metric.name)
    first = newest.changed_on - timedelta(days=leaf.settings.baseline_days)
    known = comparable_days(leaf.signal, days, view, first, view.as_of, frozenset())
    mix, length = view.known.mix, leaf.settings.baseline_days
    page = view.page if family == "page" else None
    standard = mix.standard(leaf.signal, page, first=first, length=length, last=view.as_of, at_once=1) if mix else None
    found = change_since(newest.changed_on, known, as_of=view.as_of, settings=leaf.settings, standard=standard)
    truth: Truth = None if found.outcome == "unknown" else found.outcome == "worse"
    note = None
    if truth is not None and found.sessions_after < leaf.min_sessions:
        truth = None
        note = f"only {found.sessions_after:,} visits since {newest.changed_on}, the rule wants {leaf.min_sessions:,}"

    def tell(path: str, supports: bool) -> Evidence:
        said = explain_change(found)
        return Evidence(
            path=path,
            metric=metric.name,
            from_date=newest.changed_on + timedelta(days=1) if found.days_after else view.as_of,
            to_date=found.until or view.as_of,
            days_with_data=found.days_after,
            value=float(found.observed_after) if found.days_after else None,
            operator="at_least",
            threshold=None if found.expected_after is None else leaf.ratio_floor * found.expected_after,
            verdict=truth,
            supports=supports,
            note=note or (f"{metric.label}: {said}" if truth is None else None),
            normal=found.expected_after,
            baseline_from=first,
            baseline_to=newest.changed_on - timedelta(days=1),
            ratio=leaf.ratio_floor,
            kind="since_change",
            sessions=found.sessions_after if found.days_after else None,
            p=found.p,
            said=said,
            left_out=_left_out(leaf, days, newest.changed_on + timedelta(days=1), found.until or view.as_of),
        )

    lingers = truth is False and bool(found.expected_after) and found.observed_after >= leaf.min_events
    lingers = lingers and found.observed_after > tested_ends_at(leaf) * (found.expected_after or 0)
    return Seen(truth, note, tell, lingers=lingers)


def _is_not_back(leaf: Spike, looks: Sequence[Look]) -> bool:
    """Whether the widest look, which chance moves least, is beyond the ending level, and not by the days behind it alone."""
    today, widest = looks[0], looks[-1]
    return (
        today.observed > today.expected
        and widest.observed >= leaf.min_events
        and widest.observed > tested_ends_at(leaf) * widest.expected
    )


def _standard(leaf: Spike, view: View, page: str | None) -> Standard | None:
    """What the mix of the visits leads one to expect, of a page or the site."""
    mix, settings = view.known.mix, leaf.settings
    if mix is None:
        return None
    first = view.as_of - timedelta(days=settings.days_before)
    return mix.standard(leaf.signal, page, first=first, length=settings.baseline_days, last=view.as_of)


def _crowd(leaf: Spike, view: View) -> float | None:
    """How many times its usual visits the site has on the day, where all pages moved alike."""
    mix, settings = view.known.mix, leaf.settings
    if mix is None:
        return None
    first = view.as_of - timedelta(days=settings.days_before)
    found = mix.crowd(leaf.signal, first=first, length=settings.baseline_days, day=view.as_of)
    return None if found is None else found.visits


def _left_out(leaf: Spike | SinceChange, days: Days, from_date: date, to_date: date) -> int:
    """Sessions of those days that the signal does not tell of."""
    start, stop = days.span(from_date, to_date)
    return sum(left_out(leaf.signal, version) for version in days.versions[start:stop] if version is not None)


def _today_and_before(leaf: Spike, view: View, fired_on: Set[date]) -> tuple[Day, list[Day]] | None:
    days = view.days(family_of(view))
    if days.version(view.as_of) is None:
        return None
    first = view.as_of - timedelta(days=leaf.settings.days_before)
    known = comparable_days(leaf.signal, days, view, first, view.as_of, fired_on)
    return (known[-1], known[:-1]) if known and known[-1].date == view.as_of else None


def _no_data(leaf: Spike, view: View, name: str) -> Seen:
    note = f"{name} has no data on {view.as_of}"
    return Seen(None, note, lambda path, supports: _nothing(path, name, view, note=note, supports=supports, kind=leaf))


def _no_change(leaf: SinceChange, view: View, name: str) -> Seen:
    """Nothing was changed, so nothing is worse since; on a day without data not even that is said."""
    if not comparable_days(leaf.signal, view.days(family_of(view)), view, view.as_of, view.as_of, frozenset()):
        note = f"{name} has no data on {view.as_of}"
        return Seen(None, note, lambda path, supports: _nothing(path, name, view, note=note, supports=supports, kind=leaf))
    said = f"no change is marked in the {leaf.within_days} days before"
    return Seen(
        False,
        None,
        lambda path, supports: _nothing(path, name, view, said=said, verdict=False, supports=supports, kind=leaf),
    )


def _nothing(
    path: str,
    name: str,
    view: View,
    *,
    kind: Spike | SinceChange,
    supports: bool,
    note: str | None = None,
    said: str | None = None,
    verdict: Truth = None,
) -> Evidence:
    return Evidence(
        path=path,
        metric=name,
        from_date=view.as_of,
        to_date=view.as_of,
        days_with_data=0 if said is None else 1,
        value=None,
        operator="at_least",
        threshold=None,
        verdict=verdict,
        supports=supports,
        note=note,
        ratio=kind.ratio_floor,
        kind="spike" if isinstance(kind, Spike) else "since_change",
        said=said,
    )

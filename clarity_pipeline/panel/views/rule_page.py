"""Everything that the page of one rule at one business shows: why it fires or not on a date, 90 days, how it was before.

Called by `pages.rule_page`. A client sees the rule as it is for their own business alone: no other business or channel.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.panel import Panel
from clarity_pipeline.panel.views.rule_chart import ChartDay, backtest_chart
from clarity_pipeline.panel.views.rule_evidence import SHOWN, Said, said, said_of, summary
from clarity_pipeline.panel.views.rule_gallery import DAYS, Own, loudest, own_of, with_why
from clarity_pipeline.panel.views.wording import NOTHING
from clarity_pipeline.rules.backtest.backtest import Backtest, dates
from clarity_pipeline.rules.backtest.day_by_day import RuleDay
from clarity_pipeline.rules.backtest.trials import Replayed
from clarity_pipeline.rules.book.recorded import Recorded, recorded
from clarity_pipeline.rules.book.rule_revisions import Revision, revisions_of
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.difference import ABSENT, FieldChange, difference
from clarity_pipeline.rules.language.metric import metric_of
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.sentence import sentence
from clarity_pipeline.rules.markers.markers import Marker, markers_of

_CHARTS = 6


@dataclass(frozen=True, slots=True)
class Why:
    """What the rule said of a date; `is_recorded` where it did then, else it is as it would be judged now."""

    day: date
    is_recorded: bool
    found: tuple[Said, ...]
    more: int
    summary: str
    nobody: str | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """One alert that would have been: of a page or entity, from when until when, and with how many messages."""

    about: str
    from_day: date
    to_day: date | None
    days: int


@dataclass(frozen=True, slots=True)
class Past:
    """The last 90 days: charts by what they are of, and all that would have been told."""

    from_date: date
    to_date: date
    own: Own | None
    charts: tuple[tuple[str, str], ...]
    told: tuple[Told, ...]
    messages: Mapping[str, int]
    problem: str | None


@dataclass(frozen=True, slots=True)
class ShownRevision:
    """One state of the rule: what changed then, and what is other than it is now, each as lines."""

    revision: int
    at: datetime
    author: str | None
    sentence: str | None
    changed: tuple[str, ...]
    other_now: tuple[str, ...]
    is_present: bool


def why(panel: Panel, rule: Rule, business_id: str, on: date, *, is_stored: bool) -> Why:
    """As it was recorded, where it was; else as the same engine says it now."""
    if is_stored:
        with panel.home.state.read() as connection:
            found = recorded(connection, rule.id, business_id, on)
        if found:
            shown = tuple(_said_then(rule, each, on) for each in found[:SHOWN])
            counted = f"{len(found)} were asked." if len(found) > 1 else ""
            return Why(on, True, shown, max(len(found) - SHOWN, 0), counted, None, None)
    try:
        previewed = panel.trials.preview([rule], business_id, day=on)
    except ClarityPipelineError as error:
        return Why(on, False, (), 0, "", None, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    shown = tuple(said_of(each) for each in previewed.found[:SHOWN])
    nobody = None if previewed.nobody is None else f"Nobody to ask: {previewed.nobody}."
    return Why(on, False, shown, max(len(previewed.found) - SHOWN, 0), summary(previewed.found), nobody, None)


def past(panel: Panel, rule: Rule, business_id: str) -> Past:
    """What it would have said, replayed by what was known each morning."""
    to_date = panel.home.yesterday()
    from_date = to_date - timedelta(days=DAYS - 1)
    span = {"from_date": from_date, "to_date": to_date}
    try:
        replayed = panel.trials.replay([rule], business_id, **span)
        own = with_why(panel.trials, own_of(replayed, rule), rule, business_id)
        daily = panel.trials.day_by_day(rule, business_id, **span) if rule.scope == "business" else ()
    except ClarityPipelineError as error:
        problem = f"{str(error)[:1].upper()}{str(error)[1:]}."
        return Past(from_date, to_date, None, (), (), {}, problem)
    with panel.home.state.read() as connection:
        marks = markers_of(connection, [business_id]).get(business_id, ())
    charts = _of_leaves(rule, daily, marks) if daily else _of_subjects(replayed, marks)
    ordered = loudest(replayed.results)
    told = [
        Told(found.entity_name or subject.entity, each.opened_on, each.resolved_on, _length(each))
        for subject, found in ordered
        for each in found.incidents
    ]
    messages = {
        name: sum(getattr(found.messages, name) for found in replayed.results.values())
        for name in ("opened", "reminders", "resolved")
    }
    return Past(from_date, to_date, own, tuple(charts)[:_CHARTS], tuple(told[:50]), messages, None)


def revisions(panel: Panel, stored: StoredRule, names: Mapping[str, str]) -> tuple[ShownRevision, ...]:
    """Newest first; of each what changed then, and how it differs from now."""
    present = stored.rule.document()
    return tuple(_revision(each, present, stored.revision, names) for each in revisions_of(panel.home.state, stored.rule.id))


def as_seen(rule: Rule, business_id: str, *, is_agency: bool) -> Rule:
    """For a client without the names of others, and without the agency's channels."""
    return rule if is_agency else rule.model_copy(update={"businesses": (business_id,), "channels": "all"})


def _length(incident: Incident) -> int:
    return (incident.last_fired_on - incident.opened_on).days + 1


def _said_then(rule: Rule, one: Recorded, on: date) -> Said:
    return said(one.rule or rule, one.evaluation, day=on, about=one.entity_name or one.entity)


def _of_leaves(rule: Rule, daily: Sequence[RuleDay], marks: Sequence[Marker]) -> Iterator[tuple[str, str]]:
    """A chart a leaf, which has its number and its limit."""
    for place, (_, kind, _) in enumerate(leaves(rule.when)):
        if kind == "connection":
            continue
        metric = metric_of(daily[0].leaves[place].metric)
        days = [
            ChartDay(
                one.day,
                one.outcome,
                one.leaves[place].value,
                one.leaves[place].threshold,
                _pointed_at(one, place),
            )
            for one in daily
        ]
        title = f"{metric.label[:1].upper()}{metric.label[1:]}"
        yield title, backtest_chart(days, title=title, marks=[(each.changed_on, each.note) for each in marks])


def _pointed_at(one: RuleDay, place: int) -> str:
    leaf = one.leaves[place]
    metric = metric_of(leaf.metric)
    value, limit = (NOTHING if each is None else metric.say(each) for each in (leaf.value, leaf.threshold))
    outcome = {"fired": "fires", "not": "does not fire", "unknown": "no answer"}[one.outcome]
    return f"{value}, limit {limit}; {outcome}"


def _of_subjects(replayed: Replayed, marks: Sequence[Marker]) -> Iterator[tuple[str, str]]:
    """A strip a page or entity, the loudest first; those that would have been silent have none."""
    for subject, found in loudest(replayed.results):
        if not found.fired_on:
            return
        title = found.entity_name or subject.entity
        days = [ChartDay(each, _outcome(each, found)) for each in dates(replayed.from_date, replayed.to_date)]
        yield title, backtest_chart(days, title=title, marks=[(each.changed_on, each.note) for each in marks])


def _outcome(on: date, found: Backtest) -> Any:
    return "fired" if on in found.fired_on else "unknown" if on in found.unknown_on else "not"


def _revision(one: Revision, present: Mapping[str, Any], newest: int, names: Mapping[str, str]) -> ShownRevision:
    try:
        told = sentence(Rule.model_validate(one.document), names=names)
    except ValidationError:
        told = None
    return ShownRevision(
        revision=one.revision,
        at=one.at,
        author=one.author,
        sentence=told,
        changed=tuple(map(_line, one.fields)),
        other_now=tuple(map(_line, difference(one.document, present))),
        is_present=one.revision == newest,
    )


def _line(change: FieldChange) -> str:
    before, after = (_value(each) for each in (change.before, change.after))
    return f"{change.path.replace('_', ' ')}: {before} → {after}"


def _value(value: Any) -> str:
    if value is ABSENT:
        return NOTHING
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "none" if value is None else str(value)


def asked_day(text: str, *, yesterday: date) -> date:
    """The date that an address asks for; yesterday for none, and for what is none or not over."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return yesterday
    return min(found, yesterday) if found.year > 2000 else yesterday

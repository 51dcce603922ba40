"""Does a rule fire on a day? Pure, three-valued, with the evidence for whatever it answers.

Called by `judgement` (the live run and the preview) and `backtest` alike. Kleene's logic: a leaf whose metric is
NULL is unknown; `all` is unknown unless a part is false, `any` unless a part is true, `not` of unknown is unknown; only
what is known to be true fires. So a NULL never makes a condition true and never stops the rest of the rule, and no value
that a NULL might have had would overturn a known answer (a property test).

A rule is asked about the business, or about each of its pages or ad entities; spikes of pages are held against each other. A
regime event of the business leaves rules over Clarity's numbers without an answer while it lasts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from clarity_pipeline.rules.engine.account import attached_of, quality_of, series_of
from clarity_pipeline.rules.engine.clocks import with_clocks
from clarity_pipeline.rules.engine.comparisons import change, threshold
from clarity_pipeline.rules.engine.connection_leaf import connection
from clarity_pipeline.rules.engine.evidence import Evaluation, Outcome, Truth
from clarity_pipeline.rules.engine.known import Known, View
from clarity_pipeline.rules.engine.seen import Seen
from clarity_pipeline.rules.engine.signal_tests import since_change, spike, spikes_of_all
from clarity_pipeline.rules.language.condition import All, AnyOf, Not, leaves
from clarity_pipeline.rules.language.leaves import Connection
from clarity_pipeline.rules.language.metric import metric_of
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.spike.spike_verdict import Verdict
from clarity_pipeline.trust.regime import mutes

OUTCOMES: dict[Truth, Outcome] = {True: "fired", False: "not", None: "unknown"}

MUTED = "muted while this lasts"
"""How the reason begins of an answer that a regime event withholds."""

_NEVER: Mapping[str, Set[date]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule says of one subject on one day; its evidence is made when it is asked for."""

    rule: Rule
    view: View
    outcome: Outcome
    muted: str | None
    seen: tuple[Seen, ...]

    @property
    def date(self) -> date:
        """The last day of its windows."""
        return self.view.as_of

    @property
    def entity(self) -> str:
        """A canonical URL, or an ad platform's id; empty for the business."""
        return self.view.entity

    @property
    def entity_name(self) -> str | None:
        """What the ad platform calls it."""
        return self.view.name

    def evaluation(self) -> Evaluation:
        """All of it: every leaf's evidence, what the data are like and, where it fired, the days behind it."""
        asked = zip(_wanted(self.rule.when), self.seen, strict=True)
        evidence = tuple(leaf.tell(path, leaf.verdict is wanted) for (path, wanted), leaf in asked)
        evidence = with_clocks(evidence, time_zone=self.view.known.time_zone)
        reason = self.muted
        if self.outcome == "unknown" and reason is None:
            reason = "; ".join(dict.fromkeys(leaf.note for leaf in evidence if leaf.note))  # each once, in order
        quality = quality_of(evidence, self.view)
        attached = attached_of(quality, self.view)
        plain = Evaluation(outcome=self.outcome, reason=reason, evidence=evidence, quality=quality, attached=attached)
        if self.outcome != "fired" or plain.decisive is None:
            return plain
        return plain.model_copy(update={"series": series_of(plain.decisive, self.view)})


def answers(rule: Rule, *, known: Known, as_of: date, fired_on: Mapping[str, Set[date]] = _NEVER) -> list[Answer]:
    """Decide `rule` for each subject from the days up to `as_of`; every leaf is looked at, whatever the others say.

    `fired_on` says by entity on which earlier days it fired: those are incidents, and no baseline of a spike.
    """
    return _Asked(rule, known).on(as_of, fired_on)


def evaluate_days(
    rule: Rule, *, known: Known, days: Iterable[date], fired_on: Mapping[str, Set[date]] = _NEVER
) -> Iterator[Answer]:
    """The answers of each of `days`, the oldest first; what fires on one is an incident for the days behind it.

    The live run passes what fired before; a backtest begins with nothing. An answer's `outcome` is cheap, its `evaluation()` is
    not: ask for it where somebody will read it, and keep no answers of years.
    """
    asked = _Asked(rule, known)
    fired = {entity: set(dates) for entity, dates in fired_on.items()}
    for day in sorted(set(days)):
        for answer in asked.on(day, fired):
            yield answer
            if answer.outcome == "fired":
                fired.setdefault(answer.entity, set()).add(day)
            elif answer.entity in fired:
                fired[answer.entity].discard(day)


def all_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's and: the least of false < unknown < true."""
    return False if False in truths else None if None in truths else True


def any_of(truths: Sequence[Truth]) -> Truth:
    """Kleene's or: the greatest of false < unknown < true."""
    return True if True in truths else None if None in truths else False


class _Asked:
    """One rule about one business, taken apart once for all days."""

    def __init__(self, rule: Rule, known: Known) -> None:
        self._rule, self._known = rule, known
        self._leaves = list(leaves(rule.when))
        self._compares = any(kind in {"change", "spike", "since_change"} for _, kind, _ in self._leaves)
        self._metrics = frozenset(name for _, kind, leaf in self._leaves for name in _of_clarity(kind, leaf))
        of_pages = rule.scope != "business"
        self._tested = [(n, leaf) for n, (_, kind, leaf) in enumerate(self._leaves) if of_pages and kind == "spike"]

    def on(self, day: date, fired_on: Mapping[str, Set[date]]) -> list[Answer]:
        views = self._known.views(self._rule, day)
        tested = {n: spikes_of_all(leaf, views, fired_on) for n, leaf in self._tested}
        muted = self._muted(day)
        return [self._answer(view, muted, tested, fired_on.get(view.entity, frozenset())) for view in views]

    def _answer(self, view: View, muted: str | None, tested: Mapping[int, Mapping[str, Verdict]], fired_on: Set[date]) -> Answer:
        seen: list[Seen] = []
        for place, (_, kind, leaf) in enumerate(self._leaves):
            if kind == "spike":
                seen.append(spike(leaf, view, fired_on, verdict=tested.get(place, {}).get(view.entity)))
            else:
                seen.append(_LEAVES[kind](leaf, view))
        truth = None if muted else _truth(self._rule.when, iter(seen))
        return Answer(self._rule, view, OUTCOMES[truth], muted, tuple(seen))

    def _muted(self, day: date) -> str | None:
        """Why the business's regime leaves a rule over Clarity's numbers without an answer."""
        if not self._metrics or not self._known.events:
            return None
        because = [
            event
            for event in self._known.events
            if event.holds_on(day) and mutes(event, compares=self._compares, metrics=self._metrics)
        ]
        names = "; ".join(f"{each.kind} since {each.started_on}: {each.evidence}" for each in because)
        return f"{MUTED}: {names}" if because else None


_LEAVES: Mapping[str, Any] = MappingProxyType(
    {"threshold": threshold, "change": change, "since_change": since_change, "connection": connection}
)


def _truth(node: Any, seen: Iterator[Seen]) -> Truth:
    """The answer of a node; `seen` are the leaves of the whole tree in its order, taken one by one."""
    if isinstance(node, All):
        return all_of([_truth(child, seen) for child in node.all])
    if isinstance(node, AnyOf):
        return any_of([_truth(child, seen) for child in node.any])
    if isinstance(node, Not):
        truth = _truth(node.not_, seen)
        return None if truth is None else not truth
    return next(seen).verdict


def _wanted(node: Any) -> list[tuple[str, bool]]:
    """Path of each leaf, and the answer of it that would help the whole rule to fire."""
    return [(path, path.split(".").count("not") % 2 == 0) for path, _, _ in leaves(node)]


def _of_clarity(kind: str, leaf: Any) -> tuple[str, ...]:
    """What a leaf reads of Clarity's numbers: an ad platform's own stay true whatever happens to the tag."""
    if isinstance(leaf, Connection):
        return ()
    if kind in {"spike", "since_change"}:
        return (leaf.signal,)
    return (leaf.metric,) if metric_of(leaf.metric).family in {"business", "site", "page"} else ()

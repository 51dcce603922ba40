"""Does a rule fire on a day? Pure, three-valued, with the evidence for whatever it answers.

The one path of the live run, `rules preview` and `rules backtest`. A leaf whose metric is NULL is unknown, and so is one over
Clarity's numbers on a day on which they cannot be trusted or did not come (`muting`); only what is known to be true fires.

A rule is asked about the business, or about each of its pages or ad entities; spikes of pages are held against each other.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from types import MappingProxyType

from clarity_pipeline.rules.engine.account import attached_of, quality_of, rests_on_clarity, series_of, site_sessions_of
from clarity_pipeline.rules.engine.clocks import with_clocks
from clarity_pipeline.rules.engine.countries import apart
from clarity_pipeline.rules.engine.ending import Says, says_of
from clarity_pipeline.rules.engine.evidence import Evaluation, Outcome, Truth
from clarity_pipeline.rules.engine.kleene import truth_of, wanted_of
from clarity_pipeline.rules.engine.known import Known, View
from clarity_pipeline.rules.engine.muting import MUTED, clarity_leaves, muted
from clarity_pipeline.rules.engine.seen import Seen
from clarity_pipeline.rules.engine.signal_tests import spike, spikes_of_all
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.kinds import LEAF_KINDS
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.spike.spike_verdict import Verdict

OUTCOMES: dict[Truth, Outcome] = {True: "fired", False: "not", None: "unknown"}

_NEVER: Mapping[str, Set[date]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a rule says of one subject on one day; its evidence is made when it is asked for."""

    rule: Rule
    view: View
    outcome: Outcome
    seen: tuple[Seen, ...]
    rest: View | None = None
    """The same subject without the visits that count anew, where a leaf was asked of it."""

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

    @property
    def says(self) -> Says:
        """What each of its leaves says."""
        return says_of(self.seen)

    def evaluation(self) -> Evaluation:
        """All of it: every leaf's evidence, what the data are like and, where it fired, the days behind it."""
        asked = zip(wanted_of(self.rule.when), self.seen, strict=True)
        evidence = tuple(
            each.model_copy(update={"lingers": True}) if leaf.lingers else each
            for each, leaf in ((leaf.tell(path, leaf.verdict is wanted), leaf) for (path, wanted), leaf in asked)
        )
        evidence = with_clocks(evidence, time_zone=self.view.known.time_zone)
        reason = None
        if self.outcome == "unknown":
            reason = "; ".join(dict.fromkeys(leaf.note for leaf in evidence if leaf.note))  # each once, in order
        quality = quality_of(evidence, self.view)
        attached = attached_of(quality, self.view)
        shown = quality if rests_on_clarity(evidence, self.outcome) else None
        plain = Evaluation(outcome=self.outcome, reason=reason, evidence=evidence, quality=shown, attached=attached)
        if self.outcome != "fired" or plain.decisive is None:
            return plain
        if plain.decisive.without and self.rest:  # the site's own sessions are not those of the rest
            return plain.model_copy(update={"series": series_of(plain.decisive, self.rest)})
        more = {"series": series_of(plain.decisive, self.view), "site_sessions": site_sessions_of(plain.decisive, self.view)}
        return plain.model_copy(update=more)


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


class _Asked:
    """One rule about one business, taken apart once for all days."""

    def __init__(self, rule: Rule, known: Known) -> None:
        self._rule, self._known = rule, known
        self._leaves = list(leaves(rule.when))
        self._wanted = [wanted for _, wanted in wanted_of(rule.when)]
        self._of_clarity = clarity_leaves(rule)
        of_pages = rule.scope != "business"
        self._tested = [(n, leaf) for n, (_, kind, leaf) in enumerate(self._leaves) if of_pages and kind == "spike"]

    def on(self, day: date, fired_on: Mapping[str, Set[date]]) -> list[Answer]:
        views = self._known.views(self._rule, day)
        tested = {n: spikes_of_all(leaf, views, fired_on) for n, leaf in self._tested}
        without = muted(self._of_clarity, self._known, day)
        return [self._answer(view, without, tested, fired_on.get(view.entity, frozenset())) for view in views]

    def _answer(
        self, view: View, without: Mapping[int, str], tested: Mapping[int, Mapping[str, Verdict]], fired_on: Set[date]
    ) -> Answer:
        seen: list[Seen] = []
        by_country = apart(self._of_clarity, view)
        for place, (_, kind, leaf) in enumerate(self._leaves):
            of_country = by_country.get(place)
            asked = of_country.rest if of_country is not None and of_country.rest is not None else view
            if kind == "spike":
                found = spike(leaf, asked, fired_on, verdict=tested.get(place, {}).get(view.entity))
            else:
                found = _DECIDERS[kind](leaf, asked)
            if place in without:
                found = found.muted(without[place])
            elif of_country is not None:
                found = found.muted(f"{MUTED}: {of_country.why}") if asked is view else found.of_the_rest(of_country.why)
            seen.append(found if self._wanted[place] else found._replace(lingers=False))  # fires by its no, and ends by its yes
        truth = truth_of(self._rule.when, (leaf.verdict for leaf in seen))
        rest = next((each.rest for each in by_country.values() if each.rest is not None), None)
        return Answer(self._rule, view, OUTCOMES[truth], tuple(seen), rest)


def _decider(name: str) -> Callable[..., Seen]:
    module, _, function = name.partition(".")
    decider: Callable[..., Seen] = getattr(import_module(f"{__package__}.{module}"), function)
    return decider


_DECIDERS: Mapping[str, Callable[..., Seen]] = MappingProxyType(
    {name: _decider(kind.decided_by) for name, kind in LEAF_KINDS.items()}
)

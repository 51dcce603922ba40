"""Two versions of a rule over the same days: when only the one would have fired, only the other, both. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from clarity_pipeline.rules.backtest.backtest import Backtest
from clarity_pipeline.rules.language.subject import Subject


@dataclass(frozen=True, slots=True)
class Comparison:
    """One subject; a version that does not have the rule, or does not mean it for this business, is None and never fires."""

    subject: Subject
    here: Backtest | None
    there: Backtest | None
    only_here: tuple[date, ...]
    only_there: tuple[date, ...]
    both: tuple[date, ...]


def compare(here: Mapping[Subject, Backtest], there: Mapping[Subject, Backtest]) -> list[Comparison]:
    """Every subject of either, those that differ most first."""
    found = [_compare(subject, here.get(subject), there.get(subject)) for subject in sorted(here.keys() | there.keys())]
    return sorted(found, key=lambda each: -len(each.only_here) - len(each.only_there))


def _compare(subject: Subject, here: Backtest | None, there: Backtest | None) -> Comparison:
    one, other = (frozenset(each.fired_on if each else ()) for each in (here, there))
    return Comparison(
        subject=subject,
        here=here,
        there=there,
        only_here=tuple(sorted(one - other)),
        only_there=tuple(sorted(other - one)),
        both=tuple(sorted(one & other)),
    )

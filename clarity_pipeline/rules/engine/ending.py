"""When what a rule began is over although the rule has no answer: the leaves that made it fire say no, and others are unknown.

`any` of two spikes of which one is too rare for the site is unknown on each normal day, and an alert that waited for a known
answer would never end. So on such a day the rule is asked again of the leaves that fired, as if none of the others could hold:
where that is no, it is over. A test that is too weak to say no has said enough where it found nothing. Pure; for the fold of
incidents.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Literal

from clarity_pipeline.rules.engine.evidence import Evidence, Truth
from clarity_pipeline.rules.engine.incidents import IsOver
from clarity_pipeline.rules.engine.kleene import truth_of, wanted_of
from clarity_pipeline.rules.engine.seen import Seen
from clarity_pipeline.rules.language.rule import Rule

Said = Truth | Literal["quiet"]
"""What a leaf says of a day; quiet is the test of a signal that found nothing and is too weak to say no."""

Says = tuple[Said, ...]
"""Of each leaf in the order of the rule's tree."""


def says_of(leaves: Iterable[Seen | Evidence]) -> Says:
    """Of the leaves of one evaluation, in their order."""
    return tuple("quiet" if leaf.quiet else leaf.verdict for leaf in leaves)


def ends_when_its_leaves_say_no(rule: Rule, says: Callable[[date], Says | None]) -> IsOver:
    """Whether an incident of the rule is over on a day without an answer; `says` is asked only of its days, None is not known."""
    wanted = [answer for _, answer in wanted_of(rule.when)]

    def still_lit(fired_on: Sequence[date]) -> set[int]:
        """The leaves that helped it to fire, and have not said no on a day since on which it fired all the same."""
        lit: set[int] = set()
        for day in fired_on:
            for place, said in enumerate(says(day) or ()):
                if said is wanted[place]:
                    lit.add(place)
                elif said is not None:
                    lit.discard(place)
        return lit

    def is_over(fired_on: Sequence[date], day: date) -> bool:
        today = says(day)
        if today is None or not (lit := still_lit(fired_on)):
            return False
        of_those = (_no_or(said) if place in lit else not wanted[place] for place, said in enumerate(today))
        return truth_of(rule.when, of_those) is False

    return is_over


def _no_or(said: Said) -> Truth:
    return False if said == "quiet" else said

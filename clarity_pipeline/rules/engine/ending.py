"""When what a rule began is over: the leaves that made it fire are clearly back, whatever else is unknown.

A leaf that holds no more but is not past its ending level either (`lingers`) ends nothing: with it, the rule is asked as if that
leaf still held. So a value that hovers around its limit is one incident, not one a week.

`any` of two spikes of which one is too rare for the site is unknown on each normal day, and an alert that waited for a known
answer would never end. So on such a day the rule is asked again of the leaves that fired, as if none of the others could hold:
where that is no, it is over. A test that is too weak to say no has said enough where it found nothing. Pure; for the fold of
incidents.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Literal

from clarity_pipeline.rules.engine.evidence import Evidence, Outcome, Truth
from clarity_pipeline.rules.engine.incidents import IsOver
from clarity_pipeline.rules.engine.kleene import truth_of, wanted_of
from clarity_pipeline.rules.engine.seen import Seen
from clarity_pipeline.rules.language.rule import Rule

Said = Truth | Literal["quiet", "lingers"]
"""What a leaf says of a day; quiet is the test of a signal that found nothing and is too weak to say no, and what lingers holds
no more but is not clearly back."""

Says = tuple[Said, ...]
"""Of each leaf in the order of the rule's tree."""


def says_of(leaves: Iterable[Seen | Evidence]) -> Says:
    """Of the leaves of one evaluation, in their order."""
    return tuple("lingers" if leaf.lingers else "quiet" if leaf.quiet else leaf.verdict for leaf in leaves)


def ends_when_its_leaves_say_no(rule: Rule, says: Callable[[date], Says | None]) -> IsOver:
    """Whether an incident of the rule is over on a day on which it did not fire; `says` is asked only of its days.

    Where what the leaves said is not known (None), a day that did not fire is over, and one without an answer is not.
    """
    wanted = [answer for _, answer in wanted_of(rule.when)]

    def still_lit(fired_on: Sequence[date]) -> set[int]:
        """The leaves that helped it to fire, and have not said no on a day since on which it fired all the same."""
        lit: set[int] = set()
        for day in fired_on:
            for place, said in enumerate(says(day) or ()):
                if said is wanted[place]:
                    lit.add(place)
                elif said is not None and said != "lingers":
                    lit.discard(place)
        return lit

    def is_over(fired_on: Sequence[date], day: date, outcome: Outcome) -> bool:
        today = says(day)
        did_not_fire = outcome == "not"
        if today is None or (did_not_fire and "lingers" not in today) or not (lit := still_lit(fired_on)):
            return did_not_fire
        if did_not_fire:  # the others are known: what they say counts, and they begin nothing by lingering
            of_all = (_as_if(said, lingers=place in lit) for place, said in enumerate(today))
            return truth_of(rule.when, of_all) is False
        of_those = (_as_if(said, lingers=True) if place in lit else not wanted[place] for place, said in enumerate(today))
        return truth_of(rule.when, of_those) is False

    return is_over


def _as_if(said: Said, *, lingers: bool) -> Truth:
    """What is not clearly back still holds; a test that found nothing has said no."""
    return lingers if said == "lingers" else False if said == "quiet" else said

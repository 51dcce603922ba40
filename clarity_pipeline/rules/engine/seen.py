"""What a leaf answers on a day, before anybody asks to see it: the verdict at once, its evidence only when it is wanted.

Made by `comparisons`, `signal_tests` and `connection_leaf`, read by `evaluate`. A backtest asks millions of leaves and shows few.
"""

from collections.abc import Callable
from typing import NamedTuple

from clarity_pipeline.rules.engine.evidence import Evidence, Truth

Tell = Callable[[str, bool], Evidence]
"""The evidence, given the leaf's path and whether its verdict is what the rule needs to fire."""


class Seen(NamedTuple):
    """A verdict; `note` says why it is unknown. `quiet` is that of a test which found nothing and could not have been sure to.

    `lingers` is that of a value which holds no more and is not clearly back either: it begins nothing, and ends nothing.
    """

    verdict: Truth
    note: str | None
    tell: Tell
    quiet: bool = False
    lingers: bool = False

    def muted(self, why: str) -> "Seen":
        """The same without an answer: its numbers stay to be looked at, and its note says why they decide nothing."""

        def tell(path: str, supports: bool) -> Evidence:
            withheld = {"verdict": None, "supports": False, "note": why, "muted": True, "quiet": False, "lingers": False}
            return self.tell(path, supports).model_copy(update=withheld)

        return Seen(None, why, tell)

    def of_the_rest(self, why: str) -> "Seen":
        """The same of what is left of the site: the evidence says what was left out and why, also where it has no answer."""
        said = f"{why}, so they are left out"

        def tell(path: str, supports: bool) -> Evidence:
            found = self.tell(path, supports)
            note = f"{found.note}; {said}" if found.note else None
            return found.model_copy(update={"without": said, "note": note})

        return Seen(self.verdict, f"{self.note}; {said}" if self.note else None, tell, self.quiet, self.lingers)

"""What a leaf answers on a day, before anybody asks to see it: the verdict at once, its evidence only when it is wanted.

Made by `comparisons`, `signal_tests` and `connection_leaf`, read by `evaluate`. A backtest asks millions of leaves and shows few.
"""

from collections.abc import Callable
from typing import NamedTuple

from clarity_pipeline.rules.engine.evidence import Evidence, Truth

Tell = Callable[[str, bool], Evidence]
"""The evidence, given the leaf's path and whether its verdict is what the rule needs to fire."""


class Seen(NamedTuple):
    """A verdict; `note` says why it is unknown."""

    verdict: Truth
    note: str | None
    tell: Tell

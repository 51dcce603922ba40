"""What is known of a business before its day is planned: the lanes that are told, lost or cut.

Gathered by `day.plan`; `day_plan` makes a plan of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from clarity_pipeline.clarity.dimensions import DAILY_SLICES

Lane = tuple[date, str]
"""Date and slice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one business before its day.

    `slices` are the lanes it is fetched with, in order; only the four daily ones are recovered, since nobody knows since when it
    has the others. `less`: of slices in back-off, the dimensions that are asked for. `told`: lanes that vault or warehouse have;
    `kept`: those of older dates among them that were never loaded, since somebody was interrupted, or they were held back or
    refused and are so no more. `stays`: lanes that are kept and cannot be loaded, for which no call is paid again, and why.
    `given_up`: lost lanes whose end is recorded. `cut`: slices that came cut when they came last, and are asked for as they were
    then. `fresh`: by slice, `numOfDays` of the answers that a call made now could be paired with.
    """

    business_id: str
    quota_key: str | None
    connected_at: datetime
    switched_off: Literal["disabled", "token_rejected"] | None = None
    slices: tuple[str, ...] = tuple(DAILY_SLICES)
    less: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    told: Collection[Lane] = ()
    kept: Collection[Lane] = ()
    stays: Mapping[Lane, str] = field(default_factory=dict)
    given_up: Collection[Lane] = ()
    cut: Collection[str] = ()
    fresh: Mapping[str, Collection[int]] = field(default_factory=dict)

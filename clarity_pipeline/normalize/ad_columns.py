"""What the numeric columns of ad entities are: how their days are joined, in what unit, and which of them are ratios.

Read by the contract of imported files (what is refused), by the rules (what is asked) and by the warehouse (what is kept). Pure.
A platform's own cost per conversion of 20 on three days reads 60 when it is added up, and a click-through rate of 2 % reads 14 %
after a week; so a ratio is never imported as a sum, but made of its two sums wherever it is asked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Fold = Literal["sum", "last", "mean", "single"]
"""Days are added up; the newest counts (a budget); a mean, weighted by another column; or one row at a time and never joined."""

MONEY = "money"
"""The unit of a column whose currency is its row's."""


@dataclass(frozen=True, slots=True)
class AdColumn:
    """How one column is read: `weight` is the column that a mean is weighted by; `unit` is `MONEY`, a word, or None."""

    fold: Fold = "sum"
    weight: str | None = None
    unit: str | None = None

    @property
    def said(self) -> str:
        """As it is written in a header: `mean by impressions`."""
        fold = f"mean by {self.weight}" if self.fold == "mean" else self.fold
        return fold if self.unit is None else f"{fold}, {self.unit}"


@dataclass(frozen=True, slots=True)
class Ratio:
    """A number that everybody knows by name: `times` the sum of `of` over the sum of `over`, both columns."""

    name: str
    label: str
    of: str
    over: str
    unit: str
    times: float = 1.0


SHARE = "share"

RATIOS: Mapping[str, Ratio] = MappingProxyType(
    {
        ratio.name: ratio
        for ratio in (
            Ratio("cpa", "cost per conversion (CPA)", "spend", "conversions", MONEY),
            Ratio("cpc", "cost per click (CPC)", "spend", "clicks", MONEY),
            Ratio("ctr", "click-through rate (CTR)", "clicks", "impressions", SHARE),
            Ratio("cvr", "conversion rate (CVR)", "conversions", "clicks", SHARE),
            Ratio("roas", "return on ad spend (ROAS)", "conversion_value", "spend", ""),
            Ratio("cpm", "cost per 1,000 impressions (CPM)", "spend", "impressions", MONEY, times=1000.0),
        )
    }
)

ALSO: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "spend": ("cost", "amount_spent"),
        "conversion_value": ("conversions_value", "purchase_value", "revenue"),
    }
)
"""What platforms call a part of a ratio; the first that a row has stands in where the column itself is not there."""

_MONEY = frozenset({"spend", "conversion_value", *ALSO["spend"], *ALSO["conversion_value"], "sales", "budget", "daily_budget"})

_SAME_AS = {
    "cost_per_conversion": "cpa", "cost_per_acquisition": "cpa", "cost_per_action": "cpa", "cost_per_result": "cpa",
    "cost_per_click": "cpc", "cost_per_link_click": "cpc", "avg_cpc": "cpc", "average_cpc": "cpc",
    "click_through_rate": "ctr", "clickthrough_rate": "ctr", "click_rate": "ctr", "link_ctr": "ctr", "avg_ctr": "ctr",
    "conversion_rate": "cvr", "conv_rate": "cvr",
    "return_on_ad_spend": "roas", "purchase_roas": "roas",
    "avg_cpm": "cpm", "average_cpm": "cpm", "cost_per_mille": "cpm", "cost_per_1000_impressions": "cpm",
    "cost_per_thousand_impressions": "cpm", "cpm_cost_per_1000_impressions": "cpm",
}  # fmt: skip

_A_RATIO = re.compile(
    r"(?:.*_)?(?:cpa|cpc|ctr|cvr|roas|cpm|cpl|cpv|cpi|cps|acos|vtr|rate|ratio|percent|percentage|pct|share|frequency)"
    r"|(?:cost|clicks|spend|value|revenue|conversions|impressions)_per_.+"
    r"|.+_per_(?:click|conversion|result|purchase|lead|install|view|impression|session|user|day)s?"
    r"|(?:.+_)?(?:avg|average|mean|median)(?:_.+)?"
)


def column_of(name: str, declared: Mapping[str, AdColumn]) -> AdColumn:
    """How a column is read: as a file said, else by its name; what looks like a ratio is not joined over rows."""
    if name in declared:
        return declared[name]
    return AdColumn(fold="single" if is_ratio(name) else "sum", unit=MONEY if name in _MONEY else None)


def is_money(name: str, declared: Mapping[str, AdColumn]) -> bool:
    """Whether its numbers are in the currency of their row."""
    return column_of(name, declared).unit == MONEY


def is_ratio(name: str) -> bool:
    """Whether a column of this name is a ratio, of which no sum means anything: `cpa`, `cost_per_lead`, `avg_position`."""
    return _A_RATIO.fullmatch(name) is not None


def ready_ratio(name: str) -> Ratio | None:
    """The ratio of ours that a column of this name tells, under whatever name of a platform's."""
    return RATIOS.get(_SAME_AS.get(name, name))


def way_out(name: str) -> str:
    """What to do about a column that is a ratio: words that follow "column cpa: "."""
    begin = "is a ratio, and its days would be added up"
    ready = ready_ratio(name)
    if ready is not None:
        return f"{begin}; leave it out and import {ready.of} and {ready.over}: entity.{ready.name} is there by itself"
    return (
        f"{begin}; leave it out and import what it is made of, or say in the header how days are joined:"
        f' "{name} (mean by impressions)" or "{name} (last)"'
    )

"""The cause of a change, in words and as data: who carries it, the mix of visits, or everything alike. Pure; kept as evidence.

Whether somebody stands out is asked against the share that they would carry were all rates multiplied alike: the phones of a site
with 80 % phones carry 80 % of any change, and are no cause.
"""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

from clarity_pipeline.rules.statistics.kitagawa import OTHERS, Part, Split

Dimension = Literal["page", "device", "source", "country", "campaign"]
CauseKind = Literal["one", "mix", "everywhere", "unclear", "bots", "tracking", "consent"]

OF_REGIME: Mapping[str, CauseKind] = {"bot_share": "bots", "tracking_gap": "tracking", "consent_missing": "consent"}
"""Events that make numbers lie, and what they are as a cause."""

_REGIME_WORDS: Mapping[str, str] = {
    "bots": "Bots: their share of the visits has jumped, so that it may be no visitor's doing",
    "tracking": "Tracking: hardly any visit came on some of these days, so the numbers are of few",
    "consent": "Consent: without it each page counts as a visit of its own, so the numbers are no longer alike",
}
_ORDER: tuple[Dimension, ...] = ("page", "device", "source", "country", "campaign")
_ORDER_OF_MIX: tuple[Dimension, ...] = ("campaign", "source", "country", "device", "page")
"""Who sends visitors comes before where they arrive."""

HALF = 0.5
SOME = 0.3
"""Who sends visitors is named before where they arrive from so much of the change on."""

MIX_AT_LEAST = 0.1
"""What must be left of the mix at the lower end of its interval; a page that breaks leaves nothing."""

SURE = 2.0
"""So many standard errors must a change be, before anybody is named."""

_RANKED = 5
_WHOLE = 0.9
"""A cell with more of the visits than this is its lane; that it carries the change says nothing."""


class Carrier(BaseModel):
    """One cell: its share of the change (1 is all), the 95 % interval, and its share were all alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dimension: Dimension
    name: str
    share: float
    low: float
    high: float
    alike: float
    by: Literal["rate", "mix"]
    visits: int


class Cause(BaseModel):
    """What carries the change of a rate from `before` to `now` (events a page visit).

    `mix_share` is that part of the change which other visitors explain, in the lane where they explain most. `named` stand out,
    the first most; `ranked` has the largest of every lane. `affected` are those beyond what the rate of before would have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: CauseKind
    before: float | None = None
    now: float | None = None
    mix_share: float | None = None
    mix_low: float | None = None
    mix_high: float | None = None
    named: tuple[Carrier, ...] = ()
    ranked: tuple[Carrier, ...] = ()
    affected: int | None = None
    affected_unit: Literal["visits", "events"] = "visits"
    spend: float | None = None
    currency: str | None = None


def name_cause(splits: Mapping[Dimension, Split], *, visits_now: float, counts_visits: bool) -> Cause | None:
    """The cause that the splits of all lanes tell; None without any."""
    if not splits:
        return None
    first = next(splits[lane] for lane in _ORDER if lane in splits)
    told = {lane: each for lane, each in splits.items() if abs(each.now - each.before) >= SURE * each.error}
    most = max(splits.values(), key=lambda each: each.mix.value)
    ranked = sorted((_carrier(lane, part) for lane, each in splits.items() for part in each.parts[:_RANKED]), key=_by_share)
    kind, named = _named(told)
    return Cause(
        kind=kind,
        before=first.before,
        now=first.now,
        mix_share=most.mix.value,
        mix_low=most.mix.low,
        mix_high=most.mix.high,
        named=named,
        ranked=tuple(ranked),
        affected=max(round((first.now - first.before) * visits_now), 0),
        affected_unit="visits" if counts_visits else "events",
    )


def sentence(cause: Cause) -> str:
    """In words: who carries how much of it, and what the mix explains."""
    if cause.kind in _REGIME_WORDS:
        return f"{_REGIME_WORDS[cause.kind]}."
    rise = "rise" if (cause.now or 0) >= (cause.before or 0) else "fall"
    return f"{_who(cause, rise)}{_mix(cause)}.{_affected(cause)}"


def _named(told: Mapping[Dimension, Split]) -> tuple[CauseKind, tuple[Carrier, ...]]:
    if not told:
        return "unclear", ()
    if any(each.mix.value >= HALF and each.mix.low >= MIX_AT_LEAST for each in told.values()):
        by_mix = [lane for lane in _ORDER_OF_MIX if lane in told and told[lane].mix.value >= SOME and told[lane].mix.low > 0]
        whose = [part for part in told[by_mix[0]].parts if part.name != OTHERS]
        return "mix", tuple(_carrier(by_mix[0], max(whose, key=lambda part: part.mix.value), by="mix") for _ in whose[:1])
    standing_out = [
        (_excess(part), -_ORDER.index(lane), _carrier(lane, part, by="rate"))
        for lane in _ORDER
        if lane in told
        for part in told[lane].parts[:1]
        if _stands_out(part)
    ]
    standing_out.sort(key=lambda each: each[:2], reverse=True)
    return ("one" if standing_out else "everywhere"), tuple(carrier for *_, carrier in standing_out)


def _stands_out(part: Part) -> bool:
    return part.name != OTHERS and part.alike < _WHOLE and _excess(part) >= HALF and part.rate.low > part.alike


def _excess(part: Part) -> float:
    """0 where it carries what it would were all alike, 1 where it carries all."""
    return (part.rate.value - part.alike) / (1 - part.alike) if part.alike < 1 else 0.0


def _carrier(lane: Dimension, part: Part, *, by: Literal["rate", "mix"] | None = None) -> Carrier:
    by = by or ("rate" if part.rate.value >= part.mix.value else "mix")
    share = part.rate if by == "rate" else part.mix
    return Carrier(
        dimension=lane,
        name=part.name,
        share=share.value,
        low=share.low,
        high=share.high,
        alike=part.alike,
        by=by,
        visits=round(part.visits),
    )


def _by_share(carrier: Carrier) -> tuple[float, str, str]:
    return -carrier.share, carrier.dimension, carrier.name


def _who(cause: Cause, rise: str) -> str:
    if cause.kind == "unclear":
        return f"No single cause: the {rise} is too small to tell who carries it"
    if cause.kind == "everywhere":
        return f"Everywhere alike: no page, device, source, country or campaign carries most of the {rise}"
    if cause.kind == "mix":
        return f"Mostly other visitors{''.join(f': {_name(each)} brings more of them' for each in cause.named)}"
    first, *more = cause.named
    also = "".join(f", {_ON[each.dimension].format(_name(each))}" for each in more[:2])
    interval = f"({_percent(first.low)}-{_percent(first.high)} %)"
    who = f"{_name(first)}{also}," if also else _name(first)
    return f"Mostly one {first.dimension}: {who} carries {_percent(first.share)} % {interval} of the {rise}"


_ON: Mapping[Dimension, str] = {
    "page": "on {}",
    "device": "on {}",
    "source": "from {}",
    "country": "from {}",
    "campaign": "by the campaign {}",
}


def _name(carrier: Carrier) -> str:
    if carrier.dimension != "page":
        return carrier.name
    address = urlsplit(carrier.name)
    return (address.path or "/") if address.netloc else carrier.name


def _mix(cause: Cause) -> str:
    if cause.mix_share is None or cause.kind == "unclear":
        return ""
    return f"; the mix of visitors explains {_percent(cause.mix_share)} %"


def _affected(cause: Cause) -> str:
    spent = (
        f"; ads that lead there cost {cause.spend:,.2f} {cause.currency} in that time" if cause.spend and cause.currency else ""
    )
    return f" {cause.affected:,} {cause.affected_unit} more than at the rate of before{spent}." if cause.affected else ""


def _percent(share: float) -> int:
    """Between 0 and 100: what others take back is in the data and no riddle in a sentence."""
    return round(100 * min(max(share, 0.0), 1.0))

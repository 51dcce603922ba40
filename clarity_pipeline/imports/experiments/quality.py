"""Is a variant better, or does it only push people? Conversions beside frustration, each against the control; pure.

"A variant might have higher conversion but also higher rage clicks, which could indicate a dark pattern": so the flag is raised
where both are beyond chance. What it cannot know: a session of Clarity on a variant's pages is not a visitor of the experiment,
and one visitor's session counts on each page that it saw. The wobble of the days allows for that (`shares`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from clarity_pipeline.clarity.measures import SIGNAL
from clarity_pipeline.imports.experiments.sample_ratio import Split, split_of
from clarity_pipeline.imports.experiments.shares import Days, Difference, Share, difference, share

ALPHA = 0.01
"""The chance to call out a variant that is like its control, of each of the two claims, shared among its variants."""

_SIGNALS = {name: SIGNAL[name].label for name in ("rage_click", "dead_click")}
"""What `experiment_quality` has columns of."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Variant:
    """One variant over its days."""

    name: str
    is_control: bool
    dates: tuple[date, ...]
    converted: Days
    frustrated: Mapping[str, Days]
    shared_sessions: int
    intended_share: float | None

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "_Variant":
        seen = [row for row in rows if row["sessions"] is not None]
        return cls(
            name=rows[0]["variant"],
            is_control=rows[-1]["is_control"],
            dates=tuple(row["date"] for row in rows),
            converted={row["date"]: (row["conversions"], row["visitors"]) for row in rows},
            frustrated={
                name: {row["date"]: (min(row[f"{name}_sessions"], row["sessions"]), row["sessions"]) for row in seen}
                for name in _SIGNALS
            },
            shared_sessions=sum(row["shared_sessions"] for row in seen),
            intended_share=rows[-1]["intended_share"],
        )


def judge(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows of `experiment_quality` from those of `statements/experiment_days`, which are in order of variant and date."""
    judged = []
    for (business_id, experiment), of_both in groupby(rows, key=itemgetter("business_id", "experiment")):
        variants = [_Variant.of(list(days)) for _, days in groupby(of_both, key=itemgetter("variant"))]
        controls = [each for each in variants if each.is_control]
        visitors = [{day: of for day, (_, of) in each.converted.items()} for each in variants]
        split = split_of(visitors, [each.intended_share for each in variants])
        for variant in variants:
            key = {"business_id": business_id, "experiment": experiment, "variant": variant.name}
            judged.append(key | _judge(variant, controls, split, others=len(variants) - len(controls)))
    return judged


def _judge(variant: _Variant, controls: Sequence[_Variant], split: Split | None, *, others: int) -> dict[str, Any]:
    against = controls[0] if len(controls) == 1 and not variant.is_control else None
    converted = share(variant.converted)
    seen = {name: share(days) for name, days in variant.frustrated.items()}
    more = difference(variant.converted, against.converted) if against else None
    worse = {
        name: difference(variant.frustrated[name], against.frustrated[name])
        if against and not (variant.shared_sessions or against.shared_sessions)
        else None
        for name in _SIGNALS
    }
    more_conversions = _is_more(more, others)
    frustrations = [_is_more(each, others * len(_SIGNALS)) for each in worse.values()]
    flag = _both(more_conversions, True if True in frustrations else None if None in frustrations else False)
    flag = None if against is None or (split is not None and split.is_off) else flag
    return {
        "is_control": variant.is_control,
        "from_date": variant.dates[0],
        "to_date": variant.dates[-1],
        "days": len(variant.dates),
        "visitors": converted.of,
        "sample_ratio_p": None if split is None else split.p,
        "conversions": converted.hits,
        **_columns("conversion_rate", converted, more),
        "days_with_clarity": len(variant.frustrated["rage_click"]),
        "sessions": seen["rage_click"].of,
        **{
            column: value
            for name in _SIGNALS
            for column, value in {
                f"{name}_sessions": seen[name].hits,
                **_columns(f"{name}_share", seen[name], worse[name]),
            }.items()
        },
        "more_conversions_and_more_frustration": flag,
        "said": _said(variant, controls, split, converted, seen, more, worse, flag, others),
    }


def _columns(name: str, measured: Share, against: Difference | None) -> dict[str, float | None]:
    return {
        name: measured.rate,
        f"{name}_low": measured.low,
        f"{name}_high": measured.high,
        f"{name}_difference": None if against is None else against.by,
        f"{name}_p": None if against is None else against.p,
    }


def _is_more(found: Difference | None, comparisons: int) -> bool | None:
    return None if found is None else found.by > 0 and found.p * comparisons <= ALPHA


def _both(one: bool | None, other: bool | None) -> bool | None:
    """Kleene's and."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _said(
    variant: _Variant,
    controls: Sequence[_Variant],
    split: Split | None,
    converted: Share,
    seen: Mapping[str, Share],
    more: Difference | None,
    worse: Mapping[str, Difference | None],
    flag: bool | None,
    others: int,
) -> str:
    """One line for a person."""
    told = f"{_percent(converted.rate)} of {converted.of:,} visitors converted{_against(more, others)}"
    for name, label in _SIGNALS.items():
        told += f"; {label} in {_percent(seen[name].rate)} of {seen[name].of:,} sessions"
        told += _against(worse[name], others * len(_SIGNALS))
    if split is not None and split.is_off:
        return f"not to be trusted, since {_off(split)}: {told}"
    if variant.is_control:
        return f"the control: {told}"
    if flag:
        return (
            f"more conversions and more frustration, both beyond chance: {told}. Watch its recordings before it is rolled out:"
            " people may be pushed and not helped"
        )
    if flag is None:
        return f"cannot be told yet, since {_why_unknown(variant, controls, more)}: {told}"
    return f"no sign of more conversions with more frustration: {told}"


def _off(split: Split) -> str:
    seen = " to ".join(f"{each:,}" for each in split.visitors)
    p = "below 0.0001" if split.p < 0.0001 else f"{split.p:.2g}"
    meant = " to ".join(f"{each * 100:.3g}" for each in split.intended)
    return (
        f"visitors were split {seen} where {meant} % were meant (p {p}): what assigns or counts the variants is broken,"
        " and every difference may come from there"
    )


def _against(found: Difference | None, comparisons: int) -> str:
    if found is None:
        return ""
    apart = f"{abs(found.by) * 100:.2f}"
    if float(apart) == 0:
        return " (as in the control)"
    points = f"{apart} points {'more' if found.by > 0 else 'less'} than the control"
    return f" ({points}, {'beyond' if found.p * comparisons <= ALPHA else 'within'} chance, p {found.p:.2g})"


def _why_unknown(variant: _Variant, controls: Sequence[_Variant], more: Difference | None) -> str:
    if len(controls) != 1:
        return "no variant is the control" if not controls else f"{len(controls)} variants are the control"
    if variant.shared_sessions or controls[0].shared_sessions:
        return "a page belongs to two variants, so their patterns do not tell them apart"
    if more is None:
        return "too few visitors converted on days that both have"
    if not all(sum(of for _, of in each.frustrated["rage_click"].values()) for each in (variant, controls[0])):
        return "Clarity saw no session on the pages of one of the two (is its pattern right, are its dates loaded?)"
    return "too few sessions met trouble on days that both have"


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate * 100:.1f} %"

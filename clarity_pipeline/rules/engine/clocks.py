"""How far apart the dates are that a rule lays side by side: an ad account's days are of its time zone, Clarity's of UTC.

Pure; called by `evaluate` for the answers that somebody will read. Seen: a page broken on a client's Friday in Auckland has 0.281
dead clicks a visit there and 0.023 on the UTC date of the same name.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clarity_pipeline.rules.engine.evidence import Evidence
from clarity_pipeline.rules.language.metric import metric_of

CLARITYS = frozenset({"business", "site", "page"})
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours_apart(zones: Iterable[str], from_date: date, to_date: date) -> float | None:
    """By how many hours days of these time zones begin apart at most, between two dates; None for a zone that nobody knows."""
    asked = set(zones)
    if len(asked) <= 1:
        return 0.0
    try:
        known = [ZoneInfo(zone) for zone in asked]
    except (ZoneInfoNotFoundError, ValueError):
        return None
    most = 0.0
    for number in range((to_date - from_date).days + 2):  # the last day's end is the beginning of the next
        midnight = datetime.combine(from_date + timedelta(days=number), time())
        begins = [midnight.replace(tzinfo=zone).astimezone(UTC) for zone in known]
        most = max(most, (max(begins) - min(begins)).total_seconds() / 3600)
    return most


def with_clocks(evidence: Sequence[Evidence], *, time_zone: str | None) -> tuple[Evidence, ...]:
    """The evidence, each leaf with what to know of its dates; `time_zone` is that of the business's ad accounts, where known."""
    joins = any(_is_claritys(leaf) for leaf in evidence)
    return tuple(_with_clock(leaf, joins=joins, time_zone=time_zone) for leaf in evidence)


def _with_clock(leaf: Evidence, *, joins: bool, time_zone: str | None) -> Evidence:
    said = _of_an_ad(leaf, joins=joins) if leaf.ads is not None else _of_clarity(leaf, time_zone)
    return leaf.model_copy(update={"caveat": said}) if said else leaf


def _of_an_ad(leaf: Evidence, *, joins: bool) -> str | None:
    zones = leaf.ads.time_zones if leaf.ads else ()
    first = leaf.baseline_from or leaf.from_date
    apart = hours_apart({*zones, *(("UTC",) if joins else ())}, first, leaf.to_date)
    if apart == 0:
        return None
    by = "by hours" if apart is None else f"by up to {apart:g} hours"
    whose = " and ".join(zones)
    if joins:
        return f"these dates differ {by}: {leaf.metric} counts days of {whose}, Clarity those of UTC"
    return f"these dates differ {by}: {leaf.metric} adds up days of {whose}"


def _of_clarity(leaf: Evidence, time_zone: str | None) -> str | None:
    """A weekday of Clarity's is one of UTC, where the client lives by another clock."""
    if time_zone is None or leaf.against != "same_weekdays" or not _is_claritys(leaf):
        return None
    if not hours_apart([time_zone, "UTC"], leaf.baseline_from or leaf.from_date, leaf.to_date):
        return None
    begin = datetime.combine(leaf.to_date, time(), UTC).astimezone(ZoneInfo(time_zone))
    end = begin + timedelta(days=1)
    return (
        f"its {WEEKDAYS[leaf.to_date.weekday()]}s are days of UTC, in {time_zone} from {WEEKDAYS[begin.weekday()]} {begin:%H:%M}"
        f" to {WEEKDAYS[end.weekday()]} {end:%H:%M}"
    )


def _is_claritys(leaf: Evidence) -> bool:
    return leaf.kind != "connection" and metric_of(leaf.metric).family in CLARITYS

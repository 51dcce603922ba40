"""What a message tells beside its sentence, so that a person understands it without opening anything. Pure; used by `message`.

Facts (on what, how much against how much, since when, how sure, resting on which data), why it may be wrong, a small chart, and
where to look. A page's address and the names of campaigns come from strangers: they stand in facts alone, never in the sentence,
and every channel escapes them.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from clarity_pipeline.rules.engine.cause import sentence
from clarity_pipeline.rules.engine.evidence import Evaluation, Evidence, Quality, Series
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.language.kinds import LEAF_KINDS
from clarity_pipeline.rules.language.metric import counted_in

FEW_SESSIONS = 200
"""With fewer, the 95 % interval of a share of 5 % is from 2 to 9 %."""

ONE_VISITORS_CLICKS = 100
"""The storms of `docs/design.md#spike` have 80 clicks of one visitor."""

_MADE_BY_US = re.compile(r"/:|\*\*\*")
"""Where a canonical address begins to say what Clarity's own does not: a group or an id (`/:id`), a masked part (`***`)."""

WORDS = {"url": "Page", "campaign": "Campaign", "ad_set": "Ad set", "ad": "Ad"}


def facts(
    evaluation: Evaluation, *, scope: str, entity: str, entity_name: str | None, incident: Incident
) -> list[tuple[str, str]]:
    """Label and value, in the order in which a person asks."""
    return list(_facts(evaluation, scope=scope, entity=entity, entity_name=entity_name, incident=incident))


def caveat(evaluation: Evaluation) -> str:
    """Why it may be wrong: what is weak about these data, else what every alert of its kind is blind to."""
    leaf, quality = evaluation.decisive, evaluation.quality
    weak = [*_weak_dates(evaluation), *_weak_numbers(leaf), *_weak_data(quality)] if leaf else []
    if not weak and leaf is not None:
        weak = [LEAF_KINDS[leaf.kind].blind_to]
    return f"It may be wrong: {'; '.join(weak)}." if weak else ""


def series(found: Series | None) -> dict[str, Any] | None:
    """The chart's numbers as JSON values."""
    if found is None:
        return None
    return {
        "label": found.label,
        "days": [day.isoformat() for day in found.days],
        "values": list(found.values),
        "normal": found.normal,
    }


def link(project_id: str | None) -> str | None:
    """The project's dashboard in Clarity."""
    return f"https://clarity.microsoft.com/projects/view/{project_id}/dashboard" if project_id else None


def recordings(project_id: str | None, url: str) -> str | None:
    """The recordings in Clarity of visits that saw a page; None where its address says nothing of a path.

    The filter (`URL=2;2;...`: visited, contains) is not documented by Clarity; tools that link into it write it so. Where it is
    not known the same page opens with all recordings. What we mask or group is in no address of Clarity's, so the path is asked
    for up to there.
    """
    path = _MADE_BY_US.split(urlsplit(url).path, maxsplit=1)[0]
    if not project_id or not path.strip("/"):
        return None
    asked = urlencode({"URL": f"2;2;{path}", "date": "Last 7 days"}, quote_via=quote)
    return f"https://clarity.microsoft.com/projects/view/{project_id}/impressions?{asked}"


def say(leaf: Evidence, value: float) -> str:
    """A value in the leaf's unit."""
    return leaf.say(value)


def _facts(
    evaluation: Evaluation, *, scope: str, entity: str, entity_name: str | None, incident: Incident
) -> Iterator[tuple[str, str]]:
    leaf, quality = evaluation.decisive, evaluation.quality
    if leaf is not None and leaf.cause is not None:
        yield "Cause", sentence(leaf.cause)
    if entity:
        yield WORDS.get(scope, scope), f"{entity_name} ({entity})" if entity_name else entity
    if leaf is not None and leaf.value is not None and leaf.kind != "connection":
        label = leaf.asked.label
        yield label[:1].upper() + label[1:], f"{say(leaf, leaf.value)}, {_days(leaf)}"
        if leaf.normal is not None:
            times = f"; this is {leaf.value / leaf.normal:.1f} times that" if leaf.normal else ""
            yield "Normal", f"{say(leaf, leaf.normal)}{times}"
        elif leaf.threshold is not None:
            yield "Limit", say(leaf, leaf.threshold)
        if leaf.sessions is not None:
            yield _counted(leaf, evaluation.site_sessions)
            if leaf.left_out:
                yield "Left out", f"{leaf.left_out:,} of them, whose number is one that cannot be or did not come"
        if leaf.without is not None:
            yield "Left out", leaf.without
    yield "Since", _since(incident)
    if leaf is not None and leaf.p is not None:
        yield "How sure", _how_sure(leaf.p)
    if quality is not None:
        yield "Data", _data(quality)


def _counted(leaf: Evidence, site_sessions: int | None) -> tuple[str, str]:
    """What the window holds, the sessions of the site first where every date tells them; else visits, and that they are such."""
    family = leaf.asked.family
    many = counted_in(family)
    if family == "business" and site_sessions is not None:
        return "Sessions of the whole site", f"{site_sessions:,}; they made {leaf.sessions or 0:,} {many}"
    of_site = " of the whole site" if family == "site" else ""
    return f"{many[:1].upper()}{many[1:]}{of_site}", f"{leaf.sessions or 0:,}"


def _days(leaf: Evidence) -> str:
    return f"on {leaf.to_date}" if leaf.from_date == leaf.to_date else f"{leaf.from_date} to {leaf.to_date}"


def _since(incident: Incident) -> str:
    days = (incident.last_fired_on - incident.opened_on).days + 1
    return f"{incident.opened_on}" + (f", {days} days" if days > 1 else "")


def _how_sure(p: float) -> str:
    """A chance as a frequency; what is smaller than a millionth is beyond what any model of visitors can promise."""
    return f"with nothing changed such a day comes once in {f'{1 / p:,.0f}' if p > 1e-6 else 'more than a million'}"


def _data(quality: Quality) -> str:
    days = (quality.to_date - quality.from_date).days + 1
    said = [f"{quality.days_with_data} of {days} days" if days > 1 else "1 day" if quality.days_with_data else "no data"]
    said += [
        f"{count} {word}"
        for count, word in (
            (quality.recovered, "recovered from longer answers"),
            (quality.shifted, "not aligned with midnight"),
            (quality.truncated, "cut at 1,000 rows"),
        )
        if count
    ]
    if len(said) == 1 and quality.days_with_data:
        said.append("all whole and aligned")
    share = "" if quality.covered_share is None else f", {quality.covered_share:.0%} of the visits told"
    return ", ".join(said) + share


def _weak_dates(evaluation: Evaluation) -> Iterator[str]:
    """What to know of the dates of any leaf, each once."""
    yield from dict.fromkeys(leaf.caveat for leaf in evaluation.evidence if leaf.caveat)


def _weak_numbers(leaf: Evidence) -> Iterator[str]:
    if leaf.kind == "connection":
        return
    if leaf.left_out:
        yield f"{leaf.left_out:,} sessions are left out, whose number is one that cannot be or did not come"
    if leaf.sessions is not None and leaf.sessions < FEW_SESSIONS and leaf.kind in ("threshold", "change"):
        yield f"it rests on {leaf.sessions:,} {counted_in(leaf.asked.family)}, where a handful of visitors decides"
    metric = leaf.asked
    counts_events = metric.kind == "count" and metric.unit in ("clicks", "events")
    if counts_events and leaf.value is not None and leaf.value < ONE_VISITORS_CLICKS:
        yield "one visitor can make so many clicks"


def _weak_data(quality: Quality | None) -> Iterator[str]:
    if quality is None:
        return
    days = (quality.to_date - quality.from_date).days + 1
    if quality.days_with_data < days:
        yield f"{days - quality.days_with_data} of {days} days have no data"
    if quality.truncated:
        yield "Clarity cut the answer, and what is missing is not like what is there"
    if quality.recovered:
        yield "a recovered day is a difference of two answers and errs by a percent or two"
    if quality.shifted:
        yield "a day that was fetched late holds hours of the next one"

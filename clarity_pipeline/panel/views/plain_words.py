"""Sentences of the engine for a browser: names of measures and lanes in words, dates as people write them, no commands. Pure.

The command line and messages say `clarity_rage_click_sessions`, since that is what a rule's file says; whoever reads a page has
written no file. What strangers wrote (campaigns, pages) is not touched: only names that the package itself gives are known here.
"""

import re
from collections.abc import Mapping
from datetime import date

from clarity_pipeline.panel.views.wording import LANES, day
from clarity_pipeline.rules.language.metric import METRICS, PLACES, metric_of
from clarity_pipeline.trust.codes import CODE

_NAME = re.compile(r"(?<![\w./=\"'-])(?:(?:url_)?clarity_[a-z0-9_]+|(?:entity|experiment)\.[a-z][a-z0-9_]*)")
_DATE = re.compile(r"(?<![\w./=\"'-])(\d{4})-(\d\d)-(\d\d)(?![\w/\"'-]|\.\w)")
_KINDS: Mapping[str, str] = {"new_connection": "a new connection", "consent_missing": "consent is missing"} | {
    "tracking_gap": "a gap in the tracking",
    "bot_share": "many bots",
    "site_host": "another site",
}
_CODES: Mapping[str, str] = {**{code: code.replace("_", " ") for code in CODE}, **_KINDS, **LANES}
_CODE = re.compile(r"(?<![\w./=\"'-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w/\"'-]|\.\w)")
"""None of the three is part of an address, nor of what stands in quotes: that is somebody's own."""
_COMMANDS = (
    (re.compile(r"Needs `clarity-pipeline entities import`"), "Needs imported ads"),
    (re.compile(r" \(`clarity-pipeline [^`]*`\)"), ""),
    (re.compile(r"(?<=[.!?]) `clarity-pipeline [^`]*`[^.;]*[.;]?"), ""),
    (re.compile(r"[;:,] `clarity-pipeline [^`]*`[^.;]*"), ""),
    (re.compile(r"Measured on the fake Clarity"), "Measured on simulated sites"),
    (re.compile(r"On from the first `connect` on\."), "On since the first business was connected."),
)


def in_words(text: str | None) -> str:
    """The sentence without a code name or a command; empty for none."""
    said = text or ""
    for command, instead in _COMMANDS:
        said = command.sub(instead, said)
    said = _CODE.sub(lambda found: _CODES.get(found[0], found[0]), _NAME.sub(_measure, said))
    return _DATE.sub(_day, said.replace("`", ""))


def _measure(found: re.Match[str]) -> str:
    name = found[0]
    if name in METRICS or "." in name:
        return metric_of(name).label
    prefix = max((each.prefix for each in PLACES.values() if name.startswith(each.prefix)), key=len, default="")
    return name.removeprefix(prefix).replace("_", " ")


def _day(found: re.Match[str]) -> str:
    try:
        return day(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]

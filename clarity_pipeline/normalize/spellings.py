"""One thing in several spellings: what a source, medium, campaign or country that was sent stands for. Pure.

Called by `warehouse.spellings`. `clarity_daily_metrics` keeps values as sent, after the masker; the marts add up by what this
makes of them. The mapping is published as `clarity_value_spellings`, so that anybody can see and undo it. Nothing is guessed:
`fb` is not folded into `facebook`.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from clarity_pipeline.normalize.country_names import country_named

Folded = Literal["source", "medium", "campaign", "country"]
"""The dimensions that are folded; a channel is Clarity's own word, a page has rules of its own."""

FOLDED: tuple[Folded, ...] = ("source", "medium", "campaign", "country")

Reason = Literal["spelling", "country_name", "empty", "placeholder"]
"""Another way to write it; another name of the country; no value at all; a template that no ad tool filled in."""

SPELLINGS_VERSION = 1
"""Rises with every change of what a value means: files of before are then mapped anew, and their marts made anew."""

PLACEHOLDER = "(unfilled placeholder)"
"""What stands in the marts for every template that reached Clarity unfilled."""

_EMPTY = frozenset({"", "(not set)", "(none)", "(not provided)"})
_SLIPS = frozenset({"undefined", "null", "nan", "none", "[object object]", "[object undefined]"})
_TEMPLATE = re.compile(
    r"""
      \{\{.*\}\} | \{\{.*\} | \{[a-z][a-z0-9_.:]*\} | \$\{.*\} | \#\{.*\}   # {{campaign.name}}, {campaignid}, ${name}, #{name}
    | %%.+%% | __[a-z][a-z0-9_]*__ | \[\[.+\]\] | <%.*%> | \$\$.+\$\$       # %%campaign%%, __CAMPAIGN_NAME__, [[name]], <%= x %>
    """,
    re.VERBOSE | re.IGNORECASE,
)
_MOST_DECODED = 3


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value stands for (None: nothing was sent), and why it is not simply itself (None: it is)."""

    value: str | None
    reason: Reason | None = None

    @property
    def key(self) -> str | None:
        """Equal for values that differ in case alone."""
        return None if self.value is None else self.value.casefold()


def meaning(dimension: Folded, value: str) -> Meaning:
    """What `value` of `dimension` stands for; a source or medium in small letters, as UTM tags are read by most tools."""
    text = _decoded(value)
    if text.casefold() in _EMPTY:
        return Meaning(None, "empty")
    if is_placeholder(text):
        return Meaning(PLACEHOLDER, "placeholder")
    if dimension == "country":
        name = country_named(text)
        if name is None:
            return Meaning(None, "empty")
        return Meaning(name, None if name == value else "country_name")
    if dimension != "campaign":
        text = text.lower()
    return Meaning(text, None if text == value else "spelling")


def is_placeholder(text: str) -> bool:
    """Whether a template or a programming slip stands where a value should; also for one segment of a path."""
    return text.casefold() in _SLIPS or _TEMPLATE.fullmatch(text) is not None


def is_template(value: str) -> bool:
    """Whether `meaning` calls it a placeholder, in any dimension."""
    return is_placeholder(_decoded(value))


def _decoded(value: str) -> str:
    """Without URL encoding, however often it was put on, in composed Unicode, with single spaces inside and none around."""
    text = value
    if " " not in text:
        text = text.replace("+", " ")  # in a value that holds a real space a plus is a plus
    for _ in range(_MOST_DECODED):
        decoded = unquote(text, errors="replace")
        if decoded == text or "\ufffd" in decoded:
            break
        text = decoded
    return " ".join(unicodedata.normalize("NFC", text).split())

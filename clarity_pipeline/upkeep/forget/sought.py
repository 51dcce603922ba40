"""What a person wants forgotten, and how it may be written: a value, or a page.

A value is found in whatever case it stands, percent-encoded once or twice, with `+` for a blank, and as JSON escapes it; so is
each letter by itself, since no two systems encode the same ones. The same expression is asked of Python and of DuckDB.
"""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from clarity_pipeline.errors import ClarityPipelineError

FORGOTTEN = ":forgotten"
"""What stands in the place of a value, and of a page's path."""

_FEWEST_LETTERS = 4
_FEWEST_DIGITS = 6
_LONGEST = 500


class NotSought(ClarityPipelineError):
    """What is given would be found in what belongs to nobody, or can be found nowhere."""

    reason = "not_sought"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: `expression` is of the syntax that Python's `re` and RE2 share, to be used without regard to case."""

    expression: str
    replacement: str

    def is_in(self, text: str) -> bool:
        """Whether it stands somewhere in a text."""
        return self._pattern.search(text) is not None

    def taken_out(self, text: str) -> tuple[str, int]:
        """The text with FORGOTTEN in each of its places, and how many these are."""
        return self._pattern.subn(self.replacement, text)

    @property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.expression, re.IGNORECASE)  # which `re` keeps


def value_sought(value: str) -> Sought:
    """Text of a person's: an e-mail address, a name, an id of theirs. Raises `NotSought` where it is too short to be one."""
    text = value.strip()
    if len(text) > _LONGEST or "\n" in text:
        raise NotSought(f"give one value of at most {_LONGEST} letters")
    if len(text) < _FEWEST_LETTERS or (text.isdigit() and len(text) < _FEWEST_DIGITS):
        raise NotSought(
            f"a value of fewer than {_FEWEST_LETTERS} letters, or {_FEWEST_DIGITS} digits, stands in what belongs to nobody:"
            " give the whole of it"
        )
    return Sought(_either_form(text), FORGOTTEN)


def page_sought(url: str) -> Sought:
    """A page by its address, whatever query or fragment follows it, which stays: tuples of an answer are told apart by it.

    Raises `NotSought` where it has no host or no path.
    """
    parts = urlsplit(url.strip())
    path = unquote(parts.path).rstrip("/")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not path or len(url) > _LONGEST:
        raise NotSought("give the page's whole address, such as https://www.acme.example/customers/ann; a site has no command")
    asked = _either_form(f"?{unquote(parts.query)}") if parts.query else ""
    port = rf"(?::{parts.port})?" if parts.port else r"(?::\d+)?"
    host = rf"(https?:\\?/\\?/{re.escape(parts.hostname)}{port})"
    rest = r"([/?#;&][^\"\\\s<>]*)?" if asked else r"(/?[?#;][^\"\\\s<>]*|/)?"
    return Sought(rf"{host}{_either_form(path)}{asked}{rest}($|[\"\\\s<>,)\]'])", rf"\g<1>/{FORGOTTEN}\g<2>\g<3>")


def _either_form(text: str) -> str:
    """With accents as letters of their own, or as marks behind a letter."""
    forms = dict.fromkeys(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    return f"(?:{'|'.join(''.join(map(_letter, form)) for form in forms)})"


def _letter(letter: str) -> str:
    """Each way to write a letter: itself, its bytes behind `%` or `%25`, and JSON's escapes."""
    ways = [re.escape(letter)]
    for case in dict.fromkeys((letter, letter.lower(), letter.upper())):
        ways.append("".join(rf"%(?:25)?{byte:02x}" for byte in case.encode()))
        units = case.encode("utf-16-be")
        ways.append("".join(rf"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)))
    if letter == " ":
        ways.append(r"\+")
    if letter in '/"\\':
        ways.append(rf"\\{re.escape(letter)}")
    return f"(?:{'|'.join(dict.fromkeys(ways))})"

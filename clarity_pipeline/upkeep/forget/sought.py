"""What a person wants forgotten, and how it may be written: a value, or a page.

A value is found in whatever case it stands, percent-encoded once or twice, with `+` for a blank, and as JSON escapes it; so is
each letter by itself, since no two systems encode the same ones. The same expression is asked of Python and of DuckDB.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlsplit

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.page_url import page_url

FORGOTTEN = ":forgotten"
"""What stands in the place of a value, and of a page's path."""

_FEWEST_LETTERS = 4
_FEWEST_DIGITS = 6
_LONGEST = 500
_PARTS = re.compile(r"^(\w+:\\?/\\?/[^/?#\\]*)[^?#]*(.*)$", re.DOTALL)


class NotSought(ClarityPipelineError):
    """What is given would be found in what belongs to nobody, or can be found nowhere."""

    reason = "not_sought"


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: `expression` is of the syntax that Python's `re` and RE2 share, to be used without regard to case."""

    expression: str
    replacement: str
    page: str | None = None
    """The address of a page, whose other spellings (`/a/index.html` for `/a`) a business's own settings tell (`of_page`)."""

    def is_in(self, text: str) -> bool:
        """Whether it stands somewhere in a text."""
        return self._pattern.search(text) is not None

    def taken_out(self, text: str) -> tuple[str, int]:
        """The text with FORGOTTEN in each of its places, and how many these are."""
        return self._pattern.subn(self.replacement, text)

    def may_be_in(self, text: str) -> bool:
        """Whether a text is worth to be looked at piece by piece."""
        return self.is_in(text) or (self.page is not None and str(urlsplit(self.page).hostname) in text.casefold())

    def of_page(self, pages: PageIdentity) -> Callable[[str], bool]:
        """Whether an address is of the page by what a business means by one.

        Never where masks make one page of many people's: then an address is the one that was given, or it is another.
        """
        if self.page is None:
            return lambda _: False
        names = frozenset(name for name, _ in parse_qsl(urlsplit(self.page).query, keep_blank_values=True))
        apart = replace(pages, kept_parameters=names, keep_path_ids=True)
        asked = page_url(self.page, apart)
        if ":" in urlsplit(asked).path or not asked.startswith("https://"):
            return lambda _: False
        return lambda url: page_url(url, apart) == asked

    def without_path(self, url: str) -> str:
        """The address of a page with FORGOTTEN for its path, and as much of what follows as does not tell it."""
        whole = urlsplit(self.page or "")
        rest = "" if whole.query or whole.fragment else r"\g<2>"
        return _PARTS.sub(rf"\g<1>/{FORGOTTEN}{rest}", url, count=1)

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
    asked += _either_form(f"#{unquote(parts.fragment)}") if parts.fragment else ""
    port = rf"(?::{parts.port})?" if parts.port else r"(?::\d+)?"
    host = rf"(https?:\\?/\\?/{re.escape(parts.hostname)}{port})"
    rest = r"([/?#;&][^\"\\\s<>]*)?" if asked else r"(/?[?#;][^\"\\\s<>]*|/)?"
    kept = unquote(urlsplit(page_url(url.strip(), PageIdentity(keep_path_ids=True))).path).rstrip("/")  # how rows have it
    paths = "|".join(map(_either_form, dict.fromkeys([path, *([kept] if kept and ":" not in kept else [])])))
    expression = rf"{host}(?:{paths}){asked}{rest}($|[\"\\\s<>,)\]'])"
    return Sought(expression, rf"\g<1>/{FORGOTTEN}\g<2>\g<3>", page=url.strip())


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

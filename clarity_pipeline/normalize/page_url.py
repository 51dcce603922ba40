"""The page behind a raw URL, by what its business means by a page: the spelling that rows are joined and added up under.

`urls.canonical_url` does what is right for every site, and masks; settings of the business (`PageIdentity`) fold or keep more.
Called by `tuples`, by the lists of the totals, and for addresses that people name. Pure, idempotent; never raises.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from urllib.parse import quote, unquote_to_bytes

from clarity_pipeline.normalize.hosts import is_of_somebody, is_proxy
from clarity_pipeline.normalize.mask import masked_path
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.urls import canonical_url, host_of

OTHER_HOSTS = "(other hosts)"
NO_WEB_PAGE = "(no web page)"

_PARTS = re.compile(r"(https://[^/]+)([^?]*)(\?.*)?", re.DOTALL)
_ALWAYS_INDEX = ("index.html", "index.php")
_NO_PAGE_OF_ITS_OWN = "https://route.invalid"
"""A route is spelt as the path of an address is, on a host that is taken off again."""

_OPEN, _CLOSE = r"(?:\(|%28)", r"(?:\)|%29)"
_SESSION_IDS = re.compile(
    r"(?:;|%3B)(?:jsessionid|phpsessid|aspsessionid[a-z]*|session_?id|sid|cfid|cftoken)(?:=|%3D)(?:(?!;|%3B)[^/])*"
    rf"|/{_OPEN}(?:[a-z]{_OPEN}[a-z0-9_-]*{_CLOSE})+{_CLOSE}(?=/|$)",
    re.ASCII | re.IGNORECASE,
)
"""Of Java, PHP, ColdFusion; and of ASP.NET without cookies, which makes a folder of it: `/(S(lit3py55t21z5v55vlm25s55))/a`."""

_LETTERS = re.compile(r"%[0-7][0-9A-F]|(?:[^%]|%[89A-F][0-9A-F])+", re.DOTALL)
"""An encoded ASCII character, which stays as it is, or a run of anything else."""

_SAFE = "/-._~!$&'()*+,;=:@"


def page_url(raw: str, pages: PageIdentity) -> str:
    """The page's one address; `(other hosts)` and `(no web page)` where such addresses are grouped."""
    canonical = partial(canonical_url, kept_parameters=pages.kept_parameters, keep_path_ids=pages.keep_path_ids)
    if pages.is_plain:
        return canonical(raw)
    if raw in (OTHER_HOSTS, NO_WEB_PAGE):
        return raw
    sent, hash_mark, fragment = raw.strip().partition("#")
    if pages.drop_session_ids:
        sent = _without_session_ids(sent)
    url = canonical(sent + hash_mark + fragment)
    parts = _PARTS.fullmatch(url)
    host = host_of(url)
    if parts is None or host is None:
        return NO_WEB_PAGE if pages.non_web == "grouped" else url
    if pages.other_hosts == "grouped" and is_other_host(host, pages):
        return OTHER_HOSTS
    route = _route(fragment, pages, canonical) if pages.hash_routes else ""
    return parts[1] + _path(parts[2], pages, sent=sent.partition("?")[0]) + (parts[3] or "") + route


def is_other_host(host: str, pages: PageIdentity) -> bool:
    """Whether visits of a host are not the business's; while nobody knows its site, whether they are nobody's site's."""
    return not pages.owns(host) if pages.site_hosts else is_proxy(host) or not is_of_somebody(host)


def route_of(fragment: str) -> tuple[str, str] | None:
    """`("", "/pricing")` of `/pricing`, `("!", "/help")` of `!/help`, what an application's router writes; None of an anchor."""
    bang = fragment[:1] == "!"
    rest = fragment[bang:]
    if not (rest.startswith("/") or (bang and rest)):
        return None
    return "!" * bang, "/" + rest.lstrip("/")


def _route(fragment: str, pages: PageIdentity, canonical: Callable[[str], str]) -> str:
    found = route_of(fragment)
    if found is None:
        return ""
    bang, sent = found
    parts = _PARTS.fullmatch(canonical(_NO_PAGE_OF_ITS_OWN + sent))
    if parts is None:
        return ""
    route = _path(parts[2], pages, sent=re.split("[?#]", sent)[0]) + (parts[3] or "")
    return "" if route == "/" else f"#{bang}{route}"


def _path(path: str, pages: PageIdentity, *, sent: str) -> str:
    """A canonical path by the settings; `sent` is the path as it came, which alone says whether it ended with a slash."""
    if pages.fold_double_slashes:
        path = re.sub("/{2,}", "/", path)
    if pages.compose_accents:
        path = _LETTERS.sub(partial(_changed, lambda text: unicodedata.normalize("NFC", text)), path)
    if pages.lower_case_paths:
        path = masked_path(_lower(path), pages.keep_path_ids)
    path = path.rstrip("/")
    has_slash = sent.endswith("/") or sent.rpartition("/")[2] in _ALWAYS_INDEX
    while path and _is_index(path.rpartition("/")[2], pages.index_files):
        path, has_slash = path[: path.rindex("/")].rstrip("/"), True
    path = _patterned(path, tuple(map(_lower, pages.path_patterns)) if pages.lower_case_paths else pages.path_patterns)
    return f"{path}/" if pages.keep_trailing_slash and has_slash else path or "/"


def _without_session_ids(sent: str) -> str:
    path, question_mark, query = sent.partition("?")
    before = None
    while path != before:
        before, path = path, _SESSION_IDS.sub("", path)
    return path + question_mark + query


def _lower(path: str) -> str:
    return _LETTERS.sub(partial(_changed, str.lower), path)


def _changed(change: Callable[[str], str], found: re.Match[str]) -> str:
    """Letters that may be percent-encoded, changed and encoded again; what is no UTF-8 stays."""
    if found[0].startswith(tuple(f"%{digit}" for digit in range(8))):
        return found[0]
    try:
        text = unquote_to_bytes(found[0]).decode("utf-8")
    except UnicodeDecodeError:
        return found[0]
    return quote(change(text), safe=_SAFE)


def _is_index(name: str, given: tuple[str, ...]) -> bool:
    """The two that go from every site go as they are written; those that a person named in any case, as their servers do."""
    return name in _ALWAYS_INDEX or any(name.casefold() == each.casefold() for each in given)


def _patterned(path: str, patterns: tuple[str, ...]) -> str:
    """The pattern that the path fits, the most exact first; else the path."""
    return next((pattern for pattern, fits in _compiled(patterns) if fits.fullmatch(path)), path) if patterns else path


@lru_cache(1024)
def _compiled(patterns: tuple[str, ...]) -> list[tuple[str, re.Pattern[str]]]:
    """Of two that fit, the one with fewer wild parts comes first; a `*` is wilder than any name."""

    def wildness(pattern: str) -> tuple[bool, int, str]:
        return pattern.endswith("*"), pattern.count("/:"), pattern

    return [(each, re.compile("/".join(map(_segment, each.split("/"))), re.DOTALL)) for each in sorted(patterns, key=wildness)]


def _segment(segment: str) -> str:
    if segment == "*":
        return ".+"
    return r"(?!\*(?:/|\Z))[^/]+" if segment.startswith(":") else re.escape(segment)

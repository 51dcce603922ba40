"""One page, one spelling: the URL that rows are joined and added up under, and the raw URL made fit to keep.

Clarity sends URLs as the browser had them: one `/lp` came as 520 rows through click ids, with addresses and tokens of visitors in
queries (`docs/clarity-api.md#urls`). So nothing of a query is kept that the business has not listed, in no column, and what
could name a visitor in a path or in a kept value is `:id` (`mask`). The host is the site's own and stays.

Called by `page_url` for each raw address. Pure; never raises, whatever a stranger typed; `canonical_url` is idempotent.
"""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import unquote

import idna

from clarity_pipeline.normalize.mask import masked_part, masked_path
from clarity_pipeline.normalize.masks.addresses import is_document, masked_address

_WEB = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.ASCII | re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(?:.*@)?(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::([0-9]{0,5}))?", re.DOTALL)
_DOMAIN = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z0-9_-]{1,63}|localhost")
_LONGEST_HOST = 253
_DROPPED_PORTS = {("https", 443), ("http", 80), ("http", 443)}  # the third, since http is folded to https

_TRIPLET_OR_UNSAFE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_INDEX_PAGES = ("/index.html", "/index.php")

_USERINFO = re.compile(r"\A((?:[a-z][a-z0-9+.-]*:[/\\]*|//))(?:[^/\\?#]*@[/\\]*)+", re.ASCII | re.IGNORECASE)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,40}")
_MASK = "***"


def canonical_url(raw: str, *, kept_parameters: frozenset[str], keep_path_ids: bool = False) -> str:
    """The page behind a raw URL.

    Scheme and host are lower case, the host in IDNA, `http` folded to `https`; default port, userinfo and fragment go; so do
    a trailing slash (the root keeps its one: `https://host/`), `index.html` and `index.php`, dot segments, and every query
    parameter outside `kept_parameters`; percent-encoding is normal (`%7e` is `~`, `%c3` is `%C3`, `é` is `%C3%A9`, a stray `%` is
    `%25`). The case of the path and `www.` stay. Addresses, long numbers and tokens in the path are `:id`; with `keep_path_ids`
    only what always names somebody is.

    What is no web address (`https://Electron`, `android-app://...`, `(not set)`) passes through trimmed; only a query, a
    fragment and userinfo are taken from it as from any other.
    """
    text, sent = raw.strip(), None
    while text != sent:
        sent = text
        if (web := _WEB.fullmatch(sent)) and (authority := _authority(web[1].lower(), web[2])):
            return (
                f"https://{authority}{masked_path(_path(web[3]), keep_path_ids)}{_query(web[4], kept_parameters, keep_path_ids)}"
            )
        head, _, query = sent.partition("#")[0].partition("?")
        head = masked_address(_USERINFO.sub(r"\1", head), keep_path_ids)
        text = (head + _query(query, kept_parameters, keep_path_ids)).strip()  # what is left can be a web address
    return text


def host_of(raw: str) -> str | None:
    """The host of a raw URL in its one spelling, without its port; None where it is no address on the web."""
    web = _WEB.fullmatch(raw.strip())
    authority = _authority(web[1].lower(), web[2]) if web else None
    return None if authority is None else re.sub(r":[0-9]+\Z", "", authority)


def mask_query(raw: str, kept_parameters: frozenset[str], keep_path_ids: bool = False) -> str:
    """The raw URL with `***` for each value that is not for keeping: parameters outside the list, fragment, userinfo.

    What could name a visitor in the path or in a kept value is `:id`.

    Names of parameters stay, so that it can be seen what split a page into rows; a name that does not look like one is a value.
    """
    if is_document(raw):
        return masked_address(raw, keep_path_ids)
    rest, hash_mark, fragment = raw.partition("#")
    head, question_mark, query = rest.partition("?")
    parameters = "&".join(_masked(parameter, kept_parameters, keep_path_ids) for parameter in query.split("&"))
    anchor = hash_mark + (_MASK if fragment else "")
    return masked_address(_USERINFO.sub(rf"\1{_MASK}@", head), keep_path_ids) + question_mark + parameters + anchor


@lru_cache(4096)
def _authority(scheme: str, sent: str) -> str | None:
    """Host and port in their one spelling, or None when this is no address on the web."""
    parts = _AUTHORITY.fullmatch(sent)
    if parts is None:
        return None
    host = _host(parts[1])
    port = int(parts[2]) if parts[2] else None
    if host is None or (port is not None and port > 65535):
        return None
    return host if port is None or (scheme, port) in _DROPPED_PORTS else f"{host}:{port}"


def _host(sent: str) -> str | None:
    if sent.startswith("["):
        try:
            return f"[{ipaddress.IPv6Address(sent[1:-1]).compressed}]"
        except ValueError:
            return None
    if len(sent) > _LONGEST_HOST:
        return None
    try:
        host = sent.lower() if sent.isascii() else idna.encode(sent, uts46=True).decode("ascii")
    except UnicodeError:
        return None
    host = host.removesuffix(".")
    return host if _DOMAIN.fullmatch(host) else None


def _path(sent: str) -> str:
    path = _normal(sent)
    if "/." in path:
        path = _without_dot_segments(path)
    path = path.rstrip("/")
    while path.endswith(_INDEX_PAGES):
        path = path[: path.rindex("/")].rstrip("/")
    return path or "/"


def _without_dot_segments(path: str) -> str:
    segments: list[str] = []
    for segment in path.split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    return "/" + "/".join(segments)


def _query(sent: str | None, kept_parameters: frozenset[str], keep_path_ids: bool) -> str:
    """The kept parameters, sorted by name; the order among those of one name can mean something and stays."""
    if not sent or not kept_parameters:
        return ""
    pairs = [_normal(parameter).partition("=")[::2] for parameter in sent.split("&")]
    kept = sorted((pair for pair in pairs if unquote(pair[0]) in kept_parameters), key=lambda pair: pair[0])
    return "?" + "&".join(f"{name}={masked_part(value, keep_path_ids)}" for name, value in kept) if kept else ""


def _normal(text: str) -> str:
    """Percent-encoding in its one spelling (RFC 3986, 6.2.2); a stray `%` is encoded, which keeps this idempotent."""
    return _TRIPLET_OR_UNSAFE.sub(_normal_letter, text)


def _normal_letter(found: re.Match[str]) -> str:
    text = found[0]
    if len(text) == 3:
        letter = chr(int(text[1:], 16))
        return letter if letter in _UNRESERVED else text.upper()
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))


def _masked(parameter: str, kept_parameters: frozenset[str], keep_path_ids: bool) -> str:
    name, equals, value = parameter.partition("=")
    if not parameter or unquote(name) in kept_parameters:
        return name + equals + masked_part(value, keep_path_ids)
    is_name = _PLAIN_NAME.fullmatch(name) and masked_part(name) == name and value.strip("=")  # nothing after it: a bare token
    return (name if is_name else _MASK) + (f"={_MASK}" if equals else "")

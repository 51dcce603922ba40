"""Folders of a person's own machine: in addresses of local files, and where a path of a machine stands in a text.

Called by `mask` for texts, by `addresses` for those that begin with `file:`. Pure. A page that somebody saved or opened from a
disk reports its path, and with it the name that its owner logs in by. Of such an address the drive, folders that every machine
has and the name of the file stay; any other folder is `:id`, and the owner's name is taken out of the file's name as well.
"""

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

_EVERYWHERE = """
    users, home, documents and settings, desktop, documents, downloads, pictures, music, videos, movies, library, onedrive,
    dropbox, appdata, local, roaming, temp, tmp, var, private, mnt, media, volumes, storage, emulated, sdcard, download, android,
    data, opt, usr, www, html, htdocs, public_html, xampp, wamp64, wamp, inetpub, wwwroot, localhost, windows, system32,
    program files, applications, containers, android_asset, android_res, :id
"""
_KNOWN = frozenset(name.strip() for name in _EVERYWHERE.split(","))
_OF_PEOPLE = frozenset({"users", "home", "homes", "documents and settings", "profiles", "people", "user"})
_OF_EVERYBODY = frozenset({"public", "shared", "default", "all users"})

_LOCAL = re.compile(r"((?:view-source:|filesystem:)?file:)(.*)", re.IGNORECASE | re.DOTALL)
_DRIVE = re.compile(r"[A-Za-z][:|]")
_SEPARATOR = re.compile(r"([/\\]+)")
_FILE_NAME = re.compile(
    r".+\.(?:[xs]?html?|mht|mhtml|pdf|php|aspx?|jsp|txt|svg|xml|js|css|md|epub|docx?|xlsx?|pptx?|png|jpe?g|gif|zip)", re.I
)
_MACHINE_PATH = re.compile(
    r"(?:file:[/\\]+|(?<![A-Za-z0-9])[A-Za-z]:[/\\]|(?<![\w\\])\\\\[\w.$-]+\\)[^\"<>|\r\n]*"
    r"|(?<![\w.])/(?:Users|home)/[^/\"<>|\r\n]+/(?:Desktop|Documents|Downloads|Library|Pictures|Dropbox|OneDrive|\.[a-z])[^\"<>|\r\n]*",
    re.IGNORECASE,
)
_IS_SUSPECT = re.compile(r"file:|[A-Za-z]:[/\\]|\\\\|/(?:users|home)/", re.IGNORECASE)
_MAY_HOLD = re.compile(r"[:\\]|%(?:25)*(?:3a|5c)|^/+(?:users|home)/", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]{3,}")


def without_homes(text: str, mask: str) -> str:
    """A text with `mask` for the folders in each path of a machine."""
    return _MACHINE_PATH.sub(lambda found: _masked_path(found[0], mask), text) if _IS_SUSPECT.search(text) else text


def is_local(address: str) -> bool:
    """Whether this is the address of a file on somebody's machine."""
    return _LOCAL.match(address) is not None


def local_address(address: str, mask: str) -> str:
    """A `file:` address without query, percent-encoded or not, with `mask` for the host, the folders and names in it."""
    return _encoded(address, lambda seen: _masked_path(seen, mask))


def address_without_homes(address: str, mask: str) -> str:
    """Any other address or path, with `mask` for the folders of a machine's path in it."""
    return _encoded(address, lambda seen: without_homes(seen, mask)) if _MAY_HOLD.search(address) else address


def _encoded(address: str, change: Callable[[str], str]) -> str:
    """Changed as it reads, and encoded once where something was changed."""
    seen = address
    while "%" in seen and (before := unquote(seen)) != seen:
        seen = before
    changed = change(seen)
    return address if changed == seen else quote(changed, safe=":/\\@!$'()*,;|[]&+=~")


def _masked_path(path: str, mask: str) -> str:
    local = _LOCAL.fullmatch(path)
    head, rest = (local[1], local[2]) if local else ("", path)
    parts = _SEPARATOR.split(rest)
    *folders, last = parts[0::2]
    owners: set[str] = set()
    shown: list[str] = []
    before = ""
    for folder in folders:
        is_owner = _plain(before) in _OF_PEOPLE and _plain(folder) not in _OF_EVERYBODY and folder
        if is_owner:
            owners.add(_plain(folder))
        shown.append(mask if is_owner or not _is_known(folder) else folder)
        before = folder
    is_file = _FILE_NAME.fullmatch(last) or _is_known(last)
    shown.append(_without(last, owners, mask) if is_file else mask)
    text = shown[0]
    for separator, folder, previous in zip(parts[1::2], shown[1:], shown, strict=False):
        if not folder == previous == mask:
            text += separator + folder
    return head + text


def _is_known(folder: str) -> bool:
    return not folder.strip(".") or _plain(folder) in _KNOWN | _OF_EVERYBODY or _DRIVE.fullmatch(folder) is not None


def _plain(folder: str) -> str:
    return folder.casefold().rstrip("$")


def _without(name: str, owners: set[str], mask: str) -> str:
    """The name of a file without the words that its owner's name is made of."""
    words = {word for owner in owners for word in _WORD.findall(owner)} - {"html", "index", mask.strip(":")}
    return _WORD.sub(lambda found: mask if found[0].casefold() in words else found[0], name) if words else name

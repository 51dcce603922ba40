"""Addresses before their query, of any scheme, with what could name a visitor masked. Called by `urls`. Pure.

Of a web address only the path is looked at: its host is the site's own. A `data:` or `javascript:` address is a document or a
program itself, of which nothing is kept but the kind. `file:` addresses name the owner of a machine (`home_folders`). The host of
`moz-extension://` is drawn anew for each installation, and so is a visitor's; that of `chrome-extension://` is the extension's.
"""

import re

from clarity_pipeline.normalize.mask import MASK, masked_part, masked_path
from clarity_pipeline.normalize.masks.home_folders import address_without_homes, is_local, local_address

_DOCUMENT = re.compile(r"(data:)([a-z]{1,20}/[a-z0-9.+-]{1,60})?.*|((?:java|vb)script:).*", re.IGNORECASE | re.DOTALL)
_HEAD = re.compile(r"((?:([a-z][a-z0-9+.-]*):)?[/\\]{2})([^/\\]*)(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
_HOSTS_OF_NOBODY = frozenset({"http", "https", "chrome-extension", "extension", "edge-extension", "android-app", "ios-app"})


def is_document(address: str) -> bool:
    """Whether the address is the document, or the program, itself."""
    return _DOCUMENT.match(address) is not None


def masked_address(head: str, keep_ids: bool) -> str:
    """The address with `:id` in it; without a scheme and a host all of it is path."""
    if document := _DOCUMENT.fullmatch(head):
        return f"{document[3]}{MASK}" if document[3] else f"{document[1]}{document[2] or ''},{MASK}"
    if is_local(head):
        return local_address(head, MASK)
    parts = _HEAD.fullmatch(head)
    if parts is None:
        return masked_path(address_without_homes(head, MASK), keep_ids)
    scheme = parts[2].lower() if parts[2] else None
    host = parts[3] if scheme in _HOSTS_OF_NOBODY or scheme is None else masked_part(parts[3], keep_ids)
    return f"{parts[1]}{host}{masked_path(address_without_homes(parts[4], MASK), keep_ids)}"

"""Addresses of pages as people read them: /k%C3%BCche is /küche. Pure; a filter of templates, where an address is text.

Decoded is what has one reading: letters, digits and marks beyond ASCII, and the signs of RFC 3986 that mean nothing special.
Encoded stays what would change what stands beside it: a slash or a blank of a path, control characters, and those that
turn the direction of text, with which an address looks like another one. What is no UTF-8 stays as it came.
"""

import re
from urllib.parse import quote

_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def readable_address(address: str) -> str:
    """The same page, decoded where that is safe; also what came undecoded and turns the direction is encoded."""
    decoded = _ENCODED.sub(lambda found: _decoded(found.group()), address)
    return "".join(each if each.isprintable() else quote(each) for each in decoded)


def _decoded(encoded: str) -> str:
    try:
        text = bytes.fromhex(encoded.replace("%", "")).decode()
    except UnicodeDecodeError:
        return encoded
    return "".join(
        each if each in _UNRESERVED or (not each.isascii() and each.isprintable()) else quote(each, safe="") for each in text
    )

"""The part of a row's key that stands for its dimensions: one hash for a combination of values, the same for ever.

Called by `normalize`; joined on by everything that compares a page with itself on another day. A test pins known hashes: a
change here would orphan every row that was ever loaded.
"""

import hashlib
import json
from collections.abc import Mapping

_canonical_json = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def dimension_hash(values: Mapping[str, str | None]) -> str:
    """Sha256, in hex, of the dimensions as canonical JSON: names sorted, no spaces, ASCII; null is a value of its own.

    The names are in it, so a null device and a null source differ and slices never collide; business and date are not, so it
    compares across both. The values are the canonical ones (`urls.canonical_url`).
    """
    return hashlib.sha256(_canonical_json(dict(values)).encode("ascii")).hexdigest()

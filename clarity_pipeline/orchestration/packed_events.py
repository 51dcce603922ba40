"""Events as text that takes a tenth of the room: packed with the words that nearly every event is made of. For `event_log`.

An event of Dagster's is 0.9 to 4 kB of JSON, of which 60 to 250 bytes say anything that the event before it did not.
`event_words.txt` has one of each kind, and deflate begins with it in its window. What was packed by these words can be read with
them alone, so the file never changes: other words are another prefix.
"""

import base64
import zlib
from functools import cache
from importlib.resources import files

_PREFIX = "z1:"
"""Of a text packed by the first words; JSON begins otherwise."""

_LEAST = 200
"""Characters; what is shorter stays as it is."""


def packed(text: str) -> str:
    """The text in less room, in letters, digits and signs of ASCII; as it is where there is nothing to gain."""
    if len(text) < _LEAST:
        return text
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS, memLevel=9, zdict=_words())
    return _PREFIX + base64.b85encode(packer.compress(text.encode()) + packer.flush()).decode()


def unpacked(stored: bytes) -> str:
    """What `packed` made of it, or the text itself: events of a release before are read as they are."""
    if not stored.startswith(_PREFIX.encode()):
        return stored.decode()
    opener = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=_words())
    return (opener.decompress(base64.b85decode(stored[len(_PREFIX) :])) + opener.flush()).decode()


@cache
def _words() -> bytes:
    return files("clarity_pipeline.orchestration").joinpath("event_words.txt").read_bytes()

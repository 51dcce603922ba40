"""Names of any script as plain letters: for short names that commands and files can have, and for a search that knows no accents.

Called by `listing` and the page that connects. Tables and method are anyascii's: character by character, so that a part of a name
stays a part of it.
"""

import re

from anyascii import anyascii

LONGEST_SHORT_NAME = 63


def short_name_of(name: str) -> str:
    """What a name would be called in commands and files: letters and digits of ASCII, joined by hyphens.

    Empty for a name of signs alone. 株式会社さくら is zhushihuishesakura, Ελλάς ellas.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", anyascii(name).lower())
    return plain.strip("-")[:LONGEST_SHORT_NAME].strip("-")


def searchable(text: str) -> str:
    """What a search compares: without case and accents, and in Latin letters; a text of signs alone stays as it is."""
    folded = text.casefold()
    return folded if folded.isascii() else anyascii(folded).casefold() or folded

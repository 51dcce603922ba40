"""Count which letter follows which in words of many languages, and print the table of `normalize.masks.letter_pairs`.

    .venv/bin/python -m benchmarks.letter_pairs FOLDER

FOLDER holds message catalogues as systems carry them for their programs (`<language>/LC_MESSAGES/*.mo`; Debian keeps them below
`/usr/share/locale`). Each word counts once a language, without accents; languages with fewer than 800 words are left out. Numbers
are half bits, as base 36. Half a minute; run by hand, since nobody's build has the same catalogues.
"""

import gettext
import math
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path
from string import ascii_lowercase

LEAST_WORDS = 800
UNSEEN = 20
"""Added to every pair, so that none is impossible."""

_SPELT = str.maketrans({"ß": "ss", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def words_by_language(folder: Path) -> dict[str, set[str]]:
    """Words of two letters and more, in ASCII; those of the source texts are English."""
    words: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.glob("*/LC_MESSAGES/*.mo")):
        language = re.split("[_@]", path.parts[-3])[0]
        try:
            with path.open("rb") as file:
                messages = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined] # noqa: SLF001 - no other way in
        except (OSError, LookupError, ValueError):
            continue
        for source, told in messages.items():
            for text, of in ((source, "en"), (told, language)):
                if isinstance(text, str):
                    found = (folded(word) for word in re.findall(r"[^\W\d_]{2,40}", text))
                    words[of].update(word for word in found if word.isascii() and word.isalpha())
    return {language: each for language, each in words.items() if len(each) >= LEAST_WORDS}


def folded(word: str) -> str:
    """In small letters, without accents."""
    spelt = unicodedata.normalize("NFKD", word.lower().translate(_SPELT))
    return "".join(letter for letter in spelt if not unicodedata.combining(letter))


def half_bits(pairs: Counter[str]) -> list[str]:
    """A row for each letter before, a column for each after."""
    rows = []
    for before in "^" + ascii_lowercase:
        total = sum(pairs[before + after] + UNSEEN for after in ascii_lowercase + "$")
        costs = [round(-2 * math.log2((pairs[before + after] + UNSEEN) / total)) for after in ascii_lowercase + "$"]
        rows.append("".join("0123456789abcdefghijklmnopqrstuvwxyz"[min(cost, 35)] for cost in costs))
    return rows


if __name__ == "__main__":
    by_language = words_by_language(Path(sys.argv[1]))
    pairs = Counter(
        before + after
        for words in by_language.values()
        for word in words
        for before, after in zip(f"^{word}", f"{word}$", strict=True)
    )
    print(f"{sum(map(len, by_language.values()))} words of {len(by_language)} languages")
    print("\n".join(half_bits(pairs)))

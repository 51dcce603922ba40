"""One name for a country, whatever language or year its name comes from; the names are Unicode's (CLDR), by Babel.

Clarity shows names in the language of whoever owns the project, and changes some over the years. In 110 real answers it wrote
`Turkey`, `Hong Kong` and `Korea, Republic of`.
"""

import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

_LANGUAGES = (
    *(
        "de",
        "fr",
        "es",
        "it",
        "pt",
        "nl",
        "da",
        "sv",
        "nb",
        "fi",
        "pl",
        "cs",
        "sk",
        "hu",
        "ro",
        "bg",
        "el",
        "tr",
        "ru",
        "uk",
        "hr",
    ),
    *("sl", "et", "lv", "lt", "he", "ar", "hi", "th", "vi", "id", "ms", "ja", "ko", "zh", "zh_Hant"),
)
"""Asked in this order for a name that is not English; a name that two countries have, in two languages, is nobody's."""

_SHOWN = {
    **{"TR": "Turkey", "CZ": "Czech Republic", "KR": "Korea, Republic of", "HK": "Hong Kong"},
    **{"MO": "Macao", "MM": "Myanmar", "CI": "Ivory Coast", "PS": "Palestine"},
}
"""What Clarity's answers have called it until now, so that no report changes; and where Unicode's English name is a long one."""

_ALSO = {
    **{"turkey": "TR", "czech republic": "CZ", "korea, republic of": "KR", "republic of korea": "KR", "korea": "KR"},
    **{"hong kong sar": "HK", "hong kong": "HK", "macao": "MO", "macau": "MO", "macau sar": "MO", "macao sar": "MO"},
    **{"russian federation": "RU", "viet nam": "VN", "iran, islamic republic of": "IR", "syrian arab republic": "SY"},
    **{"taiwan, province of china": "TW", "moldova, republic of": "MD", "republic of moldova": "MD", "burma": "MM"},
    **{"tanzania, united republic of": "TZ", "bolivia, plurinational state of": "BO", "swaziland": "SZ", "cabo verde": "CV"},
    **{
        "venezuela, bolivarian republic of": "VE",
        "macedonia": "MK",
        "republic of north macedonia": "MK",
        "brunei darussalam": "BN",
    },
    **{
        "lao people's democratic republic": "LA",
        "united states of america": "US",
        "usa": "US",
        "uk": "GB",
        "great britain": "GB",
    },
    **{"the netherlands": "NL", "holland": "NL", "cote d'ivoire": "CI", "ivory coast": "CI", "palestinian territory": "PS"},
    **{
        "state of palestine": "PS",
        "palestine, state of": "PS",
        "holy see": "VA",
        "bosnia and herzegovina": "BA",
        "slovak republic": "SK",
    },
    **{"reunion": "RE", "curacao": "CW", "congo, the democratic republic of the": "CD", "the bahamas": "BS", "the gambia": "GM"},
}
"""Names of ISO 3166 and of other years, folded, that Unicode's English has not."""

_NOWHERE = frozenset({"unknown", "(unknown)", "n/a", "other", "zz", "xx"})


def country_named(name: str) -> str | None:
    """The country's one English name; the name as it is where nobody knows it; None where it says that none is known."""
    folded = _folded(name)
    if folded in _NOWHERE:
        return None
    code = _ALSO.get(folded) or _english().get(folded) or _of_other_languages().get(folded)
    if code is None:
        return name
    return None if code == "ZZ" else _shown(code)


def _shown(code: str) -> str:
    from babel import Locale  # 40 ms, which no command pays that loads nothing

    return _SHOWN.get(code) or str(Locale("en").territories[code])


@cache
def _english() -> dict[str, str]:
    """Codes by folded English name, and by themselves."""
    from babel import Locale

    named = _codes(Locale("en"))
    return {code.lower(): code for code in named.values()} | named


@cache
def _of_other_languages() -> dict[str, str]:
    """Codes by folded name in the other languages; 0.3 s, once, when the first name comes that is not English."""
    from babel import Locale

    found: dict[str, str] = {}
    shared = set()
    for language in _LANGUAGES:
        for name, code in _codes(Locale.parse(language)).items():
            if found.setdefault(name, code) != code:
                shared.add(name)
    return {name: code for name, code in found.items() if name not in shared}


def _codes(locale: "Locale") -> dict[str, str]:
    """Codes of ISO 3166 by folded name; regions of the world, which have numbers, are no countries."""
    return {_folded(name): code for code, name in locale.territories.items() if len(code) == 2 and code.isalpha()}


def _folded(name: str) -> str:
    """Small letters, without accents, with plain apostrophes and `and` for `&`."""
    plain = unicodedata.normalize("NFKD", name.replace("’", "'").replace("&", "and")).casefold()
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())

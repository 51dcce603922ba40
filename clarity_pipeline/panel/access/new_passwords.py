"""What may become a password: long, unlike what everybody takes, and nothing that is known of the person.

Called by `front_door`, `own_account` and `panel create-admin` before anything is hashed; passwords of before go on. How many
guesses one takes is told by zxcvbn, with the lists of the commonest passwords, words and names that it ships: composition rules
are no measure (NIST SP 800-63B section 3.1.1.2), and `passwordpassword` is long.
"""

import re
from collections.abc import Iterable

from clarity_pipeline.errors import ClarityPipelineError

SHORTEST, LONGEST = 12, 200
"""Characters; a megabyte is no password."""

FEWEST_GUESSES_LOG10 = 10.0
"""Ten thousand addresses guess for 78 years (`docs/panel.md`)."""

_JUDGED = 100
"""Characters; 200 of the worst kind take 0.8 s."""

_PRODUCT = ("clarity", "clarity pipeline", "microsoft", "dagster", "panel", "agency", "admin")
_SHORTEST_WORD = 3
_FEWEST_OTHER_LETTERS = 6


class WeakPassword(ClarityPipelineError):
    """The chosen password is too short or too long, is guessed early, or is made of what is known of the person."""

    reason = "weak_password"
    field = "new"


def check_password(password: str, *, known: Iterable[str] = ()) -> None:
    """Raise `WeakPassword` unless it may be one; `known` is what stands around the person: address, name, businesses."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPassword(f"A password has {SHORTEST} to {LONGEST} characters; a sentence of a few words is easy to keep")
    words = own_words(*known, *_PRODUCT)
    if _is_made_of(password, words) or _guesses_log10(password, words) < FEWEST_GUESSES_LOG10 <= _guesses_log10(password, ()):
        raise WeakPassword(
            "This is made of your name, your e-mail address, a business or this product; take words that nobody connects with you"
        )
    if _guesses_log10(password, words) < FEWEST_GUESSES_LOG10:
        raise WeakPassword("This would be guessed early; take four or five words that have nothing to do with each other")


def own_words(*texts: str) -> list[str]:
    """The texts and the words in them, lower case, the longest first."""
    parts = {part for text in texts for part in (text.casefold(), *re.split(r"[\W_]+", text.casefold()))}
    return sorted((part for part in parts if len(part) >= _SHORTEST_WORD), key=lambda part: (-len(part), part))


def _is_made_of(password: str, words: list[str]) -> bool:
    """Whether hardly a letter is left without them: `Clarity-Pipeline-2026` takes zxcvbn 10^12 guesses, and us few."""
    rest = password.casefold()
    for word in words:
        rest = rest.replace(word, " ")
    return rest != password.casefold() and len(re.sub(r"[\W\d_]", "", rest)) < _FEWEST_OTHER_LETTERS


def _guesses_log10(password: str, words: Iterable[str]) -> float:
    from zxcvbn_rs_py import zxcvbn

    return float(zxcvbn(password[:_JUDGED], list(words)).guesses_log10)

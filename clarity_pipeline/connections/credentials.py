"""What a person hands in to connect a project, checked before anything is stored or spent: the slug, the project ID, the token.

Called by `connections` for each change and for a look beforehand (`Connections.check`). What is wrong for certain is
refused; what the token says of itself is a hint and never proof, so that a token which we cannot read is still tried
(`docs/clarity-api.md#token`). Nothing here calls Clarity, stores anything, or repeats what was typed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from clarity_pipeline.clarity.names import some_of
from clarity_pipeline.clarity.token import Claims
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.normalize.ad_account import currency, time_zone
from clarity_pipeline.state.schema.connections import business_config

EXPIRES_SOON = timedelta(days=14)
"""Long enough for an agency to ask its client's project admin for a new token."""

LONGEST_NAME, LONGEST_PROJECT_ID = 100, 20
"""Characters."""

AUDIENCE, SCOPE = "clarity.data-exporter", "Data.Export"

_c = business_config.c
_JOINERS = re.compile(r"(?<=[^\x00-\u02ff])[\u200c\u200d](?=[^\x00-\u02ff])")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_PROJECT_ID = re.compile(rf"[A-Za-z0-9]{{6,{LONGEST_PROJECT_ID}}}")
_PROJECT_ADDRESS = re.compile(r"https?://clarity\.microsoft\.com/projects/view/([^/?#]*)(?:[/?#].*)?")

HintCode = Literal[
    "token_not_decodable", "token_expired", "token_expires_soon", "token_audience", "token_scope", "token_was_rejected",
    "project_shared", "project_id_elsewhere",
]  # fmt: skip


class InvalidBusiness(ClarityPipelineError):
    """A slug or a project id that cannot be; nothing was stored."""

    reason = "invalid_business"


class InvalidProjectId(InvalidBusiness):
    """No project of Clarity has such an ID."""

    field = "project_id"


class InvalidName(InvalidBusiness):
    """No page and no terminal can show that as one line."""

    field = "name"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something that is likely wrong and stops nobody; `names_others` where the sentence names another business."""

    code: HintCode
    sentence: str
    names_others: bool = False


def is_slug(text: str) -> bool:
    """Whether it can name a business, and be repeated in a message."""
    return _SLUG.fullmatch(text) is not None


def checked_slug(text: str) -> str:
    """The slug of a business to be, as Dagster can hold it in a partition key."""
    if not is_slug(text):
        raise InvalidBusiness(
            "A business's slug is 1 to 63 of a-z, 0-9, - and _, and begins with a letter or digit, such as acme-shop"
        )
    return text


def checked_project_id(text: str) -> str:
    """The project ID without what surrounds it; the address of the project, as a browser shows it, is read too."""
    stripped = text.strip()
    if address := _PROJECT_ADDRESS.fullmatch(stripped):
        stripped = address[1]
    if not _PROJECT_ID.fullmatch(stripped):
        raise InvalidProjectId(
            "A project ID is 6 to 20 letters and digits; it stands in the address of the project:"
            " https://clarity.microsoft.com/projects/view/<project ID>"
        )
    return stripped


def is_readable(name: str) -> bool:
    """Whether a page and a terminal show all of it as one line.

    The two joiners (U+200C, U+200D) are seen in nothing but the letters beside them, which Persian, the scripts of India and
    emoji need: they are taken between two characters beyond Latin, where they cannot make a second spelling of a Latin name.
    """
    return _JOINERS.sub("", name).isprintable()


def checked_name(text: str) -> str:
    """One line that a page and a terminal can show: no control characters, which could hide or forge what stands beside it."""
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME or not is_readable(name):
        raise InvalidName(f"A name is one line of at most {LONGEST_NAME} letters, digits and signs; write it as colleagues would")
    return name


def checked_currency(text: str) -> str | None:
    """The code of a currency; None for `none`, which takes the setting back."""
    return _account_setting(text, currency, of="A currency")


def checked_time_zone(text: str) -> str | None:
    """The name of a time zone; None for `none`."""
    return _account_setting(text, time_zone, of="A time zone")


def _account_setting(text: str, read: Callable[[str], str], *, of: str) -> str | None:
    if text.strip().lower() == "none":
        return None
    try:
        return read(text)
    except ValueError as wrong:
        raise InvalidBusiness(f"{of} of an ad account: what was given {wrong}") from None


TOKEN_WAS_REJECTED = Hint("token_was_rejected", "this is the token that Clarity has rejected; generate a new one")


def project_is_shared(others: tuple[str, ...]) -> Hint:
    """Allowed, and still worth saying."""
    sentence = f"{some_of(others)} uses a token of the same Clarity project; they share its ten calls a day"
    return Hint("project_shared", sentence, names_others=True)


def project_id_elsewhere(others: tuple[str, ...]) -> Hint:
    """The ID was typed by a person, and the token, which is what counts, is of another project or does not say."""
    return Hint("project_id_elsewhere", f"{some_of(others)} has the same project ID; is it the right one?", names_others=True)


def hints_of_claims(claims: Claims, *, now: datetime) -> tuple[Hint, ...]:
    """What a token says of itself that is likely to be in the way."""
    return tuple(Hint(code, sentence(claims, now)) for code, is_so, sentence in _HINTS if is_so(claims, now))


def days_left(expires_at: datetime, *, now: datetime) -> int:
    """Whole days until then, 0 on its last day, negative once it is past."""
    return (expires_at - now).days


def expires_soon(expires_at: datetime | None, *, now: datetime) -> bool:
    """Whether it is time to ask for a new token."""
    return expires_at is not None and now < expires_at and days_left(expires_at, now=now) <= EXPIRES_SOON.days


_Test = Callable[[Claims, datetime], bool]
_Sentence = Callable[[Claims, datetime], str]

_HINTS: tuple[tuple[HintCode, _Test, _Sentence], ...] = (
    (
        "token_not_decodable",
        lambda claims, _: not claims.is_decodable,
        lambda _claims, _: "the token does not say whose it is or how long it is good for; a test tells whether Clarity takes it",
    ),
    (
        "token_expired",
        lambda claims, now: claims.expires_at is not None and claims.expires_at <= now,
        lambda claims, _: f"the token expired on {claims.expires_at:%Y-%m-%d}; generate a new one",
    ),
    (
        "token_expires_soon",
        lambda claims, now: expires_soon(claims.expires_at, now=now),
        lambda claims, _: f"the token expires on {claims.expires_at:%Y-%m-%d}; generate one that lasts longer",
    ),
    (
        "token_audience",
        lambda claims, _: bool(claims.audiences) and AUDIENCE not in claims.audiences,
        lambda _claims, _: "the token is not one for data export; generate it in Clarity -> Settings -> Data Export",
    ),
    (
        "token_scope",
        lambda claims, _: bool(claims.scopes) and SCOPE not in claims.scopes,
        lambda _claims, _: "the token does not allow data export; generate it in Clarity -> Settings -> Data Export",
    ),
)

"""What a business means by a page, as people say it: checked, stored with the business, and in the audit log.

Called by `cli.connections.page_options` and `upkeep.page_preview`. What is loaded stays as it is until a replay.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from clarity_pipeline.connections.audit import Actor
from clarity_pipeline.connections.business import Business, business_of, change_row, row_of
from clarity_pipeline.connections.credentials import InvalidBusiness
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.urls import canonical_url
from clarity_pipeline.normalize.visit_parameters import is_refused, kind_of
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase

NONE = "none"
"""Given alone in place of a list, it empties the list."""

MOST_NAMED = 50
LONGEST_PATTERN = 300
_NAME = re.compile(r"[^\s/?#&=]{1,100}")
_SEGMENT = re.compile(r":[a-z][a-z0-9_]{0,30}|[^:*/?#\s][^*/?#\s]*")
_BASE = "https://pattern.invalid"

KEPT, PATH_IDS = "kept_query_parameters", "keep_path_ids"


class PageSettings:
    """The page settings of one state database's businesses. Every change is one locked transaction."""

    def __init__(self, state: StateDatabase, *, clock: Clock) -> None:
        self._state = state
        self._clock = clock

    def change(self, business_id: str, changes: Mapping[str, Any], *, actor: Actor) -> Business:
        """Store `changes` (of `checked_changes`); what is not among them stays."""
        with self._state.write() as connection:
            stored = row_of(connection, business_id)
            business = business_of(stored)
            if not changes:
                return business
            settings = changed(business, changes).document()
            values: dict[str, Any] = {
                KEPT: list(changes.get(KEPT, business.kept_query_parameters)),
                "page_settings": settings or None,
            }
            values |= {PATH_IDS: changes.get(PATH_IDS, business.keep_path_ids), "updated_at": self._clock()}
            return change_row(connection, business_id, values, actor=actor)


def changed(business: Business, changes: Mapping[str, Any]) -> PageIdentity:
    """What the business would mean by a page after `changes`."""
    given = {name: value for name, value in changes.items() if name != KEPT}
    if KEPT in changes:
        given["kept_parameters"] = frozenset(changes[KEPT])
    return replace(business.pages, **given)


def checked_changes(given: Mapping[str, Any], *, insist: bool = False) -> dict[str, Any]:
    """What a person gave, by the names of `PageIdentity` and the two older columns; None and empty lists are not given.

    Raises `InvalidBusiness`, for a click id, a session id or a secret among the kept parameters too unless they `insist`.
    """
    found = {name: value for name, value in given.items() if value is not None and value not in ((), [])}
    checks = {KEPT: _parameter, "index_files": _index_file, "path_patterns": _pattern}
    for name, check in checks.items():
        if name in found:
            found[name] = _listed(found[name], name, check)
    refused = [name for name in found.get(KEPT, ()) if is_refused(name)]
    if refused and not insist:
        kinds = " and ".join(sorted({f"{kind_of(name)}s" for name in refused}))
        raise InvalidBusiness(
            f"{', '.join(refused)} would make a page of nearly every visit, and keep what belongs to a visitor: {kinds} tell no"
            " pages apart. Leave it out; if it does tell pages apart here, say so with --insist"
        )
    if KEPT in found:
        found[KEPT] = tuple(sorted(found[KEPT]))
    return found


def doubtful(names: Iterable[str]) -> list[str]:
    """Those of the kept parameters that tell campaigns apart, and hardly pages: worth a warning."""
    return [name for name in names if kind_of(name) == "campaign tag"]


def _listed(texts: Iterable[str], name: str, check: Any) -> tuple[str, ...]:
    sent = [text.strip() for text in texts if text.strip()]
    if sent == [NONE]:
        return ()
    known = tuple(dict.fromkeys(map(check, sent)))
    if len(known) > MOST_NAMED:
        raise InvalidBusiness(f"at most {MOST_NAMED} of {name.replace('_', ' ')} are taken, not {len(known)}; name fewer")
    return known


def _parameter(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise InvalidBusiness("a parameter is the name before the = of a query, such as product_id; give one name at a time")
    return text


def _index_file(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise InvalidBusiness("an index file is the name that stands for its folder, such as default.aspx, without a slash")
    return text


def _pattern(text: str) -> str:
    """In the spelling of canonical paths, so that it is compared with them letter by letter."""
    segments = text.removesuffix("/").split("/")[1:]
    starts = text.startswith("/") and len(text) <= LONGEST_PATTERN
    inner = segments[:-1] if segments[-1:] == ["*"] else segments
    if not (starts and inner and all(map(_SEGMENT.fullmatch, inner)) and any(not each.startswith(":") for each in inner)):
        raise InvalidBusiness(
            "a path pattern is a path in which :name stands for any one part, and a last * for all below: /product/:name or"
            " /search/*; one part at least is written out"
        )
    canonical = canonical_url(_BASE + text.removesuffix("/"), kept_parameters=frozenset(), keep_path_ids=True)
    return canonical.removeprefix(_BASE)

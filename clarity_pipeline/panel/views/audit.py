"""Who did what, over everything: the audit log filtered by person, business and kind. Called by `pages.log` and `api.audit`.

For agency admins. A person is asked for by address, under which they act at the agency or as a client; besides people there are
programs with a key, the command line and the pipeline itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from clarity_pipeline.connections.audit import PIPELINE, Entry
from clarity_pipeline.connections.audit_kinds import KINDS
from clarity_pipeline.panel.panel import Panel

ON_A_PAGE = 50
NO_BUSINESS = "-"
"""For what concerns the whole installation; no slug begins so."""

OTHERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "cli:": ("Command line", "cli:"),
        "key:": ("Programs with a key", "key:"),
        PIPELINE: ("The pipeline itself", PIPELINE),
    }
)
"""Who is no account: how it is called, and how their names in the log begin."""


@dataclass(frozen=True, slots=True)
class AskedLog:
    """What the address of the log asks for; what it does not know it takes as unasked."""

    who: str = ""
    business: str = ""
    kind: str = ""

    def href(self, before: int | None = None) -> str:
        """The same, from an entry on."""
        named = {"who": self.who, "business": self.business, "kind": self.kind, "before": before or ""}
        wanted = {name: value for name, value in named.items() if value}
        return f"/people/log?{urlencode(wanted)}" if wanted else "/people/log"


def audit_entries(panel: Panel, asked: AskedLog, *, before: int | None, limit: int) -> list[Entry]:
    """Those entries, the newest first; with `before` only entries with a smaller number."""
    actors = (OTHERS[asked.who][1],) if asked.who in OTHERS else (f"panel:{asked.who}", f"portal:{asked.who}")
    return panel.home.audit.found(
        actors=actors if asked.who else (),
        business_id=None if asked.business in {"", NO_BUSINESS} else asked.business,
        is_of_installation=asked.business == NO_BUSINESS,
        actions=next((actions for kind, actions in KINDS.items() if kind == asked.kind), ()),
        before=before,
        limit=limit,
    )


def audit_view(panel: Panel, *, who: str, business: str, kind: str, before: int | None) -> dict[str, Any]:
    """The context of `log.html`."""
    people = {each.email: each.name for each in panel.accounts.all()}
    businesses = {each.business_id: each.name for each in panel.home.connections.all()}
    asked = AskedLog(
        who if who in people or who in OTHERS else "",
        business if business in businesses or business == NO_BUSINESS else "",
        kind if kind in KINDS else "",
    )
    found = audit_entries(panel, asked, before=before, limit=ON_A_PAGE + 1)
    entries = found[:ON_A_PAGE]
    return {
        "asked": asked,
        "entries": entries,
        "older": asked.href(entries[-1].entry_id) if len(found) > ON_A_PAGE else None,
        "is_newest": before is None,
        "people": people,
        "others": {name: words for name, (words, _) in OTHERS.items()},
        "businesses": businesses,
        "kinds": tuple(KINDS),
        "no_business": NO_BUSINESS,
    }

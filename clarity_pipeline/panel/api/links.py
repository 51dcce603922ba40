"""How one operation leads to the next, as OpenAPI links: what was made is read, changed and taken back by its name in the answer.

Put into the document by `businesses.router_at`; a client that is generated from the document can follow them, and tests do.
"""

from typing import Any

_NEW = "$response.body#/business"
_SAME = "$request.path.business_id"
_FIRST = "$response.body#/0/business"
_MARKER = "$response.body#/marker_id"

_READ = ("get_business", "list_jobs", "get_quota", "get_alerts", "get_dashboard", "list_markers")
_CHANGE = ("change_business", "disable_business", "enable_business", "disconnect_business", "add_marker")

_LEADS: dict[str, tuple[str, tuple[str, ...]]] = {
    "list_businesses": (_FIRST, _READ),
    "add_business": (_NEW, (*_READ, *_CHANGE)),
    "get_business": (_SAME, (*_READ, *_CHANGE, "test_business")),
    "change_business": (_SAME, ("get_business", *_CHANGE)),
    "disable_business": (_SAME, ("enable_business", "get_business")),
    "enable_business": (_SAME, ("disable_business", "get_business")),
    "disconnect_business": (_SAME, ("get_business", "change_business", "enable_business")),
    "add_marker": (_SAME, ("list_markers",)),
}
"""By handler where the business's name stands, and the handlers that it is for."""


def links_of(door: str, handler: str, *, doors_of: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """The links of an operation's good answer; `doors_of` says behind which doors each handler is."""
    place, targets = _LEADS.get(handler, ("", ()))
    links: dict[str, Any] = {
        target: {"operationId": f"{door}_{target}", "parameters": {"business_id": place}}
        for target in targets
        if door in doors_of[target]
    }
    if handler == "add_marker":
        parameters = {"business_id": _SAME, "marker_id": _MARKER}
        links["remove_marker"] = {"operationId": f"{door}_remove_marker", "parameters": parameters}
    return links

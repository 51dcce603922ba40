"""Who may do what: one function over a closed list of actions. Pure, and the only place that decides.

Asked by `guard` for every route, and in templates that show or hide a button. A business that is not the viewer's
own looks exactly like one that does not exist.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Role = Literal["agency_admin", "agency_member", "client"]

Action = Literal[
    "enter",  # what anybody may ask for: sign in, accept an invite, a stylesheet, the OpenAPI document
    "use_own_account",  # sign out, change the password, end other sign-ins
    "use_agency_api",
    "use_portal_api",
    "list_businesses",  # gives the viewer's own alone
    "add_business",
    "see_business",
    "change_connection",
    "test_connection",
    "switch_sync",
    "switch_totals",  # one call a day more, of the business's own ten
    "disconnect",
    "mark_changes",
    "say_site",  # which site a business has, and that answers which were held back are meant: they name other clients' hosts
    "manage_people",
]

ACTIONS: tuple[Action, ...] = get_args(Action)
ROLES: tuple[Role, ...] = get_args(Role)

_AGENCY: frozenset[Role] = frozenset({"agency_admin", "agency_member"})
_EVERYBODY: frozenset[Role] = frozenset(ROLES)

_ALLOWED: dict[Action, frozenset[Role]] = {
    "enter": _EVERYBODY,
    "use_own_account": _EVERYBODY,
    "use_agency_api": _AGENCY,
    "use_portal_api": frozenset({"client"}),
    "list_businesses": _EVERYBODY,
    "add_business": _AGENCY,
    "see_business": _EVERYBODY,
    "change_connection": _EVERYBODY,
    "test_connection": _EVERYBODY,
    "switch_sync": _EVERYBODY,
    "switch_totals": _EVERYBODY,
    "disconnect": _EVERYBODY,
    "mark_changes": _EVERYBODY,
    "say_site": _AGENCY,
    "manage_people": frozenset({"agency_admin"}),
}
_FOR_ANYBODY: frozenset[Action] = frozenset({"enter"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks; `business_ids` are a client's own, and empty for the agency, which sees all. `notice` is to be said once."""

    user_id: int
    email: str
    name: str
    role: Role
    business_ids: frozenset[str]
    sign_in_id: int
    notice: str | None = None
    proved_at: datetime | None = None
    """When the password was last given in this browser."""

    @property
    def is_agency(self) -> bool:
        """Whether every business is theirs to see."""
        return self.role in _AGENCY

    @property
    def actor(self) -> str:
        """Who did it, as the audit log names them."""
        return actor_of(self.email, self.role)


def actor_of(email: str, role: Role) -> str:
    """`panel:ann@agency.example`, or `portal:` for a client."""
    return f"{'panel' if role in _AGENCY else 'portal'}:{email}"


def may(viewer: Viewer | None, action: Action, business_id: str | None = None) -> bool:
    """Whether `viewer` (None: nobody is signed in) may do `action`, to `business_id` where one is concerned."""
    if viewer is None:
        return action in _FOR_ANYBODY
    if viewer.role not in _ALLOWED[action]:
        return False
    return business_id is None or viewer.is_agency or business_id in viewer.business_ids

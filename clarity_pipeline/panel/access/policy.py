"""Who may do what: one function over a closed list of actions. Pure, and the only place that decides.

Asked by `guard` for every route, and in templates that show or hide a button. A business that is not the viewer's
own looks exactly like one that does not exist.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from clarity_pipeline.connections.api_keys import ApiKey, Scope
from clarity_pipeline.settings.variables import SettingsError

Role = Literal["agency_admin", "agency_member", "client"]

Action = Literal[
    "enter",  # what anybody may ask for: sign in, accept an invite, a stylesheet, the OpenAPI document
    "use_own_account",  # change the password, end other sign-ins, unlink a provider
    "set_up_second_factor",
    "use_agency_api",
    "use_portal_api",
    "search",  # finds what the viewer may see, and no more
    "list_businesses",  # gives the viewer's own alone
    "add_business",
    "see_business",
    "change_connection",
    "test_connection",
    "switch_sync",
    "switch_totals",  # one call a day more, of the business's own ten
    "disconnect",
    "mark_changes",
    "take_back_markers",
    "say_site",  # which site a business has, and that answers which were held back are meant: they name other clients' hosts
    "write_rules",  # a rule may be meant for other clients' businesses, and goes to the agency's channels
    "manage_groups",  # a group names other clients' businesses
    "manage_people",
    "manage_keys",
    "see_audit",  # who did what, over all businesses and people
    "see_own_key",
    "list_alerts",  # gives those of the viewer's own businesses alone
    "see_alert",
    "comment_alert",
    "answer_alerts",  # acknowledge, assign, silence, snooze, close, and see how right each rule was
    "manage_channels",  # who is told, and what became of it: a channel's secret goes in and never comes back
]

ACTIONS: tuple[Action, ...] = get_args(Action)
ROLES: tuple[Role, ...] = get_args(Role)

_AGENCY: frozenset[Role] = frozenset({"agency_admin", "agency_member"})
_EVERYBODY: frozenset[Role] = frozenset(ROLES)

_ALLOWED: dict[Action, frozenset[Role]] = {
    "enter": _EVERYBODY,
    "use_own_account": _EVERYBODY,
    "set_up_second_factor": _EVERYBODY,
    "use_agency_api": _AGENCY,
    "use_portal_api": frozenset({"client"}),
    "search": _EVERYBODY,
    "list_businesses": _EVERYBODY,
    "add_business": _AGENCY,
    "see_business": _EVERYBODY,
    "change_connection": _EVERYBODY,
    "test_connection": _EVERYBODY,
    "switch_sync": _EVERYBODY,
    "switch_totals": _EVERYBODY,
    "disconnect": _EVERYBODY,
    "mark_changes": _EVERYBODY,
    "take_back_markers": _EVERYBODY,
    "say_site": _AGENCY,
    "write_rules": _AGENCY,
    "manage_groups": _AGENCY,
    "manage_people": frozenset({"agency_admin"}),
    "manage_keys": frozenset({"agency_admin"}),
    "see_audit": frozenset({"agency_admin"}),
    "see_own_key": frozenset(),
    "list_alerts": _EVERYBODY,
    "see_alert": _EVERYBODY,
    "comment_alert": _EVERYBODY,
    "answer_alerts": _AGENCY,
    "manage_channels": _AGENCY,
}
_FOR_ANYBODY: frozenset[Action] = frozenset({"enter"})
_WITHOUT_A_SECOND_FACTOR: frozenset[Action] = frozenset({"enter", "set_up_second_factor"})
"""All that somebody may do who must have one and has none: nobody is locked out, and nobody goes past it."""

_FOR_ANY_KEY: frozenset[Action] = frozenset({"enter", "use_agency_api", "see_own_key"})

OF_SCOPES: dict[Scope, frozenset[Action]] = {
    "read": frozenset({"list_businesses", "see_business", "list_alerts", "see_alert"}),
    "markers": frozenset({"mark_changes"}),
}
"""What a key of a program may do, beside looking at itself; it uses the address of the agency, whichever businesses it has."""


def scope_of(action: Action) -> Scope | None:
    """Which scope lets a key do it, if any."""
    return next((scope for scope, actions in OF_SCOPES.items() if action in actions), None)


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
    owes_second_factor: bool = False
    """Their role must have one (CLARITY_PANEL_SECOND_FACTOR), and they have none yet."""
    time_zone: str | None = None
    """In which they read instants; None: UTC."""

    @property
    def is_agency(self) -> bool:
        """Whether every business is theirs to see."""
        return self.role in _AGENCY

    @property
    def actor(self) -> str:
        """Who did it, as the audit log names them."""
        return actor_of(self.email, self.role)


def roles_named(text: str) -> frozenset[Role]:
    """The roles of CLARITY_PANEL_SECOND_FACTOR, or `SettingsError`."""
    given = {each.strip() for each in text.split(",") if each.strip()}
    if not given <= set(ROLES):
        raise SettingsError(f"CLARITY_PANEL_SECOND_FACTOR must be roles, with commas between them, of {', '.join(ROLES)}")
    return frozenset(role for role in ROLES if role in given)


def actor_of(email: str, role: Role) -> str:
    """`panel:ann@agency.example`, or `portal:` for a client."""
    return f"{'panel' if role in _AGENCY else 'portal'}:{email}"


Asker = Viewer | ApiKey
"""A person who is signed in, or a program with its key."""


def may(asker: Asker | None, action: Action, business_id: str | None = None) -> bool:
    """Whether `asker` (None: nobody is signed in) may do `action`, to `business_id` where one is concerned."""
    if asker is None:
        return action in _FOR_ANYBODY
    if isinstance(asker, ApiKey):
        is_allowed = action in _FOR_ANY_KEY or any(action in OF_SCOPES[scope] for scope in asker.scopes)
    else:
        is_held_up = asker.owes_second_factor and action not in _WITHOUT_A_SECOND_FACTOR
        is_allowed = asker.role in _ALLOWED[action] and not is_held_up
    return is_allowed and (
        business_id is None or asker.business_ids is None or asker.is_agency or business_id in asker.business_ids
    )

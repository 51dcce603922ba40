"""Who knocks, and what their tries are counted for.

Called by `front_door` and `own_account`. Guesses at an account are counted for the account and the address together, with the
address for all accounts, and for IPv6 with the /48 around it. Those of a browser that has signed in to this account before are
counted for that browser alone, and those of somebody who is signed in for them alone: nobody else can make these wait.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from clarity_pipeline.panel.access.throttle import Subject

FREE_ON_AN_ACCOUNT, LONGEST_ON_AN_ACCOUNT = 5, timedelta(hours=1)
FREE_FROM_AN_ADDRESS, LONGEST_FROM_AN_ADDRESS = 20, timedelta(minutes=15)
"""An office shares one; a sign-in that succeeds is given back."""

FREE_FROM_A_SITE = 100
_HOUSEHOLD_BITS, _SITE_BITS = 64, 48
_SHOWN_BITS = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Caller:
    """The network address, what the browser calls itself, and what its two cookies hold."""

    address: str
    browser: str
    secret: str | None
    known: str | None = None

    @property
    def shown_network(self) -> str:
        """As much of the address as the audit log keeps: `203.0.113.0/24`, or the /48 of an IPv6."""
        found = _parsed(self.address)
        if found is None:
            return "unknown"
        return str(ip_network((found, _SHOWN_BITS[found.version]), strict=False))


@dataclass(frozen=True, slots=True)
class Counted:
    """The subjects of one try: the first is what a success clears, the others get that one try back."""

    subjects: tuple[Subject, ...]
    on_account: Subject | None = None

    @property
    def own(self) -> Subject:
        """The account from this address, or the browser."""
        return self.subjects[0]

    @property
    def shared(self) -> tuple[Subject, ...]:
        """What others are counted for too."""
        return (*self.subjects[1:], *((self.on_account,) if self.on_account else ()))


@dataclass(frozen=True, slots=True)
class Counting:
    """Names subjects; `fingerprint` is keyed, so that the table of tries tells nothing."""

    fingerprint: Callable[[str], str]

    def of_stranger(self, email: str, address: str) -> Counted:
        """A try from a browser that the account does not know, or on an account that does not exist."""
        network = network_of(address)
        own = self._guesses(f"account {email} from {network}")
        return Counted((own, *self.of_address(address)), Subject(self.fingerprint(f"account {email}")))

    def of_address(self, address: str) -> tuple[Subject, ...]:
        """What comes from there, to whomever."""
        network, site = network_of(address), _site_of(address)
        own = self._subject(f"tries from {network}", FREE_FROM_AN_ADDRESS, LONGEST_FROM_AN_ADDRESS)
        if site is None:
            return (own,)
        return (own, self._subject(f"tries from site {site}", FREE_FROM_A_SITE, LONGEST_FROM_AN_ADDRESS))

    def of_browser(self, browser: str) -> Counted:
        """A try from a browser that has signed in to this account before."""
        return Counted((self._guesses(f"browser {browser}"),))

    def of_person(self, user_id: int, what: str) -> Counted:
        """A try of somebody who is signed in, or has given the password, at something of their own."""
        return Counted((self._guesses(f"{what} of {user_id}"),))

    def _guesses(self, text: str) -> Subject:
        return self._subject(f"tries of {text}", FREE_ON_AN_ACCOUNT, LONGEST_ON_AN_ACCOUNT)

    def _subject(self, text: str, free: int, longest: timedelta) -> Subject:
        return Subject(self.fingerprint(text), free, longest)


def network_of(address: str) -> str:
    """The address, or for IPv6 its /64: a household or a server has all of it to try from."""
    found = _parsed(address)
    if found is None:
        return "unknown"
    return str(found) if not isinstance(found, IPv6Address) else _cut(found, _HOUSEHOLD_BITS)


def _site_of(address: str) -> str | None:
    """The /48 of an IPv6 address: one hoster gives all of it, 65,536 networks, to one customer."""
    found = _parsed(address)
    return _cut(found, _SITE_BITS) if isinstance(found, IPv6Address) else None


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _cut(address: IPv6Address, bits: int) -> str:
    return str(ip_network((address, bits), strict=False).network_address)

"""Where a webhook may go: a public https address, asked of the resolver once, and then connected to as it was answered.

Whoever sets a channel's address could otherwise have the pipeline knock on doors inside the network (a metadata service, a
router), at once or after a second look-up that answers differently. So every address of a name must be public, and `posting`
connects to the checked one and to no other. A deployment may list its own hooks as `host` or `host:port`
(`CLARITY_WEBHOOK_ALLOW`); those are not checked, and may be http when they are on this machine.

`ipaddress.is_global` alone will not do: in Python 3.11 it says True of loopback behind NAT64, 6to4 and IPv4-compatible
addresses, of site-local and multicast ones, and of others (`docs/design.md#hooks`; the list below, each tested).
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from clarity_pipeline.alerts.channels.channel import DeliveryFailed
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.variables import hook_place

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to addresses as text; raises OSError."""

PORTS = {443, 8443}

NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.175.48.0/24",  # AS112
        "224.0.0.0/4",  # multicast
        "::/96",  # IPv4-compatible: ::127.0.0.1
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # NAT64: 64:ff9b::7f00:1 is loopback
        "64:ff9b:1::/48",  # NAT64 of a site
        "2001::/23",  # Teredo and other assignments
        "2002::/16",  # 6to4: 2002:7f00:1:: is loopback
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
        "ff00::/8",  # multicast
    )
)


class WebhookUrlRefused(ClarityPipelineError):
    """The address of a webhook is not one that we post to; the message repeats nothing of it."""

    reason = "bad_webhook_url"

    def __init__(self, called: str) -> None:
        super().__init__(
            f"{called} must be https://host/path on port 443 or 8443, with no user name in it; an internal one, or"
            " http to this machine, must be listed in CLARITY_WEBHOOK_ALLOW as host:port"
        )


@dataclass(frozen=True, slots=True)
class Address:
    """A checked webhook address. `is_listed`: the deployment vouches for it, whatever it resolves to."""

    scheme: str
    host: str
    port: int
    target: str
    is_listed: bool

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        is_usual = self.port == {"https": 443, "http": 80}[self.scheme]
        return hook_place(self.host, None if is_usual else self.port)


def parse_address(url: str, *, allowed: frozenset[str] = frozenset(), called: str = "the webhook's address") -> Address:
    """Take a URL apart; raise `WebhookUrlRefused` for what is never posted to. Nothing is resolved yet."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
        parts = urlsplit("")
    if not host or not url.isascii() or not url.isprintable() or " " in url or "@" in parts.netloc:
        raise WebhookUrlRefused(called)
    port = port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    is_listed = hook_place(host, port) in allowed or hook_place(host) in allowed
    if not (
        (parts.scheme == "https" and (is_listed or port in PORTS)) or (parts.scheme == "http" and is_listed and _is_here(host))
    ):
        raise WebhookUrlRefused(called)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, host, port, target, is_listed)


def listed_address(url: str) -> Address:
    """The address in CLARITY_ALERT_WEBHOOK_URL: the deployment vouches for its own; http is still only to this machine."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
        return parse_address(url, allowed=frozenset({hook_place(parts.hostname or "", port)}))
    except (ValueError, WebhookUrlRefused):
        raise WebhookUrlRefused("CLARITY_ALERT_WEBHOOK_URL") from None


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address that the machine's resolver has for a name, as text."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def pin(address: Address, *, resolver: Resolver = resolve) -> str:
    """Ask once and give the address to connect to; raise `DeliveryFailed` when there is none, or one that is not public."""
    try:
        found = [text.partition("%")[0] for text in resolver(address.host, address.port)]
    except OSError:
        found = []
    if not found:
        raise DeliveryFailed("no_address")
    if not address.is_listed and not all(is_public(text) for text in found):
        raise DeliveryFailed("address_not_public")
    return found[0]


def is_inside(host: str) -> bool:
    """Whether a host is written as an address that is not public; a name says nothing before it is resolved."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return not is_public(host.strip("[]"))


def is_public(text: str) -> bool:
    """Whether an address is reachable on the internet and stands for nothing else."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_global and not any(address.version == network.version and address in network for network in NOT_PUBLIC)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

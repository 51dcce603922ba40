"""Where a request comes from: its peer, or for a proxy that was named the visitor whom it speaks for.

A header such as `X-Forwarded-For` is anybody's to write. From a peer that is no named proxy it is taken out before anything else
sees it, and that is said once: behind a proxy that nobody has named, all visitors count as one. Outermost, around the app.
"""

import logging
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from clarity_pipeline.settings.variables import SettingsError

Network = IPv4Network | IPv6Network

PROXIES = logging.getLogger("clarity_pipeline.panel.proxies")

_FORWARDED = frozenset({b"forwarded", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip"})


def proxy_networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks that somebody meant, with commas between: `*` or 0.0.0.0/0 would let anybody name any visitor.

    Raises `SettingsError`.
    """
    found = []
    for entry in filter(None, (entry.strip() for entry in text.split(","))):
        try:
            network = ip_network(entry, strict=False)
        except ValueError:
            network = None
        if network is None or network.prefixlen == 0:
            raise SettingsError(
                "CLARITY_PANEL_PROXIES must be the proxy's IP address, or a network such as 10.0.0.0/24, with commas between"
                " them: whoever is trusted may name any visitor; fix or unset it"
            )
        found.append(network)
    return tuple(found)


def is_proxy(peer: str, proxies: Sequence[Network]) -> bool:
    """Whether the peer of a connection is one of the proxies that were named."""
    try:
        address = ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    return any(address in network for network in proxies)


class Forwarded:
    """ASGI: believes a named proxy, and takes the word out of everybody else's mouth."""

    def __init__(self, app: ASGIApp, *, proxies: Sequence[Network] = ()) -> None:
        self.app = app
        self.proxies = tuple(proxies)
        self.behind_proxy = ProxyHeadersMiddleware(app, [str(network) for network in proxies])  # type: ignore[arg-type]
        self.was_said = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        peer = scope["client"][0] if scope.get("client") else ""
        if is_proxy(peer, self.proxies):
            await self.behind_proxy(scope, receive, send)  # type: ignore[arg-type]
            return
        own = [(name, value) for name, value in scope["headers"] if not _says_for_whom(name)]
        if len(own) < len(scope["headers"]):
            self._say_once(peer)
        await self.app({**scope, "headers": own}, receive, send)

    def _say_once(self, peer: str) -> None:
        if not self.was_said:
            self.was_said = True
            PROXIES.warning(
                "a peer that is no named proxy%s sent headers such as X-Forwarded-For, which are ignored: if it is your proxy,"
                " name it in CLARITY_PANEL_PROXIES, or all visitors count as one",
                _shown(peer),
            )


def _says_for_whom(name: bytes) -> bool:
    return name in _FORWARDED or name.startswith(b"x-forwarded-")


def _shown(peer: str) -> str:
    """An address of this machine or its network can be a proxy's; one of the open internet is a person's, and in no log."""
    try:
        return f" ({peer})" if not ip_address(peer.partition("%")[0]).is_global else ""
    except ValueError:
        return ""

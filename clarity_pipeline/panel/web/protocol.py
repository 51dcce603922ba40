"""uvicorn's HTTP protocol, which says at each step what the client is at, so that `deadlines` can end it.

Over h11 and not the faster httptools, which takes headers without end: h11 refuses more than 16 KiB of them.
"""

import asyncio
from math import ceil
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from clarity_pipeline.panel.access.callers import network_of
from clarity_pipeline.panel.web.deadlines import Limits, OpenConnections, Phase
from clarity_pipeline.panel.web.forwarded import Network, is_proxy

_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PatientProtocol(H11Protocol):
    """One connection; `protocol_of` makes the class for a server."""

    limits: ClassVar[Limits]
    proxies: ClassVar[tuple[Network, ...]]
    open_ones: ClassVar[OpenConnections | None]

    phase: Phase = "first"
    since: float = 0
    network: str = ""
    is_proxy: bool = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The client is there."""
        super().connection_made(transport)
        peer = self.client[0] if self.client else ""
        self.network, self.is_proxy = network_of(peer), is_proxy(peer, self.proxies)
        self.timeout_keep_alive = ceil(self.limits.kept_by_proxy)  # uvicorn's own; for all others ours ends sooner
        self.since = self.loop.time()
        self._open_ones().enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._open_ones().leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes of a request."""
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        """An answer is written."""
        super().on_response_complete()
        self._note()

    def pause_writing(self) -> None:
        """The client does not read."""
        super().pause_writing()
        self._note()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._note()

    def end(self) -> None:
        """Say why where a request had begun and nothing was answered yet, and close."""
        if self.phase == "headers":
            self.transport.write(_TOO_SLOW)
        if self.phase == "sending":
            self.cut()
        else:
            self.transport.close()
            self._note()

    def cut(self) -> None:
        """Close at once, whatever was still to be sent."""
        self.transport.abort()

    def _note(self) -> None:
        phase = self._phase()
        if phase != self.phase:
            self.phase, self.since = phase, self.loop.time()

    def _phase(self) -> Phase:
        if self.transport.is_closing():
            return "closing"
        if self.flow.write_paused:
            return "sending"
        if self.cycle is not None and not self.cycle.response_complete:
            return "body" if self.cycle.more_body else "answering"
        if self.conn.their_state is h11.SEND_BODY:  # answered before all of it had come
            return "body"
        if self.conn.trailing_data[0]:
            return "headers"
        return "first" if self.cycle is None else "kept"

    @classmethod
    def _open_ones(cls) -> OpenConnections:
        if cls.open_ones is None:
            loop = asyncio.get_running_loop()
            cls.open_ones = OpenConnections(cls.limits, loop.time, loop.call_later)
        return cls.open_ones


def protocol_of(*, limits: Limits, proxies: tuple[Network, ...]) -> type[PatientProtocol]:
    """The class for one server: uvicorn takes a class and makes the connections itself."""
    own: dict[str, Any] = {"limits": limits, "proxies": proxies, "open_ones": None}
    return type("PatientProtocol", (PatientProtocol,), own)

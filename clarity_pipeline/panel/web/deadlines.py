"""How long a client may keep a connection without getting on, and how many an address may keep.

uvicorn has a time limit between two requests and none for a connection that never sends one, for headers or a body that come a
byte at a time, or for an answer that nobody reads: 1,020 such connections and no more can be opened. Here each phase has a
deadline that counts from its beginning, whatever trickles in meanwhile. The work of answering has none: a test of a token may
wait minutes.

Called by `protocol`, in the server's event loop. Who holds the most gives way, not who comes last: over a limit the connection
that has waited longest is closed, so that an honest visitor gets in even from the address of those who are in the way.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

CONNECTIONS = logging.getLogger("clarity_pipeline.panel.connections")

Phase = Literal[
    "first",  # connected, and not one byte of a request
    "kept",  # between two requests
    "headers",
    "body",
    "answering",
    "sending",  # the client does not read its answer
    "closing",  # what was sent last is not taken
]

_NOTE_EVERY_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds of each phase, and numbers of connections."""

    first: float = 10
    kept: float = 5
    headers: float = 10
    body: float = 20  # of 64 KiB at most
    sending: float = 20
    closing: float = 5
    kept_by_proxy: float = 180  # longer than nginx (60 s) and Caddy (120 s) keep theirs, so that they close first
    of_an_address: int = 200  # a browser opens six, an office shares one address; a named proxy has no such limit
    at_once: int = 4096
    spared: float = 1  # so young a connection has had no time for its request: it is not closed for its address

    def seconds(self, phase: Phase, *, is_proxy: bool) -> float | None:
        """How long the phase may last; None for as long as it takes."""
        if phase == "answering":
            return None
        if is_proxy and phase in {"first", "kept"}:
            return self.kept_by_proxy
        found: float = getattr(self, phase)
        return found


class Connection(Protocol):
    """What `protocol` is to this module."""

    phase: Phase
    since: float
    network: str
    is_proxy: bool

    def end(self) -> None:
        """Close it for taking too long."""

    def cut(self) -> None:
        """Close it at once."""


@dataclass
class OpenConnections:
    """All connections of one server; `now` and `later` are its event loop's clock and timer."""

    limits: Limits
    now: Callable[[], float]
    later: Callable[[float, Callable[[], None]], object]
    all: dict[Connection, None] = field(default_factory=dict)  # a set that keeps who came first
    by_network: dict[str, dict[Connection, None]] = field(default_factory=dict)
    is_watching: bool = False
    closed: int = 0
    noted_at: float = 0

    def enter(self, connection: Connection) -> None:
        """A new one; others may have to go, or this one where all the others are being answered."""
        self.all[connection] = None
        neighbours = self.by_network.setdefault(connection.network, {})
        neighbours[connection] = None
        if not connection.is_proxy and len(neighbours) > self.limits.of_an_address:
            self._make_room(neighbours, but=connection, at_least_for=self.limits.spared, share=0)
        if len(self.all) > self.limits.at_once and not self._make_room(self.all, but=connection, at_least_for=0, share=1 / 32):
            self._cut(connection)
        if not self.is_watching:
            self.is_watching = True
            self.later(1, self._watch)

    def leave(self, connection: Connection) -> None:
        """It is closed."""
        self.all.pop(connection, None)
        neighbours = self.by_network.get(connection.network, {})
        neighbours.pop(connection, None)
        if not neighbours:
            self.by_network.pop(connection.network, None)

    def _make_room(self, them: Iterable[Connection], *, but: Connection, at_least_for: float, share: float) -> bool:
        """Close whoever waits longest, and a `share` more of them, so that a flood does not sort them all each time."""
        latest = self.now() - at_least_for
        waiting = [each for each in them if each is not but and each.phase != "answering" and each.since <= latest]
        waiting.sort(key=lambda each: each.since)
        for each in waiting[: 1 + int(len(waiting) * share)]:
            self._cut(each)
        return bool(waiting)

    def _cut(self, connection: Connection) -> None:
        self.closed += 1
        self.leave(connection)
        connection.cut()

    def _watch(self) -> None:
        """Once a second, for as long as there are any."""
        now = self.now()
        for each in list(self.all):
            allowed = self.limits.seconds(each.phase, is_proxy=each.is_proxy)
            if allowed is None or now - each.since < allowed:
                continue
            if each.phase == "closing":
                self._cut(each)
            else:
                self.closed += each.phase != "kept"
                each.end()
        if self.closed and now - self.noted_at >= _NOTE_EVERY_SECONDS:
            CONNECTIONS.warning("%s connections closed that did not get on, or were too many of one address", f"{self.closed:,}")
            self.closed, self.noted_at = 0, now
        self.is_watching = bool(self.all)
        if self.is_watching:
            self.later(1, self._watch)

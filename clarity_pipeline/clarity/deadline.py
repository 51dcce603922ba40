"""A total deadline of one HTTP call, whatever phase it is in: name, connection, TLS, headers or a dripping body.

A drip of one byte a quarter second beat `timeout=1` of `requests` (7.3 s, answered 200), so a watchdog shuts the socket when the
time is over. Used by `client`.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Deadline:
    """Shuts the registered socket when the time is over, whatever phase the call is in."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self.end)
        self._timer.daemon = True
        self._guard = threading.Lock()

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, connected: socket.socket) -> None:
        """Shut this socket when the time is over; each connection hands its own in once it has one."""
        with self._guard:
            self._socket = connected
            if self.passed:
                _shut(connected)

    def end(self) -> None:
        """Let the time be over now."""
        with self._guard:
            self.passed = True
            if self._socket is not None:
                _shut(self._socket)


def _shut(connected: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)  # the plain socket's, also under TLS: no goodbye is waited for


@contextmanager
def watched_session(deadline: Deadline) -> Iterator[requests.Session]:
    """A session without retries and without a proxy of the environment, whose sockets the deadline shuts."""
    with requests.Session() as session:
        session.trust_env = False
        adapter = _DeadlineAdapter(deadline)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        yield session


class _DeadlineAdapter(HTTPAdapter):
    """An adapter whose connections hand their socket to the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        deadline = self._deadline

        class WatchedHTTP(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                deadline.watch(self.sock)

        class WatchedHTTPS(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                deadline.watch(self.sock)

        class HTTPPool(HTTPConnectionPool):
            ConnectionCls = WatchedHTTP

        class HTTPSPool(HTTPSConnectionPool):
            ConnectionCls = WatchedHTTPS

        self.poolmanager.pool_classes_by_scheme = {"http": HTTPPool, "https": HTTPSPool}

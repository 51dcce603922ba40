"""Connections that do not get on, over real sockets with short deadlines, and who has to go when there are too many."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

import pytest

from clarity_pipeline.panel.web.deadlines import Limits
from clarity_pipeline.panel.web.forwarded import proxy_networks
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.panel.running import RunningPanel, running

SHORT = Limits(first=0.5, kept=0.5, headers=0.5, body=0.5, sending=0.5, closing=0.5, kept_by_proxy=60, of_an_address=20, spared=0)
HEALTH = b"GET /api/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n"
SIGN_IN = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n" + FORM


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[RunningPanel]:
    with running(Settings(home=tmp_path / "home"), limits=SHORT) as found:
        yield found


def connected(panel: RunningPanel, *, source: str = "127.0.0.1") -> socket.socket:
    port = int(panel.base_url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0))


def until_closed(client: socket.socket, *, trickled: bytes, seconds: float = 8) -> bytes:
    """What the server says until it closes, while a byte comes every fifth of a second."""
    heard, ends = b"", monotonic() + seconds
    client.settimeout(0.2)
    while monotonic() < ends:
        try:
            if trickled:
                client.send(trickled)
            more = client.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            return heard
        if not more:
            return heard
        heard += more
    raise AssertionError(f"not closed within {seconds} seconds")


WAYS = {
    "nothing is sent": (b"", b"", b""),
    "headers come a byte at a time": (b"GET /sign-in HTTP/1.1\r\nX-Slow: ", b"x", b"HTTP/1.1 408"),
    "a body comes a byte at a time": (SIGN_IN, b"x", b""),
    "nothing follows an answer": (HEALTH, b"", b"HTTP/1.1 200"),
    "the next request comes a byte at a time": (HEALTH + b"GET / HTTP/1.1\r\nX-Slow: ", b"x", b"HTTP/1.1 200"),
    "blank lines come instead of a request": (b"\r\n", b"\r\n", b"HTTP/1.1 400"),
    "the rest of a body that was refused comes slowly": (SIGN_IN.replace(b"5000", b"99000"), b"x", b"HTTP/1.1 413"),
}


def test_whoever_does_not_get_on_is_closed_at_a_deadline(hasty: RunningPanel) -> None:
    def closed(way: str) -> tuple[str, bytes]:
        begun, trickled, _ = WAYS[way]
        with connected(hasty) as client:
            client.sendall(begun)
            return way, until_closed(client, trickled=trickled)

    with ThreadPoolExecutor(len(WAYS)) as pool:
        heard = dict(pool.map(closed, WAYS))
    for way, (_, _, beginning) in WAYS.items():
        assert heard[way].startswith(beginning), way
        assert beginning or not heard[way], way


def test_who_does_not_read_an_answer_is_cut_off(hasty: RunningPanel) -> None:
    with connected(hasty) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ask = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        client.settimeout(0.2)
        ends = monotonic() + 10
        while not is_cut_off(client, ask * 20):
            assert monotonic() < ends
    assert hasty.visitor().get("/api/v1/health").status_code == 200


def test_an_address_with_too_many_loses_the_one_that_waits_longest_and_never_the_newcomer(hasty: RunningPanel) -> None:
    with running(Settings(home=hasty.panel.home.settings.home / "other"), limits=Limits(of_an_address=5, spared=0)) as panel:
        clients = [connected(panel) for _ in range(8)]
        elsewhere = connected(panel, source="127.0.0.2")
        sleep(0.3)
        assert [is_open(each) for each in clients] == [False] * 3 + [True] * 5
        assert is_open(elsewhere)
        clients[-1].sendall(HEALTH)
        assert clients[-1].recv(100).startswith(b"HTTP/1.1 200")
        for each in (*clients, elsewhere):
            each.close()


def test_a_proxy_that_was_named_may_hold_many_and_keep_them(tmp_path: Path) -> None:
    limits, proxies = Limits(of_an_address=3, spared=0, first=0.5, kept=0.5), proxy_networks("127.0.0.1")
    with running(Settings(home=tmp_path / "home"), limits=limits, proxies=proxies) as panel:
        clients = [connected(panel) for _ in range(8)]
        clients[0].sendall(HEALTH)
        sleep(2.5)
        assert clients[0].recv(100).startswith(b"HTTP/1.1 200")
        assert all(is_open(each) for each in clients[1:])
        clients[0].sendall(HEALTH)
        for each in clients:
            each.close()


def test_where_no_more_connections_fit_the_longest_waiting_of_all_make_room(tmp_path: Path) -> None:
    with running(Settings(home=tmp_path / "home"), limits=Limits(at_once=10)) as panel:
        clients = [connected(panel, source=f"127.0.{number}.1") for number in range(1, 31)]
        sleep(0.3)
        assert panel.visitor().get("/api/v1/health").status_code == 200
        still = [is_open(each) for each in clients]
        assert sum(still) <= 10
        assert still[-5:] == [True] * 5
        for each in clients:
            each.close()


def is_cut_off(client: socket.socket, ask: bytes) -> bool:
    try:
        client.send(ask)
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return False


def is_open(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        client.setblocking(True)
        client.settimeout(10)

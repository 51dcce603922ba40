"""The panel as a process, under thousands of clients that never get on: honest visitors do not notice."""

import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep

import pytest
import requests

from clarity_pipeline_tests.cli.running import SCRIPT, bare, run_script
from clarity_pipeline_tests.world import World

CLIENTS, SECONDS, PAGES_A_SECOND = 2000, 60, 20
PASSWORD = "a pond full of herons"


@pytest.mark.slow("a minute of it")
def test_under_two_thousand_slow_clients_every_page_and_the_health_address_are_answered(world: World, tmp_path: Path) -> None:
    with served(world, tmp_path) as (process, port):
        cookie = signed_in(world, tmp_path, port)
        clients = subprocess.Popen(
            [sys.executable, "-m", "clarity_pipeline_tests.panel.slow_clients", str(port), str(CLIENTS), str(SECONDS + 10)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            sleep(5)  # all of them are there
            assert open_files(process.pid) > 1000, "half of them share no address with many, and stay until their deadline"
            began, times, memory = monotonic(), [], []
            for number in range(SECONDS * PAGES_A_SECOND):
                sleep(max(0.0, began + number / PAGES_A_SECOND - monotonic()))
                times.append(answered("/businesses" if number % PAGES_A_SECOND else "/api/v1/health", port, cookie))
                if number % PAGES_A_SECOND == 0:
                    memory.append(resident_mb(process.pid))
        finally:
            opened, _ = clients.communicate(timeout=60)
    assert int(opened) > CLIENTS * 2, "they came again each time"
    times.sort()
    assert times[len(times) * 99 // 100] < 1.0, f"slowest {times[-1]:.2f} s"
    assert max(memory[10:]) < 1.1 * max(memory[:10]), f"{max(memory[:10])} MB became {max(memory[10:])}"
    sys.stderr.write(f"{opened.strip()} connections; median {times[len(times) // 2] * 1000:.0f} ms, p99 {times[-12] * 1000:.0f}, "
          f"slowest {times[-1] * 1000:.0f}; {memory[0]:.0f} MB, then {max(memory[10:]):.0f}")  # fmt: skip


def test_the_limit_of_open_files_is_raised_as_far_as_the_system_lets_it(world: World, tmp_path: Path) -> None:
    with served(world, tmp_path, soft=300) as (process, _):
        (line,) = [each for each in Path(f"/proc/{process.pid}/limits").read_text().splitlines() if "open files" in each]
        assert int(line.split()[3]) >= min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])


@contextmanager
def served(world: World, folder: Path, *, soft: int = 1024) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """With the limit of open files that most systems begin with."""
    log = (folder / "panel.log").open("w")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = subprocess.Popen(
        [SCRIPT, "panel", "--port", "0"], env=bare(world.environment), cwd=folder, text=True, stdout=subprocess.PIPE, stderr=log,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
    )  # fmt: skip
    assert server.stdout is not None
    try:
        found = re.search(r"http://127\.0\.0\.1:(\d+) ; [\d,]+ connections fit", server.stdout.readline())
        assert found
        yield server, int(found[1])
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)
        server.stdout.close()
        log.close()


def signed_in(world: World, folder: Path, port: int) -> str:
    file = folder / "password"
    file.write_text(PASSWORD)
    create = ("panel", "create-admin", "ann@agency.example", "--password-file", str(file))
    assert run_script(*create, environment=world.environment, cwd=folder).status == 0
    form = {"email": "ann@agency.example", "password": PASSWORD}
    answer = requests.post(f"http://127.0.0.1:{port}/sign-in", data=form, allow_redirects=False, timeout=30)
    return answer.headers["Set-Cookie"].partition(";")[0]


def answered(path: str, port: int, cookie: str) -> float:
    """Seconds; on a connection of its own, from the address that a thousand slow ones share."""
    began = monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200
    assert body
    return monotonic() - began


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident_mb(pid: int) -> float:
    (line,) = [each for each in Path(f"/proc/{pid}/status").read_text().splitlines() if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1024

"""`make dev`, and a demo's home in plain Dagster: real processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from time import monotonic, sleep
from urllib.request import urlopen

import pytest

from clarity_pipeline.calls.of_a_demo import DemoTransport
from clarity_pipeline.clarity.client import HttpTransport
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.cli.demo.play import Demo
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings, utc_now

DEMO = Demo(date(2026, 5, 3))
SLUG = DEMO.businesses[0].slug


@pytest.fixture
def demo_home(tmp_path: Path) -> Path:
    """A home that holds a demo's marker and one of its businesses, with its made-up token."""
    home = tmp_path / "home"
    site = DEMO.businesses[0].site
    with open_home(Settings(home=home)) as opened, DEMO.fake_clarity(utc_now) as fake:
        opened.connections.connect(SLUG, project_id=site.project_id, token=Token.parse(fake.token(site.project_id)))
    Settings(home=home).demo_marker.write_text(f'{{"last": "{DEMO.last}"}}', encoding="utf-8")
    return home


def test_a_demo_is_fetched_from_its_own_fake_where_nothing_is_set_and_no_token_of_it_goes_to_microsoft(demo_home: Path) -> None:
    """As plain `dagster dev` opens it: with the real address."""
    settings = Settings.from_env({"CLARITY_HOME": str(demo_home)})
    assert settings.is_real_clarity
    with open_home(settings) as home:
        assert isinstance(home.capture.transport, DemoTransport)
        captured = home.capture.test(SLUG)
        assert (captured.calls, captured.stored.purpose) == (1, "test")
        assert home.quota.used_today(home.connections.get(SLUG).quota_key or "") == 1


def test_a_home_of_ones_own_is_asked_of_microsoft(tmp_path: Path) -> None:
    with open_home(Settings.from_env({"CLARITY_HOME": str(tmp_path / "home")})) as home:
        assert isinstance(home.capture.transport, HttpTransport)


@pytest.fixture
def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
    return port


@pytest.fixture
def in_the_background(demo_home: Path, free_port: int) -> Iterator["subprocess.Popen[bytes]"]:
    """`make dev &` of a shell: a process that has Ctrl-C ignored, and hands that on to its children."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clarity_pipeline.cli.demo.dev", "--port", str(free_port)],
        env={"CLARITY_HOME": str(demo_home), "PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN) and None,
    )
    ends_at = monotonic() + 240
    while monotonic() < ends_at:
        try:
            with urlopen(f"http://127.0.0.1:{free_port}/server_info", timeout=2):
                break
        except OSError:
            assert process.poll() is None
            sleep(0.5)
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def children_of(pid: int) -> set[int]:
    """All that live, however deep, by process id."""
    found, fresh = set(), {pid}
    while fresh:
        kids = {
            int(child)
            for parent in fresh
            for task in Path(f"/proc/{parent}/task").glob("*/children")
            for child in task.read_text().split()
        }
        fresh = kids - found
        found |= kids
    return found


def alive(pids: set[int]) -> set[int]:
    states = {pid: Path(f"/proc/{pid}/stat") for pid in pids}
    return {pid for pid, stat in states.items() if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"}


@pytest.mark.slow("Dagster's five processes, up and down")
@pytest.mark.skipif(not Path("/proc/self/task").exists() or shutil.which("ps") is None, reason="looks at /proc")
@pytest.mark.timeout(300)
def test_make_dev_in_the_background_ends_on_sigterm_with_all_its_processes(
    in_the_background: "subprocess.Popen[bytes]",
) -> None:
    below = children_of(in_the_background.pid)
    assert len(below) >= 5
    in_the_background.send_signal(signal.SIGTERM)
    in_the_background.wait(60)
    assert alive(below) == set()

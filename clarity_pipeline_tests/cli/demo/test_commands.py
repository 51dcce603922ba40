"""`simulate`: a newcomer's first hour, by the real command in a process of its own."""

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clarity_pipeline_tests.cli.running import SCRIPT, bare, run_script

NOW = {"CLARITY_NOW": "2026-05-04T00:05:00Z"}


@contextmanager
def simulating(*options: str) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [SCRIPT, "simulate", "--port", "0", *options], env=bare(NOW), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def document(process: "subprocess.Popen[str]") -> dict[str, object]:
    """The one JSON document, read while the process goes on."""
    assert process.stdout is not None
    text = ""
    while True:
        text += process.stdout.readline()
        try:
            found: dict[str, object] = json.loads(text)
        except ValueError:
            continue
        return found


def test_connect_and_sync_in_bare_processes_against_the_fake_that_simulate_serves(tmp_path: Path) -> None:
    with simulating("--json") as process:
        served = document(process)
        assert list(served) == ["base_url", "projects"]
        projects = served["projects"]
        assert isinstance(projects, list)
        assert [project["name"] for project in projects] == ["large-shop", "mid-size", "small"]
        small = projects[-1]
        environment = {**NOW, "CLARITY_HOME": "home", "CLARITY_API_BASE_URL": str(served["base_url"]), "TZ": "Asia/Kathmandu"}
        connect = ("connect", "small", "--project-id", small["project_id"], "--token-file", "-")
        assert run_script(*connect, environment=environment, cwd=tmp_path, stdin=small["token"]).status == 0
        synced = run_script("sync", environment=environment, cwd=tmp_path)
        assert (synced.status, synced.err) == (0, "")
        assert re.match(r"2026-05-03: 4 of 4 lanes ok, \d+ rows, 4 calls\.\n", synced.out)
        assert "its site is taken to be roofmaster.example" in synced.out
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (0, "", "")


def test_what_people_are_shown_can_be_pasted(tmp_path: Path) -> None:
    with simulating() as process:
        assert process.stdout is not None
        shown = [process.stdout.readline() for _ in range(9)]
        export = next(line for line in shown if line.startswith("export "))
        connect = next(line for line in shown if "connect small" in line)
        environment = bare({**NOW, "CLARITY_HOME": str(tmp_path / "home"), "PATH": f"{SCRIPT.parent}:/usr/bin:/bin"})
        pasted = subprocess.run(["sh", "-c", export + connect], env=environment, capture_output=True, text=True, check=True)
        assert pasted.stdout.startswith("Connected small")


def test_a_port_that_is_taken_is_one_line(tmp_path: Path) -> None:
    with simulating("--json") as process:
        port = str(document(process)["base_url"]).rpartition(":")[2]
        ran = run_script("simulate", "--port", port, environment=NOW, cwd=tmp_path)
    assert (ran.status, ran.out) == (1, "")
    assert f"port {port}" in ran.error

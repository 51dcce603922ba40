"""Starting `worker` in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def start(path: Path, action: str, sessions: int = 0, *, failpoint: str = "") -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "clarity_pipeline_tests.warehouse.worker", str(path), action, str(sessions)]
    environment = {**os.environ, "CLARITY_FAILPOINT": failpoint}
    return subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> int:
    process.communicate(timeout=60)
    return process.returncode


@contextmanager
def holding(path: Path, action: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that has the file; killed at the end."""
    process = start(path, action)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()

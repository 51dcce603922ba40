"""The command line as a person meets it: in this process, or as the installed console script in a bare environment."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT = Path(sys.executable).with_name("clarity-pipeline")


@dataclass(frozen=True)
class Ran:
    """What one command left behind."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line on standard error."""
        (line,) = self.err.splitlines()
        assert line.startswith("error: ")
        assert self.err.endswith("\n")
        return line.removeprefix("error: ")


def bare(environment: Mapping[str, str]) -> dict[str, str]:
    """PATH, HOME and what is given; nothing else of ours."""
    return {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment}


def run_script(*arguments: str, environment: Mapping[str, str], cwd: Path, stdin: str = "", seconds: float = 90) -> Ran:
    """The console script in a process of its own."""
    done = subprocess.run(
        [SCRIPT, *arguments],
        env=bare(environment),
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def run_on_a_terminal(
    *arguments: str, environment: Mapping[str, str], typed: tuple[str, str] | None = None, then: tuple[str, str] | None = None
) -> tuple[int, str]:
    """The console script on a pseudo-terminal of 80 columns: its status, and all that a person sees.

    `typed` is what to wait for, and what to type then; `then` comes after it.
    """
    child, terminal = pty.fork()
    if child == 0:
        os.execve(SCRIPT, [str(SCRIPT), *arguments], bare({"TERM": "xterm", "COLUMNS": "80", **environment}))
    seen = b""
    while True:
        try:
            seen += os.read(terminal, 4096)
        except OSError:  # Linux ends a terminal so
            break
        if typed and typed[0].encode() in seen:
            os.write(terminal, typed[1].encode())
            typed, then = then, None
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), seen.decode().replace("\r\n", "\n")

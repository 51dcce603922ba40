"""One night of some businesses by the real `sync` of a release: what it took, in processor seconds of all its processes."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.sweep.trees import HERE, Tree

_COMMAND = "import sys; from clarity_pipeline.cli.main import main; main(sys.argv[1:])"


@dataclass(frozen=True, slots=True)
class Size:
    """How many businesses, how many rows each of their lanes has, and how long Clarity takes to answer."""

    businesses: int
    rows: int
    pause: float
    seed: int


@dataclass(frozen=True, slots=True)
class Night:
    """What a night took. A business-day's share of it is by `businesses`; the fake's processor time is in none of it."""

    businesses: int
    cpu_s: float
    wall_s: float
    captured_by_s: float
    peak_mb: float
    calls: int
    events: int
    event_log_bytes: int
    dagster_bytes: int
    summary: str

    def a_business_day(self) -> dict[str, float]:
        """Of each what one business and date takes of it."""
        shares = {name: getattr(self, name) / self.businesses for name in ("cpu_s", "wall_s", "calls", "events")}
        return {**shares, "event_log_kb": self.event_log_bytes / 1000 / self.businesses}


class Business:
    """The businesses of one release: a home of their own, and the fake Clarity that answers them."""

    def __init__(self, tree: Tree, size: Size, *, home: Path, site: "subprocess.Popen[str]", base_url: str) -> None:
        self._tree, self._size, self._home, self._site, self._base_url = tree, size, home, site, base_url

    def night(self, now: datetime) -> Night:
        """`sync` at that instant, as a person or a timer starts it."""
        said = _ask(self._site, now.isoformat())
        before, began, began_at = _logged(self._home), time.monotonic(), time.time()
        with (self._home / "said").open("w+", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "-c", _COMMAND, "sync"],
                env=_environment(self._tree, home=self._home, base_url=self._base_url, now=now),
                stdout=output, stderr=output, cwd=self._tree.folder,  # where `-c` looks for modules first
            )  # fmt: skip
            _, status, used = os.wait4(process.pid, 0)  # with whatever processes it had started itself
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            summary = output.read().strip()
        if process.returncode:
            raise RuntimeError(f"sync of {self._tree.name} ended with {process.returncode}: {summary}")
        wall = time.monotonic() - began
        after, answered = _logged(self._home), _ask(self._site, now.isoformat())
        return Night(
            businesses=self._size.businesses,
            cpu_s=used.ru_utime + used.ru_stime,
            wall_s=wall,
            captured_by_s=answered["last_call_at"] - began_at,
            peak_mb=used.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024),
            calls=answered["calls"] - said["calls"],
            events=after.events - before.events,
            event_log_bytes=after.event_log_bytes - before.event_log_bytes,
            dagster_bytes=after.dagster_bytes - before.dagster_bytes,
            summary=summary.splitlines()[0] if summary else "",
        )


@contextmanager
def businesses(tree: Tree, size: Size, *, home: Path, now: datetime) -> Iterator[Business]:
    """Connect them by the release's own commands, at `now`, and let a fake Clarity answer them meanwhile."""
    home.mkdir()
    command = [sys.executable, "-m", "benchmarks.sweep.site", "--now", now.isoformat()]
    command += [f"--{name}={getattr(size, name)}" for name in ("businesses", "rows", "pause", "seed")]
    with subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(HERE)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as site:
        try:
            listens = _read(site)
            environment = _environment(tree, home=home, base_url=listens["base_url"], now=now)
            # the rules are those of the release, and the commands too; the script itself is ours
            subprocess.run(
                [sys.executable, str(HERE / "benchmarks" / "sweep" / "connect.py")],
                input=json.dumps(listens["tokens"]), env=environment, check=True, text=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            yield Business(tree, size, home=home, site=site, base_url=listens["base_url"])
        finally:
            if site.stdin:
                site.stdin.close()


def _environment(tree: Tree, *, home: Path, base_url: str, now: datetime) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    ours = {"CLARITY_HOME": str(home), "CLARITY_API_BASE_URL": base_url, "CLARITY_NOW": now.isoformat()}
    return {**kept, **ours, "PYTHONPATH": str(tree.folder)}


def _ask(site: "subprocess.Popen[str]", line: str) -> dict[str, float]:
    assert site.stdin is not None
    site.stdin.write(f"{line}\n")
    site.stdin.flush()
    return _read(site)


def _read(site: "subprocess.Popen[str]") -> dict[str, float]:
    assert site.stdout is not None
    found: dict[str, float] = json.loads(site.stdout.readline())
    return found


@dataclass(frozen=True, slots=True)
class _Logged:
    """What Dagster's storage below a home holds."""

    events: int = 0
    event_log_bytes: int = 0
    dagster_bytes: int = 0


def _logged(home: Path) -> _Logged:
    """Journals are written back first, so that what counts is in the files."""
    events = event_log = everything = 0
    for file in (home / "dagster").rglob("*.db"):
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("pragma wal_checkpoint(truncate)").fetchall()
            tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
            found = connection.execute("select count(*) from event_logs").fetchone()[0] if "event_logs" in tables else 0
        events += found
        everything += file.stat().st_size
        event_log += file.stat().st_size if "event_logs" in tables and "run_tags" not in tables else 0
    return _Logged(events, event_log, everything)


def by_name(nights: Mapping[str, Night]) -> dict[str, dict[str, object]]:
    """For JSON."""
    fields = Night.__dataclass_fields__
    return {name: {field: getattr(night, field) for field in fields} for name, night in nights.items()}

"""What a night's calls take when they are made ahead, by how many are made at once, and one after the other as before.

    .venv/bin/python -m benchmarks.capture_ahead [--businesses 1000] [--at-once 16 32] [--in-series 50] [--json]

Each business has a project of its own on a fake Clarity that answers after 300 ms with lanes of 100 rows, four calls each. The
pipeline's state is a SQLite file, or what `--state-url` names (an empty database). Seconds are of the calls alone: nothing is
loaded. The processor time is this side's, so the fake Clarity's counts for nobody. Ten minutes at the most.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.lane_load import apart, folder, peak_mb
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.calls.ahead import fetching_ahead, lanes_ahead
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.home import Home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import open_state

DAY = date(2026, 11, 20)
FIVE_PAST = datetime(2026, 11, 21, 0, 5, tzinfo=UTC)
ALIGNED = timedelta(minutes=25)


@dataclass(frozen=True, slots=True)
class Took:
    """Of so many calls; `last_after_s` is when the last answer came, from the first call on."""

    calls: int
    wall_s: float
    cpu_s: float
    last_after_s: float
    peak_mb: float


@contextmanager
def clarity(businesses: int, asked: "Asked") -> Iterator[dict[str, Any]]:
    """A fake Clarity in a process of its own: its address, and the tokens by project."""
    command = [sys.executable, "-m", "benchmarks.sweep.site", "--businesses", str(businesses), "--rows", str(asked.rows)]
    command += ["--pause", str(asked.pause), "--seed", str(asked.seed), "--now", FIVE_PAST.isoformat()]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(30)


@contextmanager
def home_of(place: Path, base_url: str, *, at_once: int, state_url: str | None) -> Iterator[Home]:
    """A new home whose clock goes on from five past midnight."""
    began = time.monotonic()
    settings = Settings(home=place, api_base_url=base_url, calls_at_once=at_once, state_url=state_url)
    state = open_state(settings)
    try:
        yield Home(settings, state, lambda: FIVE_PAST + timedelta(seconds=time.monotonic() - began))
    finally:
        state.dispose()


def connect(home: Home, tokens: dict[str, str]) -> list[str]:
    for project_id, token in tokens.items():
        home.connections.connect(project_id, project_id=project_id, token=Token.parse(token))
    return list(tokens)


def took(home: Home, *, began: float, cpu_before: float) -> Took:
    wall, cpu = time.monotonic() - began, time.process_time() - cpu_before
    jobs = home.jobs.list(date=DAY)
    assert {job.state for job in jobs} == {"ok"}
    first, last = min(job.started_at for job in jobs), max(job.window_end or job.started_at for job in jobs)
    return Took(sum(job.calls for job in jobs), wall, cpu, (last - first).total_seconds(), peak_mb())


def ahead(place: Path, site: dict[str, Any], at_once: int, state_url: str | None) -> Took:
    with home_of(place, site["base_url"], at_once=at_once, state_url=state_url) as home:
        slugs = connect(home, site["tokens"])
        began, cpu = time.monotonic(), time.process_time()
        with fetching_ahead(home.capture, lanes_ahead(plan_today(home), slugs, first=DAY), since=home.clock()) as threads:
            while (progress := threads.wait(5)).through < progress.businesses:
                print(f"{progress.through} of {progress.businesses}", file=sys.stderr)
        return took(home, began=began, cpu_before=cpu)


def in_series(place: Path, site: dict[str, Any], state_url: str | None) -> Took:
    with home_of(place, site["base_url"], at_once=1, state_url=state_url) as home:
        slugs = connect(home, site["tokens"])
        began, cpu = time.monotonic(), time.process_time()
        for slug in slugs:
            for asked in DAILY_SLICES.values():
                home.capture.lane(slug, date=DAY, asked=asked)
        return took(home, began=began, cpu_before=cpu)


def figures(asked: "Asked", place: Path) -> Iterator[Figure]:
    if asked.in_series:
        with clarity(asked.in_series, asked) as site:
            series = apart(in_series, place / "series", site, None)
        yield Figure("a call, one after the other: wall", series.wall_s / series.calls * 1000, "ms")
        yield Figure("a call, one after the other: processor, its answer parsed", series.cpu_s / series.calls * 1000, "ms")
        whole = series.wall_s / series.calls * 4 * asked.businesses / 60
        yield Figure(f"{asked.businesses} businesses, one after the other", whole, "minutes")
    for at_once in asked.at_once:
        with clarity(asked.businesses, asked) as site:
            many = apart(ahead, place / str(at_once), site, at_once, asked.state_url)
        what = f"{asked.businesses} businesses, {at_once} calls at once"
        yield Figure(f"{what}: last answer", many.last_after_s, "s", target=ALIGNED.total_seconds(), at_least=False)
        yield Figure(f"{what}: wall", many.wall_s, "s")
        yield Figure(f"{what}: processor a call, its answer not parsed", many.cpu_s / many.calls * 1000, "ms")
        yield Figure(f"{what}: calls", many.calls, "calls")
        yield Figure(f"{what}: peak memory", many.peak_mb, "MB", target=600, at_least=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line."""

    businesses: int
    at_once: Sequence[int]
    in_series: int
    rows: int
    pause: float
    seed: int
    state_url: str | None


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=1000)
    parser.add_argument("--at-once", type=int, nargs="+", default=[16])
    parser.add_argument("--in-series", type=int, default=25, help="businesses of the comparison; 0 leaves it out")
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--pause", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--state-url")
    given = vars(parser.parse_args())
    as_json = given.pop("json")
    os.umask(0o077)
    with folder() as place:
        finish(list(figures(Asked(**given), place)), as_json=as_json)


if __name__ == "__main__":
    main()

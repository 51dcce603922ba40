"""How many lanes a second `replay` makes anew from the vault: narrow lanes of 100 rows, and full ones of 1,000.

    .venv/bin/python -m benchmarks.replay_speed [--json] [--businesses 20] [--dates 10] [--keep FOLDER]

A home is filled with made-up answers (`benchmarks.answers`) as if each had been fetched at 00:05 of the next day, four lanes a
business and date, and its warehouse file is missing: all of it comes from the vault. Seconds of the clock and of the processor,
of all processes. Some two minutes.
"""

import os
import resource
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.answers import lane_answer
from benchmarks.lane_load import apart, folder, peak_mb
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, ROW_CAP
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.home import open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.upkeep.replay import replay

FIRST = date(2026, 1, 1)
BODIES = 12
"""Answers that differ; each is kept for many lanes."""


class Taken(NamedTuple):
    """What a replay took."""

    lanes: int
    seconds: float
    processor_seconds: float
    peak_mb: float


def settings_of(home: Path) -> Settings:
    return Settings.from_env({"CLARITY_HOME": str(home), "CLARITY_API_BASE_URL": "http://127.0.0.1:9"})


def fill(home: Path, businesses: int, dates: int, rows: int) -> None:
    """Answers and jobs of so many businesses on so many dates; no row is loaded."""
    bodies = {
        name: [lane_answer(asked, seed=seed, rows=rows) for seed in range(BODIES // 4)] for name, asked in DAILY_SLICES.items()
    }
    with open_home(settings_of(home)) as opened:
        for number in range(businesses):
            business_id = f"shop{number:04}"
            token = Token(f"made-up-token-of-{business_id}")
            opened.connections.connect(business_id, project_id=f"project{number:04}", token=token, site=("www.shop.example",))
            for later in range(dates):
                day = FIRST + timedelta(days=later)
                fetched_at = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) + timedelta(minutes=5)
                window = (fetched_at - timedelta(days=1), fetched_at)
                for place, name in enumerate(DAILY_SLICES):
                    stored = opened.vault.keep(
                        bodies[name][(number + later + place) % len(bodies[name])],
                        business_id=business_id,
                        date=day,
                        slice_name=name,
                        num_of_days=1,
                        window=window,
                        purpose="sync",
                    )
                    job = opened.jobs.start(business_id, date=day, slice_name=name, run_id=None)
                    opened.jobs.finish(job, state="ok", calls=1, window=window, answer_sha256=stored.sha256)
                    opened.jobs.loaded(business_id, date=day, slice_name=name, rows=rows, loaded_at=fetched_at)


def measured(home: Path) -> Taken:
    began, before = time.perf_counter(), _processor()
    with open_home(settings_of(home)) as opened:
        done = replay(opened)
    if done.failures or done.unusable:
        raise SystemExit(f"replay failed: {done.failures[:3]}, {done.unusable} unusable")
    return Taken(done.lanes, time.perf_counter() - began, _processor() - before, peak_mb())


def _processor() -> float:
    """Seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=20)
    parser.add_argument("--dates", type=int, default=10)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="fill this folder, or use what an earlier run filled it with")
    asked = parser.parse_args()
    figures = []
    for rows, share, least in ((100, 1, 60), (ROW_CAP, 4, 20)):
        with ExitStack() as stack:
            home = asked.keep / f"{rows}" if asked.keep else stack.enter_context(folder()) / "home"
            if not home.exists():
                apart(fill, home, asked.businesses, max(1, asked.dates // share), rows)
            (home / "warehouse.duckdb").unlink(missing_ok=True)
            taken = apart(measured, home)
        lanes = f"lanes of {rows:,} rows"
        figures += [
            Figure(f"{lanes}, {taken.lanes:,} of them", taken.lanes / taken.seconds, "lanes/s", target=least),
            Figure(f"{lanes}: processor time", 1000 * taken.processor_seconds / taken.lanes, "ms/lane"),
            Figure(f"{lanes}: peak memory of the writer", taken.peak_mb, "MB", target=600, at_least=False),
        ]
    figures.append(Figure("processors", os.cpu_count() or 1, ""))
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()

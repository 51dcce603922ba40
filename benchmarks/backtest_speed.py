"""How long `rules backtest` takes over a year of 300 businesses and 20 rules, from DuckDB to the numbers that it prints.

    .venv/bin/python -m benchmarks.backtest_speed [--businesses 300] [--days 365] [--processes 2] [--json]

Made-up sites of four sizes in `business_day`, as the marts have them; the rules are the nine of the library about whole sites'
numbers (six tests for spikes among them) and eleven thresholds and changes, each as known at the time. Beside the seconds is the
processor time of all processes, halved for two cores: it does not grow when others use the machine too. The target is the
issue's: under 60 s on 2 cores.
"""

import resource
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from benchmarks.alerts.sites import FIRST, SHAPES, SIZES, habits
from benchmarks.alerts.whole_sites import whole_site
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.backtest.batch import Trial, backtests
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.metric import EVENTS as EVENT_COLUMNS
from clarity_pipeline.rules.language.metric import TEN
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.schema.connections import business_config

BEFORE = 60
CORES = 2

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def twenty_rules() -> list[Rule]:
    """The library's about whole sites, and a threshold or change on each metric of the mission."""
    ready = [each.rule for each in library() if each.rule.scope == "business" and each.measured]
    rules = [rule.model_copy(update={"enabled": True}) for rule in ready]
    for number, metric in enumerate((*TEN, *TEN)):
        threshold = {"threshold": {"metric": metric, "operator": "above", "value": 0.3, "window_days": 7, "min_sessions": 200}}
        change = {"change": {"metric": metric, "window_days": 3, "baseline_days": 14, "ratio": 1.5, "floor": 0.02}}
        when = {"all": [threshold, change]} if number % 3 else change
        rules.append(Rule.model_validate({"id": f"rule-{number}", "name": metric, "when": when}))
    return rules[:20]


def fill(home: Home, *, businesses: int, days: int, size: int | None = None) -> list[str]:
    """So many businesses with so many days each, loaded at ten past midnight; of `size` sessions a day, or of all sizes."""
    slugs = [f"business-{number:03}" for number in range(businesses)]
    now = datetime.combine(FIRST + timedelta(days=days), datetime.min.time(), UTC) + timedelta(minutes=10)
    with home.state.write() as connection:
        connection.execute(sa.insert(business_config), [_business(slug, now) for slug in slugs])
    with home.warehouse.connect(what="filling a benchmark") as connection:
        for number, slug in enumerate(slugs):
            _fill_days(connection, slug, number=number, days=days, size=size or SIZES[1 + number % 4])
    return slugs


def _business(slug: str, now: datetime) -> dict[str, object]:
    return {
        "business_id": slug,
        "name": slug,
        "project_id": slug.replace("-", ""),
        "enabled": True,
        "kept_query_parameters": [],
        "created_at": now,
        "updated_at": now,
    }


def _fill_days(connection: "DuckDBPyConnection", slug: str, *, number: int, days: int, size: int) -> None:
    of = habits(list(SHAPES)[number % len(SHAPES)])
    site = whole_site(of, size=size, days=days, rng=np.random.default_rng([2032, number]))
    dates = [FIRST + timedelta(days=day) for day in range(days)]
    ends = [datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC) + timedelta(minutes=5) for day in dates]
    columns: dict[str, object] = {
        "business_id": [slug] * days,
        "date": dates,
        "sessions": site.sessions,
        "bot_sessions": site.bot_sessions,
        "scroll_depth": site.scroll_depth,
        "engagement_time_ms": site.engagement_time_ms,
        "scroll_depth_sessions": site.sessions,
        "engagement_time_sessions": site.sessions,
        "window_start": [end - timedelta(days=1) for end in ends],
        "window_end": ends,
        "fetched_at": ends,
        "loaded_at": ends,
        "quality": ["aligned"] * days,
        "coverage": [0.9965] * days,
        "truncated": [False] * days,
    }
    for signal, events in EVENT_COLUMNS.items():
        columns[events] = site.events[events].events  # type: ignore[index]
        columns[f"{signal}_sessions"] = site.events[events].signal_sessions  # type: ignore[index]
    connection.register("made_up", pa.table(columns))
    connection.execute("insert into business_day by name from made_up")
    connection.unregister("made_up")


def run(home: Home, slugs: Sequence[str], *, days: int, processes: int) -> tuple[Trial, float, float]:
    """What came of it, seconds, and processor seconds."""
    begun, used = time.perf_counter(), _used()
    trial = backtests(
        home.state,
        home.warehouse,
        now=home.clock(),
        versions=[twenty_rules()],
        business_ids=slugs,
        from_date=FIRST + timedelta(days=BEFORE),
        to_date=FIRST + timedelta(days=BEFORE + days - 1),
        processes=processes,
    )
    return trial, time.perf_counter() - begun, _used() - used


def _used() -> float:
    """Processor seconds of this process and of those that it started and that ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=300)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--processes", type=int, default=CORES)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="clarity-backtest-"))
    now = datetime.combine(FIRST + timedelta(days=BEFORE + asked.days), datetime.min.time(), UTC) + timedelta(hours=9)
    try:
        with open_home(Settings(home=folder, api_base_url="http://127.0.0.1:9", now=now)) as home:
            slugs = fill(home, businesses=asked.businesses, days=BEFORE + asked.days)
            trial, seconds, used = run(home, slugs, days=asked.days, processes=asked.processes)
    finally:
        shutil.rmtree(folder)
    (results,) = trial.results
    answers = sum(each.days for each in results.values())
    kinds = [kind for rule in twenty_rules() for _, kind, _ in leaves(rule.when)]
    what = f"{asked.businesses} businesses, 20 rules, {asked.days} days"
    finish(
        [
            Figure(f"{what}: seconds", seconds, "s"),
            Figure(f"{what}: processor seconds over {CORES} cores", used / CORES, "s", target=60, at_least=False),
            Figure("answers", answers, ""),
            Figure("an answer, processor time", 1e6 * used / answers, "us"),
            Figure("leaves a day that test for a spike", kinds.count("spike") + kinds.count("since_change"), f"of {len(kinds)}"),
            Figure("days with data, least of any business", min(each.days_with_data for each in trial.coverage), "days"),
        ],
        as_json=asked.json,
    )


if __name__ == "__main__":
    main()

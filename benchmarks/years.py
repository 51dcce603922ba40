"""What a night costs a home that is old, and what ten years of nights fill a disk with.

    .venv/bin/python -m benchmarks.years [--json] [--ages 30 365 1000] [--businesses 20] [--rows 25] [--page FILE]

Homes of several ages are filled by SQL, two lanes a business and date and the jobs of a day; then each step of one more
business-day is done, and its processor time stands beside that of the youngest home: what touches only what changed has one
figure at every age. Bytes are measured on lanes that all differ, made by the real parser and normaliser, since equal rows
compress to nothing. `--page` writes the table of ten years into the documentation. About two minutes.
"""

import json
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks.answers import lane_answer
from benchmarks.lane_load import FETCHED_AT, SHA256, apart, folder, rows_of
from benchmarks.report import Figure, arguments, finish
from benchmarks.years_page import Bytes, page
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.day.known_less import refuse_if_less
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.day.regimes import tell_regimes
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.trust.record import reconcile
from clarity_pipeline.warehouse import findings, lane
from clarity_pipeline.warehouse.marts import MARTS, refresh, refresh_span
from clarity_pipeline.warehouse.span import Span
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOW = datetime(2036, 11, 21, 6, tzinfo=UTC)
LAST = date(2036, 11, 19)
SLICES = ("url_device", "url_country")
SHOP = "shop{:04}"
ROWS_AT_ONCE = 10_000
"""What is sorted together in the little memory that the warehouse is opened with."""
RULES = [
    Rule.model_validate(
        {
            "id": f"rule-{number:02}",
            "name": "Made up",
            "when": {"threshold": {"metric": "clarity_sessions", "operator": "below", "value": number}},
        }
    )
    for number in range(20)
]

_LANES = """
insert into {table} by name
select one.* replace (format('shop{{:04}}', b) as business_id, ($first::date + d::integer) as date, $loaded_at as loaded_at)
from {one} as one, range($businesses) as businesses(b), range($days) as days(d)
order by date, business_id
"""
_LOADS = """
insert into clarity_lane_loads by name
select
    business_id, date, slice, count(*) as rows, min(window_start) as window_start, max(window_end) as window_end,
    0.9965 as coverage, $sha256 as answer_sha256, min(loaded_at) as loaded_at, 1 as normaliser_version,
    max(window_end) as fetched_at
from clarity_daily_metrics group by business_id, date, slice order by date, business_id
"""


def fill(home: Home, *, age: int, businesses: int, rows: int) -> None:
    """So many dates of so many businesses: rows, loads, marts and jobs."""
    for number in range(businesses):
        name = SHOP.format(number)
        home.connections.connect(
            name, project_id=f"project{number:04}", token=Token(f"made-up-{name}"), site=("www.shop.example",)
        )
    first = LAST - timedelta(days=age - 1)
    at_once = max(1, ROWS_AT_ONCE // (businesses * rows))
    with home.warehouse.connect() as connection:
        for name in SLICES:
            asked = DAILY_SLICES[name]
            connection.register("one", rows_of(lane_answer(asked, seed=1, rows=rows), business_id="one", asked=asked))
            for start in range(0, age, at_once):
                values = {
                    "first": first + timedelta(days=start),
                    "days": min(at_once, age - start),
                    "businesses": businesses,
                    "loaded_at": FETCHED_AT,
                }
                connection.execute(_LANES.format(table="clarity_daily_metrics", one="one"), values)
        connection.execute(_LOADS, {"sha256": SHA256})
        for start in range(0, age, at_once):
            since = first + timedelta(days=start)
            span = Span(since, since + timedelta(days=at_once - 1), SHOP.format(0), SHOP.format(businesses))
            refresh_span(connection, list(MARTS.values()), span)
    import_rules(home.state, clock=home.clock, rules=RULES)
    refuse_if_less(home)  # the ledger is made of what the warehouse has
    with home.state.write() as written:
        for start in range(age):
            day = first + timedelta(days=start)
            at = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
            written.execute(
                sa.insert(sync_jobs), [_job(SHOP.format(b), day, name, at) for b in range(businesses) for name in SLICES]
            )
            said = [_said(SHOP.format(b), day, rule.id, at) for b in range(businesses) for rule in RULES]
            written.execute(sa.insert(rule_evaluations), said)


def _job(business_id: str, day: date, slice_name: str, at: datetime) -> dict[str, object]:
    return {
        "business_id": business_id,
        "date": day,
        "slice": slice_name,
        "attempt": 1,
        "state": "ok",
        "calls": 1,
        "rows": 1,
        "window_start": at - timedelta(days=1),
        "window_end": at,
        "answer_sha256": SHA256,
        "started_at": at,
        "finished_at": at,
        "loaded_at": at,
    }


def _said(business_id: str, day: date, rule_id: str, at: datetime) -> dict[str, object]:
    return {
        "rule_id": rule_id,
        "business_id": business_id,
        "scope": "business",
        "entity": "",
        "date": day,
        "revision": 1,
        "outcome": "not",
        "evidence": [],
        "evaluated_at": at,
    }


def steps(home: Home, connection: "DuckDBPyConnection", *, rows: int) -> dict[str, Callable[[int], object]]:
    """Each step of a night by name: of the first business and the date that is as many days after the last one."""
    business_id, asked = SHOP.format(0), DAILY_SLICES["url_device"]

    def load(number: int) -> None:
        day = LAST + timedelta(days=number)
        made = rows_of(lane_answer(asked, seed=number, rows=rows), business_id=business_id, day=day)
        window = {"window_start": FETCHED_AT - timedelta(days=1), "window_end": FETCHED_AT}
        with transaction(connection):
            lane.replace(
                connection, made, business_id=business_id, date=day, slice_name=asked.name, answer_sha256=SHA256,
                loaded_at=FETCHED_AT, **window,
            )  # fmt: skip

    def judge(number: int) -> None:
        with transaction(connection):
            reconcile(connection, business_id=business_id, date=LAST + timedelta(days=number))

    def count(number: int) -> None:
        with transaction(connection):
            findings.count(connection, business_id=business_id, changed_on=LAST + timedelta(days=number))

    def sum_up(number: int) -> None:
        refresh(connection, list(MARTS.values()), business_id=business_id, date=LAST + timedelta(days=number))

    def regimes(_: int) -> None:
        tell_regimes(connection, home.connections.all(), audit=home.audit)

    return {
        "a lane replaced": load,
        "a date reconciled": judge,
        "its findings counted": count,
        "its marts made": sum_up,
        "regime events told, one business changed": regimes,
        "regime events told, nothing changed": regimes,
        "the day planned": lambda _: plan_today(home),
        "rules asked, one business": lambda number: evaluate_business_days(home, [(business_id, LAST + timedelta(days=number))]),
        "what is to be published held against what was loaded": lambda _: refuse_if_less(home),
    }


def night(home: Path, age: int, businesses: int, rows: int) -> dict[str, float]:
    """Milliseconds of the processor of each step, the fastest of five dates; and rows and bytes of the home."""
    with open_home(Settings.from_env(_environment(home))) as opened:
        fill(opened, age=age, businesses=businesses, rows=rows)
        best: dict[str, float] = {}
        with opened.warehouse.connect() as connection:
            tell_regimes(connection, opened.connections.all(), audit=opened.audit)
            for number in range(1, 6):
                for name, step in steps(opened, connection, rows=rows).items():
                    began = time.process_time()
                    step(number)
                    best[name] = min(best.get(name, 1e9), 1000 * (time.process_time() - began))
            ((count,),) = connection.execute("select count(*) from clarity_daily_metrics").fetchall()
    return {**best, "rows": count}


def _environment(home: Path) -> Mapping[str, str]:
    return {"CLARITY_HOME": str(home), "CLARITY_API_BASE_URL": "http://127.0.0.1:9", "CLARITY_NOW": NOW.isoformat()}


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--ages", type=int, nargs="+", default=[30, 365, 1000])
    parser.add_argument("--businesses", type=int, default=20)
    parser.add_argument("--rows", type=int, default=25)
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the documentation's page of ten years here")
    asked = parser.parse_args()
    taken: dict[int, dict[str, float]] = {}
    with ExitStack() as stack:
        for age in sorted(asked.ages):
            taken[age] = apart(night, stack.enter_context(folder()) / "home", age, asked.businesses, asked.rows)
    measured = apart(Bytes.measured)
    youngest, oldest = min(taken), max(taken)
    figures = [
        Figure(f"{name}, {age} days, {of_age['rows']:,.0f} rows", of_age[name], "ms")
        for name in taken[youngest]
        if name != "rows"
        for age, of_age in taken.items()
    ]
    if asked.page:
        asked.page.write_text(page(measured, taken), encoding="utf-8")
    grown = {name: round(taken[oldest][name] / taken[youngest][name], 1) for name in taken[youngest]}
    if not asked.json:
        print(json.dumps({"times as long in the oldest home as in the youngest": grown}, indent=1))
    finish([*figures, *measured.figures()], as_json=asked.json)


if __name__ == "__main__":
    main()

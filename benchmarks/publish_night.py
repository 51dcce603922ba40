"""What it costs to publish a night, by the age of the home: seconds, processor seconds and memory of `clarity-pipeline publish`.

    .venv/bin/python -m benchmarks.publish_night [--businesses 300] [--rows 100] [--days 30,365] [--json]

A home of so many businesses is filled by SQL with made-up rows, as if it had been synced each night: four lanes of so many rows,
their marts, four jobs and twenty evaluations a business. The dates before are its first one again and again. At each age the file
is made from nothing, then while a reader has the file before open; then three nights are added and published, each by a process
of its own, as after an evaluation. The figures of a night are of the third, with the panel's copy in them; each writes two, since
two files take turns. The line is flat where the last age costs what the first does. The target is one of processor time, since
others may use the machine. A year of 300 businesses takes some minutes to fill and 15 GB.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks.lane_load import folder
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.warehouse.changes import note_day
from clarity_pipeline.warehouse.days import DATED
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.transaction import transaction

FIRST = date(2025, 1, 1)
RULES = 20
EVIDENCE = json.dumps(
    [{"metric": "clarity_rage_click_share", "window": 7, "value": 0.0123, "threshold": 0.02, "verdict": "not"}] * 4
)
SECONDS, MEGABYTES = 10, 600
"""What the night of 300 businesses on a year of state may cost."""

ROWS = """
insert into clarity_daily_metrics by name
select
    printf('business-%04d', i // {lanes}) as business_id,
    $date::date as date,
    {slice} as slice,
    sha256((i % {lanes})::varchar || {slice}) as dimension_hash,
    if({slice} = 'url_device', 'https://www.example.com/part/' || i % 97 || '/page-' || i % {rows}, null) as url,
    if({slice} = 'url_device', ['PC', 'Mobile', 'Tablet'][i % 3 + 1], null) as device,
    if({slice} = 'url_source', 'source-' || i % 9, null) as source,
    if({slice} = 'url_country', 'Country ' || i % 30, null) as country,
    if({slice} = 'url_campaign_channel', 'campaign-' || i % 25, null) as campaign,
    if({slice} = 'url_campaign_channel', 'Paid', null) as channel,
    {measures},
    {payload} as raw_payload,
    $date::timestamptz as window_start,
    $date::timestamptz + interval 1 day as window_end,
    $date::timestamptz + interval 1 day as fetched_at,
    $date::timestamptz + interval 25 hour as loaded_at,
    'aligned' as quality,
    0.9965 as coverage,
    false as truncated,
    1 as rows_merged
from range({businesses} * {lanes}) as made (i)
"""

PAYLOAD = """
('{{"Traffic":[{{"totalSessionCount":"' || hash(i, $date) % 100 || '","totalBotSessionCount":"' || hash(i, 2, $date) % 9
|| '","distinctUserCount":"' || hash(i, 3, $date) % 90 || '","pagesPerSessionPercentage":' || hash(i, 4, $date) % 99999 / 1e4
|| '}}],"ScrollDepth":[{{"averageScrollDepth":' || hash(i, 5, $date) % 10000 / 1e2
|| '}}],"EngagementTime":[{{"totalTime":"' || hash(i, 6, $date) % 1000 || '","activeTime":"' || hash(i, 7, $date) % 500
|| '"}}],"DeadClickCount":[{{"sessionsCount":"' || hash(i, 8, $date) % 99 || '","sessionsWithMetricPercentage":'
|| hash(i, 9, $date) % 10000 / 1e2 || ',"subTotal":"' || hash(i, 10, $date) % 99 || '"}}]}}')::json
"""

LOADS = """
insert into clarity_lane_loads by name
select
    business_id, date, slice, count(*) as rows, min(window_start) as window_start, max(window_end) as window_end,
    0.9965 as coverage, sha256(business_id || slice) as answer_sha256, max(loaded_at) as loaded_at, 1 as normaliser_version,
    max(fetched_at) as fetched_at
from clarity_daily_metrics
where date = $date
group by business_id, date, slice
"""


@dataclass(frozen=True, slots=True)
class Night:
    """What publishing cost a process, and what it said of itself."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    size_mb: float
    said: str


def add_date(home: Home, day: date, *, businesses: int, rows: int) -> None:
    """A night of everybody, as it is after its evaluation and before it is published."""
    names = "['" + "', '".join(DAILY_SLICES) + "']"
    of_slice = f"{names}[i % {rows * 4} // {rows} + 1]"
    measures = ", ".join(
        f"(hash(i, '{each.column}', $date) % 60)::{'bigint' if each.fold == 'sum' else 'double'} as {each.column}"
        for each in MEASURES
    )
    made = ROWS.format(
        slice=of_slice, measures=measures, payload=PAYLOAD.format(), businesses=businesses, lanes=rows * 4, rows=rows
    )
    with home.warehouse.connect(what="filling") as connection, transaction(connection):
        connection.execute("set memory_limit = '1GB'")
        connection.execute(made, {"date": day})
        connection.execute(LOADS, {"date": day})
        for mart in MARTS.values():
            connection.execute(f"insert into {mart.name} by name from ({mart.select}) where date = $date", {"date": day})
        for number in range(businesses):
            note_day(connection, business_id=f"business-{number:04}", date=day)
    _add_state(home, day, businesses=businesses)


def _add_state(home: Home, day: date, *, businesses: int) -> None:
    at = datetime(day.year, day.month, day.day, 1, tzinfo=UTC) + timedelta(days=1)
    job = {
        "date": day,
        "attempt": 1,
        "state": "ok",
        "calls": 1,
        "rows": 100,
        "started_at": at,
        "finished_at": at,
        "loaded_at": at,
    }
    judged = {"scope": "business", "entity": "", "date": day, "revision": 1, "outcome": "not", "evaluated_at": at, "n": 900}
    names = [f"business-{number:04}" for number in range(businesses)]
    tables = every_table().tables
    jobs = [{**job, "business_id": name, "slice": each} for name in names for each in DAILY_SLICES]
    evaluations = [{**judged, "business_id": name, "rule_id": f"rule-{each}"} for name in names for each in range(RULES)]
    evidence = json.loads(EVIDENCE)
    with home.state.write() as connection:
        connection.execute(sa.insert(tables["clarity_sync_jobs"]), jobs)
        connection.execute(
            sa.insert(tables["clarity_rule_evaluations"]), [{**each, "evidence": evidence} for each in evaluations]
        )


def repeat_first_date(home: Home, day: date) -> None:
    """The rows of the first date under another, which costs a sixth of making them."""
    with home.warehouse.connect(what="filling") as connection, transaction(connection):
        for table in DATED:
            again = f"insert into {table} by name select * replace ($day as date) from {table} where date = $first"
            connection.execute(again, {"day": day, "first": FIRST})
    with home.state.write() as connection:
        for name in ("clarity_sync_jobs", "clarity_rule_evaluations"):
            table = every_table().tables[name]
            columns = [each for each in table.columns if each.name not in {"date", "job_id"}]
            same = sa.select(*columns, sa.literal(day, sa.Date)).where(table.c.date == FIRST)
            connection.execute(sa.insert(table).from_select([*(each.name for each in columns), "date"], same))


def publish(home: Path, *options: str) -> Night:
    """Publish in a process of its own."""
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "CLARITY_HOME": str(home)}
    command = [sys.executable, "-m", "clarity_pipeline.cli.main", "publish", *options]
    program = ["-c", "from clarity_pipeline.cli.main import main; import sys; main(sys.argv[1:])", *command[3:]]
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *program], env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read().strip()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"publish ended with {process.returncode}: {said}")
    size = (home / "published" / "clarity.duckdb").stat().st_size
    seconds = time.perf_counter() - started
    return Night(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, size / 1e6, said.partition("): ")[2])


def measure(home: Path, *, ages: list[int], businesses: int, rows: int) -> dict[int, list[Night]]:
    """At each age what the first publication of the night cost, which makes a file or a copy, and what the next nights cost."""
    day, nights = FIRST, {}
    with open_home(Settings(home=home)) as opened:
        for age in ages:
            while (day - FIRST).days < age:
                if day == FIRST:
                    add_date(opened, day, businesses=businesses, rows=rows)
                else:
                    repeat_first_date(opened, day)
                day += timedelta(days=1)
            nights[age] = [publish(home, "--whole"), publish(home)]
            with (home / "published" / ".clarity.duckdb.next").open("rb"):
                nights[age][1] = publish(home)
            for _ in range(3):
                add_date(opened, day, businesses=businesses, rows=rows)
                day += timedelta(days=1)
                nights[age].append(publish(home))
            print(f"{age} days: " + "; ".join(str(night) for night in nights[age]), file=sys.stderr)
    return nights


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=300)
    parser.add_argument("--rows", type=int, default=100, help="rows a lane; a business-day has four")
    parser.add_argument("--days", default="30,365", help="ages of the home")
    asked = parser.parse_args()
    ages = sorted(int(each) for each in asked.days.split(","))
    with folder() as place:
        nights = measure(place / "home", ages=ages, businesses=asked.businesses, rows=asked.rows)
    figures = []
    for age, (whole, copied, *_, night) in nights.items():
        figures += [
            Figure(f"a night on {age} days, published", night.seconds, "s"),
            Figure("  processor time", night.cpu_seconds, "s", target=SECONDS, at_least=False),
            Figure("  most memory", night.peak_mb, "MB", target=MEGABYTES, at_least=False),
            Figure("  the file", night.size_mb, "MB"),
            Figure("  where a reader has the file before: a copy of the newer one", copied.seconds, "s"),
            Figure("  a whole file from nothing", whole.seconds, "s"),
            Figure("  most memory of that", whole.peak_mb, "MB", target=MEGABYTES, at_least=False),
        ]
    first, last = (nights[age][-1].cpu_seconds for age in (ages[0], ages[-1]))
    figures.append(
        Figure(f"processor time on {ages[-1]} days against {ages[0]}", last / first, "times", target=1.5, at_least=False)
    )
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()

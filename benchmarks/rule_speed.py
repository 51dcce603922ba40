"""How long 20 rules take on 300 businesses: one run of the job's evaluation, and a year of backtest, beside the way of before.

The businesses are made by arithmetic, of 30 to 20,000 sessions a day; six of the rules are spikes and, in the live run, one asks
for each of the twenty busiest pages. Before, every window of every rule was a query over all rows of its days: the same windows
are asked so here, in the same run. The targets are the issue's: 20 s for the run, 60 s for the year on 2 cores. Beside each wall
time is the processor time, which does not grow when others use the machine too.

    .venv/bin/python -m benchmarks.rule_speed
"""

import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.measures import SIGNAL as SIGNALS
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.engine.evaluate import evaluate_days
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.language.condition import leaves
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.warehouse.marts import MARTS
from generate.blocks import behavioral_measures

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
YESTERDAY = NOW.date() - timedelta(days=1)
CHUNK = 25

_SIGNALS = ", ".join(
    f"greatest(0, round(part * (0.03 + 0.006 * sin(hash(business_id, date, '{signal}') % 1000))))::bigint as {signal}_sessions"
    for signal in SIGNALS
)
_EVENTS = ", ".join(
    f"(0.05 * part)::bigint as {name}" for name in ("dead_clicks", "rage_clicks", "excessive_scroll", "quick_backs")
)
_ROWS = f"""
select
    business_id, date, 'url_device' as slice, md5(url || device) as dimension_hash, url, device,
    part::bigint as sessions, (part / 20)::bigint as bot_sessions, 50.0 as scroll_depth, 40000 as engagement_time_ms,
    (0.01 * part)::bigint as script_errors, (0.01 * part)::bigint as error_clicks, {_EVENTS}, {_SIGNALS},
    '{{}}'::json as raw_payload, date + interval 1 day as loaded_at, 'aligned' as quality, 0.9965 as coverage, false as truncated
from (
    select
        format('business-{{:04}}', b) as business_id,
        $last::date - d::integer as date,
        format('https://shop-{{}}.example/page/{{}}', b, p) as url,
        ['PC', 'Mobile', 'Tablet'][v] as device,
        [30, 100, 400, 2000, 20000][b % 5 + 1] * (0.9 + 0.2 * (hash(b, d) % 100) / 100) * 2 / ((p + 1) * v) as part
    from range($businesses) as businesses(b), range($days) as days(d), range($pages) as pages(p), range(1, 4) as devices(v)
)
"""


def rules() -> list[Rule]:
    """Twenty, of every kind."""
    limits = ("rage_click_rate", "dead_click_rate", "scroll_depth", "sessions", "bot_share", "script_errors", "quick_backs")
    never = [_leaf("threshold", metric, operator="above", value=1e9, min_sessions=100) for metric in limits]
    weekly = ("rage_click_rate", "dead_clicks", "sessions", "engagement_time_ms")
    visited = _leaf("threshold", "sessions", operator="above", value=10)
    conditions = [
        *({"spike": {"signal": signal}} for signal in SIGNALS),
        *never,
        *(_leaf("change", metric, ratio=2, floor=1, against="same_weekdays") for metric in weekly),
        *(
            {"all": [_leaf("change", metric, ratio=2, floor=1, window_days=7), visited, {"not": never[0]}]}
            for metric in ("rage_click_rate", "dead_clicks", "quick_backs")
        ),
    ]
    return [Rule.model_validate({"id": f"rule-{n}", "name": f"Rule {n}", "when": when}) for n, when in enumerate(conditions)]


def _leaf(kind: str, metric: str, **fields: Any) -> dict[str, Any]:
    return {kind: {"metric": f"clarity_{metric}", **fields}}


def fill(home: Home, *, businesses: int, days: int, pages: int) -> None:
    """Twenty pages for the last 60 dates, one for the dates before them, which are asked about the business alone."""
    slugs = [f"business-{number:04}" for number in range(businesses)]
    born = NOW - timedelta(days=900)
    made = {
        "token_ciphertext": "x", "token_fingerprint": "f" * 64, "token_stored_at": born, "enabled": True, "enabled_at": NOW,
        "shared_allowed": False, "kept_query_parameters": [], "created_at": born, "updated_at": born,
    }  # fmt: skip
    with home.state.write() as connection:
        rows = [{"business_id": slug, "name": slug, "project_id": slug, "quota_key": slug, **made} for slug in slugs]
        connection.execute(sa.insert(business_config), rows)
    asked = {"last": YESTERDAY, "businesses": businesses, "pages": pages}
    with home.warehouse.connect() as connection:
        insert = f"insert into clarity_daily_metrics by name {_ROWS}"
        connection.execute(insert, {**asked, "days": min(days, 60)})
        if days > 60:
            connection.execute(insert, {**asked, "last": YESTERDAY - timedelta(days=60), "days": days - 60, "pages": 1})
        dates = connection.execute("select distinct date from clarity_daily_metrics order by date").fetchall()
        for name in ("business_day", "url_day"):
            for (day,) in dates:
                connection.execute(f"insert into {name} by name from ({MARTS[name].select}) where date = $day", {"day": day})


NEW_LINE = "\n"


def as_before(connection: "DuckDBPyConnection", asked: Sequence[Rule], business_ids: Sequence[str]) -> int:
    """A query over all rows for each window, and one for each of its days; how many there were. Spikes had none."""
    query = f"""
        select business_id, {NEW_LINE.join(behavioral_measures())}
        from clarity_daily_metrics as metrics
        where slice = 'url_device' and business_id in (select unnest($business_ids::varchar[])) and date between $first and $last
        group by business_id
    """
    windows: set[tuple[date, date]] = set()
    for _, kind, leaf in (each for rule in asked for each in leaves(rule.when)):
        if kind in {"threshold", "change"}:
            ends = YESTERDAY - timedelta(days=leaf.window_days)
            windows.add((ends + timedelta(days=1), YESTERDAY))
            if kind == "change":
                windows.add((ends - timedelta(days=leaf.days_before - 1), ends))
    for first, last in list(windows):
        windows |= {(day, day) for day in (first + timedelta(days=n) for n in range((last - first).days + 1))}
    for first, last in windows:
        connection.execute(query, {"business_ids": list(business_ids), "first": first, "last": last}).fetchall()
    return len(windows)


def outcomes(known: Sequence[Known], asked: Sequence[Rule], days: Sequence[date]) -> Counter[str]:
    """One process's share of the backtest."""
    return Counter(answer.outcome for each in known for rule in asked for answer in evaluate_days(rule, known=each, days=days))


def backtest(home: Home, asked: Sequence[Rule], business_ids: Sequence[str], *, days: int, workers: int) -> Counter[str]:
    first = YESTERDAY - timedelta(days=days - 1)
    dates = [first + timedelta(days=n) for n in range(days)]

    def chunks() -> Iterator[list[Known]]:
        for start in range(0, len(business_ids), CHUNK):
            some = business_ids[start : start + CHUNK]
            asking = {"rules": asked, "business_ids": some, "from_date": first, "to_date": YESTERDAY, "as_known": True}
            with home.state.read() as facts, home.warehouse.connect(what="reading what rules ask") as rows:
                yield list(read_known(facts, rows, now=home.clock(), **asking).values())

    with ProcessPoolExecutor(workers) as pool:
        parts = [pool.submit(outcomes, known, asked, dates) for known in chunks()]
        return sum((part.result() for part in parts), Counter())


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=300)
    parser.add_argument("--days", type=int, default=365, help="of the backtest")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    figures: list[Figure] = []

    def measured(what: str, target: float | None, took: float, used: float) -> None:
        figures.append(Figure(what, round(took, 2), "s", target, at_least=False))
        figures.append(Figure(f"{what}, processor time", round(used, 2), "s"))

    with (
        tempfile.TemporaryDirectory() as folder,
        open_home(Settings(home=Path(folder), api_base_url="http://127.0.0.1:9", now=NOW)) as home,
    ):
        fill(home, businesses=given.businesses, days=given.days + 40, pages=20)
        business_ids = [each.business_id for each in home.connections.enabled()]
        twenty = rules()
        of_pages = twenty[0].model_copy(update={"id": "pages", "scope": "url"})
        import_rules(home.state, clock=home.clock, rules=[*twenty[1:], of_pages])
        about = f"{len(twenty)} rules on {given.businesses} businesses"

        with home.warehouse.connect() as connection:
            started, before = time.perf_counter(), _used()
            queries = as_before(connection, twenty, business_ids)
            measured(f"{about}, as before: {queries} queries, no spike", None, time.perf_counter() - started, _used() - before)
        started, before = time.perf_counter(), _used()
        said = evaluate_business_days(home, [(business_id, YESTERDAY) for business_id in business_ids])
        measured(f"{about}, one of them on 20 pages each, written", 20, time.perf_counter() - started, _used() - before)
        started, before = time.perf_counter(), _used()
        found = backtest(home, twenty, business_ids, days=given.days, workers=given.workers)
        measured(f"{about}, backtest of {given.days} days", 60, time.perf_counter() - started, _used() - before)
    if not given.json:
        print(said)
        print("backtest:", ", ".join(f"{times:,} {outcome}" for outcome, times in sorted(found.items())))
    finish(figures, as_json=given.json)


def _settings(home: Path) -> Settings:
    return Settings(home=home, api_base_url="http://127.0.0.1:9", now=NOW)


def _used() -> float:
    """Seconds of processor time of this process and of those that it has waited for."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    main()

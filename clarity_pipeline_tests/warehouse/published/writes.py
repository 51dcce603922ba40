"""Every kind of write to a published table, by chance: of three businesses on six dates, by the code that really writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa

from clarity_pipeline.calls.sync_jobs import SyncJobs
from clarity_pipeline.imports.ad_entities.rows import SCHEMA as ENTITIES
from clarity_pipeline.imports.experiments.judging import judge_experiments
from clarity_pipeline.imports.experiments.rows import SCHEMA as EXPERIMENTS
from clarity_pipeline.normalize.ad_columns import AdColumn
from clarity_pipeline.normalize.site_lists import SITE_LISTS_SCHEMA
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.trust.record import reconcile
from clarity_pipeline.warehouse import findings, marts, regime
from clarity_pipeline.warehouse.ad_columns import declare
from clarity_pipeline.warehouse.days import forget_before, forget_day
from clarity_pipeline.warehouse.entities import landing_urls, rename_landing_url, replace_entities
from clarity_pipeline.warehouse.experiments import replace_experiments
from clarity_pipeline.warehouse.imported import note_import
from clarity_pipeline.warehouse.lane import replace
from clarity_pipeline.warehouse.site_lists import replace_site_lists
from clarity_pipeline.warehouse.spellings import note_all_anew, note_spellings
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction
from clarity_pipeline_tests.warehouse.lanes import DAY, FETCHED_AT, lane

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BUSINESSES = ("acme", "baker", "cook")
DATES = [DAY + timedelta(days=each) for each in range(6)]
SLICES = ("url_device", "url_source", "url_country", "url_campaign_channel", "totals")
CAMPAIGNS = ("Spring", "spring", "SPRING", "sale", "{{campaign.name}}", None)
URLS = ("https://acme.example/", "https://acme.example/a", "https://other.example/b", None)


@dataclass(frozen=True, slots=True)
class Home:
    """What is written to, and chance."""

    warehouse: Warehouse
    state: StateDatabase
    chance: Random

    def business(self) -> str:
        return self.chance.choice(BUSINESSES)

    def day(self) -> date:
        return self.chance.choice(DATES)

    def business_day(self) -> dict[str, Any]:
        return {"business_id": self.business(), "date": self.day()}


def _lane(home: Home) -> None:
    """As `day.load` does it: the lane in one transaction, the marts in the next."""
    with home.warehouse.connect() as connection:
        with transaction(connection):
            day = _replaced(home, connection)
        if home.chance.random() < 0.6:
            marts.refresh(connection, list(marts.MARTS.values()), **day)


def _replaced(home: Home, connection: "DuckDBPyConnection") -> dict[str, Any]:
    day, name, chance = home.business_day(), home.chance.choice(SLICES), home.chance
    rows = [
        {
            "sessions": chance.randrange(9),
            "dead_clicks": chance.randrange(5),
            "url": chance.choice(URLS),
            "campaign": chance.choice(CAMPAIGNS),
            "channel": chance.choice(("Paid", "Organic")),
            "country": chance.choice(("Germany", "Deutschland", "France")),
            "truncated": chance.random() < 0.2,
        }
        for _ in range(chance.randrange(4))
    ]
    made = lane(rows, business_id=day["business_id"], day=day["date"], slice_name=name)
    note_spellings(connection, made, business_id=day["business_id"])
    window = {"window_start": FETCHED_AT - timedelta(days=1), "window_end": FETCHED_AT}
    loaded_at = FETCHED_AT + timedelta(minutes=chance.randrange(9999))
    replace(connection, made, **day, slice_name=name, **window, answer_sha256="0" * 64, loaded_at=loaded_at)
    found = [findings.OfAnswer("metric_missing", "warning", "scroll_depth", None)] if chance.random() < 0.5 else []
    findings.write_of_answer(connection, found, **day, slice_name=name)
    reconcile(connection, **day)
    findings.count(connection, business_id=day["business_id"])
    return day


def _marts(home: Home) -> None:
    with home.warehouse.connect() as connection:
        marts.refresh(connection, list(marts.MARTS.values()), **home.business_day())


def _site_lists(home: Home, connection: "DuckDBPyConnection") -> None:
    day, entries = home.business_day(), range(1, home.chance.randrange(1, 5))
    shared = {**day, "list": "browser", "slice": "totals", "is_sample": True}
    rows = [{**shared, "rank": rank, "entry": f"e{rank}", "sessions": home.chance.randrange(9)} for rank in entries]
    replace_site_lists(connection, pa.Table.from_pylist(rows, schema=SITE_LISTS_SCHEMA), **day, slice_name="totals")


def _delivered(home: Home, **more: Any) -> dict[str, Any]:
    return {**home.business_day(), "source": "file.csv", "source_sha256": "0" * 64, "loaded_at": FETCHED_AT, **more}


def _entities(home: Home, connection: "DuckDBPyConnection") -> None:
    numbers = {"metric_names": ["spend"], "metric_values": [home.chance.random()]}
    told = _delivered(home, level="ad", entity_id=home.chance.choice("ab"), landing_url=home.chance.choice(URLS), **numbers)
    replace_entities(connection, pa.Table.from_pylist([told], schema=ENTITIES))
    fold = home.chance.choice(("sum", "last"))
    declare(connection, [told["business_id"]], {"spend": AdColumn(fold=fold, unit="money", weight=None)})


def _landing_page(home: Home, connection: "DuckDBPyConnection") -> None:
    for business_id, url in landing_urls(connection)[:1]:
        rename_landing_url(connection, business_id=business_id, url=url, spelt=f"{url}{home.chance.randrange(9)}")


def _experiments(home: Home, connection: "DuckDBPyConnection") -> None:
    told = _delivered(home, experiment="button", variant=home.chance.choice("ab"), url_pattern="*")
    told |= {"is_control": told["variant"] == "a", "visitors": 90, "conversions": home.chance.randrange(90)}
    replace_experiments(connection, pa.Table.from_pylist([told], schema=EXPERIMENTS))
    judge_experiments(connection)


def _delivery(home: Home, connection: "DuckDBPyConnection") -> None:
    span = {"from_date": DAY, "to_date": home.day(), "businesses": [home.business()]}
    note_import(connection, {"delivers": "entities", "source": "f", "sha256": "0", "rows": 1, "loaded_at": FETCHED_AT, **span})


def _forgotten_day(home: Home, connection: "DuckDBPyConnection") -> None:
    forget_day(connection, **home.business_day())


def _pruned(home: Home, connection: "DuckDBPyConnection") -> None:
    forget_before(connection, home.chance.choice(DATES[:3]))


def _counted(_home: Home, connection: "DuckDBPyConnection") -> None:
    findings.count(connection)


def _spelt_anew(_home: Home, connection: "DuckDBPyConnection") -> None:
    note_all_anew(connection)


def _mart_anew(home: Home, connection: "DuckDBPyConnection") -> None:
    marts.make_anew(connection, home.chance.choice(list(marts.MARTS.values())))


def _findings_anew(_home: Home, connection: "DuckDBPyConnection") -> None:
    findings.make_anew(connection)


def _regimes(home: Home) -> None:
    event = {"kind": "consent", "started_on": home.day(), "seen": 1.0, "expected": 2.0, "evidence": "few"}
    business_id = home.business()
    told_by = {business_id: str(home.chance.random())}
    with home.warehouse.connect() as connection:
        regime.replace_events(connection, {business_id: [event] * home.chance.randrange(3)}, told_by=told_by)


def _job(home: Home) -> None:
    jobs = SyncJobs(home.state, clock=lambda: FETCHED_AT)
    business_id, day, name = home.business(), home.day(), home.chance.choice(SLICES)
    jobs.finish(jobs.start(business_id, date=day, slice_name=name, run_id=None), state="ok")
    if home.chance.random() < 0.5:
        jobs.loaded(home.business(), date=home.day(), slice_name=home.chance.choice(SLICES), rows=3, loaded_at=FETCHED_AT)


def _evaluation(home: Home) -> None:
    key = {"rule_id": home.chance.choice("rs"), "scope": "business", "entity": "", **home.business_day()}
    said = {"revision": 1, "outcome": home.chance.choice(("fired", "not")), "evidence": [{"é": home.chance.random()}]}
    with home.state.write() as connection:
        connection.execute(sa.delete(rule_evaluations).where(*(rule_evaluations.c[name] == each for name, each in key.items())))
        connection.execute(sa.insert(rule_evaluations).values(**key, **said, evaluated_at=FETCHED_AT))


def _alert(home: Home) -> None:
    day, state = home.day(), home.chance.choice(("firing", "resolved"))
    name = f"{home.chance.choice('xyz')}"
    row = {"rule_id": "r", "business_id": home.business(), "severity": "info", "state": state, "summary": "s", "opened_on": day}
    with home.state.write() as connection:
        changed = connection.execute(sa.update(alerts).where(alerts.c.alert_id == name).values(**row))
        if not changed.rowcount:
            connection.execute(sa.insert(alerts).values(alert_id=name, last_fired_on=day, last_evaluated_on=day, **row))


def _gone(home: Home) -> None:
    """Retention of what the state database holds."""
    table, column = home.chance.choice([(alerts, "opened_on"), (rule_evaluations, "date")])
    with home.state.write() as connection:
        connection.execute(sa.delete(table).where(table.c[column] < home.chance.choice(DATES[:3])))


Write = Callable[[Home], None]


def _in_a_transaction(write: Callable[[Home, "DuckDBPyConnection"], None]) -> Write:
    def written(home: Home) -> None:
        with home.warehouse.connect() as connection, transaction(connection):
            write(home, connection)

    return written


WRITES: Mapping[str, Write] = {
    **{
        write.__name__.strip("_"): _in_a_transaction(write)
        for write in (
            _site_lists,
            _entities,
            _landing_page,
            _experiments,
            _delivery,
            _forgotten_day,
            _pruned,
            _counted,
            _spelt_anew,
            _mart_anew,
            _findings_anew,
        )
    },
    **{write.__name__.strip("_"): write for write in (_lane, _marts, _regimes, _job, _evaluation, _alert, _gone)},
}

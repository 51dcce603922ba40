"""The layout of the warehouse file, and how an older file is brought to it. Called by `store` whenever it opens the file.

`clarity_schema_versions` says in the file which step it is at: a later release knows what is missing, an earlier one that it
must not touch the file. To change a table, append a step (its SQL a file of its own) and never edit a step that was
released: the first one made the files that are out there. Views and macros are replaced after each step, so a release that
changes only one of those appends an empty step.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from clarity_pipeline.warehouse import marts
from clarity_pipeline.warehouse.errors import WarehouseTooNew
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Step = Callable[["DuckDBPyConnection"], None]

TABLES = (
    "clarity_schema_versions",
    "clarity_daily_metrics",
    "clarity_lane_loads",
    "clarity_sync_jobs",
    "clarity_alerts",
    "clarity_rule_evaluations",
)
REPLACEABLE = (
    "macros/business_behavioral_aggregates",
    "macros/url_behavioral_aggregates",
    "macros/ad_entity_behavioral_aggregates",
    "macros/clarity_daily_metrics_as_known_at",
    "views/latest_business_day",
    "views/lane_coverage",
)


def _make_tables_and_marts(connection: "DuckDBPyConnection") -> None:
    for table in TABLES:
        connection.execute(statement(f"tables/{table}"))
    for mart in marts.MARTS.values():
        marts.create(connection, mart)


def _keep_what_is_superseded(connection: "DuckDBPyConnection") -> None:
    connection.execute(statement("tables/clarity_daily_metrics_history"))
    connection.execute(statement("steps/lane_loads_name_the_normaliser"))


def _tell_recovered_lanes(connection: "DuckDBPyConnection") -> None:
    connection.execute(statement("steps/lane_loads_name_the_pair"))


def _say_how_true_it_is(connection: "DuckDBPyConnection") -> None:
    connection.execute(statement("steps/lane_loads_name_the_question"))
    for table in ("tables/clarity_reconciliation", "tables/clarity_site_lists"):
        connection.execute(statement(table))
    marts.create(connection, marts.MARTS["site_day"])


def _tell_regimes(connection: "DuckDBPyConnection") -> None:
    connection.execute(statement("tables/clarity_regime_events"))


def _judge_entities(connection: "DuckDBPyConnection") -> None:
    connection.execute(statement("steps/evaluations_and_alerts_name_the_entity"))


def _sum_up_hosts(connection: "DuckDBPyConnection") -> None:
    host_day = marts.MARTS["host_day"]
    marts.create(connection, host_day)
    connection.execute(f"delete from {host_day.name}")  # noqa: S608 (a name of MARTS)
    connection.execute(f"insert into {host_day.name} by name from ({host_day.select})")


def _tell_pending_alerts(connection: "DuckDBPyConnection") -> None:
    connection.execute(statement("steps/alerts_say_when_they_were_told"))


def _hold_imports(connection: "DuckDBPyConnection") -> None:
    for table in ("tables/ad_entities", "tables/experiments", "tables/experiment_quality", "tables/clarity_deliveries"):
        connection.execute(statement(table))


def _weigh_averages(connection: "DuckDBPyConnection") -> None:
    dates = [day for (day,) in connection.execute("select distinct date from clarity_daily_metrics order by date").fetchall()]
    for mart in marts.MARTS.values():
        connection.execute(f"create or replace table {mart.name} as from ({mart.select}) limit 0")
        for day in dates:  # all at once are more than the memory that a process may use
            connection.execute(f"insert into {mart.name} by name from ({mart.select}) where date = $date", {"date": day})


def _attach_clarity_to_ads(connection: "DuckDBPyConnection") -> None:
    connection.execute(statement("steps/evaluations_carry_the_business"))


STEPS: tuple[Step, ...] = (
    _make_tables_and_marts,
    _keep_what_is_superseded,
    _tell_recovered_lanes,
    _say_how_true_it_is,
    _tell_regimes,
    _judge_entities,
    _sum_up_hosts,
    _tell_pending_alerts,
    _hold_imports,
    _weigh_averages,
    _attach_clarity_to_ads,
)


def bring_up(connection: "DuckDBPyConnection", steps: Sequence[Step] = STEPS) -> None:
    """Take the steps that the file has not taken, in one transaction; raise `WarehouseTooNew` if it has taken more."""
    taken = version(connection)
    if taken > len(steps):
        raise WarehouseTooNew(f"the warehouse has layout {taken} and this release knows {len(steps)}: install the newer release")
    if taken == len(steps):
        return
    with transaction(connection):
        for step in steps[taken:]:
            step(connection)
        for name in REPLACEABLE:
            connection.execute(statement(name))
        connection.execute("insert into clarity_schema_versions values ($version)", {"version": len(steps)})


def version(connection: "DuckDBPyConnection") -> int:
    """How many steps the file has taken; 0 for an empty one."""
    import duckdb

    try:  # asking the catalogue first takes 8 ms of every connection, measured
        ((newest,),) = connection.execute("select max(version) from clarity_schema_versions").fetchall()
    except duckdb.CatalogException:
        return 0
    return int(newest)

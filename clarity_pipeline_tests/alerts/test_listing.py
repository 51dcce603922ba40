import json
import subprocess
import sys
from datetime import date

import pyarrow as pa

from clarity_pipeline.alerts.listing import list_alerts
from clarity_pipeline.state.arrow import batches
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts as alerts_table
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline_tests.alerts.made_up import NOW, run


def test_alerts_are_listed_oldest_first_as_the_command_line_promises(state: StateDatabase) -> None:
    run(state, {3: "fired", 4: "unknown"})
    run(state, {1: "fired", 2: "not"}, business="bolt")
    beside = ("id", "scope", "entity", "entity_name", "unknown_since", "acknowledged_by", "outcome")
    listed = list_alerts(state)
    assert [[each.pop(name) for name in beside][1:] for each in listed] == [
        ["business", "", None, None, None, None],
        ["business", "", None, "2026-11-04", None, None],
    ]
    assert listed == [
        {
            "business": "bolt",
            "rule": "made-up",
            "severity": "warning",
            "state": "resolved",
            "since": "2026-11-01",
            "last_evaluated": "2026-11-02",
            "summary": "bolt: Too many dead clicks. Dead clicks were 500 on 2026-11-01, above the limit of 100.",
        },
        {
            "business": "acme",
            "rule": "made-up",
            "severity": "warning",
            "state": "firing",
            "since": "2026-11-03",
            "last_evaluated": "2026-11-04",
            "summary": "acme: Too many dead clicks. Dead clicks were 500 on 2026-11-03, above the limit of 100.",
        },
    ]
    assert json.loads(json.dumps(list_alerts(state))) == list_alerts(state)


def test_what_is_published_has_the_columns_of_the_tables_and_all_rows(any_state: StateDatabase) -> None:
    for table in (rule_evaluations, alerts_table):
        with any_state.read() as connection:
            assert list(batches(connection, table)) == []
    run(any_state, {1: "fired", 2: "unknown"})
    for table, rows in ((rule_evaluations, 2), (alerts_table, 1)):
        with any_state.read() as connection:
            (full,) = batches(connection, table)
        assert full.column_names == [column.name for column in table.columns]
        assert full.num_rows == rows


def test_published_values_keep_their_types(any_state: StateDatabase) -> None:
    run(any_state, {1: "fired"})
    with any_state.read() as connection:
        evaluations, alerts = (next(batches(connection, table)) for table in (rule_evaluations, alerts_table))
    assert evaluations.schema.field("evaluated_at").type == pa.timestamp("us", tz="UTC")
    (row,) = evaluations.to_pylist()
    assert (row["date"], row["outcome"], row["evaluated_at"]) == (date(2026, 11, 1), "fired", NOW)
    assert json.loads(row["evidence"])[0]["value"] == 500.0
    (alert,) = alerts.to_pylist()
    assert (alert["opened_on"], alert["resolved_on"], alert["state"]) == (date(2026, 11, 1), None, "firing")


def test_listing_alerts_does_not_wait_for_pyarrow_or_dagster() -> None:
    code = "import clarity_pipeline.alerts.listing, clarity_pipeline.alerts.record, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not {"pyarrow", "dagster", "duckdb", "pandas", "alembic"} & set(loaded)

"""Rules asked of an open home, as the conductors ask them: one snapshot of the state database, the warehouse, its clock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from duckdb import DuckDBPyConnection

from clarity_pipeline.home import Home
from clarity_pipeline.rules.book.rule_store import StoredRule, list_rules
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.judging.business_days import BusinessDay, judge_business_days
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.judging.judgement import Judgement
from clarity_pipeline.state.database import StateDatabase


@contextmanager
def stores(home: Home) -> Iterator[tuple[sa.Connection, DuckDBPyConnection]]:
    with home.state.read() as facts, home.warehouse.connect(what="reading what rules ask") as rows:
        yield facts, rows


def judged(home: Home, business_days: Sequence[BusinessDay], **how: Any) -> list[Judgement]:
    with stores(home) as (facts, rows):
        return judge_business_days(facts, rows, business_days, now=home.clock(), **how)


def known_of(home: Home, **asked: Any) -> dict[str, Known]:
    with stores(home) as (facts, rows):
        return read_known(facts, rows, now=home.clock(), **asked)


def rules_in(state: StateDatabase) -> tuple[StoredRule, ...]:
    with state.read() as connection:
        return list_rules(connection)

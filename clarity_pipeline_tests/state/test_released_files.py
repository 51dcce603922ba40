"""Any state file ever released opens with the rows it had, and the same rows come through the same revisions on Postgres."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from clarity_pipeline.state import migrations
from clarity_pipeline.state.database import HEAD, VERSION_TABLE, StateDatabase
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline_tests.released.contents import of_state
from clarity_pipeline_tests.released.files import STATES, KeptFile, label

every_revision = pytest.mark.parametrize("kept", STATES, ids=label)
DROPPED_LATER = {("clarity_channels", "dead_in_a_row")}
"""Columns that a later revision drops: how each channel fares has had a table of its own since 0013."""

REVISIONS = sorted((Path(migrations.__file__).parent / "versions").glob("r*.py"))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "clarity_pipeline.state:migrations")
    return config


@contextmanager
def _opened(url: str) -> Iterator[StateDatabase]:
    state = StateDatabase(url)
    try:
        yield state
    finally:
        state.dispose()


def _rows(state: StateDatabase, table: sa.Table) -> list[dict[str, Any]]:
    with state.read() as connection:
        return [dict(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]


def _fill_as_it_was(kept: KeptFile, file: Path, state: StateDatabase) -> None:
    """Bring an empty database to the revision of a kept file, and put that file's rows into it."""
    config, before = _config(), sa.MetaData()
    with _opened(f"sqlite:///{file}") as source, source.read() as reading, state.write() as writing:
        config.attributes["connection"] = writing
        command.upgrade(config, f"{kept.number:04}")
        writing.execute(sa.text("set local session_replication_role = replica"))  # else its triggers note what was noted once
        before.reflect(reading)
        before.remove(before.tables[VERSION_TABLE])
        for table in before.sorted_tables:
            rows = [{name: _aware(value) for name, value in row.items()} for row in reading.execute(sa.select(table)).mappings()]
            into = sa.Table(table.name, sa.MetaData(), autoload_with=writing)
            writing.execute(sa.delete(into))  # a count stands at none in a new database
            writing.execute(sa.insert(into), rows)


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


@every_revision
def test_a_released_file_opens_with_its_rows(kept: KeptFile, tmp_path: Path) -> None:
    file = kept.unpack(tmp_path)
    assert of_state(file) == kept.held
    assert all(content["rows"] for content in kept.held.values())
    columns = {table: [name for name in names if (table, name) not in DROPPED_LATER] for table, names in kept.columns.items()}
    before = of_state(file, columns)
    with _opened(f"sqlite:///{file}") as state:
        state.migrate()
        with state.read() as connection:
            assert connection.scalar(sa.text(f"select version_num from {VERSION_TABLE}")) == HEAD
    assert of_state(file, columns) == before


@every_revision
@pytest.mark.parametrize("empty_state_url", ["postgres"], indirect=True)
def test_what_a_released_file_held_is_the_same_on_postgres(kept: KeptFile, tmp_path: Path, empty_state_url: str) -> None:
    file = kept.unpack(tmp_path)
    with _opened(f"sqlite:///{file}") as of_file, _opened(empty_state_url) as of_server:
        _fill_as_it_was(kept, file, of_server)
        of_file.migrate()
        of_server.migrate()
        for table in every_table().sorted_tables:
            assert _rows(of_server, table) == _rows(of_file, table), table.name


def test_each_revision_has_a_kept_file() -> None:
    revisions = [int(script.revision) for script in ScriptDirectory.from_config(_config()).walk_revisions()]
    assert [kept.number for kept in STATES] == sorted(revisions), "run `python -m clarity_pipeline_tests.released.make`"


@pytest.mark.parametrize("revision", REVISIONS, ids=lambda path: path.stem)
def test_a_revision_imports_no_code_that_changes(revision: Path) -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(revision.read_text(encoding="utf-8")))
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", None)])
        if isinstance(node, ast.Import | ast.ImportFrom) and name
    }
    assert imported <= {"sqlalchemy", "alembic", "datetime", "json"}


def test_alembic_runs_without_the_schema_of_today() -> None:
    environment = (Path(migrations.__file__).parent / "env.py").read_text(encoding="utf-8")
    assert "state.schema" not in environment

"""What CONTRIBUTING says of changing a table or a mart works: in an empty home and in a file of every layout."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from clarity_pipeline.warehouse import schema
from clarity_pipeline.warehouse.errors import WarehouseTooNew
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.released.contents import of_warehouse
from clarity_pipeline_tests.released.files import WAREHOUSES, label
from clarity_pipeline_tests.warehouse.lanes import load, rows_of
from clarity_pipeline_tests.warehouse.later import ROOT, ask, later_release

pytestmark = pytest.mark.slow("a later release in processes of its own opens a file of every layout")

Later = Callable[..., Path]
NEXT = len(schema.steps()) + 1
A_COLUMN = """-- How many screens the sessions of a tuple saw.
alter table clarity_daily_metrics add column screens bigint;
alter table clarity_daily_metrics_history add column screens bigint
"""
ITS_MEASURES = ",\nsum(screens)::bigint as screens,\n(sum(sessions) filter (screens is not null))::bigint as screens_sessions\n"
SELECTS = {f"marts/{name}": (ROOT / "sql" / "marts" / f"{name}.sql").read_text(encoding="utf-8") for name in MARTS}


@pytest.fixture
def later(tmp_path: Path) -> Later:
    """A later release with one more step and further changed files."""

    def made(step: str | None = None, **changed: str) -> Path:
        steps = {} if step is None else {f"steps/{NEXT:04}_next": step}
        return later_release(tmp_path / f"release {len(list(tmp_path.iterdir()))}", {**steps, **changed})

    return made


def test_a_column_is_a_step_and_two_lines_in_an_empty_home_and_in_a_file_of_every_layout(later: Later, tmp_path: Path) -> None:
    release = later(
        A_COLUMN,
        **{
            name: re.sub("\n *-- end of what is generated", f"{ITS_MEASURES}    -- end", text, count=1)
            for name, text in SELECTS.items()
        },
    )
    files = [tmp_path / "empty" / "warehouse.duckdb"]
    for kept in WAREHOUSES:
        (tmp_path / label(kept)).mkdir()
        files.append(kept.unpack(tmp_path / label(kept)))
    held = [of_warehouse(file, kept.lasting) for kept, file in zip(WAREHOUSES, files[1:], strict=True)]
    marts = "from duckdb_columns() where column_name in ('screens', 'screens_sessions') and table_name like '%_day'"
    of_empty, *of_kept = ask(release, files, f"select max(version), (select count(*) {marts}) from clarity_schema_versions")
    assert of_empty == [[NEXT, 18]]  # in eight marts and the view of the latest day
    assert of_kept == [of_empty] * len(WAREHOUSES)
    for kept, file, before in zip(WAREHOUSES, files[1:], held, strict=True):
        assert of_warehouse(file, kept.lasting) == before


def test_a_later_release_takes_only_the_steps_that_are_missing_and_this_one_refuses_its_file(
    later: Later, warehouse: Warehouse
) -> None:
    load(warehouse, [{"sessions": 3}])
    release = later(A_COLUMN)
    for _ in range(2):
        assert ask(release, [warehouse.path], "select sessions, screens from clarity_daily_metrics") == [[[3, None]]]
    with (
        pytest.raises(WarehouseTooNew, match=f"layout {NEXT} and this release knows {NEXT - 1}"),
        warehouse.connect(),
    ):
        pass


def test_a_step_that_fails_leaves_the_file_as_it_was(later: Later, warehouse: Warehouse) -> None:
    release = later("-- Half a step.\ndrop table url_day;\nselect nonsense\n")
    with pytest.raises(AssertionError, match="nonsense"):
        ask(release, [warehouse.path], "select 1")
    with warehouse.connect() as connection:
        assert schema.version(connection) == NEXT - 1
        assert connection.execute("select count(*) from url_day").fetchall() == [(0,)]


def test_a_step_that_changes_a_type_below_a_mart_makes_that_mart_anew(later: Later, tmp_path: Path) -> None:
    file = WAREHOUSES[-1].unpack(tmp_path)
    release = later("-- A share needs no more than seven digits.\nalter table clarity_daily_metrics alter coverage type float\n")
    kind = "select data_type from duckdb_columns() where table_name = 'url_day' and column_name = 'coverage'"
    assert rows_of(Warehouse(file), kind) == [("DOUBLE",)]
    assert ask(release, [file], kind) == [[["FLOAT"]]]


def test_a_formula_that_changes_needs_no_step(later: Later, tmp_path: Path) -> None:
    file = WAREHOUSES[-1].unpack(tmp_path)
    query = "select date, sessions from business_day order by all"
    before = rows_of(Warehouse(file), query)
    changed = SELECTS["marts/business_day"].replace(
        "sum(sessions)::bigint as sessions", "(2 * sum(sessions))::bigint as sessions"
    )
    release = later(**{"marts/business_day": changed})
    assert ask(release, [file], query) == [[[str(day), 2 * sessions] for day, sessions in before]]
    assert rows_of(Warehouse(file), query) == before  # and back, when the older release of the same layout opens it


def test_a_comment_that_changes_makes_no_mart_anew(later: Later, tmp_path: Path) -> None:
    file = WAREHOUSES[-1].unpack(tmp_path)
    with Warehouse(file).connect() as connection:
        connection.execute("update business_day set sessions = -1")
    release = later(**{"marts/business_day": SELECTS["marts/business_day"].replace("-- A row is one", "-- One row is a")})
    assert ask(release, [file], "select distinct sessions from business_day") == [[[-1]]]


def test_a_view_and_a_macro_that_change_need_no_step(later: Later, tmp_path: Path) -> None:
    file = WAREHOUSES[-1].unpack(tmp_path)
    view = (
        "-- A row is one business.\ncreate or replace view latest_business_day as\nselect 'changed' as said from business_day\n"
    )
    macro = (
        "create or replace macro business_behavioral_aggregates(business, from_date, to_date) as table select 'changed' as said"
    )
    release = later(**{"views/latest_business_day": view, "macros/business_behavioral_aggregates": macro})
    both = "select distinct said from latest_business_day union all from business_behavioral_aggregates('acme', null, null)"
    assert ask(release, [file], both) == [[["changed"], ["changed"]]]

"""The steps do not lean on the newest DuckDB: 1.5, which knows the files and not all that 2.0 allows, takes them as well."""

import json
import os
import subprocess
from pathlib import Path

import duckdb
import pytest

from benchmarks.environments import make_environment
from clarity_pipeline.warehouse import schema
from clarity_pipeline.warehouse.store import STORAGE_VERSION, Warehouse
from clarity_pipeline_tests.released.contents import of_warehouse
from clarity_pipeline_tests.released.files import WAREHOUSES, label
from clarity_pipeline_tests.warehouse.later import ROOT
from clarity_pipeline_tests.warehouse.shapes import shape

PROGRAM = """
import json, sys
import duckdb
from clarity_pipeline.warehouse import schema
assert duckdb.__version__.startswith("1.5."), duckdb.__version__
new, storage_version, *files = json.loads(sys.argv[1])
with duckdb.connect(new, config={"storage_compatibility_version": storage_version}) as connection:
    schema.make(connection)
for file in files:
    with duckdb.connect(file) as connection:
        schema.bring_up(connection)
"""


@pytest.fixture
def older_duckdb(tmp_path: Path) -> Path:
    """The Python of an environment with DuckDB 1.5, and what fills the mapping of spellings."""
    try:
        return make_environment(tmp_path / "environment", "duckdb>=1.5,<1.6", "pyarrow>=26,<27", "babel>=2.18,<3")
    except subprocess.CalledProcessError:
        pytest.skip("DuckDB 1.5 cannot be installed here")


@pytest.mark.slow("it builds or opens many warehouse files")
@pytest.mark.timeout(900)
def test_duckdb_1_5_makes_a_file_and_takes_every_step_in_a_file_of_each_layout(older_duckdb: Path, tmp_path: Path) -> None:
    files = []
    for kept in WAREHOUSES:
        (tmp_path / label(kept)).mkdir()
        files.append(kept.unpack(tmp_path / label(kept)))
    held = [of_warehouse(file, kept.lasting) for kept, file in zip(WAREHOUSES, files, strict=True)]
    new = tmp_path / "new.duckdb"
    asked = json.dumps([str(new), STORAGE_VERSION, *map(str, files)])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([older_duckdb, "-c", PROGRAM, asked], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for kept, file, before in zip(WAREHOUSES, files, held, strict=True):
        assert of_warehouse(file, kept.lasting) == before
        assert [shape(file)[kind] for kind in ("tables", "columns")] == [shape(new)[kind] for kind in ("tables", "columns")]
        with duckdb.connect(file, read_only=True) as connection:
            assert schema.version(connection) == len(schema.steps())
        with Warehouse(file).connect() as connection:
            assert connection.execute("select count(*) from latest_business_day").fetchall() == [(1,)]

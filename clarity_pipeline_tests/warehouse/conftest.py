import shutil
from pathlib import Path

import pytest

from clarity_pipeline.warehouse.store import Warehouse


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Warehouse(tmp_path_factory.mktemp("empty") / "warehouse.duckdb")
    with made.connect():
        return made.path


@pytest.fixture
def new_warehouse(tmp_path: Path) -> Warehouse:
    """A warehouse whose file is not there yet."""
    return Warehouse(tmp_path / "home" / "warehouse.duckdb", wait_seconds=5)


@pytest.fixture
def warehouse(empty_file: Path, new_warehouse: Warehouse) -> Warehouse:
    """A warehouse whose file was made before; making one takes 0.1 s."""
    new_warehouse.path.parent.mkdir()
    shutil.copyfile(empty_file, new_warehouse.path)
    return new_warehouse

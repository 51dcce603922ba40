"""State databases for every room's tests: an empty SQLite file, and a real Postgres where its server is installed."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from copy import copy
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from clarity_pipeline.state.database import StateDatabase

if TYPE_CHECKING:
    from clarity_pipeline_tests.world import World


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The socket folder of a throw-away server, started as an unprivileged user since Postgres refuses root."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = binaries[-1] if binaries else shutil.which("initdb")
    if initdb is None or find_spec("psycopg2") is None:
        pytest.skip("no Postgres server, or no psycopg2, on this machine")
    folder = Path(tempfile.mkdtemp(prefix="clarity-postgres-"))
    user = "nobody" if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    subprocess.run(
        [initdb, "-D", data, "-U", "clarity", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"],
        user=user, cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    server = subprocess.Popen(
        [Path(initdb).with_name("postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
        user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = monotonic() + 30
        while subprocess.run([Path(initdb).with_name("pg_isready"), "-q", "-h", folder], check=False).returncode:
            assert monotonic() < deadline, "Postgres did not start"
            sleep(0.05)
        yield folder
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _database_numbers() -> Iterator[int]:
    return itertools.count()


@pytest.fixture(params=["sqlite", "postgres"])
def state_url(request: pytest.FixtureRequest, tmp_path: Path, _database_numbers: Iterator[int]) -> str:
    """The address of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'state.db'}"
    import psycopg2

    socket = request.getfixturevalue("postgres_server")
    name = f"test_{next(_database_numbers)}"
    connection = psycopg2.connect(host=str(socket), user="clarity", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"create database {name}")
    connection.close()
    return f"postgresql://clarity@/{name}?host={socket}"


@pytest.fixture
def any_state(state_url: str) -> Iterator[StateDatabase]:
    """A migrated state database of either kind."""
    yield from _migrated(state_url)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateDatabase]:
    """A migrated state database in a file."""
    yield from _migrated(f"sqlite:///{tmp_path / 'state.db'}")


def _migrated(url: str) -> Iterator[StateDatabase]:
    database = StateDatabase(url)
    database.migrate()
    yield database
    database.dispose()


@pytest.fixture
def world(tmp_path: Path) -> Iterator["World"]:
    """A connected business `acme` on a running fake Clarity, five minutes past midnight."""
    from clarity_pipeline_tests.world import World

    found = World(tmp_path / "home")
    with found.fake:
        found.connect()
        yield found


@pytest.fixture(scope="session")
def _lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator["World"]:
    from clarity_pipeline_tests.lived_in import live
    from clarity_pipeline_tests.world import World

    found = World(tmp_path_factory.mktemp("lived-in") / "home")
    with found.fake:
        live(found)
        yield found


@pytest.fixture
def lived_in(_lived_in: "World", tmp_path: Path) -> "World":
    """A home of its own with two days of two businesses behind it, and all that can happen to them (`lived_in.live`)."""
    folder = tmp_path / "home"
    shutil.copytree(_lived_in.folder, folder)
    found = copy(_lived_in)
    found.folder = folder
    return found

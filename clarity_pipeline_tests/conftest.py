"""State databases for every room's tests: an empty SQLite file, and a real Postgres where its server is installed."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.postgres import postgres

if TYPE_CHECKING:
    from clarity_pipeline_tests.world import World

pytest_plugins = ["clarity_pipeline_tests.longest"]

ON_POSTGRES_TOO = pytest.mark.slow("the same test on the other database; those of state/, which alone knows the two, run on both")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Path]:
    """The socket folder of a throw-away server."""
    with postgres() as server:
        yield server.folder


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite state database of today's schema, to be copied: Alembic takes 0.1 s of a core each time."""
    file = tmp_path_factory.mktemp("migrated") / "state.db"
    _migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _new_database(postgres_server: Path) -> Callable[[str], str]:
    """Makes a Postgres database after the named template, and gives its address."""
    import psycopg2

    numbers = itertools.count()

    def make(template: str) -> str:
        name = f"test_{next(numbers)}"
        connection = psycopg2.connect(host=str(postgres_server), user="clarity", dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"create database {name} template {template}")
        connection.close()
        return f"postgresql://clarity@/{name}?host={postgres_server}"

    return make


@pytest.fixture(scope="session")
def _migrated_database(_new_database: Callable[[str], str]) -> str:
    """The name of a Postgres database of today's schema, to be a template."""
    url = _new_database("template1")
    _migrate(url)
    return str(make_url(url).database)


@pytest.fixture
def empty_address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Where an empty database of the named kind is."""

    def address(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / 'state.db'}"
        return str(request.getfixturevalue("_new_database")("template1"))

    return address


@pytest.fixture
def migrated_address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Where a migrated database without a row is, of the named kind."""

    def address(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{shutil.copy(request.getfixturevalue('migrated_file'), tmp_path / 'state.db')}"
        return str(request.getfixturevalue("_new_database")(request.getfixturevalue("_migrated_database")))

    return address


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=ON_POSTGRES_TOO)])
def empty_state_url(request: pytest.FixtureRequest, empty_address: Callable[[str], str]) -> str:
    """The address of an empty database, of either kind."""
    return empty_address(request.param)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=ON_POSTGRES_TOO)])
def state_url(request: pytest.FixtureRequest, migrated_address: Callable[[str], str]) -> str:
    """The address of a migrated database without a row, of either kind."""
    return migrated_address(request.param)


@pytest.fixture
def any_state(state_url: str) -> Iterator[StateDatabase]:
    """A migrated state database of either kind."""
    database = StateDatabase(state_url)
    yield database
    database.dispose()


@pytest.fixture
def state(migrated_file: Path, tmp_path: Path) -> Iterator[StateDatabase]:
    """A migrated state database in a file."""
    database = StateDatabase(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'state.db')}")
    yield database
    database.dispose()


def _migrate(url: str) -> None:
    database = StateDatabase(url)
    database.migrate()
    database.dispose()


@pytest.fixture(scope="session")
def _new_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CLARITY_HOME whose databases were made by a first command, to be copied: Dagster's alone take 0.6 s of a core."""
    from clarity_pipeline_tests.world import World

    new = World(tmp_path_factory.mktemp("new") / "home")
    with new.fake, new.home(), new.day_sync():
        return new.folder


@pytest.fixture
def world(_new_home: Path, tmp_path: Path) -> Iterator["World"]:
    """A connected business `acme` on a running fake Clarity, five minutes past midnight; nothing was synced yet."""
    from clarity_pipeline_tests.world import World

    found = World(shutil.copytree(_new_home, tmp_path / "home"))
    with found.fake:
        found.connect()
        yield found


@pytest.fixture(scope="session")
def _synced_home(_new_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of `synced`, to be copied: a day by the real job takes 3 s of a core."""
    from clarity_pipeline.rules.book.rule_store import import_rules
    from clarity_pipeline.rules.language.rule_files import read_rules
    from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
    from clarity_pipeline_tests.world import World

    made = World(shutil.copytree(_new_home, tmp_path_factory.mktemp("synced") / "home"))
    with made.fake:
        made.connect()
        made.name_site("roofmaster.example")
        with made.home() as home:
            import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
        made.sync()
        return made.folder


@pytest.fixture
def synced(_synced_home: Path, tmp_path: Path) -> Iterator["World"]:
    """`world` when its first day is synced and a rule has fired: `calls` begins anew, and six of the day's ten are left."""
    from clarity_pipeline_tests.world import PROJECT, World

    found = World(shutil.copytree(_synced_home, tmp_path / "home"))
    with found.fake:
        found.fake.spend_day(PROJECT, left=6)
        yield found


@pytest.fixture(scope="session")
def _lived_in(_new_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator["World"]:
    from clarity_pipeline_tests.lived_in import live
    from clarity_pipeline_tests.world import World

    found = World(shutil.copytree(_new_home, tmp_path_factory.mktemp("lived-in") / "home"))
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

"""A home whose state is in a Postgres: backed up while it syncs, restored elsewhere, into a file or another Postgres."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.state.database import RESTORING, StateDatabase
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.upkeep.backup.back_up import back_up
from clarity_pipeline.upkeep.backup.into_postgres import HomeTaken, note_filled
from clarity_pipeline.upkeep.backup.restore import restore
from clarity_pipeline.upkeep.backup.state_copy import copy_state
from clarity_pipeline_tests.day.test_crashes import rows
from clarity_pipeline_tests.day.test_postgres_restarts import OnPostgres
from clarity_pipeline_tests.world import DAY, World


def everything(state: StateDatabase) -> dict[str, list[Any]]:
    """Each table with each value as it is stored, JSON as text."""
    found = {}
    with state.read() as connection:
        for name, table in every_table().tables.items():
            columns = [
                (sa.cast(each, sa.Text) if isinstance(each.type, sa.JSON) else each).label(each.name) for each in table.columns
            ]
            if connection.dialect.name == "sqlite":
                columns = [sa.type_coerce(each, sa.Text) if isinstance(each.type, sa.JSON) else each for each in table.columns]
            found[name] = sorted(map(repr, connection.execute(sa.select(*columns))))
    return found


def test_a_state_goes_to_postgres_and_back_and_nothing_of_it_is_another(
    lived_in: World, empty_address: Callable[[str], str], tmp_path: Path
) -> None:
    server, file = StateDatabase(empty_address("postgres")), StateDatabase(f"sqlite:///{tmp_path / 'back.db'}")
    with lived_in.home() as home:
        before = everything(home.state)
        server.migrate()
        file.migrate()
        copied = copy_state(home.state, server)
    assert copied == sum(map(len, before.values())) > 100
    assert everything(server) == before
    copy_state(server, file)
    assert everything(file) == before
    with server.write() as connection:  # and Postgres goes on counting where the copied numbers end
        taken = {job_id for (job_id,) in connection.execute(sa.text("select job_id from clarity_sync_jobs"))}
        new = connection.execute(
            sa.text(
                "insert into clarity_sync_jobs (business_id, date, slice, attempt, state, calls, started_at)"
                " values ('new', '2026-05-03', 'url_device', 1, 'running', 0, now()) returning job_id"
            )
        ).scalar_one()
    assert new not in taken
    server.dispose()
    file.dispose()


@pytest.fixture
def on_postgres(empty_address: Callable[[str], str], tmp_path: Path) -> Iterator[OnPostgres]:
    world = OnPostgres(tmp_path / "home", address=empty_address("postgres"))
    with world.fake:
        world.connect()
        yield world


def moved(world: OnPostgres, folder: Path, address: str | None) -> World:
    """The same Clarity and clock, another machine's home: with its state in a file, or in that Postgres."""
    other = World.__new__(World) if address is None else OnPostgres.__new__(OnPostgres)
    other.folder, other.fake, other.now = folder, world.fake, world.now
    if isinstance(other, OnPostgres):
        other.address = address or ""
    return other


@pytest.mark.slow("two nights, one of them backed up meanwhile, and a night on two other machines")
def test_a_back_up_during_a_sync_is_restored_elsewhere_and_the_next_night_goes_on(
    on_postgres: OnPostgres, empty_address: Callable[[str], str], tmp_path: Path
) -> None:
    on_postgres.sync()
    on_postgres.later(days=1)
    night = Thread(target=on_postgres.sync, args=(DAY.replace(day=DAY.day + 1),))
    night.start()
    while on_postgres.calls() < 6:
        pass
    with on_postgres.home() as home:
        done = back_up(home, tmp_path / "kept.tar.zst")
    night.join()
    assert done.left_out == ()
    made = on_postgres.calls()
    assert made == 8
    for number, address in enumerate((None, empty_address("postgres"))):
        second = moved(on_postgres, tmp_path / f"second_{number}", address)
        restored = restore(second.settings, tmp_path / "kept.tar.zst")
        assert restored.failures == ()
        assert (second.folder / "state.db").exists() == (address is None)
        report = second.sync(DAY.replace(day=DAY.day + 1))
        assert list(report.failures()) == []
        with second.home() as home:
            quota_key = home.connections.get("acme").quota_key
            assert quota_key is not None
            assert home.quota.used_today(quota_key) <= 6, "what was on its way is paid for again at most, and counted"
        assert rows(second.settings.published_file) == rows(on_postgres.settings.published_file)


def test_a_postgres_that_holds_rows_is_never_overwritten(on_postgres: OnPostgres, tmp_path: Path) -> None:
    with on_postgres.home() as home:
        back_up(home, tmp_path / "kept.tar")
    second = moved(on_postgres, tmp_path / "second", on_postgres.address)
    with pytest.raises(HomeTaken, match="holds rows already"):
        restore(second.settings, tmp_path / "kept.tar")
    assert not second.folder.exists()
    with on_postgres.home() as home:
        assert [each.business_id for each in home.connections.all()] == ["acme"]


@pytest.mark.parametrize("named", [False, True], ids=["killed before its database was named", "with another database named"])
def test_a_restore_that_goes_on_empties_no_postgres_but_the_one_that_it_had_begun_to_fill(
    on_postgres: OnPostgres, empty_address: Callable[[str], str], tmp_path: Path, named: bool
) -> None:
    with on_postgres.home() as home:
        back_up(home, tmp_path / "kept.tar")
    second = moved(on_postgres, tmp_path / "second", on_postgres.address)
    left_over = second.folder / RESTORING
    left_over.mkdir(parents=True)
    empty = empty_address("postgres")
    if named:
        note_filled(left_over, empty)
    with pytest.raises(HomeTaken, match="holds rows already"):
        restore(second.settings, tmp_path / "kept.tar")
    with on_postgres.home() as home:
        assert [each.business_id for each in home.connections.all()] == ["acme"]
    third = moved(on_postgres, second.folder, empty)
    assert restore(third.settings, tmp_path / "kept.tar").businesses == 1, "the one that is empty is filled after all"


def test_a_restore_that_was_killed_over_its_postgres_fills_it_again(
    on_postgres: OnPostgres, empty_address: Callable[[str], str], tmp_path: Path
) -> None:
    with on_postgres.home() as home:
        back_up(home, tmp_path / "kept.tar")
    second = moved(on_postgres, tmp_path / "second", empty_address("postgres"))
    restore(second.settings, tmp_path / "kept.tar")
    left_over = second.folder / RESTORING
    left_over.mkdir()
    note_filled(left_over, second.address)
    assert restore(second.settings, tmp_path / "kept.tar").businesses == 1
    assert not left_over.exists()

import stat
import traceback
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import StateDatabase, StateUnavailable, open_state
from clarity_pipeline.state.schema.calls import quota_calls
from clarity_pipeline.state.schema.rules import rules

NOW = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)
A_RULE = {"rule_id": "r", "revision": 1, "document": {"all": []}, "updated_at": NOW}


def _count(state: StateDatabase) -> int:
    with state.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(rules)) or 0


def test_a_new_home_and_every_file_of_its_state_database_are_private(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    state = open_state(Settings(home=home))
    with state.write() as connection:
        connection.execute(sa.insert(rules).values(A_RULE))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.iterdir()]}
    state.dispose()
    assert modes == {"home": 0o700, "state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}


def test_a_home_that_is_a_file_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(StateUnavailable, match=r"CLARITY_HOME") as caught:
        open_state(Settings(home=tmp_path / "home"))
    assert "\n" not in str(caught.value)


def test_sqlite_survives_a_power_cut_and_keeps_no_deleted_secret(state: StateDatabase) -> None:
    pragmas = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "secure_delete")
    with state.read() as connection:
        assert [connection.exec_driver_sql(f"pragma {name}").scalar() for name in pragmas] == ["wal", 2, 30_000, 1, 1]


def test_what_is_gone_is_cleared_on_every_kind_of_database_and_it_is_told_where_a_reader_kept_it(state_url: str) -> None:
    any_state = StateDatabase(state_url, wait_seconds=0.1)
    with any_state.write() as connection:
        connection.execute(sa.insert(rules).values(A_RULE))
        is_sqlite = connection.dialect.name == "sqlite"
    with any_state.read() as reader:
        reader.execute(sa.select(rules)).all()
        with any_state.write() as connection:
            connection.execute(sa.delete(rules))
        assert any_state.clear_what_is_gone() == (not is_sqlite)
    assert any_state.clear_what_is_gone()
    assert _count(any_state) == 0
    with any_state.write() as connection:  # and the pool's connections are as they were
        connection.execute(sa.insert(rules).values(A_RULE))
        connection.rollback()
    assert _count(any_state) == 0
    any_state.dispose()


def test_a_reader_cannot_write(any_state: StateDatabase) -> None:
    with pytest.raises((StateUnavailable, sa.exc.DBAPIError)), any_state.read() as connection:
        connection.execute(sa.insert(rules).values(A_RULE))
    assert _count(any_state) == 0
    with any_state.write() as connection:
        connection.execute(sa.insert(rules).values(A_RULE))
    assert _count(any_state) == 1


def test_a_writer_that_fails_leaves_nothing(any_state: StateDatabase) -> None:
    def fail() -> None:
        with any_state.write() as connection:
            connection.execute(sa.insert(rules).values(A_RULE))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _count(any_state) == 0


def test_a_writer_holds_the_lock_from_its_start_and_the_next_says_so_after_its_wait(
    any_state: StateDatabase, state_url: str
) -> None:
    second = StateDatabase(state_url, wait_seconds=0.1)
    with any_state.write() as _:
        assert _count(second) == 0
        with pytest.raises(StateUnavailable, match=r"lock") as caught, second.write() as _:
            pytest.fail("two writers at once")
    assert "\n" not in str(caught.value)
    with second.write() as connection:
        connection.execute(sa.insert(rules).values(A_RULE))
    second.dispose()
    assert _count(any_state) == 1


def test_a_reader_sees_one_moment(any_state: StateDatabase, state_url: str) -> None:
    other = StateDatabase(state_url)
    with any_state.read() as connection:
        before = connection.scalar(sa.select(sa.func.count()).select_from(rules))
        with other.write() as writer:
            writer.execute(sa.insert(rules).values(A_RULE))
        assert connection.scalar(sa.select(sa.func.count()).select_from(rules)) == before == 0
    other.dispose()


@pytest.mark.parametrize("slot", [0, 11])
def test_no_code_can_store_an_eleventh_slot(any_state: StateDatabase, slot: int) -> None:
    row = {"quota_key": "k", "day": date(2026, 11, 22), "slot": slot, "business_id": "b", "purpose": "sync", "state": "claimed"}
    with pytest.raises(sa.exc.IntegrityError), any_state.write() as connection:
        connection.execute(sa.insert(quota_calls).values(**row, claimed_at=NOW))


def test_instants_come_back_aware_and_in_utc(any_state: StateDatabase) -> None:
    tokyo = datetime.fromisoformat("2026-11-22T09:05:00+09:00")
    with any_state.write() as connection:
        connection.execute(sa.insert(rules).values({**A_RULE, "updated_at": tokyo}))
    with any_state.read() as connection:
        instant = connection.scalar(sa.select(rules.c.updated_at))
    assert instant == NOW
    assert instant.utcoffset() is not None


def test_a_failed_statement_does_not_show_its_values(any_state: StateDatabase) -> None:
    with pytest.raises(sa.exc.IntegrityError) as caught, any_state.write() as connection:
        connection.execute(sa.insert(rules), [{**A_RULE, "document": "c4nary"}] * 2)
    assert "c4nary" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "p4ssword",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////no/such/folder/state.db",
        "sqlite:///x.db?mode=p4ssword",
        "mysql://user:p4ssword@host/database",
        "postgresql://user:p4ssword@host:port/database",
        "postgresql://user:p4ssword@127.0.0.1:1/database",
        "postgresql+psycopg://user:p4ssword@127.0.0.1:1/database",
        "postgres://user:p4ssword@127.0.0.1:1/database?nonsense=1",
    ],
)
def test_an_unusable_address_is_refused_in_one_line_that_does_not_repeat_the_password(url: str) -> None:
    with pytest.raises(StateUnavailable, match="CLARITY_STATE_URL") as caught:
        StateDatabase(url).migrate()
    assert "\n" not in str(caught.value)
    assert "p4ssword" not in "".join(traceback.format_exception(caught.value))


def test_a_file_that_is_no_database_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("not a database" * 1000)
    state = StateDatabase(f"sqlite:///{tmp_path / 'state.db'}")
    with pytest.raises(StateUnavailable, match="not a database") as caught:
        state.migrate()
    state.dispose()
    assert "\n" not in str(caught.value)


def test_a_bit_of_the_header_that_makes_sqlite_only_read_is_told_as_damage_and_not_as_a_right_that_is_missing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.db"
    state = StateDatabase(f"sqlite:///{path}")
    state.migrate()
    state.dispose()
    content = bytearray(path.read_bytes())
    content[18] ^= 0b100
    path.write_bytes(content)
    with pytest.raises(StateUnavailable, match=r"is damaged .*restore` a back-up"):
        StateDatabase(f"sqlite:///{path}")

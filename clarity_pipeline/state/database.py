"""The state database: the two ways in, `read()` and `write()`, and its migration to the newest schema.

Opened by the front doors through `open_state(settings)`; every fact that changes (who is synced, what was spent, what
happened) goes through here. There is no third way in: a SQLite transaction that begins deferred and writes later ignores the
busy timeout (3,606 "database is locked" of 8,000 attempts, `docs/design.md#ledger`), and a count followed by an insert gave an
11th call. So a writer takes the one lock of the database before its first statement, and a reader cannot write.
"""

import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.sqlite_header import says_an_unknown_format

HEAD = "0034"
"""The newest revision under `migrations/versions` (a test compares); known here so that a start-up is spared Alembic (1.4 s)."""

VERSION_TABLE = "clarity_schema_version"
"""Alembic's table, under a name of our own: Dagster keeps its own `alembic_version` in a Postgres that both share."""

RESTORING = ".restoring"
"""The folder below CLARITY_HOME in which `restore` unpacks: while it is there the home is half a home, and nobody opens it."""

_WAL_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 1.0
_OF_A_RESTART = re.compile(
    r"starting up|shutting down|not yet accepting|in recovery mode|terminating connection|server closed the"
    r"|Connection refused|No such file or directory"
)
_ADVISORY_LOCK = int.from_bytes(b"clarity")


class StateUnavailable(ClarityPipelineError):
    """The state database cannot be opened or did not answer."""

    reason = "state_unavailable"


class StateLost(StateUnavailable):
    """The database server went away in the middle of a transaction; `again` does it anew.

    Nothing of it is left, unless the server went away in its commit: then all of it may stand. `was_tried` says that an
    `again` has done it anew in vain, so that one around it does not.
    """

    was_tried = False


class StateDatabase:
    """One SQLite file (WAL, FULL: a power cut must not forget a call that was made) or one Postgres database.

    `url` is a SQLAlchemy URL; any `postgresql://` spelling means psycopg2, 1.65 times as fast here as psycopg 3. A writer
    waits up to `wait_seconds` for the others, then raises `StateUnavailable`. A server that was there and restarts is waited for
    as long as `restart_seconds`; one that was never there is not.
    """

    def __init__(self, url: str, *, wait_seconds: float = 30.0, restart_seconds: float = 20.0) -> None:
        self._url = _checked(url)
        self._wait_ms = int(wait_seconds * 1000)
        self._restart_seconds = restart_seconds
        self._was_there = False
        self._is_sqlite = self._url.get_backend_name() == "sqlite"
        self._engine = self._sqlite_engine() if self._is_sqlite else self._postgres_engine()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A snapshot that cannot write."""
        options = {} if self._is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._transaction({"clarity_writes": False, **options}) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that holds the database's one write lock from its start; committed, or rolled back on any exception."""
        with self._transaction({"clarity_writes": True}) as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the schema to `HEAD` in one locked transaction; several processes may do so at once, all succeed."""
        if self._revision() == HEAD:
            return
        from alembic import command, util
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", "clarity_pipeline.state:migrations")
        with self.write() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except util.CommandError:
                raise StateUnavailable(
                    f"The state database has a schema that this version does not know ({_place(self._url)}):"
                    " install the newest clarity-pipeline, or point CLARITY_HOME or CLARITY_STATE_URL at another database"
                ) from None

    def clear_what_is_gone(self) -> bool:
        """Leave no bytes of removed rows behind; whether that was done.

        SQLite overwrites them (`secure_delete`), and its journal is written back, which a reader keeps from being done; Postgres
        vacuums what nobody reads any more.
        """
        if self._is_sqlite:
            raw = self._engine.raw_connection()
            try:
                ((busy, _, _),) = raw.cursor().execute("pragma wal_checkpoint(truncate)").fetchall()
            finally:
                raw.close()
            return not busy
        options = {"isolation_level": "AUTOCOMMIT", "clarity_writes": False}  # vacuum runs in no transaction
        with self._engine.connect().execution_options(**options) as connection:
            connection.exec_driver_sql("vacuum")
        return True

    def dispose(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _revision(self) -> str | None:
        with self.read() as connection:
            if not sa.inspect(connection).has_table(VERSION_TABLE):
                return None
            return connection.scalar(sa.select(sa.column("version_num", sa.Text)).select_from(sa.table(VERSION_TABLE)))

    @contextmanager
    def _transaction(self, options: dict[str, Any]) -> Iterator[sa.Connection]:
        try:
            with self._begun(options) as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            if error.connection_invalidated:
                raise StateLost(
                    f"The state database went away ({_place(self._url)}): what was being written stands whole or not"
                    " at all; run it again, which is safe"
                ) from None
            if _is_a_defect(error):
                raise
            cause = str(error.orig).strip().partition("\n")[0]
            if self._url.password:
                cause = cause.replace(str(self._url.password), "***")
            raise StateUnavailable(
                f"The state database cannot be used ({_place(self._url)}): {cause};"
                " check that it is there, not full, and yours to write (CLARITY_HOME, CLARITY_STATE_URL), then try again"
            ) from None

    @contextmanager
    def _begun(self, options: dict[str, Any]) -> Iterator[sa.Connection]:
        """A transaction that has begun; a server that restarts meanwhile is waited for."""
        deadline, pause = time.monotonic() + self._restart_seconds, 0.1
        with ExitStack() as stack:
            while True:
                try:
                    connection = stack.enter_context(self._engine.connect())
                    stack.enter_context(connection.execution_options(**options).begin())
                except sa.exc.DBAPIError as error:
                    if not (self._was_there and _is_of_a_restart(error)) or time.monotonic() + pause > deadline:
                        raise
                    stack.pop_all().close()
                    time.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                else:
                    self._was_there = True
                    break
            yield connection

    def _sqlite_engine(self) -> sa.Engine:
        # The journal takes the mode of the file, so the file is made before SQLite would make it for all to read.
        path = Path(str(self._url.database))
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            is_damaged = says_an_unknown_format(path)
        except OSError as error:
            raise StateUnavailable(
                f"The state database cannot be opened ({path}): {error.strerror}; check CLARITY_HOME or CLARITY_STATE_URL"
            ) from None
        if is_damaged:
            raise StateUnavailable(f"The state database is damaged ({path}): its header is of no format; `restore` a back-up")
        engine = sa.create_engine(self._url, connect_args={"isolation_level": None}, hide_parameters=True)

        @sa.event.listens_for(engine, "connect")
        def _settle(raw: Any, _record: Any) -> None:
            raw.execute(f"pragma busy_timeout = {self._wait_ms}")
            _turn_to_wal(raw, wait_seconds=self._wait_ms / 1000)
            for pragma in ("synchronous = full", "foreign_keys = on", "secure_delete = on"):
                raw.execute(f"pragma {pragma}")

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            writes = connection.get_execution_options()["clarity_writes"]
            connection.exec_driver_sql(f"pragma query_only = {'off' if writes else 'on'}")
            connection.exec_driver_sql("begin immediate" if writes else "begin")

        return engine

    def _postgres_engine(self) -> sa.Engine:
        engine = sa.create_engine(self._url, connect_args={"connect_timeout": 10}, pool_pre_ping=True, hide_parameters=True)

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            if connection.get_execution_options()["clarity_writes"]:
                connection.exec_driver_sql(
                    f"set local lock_timeout = {self._wait_ms}; select pg_advisory_xact_lock({_ADVISORY_LOCK})"
                )

        return engine


def open_state(settings: Settings) -> StateDatabase:
    """Make `CLARITY_HOME` (0700) where it is missing, open its state database and migrate it."""
    if (settings.home / RESTORING).exists():
        raise StateUnavailable(
            f"A restore into {settings.home} was not finished: run `clarity-pipeline restore` with the same back-up again"
        )
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StateUnavailable(
            f"The folder {settings.home} cannot be made: {error.strerror}; point CLARITY_HOME at one that you may write"
        ) from None
    state = StateDatabase(settings.database_url)
    state.migrate()
    return state


def _turn_to_wal(raw: Any, *, wait_seconds: float) -> None:
    """Set the journal mode, and wait for whoever is doing so: SQLite's own busy time-out does not cover that change."""
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            raw.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_WAL_PAUSE_SECONDS)
        else:
            return


def _checked(text: str) -> sa.URL:
    """The URL with our driver, or an error that repeats nothing of it: a garbled one may hold the password anywhere."""
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        url = sa.URL.create("garbled")
    backend = url.get_backend_name()
    if backend == "sqlite" and url.database not in {None, "", ":memory:"} and not url.query:
        return url.set(drivername="sqlite")
    if backend in {"postgresql", "postgres"}:
        if find_spec("psycopg2") is None:
            raise StateUnavailable("CLARITY_STATE_URL names Postgres, which needs: pip install 'clarity-pipeline[postgres]'")
        return url.set(drivername="postgresql+psycopg2")
    raise StateUnavailable(
        "CLARITY_STATE_URL is no usable address; write postgresql+psycopg2://user:password@host/database, or sqlite:///"
        " and a file, or unset it for the file under CLARITY_HOME"
    )


def _place(url: sa.URL) -> str:
    """Where the database is, without who opens it."""
    return str(url.database) if url.get_backend_name() == "sqlite" else f"{url.host or 'local socket'}/{url.database}"


def _is_of_a_restart(error: sa.exc.DBAPIError) -> bool:
    """Whether Postgres says so, or its socket is not there; SQLite has no server."""
    return type(error.orig).__module__.startswith("psycopg2") and bool(_OF_A_RESTART.search(str(error.orig)))


def _is_a_defect(error: sa.exc.DBAPIError) -> bool:
    """Whether our own statement is wrong, which no person can repair.

    An error without a statement is one of connecting; sqlite3 reports a file that is no database as a bare DatabaseError.
    """
    of_the_place = isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or type(error) is sa.exc.DatabaseError
    return error.statement is not None and not of_the_place

"""A throw-away Postgres server that can be restarted, run as an unprivileged user since Postgres refuses root."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

import pytest

_SETTINGS = ("-c", "listen_addresses=", "-c", "fsync=off")


@dataclass
class Server:
    """The server in `folder`, which is also the folder of its socket."""

    folder: Path
    initdb: Path
    user: str | None
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def address(self, database: str) -> str:
        """Of one of its databases."""
        return f"postgresql://clarity@/{database}?host={self.folder}"

    def start(self, *, wait: bool = True) -> None:
        """Start it; with `wait` until it answers."""
        self.process = subprocess.Popen(
            [self.initdb.with_name("postgres"), "-D", self._data, "-k", self.folder, *_SETTINGS],
            user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = monotonic() + 30
        while wait and subprocess.run([self.initdb.with_name("pg_isready"), "-q", "-h", self.folder], check=False).returncode:
            assert monotonic() < deadline, "Postgres did not start"
            sleep(0.05)

    def stop(self, *, mode: Literal["fast", "immediate"] = "fast") -> None:
        """End it with every connection that is open."""
        subprocess.run(
            [self.initdb.with_name("pg_ctl"), "-D", self._data, "-m", mode, "-w", "stop"],
            user=self.user, cwd=self.folder, check=True, capture_output=True,
        )  # fmt: skip
        if self.process is not None:
            self.process.wait(20)

    @contextmanager
    def standby(self) -> "Iterator[Server]":
        """A hot standby of it, which follows what is written here."""
        folder = Path(tempfile.mkdtemp(prefix="clarity-standby-"))
        if self.user:
            shutil.chown(folder, self.user)
        copy = ["-D", folder / "data", "-R", "-c", "fast"]
        subprocess.run(
            [self.initdb.with_name("pg_basebackup"), "-h", self.folder, "-U", "clarity", *copy],
            user=self.user, cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        other = Server(folder, self.initdb, self.user)
        other.start()
        try:
            yield other
        finally:
            other.stop(mode="immediate")
            shutil.rmtree(folder, ignore_errors=True)

    def run(self, statements: str, *, database: str = "postgres") -> None:
        """Statements outside of any transaction."""
        import psycopg2

        connection = psycopg2.connect(host=str(self.folder), user="clarity", dbname=database)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statements)
        connection.close()


@contextmanager
def postgres() -> Iterator[Server]:
    """A running server; the test is skipped where none is installed."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = binaries[-1] if binaries else shutil.which("initdb")
    if initdb is None or find_spec("psycopg2") is None:
        pytest.skip("no Postgres server, or no psycopg2, on this machine")
    server = Server(Path(tempfile.mkdtemp(prefix="clarity-postgres-")), Path(initdb), "nobody" if os.getuid() == 0 else None)
    if server.user:
        shutil.chown(server.folder, server.user)
    subprocess.run(
        [initdb, "-D", server.folder / "data", "-U", "clarity", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"],
        user=server.user, cwd=server.folder, check=True, capture_output=True,
    )  # fmt: skip
    server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.process.terminate()
            server.process.wait(20)
        shutil.rmtree(server.folder, ignore_errors=True)


def ends_the_connection(table: str, *, on: str, at: tuple[int, ...]) -> str:
    """Statements after which the server ends the connection that writes to the table, at these writes of all of them."""
    times = ", ".join(map(str, at))
    return f"""
        create sequence if not exists kills_of_{table};
        create or replace function kill_{table}() returns trigger language plpgsql as $$
        begin
            if nextval('kills_of_{table}') in ({times}) then perform pg_terminate_backend(pg_backend_pid()); end if;
            return null;
        end $$;
        create trigger kill_{table} after {on} on {table} for each statement execute function kill_{table}();
    """

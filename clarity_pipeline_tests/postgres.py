"""A throw-away Postgres where its server is installed: for the tests of the state, and for the torture, which kills it."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep


def binaries() -> Path | None:
    """The folder of the newest server, if there is one and a driver for it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = found[-1] if found else shutil.which("initdb")
    return Path(initdb).parent if initdb is not None and find_spec("psycopg2") is not None else None


@dataclass
class Server:
    """One server on a socket in `folder`, run by an unprivileged user since Postgres refuses root."""

    binaries: Path
    folder: Path
    user: str | None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Return when it answers."""
        self._process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses=", "-c", "fsync=off"],
            user=self.user, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = monotonic() + 60
        while subprocess.run([self.binaries / "pg_isready", "-q", "-h", self.folder], check=False).returncode:
            assert monotonic() < deadline, "Postgres did not start"
            sleep(0.05)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> None:
        """SIGTERM waits for sessions to end, SIGINT ends them, SIGQUIT is a crash of all of it."""
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait(30)

    def create(self, name: str, *, template: str) -> str:
        """Make a database after another one, and give its address."""
        import psycopg2

        connection = psycopg2.connect(host=str(self.folder), user="clarity", dbname="postgres")
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"create database {name} template {template}")
        connection.close()
        return f"postgresql://clarity@/{name}?host={self.folder}"


@contextmanager
def running(found: Path) -> Iterator[Server]:
    """A new server, empty, as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="clarity-postgres-", dir="/tmp"))
    user = "nobody" if os.getuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    subprocess.run(
        [found / "initdb", "-D", folder / "data", "-U", "clarity", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-locale"],
        user=user, cwd=folder, check=True, capture_output=True,
    )  # fmt: skip
    server = Server(found, folder, user)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

"""Where calls go from a home that a demo made: to the fake Clarity, started when it is first asked, and never to Microsoft.

The demo's tokens are made up. Whoever opens its home with plain `dagster dev` has the real address in the settings, so that a
backfill would send them there; and what the demo left is to be fetched there as well.
"""

import subprocess
import sys
from functools import cached_property
from pathlib import Path
from weakref import finalize

from clarity_pipeline.clarity.client import HttpTransport, Reply
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import Unavailable
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.settings.settings import LIVE_INSIGHTS_PATH

SERVE = "clarity_pipeline.cli.demo.serve"


class DemoTransport:
    """A fake Clarity in a process of its own, which ends with this one: it reads a pipe that nobody else holds."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def fetch(self, asked: Slice, *, token: Token, num_of_days: int, deadline_seconds: float) -> Reply:
        """As `HttpTransport.fetch`."""
        return self._there.fetch(asked, token=token, num_of_days=num_of_days, deadline_seconds=deadline_seconds)

    def look(self, asked: Slice, *, token: Token, num_of_days: int, deadline_seconds: float) -> Reply:
        """As `HttpTransport.look`."""
        return self._there.look(asked, token=token, num_of_days=num_of_days, deadline_seconds=deadline_seconds)

    def hang_up(self) -> None:
        """As `HttpTransport.hang_up`; a server that nobody asked yet has no call to end."""
        if "_there" in self.__dict__:
            self._there.hang_up()

    @cached_property
    def _there(self) -> HttpTransport:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", SERVE, str(self._home)]
        server = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 - our own command
        finalize(self, _end, server)
        address = server.stdout.readline().strip() if server.stdout else ""
        if not address:
            raise Unavailable(
                "the demo's fake Clarity does not start: play the demo anew with `clarity-pipeline demo`", sent=False
            )
        return HttpTransport(address + LIVE_INSIGHTS_PATH)


def _end(server: "subprocess.Popen[str]") -> None:
    server.communicate()

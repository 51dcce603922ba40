"""What Dagster hands to assets, ops, sensors and schedules: one open home."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings


def home_resource(settings: Settings | None) -> dg.ConfigurableResource[Home]:
    """A home opened when a run, tick or tick-evaluation starts and closed when it ends; None reads the environment then.

    It has no field to configure: Dagster would show it and keep it in snapshots, and settings may hold a password.
    """

    class HomeResource(dg.ConfigurableResource[Home]):
        """The state database, vault, warehouse and transport below CLARITY_HOME."""

        @contextmanager
        def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Home]:  # noqa: ARG002 - Dagster's signature
            """One open home, for as long as the run or tick lasts."""
            with open_home(settings or Settings.from_env()) as opened:
                yield opened

    return HomeResource()

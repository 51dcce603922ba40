"""What Dagster hands to assets, sensors and schedules: one open home."""

from collections.abc import Iterator

import dagster as dg

from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings import Settings


def home_resource(settings: Settings | None) -> dg.ResourceDefinition:
    """A home opened when a run, tick or tick-evaluation starts and closed when it ends; None reads the environment then."""

    @dg.resource(description="The state database, vault, warehouse and transport below CLARITY_HOME.")
    def home(_: dg.InitResourceContext) -> Iterator[Home]:
        with open_home(settings or Settings.from_env()) as opened:
            yield opened

    return home

"""What Dagster hands to assets, sensors and schedules: the open rooms of the core."""

from collections.abc import Iterator

import dagster as dg

from clarity_pipeline.home import Rooms, open_rooms
from clarity_pipeline.settings import Settings


def rooms_resource(settings: Settings | None) -> dg.ResourceDefinition:
    """Rooms opened when a run, tick or tick-evaluation starts and closed when it ends; None reads the environment then."""

    @dg.resource(description="The state database, vault, warehouse and transport below CLARITY_HOME.")
    def rooms(_: dg.InitResourceContext) -> Iterator[Rooms]:
        with open_rooms(settings or Settings.from_env()) as opened:
            yield opened

    return rooms

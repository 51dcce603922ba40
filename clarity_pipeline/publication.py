"""Publishing with everything beside it: what the `publish` asset, the command and `sync` call."""

from typing import TYPE_CHECKING

from clarity_pipeline.alerts.tables import alerts_as_arrow, evaluations_as_arrow
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.warehouse.publish import Published, publish

if TYPE_CHECKING:
    import pyarrow


def publish_warehouse(rooms: Rooms) -> Published:
    """Copy the working file, with jobs, alerts and evaluations of the state database, to where analysts open it."""
    return publish(rooms.warehouse, rooms.settings.published_file, beside=tables_beside(rooms))


def tables_beside(rooms: Rooms) -> "dict[str, pyarrow.Table]":
    """Jobs, alerts and evaluations as they are at this moment."""
    return {
        "clarity_sync_jobs": rooms.jobs.as_arrow(),
        "clarity_alerts": alerts_as_arrow(rooms.state),
        "clarity_rule_evaluations": evaluations_as_arrow(rooms.state),
    }

"""Publishing with everything beside it: what the `publish` asset, the command and `sync` call."""

from clarity_pipeline.alerts.tables import alerts_as_arrow, evaluations_as_arrow
from clarity_pipeline.rooms import Rooms
from clarity_pipeline.warehouse.publish import Published, publish


def publish_warehouse(rooms: Rooms) -> Published:
    """Copy the working file, with jobs, alerts and evaluations of the state database, to where analysts open it."""
    return publish(
        rooms.warehouse,
        rooms.settings.published_file,
        beside={
            "clarity_sync_jobs": rooms.jobs.as_arrow(),
            "clarity_alerts": alerts_as_arrow(rooms.state),
            "clarity_rule_evaluations": evaluations_as_arrow(rooms.state),
        },
    )

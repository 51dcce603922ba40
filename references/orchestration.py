"""What Dagster knows: assets with what they are made of, jobs, schedules and sensors."""

import dagster as dg

from clarity_pipeline.definitions import build
from clarity_pipeline.settings.settings import Settings
from references import markdown
from references.markdown import plain, table

OPENING = """\
What the Dagster UI shows, in one place. Schedules and sensors are on from the start."""


def page() -> str:
    """The reference of assets, jobs, schedules and sensors."""
    definitions = build(Settings.from_env({}))
    graph = definitions.resolve_asset_graph()
    assets = []
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        parents = ", ".join(f"`{parent.to_user_string()}`" for parent in sorted(node.parent_keys))
        facts = [f"Made of {parents}."] if parents else []
        facts += ["Partitioned by business and date."] if node.partitions_def else []
        assets.append(
            "\n\n".join((f"### {key.to_user_string()}", plain(node.description or ""), *([" ".join(facts)] if facts else [])))
        )
    schedules = [
        [f"`{each.name}`", f"`{each.cron_schedule}`, UTC", plain(each.description or "")]
        for each in definitions.schedules or ()
        if isinstance(each, dg.ScheduleDefinition)
    ]
    sensors = [
        [f"`{each.name}`", f"every {each.minimum_interval_seconds} s", plain(each.description or "")]
        for each in definitions.sensors or ()
    ]
    jobs = [[f"`{each.name}`", plain(each.description or "")] for each in definitions.jobs or ()]
    return markdown.page(
        "Assets, schedules and sensors",
        OPENING,
        "## Assets",
        *assets,
        f"## Schedules\n\n{table(('schedule', 'when', 'what it does'), schedules)}",
        f"## Sensors\n\n{table(('sensor', 'when', 'what it does'), sensors)}",
        f"## Jobs\n\n{table(('job', 'what it does'), jobs)}",
    )

"""Who lacks yesterday: a check of our own, by business. Dagster's freshness knows an asset, not a business-day."""

import dagster as dg

from clarity_pipeline.clarity.recoverable import is_owed
from clarity_pipeline.home import Home

HAVE_YESTERDAY = "every_business_has_yesterday"
HAVE_YESTERDAY_MEANS = (
    "Each enabled business that was connected by then has yesterday's rows by page; `missing` names those that have not."
)

_LANE = "url_device"
_NAMES_SHOWN = 50


def who_has_yesterday(home: Home) -> dg.AssetCheckResult:
    """Look at the jobs of yesterday: which enabled business has no rows of it."""
    yesterday = home.yesterday()
    owed = [
        each.business_id
        for each in home.connections.enabled()
        if is_owed(yesterday, connected_at=each.connected_at or each.created_at)
    ]
    jobs = home.jobs.list(date=yesterday)
    loaded = {job.business_id for job in jobs if job.slice_name == _LANE and job.loaded_at is not None}
    missing = [each for each in owed if each not in loaded]
    count = f"{len(missing)} of {len(owed)} enabled businesses lack {yesterday}"
    return dg.AssetCheckResult(
        check_name=HAVE_YESTERDAY,
        passed=not missing,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{count}: `clarity-pipeline jobs --date {yesterday}` says why."
        if missing
        else f"Everybody has {yesterday}.",
        metadata={
            "date": yesterday.isoformat(),
            "lacking": len(missing),
            "enabled": len(owed),
            "missing": missing[:_NAMES_SHOWN],
        },
    )

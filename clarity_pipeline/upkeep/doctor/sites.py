"""Whose site the answers are of: what is held back, and a site that nobody has named yet. Out of the state database alone."""

from collections.abc import Collection, Iterator, Sequence

from clarity_pipeline.calls.held_back import held_back, is_released
from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.connections.business import Business
from clarity_pipeline.day.regimes import changes_about
from clarity_pipeline.day.site import HELD
from clarity_pipeline.home import Home
from clarity_pipeline.upkeep.doctor.finding import Finding

_ENTRIES_READ = 1000


def site_findings(home: Home, businesses: Collection[Business]) -> Iterator[Finding]:
    """Answers that wait for a person; they name hosts of others, so no client reads them."""
    held: dict[str, list[SyncJob]] = {}
    for job in held_back(home.state, [each.business_id for each in businesses]):
        held.setdefault(job.business_id, []).append(job)
    for business in businesses:
        jobs = held.get(business.business_id, [])
        if waiting := [job for job in jobs if not is_released(job, business.site)]:
            yield _other_site(home, business.business_id, waiting)
        elif jobs:
            yield Finding(
                "site_said",
                "note",
                business.business_id,
                f"{len(jobs)} lanes that were held back wait in the vault since its site was said to be {business.site}",
                f"nothing: the next daily sync looks at them again, without a call; or `clarity-pipeline sync --business"
                f" {business.business_id}` now",
                for_client=False,
            )
        elif business.site is not None and business.token_stored and business.site.is_new_guess(home.clock()):
            yield Finding(
                "site_learned",
                "note",
                business.business_id,
                f"its site is taken to be {business.site}, where the visits of its first answers were",
                f"nothing, if it is; else `clarity-pipeline update {business.business_id} --site HOST`",
            )


def _other_site(home: Home, business_id: str, jobs: Sequence[SyncJob]) -> Finding:
    dates = sorted({job.date for job in jobs})
    when = f"of {dates[0]}" if len(dates) == 1 else f"of {len(dates)} dates since {dates[0]}"
    what = (jobs[-1].detail or "its answers are of another site").partition(HELD)[0]
    changes = changes_about(home.audit.entries(business_id, limit=_ENTRIES_READ), dates[0])
    return Finding(
        "other_site",
        "error",
        business_id,
        f"{len(jobs)} lanes {when} are held back and not loaded, since {what}: the token is of another client's project, or the"
        f" site has moved ({changes})",
        f"`clarity-pipeline connect {business_id}` with a token of its own project; or, where that is its site now,"
        f" `clarity-pipeline accept {business_id}` and `sync`, which spends no call",
        for_client=False,
    )

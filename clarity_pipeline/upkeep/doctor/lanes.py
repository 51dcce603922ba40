"""What became of yesterday's lanes, from the jobs: why "sync fails silently", and why "last synced is more than a day old"."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.fetchable import covers_enough
from clarity_pipeline.clarity.window import window
from clarity_pipeline.connections.business import Business
from clarity_pipeline.connections.status import NOTHING_ANSWERED
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.upkeep.doctor.finding import Finding, Severity

DAILY_RUN_AT = time(0, 5)
"""When the schedule `daily_sync` asks for its runs."""

LATE_AFTER = timedelta(minutes=30)
"""A thousand businesses in turn take some minutes; nobody is late before that."""

Lane = tuple[str, str | None]
"""State and reason of a lane's latest attempt."""

_WAIT = "wait: it stays enabled and is tried again after 00:00 UTC"
_AGAIN = "`clarity-pipeline sync --business {slug}` before 06:00 UTC tries again"

_TOLD_ALREADY = {"token_rejected", "disabled", "token_missing", "without_clarity", "other_site"}
"""What the findings of the connection and of the site say."""

_WHAT_TO_DO: Mapping[str, tuple[Severity, str]] = {
    "quota_spent": ("error", f"the project's ten calls are taken, see `clarity-pipeline quota`; {_WAIT}"),
    "unavailable": ("error", f"Clarity was down or could not be reached; {_AGAIN}"),
    "answer_malformed": (
        "error",
        "the answer is kept in the vault and no call is made for it again; `clarity-pipeline jobs --business {slug}` says what is"
        " wrong with it, and a newer release that can read it loads it by itself",
    ),
    "implausible_difference": ("warning", "nothing: the two longer answers could not be told apart, and the date stays lost"),
    "clock_disagrees": ("error", "set this machine's clock, which is UTC's; then `clarity-pipeline sync` makes no call twice"),
    "redirected": (
        "error",
        f"look at CLARITY_API_BASE_URL and at proxies and sign-in pages between; then {_AGAIN}, with one call at first",
    ),
    "mobile_app_project": ("error", "the project is a mobile app's, which the export answers otherwise; connect the web site's"),
    "bad_request": ("error", "our request was wrong; look for a newer release, another try would only spend a call"),
    "day_not_fetchable": (
        "warning",
        "that date can no longer be asked for; the daemon, or cron, has to be up soon after 00:00 UTC",
    ),
    "secret_unreadable": ("error", "give back the encryption key, or `clarity-pipeline connect {slug}` again"),
    "bad_encryption_key": ("error", "restore secret.key from your backup"),
    "interrupted": ("error", f"the process was stopped in the middle; {_AGAIN}"),
    "warehouse_busy": (
        "error",
        "close what has the working DuckDB file open; `clarity-pipeline sync --business {slug}` loads it then",
    ),
    "warehouse_unreadable": ("error", "`clarity-pipeline replay` sets aside what cannot be read and makes it anew"),
    "warehouse_missing": ("error", "`clarity-pipeline replay` makes the warehouse anew from the vault"),
    "warehouse_knows_less": ("error", "`clarity-pipeline replay` makes the warehouse anew from the vault"),
    "unexpected": ("error", "its answer is kept: please report it; `clarity-pipeline jobs --business {slug}` has the detail"),
    "machine_refuses": (
        "error",
        "make room, or give back the right to write below CLARITY_HOME; `clarity-pipeline sync` loads it then",
    ),
    "capture_busy": ("warning", f"another process was fetching for it; {_AGAIN}"),
    "vault_damaged": ("error", "restore the vault's folder from your backup"),
    "vault_locked": ("error", "give back the vault's key in CLARITY_VAULT_KEYS"),
}
_FAILED = {"failed", "skipped"}

_OTHERWISE: tuple[Severity, str] = ("error", "`clarity-pipeline jobs --business {slug}` has the details; " + _AGAIN)

_CUT = "cut_at_cap"


def latest_lanes(state: StateDatabase, *, day: date) -> dict[str, dict[str, Lane]]:
    """For each business its lanes of a date, by slice, as the latest attempt left them.

    An attempt that was refused before anything was answered says nothing new: why the lane failed stays what it was before, and
    of several refusals the first is the reason of the others.
    """
    c = sync_jobs.c
    query = sa.select(c.business_id, c.slice, c.state, c.reason).where(c.date == day, c.slice.in_(list(DAILY_SLICES)))
    found: dict[str, dict[str, Lane]] = defaultdict(dict)
    with state.read() as connection:
        for business_id, slice_name, job_state, reason in connection.execute(query.order_by(c.job_id)):
            before = found[business_id].get(slice_name)
            if before is None or reason not in NOTHING_ANSWERED or before[0] not in _FAILED:
                found[business_id][slice_name] = (job_state, reason)
    return found


def expected(businesses: Collection[Business], *, now: datetime) -> list[str]:
    """Who should have lanes of yesterday by now: enabled, and connected before the daily run."""
    run_at = datetime.combine(now.date(), DAILY_RUN_AT, now.tzinfo)
    if now < run_at + LATE_AFTER:
        return []
    return [each.business_id for each in businesses if each.enabled and (each.enabled_at or each.created_at) < run_at]


def lane_findings(
    lanes: Mapping[str, Mapping[str, Lane]],
    *,
    expected: Sequence[str],
    asked: Collection[str],
    day: date,
    now: datetime,
    took: Mapping[str, str],
) -> Iterator[Finding]:
    """What failed, by reason; and for whom nobody tried. Where nobody tried for anybody, that is said once: the daemon.

    `took` says by business who took its calls.
    """
    start, end = window(now, 1)
    still = covers_enough(day, start=start, end=end)
    untried = [slug for slug in expected if slug not in lanes]
    if untried and len(untried) == len(expected):
        yield Finding(
            "daemon_not_seen",
            "error",
            None,
            f"nobody has tried to fetch {day} for any business: the daily run of 00:05 UTC was not made",
            "start Dagster's daemon (`make dev`, or your deployment), or have cron run `clarity-pipeline sync` after 00:00 UTC"
            + ("; `clarity-pipeline sync` now still fetches it" if still else ""),
            for_client=False,
        )
        untried = []
    for slug in untried:
        if slug in asked:
            what = (
                f"`clarity-pipeline sync --business {slug}` still can before 06:00 UTC"
                if still
                else "the API answers for it no more"
            )
            yield Finding("not_run", "error", slug, f"nobody has tried to fetch {day} for it, though others were fetched", what)
    for slug in sorted(set(lanes) & set(asked)):
        yield from _failed(slug, lanes[slug], day=day, took=took.get(slug))


def _failed(slug: str, lanes: Mapping[str, Lane], *, day: date, took: str | None) -> Iterator[Finding]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for slice_name, (state, reason) in lanes.items():
        if state in _FAILED and reason not in _TOLD_ALREADY:
            by_reason[reason or "internal_error"].append(slice_name)
    for reason, slices in by_reason.items():
        severity, what_to_do = _WHAT_TO_DO.get(reason, _OTHERWISE)
        if reason == "quota_spent" and took:
            what_to_do = f"{took}; {_WAIT}"
        sentence = (
            f"{len(slices)} of {len(DAILY_SLICES)} lanes of {day} did not come through ({reason}): {', '.join(sorted(slices))}"
        )
        yield Finding(reason, severity, slug, sentence, what_to_do.format(slug=slug))
    if cut := sorted(slice_name for slice_name, (_, reason) in lanes.items() if reason == _CUT):
        yield Finding(
            _CUT,
            "note",
            slug,
            f"Clarity cut {', '.join(cut)} of {day} at 1,000 rows: their totals are lower bounds",
            "nothing; use rates, and totals of the other lanes",
        )

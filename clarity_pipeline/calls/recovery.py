"""A lost date bought back: the two longer answers whose difference tells a lane. Called by `capture` alone, under its lock.

Whatever of the pair the vault has from the last `PAIR_MINUTES` is not paid for again: behind the regular run that is the shorter
answer, so that a lane costs one call. What an interrupted recovery has fetched serves the next. Nothing is subtracted here.
"""

from datetime import date

from clarity_pipeline.calls.budget import calls_free
from clarity_pipeline.calls.one_call import Calls, Receipt
from clarity_pipeline.calls.sync_jobs import SyncJobs
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, Slice
from clarity_pipeline.clarity.errors import QuotaSpent
from clarity_pipeline.clarity.recoverable import DayNotRecoverable, is_owed, recovery_of, refuse_unrecoverable
from clarity_pipeline.connections.business import Business
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.vault.lane_answer import Told, first_well_formed, fresh_halves, is_of_an_earlier_token, lane_answers


def is_lost_lane(jobs: SyncJobs, business: Business, *, date: date, slice_name: str, yesterday: date) -> bool:
    """Whether the date was ours to have, no call answers for it alone any more, and no answer of its own was ever loaded.

    Only of the four daily lanes: nobody knows since when a business has had the totals.
    """
    return (
        slice_name in DAILY_SLICES
        and date < yesterday
        and is_owed(date, connected_at=business.connected_at or business.created_at)
        and not jobs.is_loaded(business.business_id, date=date, slice_name=slice_name, recovered=False)
    )


def recover(
    calls: Calls, business: Business, *, date: date, asked: Slice, refetch: bool, ends_at: float, receipt: Receipt
) -> Told:
    """Fetch what is missing of the pair, the shorter first, and read it; with `refetch` the longer is fetched in any case.

    `asked` is the lane's slice, by fewer dimensions where the business backs off: both halves answer the same question.
    Raises `DayNotRecoverable` or `QuotaSpent` before paying, then whatever `Calls.make` raises.
    """
    refuse_unrecoverable(date, now=calls.clock())
    fetched: set[int] = set()
    while missing := _missing(calls, business, date=date, asked=asked, refetch=refetch) - fetched:
        _refuse_half_a_pair(calls, business, date=date, asked=asked, needed=len(missing))
        calls.make(
            business.business_id,
            asked=asked,
            num_of_days=min(missing),
            purpose="recovery",
            ends_at=ends_at,
            receipt=receipt,
        )
        fetched.add(min(missing))
        failpoint("half_a_pair_kept")
    lane = DAILY_SLICES[asked.name]
    known = lane_answers(calls.vault, business_id=business.business_id, date=date, slice_name=lane.name)
    own = (by for by in known if not is_of_an_earlier_token(by, token_hint=business.token_hint))
    found = first_well_formed(calls.vault, own, lane)
    if found is None:
        raise DayNotRecoverable(f"the two answers that were to tell {date} lie too far apart; try again before 06:00 UTC")
    return found


def _missing(calls: Calls, business: Business, *, date: date, asked: Slice, refetch: bool) -> set[int]:
    """`numOfDays` of each half that a call made now would not find its partner in; none once the hour is over."""
    now = calls.clock()
    recovery = recovery_of(date, now=now)
    if recovery is None:
        return set()
    fresh = fresh_halves(
        calls.vault,
        business_id=business.business_id,
        folder=recovery.folder,
        asked=asked,
        now=now,
        token_hint=business.token_hint,
    )
    return set(recovery.both) - (fresh - {recovery.minuend_days} if refetch else fresh)


def _refuse_half_a_pair(calls: Calls, business: Business, *, date: date, asked: Slice, needed: int) -> None:
    """One answer of two tells nothing: pay for what is missing of both, or for nothing."""
    spent = [(slot.purpose, slot.slice_name) for slot in calls.quota.slots(business.quota_key or "")]
    free = calls_free(spent, purpose="recovery", slice_name=asked.name)
    if free < needed:
        raise QuotaSpent(
            f"recovering {date} takes {needed} more of the day's calls and {free} are free for it, since the daily lanes and a"
            " person's tests keep theirs; `clarity-pipeline plan` says what is next"
        )

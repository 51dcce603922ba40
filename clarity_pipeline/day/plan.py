"""The facts of a day's plan, gathered from state and vault: what the schedule, `sync` and `plan` ask before any call.

It looks and never calls. For 1,000 businesses within one tick of the schedule it may not read the vault lane by lane: a lane
whose rows are loaded is told, and only of the others the sidecars are looked at. Answers are not parsed; one that a job has
found malformed tells nothing. `capture` looks closely before it pays, so a plan that errs costs no call.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal

from clarity_pipeline.calls.cut_lanes import CutLanes
from clarity_pipeline.calls.day_facts import Facts, Lane
from clarity_pipeline.calls.day_plan import LOOK_BACK_DAYS, Plan, plan_day
from clarity_pipeline.calls.recently_cut import question
from clarity_pipeline.calls.sync_jobs import NO_LONGER_RECOVERABLE, RECOVERED, SyncJob, SyncJobs
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES, TOTALS
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.recoverable import is_owed
from clarity_pipeline.connections.business import TOKEN_REJECTED, Business
from clarity_pipeline.home import Home
from clarity_pipeline.vault.lane_answer import could_pair, lane_answers
from clarity_pipeline.vault.vault import Vault, VaultDamaged


def plan_today(home: Home) -> Plan:
    """The plan for every business of this home, at this instant."""
    now, yesterday = home.clock(), home.yesterday()
    jobs: dict[str, list[SyncJob]] = defaultdict(list)
    for job in home.jobs.list(since=yesterday - timedelta(days=LOOK_BACK_DAYS - 1)):
        jobs[job.business_id].append(job)
    facts = []
    for business in home.connections.all():
        less = _less(home.cut_lanes, home.jobs, business=business, day=yesterday)
        cut_in_full = _cut_in_full(home.cut_lanes, business.business_id, less, yesterday=yesterday)
        theirs = _facts(business, jobs[business.business_id], less=less, cut_in_full=cut_in_full)
        facts.append(_with_answers(theirs, home.vault, jobs[business.business_id], yesterday=yesterday, now=now))
    return plan_day(facts, spent=home.quota.spent_today(), now=now)


def give_up(jobs: SyncJobs, plan: Plan, business_ids: Iterable[str]) -> None:
    """Record, once, which lost lanes of these businesses nobody can recover any more."""
    wanted = set(business_ids)
    jobs.give_up(
        (each.business_id, each.date, each.slice_name, each.detail) for each in plan.given_up if each.business_id in wanted
    )


def _facts(
    business: Business, jobs: Sequence[SyncJob], *, less: Mapping[str, tuple[str, ...]], cut_in_full: Collection[str]
) -> Facts:
    """What the state database knows of a business; `cut_in_full` were cut by a question that is not asked now."""
    return Facts(
        business_id=business.business_id,
        quota_key=business.quota_key,
        connected_at=business.created_at,
        switched_off=_switched_off(business),
        slices=(*DAILY_SLICES, TOTALS.name) if business.totals else tuple(DAILY_SLICES),
        less=less,
        told={(job.date, job.slice_name) for job in jobs if job.loaded_at is not None},
        given_up={(job.date, job.slice_name) for job in jobs if job.reason == NO_LONGER_RECOVERABLE},
        cut=_cut(jobs) - set(cut_in_full),
    )


def _with_answers(facts: Facts, vault: Vault, jobs: Sequence[SyncJob], *, yesterday: date, now: datetime) -> Facts:
    """The facts and, of each lane whose rows are not loaded, what the vault has."""
    refused = {job.answer_sha256 for job in jobs if job.reason == AnswerMalformed.reason}
    told, kept = set(facts.told), set[Lane]()
    fresh: dict[str, set[int]] = {}
    for day in (yesterday - timedelta(days=back) for back in range(LOOK_BACK_DAYS)):
        if not is_owed(day, connected_at=facts.connected_at):
            continue
        for name in facts.slices:
            lane = (day, name)
            if lane in told or lane in facts.given_up:
                continue
            if _in_the_vault(vault, facts.business_id, lane, refused=refused):
                told.add(lane)
                if day < yesterday and name in DAILY_SLICES:
                    kept.add(lane)
            elif day < yesterday and name not in fresh:
                fresh[name] = _fresh(vault, facts, (yesterday, name), refused=refused, now=now)
    return replace(facts, told=told, kept=kept, fresh=fresh)


def _less(cut_lanes: CutLanes, jobs: SyncJobs, *, business: Business, day: date) -> dict[str, tuple[str, ...]]:
    """By slice, the dimensions that are asked for today where that is fewer than it has."""
    if not business.back_off:
        return {}
    questions = (question(cut_lanes, jobs, business=business, asked=asked, day=day) for asked in DAILY_SLICES.values())
    return {asked.name: asked.fewer for asked in questions if asked.fewer is not None}


def _switched_off(business: Business) -> Literal["disabled", "token_rejected"] | None:
    if business.enabled:
        return None
    return "token_rejected" if business.disabled_reason == TOKEN_REJECTED else "disabled"


def _cut(jobs: Sequence[SyncJob]) -> set[str]:
    """Slices whose newest date with an answer of its own was cut."""
    loaded = sorted((job for job in jobs if job.loaded_at and job.reason != RECOVERED), key=lambda job: (job.date, job.attempt))
    newest = {job.slice_name: job.reason for job in loaded}
    return {name for name, reason in newest.items() if reason == "cut_at_cap"}


def _cut_in_full(cut_lanes: CutLanes, business_id: str, less: Mapping[str, tuple[str, ...]], *, yesterday: date) -> set[str]:
    """Slices in back-off that were cut, when they were so last, by a question that is not asked now."""
    if not less:
        return set()
    newest_first = cut_lanes.since(business_id, yesterday - timedelta(days=LOOK_BACK_DAYS))
    last_asked = {each.slice_name: each.asked for each in reversed(newest_first) if each.cut}
    return {name for name, dimensions in less.items() if last_asked.get(name) != dimensions}


def _in_the_vault(vault: Vault, business_id: str, lane: Lane, *, refused: Collection[str | None]) -> bool:
    """Whether something in the vault tells the lane; a damaged one does not, and capture says so before it pays."""
    day, name = lane
    try:
        found = lane_answers(vault, business_id=business_id, date=day, slice_name=name)
        return any(all(each.sha256 not in refused for each in by.members) for by in found)
    except VaultDamaged:
        return False


def _fresh(vault: Vault, facts: Facts, lane: Lane, *, refused: Collection[str | None], now: datetime) -> set[int]:
    """Lengths in days of yesterday's answers that could be the longer one of a pair."""
    day, name = lane
    asked = SLICES[name].by(facts.less.get(name))
    try:
        answers = vault.answers(facts.business_id, date=day, slice_name=name)
    except VaultDamaged:
        return set()
    return {each.num_of_days for each in answers if could_pair(each, asked=asked, now=now) and each.sha256 not in refused}

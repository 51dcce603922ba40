"""The facts of a day's plan, gathered from state and vault: what the schedule, `sync` and `plan` ask before any call.

It looks and never calls. For 1,000 businesses within one tick of the schedule it may not read the vault lane by lane: a lane
whose rows are loaded is told, and only of the others the sidecars are looked at. Answers are not parsed; one that a job has
found malformed tells nothing. `capture` looks closely before it pays, so a plan that errs costs no call.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from clarity_pipeline.calls.cut_lanes import CutLanes
from clarity_pipeline.calls.day_facts import Facts, Lane
from clarity_pipeline.calls.day_plan import LOOK_BACK_DAYS, Plan, plan_day
from clarity_pipeline.calls.held_back import held_back
from clarity_pipeline.calls.recently_cut import question
from clarity_pipeline.calls.refused import is_not_paid_again, is_of_an_earlier_parser, refused_lanes, tells_nothing
from clarity_pipeline.calls.sync_jobs import NO_LONGER_RECOVERABLE, RECOVERED, SyncJob, SyncJobs
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES, TOTALS
from clarity_pipeline.clarity.recoverable import is_owed
from clarity_pipeline.connections.business import TOKEN_REJECTED, Business
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.plausible import ImplausibleDifference
from clarity_pipeline.vault.lane_answer import LaneAnswer, could_pair, is_of_an_earlier_token, lane_answers
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline.vault.vault import Vault


def plan_today(home: Home) -> Plan:
    """The plan for every business of this home, at this instant."""
    now, yesterday = home.clock(), home.yesterday()
    jobs: dict[str, list[SyncJob]] = defaultdict(list)
    for job in home.jobs.list(since=yesterday - timedelta(days=LOOK_BACK_DAYS - 1)):
        jobs[job.business_id].append(job)
    held: dict[str, list[SyncJob]] = defaultdict(list)
    for job in held_back(home.state):
        held[job.business_id].append(job)
    refused: dict[str, list[SyncJob]] = defaultdict(list)
    for job in refused_lanes(home.state):
        refused[job.business_id].append(job)
    facts = []
    for business in home.connections.all():
        if business.has_imports_alone:
            continue
        less = _less(home.cut_lanes, home.jobs, business=business, day=yesterday)
        cut_in_full = _cut_in_full(home.cut_lanes, business.business_id, less, yesterday=yesterday)
        name = business.business_id
        theirs = _facts(business, jobs[name], less=less, cut_in_full=cut_in_full)
        again, waiting = _held(business, held[name])
        again |= _readable_now(home.vault, refused[name])
        of_vault = _OfVault(home.vault, business.token_hint, again=again, waiting=waiting)
        facts.append(_with_answers(theirs, of_vault, jobs[name], yesterday=yesterday, now=now))
    return plan_day(facts, spent=home.quota.spent_today(), now=now)


def give_up(jobs: SyncJobs, plan: Plan, business_ids: Iterable[str]) -> None:
    """Record, once, which lost lanes of these businesses nobody can recover any more."""
    wanted = set(business_ids)
    jobs.give_up(
        [(each.business_id, each.date, each.slice_name, each.detail) for each in plan.given_up if each.business_id in wanted]
    )


def _facts(
    business: Business, jobs: Sequence[SyncJob], *, less: Mapping[str, tuple[str, ...]], cut_in_full: Collection[str]
) -> Facts:
    """What the state database knows of a business; `cut_in_full` were cut by a question that is not asked now."""
    return Facts(
        business_id=business.business_id,
        quota_key=business.quota_key,
        connected_at=business.connected_at or business.created_at,
        switched_off=_switched_off(business),
        slices=(*DAILY_SLICES, TOTALS.name) if business.totals else tuple(DAILY_SLICES),
        less=less,
        told={(job.date, job.slice_name) for job in jobs if job.loaded_at is not None},
        given_up={(job.date, job.slice_name) for job in jobs if job.reason == NO_LONGER_RECOVERABLE},
        cut=_cut(jobs) - set(cut_in_full),
    )


def _with_answers(facts: Facts, of_vault: "_OfVault", jobs: Sequence[SyncJob], *, yesterday: date, now: datetime) -> Facts:
    """The facts and, of each lane whose rows are not loaded, what the vault has."""
    refused = {job.answer_sha256 for job in jobs if tells_nothing(job)}
    refusals = {(job.date, job.slice_name): job for job in jobs if job.answer_sha256 and is_not_paid_again(job)}
    told, kept = {*facts.told, *of_vault.again}, {lane for lane in of_vault.again if lane[0] < yesterday}
    fresh: dict[str, set[int]] = {}
    stays: dict[Lane, str] = {}
    for day in (yesterday - timedelta(days=back) for back in range(LOOK_BACK_DAYS)):
        if not is_owed(day, connected_at=facts.connected_at):
            continue
        for name in facts.slices:
            lane = (day, name)
            if lane in told or lane in facts.given_up:
                continue
            if _in_the_vault(of_vault, facts.business_id, lane, refused=refused):
                told.add(lane)
                if day < yesterday and name in DAILY_SLICES and lane not in of_vault.waiting:
                    kept.add(lane)
            elif (job := refusals.get(lane)) is not None and of_vault.has(job, yesterday=yesterday):
                stays[lane] = job.detail or "kept, and not loaded"
            elif day < yesterday and name not in fresh:
                fresh[name] = _fresh(of_vault, facts, (yesterday, name), refused=refused, now=now)
    return replace(facts, told=told, kept=kept, fresh=fresh, stays=stays)


def _readable_now(vault: Vault, jobs: Sequence[SyncJob]) -> set[Lane]:
    """Lanes whose answer an earlier parser refused and the vault still has: today's looks at it, without a call."""
    return {(job.date, job.slice_name) for job in jobs if is_of_an_earlier_parser(job) and _lying_there(vault, job)}


def _lying_there(vault: Vault, job: SyncJob) -> list[LaneAnswer]:
    """What the vault has for the job's lane; nothing where that is damaged, which capture says."""
    try:
        return list(lane_answers(vault, business_id=job.business_id, date=job.date, slice_name=job.slice_name))
    except VaultDamaged:
        return []


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


@dataclass(frozen=True, slots=True)
class _OfVault:
    """Where answers lie, by which token they may come, and which lanes were held back: loaded `again`, or still `waiting`."""

    vault: Vault
    token_hint: str | None
    again: Collection[Lane]
    waiting: Collection[Lane]

    def has(self, job: SyncJob, *, yesterday: date) -> bool:
        """Whether the job's answer lies there, and is not of an earlier token; a pair that was refused counts for a day."""
        return any(
            job.answer_sha256 in {each.sha256 for each in by.members}
            and not is_of_an_earlier_token(by, token_hint=self.token_hint)
            and (by.shorter is None or by.stored.date == yesterday or job.reason == ImplausibleDifference.reason)
            for by in _lying_there(self.vault, job)
        )


def _held(business: Business, held: Sequence[SyncJob]) -> tuple[set[Lane], set[Lane]]:
    """Lanes that were held back: those that a person has said something of since, which are loaded again, and the others."""
    site = business.site
    again = {(job.date, job.slice_name) for job in held if site and job.finished_at and job.finished_at <= site.changed_at}
    return again, {(job.date, job.slice_name) for job in held} - again


def _in_the_vault(of_vault: _OfVault, business_id: str, lane: Lane, *, refused: Collection[str | None]) -> bool:
    """Whether something in the vault tells the lane; a damaged one does not, and capture says so before it pays."""
    day, name = lane
    try:
        found = lane_answers(of_vault.vault, business_id=business_id, date=day, slice_name=name)
        return any(
            all(each.sha256 not in refused for each in by.members)
            and not is_of_an_earlier_token(by, token_hint=of_vault.token_hint)
            for by in found
        )
    except VaultDamaged:
        return False


def _fresh(of_vault: _OfVault, facts: Facts, lane: Lane, *, refused: Collection[str | None], now: datetime) -> set[int]:
    """Lengths in days of yesterday's answers that could be the longer one of a pair."""
    day, name = lane
    asked = SLICES[name].by(facts.less.get(name))
    try:
        answers = of_vault.vault.answers(facts.business_id, date=day, slice_name=name)
    except VaultDamaged:
        return set()
    return {
        each.num_of_days
        for each in answers
        if could_pair(each, asked=asked, now=now, token_hint=of_vault.token_hint) and each.sha256 not in refused
    }

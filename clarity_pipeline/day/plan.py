"""The facts of a day's plan, gathered from state and vault: what the schedule, `sync` and `plan` ask before any call.

It looks and never calls. For 1,000 businesses within one tick of the schedule it may not read the vault lane by lane: a lane
whose rows are loaded is told, and only of the others the sidecars are looked at. Answers are not parsed; one that a job has
found malformed tells nothing. `capture` looks closely before it pays, so a plan that errs costs no call.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from clarity_pipeline.calls.day_plan import LOOK_BACK_DAYS, Facts, Lane, Plan, plan_day
from clarity_pipeline.calls.held_back import held_back
from clarity_pipeline.calls.recently_cut import question
from clarity_pipeline.calls.sync_jobs import NO_LONGER_RECOVERABLE, RECOVERED, SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES, TOTALS
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.recoverable import is_owed
from clarity_pipeline.connections.business import TOKEN_REJECTED, Business
from clarity_pipeline.home import Home
from clarity_pipeline.vault.lane_answer import could_pair, is_of_an_earlier_token, lane_answers
from clarity_pipeline.vault.vault import VaultDamaged


def plan_today(home: Home) -> Plan:
    """The plan for every business of this home, at this instant."""
    first = home.yesterday() - timedelta(days=LOOK_BACK_DAYS - 1)
    jobs: dict[str, list[SyncJob]] = {}
    for job in home.jobs.list(since=first):
        jobs.setdefault(job.business_id, []).append(job)
    held: dict[str, list[SyncJob]] = {}
    for job in held_back(home.state):
        held.setdefault(job.business_id, []).append(job)
    facts = [
        _facts(home, business, jobs.get(business.business_id, []), held=held.get(business.business_id, []))
        for business in home.connections.all()
        if not business.has_imports_alone
    ]
    return plan_day(facts, spent=home.quota.spent_today(), now=home.clock())


def give_up(home: Home, plan: Plan, business_ids: Iterable[str]) -> None:
    """Record, once, which lost lanes of these businesses nobody can recover any more."""
    wanted = set(business_ids)
    home.jobs.give_up(
        (each.business_id, each.date, each.slice_name, each.detail) for each in plan.given_up if each.business_id in wanted
    )


def _facts(home: Home, business: Business, jobs: Sequence[SyncJob], *, held: Sequence[SyncJob]) -> Facts:
    connected_at = business.connected_at or business.created_at
    slices = (*DAILY_SLICES, TOTALS.name) if business.totals else tuple(DAILY_SLICES)
    less = _less(home, business)
    facts = Facts(
        business_id=business.business_id,
        quota_key=business.quota_key,
        connected_at=connected_at,
        switched_off=_switched_off(business),
        slices=slices,
        less=less,
        given_up={(job.date, job.slice_name) for job in jobs if job.reason == NO_LONGER_RECOVERABLE},
        cut=_cut(jobs) - _cut_in_full(home, business, less),
    )
    refused = {job.answer_sha256 for job in jobs if job.reason == AnswerMalformed.reason}
    told = {(job.date, job.slice_name) for job in jobs if job.loaded_at is not None}
    released, waiting = _held(business, held)
    kept: set[Lane] = {lane for lane in released if lane[0] < home.yesterday()}
    fresh: dict[str, set[int]] = {}
    yesterday = home.yesterday()
    for day in (yesterday - timedelta(days=back) for back in range(LOOK_BACK_DAYS)):
        if not is_owed(day, connected_at=connected_at):
            continue
        for name in facts.slices:
            lane = (day, name)
            if lane in told or lane in facts.given_up:
                continue
            if _in_the_vault(home, business, lane, refused=refused):
                told.add(lane)
                if day < yesterday and name in DAILY_SLICES and lane not in waiting:
                    kept.add(lane)
            elif day < yesterday and name not in fresh:
                fresh[name] = _fresh(home, facts, (yesterday, name), refused=refused, token_hint=business.token_hint)
    return replace(facts, told=told, kept=kept, fresh=fresh)


def _less(home: Home, business: Business) -> dict[str, tuple[str, ...]]:
    """By slice, the dimensions that are asked for today where that is fewer than it has."""
    if not business.back_off:
        return {}
    questions = (
        question(home.cut_lanes, home.jobs, business=business, asked=asked, day=home.yesterday())
        for asked in DAILY_SLICES.values()
    )
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


def _cut_in_full(home: Home, business: Business, less: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Slices in back-off that were cut, when they were so last, by a question that is not asked now."""
    if not less:
        return set()
    newest_first = home.cut_lanes.since(business.business_id, home.yesterday() - timedelta(days=LOOK_BACK_DAYS))
    last_asked = {each.slice_name: each.asked for each in reversed(newest_first) if each.cut}
    return {name for name, dimensions in less.items() if last_asked.get(name) != dimensions}


def _held(business: Business, held: Sequence[SyncJob]) -> tuple[set[Lane], set[Lane]]:
    """Lanes that were held back: those that a person has said something of since, which are loaded again, and the others."""
    site = business.site
    again = {(job.date, job.slice_name) for job in held if site and job.finished_at and job.finished_at <= site.changed_at}
    return again, {(job.date, job.slice_name) for job in held} - again


def _in_the_vault(home: Home, business: Business, lane: Lane, *, refused: Collection[str | None]) -> bool:
    """Whether something in the vault tells the lane; a damaged one does not, and capture says so before it pays."""
    day, name = lane
    try:
        found = lane_answers(home.vault, business_id=business.business_id, date=day, slice_name=name)
        return any(
            all(each.sha256 not in refused for each in by.members)
            and not is_of_an_earlier_token(by, token_hint=business.token_hint)
            for by in found
        )
    except VaultDamaged:
        return False


def _fresh(home: Home, facts: Facts, lane: Lane, *, refused: Collection[str | None], token_hint: str | None) -> set[int]:
    day, name = lane
    asked, now = SLICES[name].by(facts.less.get(name)), home.clock()
    try:
        answers = home.vault.answers(facts.business_id, date=day, slice_name=name)
    except VaultDamaged:
        return set()
    return {
        each.num_of_days
        for each in answers
        if could_pair(each, asked=asked, now=now, token_hint=token_hint) and each.sha256 not in refused
    }

"""In what order a lane was loaded, and from what: told by its jobs, for what lies in the vault now. Asked by `replayed_days`.

It reads, and loads nothing. What the jobs do not remember (the state database was replaced) counts as loaded when it was fetched.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from clarity_pipeline.calls.own_answer import first_other, hosts_told
from clarity_pipeline.calls.sync_jobs import RECOVERED, SyncJob
from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.recoverable import DAYS_LATE
from clarity_pipeline.connections.site import Site
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.vault.lane_answer import LaneAnswer, Told, first_well_formed, lane_answers, read
from clarity_pipeline.vault.stored_answer import VaultDamaged
from clarity_pipeline.vault.vault import Vault

_c = sync_jobs.c

BusinessDay = tuple[date, str]
LaneKey = tuple[str, date, str]
"""Business, date, slice."""

Candidates = tuple[tuple[LaneAnswer, datetime | None], ...]
"""What may tell a lane, the one to prefer first, each with the instant at which it was loaded, if it was."""


class PastLoads:
    """When each answer or pair was first loaded, by its lane, its window and its (longer) answer's hash."""

    def __init__(self, jobs: Sequence[SyncJob]) -> None:
        self._first: dict[tuple[LaneKey, datetime, datetime, str], datetime] = {}
        self._own: set[LaneKey] = set()
        for job in jobs:
            if job.loaded_at is None or job.window_start is None or job.window_end is None or job.answer_sha256 is None:
                continue
            lane = (job.business_id, job.date, job.slice_name)
            load = (lane, job.window_start, job.window_end, job.answer_sha256)
            self._first[load] = min(job.loaded_at, self._first.get(load, job.loaded_at))
            if job.reason != RECOVERED:
                self._own.add(lane)

    @classmethod
    def between(cls, state: StateDatabase, first: date, last: date) -> "PastLoads":
        """Those of some dates, both included: a year of all jobs does not fit into memory."""
        loaded = (_c.date.between(first, last), _c.loaded_at.is_not(None))
        with state.read() as connection:
            rows = connection.execute(sa.select(sync_jobs).where(*loaded)).mappings()
            return cls([SyncJob.of(row) for row in rows])

    def candidates(self, vault: Vault, lane: LaneKey) -> Candidates:
        """What in the vault may tell the lane. Raises `VaultDamaged`.

        Where the date's own answer was loaded and is gone (pruned), a pair does not stand in for it: the old file's rows do.
        """
        business_id, day, name = lane
        found = list(lane_answers(vault, business_id=business_id, date=day, slice_name=name))
        if lane in self._own and all(by.shorter for by in found):
            return ()
        return tuple((by, self._first.get((lane, *by.window, by.stored.sha256))) for by in found)


def without_others(vault: Vault, candidates: Candidates, asked: Slice, *, site: Site | None, beside_others: bool) -> Candidates:
    """Those of the candidates that are of the business's site; what was loaded before is not asked.

    One that tells no host goes with the date's others: left out when `beside_others`. Raises `VaultDamaged`.
    """
    return tuple(
        (by, at)
        for by, at in candidates
        if at is not None or site is None or not _is_other(vault, by, asked, site, beside_others)
    )


def _is_other(vault: Vault, by: LaneAnswer, asked: Slice, site: Site, beside_others: bool) -> bool:
    try:
        hosts = hosts_told(read(vault, by, asked))
    except AnswerMalformed:
        return False
    return bool(first_other(site, hosts)) if any(hosts) else beside_others


def in_order(vault: Vault, candidates: Candidates, asked: Slice, *, failures: list[str]) -> Iterator[tuple[Told, datetime]]:
    """What was superseded, oldest first, then what stands now; what is damaged gets a line in `failures`.

    Nobody knows when an answer without a job was loaded: it counts as known since it was fetched. An answer that was loaded
    later than the one that stands now (a parser refused that one then) has no place in the order and is left out.
    """
    try:
        current = first_well_formed(vault, (by for by, _ in candidates), asked)
    except VaultDamaged as damage:
        failures.append(str(damage))
        return
    if current is None:
        return
    stands_since = dict(candidates)[current.by] or current.by.known_at
    earlier = sorted(((at, by) for by, at in candidates if at and at < stands_since), key=lambda load: load[0])
    for at, by in earlier:
        try:
            yield read(vault, by, asked), at
        except AnswerMalformed:
            continue
        except VaultDamaged as damage:
            failures.append(str(damage))
    yield current, stands_since


def told_in(in_the_vault: Sequence[BusinessDay]) -> list[BusinessDay]:
    """The business-days of the vault, and those before them that its longer answers may tell, oldest first."""
    before = {(day - timedelta(days=late), business_id) for day, business_id in in_the_vault for late in DAYS_LATE}
    return sorted({*in_the_vault, *before})

"""What the answers of business-days become, made in this process or in several. Called by `replayed_days`, which writes them.

Reading and normalising an answer is most of a replay's work, and no answer needs to know of another; so it is spread over
processes, which open no database. They hand back Arrow tables, in the order in which they were asked.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from multiprocessing.connection import wait

from clarity_pipeline.clarity.dimensions import SLICES, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.connections.business import Business
from clarity_pipeline.day.lane_rows import Made, rows_of
from clarity_pipeline.upkeep.past_loads import Candidates, in_order
from clarity_pipeline.vault.lane_answer import LaneAnswer
from clarity_pipeline.vault.vault import Vault

_CHUNK_BYTES = 4_000_000
"""Answers that one process takes at once, before they are unpacked: enough that handing over costs nothing beside it."""

_CHUNK_DAYS = 16
_CHUNKS_AHEAD = 2
"""Chunks a process that may wait for the writer, so that memory is bounded and no process is idle."""

Plan = Mapping[str, Candidates | str]
"""What may tell each lane of a business-day, by slice; or the one line that says why nobody knows."""


@dataclass(frozen=True, slots=True)
class ToMake:
    """A business-day, and what may tell its lanes."""

    date: date
    business: Business
    plan: Plan

    @property
    def size_bytes(self) -> int:
        """Of the answers that are preferred, unpacked."""
        return sum(lane[0][0].stored.size_bytes for lane in self.plan.values() if lane and not isinstance(lane, str))


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a lane: by what, to which question, when, and what that made."""

    by: LaneAnswer
    asked: Slice
    loaded_at: datetime
    made: Made


@dataclass(slots=True)
class MadeDay:
    """Of each lane of a business-day its loads in their order, and what failed.

    `needs_others` where a lane is told by a pair: its difference is held against the dates before, and made as it is written.
    """

    asked: ToMake
    loads: dict[str, list[Load]] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)
    needs_others: bool = False


def make_day(vault: Vault, asked: ToMake) -> MadeDay:
    """Read and normalise what tells a business-day. Spends no call and opens no database."""
    day = MadeDay(asked)
    for name, candidates in asked.plan.items():
        if not candidates:
            continue
        loads, failures = day.loads.setdefault(name, []), day.failures.setdefault(name, [])
        if isinstance(candidates, str):
            failures.append(candidates)
            continue
        for told, loaded_at in in_order(vault, candidates, SLICES[name], failures=failures):
            if told.by.shorter is not None:
                return MadeDay(asked, needs_others=True)
            try:
                made = rows_of(told, business=asked.business, loaded_at=loaded_at)
            except AnswerMalformed:
                continue
            loads.append(Load(told.by, told.answer.asked, loaded_at, made))
    return day


def make_days(vault: Vault, asked: Iterable[ToMake], *, workers: int) -> Iterator[MadeDay]:
    """Each of `asked`, in that order; with `workers` above 1 made in as many processes, which end with this generator."""
    if workers <= 1:
        for each in asked:
            yield make_day(vault, each)
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare)
    waiting: deque[Future[list[MadeDay]]] = deque()
    try:
        for chunk in _chunks(asked):
            waiting.append(pool.submit(_make_chunk, vault, chunk))
            if len(waiting) > workers * _CHUNKS_AHEAD:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def processors() -> int:
    """How many this process may use, at most 8: one writer is not fed faster by more."""
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def _chunks(asked: Iterable[ToMake]) -> Iterator[list[ToMake]]:
    chunk: list[ToMake] = []
    size = 0
    for each in asked:
        chunk.append(each)
        size += each.size_bytes
        if size >= _CHUNK_BYTES or len(chunk) >= _CHUNK_DAYS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _make_chunk(vault: Vault, chunk: list[ToMake]) -> list[MadeDay]:
    return [make_day(vault, each) for each in chunk]


def _prepare() -> None:
    """What a process does first: it leaves Ctrl-C to its parent, ends with it however that ends, and collects no garbage.

    Answers are trees without cycles; looking for cycles in them is an eighth of the time.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)

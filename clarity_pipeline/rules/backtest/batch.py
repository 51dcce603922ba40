"""Rules over stored days, some businesses at a time: what `rules backtest` shows. It writes nothing and sends nothing.

Businesses are independent of each other, so they are read and judged in chunks, on as many processes as the machine has cores
where there is enough to do: a year of 300 businesses and 20 rules is two million answers.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from multiprocessing import get_context

from clarity_pipeline.rules.backtest.backtest import Backtest, backtest, dates
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.warehouse.readable import Readable

CHUNK = 10
"""Businesses read at once: what is known of a year of them, with their pages, is some tens of megabytes."""

WORTH_PROCESSES = 50_000
"""So many answers take a second or two; a process costs as much to start."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much there is to learn from of one business: days of the span, of these with data, and when data begin and end.

    `recovered`, `shifted` and `truncated` are days with data that are not plain.
    """

    business_id: str
    days: int
    days_with_data: int
    first: date | None
    last: date | None
    recovered: int
    shifted: int
    truncated: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one backtest; `results` is one mapping for each set of rules that was given, in their order."""

    coverage: tuple[Coverage, ...]
    results: tuple[dict[Subject, Backtest], ...]


@dataclass(frozen=True, slots=True)
class Task:
    """Some businesses, all they know, and what is asked of them; it travels to another process."""

    known: tuple[Known, ...]
    versions: tuple[tuple[Rule, ...], ...]
    from_date: date
    to_date: date


def backtests(
    state: StateDatabase,
    warehouse: Readable,
    *,
    now: datetime,
    versions: Sequence[Sequence[Rule]],
    business_ids: Sequence[str],
    from_date: date,
    to_date: date,
    as_known: bool = True,
    begin: Callable[[str], None] = lambda _: None,
    processes: int | None = None,
) -> Trial:
    """Every rule of every version on every business that it concerns; `begin` is told each business as it is done.

    With `as_known` each day is judged by what was known on its own morning after, else by what is known at the instant `now`.
    The warehouse is held while a chunk is read, and free for others while it is judged.
    """
    asked = tuple(tuple(version) for version in versions)
    rules = [rule for version in asked for rule in version]
    results: tuple[dict[Subject, Backtest], ...] = tuple({} for _ in asked)
    coverage: list[Coverage] = []

    def tasks() -> Iterator[Task]:
        for place in range(0, len(business_ids), CHUNK):
            chunk = business_ids[place : place + CHUNK]
            with state.read() as facts, warehouse.connect(what="reading what rules ask") as rows:
                known = read_known(
                    facts,
                    rows,
                    now=now,
                    rules=rules,
                    business_ids=chunk,
                    from_date=from_date,
                    to_date=to_date,
                    as_known=as_known,
                )
            yield Task(tuple(known[each] for each in chunk), asked, from_date, to_date)

    answers = len(business_ids) * len(rules) * len(dates(from_date, to_date))
    workers = processes if processes is not None else (os.cpu_count() or 1) if answers >= WORTH_PROCESSES else 1
    for done in _done(tasks(), workers=workers):
        coverage += done.coverage
        for into, found in zip(results, done.results, strict=True):
            into.update(found)
        for each in done.coverage:
            begin(each.business_id)
    return Trial(tuple(coverage), results)


def run(task: Task) -> Trial:
    """One chunk, in whatever process."""
    results: tuple[dict[Subject, Backtest], ...] = tuple({} for _ in task.versions)
    for known in task.known:
        for version, found in zip(task.versions, results, strict=True):
            for rule in version:
                if rule.concerns(known.business_id):
                    found.update(backtest(rule, known=known, from_date=task.from_date, to_date=task.to_date))
    return Trial(tuple(_coverage(known, task.from_date, task.to_date) for known in task.known), results)


def _done(tasks: Iterator[Task], *, workers: int) -> Iterator[Trial]:
    """The chunks in their order; never more of them read than the workers need next."""
    if workers <= 1:
        yield from map(run, tasks)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = []
        for task in tasks:
            waiting.append(pool.submit(run, task))
            if len(waiting) > 2 * workers:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


def _coverage(known: Known, from_date: date, to_date: date) -> Coverage:
    days = known.business.now()
    start, stop = days.span(from_date, to_date)
    there = [version.date for version in days.versions[start:stop] if version is not None]
    marks = {mark: running[stop] - running[start] for mark, running in days.marks.items()}
    return Coverage(
        business_id=known.business_id,
        days=len(dates(from_date, to_date)),
        days_with_data=len(there),
        first=there[0] if there else None,
        last=there[-1] if there else None,
        recovered=marks["recovered"],
        shifted=marks["shifted"],
        truncated=marks["truncated"],
    )

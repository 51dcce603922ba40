"""A night's calls ahead of the lanes' own steps, on many threads: one call at a time a project, so many for all.

Started by `sync` and by the job `fetch_ahead` with the lanes of the day's plan. A thread makes the calls of one project, in the
plan's order, through `Capture.ahead`; most of its time it waits for Clarity, and it parses nothing, so that whoever loads lanes
meanwhile keeps the processor. Nothing is decided here but when: what a thread does not come to, its lane's step does by itself.
"""

import ctypes
import math
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from clarity_pipeline.calls.capture import Capture
from clarity_pipeline.calls.day_plan import Plan, PlannedLane
from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.errors import ClarityPipelineError

_LOOK_AGAIN_SECONDS = 0.1
_M_ARENA_MAX = -8
"""Of glibc's `malloc.h`."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: businesses that are through of all, and what became of their lanes."""

    through: int
    businesses: int
    fetched: int
    refused: int
    left: int
    unexpected: tuple[str, ...]
    """Names of errors that nobody had thought of; the lane's own step shows them, and makes no second call."""


class Stopped(BaseException):
    """Whoever had started this ends: no error of the lane, which is as if it had been interrupted."""


class Ahead:
    """The threads of one night, and what is known of them."""

    def __init__(self, capture: Capture, lanes: Sequence[PlannedLane], *, since: datetime, run_id: str | None = None) -> None:
        self._stop = threading.Event()
        self._sleep = capture.sleep
        self._capture = replace(
            capture, sleep=self._pause, turns=replace(capture.turns, pause=self._pause), is_over=self._stop.is_set
        )
        self._since = since
        self._run_id = run_id
        self._changed = threading.Condition()
        self._left_to_do = {lane.business_id for lane in lanes}
        self._businesses = len(self._left_to_do)
        self._came: dict[str, int] = defaultdict(int)
        self._unexpected: list[str] = []
        projects = _by_project(lanes, {each.business_id: each.quota_key for each in capture.connections.all()})
        _share_one_heap()
        self._pool = ThreadPoolExecutor(capture.turns.at_once, thread_name_prefix="ahead")
        self._at_work = [self._pool.submit(self._project, project) for project in projects]

    def wait_for(self, business_id: str, *, seconds: float) -> bool:
        """Wait until nothing more is fetched for the business, and so long at most; whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: business_id not in self._left_to_do, seconds)

    def wait(self, seconds: float) -> Progress:
        """Wait until all are through, and so long at most; how far it is."""
        with self._changed:
            self._changed.wait_for(lambda: not self._left_to_do, seconds)
            return self.progress

    @property
    def progress(self) -> Progress:
        """How far it is."""
        came = self._came
        through = self._businesses - len(self._left_to_do)
        return Progress(
            through, self._businesses, came["fetched"], came["refused"], came["left"], tuple(sorted(set(self._unexpected)))
        )

    def stop(self) -> None:
        """End it now: what has not begun does not begin, calls that are being made are hung up on, their slots are settled."""
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        still = set(self._at_work)
        while still:
            self._capture.transport.hang_up()  # again and again: a thread may be about to call
            still = wait(still, timeout=_LOOK_AGAIN_SECONDS).not_done

    def _project(self, lanes: Sequence[PlannedLane]) -> None:
        try:
            for business_id, theirs in groupby(lanes, key=lambda lane: lane.business_id):
                for lane in theirs:
                    self._lane(lane)
                self._is_through([business_id])
        except Stopped:
            pass
        finally:
            self._is_through([lane.business_id for lane in lanes])

    def _lane(self, lane: PlannedLane) -> None:
        if self._stop.is_set():
            raise Stopped
        try:
            came = self._capture.ahead(
                lane.business_id, date=lane.date, asked=SLICES[lane.slice_name], since=self._since, run_id=self._run_id
            )
        except ClarityPipelineError:
            came = "left"
        except Exception as error:  # one business's failure touches no other; its own step meets it again
            came = "left"
            self._unexpected.append(type(error).__name__)
        with self._changed:
            self._came[came] += 1

    def _is_through(self, business_ids: Iterable[str]) -> None:
        with self._changed:
            self._left_to_do.difference_update(business_ids)
            self._changed.notify_all()

    def _pause(self, seconds: float) -> None:
        """Between two tries of a call; in short pieces, so that an end need not wait for it."""
        for _ in range(math.ceil(seconds / _LOOK_AGAIN_SECONDS)):
            if self._stop.is_set():
                raise Stopped
            self._sleep(min(seconds, _LOOK_AGAIN_SECONDS))


def _share_one_heap() -> None:
    """Let the threads take memory from one heap: glibc gives each its own, and each keeps what it once had."""
    with suppress(OSError, AttributeError, TypeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


@contextmanager
def fetching_ahead(
    capture: Capture, lanes: Sequence[PlannedLane], *, since: datetime, run_id: str | None = None
) -> Iterator[Ahead]:
    """The threads at work on these lanes while the block runs; left early, also by Ctrl-C, it ends them."""
    ahead = Ahead(capture, lanes, since=since, run_id=run_id)
    try:
        yield ahead
    finally:
        ahead.stop()


def lanes_ahead(plan: Plan, business_ids: Iterable[str], *, first: date) -> list[PlannedLane]:
    """What the plan wants of these businesses and takes a call, of no date before `first`."""
    wanted = set(business_ids)
    return [lane for lane in plan.lanes if lane.calls and lane.business_id in wanted and lane.date >= first]


def _by_project(lanes: Sequence[PlannedLane], quota_keys: Mapping[str, str | None]) -> list[list[PlannedLane]]:
    """The lanes in their order, by the project that they are asked of."""
    projects: dict[str, list[PlannedLane]] = defaultdict(list)
    for lane in lanes:
        projects[quota_keys.get(lane.business_id) or lane.business_id].append(lane)
    return list(projects.values())

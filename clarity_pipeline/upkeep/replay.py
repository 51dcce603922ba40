"""The whole DuckDB file made anew from the vault, by today's parser and normaliser. Spends no call; called by `replay`.

Each lane is loaded as it was the first time, in the order of its loads: the answer (or the pair, for a recovered date) that was
superseded, then the one that took its place, each at the instant that its job's row in the state database has. So the new file
has the content of the old one, `loaded_at` and history included, unless the normaliser or a business's kept parameters have
changed since; then the past too is told by today's. What the vault cannot tell any more is taken over from the old file
(`warehouse.rebuild`).

The old file is in use until the new one is done: the work is done without its lock, then what came in meanwhile is done
again under the lock, and one rename ends it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from clarity_pipeline.day.known_less import lanes_in
from clarity_pipeline.day.regimes import tell_regimes
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import Home
from clarity_pipeline.imports.load_files import renew_imported
from clarity_pipeline.trust.record import reconcile
from clarity_pipeline.upkeep import replay_progress
from clarity_pipeline.upkeep.mended import Before, before_it
from clarity_pipeline.upkeep.replayed_days import ReplayedDays
from clarity_pipeline.upkeep.respelt import Respelt, respelt_in
from clarity_pipeline.warehouse import findings
from clarity_pipeline.warehouse.errors import WarehouseRefused, WarehouseTooNew, WarehouseUnreadable
from clarity_pipeline.warehouse.files import put_in_place, write_ahead_log
from clarity_pipeline.warehouse.published.publication import forget_generation
from clarity_pipeline.warehouse.rebuild import take_over
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CHECKPOINT_AT = "128MB"
"""Nobody reads the unfinished file: with the 16 MB of DuckDB's own it writes the same pages again and again, a third slower."""


class TargetExists(ClarityPipelineError):
    """`--into` names a file that is there already."""

    reason = "target_exists"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of it; `failures` are one line each, `unusable` counts lanes whose answers today's parser refuses.

    `respelt` are the combinations of values that have another hash now, by a mask or by what a business calls a page.
    """

    path: Path
    lanes: int
    rows: int
    superseded_rows: int
    taken_over: int
    unusable: int
    failures: tuple[str, ...]
    seconds: float
    resumed_days: int = 0
    """Business-days that a replay which was ended had played already; all but those that come out otherwise now stand."""
    respelt: tuple[Respelt, ...] = ()
    notes: tuple[str, ...] = ()
    """What of the old file was set aside, and what that cannot bring back, one line each."""


def replay(
    home: Home,
    *,
    into: Path | None = None,
    workers: int | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Replayed:
    """Rebuild the warehouse, or with `into` write the rebuilt file there and leave the warehouse.

    `workers` are the processes that read answers: by default one a processor, none beside this one for 1. `progress` is told each
    business-day of the vault that begins. A replay that was ended goes on where it was. What of the warehouse cannot be read is
    set aside (`mended`), with `into` it is `WarehouseUnreadable`. Raises `TargetExists`, `WarehouseTooNew` or `WarehouseBusy`; a
    damaged answer is a failure in the report, the rest goes on.
    """
    target = into or home.warehouse.path
    if into is not None and into.exists():
        raise TargetExists(
            f"{into.name} exists already: give --into a name that is free, or leave it out to replace the warehouse"
        )
    with before_it(home) if into is None else _as_it_is(home) as before:
        return _replay(home, target, before, workers=workers, progress=progress)


@contextmanager
def _as_it_is(home: Home) -> Iterator[Before]:
    if home.warehouse.path.exists():
        with home.warehouse.connect(what="replaying"):
            pass  # a file that cannot be read, and so not be taken over from, is said before the work
    yield Before(home.warehouse)


def _replay(home: Home, target: Path, before: Before, *, workers: int | None, progress: Callable[[str], None]) -> Replayed:
    started = time.perf_counter()
    is_in_place = target == home.warehouse.path
    old = before.warehouse or home.warehouse
    unfinished = Warehouse(target.with_name(f"{target.name}.replay"))
    days = ReplayedDays(home, workers=workers)
    with _alone(unfinished):
        with unfinished.connect() as connection:
            connection.execute(f"set checkpoint_threshold = '{_CHECKPOINT_AT}'")
            days.resume(connection)
            days.play(connection, progress=progress)
        with home.warehouse.hold(what="replaying"):
            with unfinished.connect() as connection:
                days.play_again(connection)
                taken_over = _take_over(connection, old)
                failpoint("replay_taken_over")
                with transaction(connection):
                    findings.count(connection)
                businesses = home.connections.all()
                tell_regimes(connection, businesses, audit=home.audit)
                renew_imported(connection, businesses)
                ((superseded,),) = connection.execute("select count(*) from clarity_daily_metrics_history").fetchall()
                spelt = respelt_in(connection, old, businesses)
                loaded_now = list(lanes_in(connection))
                replay_progress.drop(connection)
                connection.execute("checkpoint")
            failpoint("replay_built")
            if is_in_place:
                forget_generation(home.state)
                home.ledger.prove_all()  # a kill behind the rename leaves rows of today's normaliser, which are no less
            put_in_place(unfinished.path, target)
            if is_in_place:
                home.ledger.replace(loaded_now)
                days.note_released()
    outcomes = days.outcomes.values()
    loaded = [outcome.rows for outcome in outcomes if outcome.rows is not None]
    return Replayed(
        path=target,
        lanes=len(loaded),
        rows=sum(loaded),
        superseded_rows=superseded,
        taken_over=taken_over,
        unusable=sum(outcome.rows is None and not outcome.failures for outcome in outcomes),
        failures=tuple(days.failures()),
        seconds=time.perf_counter() - started,
        resumed_days=days.resumed_days,
        respelt=spelt,
        notes=before.notes,
    )


@contextmanager
def _alone(unfinished: Warehouse) -> Iterator[None]:
    """Hold the unfinished file against a second replay. What is left of it when this one is ended is where the next goes on.

    What cannot be read, or made the disk run over, is of no use.
    """
    import duckdb

    with unfinished.hold(what="replaying"):
        if unfinished.path.exists() and not _can_go_on(unfinished):
            _remove(unfinished.path)
        try:
            yield
        except (duckdb.Error, OSError, WarehouseUnreadable, WarehouseRefused):
            _remove(unfinished.path)
            raise
        _remove(unfinished.path)


def _can_go_on(unfinished: Warehouse) -> bool:
    try:
        with unfinished.connect() as connection:
            return replay_progress.is_noted(connection)
    except (WarehouseUnreadable, WarehouseTooNew):
        return False


def _remove(path: Path) -> None:
    for each in (path, write_ahead_log(path)):
        each.unlink(missing_ok=True)


def _lanes(connection: "DuckDBPyConnection") -> set[tuple[str, date, str]]:
    loads = named(connection.execute("select business_id, date, slice from clarity_lane_loads"))
    return {(load["business_id"], load["date"], load["slice"]) for load in loads}


def _take_over(connection: "DuckDBPyConnection", old: Warehouse) -> int:
    """Take over lanes, and judge the business-days anew that they stand in; how many they are."""
    played = _lanes(connection)
    count = take_over(connection, old)
    for business_id, day in sorted({(business, day) for business, day, _ in _lanes(connection) - played}):
        with transaction(connection):
            reconcile(connection, business_id=business_id, date=day)
    return count

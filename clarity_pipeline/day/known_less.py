"""Whether the warehouse knows less than was loaded into it: asked before each publication, and by `doctor --deep` of everything.

A lost, cut, older or foreign file must never take the place of what analysts have. What is asked each night is how many lanes
there are, and of those that were loaded since the last publication their rows, sessions and answers; that costs what changed.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

from clarity_pipeline.calls.lane_ledger import LoadedLane
from clarity_pipeline.home import Home
from clarity_pipeline.state.again import again
from clarity_pipeline.warehouse.errors import WarehouseKnowsLess
from clarity_pipeline.warehouse.published.publication import is_behind
from clarity_pipeline.warehouse.rows import named
from clarity_pipeline.warehouse.statements import statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NAMED = 3
_CURE = (
    "nothing was published, and analysts keep what they have: `clarity-pipeline replay` makes the warehouse anew from the vault,"
    " without a call"
)


def refuse_if_less(home: Home) -> list[LoadedLane]:
    """Raise `WarehouseKnowsLess` unless the warehouse has what was loaded; the lanes that were held against it."""
    with home.warehouse.connect(what="comparing with what was loaded") as connection:
        if home.ledger.count() == 0:
            _adopt(home, connection)
            return []
        ((lanes,),) = connection.execute("select count(*) from clarity_lane_loads").fetchall()
        asked = home.ledger.unproved()
        if found := list(differences(asked, lanes_in(connection, {lane.date for lane in asked}))):
            more = f", and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
            raise WarehouseKnowsLess(f"the warehouse does not have what was loaded ({'; '.join(found[:_NAMED])}{more}); {_CURE}")
        behind = again(lambda: is_behind(connection, home.settings.published_file, state=home.state))
    if lanes < (count := home.ledger.count()):
        raise WarehouseKnowsLess(f"the warehouse has {lanes} lanes, and {count} were loaded into it; {_CURE}")
    if behind:
        raise WarehouseKnowsLess(f"the warehouse is older than what is published, or another home's; {_CURE}")
    return asked


def lanes_in(connection: "DuckDBPyConnection", dates: Iterable[date] | None = None) -> Iterator[LoadedLane]:
    """Lanes of these dates, or all, as the warehouse has them."""
    asked = None if dates is None else sorted(dates)
    if asked == []:
        return
    for row in named(connection.execute(statement("statements/lanes_as_loaded"), {"dates": asked})):
        yield LoadedLane(**row)


def differences(loaded: Iterable[LoadedLane], found: Iterable[LoadedLane]) -> Iterator[str]:
    """What of `loaded` is not as it was, in a few words each; a lane that only the warehouse knows is none."""
    there = {(lane.business_id, lane.date, lane.slice): lane for lane in found}
    for lane in loaded:
        known = there.get((lane.business_id, lane.date, lane.slice))
        name = f"{lane.business_id} {lane.date} {lane.slice}"
        if known is None:
            yield f"{name} is missing"
        elif known != lane:
            yield f"{name} has {known.rows} rows and {known.sessions} sessions, and had {lane.rows} and {lane.sessions}"


def _adopt(home: Home, connection: "DuckDBPyConnection") -> None:
    """Take what the warehouse of an earlier release has for what was loaded, unless it lacks what a job loaded last."""
    newest = home.ledger.newest_job()
    if newest is None:
        return
    lanes = list(lanes_in(connection))
    if lanes and newest not in {(lane.business_id, lane.date, lane.slice) for lane in lanes if lane.date >= newest[1]}:
        raise WarehouseKnowsLess(f"the warehouse does not have {' '.join(map(str, newest))}, which was loaded last; {_CURE}")
    home.ledger.replace(lanes)

"""The warehouse: each of its blocks read, each lane against the ledger, the vault and its own marts. Called by `read_through`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from clarity_pipeline.day.known_less import differences, lanes_in
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.upkeep.deep.vault_answers import Read
from clarity_pipeline.upkeep.doctor.finding import Finding
from clarity_pipeline.warehouse.published.publication import is_behind
from clarity_pipeline.warehouse.statements import statement
from clarity_pipeline.warehouse.store import has_content

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_REPLAY = "`clarity-pipeline replay` makes the warehouse anew from the vault, without a call"
_NAMED = 3


def warehouse_findings(home: Home, read: Read) -> Iterator[Finding]:
    """What is wrong with it; `read` has the vault's digests, and is told how many lanes there are."""
    if not has_content(home.warehouse.path):
        return  # which `store_findings` says, where there was one
    try:
        with home.warehouse.connect(what="reading all of it") as connection:
            yield from _read(home, connection, read)
    except ClarityPipelineError as error:
        yield of_error(error)


def of_error(error: ClarityPipelineError) -> Finding:
    """That the warehouse cannot be read, or is held by somebody, with the cure that the error names."""
    sentence, _, cure = str(error).partition(": " if ": " in str(error) else "; ")
    return Finding(error.reason, "error", None, sentence, cure or _REPLAY, for_client=False)


def _read(home: Home, connection: "DuckDBPyConnection", read: Read) -> Iterator[Finding]:
    for (name,) in connection.execute("select table_name from duckdb_tables() where not internal").fetchall():
        connection.execute(f'select bit_xor(hash(row)) from "{name}" as row').fetchall()  # noqa: S608 (its own names)
    lanes = list(lanes_in(connection))
    read.lanes = len(lanes)
    loaded = home.ledger.all()
    if loaded:
        yield from _told("warehouse_knows_less", "the warehouse does not have what was loaded", differences(loaded, lanes))
        known = {(lane.business_id, lane.date, lane.slice) for lane in loaded}
        more = [lane for lane in lanes if (lane.business_id, lane.date, lane.slice) not in known]
        yield from _told(
            "ledger_knows_less",
            "the warehouse has lanes that the state does not know of",
            (f"{lane.business_id} {lane.date} {lane.slice}" for lane in more),
            cure=f"was an older state restored? restore both from one back-up; or {_REPLAY}",
        )
    if is_behind(connection, home.settings.published_file, state=home.state):
        yield from _told("warehouse_knows_less", "the warehouse is of another generation", ["it is older than what is published"])
    counted = (lane for (lane,) in connection.execute(statement("statements/lanes_with_other_rows")).fetchall())
    yield from _told("rows_missing", "lanes have other numbers of rows than were loaded", counted)
    gone = (
        f"{lane.business_id} {lane.date} {lane.slice}"
        for lane in lanes
        if (lane.business_id, lane.date, lane.slice) not in read.unread
        and lane.answer_sha256 not in read.digests.get((lane.business_id, lane.date), {lane.answer_sha256})
    )
    yield from _told(
        "answer_missing",
        "answers that lanes were made of are not in the vault any more",
        (each for each in gone if not _is_recovered(connection, each)),
        cure="restore them from a back-up; the rows stand, but a `replay` would not have them",
    )
    apart = connection.execute(statement("statements/marts_that_do_not_sum_up")).fetchall()
    yield from _told("sums_differ", "marts are not the sums of their rows", (day for (day,) in apart))


def _is_recovered(connection: "DuckDBPyConnection", lane: str) -> bool:
    """Whether a pair told it: those answers lie in the folder of a later date."""
    business_id, day, slice_name = lane.split(" ")
    asked = {"business_id": business_id, "date": day, "slice": slice_name}
    query = (
        "select subtracted_sha256 is not null from clarity_lane_loads"
        " where business_id = $business_id and date = $date::date and slice = $slice"
    )
    return (True,) in connection.execute(query, asked).fetchall()


def _told(code: str, what: str, which: Iterable[str], *, cure: str = _REPLAY) -> Iterator[Finding]:
    """One finding for all of a kind; none where there are none."""
    names = list(which)
    if names:
        more = f"; and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield Finding(code, "error", None, f"{what}: {'; '.join(names[:_NAMED])}{more}", cure, for_client=False)

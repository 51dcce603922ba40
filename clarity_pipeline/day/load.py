"""The second half of a lane: its answer in the vault becomes its rows in the warehouse. Spends no call, ever.

Used by `orchestration.metrics`. It replaces what was there, also by nothing: a day without visits has
zero rows, and yesterday's rows must not survive it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from clarity_pipeline.calls.cut_lanes import CutLane
from clarity_pipeline.calls.lane_ledger import MOST, LoadedLane
from clarity_pipeline.calls.refused import parser_of
from clarity_pipeline.calls.sync_jobs import PARTIAL, RECOVERED
from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.damage import Damage, said
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, Slice
from clarity_pipeline.connections.business import Business
from clarity_pipeline.day.lane_rows import Made, neighbours_of, rows_of, write
from clarity_pipeline.day.site import own_answer
from clarity_pipeline.day.unexpected import Step, unexpected_told
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import Home
from clarity_pipeline.trust.found import Found, of_lane
from clarity_pipeline.trust.record import Judged, reconcile
from clarity_pipeline.trust.row_sums import RowSums, row_sums
from clarity_pipeline.trust.statements import COVERED_SHARE
from clarity_pipeline.vault.lane_answer import Told
from clarity_pipeline.vault.stored_answer import StoredAnswer
from clarity_pipeline.warehouse import findings
from clarity_pipeline.warehouse.transaction import transaction


class NothingToLoad(ClarityPipelineError):
    """The vault has no usable answer for this lane."""

    reason = "nothing_to_load"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded, since when it stands, what told it, and what was found of the date's lanes then."""

    rows: int
    loaded_at: datetime
    told: Told
    judged: Judged
    left_out: int = 0
    negative: int = 0
    damage: tuple[Damage, ...] = ()
    again: bool = False  # whether the lane was loaded before
    findings: tuple[Found, ...] = ()
    """What is known to be wrong, missing or odd in the lane, the worst first."""

    @property
    def stored(self) -> StoredAnswer:
        """The lane's answer; of a pair, the longer."""
        return self.told.by.stored

    @property
    def answer(self) -> Answer:
        """What `stored` says."""
        return self.told.answer


def load_lane(home: Home, *, business_id: str, date: date, asked: Slice) -> Loaded:
    """Normalise what tells the lane and replace its rows of (business, date, slice) in one transaction.

    The lane's job gets its number of rows, or the reason why there are none. Raises `NothingToLoad`, `VaultDamaged`,
    `AnswerMalformed`, `ImplausibleDifference`, `OwnRowsStand`, `WarehouseBusy`, `StepEndedUnexpectedly` or `MachineRefuses`.
    """
    try:
        with unexpected_told(home, Step("the load", business_id, date, asked.name)):
            return _loaded(home, business_id=business_id, date=date, asked=asked)
    except ClarityPipelineError as error:
        home.jobs.load_failed(
            business_id,
            date=date,
            slice_name=asked.name,
            reason=error.reason,
            detail=str(error),
            parser_version=parser_of(error),
        )
        raise


def _loaded(home: Home, *, business_id: str, date: date, asked: Slice) -> Loaded:
    business, found = own_answer(home, business_id, date=date, asked=asked)
    if found is None:
        raise NothingToLoad(
            f"the vault has no answer for {business_id} {date} {asked.name}; materialise clarity_raw/{asked.name}"
        )
    loaded_at = home.clock()
    made = _made(home, found, business=business, loaded_at=loaded_at)
    failpoint("lane_normalised")
    loading = home.warehouse.connect(what=f"loading {business_id} {date} {asked.name}", keep=True)
    with loading as connection, transaction(connection):  # killed in here, the old lane stands, with what followed from it
        replaced = write(connection, found.by, made, asked=found.answer.asked, loaded_at=loaded_at)
        rows = row_sums(made.rows, slice_name=asked.name)
        at_hand = _known(home, business_id=business_id, date=date) | {asked.name: rows}
        judged = reconcile(connection, business_id=business_id, date=date, known=at_hand)
        findings.count(connection, business_id=business_id, changed_on=date)
        known = of_lane(connection, business_id=business_id, date=date, slice_name=asked.name)
    home.warehouse.know((business_id, date), at_hand)
    failpoint("lane_loaded")
    loaded = Loaded(
        replaced.rows,
        replaced.loaded_at,
        found,
        judged,
        left_out=made.left_out,
        negative=made.negative,
        damage=made.damage,
        again=replaced.again,
        findings=tuple(known),
    )
    sessions = sum(each for each in made.rows["sessions"].to_pylist() if each is not None)
    home.ledger.note(
        LoadedLane(business_id, date, asked.name, replaced.rows, min(sessions, MOST), found.by.stored.sha256)
    )  # a kill before this leaves a warehouse that knows more
    home.cut_lanes.note(business_id, date=date, lanes=cut_lanes(judged, business_id=business_id, date=date))
    home.jobs.loaded(
        business_id,
        date=date,
        slice_name=asked.name,
        rows=loaded.rows,
        loaded_at=loaded.loaded_at,
        reason=_reason(loaded),
        detail=said(made.damage, found.proved),
    )
    return loaded


def is_plain(home: Home, *, business_id: str, date: date, slice_name: str) -> bool:
    """Whether this process has just loaded the lane, and every number of it is there and can be."""
    rows = _known(home, business_id=business_id, date=date).get(slice_name)
    return rows is not None and rows.is_plain


def _known(home: Home, *, business_id: str, date: date) -> dict[str, RowSums]:
    """Of the date's lanes that this process has loaded since it holds the warehouse, what their rows add up to."""
    known = home.warehouse.known_of((business_id, date))
    return known if isinstance(known, dict) else {}


def _made(home: Home, found: Told, *, business: Business, loaded_at: datetime) -> Made:
    if found.by.shorter is None:
        return rows_of(found, business=business, loaded_at=loaded_at)
    with home.warehouse.connect(what=f"looking at the dates before {found.by.date}", keep=True) as connection:
        neighbours = neighbours_of(connection, found)
    return rows_of(found, business=business, loaded_at=loaded_at, neighbours=neighbours)


def _reason(loaded: Loaded) -> str | None:
    """What a job says of a lane that is loaded; what of it was not read is in its detail in any case."""
    if loaded.told.by.shorter:
        return RECOVERED
    if loaded.answer.capped_metrics:
        return "cut_at_cap"
    return PARTIAL if loaded.damage else None


def cut_lanes(judged: Judged, *, business_id: str, date: date) -> list[CutLane]:
    """Lanes of the date that were cut, or asked with fewer dimensions than their slice has.

    Recovered ones are none of these: that two or three days are cut says nothing of one.
    """
    shares = {each.finding.slice_name: each.finding for each in judged.findings if each.statement == COVERED_SHARE}
    found = []
    for name, asked in DAILY_SLICES.items():
        lane = judged.lanes.get(name)
        if lane is None or lane.is_recovered:
            continue
        dimensions = tuple(lane.asked.split(",")) if lane.asked else asked.dimension_names
        if lane.truncated or dimensions != asked.dimension_names:
            share = shares[name]
            ratio = share.ratio if lane.truncated and share.method else None
            found.append(CutLane(business_id, date, name, dimensions, lane.truncated, ratio, share.method))
    return found

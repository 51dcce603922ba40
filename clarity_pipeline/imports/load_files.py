"""Files that people deliver, into the warehouse: what `entities import`, `experiments import` and the inbox call.

A file is checked as a whole and loaded in one transaction, so that it is in the warehouse or it is not. Rows with the same key
are replaced: delivering a file again changes nothing but who told it last.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

from clarity_pipeline.connections.business import Business
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.imports.ad_entities.columns import read_entities
from clarity_pipeline.imports.ad_entities.respelling import respell
from clarity_pipeline.imports.experiments.columns import read_experiments
from clarity_pipeline.imports.experiments.judging import judge_experiments
from clarity_pipeline.imports.files.problems import FileRefused
from clarity_pipeline.imports.files.table import Table, read_file, read_table, shown_name
from clarity_pipeline.warehouse.entities import replace_entities
from clarity_pipeline.warehouse.experiments import replace_experiments
from clarity_pipeline.warehouse.imported import is_delivered, note_delivery
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

Delivers = Literal["entities", "experiments"]


class _Read(Protocol):
    def __call__(
        self, table: Table, *, businesses: Mapping[str, Business], today: date, loaded_at: datetime
    ) -> "pyarrow.Table": ...


@dataclass(frozen=True, slots=True)
class Contract:
    """How one kind of file is read, and how its rows take their place."""

    read: _Read
    replace: Callable[["DuckDBPyConnection", "pyarrow.Table"], None]


def _replace_experiments(connection: "DuckDBPyConnection", rows: "pyarrow.Table") -> None:
    replace_experiments(connection, rows)
    judge_experiments(connection)


CONTRACTS: Mapping[Delivers, Contract] = MappingProxyType(
    {
        "entities": Contract(read_entities, replace_entities),
        "experiments": Contract(read_experiments, _replace_experiments),
    }
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is in a file that fits its contract; `business_days` are those that it tells of."""

    delivers: Delivers
    source: str
    sha256: str
    rows: int
    business_days: tuple[tuple[str, date], ...]

    @property
    def businesses(self) -> list[str]:
        """Whom it tells of."""
        return sorted({business_id for business_id, _ in self.business_days})

    @property
    def from_date(self) -> date:
        """Its first date."""
        return min(day for _, day in self.business_days)

    @property
    def to_date(self) -> date:
        """Its last date."""
        return max(day for _, day in self.business_days)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that can be loaded as it is."""

    delivery: Delivery
    table: "pyarrow.Table"


def check_file(path: Path, *, delivers: Delivers, businesses: Collection[Business], now: datetime) -> Checked:
    """Read a file and check all of it, as one that comes at the instant `now`; raise `FileRefused`. Nothing is loaded."""
    table = read_table(read_file(path), source=shown_name(path))
    known = {each.business_id: each for each in businesses}
    rows = CONTRACTS[delivers].read(table, businesses=known, today=now.date(), loaded_at=now)
    days = set(zip(rows["business_id"].to_pylist(), rows["date"].to_pylist(), strict=True))
    return Checked(Delivery(delivers, table.source, table.sha256, rows.num_rows, tuple(sorted(days))), rows)


def check_files(paths: Sequence[Path], *, delivers: Delivers, businesses: Collection[Business], now: datetime) -> list[Checked]:
    """Check several files; raise one `FileRefused` with the problems of all of them."""
    checked, problems, count = [], [], 0
    for path in paths:
        try:
            checked.append(check_file(path, delivers=delivers, businesses=businesses, now=now))
        except FileRefused as refused:
            problems += refused.lines()
            count += refused.count
    if problems:
        raise FileRefused(problems, count=count)
    return checked


def load_files(warehouse: Warehouse, checked: Sequence[Checked]) -> None:
    """Load files that were checked, in their order and one transaction: all of them or none."""
    with warehouse.connect(what="loading delivered files") as connection, transaction(connection):
        for each in checked:
            _load(connection, each)


def load_once(warehouse: Warehouse, checked: Checked) -> bool:
    """Load a file unless its content was loaded before; whether it was loaded now."""
    delivery = checked.delivery
    with warehouse.connect(what=f"loading {delivery.source}") as connection, transaction(connection):
        if is_delivered(connection, delivers=delivery.delivers, sha256=delivery.sha256):
            return False
        _load(connection, checked)
    return True


def renew_delivered(connection: "DuckDBPyConnection", businesses: Collection[Business]) -> None:
    """What depends on more than the files, by what is known now: the spelling of landing pages, what came of experiments."""
    with transaction(connection):
        respell(connection, businesses)
        judge_experiments(connection)


def _load(connection: "DuckDBPyConnection", checked: Checked) -> None:
    delivery = checked.delivery
    CONTRACTS[delivery.delivers].replace(connection, checked.table)
    failpoint("delivery_replaced")
    note_delivery(
        connection,
        {
            "delivers": delivery.delivers,
            "source": delivery.source,
            "sha256": delivery.sha256,
            "rows": delivery.rows,
            "businesses": delivery.businesses,
            "from_date": delivery.from_date,
            "to_date": delivery.to_date,
            "loaded_at": checked.table["loaded_at"][0].as_py(),
        },
    )

"""Files that people deliver, into the warehouse: what `entities import`, `experiments import` and the inbox call.

A file is checked as a whole and loaded in one transaction, so that it is in the warehouse or it is not. Rows with the same key
are replaced: importing a file again changes nothing but who told it last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from clarity_pipeline.connections.business import Business
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.imports.ad_entities.ad_ids import KnownIds, no_ids
from clarity_pipeline.imports.ad_entities.columns import COLUMNS, read_entities
from clarity_pipeline.imports.ad_entities.headers import Said, read_header
from clarity_pipeline.imports.ad_entities.respelling import respell
from clarity_pipeline.imports.experiments.columns import read_experiments
from clarity_pipeline.imports.experiments.judging import judge_experiments
from clarity_pipeline.imports.files.problems import FileRefused, Problems
from clarity_pipeline.imports.files.table import read_file, read_table, shown_name
from clarity_pipeline.normalize.ad_columns import AdColumn
from clarity_pipeline.warehouse.ad_columns import declare, long_ids
from clarity_pipeline.warehouse.entities import replace_entities
from clarity_pipeline.warehouse.experiments import replace_experiments
from clarity_pipeline.warehouse.imported import is_imported, note_import
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline.warehouse.transaction import transaction

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

Kind = Literal["entities", "experiments"]


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What is in a file that fits its columns; `business_days` are those that it tells of."""

    kind: Kind
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
    """A file that can be loaded as it is; of ad entities also what it says of its columns. `warnings` are to be looked at."""

    file: ImportedFile
    table: "pyarrow.Table"
    columns: Mapping[str, AdColumn] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def check_file(
    path: Path,
    *,
    kind: Kind,
    businesses: Collection[Business],
    now: datetime,
    said: Said | None = None,
    known_ids: KnownIds = no_ids,
) -> Checked:
    """Read a file and check all of it, as one that comes at the instant `now`; raise `FileRefused`. Nothing is loaded.

    Of ad entities, `said` is what the file does not say itself, and `known_ids` tells true ids from rounded ones.
    """
    table, said = read_table(read_file(path), source=shown_name(path)), said or Said()
    known = {each.business_id: each for each in businesses}
    columns: Mapping[str, AdColumn] = {}
    if kind == "entities":
        rows = read_entities(table, businesses=known, today=now.date(), loaded_at=now, said=said, known_ids=known_ids)
        columns = read_header(table.header, said, known=COLUMNS, problems=Problems(table.source)).declared
    else:
        rows = read_experiments(table, businesses=known, today=now.date(), loaded_at=now)
    days = set(zip(rows["business_id"].to_pylist(), rows["date"].to_pylist(), strict=True))
    file = ImportedFile(kind, table.source, table.sha256, rows.num_rows, tuple(sorted(days)))
    return Checked(file, rows, columns, tuple(table.problems.warnings))


def ids_of(warehouse: Warehouse) -> KnownIds:
    """The ids that are stored, read when they are asked for."""

    def known() -> Mapping[str, Mapping[str, Collection[str]]]:
        with warehouse.connect(what="looking up ids of ads") as connection:
            return long_ids(connection)

    return known


def check_files(
    paths: Sequence[Path],
    *,
    kind: Kind,
    businesses: Collection[Business],
    now: datetime,
    said: Said | None = None,
    known_ids: KnownIds = no_ids,
) -> list[Checked]:
    """Check several files; raise one `FileRefused` with the problems of all of them."""
    checked, problems, count = [], [], 0
    for path in paths:
        try:
            found = check_file(path, kind=kind, businesses=businesses, now=now, said=said, known_ids=known_ids)
            checked.append(found)
        except FileRefused as refused:
            problems += refused.lines()
            count += refused.count
    if problems:
        raise FileRefused(problems, count=count)
    return checked


def load_files(warehouse: Warehouse, checked: Sequence[Checked]) -> None:
    """Load files that were checked, in their order and one transaction: all of them or none."""
    with warehouse.connect(what="loading files") as connection, transaction(connection):
        for each in checked:
            _load(connection, each)


def load_once(warehouse: Warehouse, checked: Checked) -> bool:
    """Load a file unless its content was loaded before; whether it was loaded now."""
    file = checked.file
    with warehouse.connect(what=f"loading {file.source}") as connection, transaction(connection):
        if is_imported(connection, kind=file.kind, sha256=file.sha256):
            return False
        _load(connection, checked)
    return True


def renew_imported(connection: "DuckDBPyConnection", businesses: Collection[Business]) -> None:
    """What depends on more than the files, by what is known now: the spelling of landing pages, what came of experiments."""
    with transaction(connection):
        respell(connection, businesses)
        judge_experiments(connection)


def _load(connection: "DuckDBPyConnection", checked: Checked) -> None:
    file = checked.file
    if file.kind == "entities":
        replace_entities(connection, checked.table)
        declare(connection, file.businesses, checked.columns)
    else:
        replace_experiments(connection, checked.table)
        judge_experiments(connection)
    failpoint("import_replaced")
    note_import(
        connection,
        {
            "delivers": file.kind,
            "source": file.source,
            "sha256": file.sha256,
            "rows": file.rows,
            "businesses": file.businesses,
            "from_date": file.from_date,
            "to_date": file.to_date,
            "loaded_at": checked.table["loaded_at"][0].as_py(),
        },
    )

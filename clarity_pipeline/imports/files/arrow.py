"""Checked rows as an Arrow table, a batch at a time: dictionaries of a whole file would take twenty times its size."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import pyarrow as pa

from clarity_pipeline.imports.files.table import Table

_A_BATCH = 10_000


def loadable(rows: Iterable[dict[str, Any]], table: Table, *, schema: pa.Schema) -> pa.Table:
    """All rows in `schema`; raise `FileRefused` with the problems that the table has by then, or when it has no row."""
    left, batches = iter(rows), []
    while batch := list(islice(left, _A_BATCH)):
        batches.append(pa.RecordBatch.from_pylist(batch, schema=schema))
    table.problems.raise_them()
    if not batches:
        table.problems.stop("has a header and no line below it; deliver at least one")
    return pa.Table.from_batches(batches)

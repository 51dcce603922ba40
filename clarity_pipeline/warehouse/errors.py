"""What can stand between a caller and the warehouse; each message is one line that ends in what to do.

ClarityPipelineError
└── WarehouseError
    ├── WarehouseBusy        somebody else has the file, and waiting did not help
    ├── WarehouseTooNew      a newer release wrote the file
    ├── OwnRowsStand         recovered rows would take the place of a date's own
    ├── WarehouseKnowsLess   the file lacks what was loaded into it
    │   └── WarehouseMissing the file is gone, or empty
    ├── WarehouseRefused     the disk is full or broken, or not ours to write
    └── WarehouseUnreadable  DuckDB cannot open the file, or read a part of it
"""

from clarity_pipeline.errors import ClarityPipelineError


class WarehouseError(ClarityPipelineError):
    """The warehouse could not be used."""


class WarehouseBusy(WarehouseError):
    """Another process (or thread) holds the warehouse; the message names it."""

    reason = "warehouse_busy"


class WarehouseTooNew(WarehouseError):
    """The file has a layout that this release does not know."""

    reason = "warehouse_too_new"


class WarehouseUnreadable(WarehouseError):
    """The file is no DuckDB database, is damaged, cut, or may not be read; DuckDB's own words are the `__cause__`."""

    reason = "warehouse_unreadable"


class WarehouseKnowsLess(WarehouseError):
    """The file has less than was loaded into it: an older copy, another home's, or one that lost its log."""

    reason = "warehouse_knows_less"


class WarehouseMissing(WarehouseKnowsLess):
    """There is no file, or an empty one, and there was one."""

    reason = "warehouse_missing"


class WarehouseRefused(WarehouseError):
    """The file is whole, as far as anybody knows; the disk is full or broken, or not ours to write."""

    reason = "machine_refuses"


class OwnRowsStand(WarehouseError):
    """Rows of a date's own answer are in the warehouse; recovered ones, which are less exact, never take their place."""

    reason = "own_rows_stand"

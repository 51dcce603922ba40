"""What can stand between a caller and the warehouse; each message is one line that ends in what to do.

ClarityPipelineError
└── WarehouseError
    ├── WarehouseBusy        somebody else has the file, and waiting did not help
    ├── WarehouseTooNew      a newer release wrote the file
    ├── OwnRowsStand         recovered rows would take the place of a date's own
    └── WarehouseUnreadable  DuckDB cannot open the file at all
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
    """The file is no DuckDB database, is damaged, or may not be read; DuckDB's own words are the `__cause__`."""

    reason = "warehouse_unreadable"


class OwnRowsStand(WarehouseError):
    """Rows of a date's own answer are in the warehouse; recovered ones, which are less exact, never take their place."""

    reason = "own_rows_stand"

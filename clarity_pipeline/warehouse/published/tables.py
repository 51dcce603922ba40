"""The tables of the published file, each with the way in which it is brought to the newest state. Called by `bring_up`.

A table that no line names is not published, and fails a test.
"""

from typing import Literal

from clarity_pipeline.warehouse import experiments, regime, spellings
from clarity_pipeline.warehouse.days import DATED, ROWS
from clarity_pipeline.warehouse.imported import COLUMNS, IMPORTS

BESIDE = ("clarity_sync_jobs", "clarity_alerts", "clarity_rule_evaluations")
"""Tables of the state database, which stand beside the metrics as they are then; the working file has no row of them."""

DATE_OF: dict[str, str] = {"clarity_alerts": "opened_on"}
"""Tables whose rows belong to a date by another column than `date`."""

BY_BUSINESS = (spellings.TABLE,)
"""Replaced by business, where one of its rows changed."""

SMALL = (regime.TABLE, experiments.QUALITY, COLUMNS, IMPORTS)
"""Replaced whole, where a row changed: some rows a business, or one a delivered file."""

OWN = (
    "clarity_publications",
    "clarity_unpublished_changes",
    "clarity_changed_days",
    "clarity_schema_versions",
    "clarity_schema_digests",
)
"""What a file knows of itself."""

WITH_PAYLOAD = ROWS
"""Tables whose `raw_payload` is left out of old dates."""

Kind = Literal["by_date", "by_business", "whole"]

KINDS: dict[str, Kind] = {
    **dict.fromkeys((*DATED, *BESIDE), "by_date"),
    **dict.fromkeys(BY_BUSINESS, "by_business"),
    **dict.fromkeys(SMALL, "whole"),
}

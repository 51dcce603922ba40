"""The table `experiment_quality`, made anew from what was imported and what Clarity saw. Called whenever either has changed."""

from typing import TYPE_CHECKING

from clarity_pipeline.imports.experiments.quality import judge
from clarity_pipeline.warehouse.experiments import experiment_days, replace_quality

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def judge_experiments(connection: "DuckDBPyConnection") -> int:
    """Judge every variant of every experiment, in the caller's transaction; how many there are."""
    return replace_quality(connection, judge(experiment_days(connection)))

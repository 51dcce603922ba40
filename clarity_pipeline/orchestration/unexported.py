"""Names of Dagster's that it does not export. Beside it `here` and what makes storages and launches runs look behind its front.

`define_asset_job` returns this, and every sensor and schedule of a job is given it.
"""

from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition as AssetJob

__all__ = ["AssetJob"]

"""What a Dagster user looks for on an asset: columns, what they are made of, table, place, the version of its code.

All of it is said once, with the definition, and not with each materialisation: a year of business-days would hold the same
columns four hundred thousand times. `make generate` writes the columns down, so that nothing opens DuckDB when Dagster loads.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import dagster as dg

from clarity_pipeline.normalize.version import NORMALISER_VERSION
from clarity_pipeline.orchestration.metrics import TABLE, lane_key
from clarity_pipeline.orchestration.raw import GROUP as RAW
from clarity_pipeline.settings.settings import LIVE_INSIGHTS_PATH, Settings
from clarity_pipeline.warehouse.marts import MARTS

ANSWER_VERSION = LIVE_INSIGHTS_PATH.split("/")[3]
"""Of Clarity's API: what comes of it changes with that alone."""


def described(assets: Iterable[dg.AssetsDefinition], settings: Settings) -> Sequence[dg.AssetsDefinition]:
    """The assets with columns, lineage, place, version and tags, wherever there are any."""

    def describe(spec: dg.AssetSpec) -> dg.AssetSpec:
        spec = spec.merge_attributes(metadata=_metadata(spec.key, settings), tags=_tags(spec.key))
        return spec.replace_attributes(code_version=_code_version(spec.key))

    return [each for each in dg.map_asset_specs(describe, list(assets)) if isinstance(each, dg.AssetsDefinition)]


def table_of(key: dg.AssetKey) -> str | None:
    """The table of the DuckDB file that an asset fills, if it fills one."""
    name = key.path[0]
    return name if name in _columns() else None


def _metadata(key: dg.AssetKey, settings: Settings) -> dict[str, Any]:
    table = table_of(key)
    if key.path[0] == RAW:
        return {"dagster/uri": settings.vault_folder.as_uri()}
    if table is None:
        return {"dagster/uri": settings.published_file.as_uri()} if key.path == ["publish"] else {}
    columns = _columns()[table]
    metadata: dict[str, Any] = {
        "dagster/table_name": table,
        "dagster/uri": f"{settings.published_file.as_uri()}#{table}",
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(column["name"], type=column["type"], description=column["meaning"] or None) for column in columns
            ]
        ),
    }
    if table in MARTS:
        lane = lane_key(MARTS[table].slice_name)
        metadata["dagster/column_lineage"] = dg.TableColumnLineage(
            deps_by_column={
                column["name"]: [dg.TableColumnDep(asset_key=lane, column_name=name) for name in column["of"]]
                for column in columns
                if "of" in column
            }
        )
    return metadata


def _tags(key: dg.AssetKey) -> Mapping[str, str]:
    if key.path[0] in {RAW, TABLE}:
        return {"clarity/slice": key.path[-1]}
    return {"clarity/slice": MARTS[key.path[0]].slice_name} if key.path[0] in MARTS else {}


def _code_version(key: dg.AssetKey) -> str | None:
    """What changes when the same input would give another output: the API's version, the normaliser's, a mart's select."""
    if key.path[0] == RAW:
        return ANSWER_VERSION
    if key.path[0] == TABLE:
        return f"normaliser {NORMALISER_VERSION}"
    mart = MARTS.get(key.path[0])
    return hashlib.sha256(mart.select.encode()).hexdigest()[:12] if mart else None


@cache
def _columns() -> dict[str, list[dict[str, Any]]]:
    text = files("clarity_pipeline.orchestration").joinpath("columns.json").read_text(encoding="utf-8")
    columns: dict[str, list[dict[str, Any]]] = json.loads(text)
    return columns

"""Partitioned asset checks: four statements about each loaded lane that can be false, each with actual against expected.

They are made with the lane, in its own step: a step by itself costs more than the four queries. None of them blocks: a lane
that is cut or late is still the best there is, and its rows say so themselves.
"""

import warnings
from collections.abc import Sequence
from datetime import date

import dagster as dg

from clarity_pipeline.rooms import Rooms
from clarity_pipeline.warehouse.proof import LANE_PROOFS, prove_lane


def lane_check_specs(lane: dg.AssetKey, *, partitions: dg.PartitionsDefinition) -> list[dg.AssetCheckSpec]:
    """What is checked of a lane each time it is loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # partitioned checks are a preview in 1.13; run and tested here
        return [
            dg.AssetCheckSpec(proof.name, asset=lane, description=proof.description, partitions_def=partitions)
            for proof in LANE_PROOFS
        ]


def lane_check_results(rooms: Rooms, *, business_id: str, date: date, slice_name: str) -> Sequence[dg.AssetCheckResult]:
    """What the checks found, with hashes of offenders and never a URL."""
    return [
        dg.AssetCheckResult(
            check_name=proof.name,
            passed=finding.passed,
            severity=dg.AssetCheckSeverity.WARN if proof.warns else dg.AssetCheckSeverity.ERROR,
            metadata={"actual": finding.actual, "expected": finding.expected, "offenders": list(finding.offenders)},
        )
        for proof, finding in prove_lane(rooms.warehouse, business_id=business_id, date=date, slice_name=slice_name)
    ]

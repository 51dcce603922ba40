"""Partitioned asset checks: statements about each loaded lane that can be false, each with actual against expected.

Four are about the lane alone (`warehouse.proof`), one tells its findings, and the others hold it against the date's other lanes
(`trust.statements`): the one that is loaded last decides, and until then there is nothing to say, which passes. They are made
with the lane, in its own step: a step by itself costs more than their queries. None of them blocks: a lane that is cut or late
is still the best there is.

The first five are said of every lane. What lanes say of each other is said by its own name where it fails, and when it holds
again: of a lane that is loaded once more all is said, and what the Checks tab has as failed last, of the same business, is said
to hold as soon as it does. Fourteen evaluations a lane were a third of what Dagster's part of a business-day took.

No run of ours plans them, and of what the UI plans the event log keeps nothing (`event_log`): what did not run has not failed.
Where the UI plans them too (assets that are chosen by hand, a backfill), they are said in the same way.
"""

import warnings
from collections.abc import Sequence
from datetime import date
from typing import Any

import dagster as dg

from clarity_pipeline.day.load import Loaded
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.partitions import business_day_of
from clarity_pipeline.trust.finding import Finding
from clarity_pipeline.trust.found import Found
from clarity_pipeline.trust.record import Recorded
from clarity_pipeline.trust.statements import COVERED_SHARE, STATEMENTS, Statement
from clarity_pipeline.trust.words import covered, sentence
from clarity_pipeline.warehouse.proof import LANE_PROOFS, OFFENDERS_SHOWN, prove_lane

NOTHING_WRONG = "nothing_is_known_to_be_wrong"
ALWAYS_SAID = frozenset({NOTHING_WRONG, *(each.name for each in LANE_PROOFS)})
WHEN_SAID = "Evaluated where it fails, and when it holds again."


def lane_check_specs(lane: dg.AssetKey, *, slice_name: str, partitions: dg.PartitionsDefinition) -> list[dg.AssetCheckSpec]:
    """What is checked of a lane each time it is loaded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # partitioned checks are a preview in 1.13; run and tested here
        named = [(each.name, each.description) for each in LANE_PROOFS]
        named += [(each.name, f"{each.description} {WHEN_SAID}") for each in _statements(slice_name)]
        named.append((NOTHING_WRONG, "No number of the lane is known to be wrong, and nothing of its answer is missing."))
        return [
            dg.AssetCheckSpec(name, asset=lane, description=description, partitions_def=partitions) for name, description in named
        ]


def lane_check_results(
    home: Home, loaded: Loaded, *, business_id: str, date: date, slice_name: str
) -> Sequence[dg.AssetCheckResult]:
    """What the checks found, with hashes of offenders and never a URL."""
    proofs = [
        dg.AssetCheckResult(
            check_name=proof.name,
            passed=finding.passed,
            severity=dg.AssetCheckSeverity.WARN if proof.warns else dg.AssetCheckSeverity.ERROR,
            metadata={"actual": finding.actual, "expected": finding.expected, "offenders": list(finding.offenders)},
        )
        for proof, finding in prove_lane(home.warehouse, business_id=business_id, date=date, slice_name=slice_name)
    ]
    about = loaded.judged.about(slice_name)
    return [*proofs, *(_result(each, about) for each in _statements(slice_name)), _known(loaded.findings, about)]


def described(found: Sequence[Found]) -> list[dict[str, Any]]:
    """Findings for metadata: codes and figures."""
    return [{name: getattr(each, name) for name in ("code", "severity", "metric", "figure", "times")} for each in found]


def _known(found: Sequence[Found], about: Sequence[Recorded]) -> dg.AssetCheckResult:
    """One check of all findings, with why statements cannot be decided; what is odd and harmless fails nothing."""
    not_decided = {
        each.statement: sentence(each.finding)
        for each in about
        if each.finding.passed is None and each.finding.reason != "other_lane_not_loaded"
    }
    told = [each for each in found if each.severity != "info"]
    is_wrong = any(each.severity == "error" for each in told)
    return dg.AssetCheckResult(
        check_name=NOTHING_WRONG,
        passed=not told,
        severity=dg.AssetCheckSeverity.ERROR if is_wrong else dg.AssetCheckSeverity.WARN,
        description="; ".join(each.sentence for each in told) or "Nothing is.",
        metadata={
            "findings": dg.MetadataValue.json(described(found)),
            "offenders": [],
            **({"not_decided": dg.MetadataValue.json(not_decided)} if not_decided else {}),
        },
    )


def worth_saying(
    context: dg.AssetExecutionContext, found: Sequence[dg.AssetCheckResult], *, about: dg.AssetKey, again: bool
) -> list[dg.AssetCheckResult]:
    """Of a lane's checks those that tell somebody something; all where they are planned, or the lane is loaded `again`."""
    if again or context.selected_asset_check_keys:
        return list(found)
    silent = [
        dg.AssetCheckKey(about, str(each.check_name)) for each in found if each.passed and each.check_name not in ALWAYS_SAID
    ]
    latest = context.instance.event_log_storage.get_latest_asset_check_execution_by_key(silent)
    ours = f"{business_day_of(context.partition_key)[0]}|"
    red = {
        key.name
        for key, record in latest.items()
        if record.status.value != "SUCCEEDED" and (record.partition or ours).startswith(ours)
    }
    return [each for each in found if not each.passed or each.check_name in ALWAYS_SAID | red]


def say(context: dg.AssetExecutionContext, found: Sequence[dg.AssetCheckResult], *, about: dg.AssetKey) -> None:
    """Record what was found, of this partition if there is one, in the step that made it, planned or not."""
    for each in found:
        evaluation = dg.AssetCheckEvaluation(
            asset_key=about,
            check_name=str(each.check_name),
            passed=each.passed,
            metadata=each.metadata,
            severity=each.severity,
            description=each.description,
            blocking=False,
            partition=context.partition_key if context.has_partition_key else None,
        )
        context.log_event(evaluation)


def _statements(slice_name: str) -> list[Statement]:
    return [each for each in STATEMENTS if slice_name in each.slices]


def _result(statement: Statement, about: Sequence[Recorded]) -> dg.AssetCheckResult:
    """One check: its findings in words and numbers, the one that fails first; without a verdict it passes."""
    found = sorted(
        (each.finding for each in about if each.statement == statement.name), key=lambda each: each.passed is not False
    )
    metadata: dict[str, Any] = {}
    if found:
        metadata = {"actual": found[0].seen, "expected": found[0].expected, "tolerance": found[0].tolerance}
    return dg.AssetCheckResult(
        check_name=statement.name,
        passed=all(each.passed is not False for each in found),
        severity=dg.AssetCheckSeverity.WARN,
        description=" ".join(_words(statement, each) for each in found) or "Nothing to say yet: no other lane is loaded.",
        metadata={**metadata, "offenders": sorted({each for finding in found for each in finding.offenders})[:OFFENDERS_SHOWN]},
    )


def _words(statement: Statement, finding: Finding) -> str:
    is_cut = statement.name == COVERED_SHARE and (finding.method is not None or finding.passed is None)
    if is_cut:
        share = finding.ratio if finding.method else None
        return f"{finding.slice_name} is cut at 1,000 rows: its rows tell {covered(share, finding.method)}."
    return sentence(finding)

"""Answers with a part dropped, nulled, retyped, renamed or sent twice: never a crash, never more lost than damaged, never silent.

The answers are the fake's, and real ones where CLARITY_PAYLOADS_DIR names a folder with them.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.clarity.dimensions import DIMENSIONS, SLICES, TOTALS, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.normalize.normalize import normalize
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.clarity.made_up import body
from clarity_pipeline_tests.normalize.lanes import lane
from clarity_pipeline_tests.normalize.test_real_answers import FOLDER

AT = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
Rows = dict[str, dict[str, Any]]
JUNK: list[Any] = ["", "-", "23.7%", "1,234", "many", True, [], [1], {}, {"value": 3}, "NaN", 2**70, "Infinity", "½"]


@dataclass(frozen=True)
class Original:
    """An answer that nothing is wrong with."""

    asked: Slice
    sent: list[dict[str, Any]]


@cache
def originals() -> list[Original]:
    site = small()
    clarity = FakeClarity([site], clock=lambda: AT)
    found = []
    for asked in (SLICES["url_device"], SLICES["url_campaign_channel"], TOTALS):
        dimensions = tuple(each.parameter for each in asked.dimensions)
        found.append(Original(asked, json.loads(clarity.answer(site.project_id, dimensions=dimensions, at=AT))))
    real = Path(FOLDER) / "analytics_hub_2026.json"
    if FOLDER and real.exists():
        archive = json.loads(real.read_text())
        found += [Original(TOTALS, sent) for sent in list(archive["snapshots"].values())[::9]]
        by_url = Slice("url", (DIMENSIONS["url"],))
        found += [Original(by_url, sent) for sent in archive["snapshotsByUrl"].values()]
    return found


@cache
def rows_of(number: int) -> Rows:
    original = originals()[number]
    answer = parse(body(original.sent), asked=original.asked)
    assert answer.damage == answer.missing_metrics == ()
    return rows(answer)


def rows(answer: Answer) -> Rows:
    found = normalize(answer, lane=lane(asked=answer.asked)).drop_columns("raw_payload").to_pylist()
    return {row["dimension_hash"]: row for row in found}


@dataclass
class Mutated:
    """What was sent instead, of which metric, and of which of its rows (None: of the metric as a whole)."""

    sent: list[Any]
    metric: str
    row: int | None
    field: str | None
    how: str


@st.composite
def mutations(draw: Callable[[st.SearchStrategy[Any]], Any], original: Original) -> Mutated:
    sent = deepcopy(original.sent)
    place = draw(st.integers(0, len(sent) - 1))
    metric = sent[place]
    name = metric["metricName"]
    level = draw(st.sampled_from(["metric", "row", "row", "cell", "cell", "cell", "cell"]))
    how = draw(st.sampled_from(["drop", "null", "retype", "rename", "duplicate"]))
    if level == "metric" or not metric["information"]:
        _change(draw, how, sent, metric, key=draw(st.sampled_from(["metricName", "information"])), at=place)
        return Mutated(sent, name, None, None, how)
    at = draw(st.integers(0, len(metric["information"]) - 1))
    row = metric["information"][at]
    if level == "row":
        _change(draw, how, metric["information"], row, key=draw(st.sampled_from(sorted(row))), at=at, whole=True)
        return Mutated(sent, name, at, None, how)
    key = draw(st.sampled_from(sorted(row)))
    _change(draw, "null" if how == "duplicate" else how, metric["information"], row, key=key, at=at, whole=False)
    return Mutated(sent, name, at, key, how)


def _change(
    draw: Callable[[st.SearchStrategy[Any]], Any],
    how: str,
    within: list[Any],
    part: dict[str, Any],
    *,
    key: str,
    at: int,
    whole: bool | None = None,
) -> None:
    whole = draw(st.booleans()) if whole is None else whole
    match how:
        case "duplicate":
            within.insert(at, deepcopy(part))
        case "drop" if whole:
            del within[at]
        case "drop":
            del part[key]
        case "rename":
            part[f"x{key[::-1]}"] = part.pop(key)
        case _ if whole:
            within[at] = None if how == "null" else draw(st.sampled_from(JUNK))
        case _:
            part[key] = None if how == "null" else draw(st.sampled_from(JUNK))


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_one_damaged_part_costs_itself_alone_and_is_named(data: st.DataObject):
    number = data.draw(st.integers(0, len(originals()) - 1))
    original, before = originals()[number], rows_of(number)
    mutated = data.draw(mutations(original))
    try:
        answer = parse(body(mutated.sent), asked=original.asked)
    except AnswerMalformed as refusal:
        assert mutated.metric == "Traffic", f"{mutated} is no reason to refuse the answer: {refusal}"  # noqa: PT017 (the one that may)
        return
    after = rows(answer)
    is_named = bool(answer.damage or answer.unknown or answer.missing_metrics)
    for key, row in before.items():
        if mutated.metric == "Traffic":
            assert key in after or is_named or _tells_nothing_more(original, mutated)
            continue
        changed = {name for name, value in row.items() if after[key][name] != value}
        own = {measure.column for measure in MEASURES if measure.group == mutated.metric} | {"rows_merged"}
        assert changed <= own, f"{mutated}: {changed - own} belong to another metric"
        assert not changed or is_named or after[key]["rows_merged"] > row["rows_merged"], f"{mutated}: silent"
        lost = {name for name in changed if name != "rows_merged" and after[key][name] is not None}
        assert not lost or mutated.how == "duplicate", f"{mutated}: a number became another"
    if mutated.metric != "Traffic" and mutated.row is not None:
        assert len(_changed(before, after)) <= 1, f"{mutated}: one row of one metric is one row of the table"
    if mutated.metric == "Traffic" and _changed(before, after):
        merged = any(after[key]["rows_merged"] > before[key]["rows_merged"] for key in before if key in after)
        assert is_named or merged or _tells_nothing_more(original, mutated), f"{mutated}: silent"


def _changed(before: Rows, after: Rows) -> set[str]:
    return {key for key, row in before.items() if after.get(key) != row}


def _tells_nothing_more(original: Original, mutated: Mutated) -> bool:
    """A row of bots alone stands in Traffic alone: when it, or its page, is gone no other metric can say so."""
    if mutated.row is None:
        return False
    traffic = next(each["information"] for each in original.sent if each["metricName"] == "Traffic")
    return int(traffic[mutated.row]["totalSessionCount"]) == 0


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_many_damaged_parts_are_no_crash_and_never_another_number_of_sessions(data: st.DataObject):
    number = data.draw(st.integers(0, len(originals()) - 1))
    original, before = originals()[number], rows_of(number)
    sent: list[Any] = original.sent
    for _ in range(data.draw(st.integers(2, 6))):
        usable = [each for each in sent if isinstance(each, dict) and isinstance(each.get("information"), list)]
        usable = [each for each in usable if all(isinstance(row, dict) and row for row in each["information"])]
        known = [each for each in usable if isinstance(each.get("metricName"), str) and each["metricName"] != "Traffic"]
        if not known:
            break
        mutated = data.draw(mutations(Original(original.asked, known)))
        sent = [each for each in original.sent if each["metricName"] == "Traffic"] + mutated.sent
    answer = parse(body(sent), asked=original.asked)
    after = rows(answer)
    assert {key: row["sessions"] for key, row in after.items() if key in before} == {
        key: row["sessions"] for key, row in before.items()
    }

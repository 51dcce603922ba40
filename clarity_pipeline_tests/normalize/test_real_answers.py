"""Real answers are others' data and stay outside the project: the folder that CLARITY_PAYLOADS_DIR names, if any."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.clarity.answer import parse
from clarity_pipeline.clarity.dimensions import DIMENSIONS, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.wire import METRIC_BY_SPELLING, folded
from clarity_pipeline.normalize.normalize import normalize
from clarity_pipeline_tests.normalize.lanes import lane

FOLDER = os.environ.get("CLARITY_PAYLOADS_DIR", "")
FILES = sorted(Path(FOLDER).glob("*.json")) if FOLDER else []
SUMMED = {
    ("Traffic", "totalSessionCount"): "sessions",
    ("DeadClickCount", "subTotal"): "dead_clicks",
    ("RageClickCount", "subTotal"): "rage_clicks",
    ("ScriptErrorCount", "subTotal"): "script_errors",
    ("QuickbackClick", "subTotal"): "quick_backs",
}

pytestmark = pytest.mark.skipif(not FILES, reason="CLARITY_PAYLOADS_DIR names no folder with real answers")


def question(sent: list[dict[str, Any]]) -> Slice:
    """What must have been asked: the dimensions that the rows of the nine metrics carry."""
    keys = {
        folded(key)
        for group in sent
        if (metric := METRIC_BY_SPELLING.get(folded(group["metricName"]))) and not metric.listed
        for row in group["information"]
        for key in row
    }
    return Slice("asked", tuple(each for each in DIMENSIONS.values() if folded(each.row_key) in keys))


def total(sent: list[dict[str, Any]], metric: str, field: str) -> int:
    return sum(int(row.get(field) or 0) for group in sent if group["metricName"] == metric for row in group["information"])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_answer_is_loaded_whole_and_a_note_about_one_is_refused(path: Path):
    body = path.read_bytes()
    sent = json.loads(body)
    if not isinstance(sent, list):
        with pytest.raises(AnswerMalformed, match="not an array of metrics"):
            parse(body, asked=Slice("asked", ()))
        return
    asked = question(sent)
    if any("Tap" in group["metricName"] for group in sent):
        with pytest.raises(AnswerMalformed, match="mobile app's"):
            parse(body, asked=asked)
        return
    answer = parse(body, asked=asked)
    assert sum(answer.row_counts.values()) == sum(len(group["information"]) for group in sent)
    rows = normalize(answer, lane=lane(asked=asked)).to_pylist()
    assert rows
    damaged = {each.metric for each in answer.damage}  # of those that somebody has cut by hand
    for (metric, field), column in SUMMED.items():
        assert metric in damaged or sum(row[column] or 0 for row in rows) == total(sent, metric, field)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_answer_is_refused_where_another_dimension_was_asked(path: Path):
    sent = json.loads(path.read_bytes())
    carried = question(sent).dimension_names if isinstance(sent, list) else ()
    assert "campaign" not in carried
    with pytest.raises(AnswerMalformed):
        parse(path.read_bytes(), asked=Slice("asked", (DIMENSIONS["campaign"],)))


def test_the_one_complete_answer_keeps_its_tuples_sessions_and_dead_clicks():
    path = Path(FOLDER) / "aibast_url_1d_2026-10-09.json"
    if not path.exists():
        pytest.skip("that answer is not in the folder")
    sent = json.loads(path.read_bytes())
    asked = Slice("url", (DIMENSIONS["url"],))
    answer = parse(path.read_bytes(), asked=asked)
    rows = normalize(answer, lane=lane(asked=asked)).to_pylist()
    assert len(answer.groups["Traffic"].keys) == 44
    assert sum(row["rows_merged"] for row in rows) == 44
    assert sum(row["sessions"] for row in rows) == total(sent, "Traffic", "totalSessionCount") > 0
    assert sum(row["dead_clicks"] for row in rows) == total(sent, "DeadClickCount", "subTotal") > 0
    assert answer.unknown == answer.missing_metrics == answer.capped_metrics == ()
    (electron,) = [row for row in rows if row["url"] == "https://Electron"]
    assert (electron["sessions"], electron["dead_clicks"], electron["scroll_depth"]) == (0, 0, None)

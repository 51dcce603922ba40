"""A kind of leaf that does not exist, from one entry and its two halves to an answer: in a copy of the package."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODEL = '''

class Between(Part):
    """A metric over the last `window_days` days inside a band."""

    metric: MetricName
    low: Number
    high: Number
    window_days: DayCount = 7
'''
ENTRY = """\
        "between": LeafKind(model=Between, decided_by="bands.between", reach=lambda leaf: leaf.window_days),
"""
DECIDES = '''\
"""The leaf that asks whether a metric is inside a band. Pure; asked by `evaluate`."""

from clarity_pipeline.rules.engine.evidence import Evidence
from clarity_pipeline.rules.engine.known import View
from clarity_pipeline.rules.engine.seen import Seen
from clarity_pipeline.rules.engine.window import Window
from clarity_pipeline.rules.language.leaves import Between
from clarity_pipeline.rules.language.metric import metric_of


def between(leaf: Between, view: View) -> Seen:
    """Whether the metric is in the band, its ends included."""
    metric = metric_of(leaf.metric)
    window = Window.back(view.days(metric.family), view.as_of, leaf.window_days)
    value = window.value(metric)
    verdict = None if value is None else leaf.low <= value <= leaf.high

    def tell(path: str, supports: bool) -> Evidence:
        return Evidence(
            path=path, metric=metric.name, from_date=window.from_date, to_date=window.to_date,
            days_with_data=window.with_data(metric), value=value, operator="at_least", threshold=leaf.low,
            verdict=verdict, supports=supports, kind="between",
        )

    return Seen(verdict, None, tell)
'''
ASKS = '''
import json
from datetime import date


from clarity_pipeline.rules.engine.evaluate import answers
from clarity_pipeline.rules.engine.history import History, Version
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.engine.needs import needs_of
from clarity_pipeline.rules.engine.reach import families_of, reach_of
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.panel.views.rule_draft import changed, new_draft, of_rule
from clarity_pipeline.rules.language.rule_files import read_rules, write_rules
from clarity_pipeline.rules.language.sentence import condition

TEXT = """
id: calm
name: A calm day
when:
  between: {metric: clarity_sessions, low: 10, high: 20, window_days: 1}
"""
(rule,) = read_rules(TEXT, source="a test")
day = date(2026, 5, 3)

def outcome(sessions):
    known = Known(business_id="acme", business=History(("sessions",), [Version(date=day, values=(sessions,))]))
    (answer,) = answers(rule, known=known, as_of=day)
    return answer.outcome, answer.evaluation().evidence[0].kind

print(json.dumps({
    "outcomes": [outcome(9), outcome(10), outcome(21)],
    "again": read_rules(write_rules([rule]), source="its own text") == (rule,),
    "needs": needs_of(rule).said(),
    "families": sorted(families_of([rule])),
    "reach": reach_of([rule]),
    "said": condition(rule.when),
    "fields": list(changed(new_draft("acme"), "add when", {"when:add": "between"}).when.parts[1].values),
    "form": of_rule(rule).check().rule == rule,
    "schema": "BetweenLeaf" in json.dumps(Rule.model_json_schema()),
}))
'''


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This one, with one kind of leaf more."""
    folder = tmp_path_factory.mktemp("release")
    shutil.copytree(ROOT / "clarity_pipeline", folder / "clarity_pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    language = folder / "clarity_pipeline" / "rules" / "language"
    leaves, kinds = language / "leaves.py", language / "kinds.py"
    leaves.write_text(leaves.read_text(encoding="utf-8") + MODEL, encoding="utf-8")
    text = kinds.read_text(encoding="utf-8")
    assert text.count('        "connection": LeafKind(') == text.count("leaves import Change,") == 1
    text = text.replace('        "connection": LeafKind(', ENTRY + '        "connection": LeafKind(')
    kinds.write_text(text.replace("leaves import Change,", "leaves import Between, Change,"), encoding="utf-8")
    (folder / "clarity_pipeline" / "rules" / "engine" / "bands.py").write_text(DECIDES, encoding="utf-8")
    return folder


def test_one_entry_makes_a_leaf_that_is_read_written_answered_described_and_built(package: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(package)}
    found = subprocess.run(
        [sys.executable, "-c", ASKS], cwd=package, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert found.returncode == 0, found.stderr
    assert json.loads(found.stdout) == {
        "outcomes": [["not", "between"], ["fired", "between"], ["not", "between"]],
        "again": True,
        "needs": "a connection to Clarity, and no number of its",
        "families": ["business"],
        "reach": 28,
        "said": "visits of pages is between (low 10.0, high 20.0, window days 1)",
        "fields": ["metric", "low", "high", "window_days"],
        "form": True,
        "schema": True,
    }

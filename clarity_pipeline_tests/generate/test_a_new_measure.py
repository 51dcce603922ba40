"""A metric that Clarity does not have, from one entry and one command to a rule that fires and a number on the panel."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPIED = ("clarity_pipeline", "clarity_pipeline_tests", "docs", "generate", "references", "sql")
LAST = ')\n"""In the order of their columns; a new one comes last."""'
ENTRY = """\
    Signal(
        name="copy",
        group="CopyCount",
        events="copy_count",
        label="copies",
        unit="copies",
        meaning="text of the page that was copied",
        panel_place=10,
    ),
"""
BY_THE_COMMAND = {
    "sql/steps/{layout:04}_copy_count_and_copy_sessions.sql",
    "clarity_pipeline/state/migrations/versions/r{revision:04}_copy_count.py",
    "clarity_pipeline/state/database.py",
    "sql/marts/business_day.sql",
    "sql/checks/rows_are_in_range.sql",
    "sql/trust/lane_sums.sql",
    "docs/reference/metrics.md",
}


def run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(checkout)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", *words]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This one, with one entry more in the registry."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("dagster.yaml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    registry = folder / "clarity_pipeline" / "clarity" / "measures.py"
    before = registry.read_text(encoding="utf-8")
    assert before.count(LAST) == 1
    registry.write_text(before.replace(LAST, ENTRY + LAST), encoding="utf-8")
    return folder


@pytest.mark.slow("it generates a copy of the checkout and lives a day in it")
@pytest.mark.timeout(1800)
def test_one_entry_and_one_command_carry_a_metric_from_the_wire_to_an_alert_and_the_panel(checkout: Path, tmp_path: Path) -> None:
    stale = run(checkout, "generate", "--check")
    assert stale.returncode == 1, stale
    assert "run `make generate`" in stale.stderr

    wrote = run(checkout, "generate")
    assert wrote.returncode == 0, wrote.stderr
    files = {line.removeprefix("wrote ") for line in wrote.stdout.splitlines() if line.startswith("wrote ")}
    layout, revision = (len(list((checkout / folder).glob("*.zst"))) for folder in _released())
    assert {name.format(layout=layout, revision=_newest(checkout)) for name in BY_THE_COMMAND} <= files
    assert layout == len(list((ROOT / "sql" / "steps").glob("*.sql"))) + 1
    assert revision == len(list((ROOT / _released()[1]).glob("*.zst"))) + 1

    again = run(checkout, "generate")
    assert (again.returncode, again.stdout) == (0, ""), again.stderr
    assert run(checkout, "generate", "--check").returncode == 0

    lived = run(checkout, "clarity_pipeline_tests.generate.copy_count", str(tmp_path))
    assert lived.returncode == 0, lived.stderr
    told = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    ((events, sessions),) = told["table"]
    assert events == told["truth"] > 1
    assert 0 < sessions <= events
    assert told["mart"] == [[events, sessions]]
    assert told["api"] == events
    assert told["described"]["description"] == "text of the page that was copied; how many"
    assert [(alert["rule"], alert["state"]) for alert in told["alerts"]] == [("many-copies", "firing")]
    assert f'<td class="n">{events:,}</td>' in told["number"]
    assert told["heads"] == [2, 1]  # its row and a column of the days, and a column of the worst pages


def _released() -> tuple[str, str]:
    return "clarity_pipeline_tests/released/warehouse", "clarity_pipeline_tests/released/state"


def _newest(checkout: Path) -> int:
    return max(int(file.name[1:5]) for file in (checkout / "clarity_pipeline/state/migrations/versions").glob("r*.py"))

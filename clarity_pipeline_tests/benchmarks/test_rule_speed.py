"""The benchmark of the rules runs, on a few businesses: it is not in the suite otherwise."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_twenty_rules_on_a_few_businesses_are_measured() -> None:
    small = ["--businesses", "6", "--days", "3", "--workers", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.rule_speed", *small], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in {0, 1}, done.stderr  # 1: a busy machine has missed the target
    assert "20 rules on 6 business-days gave 234 answers" in done.stdout  # 19 and, for each of 20 pages, one more
    assert "backtest of 3 days" in done.stdout
    assert "Traceback" not in done.stderr

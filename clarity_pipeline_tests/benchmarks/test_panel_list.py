"""The benchmark of the list runs: it is not in the suite, and had stopped working unseen when a signature changed."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_list_of_a_few_businesses_is_measured() -> None:
    small = ["--businesses", "12", "--days", "3", "--rounds", "1", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.panel_list", *small], cwd=REPOSITORY, capture_output=True, text=True, timeout=120
    )
    assert done.returncode in {0, 1}, done.stderr  # 1: a busy machine has missed the target
    assert "list of 12 businesses" in done.stdout
    assert "Traceback" not in done.stderr

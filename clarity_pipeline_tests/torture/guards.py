"""Guards of the product, each with the edit that takes it out, and what the torture must then say. Used by `test_torture`.

The edit is made in a copy of the checkout, and the torture runs there as it does here: a check that found nothing in such a copy
could not fail at all.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_COPIED = ("clarity_pipeline", "clarity_pipeline_tests", "sql", "dagster.yaml", "pyproject.toml")


@dataclass(frozen=True)
class Guard:
    """`text` of `file` becomes `instead`; then a trial of `fault` has a problem with `found` in it."""

    file: str
    text: str
    instead: str
    fault: str
    found: str
    seed: int = 1
    trials: int = 1


_CELLS, _REFUSED = "hostile answers: cells", "hostile answers: server_error"

GUARDS = {
    "a warehouse that knows less is not published": Guard(
        "clarity_pipeline/day/known_less.py",
        '    with home.warehouse.connect(what="comparing with what was loaded") as connection:\n',
        '    if home:\n        return []\n    with home.warehouse.connect(what="comparing") as connection:\n',
        "warehouse of the night before",
        "other rows",
    ),
    "an unread cell is no number": Guard(
        "clarity_pipeline/clarity/numbers.py",
        "            numbers.append(None)\n            unread.append(place)\n",
        "            numbers.append(7)\n            unread.append(place)\n",
        _CELLS,
        "are wrong",
    ),
    "an answer that is kept is not paid for again": Guard(
        "clarity_pipeline/calls/refused.py",
        "        return not isinstance(self.error, NotAnAnswer) or now - self.by.known_at < PAUSE\n",
        "        return False\n",
        "hostile answers: nested",
        "calls for answers that are kept",
    ),
    "a lane that failed is an exit status": Guard(
        "clarity_pipeline/cli/data/day.py",
        "    return 3 if report.only_quota_is_spent else 1\n",
        "    return 0\n",
        "hostile answers: nested",
        "exit status 0",
    ),
    "a call that was sent keeps its slot": Guard(
        "clarity_pipeline/calls/one_call.py",
        "if isinstance(error, Unavailable) and not error.sent:",
        "if isinstance(error, Unavailable):",
        _REFUSED,
        "of which the ledger knows",
    ),
    "a damaged configuration of Dagster is written anew": Guard(
        "clarity_pipeline/orchestration/instance.py",
        "target.read_bytes() != wanted.encode()",
        'target.read_text(encoding="utf-8") != wanted',
        "bits of the Dagster's settings flipped",
        "not a sentence",
        seed=2,  # 64 bits of it
    ),
    "a day whose data came later is judged anew": Guard(
        "clarity_pipeline/alerts/turns.py",
        "        first_news = len(self.news)\n",
        "        first_news = len(self.news)\n"
        "        if set(days) <= set(self.past.outcomes.get(subject, {})):\n            return\n",
        "key gone",
        "other alerts",
    ),
    "a replay tells again what could not be read": Guard(
        "clarity_pipeline/upkeep/replayed_lanes.py",
        "        found=load.made.found,\n",
        "        found=(),\n",
        "warehouse gone",
        "findings are missing",
    ),
}


def without(guard: Guard, folder: Path) -> Path:
    """A copy of the checkout without the guard."""
    for name in _COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    file = folder / guard.file
    text = file.read_text(encoding="utf-8")
    assert text.count(guard.text) == 1, f"{guard.file} has changed: say anew what the guard is"
    file.write_text(text.replace(guard.text, guard.instead), encoding="utf-8")
    return folder


def tortured(folder: Path, *, fault: str, seed: int, trials: int) -> tuple[int, str]:
    """The torture in that checkout: its exit status, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "clarity_pipeline_tests.torture", "--only", fault, "--seed", str(seed), "--trials", str(trials)],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(folder)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr

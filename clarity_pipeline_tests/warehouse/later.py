"""A later release, as whoever changes a table makes it: this one with other files in `sql/`, in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

PROGRAM = """
import json, sys
from pathlib import Path
from clarity_pipeline.warehouse.store import Warehouse
files, query = json.loads(sys.argv[1])
answers = []
for file in files:
    with Warehouse(Path(file)).connect() as connection:
        answers.append(connection.execute(query).fetchall())
print(json.dumps(answers, default=str))
"""


def later_release(folder: Path, changed: Mapping[str, str]) -> Path:
    """A checkout in `folder` with the package of this one and its `sql/`, in which the files of `changed` say something else."""
    shutil.copytree(ROOT / "sql", folder / "sql")
    (folder / "clarity_pipeline").symlink_to(ROOT / "clarity_pipeline", target_is_directory=True)
    for name, text in changed.items():
        (folder / "sql" / f"{name}.sql").write_text(text, encoding="utf-8")
    return folder


def ask(release: Path, files: Sequence[Path], query: str) -> list[list[list[Any]]]:
    """Open each file with that release, which makes or upgrades it; the rows of `query` in each."""
    asked = json.dumps([[str(file) for file in files], query])
    environment = {**os.environ, "PYTHONPATH": str(release)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, asked], env=environment, cwd=release, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answers: list[list[list[Any]]] = json.loads(done.stdout)
    return answers

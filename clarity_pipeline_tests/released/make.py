"""Keep a small warehouse file and a small state file of the layout as it is now: every later release is held to open them.

    python -m clarity_pipeline_tests.released.make

Run it once for each new step (`sql/steps`) and each new state migration, in the commit that adds it. A home is made by the real
pipeline against the fake Clarity: two days of one small business, one lane fetched twice, a rule. Tables that stay empty get
made-up rows.
A file that is there already is left alone: it is what people have on their disks.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import duckdb
import zstandard

from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline_tests.released.contents import Contents, of_state, of_warehouse
from clarity_pipeline_tests.released.files import HERE, STEPS, step_digests
from clarity_pipeline_tests.released.made_up import fill_state, fill_warehouse
from clarity_pipeline_tests.world import DAY, World

PROGRAM = "import sys; from clarity_pipeline.cli.main import main; main(sys.argv[1:])"
RULE = """\
rules:
  - id: any-session
    name: Somebody came
    severity: info
    when:
      threshold: {metric: clarity_sessions, operator: above, value: 1, window_days: 1}
"""


def live(home: Path) -> None:
    """Two days of a small business, through the real pipeline."""
    world = World(home)
    with world.fake:
        world.connect("acme")
        rule = home / "rule.yaml"
        rule.write_text(RULE, encoding="utf-8")
        _command(world, "update", "acme", "--totals", "--fold-double-slashes")
        _command(world, "rules", "import", str(rule))
        world.sync(DAY)
        world.later(minutes=20)
        with world.home() as home_of:
            home_of.capture.lane("acme", date=DAY, asked=SLICES["url_source"], refetch=True)
        world.sync(DAY)
        world.later(days=1, minutes=-20)
        world.sync(DAY + timedelta(days=1))


def _command(world: World, *words: str) -> None:
    environment = {**os.environ, **world.environment}
    subprocess.run([sys.executable, "-c", PROGRAM, *words], env=environment, check=True, stdout=subprocess.DEVNULL)


def keep(file: Path, number: int, *, made_up: list[str], contents: Callable[[Path], Contents], by: str) -> bool:
    """Pack `file` beside what it holds, unless that layout has its file already; whether it was packed."""
    folder = HERE / ("warehouse" if file.suffix == ".duckdb" else "state")
    folder.mkdir(exist_ok=True)
    packed = folder / f"{number:04}{file.suffix}.zst"
    if packed.exists():
        return False
    held = contents(file)
    if empty := [name for name, content in held.items() if not content["rows"]]:
        raise SystemExit(f"no row in {', '.join(empty)}: give the life in make.py what fills it")
    packed.write_bytes(zstandard.ZstdCompressor(level=19).compress(file.read_bytes()))
    tables = ",\n".join(f"  {json.dumps(name)}: {json.dumps(content)}" for name, content in held.items())
    told = f'{{\n "made_by": {json.dumps(by)},\n "made_up": {json.dumps(made_up)},\n "tables": {{\n{tables}\n }}\n}}\n'
    packed.with_suffix("").with_suffix(".json").write_text(told, encoding="utf-8")
    return True


def freeze() -> None:
    """Note the digest of each step that is not noted yet: from now on it does not change."""
    frozen = json.loads(STEPS.read_text(encoding="utf-8")) if STEPS.exists() else {}
    STEPS.write_text(json.dumps({**step_digests(), **frozen}, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main(by: str = "the code of its own commit") -> None:
    """Make a home, fill it, pack its two files."""
    home = Path(tempfile.mkdtemp()) / "home"
    try:
        live(home)
        warehouse, state = home / "warehouse.duckdb", home / "state.db"
        filled = {"warehouse": fill_warehouse(warehouse), "state": fill_state(state)}
        with duckdb.connect(warehouse) as connection:
            ((layout,),) = connection.execute("select max(version) from clarity_schema_versions").fetchall()
        with closing(sqlite3.connect(state)) as found:
            found.execute("pragma journal_mode = delete")  # one file, no log beside it
            ((revision,),) = found.execute("select version_num from clarity_schema_version").fetchall()
        for file, number, contents in ((warehouse, layout, of_warehouse), (state, int(revision), of_state)):
            made_up = filled[file.stem]
            kept = keep(file, number, made_up=made_up, contents=contents, by=by)
            sys.stdout.write(f"{file.stem} {number:04}: {'kept' if kept else 'is there already, left as it is'}\n")
        freeze()
    finally:
        shutil.rmtree(home.parent, ignore_errors=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

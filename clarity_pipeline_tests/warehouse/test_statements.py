import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.warehouse import schema, statements
from clarity_pipeline.warehouse.derived import VIEWS_AND_MACROS
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.statements import meaning, statement

SQL = Path(__file__).parents[2] / "sql"
FILES = sorted(path.relative_to(SQL).with_suffix("").as_posix() for path in SQL.rglob("*.sql"))


@pytest.mark.parametrize("name", FILES)
def test_every_file_says_what_a_row_is_in_lower_case_sql(name: str) -> None:
    text = (SQL / f"{name}.sql").read_text()
    assert meaning(name).endswith(".")
    code = [line.split("--")[0] for line in text.splitlines()]
    assert "\n".join(code) == "\n".join(code).lower()


def test_a_file_that_is_pasted_into_duckdb_makes_what_the_pipeline_makes_of_it(empty_file: Path, tmp_path: Path) -> None:
    published = shutil.copyfile(empty_file, tmp_path / "clarity.duckdb")
    with duckdb.connect(published) as shell:
        for mart in MARTS:
            pasted = shell.execute(f"describe {(SQL / 'marts' / f'{mart}.sql').read_text()}").fetchall()
            assert pasted == shell.execute(f"describe {mart}").fetchall()
        for name in VIEWS_AND_MACROS:
            kind, _, made = name.partition("/")
            if made == "sum_over_sum":
                shell.execute("drop macro sum_over_sum")
                shell.execute((SQL / f"{name}.sql").read_text())
                assert shell.execute("select sum_over_sum(3, 4), sum_over_sum(3, 0)").fetchall() == [(0.75, None)]
                continue
            week = "date '2026-11-01', date '2026-11-07')"
            asked = {"as_known_at": "(now())", "aggregates": f"('acme', {week}", "behind": f"('acme', 'totals', {week}"}
            called = made + next((given for end, given in asked.items() if made.endswith(end)), "")
            before = shell.execute(f"describe from {called}").fetchall()
            shell.execute(f"drop {'view' if kind == 'views' else 'macro table'} {made}")
            shell.execute((SQL / f"{name}.sql").read_text())
            assert shell.execute(f"describe from {called}").fetchall() == before
            assert len(before) >= 5


def test_no_file_leaves_out_what_it_needs_to_run() -> None:
    assert [name for name in FILES if "-- include" in (SQL / f"{name}.sql").read_text()] == []


def test_no_file_lies_about_unused() -> None:
    plain = {name for name in FILES if name.removeprefix("plain_marts/") in MARTS}  # `marts` takes those that there are
    made = {f"marts/{mart}" for mart in MARTS} | plain | {f"steps/{step.name}" for step in schema.steps()} | set(VIEWS_AND_MACROS)
    declared = {name for name in FILES if name.startswith("tables/")}  # held against what the steps make
    inside = {"statements/published_urls", "statements/published_groups"}  # of others, written there by `make generate`
    package = Path(statements.__file__).parents[1]
    code = "".join(path.read_text() for path in package.rglob("*.py"))
    executed = {name for name in FILES if f'"{name}"' in code or (name.startswith("checks/") and f'"{name[7:]}"' in code)}
    assert set(FILES) == made | declared | inside | executed


def test_an_installed_package_finds_the_files_inside_itself(tmp_path: Path) -> None:
    package = tmp_path / "clarity_pipeline"
    shutil.copytree(SQL, package / "sql")
    (package / "warehouse").mkdir()
    for module in (package / "__init__.py", package / "warehouse" / "__init__.py"):
        module.touch()
    shutil.copy(statements.__file__, package / "warehouse" / "statements.py")
    program = "from clarity_pipeline.warehouse.statements import statement as s; print(s('marts/url_day'))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == statement("marts/url_day").strip()

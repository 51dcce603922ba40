"""Each contract of `make lint` breaks when it is sinned against: a wall that nobody could run into proves nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SINS = {
    "A room imports only rooms below it": ("vault/vault.py", "from clarity_pipeline.calls.quota import Quota"),
    "A room without a place among the layers": ("attic/__init__.py", ""),
    "The simulator is a second reading": ("simulator/site.py", "from clarity_pipeline.normalize.merge import merge"),
    "The simulator is not made from the registry of measures": (
        "simulator/groups.py",
        "from clarity_pipeline.clarity.wire import METRICS",
    ),
    "Inside the rules": ("rules/engine/evaluate.py", "from clarity_pipeline.rules.judging.judgement import judge"),
    "The language of rules and its engine know no store": ("rules/language/rule.py", "import sqlalchemy"),
    "Only the orchestration room and its front door import Dagster": ("day/load.py", "import dagster"),
    "Only commands start the simulator": ("panel/app.py", "from clarity_pipeline.simulator.server import FakeClarity"),
    "Only commands stand above Dagster": ("panel/verify.py", "from clarity_pipeline.definitions import build"),
}


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and its contracts, to be sinned in."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "clarity_pipeline", folder / "clarity_pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.slow("it starts lint-imports on a copy of the package")
@pytest.mark.parametrize("sin", SINS)
def test_a_contract_breaks_when_it_is_sinned_against(checkout: Path, sin: str) -> None:
    name, line = SINS[sin]
    path = checkout / "clarity_pipeline" / name
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text((before or "") + f"\n{line}\n", encoding="utf-8")
    try:
        found = lint_imports(checkout)
    finally:
        if before is None:
            shutil.rmtree(path.parent)
        else:
            path.write_text(before, encoding="utf-8")
    assert found.returncode != 0, found.stdout


@pytest.mark.slow("it starts lint-imports on a copy of the package")
def test_the_contracts_hold_as_the_package_stands(checkout: Path) -> None:
    """Else the test above would pass for any sin."""
    found = lint_imports(checkout)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "6 kept, 0 broken" in found.stdout

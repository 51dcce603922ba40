"""Who else of the machine may read a home: nobody, but a group the rows, where it is let in."""

import stat
from pathlib import Path

from clarity_pipeline_tests.cli.running import run_script
from clarity_pipeline_tests.world import World


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_of_a_home_others_can_read_nothing_and_a_group_the_rows_alone(synced: World, tmp_path: Path) -> None:
    """As an earlier release has left it, and as the next `publish` mends it, in a shell that lets everybody read."""
    home = synced.folder
    for path in (home / "warehouse.duckdb", home / "published" / "clarity.duckdb"):
        path.chmod(0o644)
    ran = run_script("publish", environment=synced.environment, cwd=tmp_path)
    assert (ran.status, ran.err) == (0, "")
    assert mode(home / "warehouse.duckdb") == 0o640
    assert mode(home / "published" / "clarity.duckdb") == 0o640
    vault = home / "vault"
    assert {mode(folder) for folder in (vault, *vault.rglob("*")) if folder.is_dir()} == {0o700}
    secrets = (home / "state.db", home / "secret.key", *(each for each in vault.rglob("*") if each.is_file()))
    assert {mode(each) for each in secrets} == {0o600}


def test_what_a_person_has_closed_further_stays_so(synced: World, tmp_path: Path) -> None:
    warehouse = synced.folder / "warehouse.duckdb"
    warehouse.chmod(0o600)
    assert run_script("publish", environment=synced.environment, cwd=tmp_path).status == 0
    assert mode(warehouse) == 0o600

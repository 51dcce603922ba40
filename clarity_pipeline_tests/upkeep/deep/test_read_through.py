"""`doctor --deep`: a whole home has no finding, and what is turned over, cut or exchanged in any kind of file is told."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import filelock
import pytest
from cryptography.fernet import Fernet

from clarity_pipeline.day.publish import publish_warehouse
from clarity_pipeline.home import open_home
from clarity_pipeline.upkeep.deep.published_file import published_file_findings
from clarity_pipeline.upkeep.deep.read_through import ReadThrough, parts, read_through
from clarity_pipeline.upkeep.sealing import seal_all
from clarity_pipeline.vault.seal import seal
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.cli.conftest import at_home as at_home
from clarity_pipeline_tests.world import World


def deep(world: World) -> ReadThrough:
    with open_home(world.settings) as home:  # as the command does; a world's own opens the keys before
        return read_through(home)


def codes(world: World) -> set[str]:
    return {each.code for each in deep(world).findings}


def flip(path: Path, *, seed: int, least: int = 0, most: int | None = None, bits: int = 1) -> None:
    """Turn bits over at places drawn by seed."""
    content = bytearray(path.read_bytes())
    drawn = random.Random(seed)
    for _ in range(bits):
        content[drawn.randrange(least, min(most or len(content), len(content)))] ^= 1 << drawn.randrange(8)
    path.write_bytes(content)


def change(world: World, *statements: str) -> None:
    with world.home() as home, home.warehouse.connect() as connection:
        for each in statements:
            connection.execute(each)


def checkpointed(world: World) -> Path:
    change(world, "checkpoint")
    return world.settings.warehouse_file


def closed(database: Path) -> Path:
    """Without a journal beside it, so that what is turned over is what is read."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    return database


def test_a_whole_home_has_no_finding_and_says_how_much_was_read(lived_in: World) -> None:
    told: list[str] = []
    with lived_in.home() as home:
        done = read_through(home, progress=told.append)
        assert len(told) == parts(home)
    assert [each.sentence for each in done.findings] == []
    assert done.answers == len(list(lived_in.folder.rglob("*.json.zst")))
    assert done.lanes >= 8


@pytest.mark.parametrize("seed", range(4))
def test_a_bit_of_an_answer_or_of_its_sidecar_is_told_by_name(synced: World, seed: int) -> None:
    answer = sorted(synced.folder.rglob("*.json.zst"))[seed]
    flip(answer, seed=seed, least=answer.stat().st_size // 2)
    (found,) = deep(synced).findings
    assert found.code == "vault_damaged"
    assert answer.name in found.sentence
    sidecar = answer.with_name(answer.name.removesuffix(".json.zst") + ".meta.json")
    content = sidecar.read_bytes()
    sidecar.write_bytes(content.replace(b'"sha256": "', b'"sha256": "x', 1))
    assert codes(synced) == {"vault_damaged"}, "and nobody says that the answer is not in the vault"


@pytest.mark.parametrize("content", [b"", b"{}", b"nothing that anybody wrote"])
def test_a_sidecar_that_nobody_can_read_is_told_once_and_its_answer_is_not_called_missing(synced: World, content: bytes) -> None:
    sidecar = sorted(synced.folder.rglob("*.meta.json"))[1]
    sidecar.write_bytes(content)
    (found,) = deep(synced).findings
    assert found.code == "vault_damaged"
    assert sidecar.name.removesuffix(".meta.json") in found.sentence


def test_an_answer_whose_key_is_not_there_is_told_and_those_behind_it_are_read_and_not_called_missing(synced: World) -> None:
    first, *others = sorted(synced.settings.vault_folder.rglob("*.json.zst"))
    with synced.home() as home:
        first.write_bytes(seal(first.read_bytes(), key=Fernet.generate_key().decode(), place=home.vault.place(first)))
    flip(others[-1], seed=1, least=others[-1].stat().st_size // 2)
    done = deep(synced)
    assert sorted(each.code for each in done.findings) == ["vault_damaged", "vault_locked"]
    assert done.answers == 1 + len(others)


def test_a_key_that_is_not_there_is_one_finding(synced: World) -> None:
    synced.vault_keys = (Fernet.generate_key().decode(),)
    seal_all(synced.settings)
    synced.vault_keys = ()
    assert [each.code for each in deep(synced).findings if each.code != "keys_missing"] == ["vault_locked"]


@pytest.mark.parametrize("seed", range(4))
def test_bits_of_the_warehouse_are_told_with_replay_as_their_cure(synced: World, seed: int) -> None:
    flip(checkpointed(synced), seed=seed, least=3 * 4096, bits=2000)
    found = [each for each in deep(synced).findings if each.code == "warehouse_unreadable"]
    assert found
    assert "replay" in found[0].what_to_do


@pytest.mark.parametrize("seed", range(4))
def test_bits_of_the_published_file_are_told_with_publish_as_their_cure(synced: World, seed: int) -> None:
    flip(synced.settings.published_file, seed=seed, least=3 * 4096, bits=2000)
    (found,) = deep(synced).findings
    assert found.code == "published_damaged"
    assert "publish --whole" in found.what_to_do


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("drop table url_day", "the table url_day is missing"),
        ("drop table clarity_publications", "the table clarity_publications is missing"),
        ("alter table device_day drop column rage_clicks", "the table device_day has another rage_clicks"),
        ("alter table device_day alter column rage_clicks type varchar", "the table device_day has another rage_clicks"),
        ("create table mine as select 1 as one", "the table mine is none of ours"),
    ],
)
def test_a_published_file_with_other_tables_or_columns_is_told_with_publish_as_its_cure(
    synced: World, statement: str, said: str
) -> None:
    with duckdb.connect(synced.settings.published_file) as connection:
        connection.execute(statement)
    (found,) = deep(synced).findings
    assert (found.code, found.sentence) == ("published_differs", f"what is published is not what the warehouse has: {said}")
    assert "publish --whole" in found.what_to_do
    with synced.home() as home:
        publish_warehouse(home, whole=True)
    assert codes(synced) == set()


def test_a_warehouse_that_somebody_holds_while_it_is_compared_is_told_once_with_waiting_as_its_cure(synced: World) -> None:
    lock = synced.settings.warehouse_file.with_name(f"{synced.settings.warehouse_file.name}.lock")
    with synced.home() as home, filelock.FileLock(lock):
        home.__dict__["warehouse"] = replace(home.warehouse, wait_seconds=0.1)
        (found,) = published_file_findings(home)
        assert list(published_file_findings(home, told={"warehouse_busy"})) == []
        busy = [each for each in read_through(home).findings if each.code == "warehouse_busy"]
    assert found.code == "warehouse_busy"
    assert found.what_to_do == "wait for it to finish or end that process, then run this again"
    assert len(busy) == 1


@pytest.mark.parametrize("seed", range(4))
def test_pages_of_the_state_that_contradict_each_other_are_told(synced: World, seed: int) -> None:
    file = closed(synced.folder / "state.db")
    pages = file.stat().st_size // 4096
    page = random.Random(seed).randrange(4, pages - 1)
    flip(file, seed=seed, least=page * 4096, most=page * 4096 + 12, bits=8)
    assert codes(synced) & {"state_damaged", "state_unavailable"}


def test_a_value_of_the_state_that_is_none_of_its_type_is_told(synced: World) -> None:
    with closing(sqlite3.connect(synced.folder / "state.db")) as connection, connection:
        connection.execute("update clarity_rules set updated_at = 'yesterday'")
    (found,) = deep(synced).findings
    assert (found.code, "clarity_rules" in found.sentence) == ("state_damaged", True)


def test_bits_of_dagsters_files_are_told(synced: World) -> None:
    flip(closed(synced.folder / "dagster" / "runs" / "runs.db"), seed=1, least=4096, most=2 * 4096, bits=64)
    (found,) = deep(synced).findings
    assert found.code == "dagster_file_damaged"


def test_a_key_that_is_another_is_told(synced: World) -> None:
    flip(synced.folder / "secret.key", seed=3, most=40)
    assert codes(synced) & {"secret_unreadable", "bad_encryption_key"}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("delete from clarity_daily_metrics where slice = 'url_device' and sessions > 0", "warehouse_knows_less"),
        ("update clarity_daily_metrics set sessions = sessions + 1 where slice = 'url_source'", "warehouse_knows_less"),
        ("delete from clarity_lane_loads where slice = 'url_country'", "warehouse_knows_less"),
        ("insert into clarity_daily_metrics from clarity_daily_metrics limit 1", "rows_missing"),
        ("update business_day set sessions = sessions + 1", "sums_differ"),
        ("update clarity_lane_loads set answer_sha256 = 'f00' where slice = 'url_device'", "answer_missing"),
        ("update url_day set rage_clicks = rage_clicks + 1", "published_differs"),
        ("delete from clarity_value_spellings", "published_differs"),
    ],
)
def test_what_the_warehouse_has_is_held_against_ledger_vault_marts_and_what_is_published(
    lived_in: World, statement: str, code: str
) -> None:
    change(lived_in, statement)
    assert code in codes(lived_in)


def test_an_answer_that_is_gone_from_the_vault_and_a_lane_that_the_state_does_not_know_are_told(synced: World) -> None:
    for path in next(iter(synced.folder.glob("vault/acme/*/url_country"))).iterdir():
        path.unlink()
    assert codes(synced) == {"answer_missing"}
    with closing(sqlite3.connect(synced.folder / "state.db")) as connection, connection:
        connection.execute("delete from clarity_lanes_loaded where slice = 'url_country'")
    assert codes(synced) == {"answer_missing", "ledger_knows_less"}


def test_what_was_written_since_the_last_publication_is_no_difference(synced: World) -> None:
    with synced.home() as home:
        home.connections.disable("acme")
    synced.later(days=1)
    change(synced, "select 1")
    assert codes(synced) == set()


def test_the_command_says_each_finding_in_one_line_and_exits_by_it(synced: World, at_home: Callable[[World], Clarity]) -> None:
    clarity = at_home(synced)
    ran = clarity("doctor", "--deep")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.endswith("nothing is damaged or missing.\n")
    flip(sorted(synced.folder.rglob("*.json.zst"))[0], seed=1, least=20)
    ran = clarity("doctor", "--deep")
    assert ran.status == 1
    line, total = ran.out.splitlines()
    assert line.startswith("error: acme: the stored answer ")
    assert " -> restore it from a back-up" in line
    assert total.endswith(": 1 finding.")
    as_json = clarity("doctor", "--deep", "--json")
    assert (as_json.status, [each["code"] for each in as_json.document]) == (1, ["vault_damaged"])
    assert clarity("doctor", "acme", "--deep").status == 2
    assert clarity("doctor", "--sizes", "--deep").status == 2

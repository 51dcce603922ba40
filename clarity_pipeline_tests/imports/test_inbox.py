"""Files dropped into a folder: each loaded once and put away, the wrong ones with the reasons, and a half-written one never."""

import os
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.home import Home, open_home
from clarity_pipeline.imports import inbox
from clarity_pipeline.imports.inbox import SETTLE_SECONDS, Looks, Taken, take, waiting
from clarity_pipeline.imports.load_files import check_file
from clarity_pipeline_tests.processes import CONTEXT
from clarity_pipeline_tests.world import DAY, World

HEADER = "business,date,level,id,spend\n"
GOOD = f"acme,{DAY},ad,a1,1.5\n"


def drop(world: World, name: str, text: str = HEADER + GOOD) -> Path:
    path = world.settings.inbox_folder("entities") / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def taken(world: World, *names: str) -> list[Taken]:
    with world.home() as home:
        return take_entities(home, *(names or waiting(world.settings.inbox_folder("entities"))))


def take_entities(home: Home, *names: str) -> list[Taken]:
    """As the asset does."""
    of_home = {"businesses": home.connections.all(), "now": home.clock()}
    return take(home.warehouse, home.settings, kind="entities", names=names, **of_home)


def outcomes(found: Sequence[Taken]) -> dict[str, str]:
    return {each.name: each.outcome for each in found}


def lying(world: World) -> list[str]:
    folder = world.settings.inbox_folder("entities")
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def spend(world: World) -> dict[str, float]:
    with duckdb.connect(world.settings.warehouse_file) as connection:
        return dict(connection.execute("select entity_id, metrics['spend'] from ad_entities").fetchall())


def test_a_good_file_is_loaded_and_a_wrong_one_is_put_aside_with_its_reasons(world: World) -> None:
    drop(world, "a.csv", HEADER + GOOD.replace("acme", "nobody"))
    drop(world, "b.csv")
    drop(world, "c.parquet", "PAR1")
    first, good, last = taken(world)
    assert (first.outcome, good.outcome, last.outcome) == ("rejected", "loaded", "rejected")
    assert (good.rows, good.business_days, first.problem_count) == (1, (("acme", DAY),), 1)
    assert lying(world) == [
        "done/b.csv", "rejected/a.csv", "rejected/a.csv.problems.txt", "rejected/c.parquet", "rejected/c.parquet.problems.txt",
    ]  # fmt: skip
    told = (world.settings.inbox_folder("entities") / "rejected" / "a.csv.problems.txt").read_text()
    assert told.startswith("a.csv: line 2, column business: is no business that is connected")
    assert spend(world) == {"a1": 1.5}
    assert taken(world) == []


def test_the_same_content_is_loaded_once_whatever_its_name(world: World) -> None:
    drop(world, "a.csv")
    taken(world)
    drop(world, "b.csv", HEADER + GOOD.replace("1.5", "2.5"))
    taken(world)
    drop(world, "a.csv")
    assert outcomes(taken(world)) == {"a.csv": "known"}
    assert spend(world) == {"a1": 2.5}
    assert lying(world) == ["done/a.2.csv", "done/a.csv", "done/b.csv"]


def test_only_the_named_files_are_taken_and_none_outside_of_the_folder(world: World) -> None:
    drop(world, "a.csv")
    drop(world, "b.csv", HEADER + GOOD.replace("a1", "a2"))
    world.folder.joinpath("x.csv").write_text(HEADER + GOOD.replace("a1", "a3"))
    assert outcomes(taken(world, "b.csv", "../../x.csv", "missing.csv")) == {"b.csv": "loaded"}
    assert lying(world) == ["a.csv", "done/b.csv"]


def test_links_hidden_files_and_what_is_no_table_are_not_looked_at(world: World) -> None:
    path = drop(world, "a.csv")
    (path.parent / "link.csv").symlink_to(path)
    (path.parent / "folder.csv").mkdir()
    for name in (".hidden.csv", "b.csv.part", "c.tmp"):
        drop(world, name)
    assert list(waiting(path.parent)) == ["a.csv"]
    assert waiting(path.parent / "nowhere") == {}


def test_a_file_is_settled_when_it_has_not_changed_for_some_seconds(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("half")
    looks = Looks.from_text(None).again(tmp_path, now=100.0)
    assert looks.settled(now=100.0) == []
    later = Looks.from_text(looks.text()).again(tmp_path, now=100 + SETTLE_SECONDS)
    assert later.settled(now=100 + SETTLE_SECONDS) == ["a.csv"]
    path.write_text("half and more")
    grown = later.again(tmp_path, now=200.0)
    assert (grown.settled(now=200.0), grown.settled(now=200 + SETTLE_SECONDS)) == ([], ["a.csv"])


def test_a_copy_that_keeps_its_old_time_is_still_seen_growing(tmp_path: Path) -> None:
    """`cp -p` and `rsync` give a file its old time while they write it: its age alone says nothing."""
    path, looks = tmp_path / "a.csv", Looks({})
    for now, text in ((100.0, "h"), (130.0, "ha"), (160.0, "hal")):
        path.write_text(text)
        os.utime(path, (1, 1))
        looks = looks.again(tmp_path, now=now)
        assert looks.settled(now=now) == []
        assert now - path.stat().st_mtime > SETTLE_SECONDS  # what the naive version goes by


def test_a_file_that_changed_since_it_was_looked_at_is_left(world: World) -> None:
    path = drop(world, "a.csv")
    stamp = waiting(path.parent)["a.csv"]
    path.write_text(HEADER + GOOD + GOOD.replace("a1", "a2"))
    with world.home() as home:
        check = partial(check_file, kind="entities", businesses=home.connections.all(), now=home.clock())
        assert inbox._take(home.warehouse, path, stamp, check=check) == Taken("a.csv", "left")
    assert lying(world) == ["a.csv"]
    assert not world.settings.warehouse_file.exists()
    assert outcomes(taken(world)) == {"a.csv": "loaded"}
    assert spend(world) == {"a1": 1.5, "a2": 1.5}


@pytest.mark.parametrize("text", ["nonsense", "[]", '{"a.csv": 3}', '{"a.csv": ["x", 1, 2]}', "null"])
def test_a_cursor_that_cannot_be_read_is_a_first_look(text: str) -> None:
    assert Looks.from_text(text) == Looks({})


def _take_and_die(world_environment: dict[str, str], failpoint: str) -> None:
    from clarity_pipeline.settings.settings import Settings

    os.environ.update(world_environment)
    os.environ["CLARITY_FAILPOINT"] = failpoint
    with open_home(Settings.from_env()) as home:
        take_entities(home, "a.csv")


@pytest.mark.parametrize(
    ("failpoint", "loaded", "outcome"),
    [("import_replaced", {"a1": 7.0}, "loaded"), ("import_loaded", {"a1": 1.5, "a2": 1.5}, "known")],
)
def test_killed_at_any_step_a_file_is_loaded_whole_or_not_at_all_and_put_away_by_the_next_run(
    world: World, failpoint: str, loaded: dict[str, float], outcome: str
) -> None:
    drop(world, "before.csv", HEADER + GOOD.replace("1.5", "7"))
    taken(world)
    drop(world, "a.csv", HEADER + GOOD + GOOD.replace("a1", "a2"))
    process = CONTEXT.Process(target=_take_and_die, args=(world.environment, failpoint))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert (lying(world), spend(world)) == (["a.csv", "done/before.csv"], loaded)
    assert outcomes(taken(world)) == {"a.csv": outcome}
    assert lying(world) == ["done/a.csv", "done/before.csv"]
    assert spend(world) == {"a1": 1.5, "a2": 1.5}

"""The commands that are killed, each with the home that it finds, and what must be as if it had been left alone.

Used by `trial`. Homes are made once by real commands, and copied for each kill.
"""

import shutil
import signal
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import connect
from typing import Any

from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.state.database import RESTORING
from clarity_pipeline.upkeep.backup.archive import contents as contents_of_backup
from clarity_pipeline.upkeep.backup.back_up import back_up
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.day.test_crashes import rows, sync_in_a_process
from clarity_pipeline_tests.lived_in import tables
from clarity_pipeline_tests.released.contents import of_state
from clarity_pipeline_tests.released.files import STATES, WAREHOUSES
from clarity_pipeline_tests.world import World

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Homes:
    """Makes the home that a command finds, each kind once, below `folder`."""

    folder: Path
    _made: dict[str, Path] = field(default_factory=dict)

    def copy(self, name: str, target: Path) -> None:
        """Put a copy of the home of that kind at `target`, with what lies beside it."""
        if name not in self._made:
            place = self.folder / name
            place.mkdir(parents=True)
            KINDS[name](self, place)
            self._made[name] = place
        shutil.copytree(self._made[name], target)


def _new(_homes: Homes, place: Path) -> None:
    """Only a business in it: `sync` needs one."""
    world = World(place / "home")
    with world.fake:
        world.connect()


def _none(_homes: Homes, _place: Path) -> None:
    """Nothing at all."""


def _synced(_homes: Homes, place: Path) -> None:
    world = World(place / "home")
    with world.fake:
        world.connect()
        world.name_site("roofmaster.example")
        with world.home() as home:
            import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
        world.sync()


def _behind(homes: Homes, place: Path) -> None:
    """A second day is loaded, and killed before it was published."""
    shutil.rmtree(place)
    homes.copy("synced", place)
    world = World(place / "home")
    world.later(days=1)
    with world.fake:
        assert sync_in_a_process(world.environment, "published_begun") == -signal.SIGKILL


def _unpublished(homes: Homes, place: Path) -> None:
    shutil.rmtree(place)
    homes.copy("synced", place)
    (place / "home" / "published" / "clarity.duckdb").unlink()


def _without_warehouse(homes: Homes, place: Path) -> None:
    shutil.rmtree(place)
    homes.copy("synced", place)
    (place / "home" / "warehouse.duckdb").unlink()


def _backed_up(homes: Homes, place: Path) -> None:
    homes.copy("synced", place.with_name("to-back-up"))
    world = World(place.with_name("to-back-up") / "home")
    with world.fake, world.home() as home:
        back_up(home, place / "kept.tar.zst")


def _of_the_first_revision(_homes: Homes, place: Path) -> None:
    (place / "home").mkdir()
    STATES[0].unpack(place / "home")


def _of_the_first_layout(homes: Homes, place: Path) -> None:
    shutil.rmtree(place)
    homes.copy("new", place)
    WAREHOUSES[0].unpack(place / "home")


KINDS: dict[str, Callable[[Homes, Path], None]] = {
    "none": _none,
    "new": _new,
    "synced": _synced,
    "behind": _behind,
    "unpublished": _unpublished,
    "without a warehouse": _without_warehouse,
    "backed up": _backed_up,
    "of the first revision": _of_the_first_revision,
    "of the first layout": _of_the_first_layout,
}


def of_rows(world: World) -> Facts:
    """The rows of both files, and the alerts."""
    files = (world.settings.warehouse_file, world.settings.published_file)
    return {**{file.name: rows(file) for file in files if file.exists()}, **of_alerts(world)}


def of_tables(world: World) -> Facts:
    """Every table of both files with its history, and the alerts."""
    files = (world.settings.warehouse_file, world.settings.published_file)
    return {**{file.name: tables(file) for file in files if file.exists()}, **of_alerts(world)}


def of_alerts(world: World) -> Facts:
    """How many there are, and how many messages of them."""
    file = world.settings.home / "state.db"
    if not file.exists():
        return {}
    with closing(connect(file)) as connection:
        counted = ("clarity_alerts", "clarity_outbox", "clarity_business_config")
        return {table: connection.execute(f"select count(*) from {table}").fetchone() for table in counted}


def of_secrets(world: World) -> Facts:
    """The token as it is read now, and how many keys there are."""
    with world.home() as home:
        token = home.connections.credentials("acme")[1].reveal()
    return {"token": token, "keys": len(world.settings.key_file.read_text().split()), **of_alerts(world)}


def of_the_backup(world: World) -> Facts:
    """What it says of itself, which was read through when it was made."""
    facts = contents_of_backup(world.folder.parent / "kept.tar.zst")
    return {name: facts[name] for name in ("businesses", "rows", "lanes", "left_out")}


def of_old_state(world: World) -> Facts:
    """Every row of the state."""
    return of_state(world.folder / "state.db")


@dataclass(frozen=True)
class Command:
    """What is typed, on which home, how many days later, and what is compared. `{beside}` is the folder of the home.

    `serves` is a command that goes on until it is ended: it has ended well when it answered. `done` says that the first
    try was whole, so that a second may refuse.
    """

    arguments: tuple[str, ...]
    kind: str
    compared: Callable[[World], Facts]
    days_later: int = 0
    calls: int = 0
    serves: bool = False
    done: Callable[[Path], bool] = lambda _: False


def _is_backed_up(beside: Path) -> bool:
    return (beside / "kept.tar.zst").exists()


def _is_restored(beside: Path) -> bool:
    return (beside / "home" / "state.db").exists() and not (beside / "home" / RESTORING).exists()


COMMANDS: dict[str, Command] = {
    "first sync": Command(("sync",), "new", of_rows, calls=4),
    "later sync": Command(("sync",), "synced", of_rows, days_later=1, calls=4),
    "publish of what changed": Command(("publish",), "behind", of_tables, days_later=1),
    "publish of everything": Command(("publish",), "unpublished", of_tables),
    "replay": Command(("replay",), "synced", of_rows),
    "replay without a warehouse": Command(("replay",), "without a warehouse", of_rows),
    "prune": Command(("prune", "--rows-days", "30", "--vault-days", "30", "--runs-days", "30", "--yes"), "synced", of_rows, 60),
    "secrets rotate": Command(("secrets", "rotate"), "synced", of_secrets),
    "backup": Command(("backup", "{beside}/kept.tar.zst"), "synced", of_the_backup, done=_is_backed_up),
    "restore": Command(("restore", "{beside}/kept.tar.zst"), "backed up", of_tables, done=_is_restored),
    "status of a new home": Command(("status",), "none", of_alerts),
    "panel of a home of the first release": Command(("panel", "--port", "0"), "of the first revision", of_old_state, serves=True),
    "status of a home of the first release": Command(("status",), "of the first revision", of_old_state),
    "publish of a warehouse of the first release": Command(("publish",), "of the first layout", of_tables),
}


def leftovers(home: Path) -> list[str]:
    """What a killed process may have left, which the command that was run again should have taken away."""
    patterns = ("*.new", "*.new.wal", "*.replay", "*.replay.wal", ".making-*", ".restoring", ".*.unfinished")
    return [path.name for pattern in patterns for path in home.rglob(pattern)]

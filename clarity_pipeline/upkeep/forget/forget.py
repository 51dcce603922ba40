"""What belongs to a value or a page is found everywhere, and taken out. Called by `cli.data.forget`; spends no call.

Answers of the vault keep their numbers and lose the words, so that totals stay. The warehouse is then made anew from them by
`replay`, history included, and the published file from nothing: neither file keeps bytes of a row that is gone. Rows whose
answers are pruned, and rows of imports, go. Each step may be cut off and is done again by the next `forget` of the same: what
is left is seen by looking, and nothing is noted anywhere that would name it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clarity_pipeline.connections.audit import Actor, note
from clarity_pipeline.day.publish import publish_warehouse
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import Home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.upkeep.forget import answers, state_rows, warehouse_rows
from clarity_pipeline.upkeep.forget.sought import Sought
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline.upkeep.sealing import alone
from clarity_pipeline.warehouse.published.two_files import TwoFiles
from clarity_pipeline.warehouse.transaction import transaction

_LARGEST_DROPPED = 200_000_000


@dataclass(frozen=True, slots=True)
class Where:
    """How much has it, by place: answers of the vault, rows by table of the warehouse, the published file and the state.

    `kept` are rows of the state that others keep (accounts, businesses), and files that people dropped, by their name. `unread`
    are answers that nobody can read, one line each.
    """

    answers: int = 0
    names: int = 0
    warehouse: dict[str, int] = field(default_factory=dict)
    published: dict[str, int] = field(default_factory=dict)
    state: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @property
    def is_nowhere(self) -> bool:
        """Whether nothing is left to take out."""
        return not (self.answers or self.warehouse or self.published or self.state)


def find(home: Home, sought: Sought, *, progress: Callable[[str], None] = lambda _: None) -> Where:
    """Where it stands; `progress` is told each business-day of the vault. Nothing is changed."""
    names: Counter[Path] = Counter()
    unread = []
    for day, business_id in home.vault.business_days():
        progress(f"{business_id} {day}")
        for found in answers.answers_with(home, sought, day, business_id):
            names[found.stored.path] += found.times
            if found.damage:
                unread.append(found.damage)
    in_state = state_rows.tables_with(home.state, sought)
    return Where(
        answers=sum(times > 0 for times in names.values()),
        names=names.total(),
        warehouse=_in_warehouse(home, sought),
        published=_in_published(home, sought),
        state={table: count for table, count in in_state.items() if table not in _of_others(in_state)},
        kept=_of_others(in_state) | _dropped(home.settings, sought),
        unread=tuple(unread),
    )


def forget(
    home: Home,
    sought: Sought,
    found: Where,
    *,
    actor: Actor,
    progress: Callable[[str], None] = lambda _: None,
    replayed: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Take out what was found; what failed, one line each. `progress` and `replayed` are told each business-day."""
    failures: list[str] = []
    with alone(home.settings):
        lanes = set()
        for day, business_id in home.vault.business_days():
            progress(f"{business_id} {day}")
            for each in answers.answers_with(home, sought, day, business_id):
                if each.times:
                    answers.write_without(home, each, sought)
            lanes |= {(business_id, day, slice_name) for slice_name in answers.lanes_of(home, day, business_id)}
    failpoint("answers_forgotten")
    if found.warehouse and home.warehouse.path.exists():
        with home.warehouse.connect(what="forgetting") as connection, transaction(connection):
            warehouse_rows.remove_rows_with(connection, sought, but_for=lanes)
        failpoint("rows_removed")
    if found.answers or found.warehouse or found.published:
        failures += replay(home, progress=replayed).failures
        failpoint("rows_forgotten")
        publish_warehouse(home, whole=True)
        TwoFiles(home.settings.published_file).next.unlink(missing_ok=True)
    with home.state.write() as facts:
        state_rows.take_out(facts, sought)
        counted = {"answers": found.answers, "rows": sum(found.warehouse.values()), "state": sum(found.state.values())}
        note(facts, "forgotten", at=home.clock(), business_id=None, actor=actor, **counted)
    if not home.state.clear_what_is_gone():
        failures.append("the state database is being read, and its journal may hold what is gone: run this again when it is idle")
    return failures


def _of_others(in_state: dict[str, int]) -> dict[str, int]:
    return {table: count for table, count in in_state.items() if state_rows.is_of_others(table)}


def _in_warehouse(home: Home, sought: Sought) -> dict[str, int]:
    if not home.warehouse.path.exists():
        return {}
    with home.warehouse.connect(what="looking for what is to be forgotten") as connection:
        return warehouse_rows.rows_with(connection, sought)


def _in_published(home: Home, sought: Sought) -> dict[str, int]:
    """Of the two files that take turns the one that has more of each table."""
    import duckdb

    files = TwoFiles(home.settings.published_file)
    most: Counter[str] = Counter()
    for path in (files.target, files.next):
        if path.exists():
            with duckdb.connect(str(path), read_only=True) as connection:
                most |= Counter(warehouse_rows.rows_with(connection, sought))
    return dict(most)


def _dropped(settings: Settings, sought: Sought) -> dict[str, int]:
    """Files that people dropped to be loaded, which are theirs to change."""
    found = {}
    for kind in ("entities", "experiments"):
        for path in sorted(settings.inbox_folder(kind).glob("**/*")):
            if path.is_file() and path.stat().st_size <= _LARGEST_DROPPED:
                times = sought.taken_out(path.read_bytes().decode("utf-8", "replace"))[1]
                if times:
                    found[f"inbox/{kind}/{path.name}"] = times
    return found

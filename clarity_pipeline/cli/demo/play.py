"""The demo: 21 UTC days of three made-up businesses through the real pipeline, against the fake Clarity over HTTP.

Everything is real but Clarity and the date: at 00:05 of each day the job `daily_sync` runs for each enabled business. Planted
are one regression, one revoked token and one day whose calls somebody else has spent; what the pipeline makes of them is
what a newcomer is shown. Called by `demo`; `make dev` asks it whose home it is. It never touches a CLARITY_HOME
that holds anything but an earlier demo.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.definitions import build
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.orchestration.sync import SyncReport, open_day_sync
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import shipped_rules
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator.presets import LARGE_SHOP_LANDING_PAGE, large_shop, mid_size, small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.site import Change, Site

_SEED = 7
_OF_A_NEW_HOME = {"state.db", "state.db-wal", "state.db-shm", "secret.key", "fingerprint.key", "locks", "dagster"}
_NOT_DATA = {"clarity_schema_version", "alembic_version", "secondary_indexes", "instance_info", "daemon_heartbeats", "kvs"} | {
    "clarity_lanes_counted"
}
"""Tables of a database's own layout, of a count that stands at none, and of the daemon's being alive."""


class HomeInUse(ClarityPipelineError):
    """The home holds what no demo made."""

    reason = "home_in_use"


@dataclass(frozen=True, slots=True)
class DemoBusiness:
    """One of the three; `totals` is whether one call a day more tells the site's own numbers."""

    slug: str
    name: str
    site: Site
    totals: bool = False


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo's calendar, derived from its last date; of the planted days the first is 1."""

    last: date
    days: int = 21
    spent_on: int = 10
    regression_on: int = 17
    revoked_on: int = 19

    @property
    def dates(self) -> tuple[date, ...]:
        """Its UTC dates, oldest first."""
        return tuple(self.last - timedelta(days=back) for back in reversed(range(self.days)))

    @property
    def businesses(self) -> tuple[DemoBusiness, ...]:
        """A large shop (with the regression), a mid-size site, a small one.

        The mid-size one has no totals: they would be the ninth of its calls on the day of its recovery, and two of ten are kept.
        """
        broken = Change(
            page=LARGE_SHOP_LANDING_PAGE, from_date=self.dates[self.regression_on - 1], event="dead_clicks", factor=4.0
        )
        return (
            DemoBusiness("lindenhaus", "Lindenhaus", large_shop(changes=(broken,)), totals=True),
            DemoBusiness("plough-crm", "Plough CRM", mid_size()),
            DemoBusiness("roofmaster", "Roofmaster", small(), totals=True),
        )

    def fake_clarity(self, clock: Callable[[], datetime], *, port: int = 0) -> FakeClarity:
        """A fake Clarity for the three sites; tokens are the same each time."""
        return FakeClarity([each.site for each in self.businesses], clock=clock, seed=_SEED, port=port)


def made_here(home: Path) -> Demo | None:
    """The demo that this home holds, if any."""
    marker = Settings(home=home).demo_marker
    if not marker.exists():
        return None
    fields = json.loads(marker.read_text(encoding="utf-8"))
    return Demo(**{**fields, "last": date.fromisoformat(fields["last"])})


def play(demo: Demo, settings: Settings, *, progress: Callable[[str], None]) -> list[SyncReport]:
    """Play all days into `settings.home`, which is emptied of an earlier demo first; the report of each day."""
    settings = replace(settings, state_url=None, encryption_keys=(), partitions_start=None)
    make_room(settings)
    now = [datetime.combine(demo.dates[0], time(12), UTC)]  # connected at noon, so that no date before the first is owed
    reports = []
    with demo.fake_clarity(lambda: now[0]) as fake:
        settings.demo_marker.write_text(json.dumps(asdict(demo), default=str), encoding="utf-8")
        settings = replace(settings, api_base_url=fake.base_url)
        with _home_at(settings, now[0]) as home:
            for each in demo.businesses:
                token = Token.parse(fake.token(each.site.project_id))
                home.connections.connect(each.slug, project_id=each.site.project_id, token=token, name=each.name)
                home.connections.update(each.slug, totals=each.totals)
            import_rules(home.state, clock=home.clock, rules=shipped_rules())
        with open_day_sync(settings, build(settings)) as day_sync:
            for number, day in enumerate(demo.dates, start=1):
                progress(f"{day}")
                now[0] = _five_past_midnight_after(day)
                if number == demo.spent_on:
                    fake.spend_day(demo.businesses[1].site.project_id)
                if number == demo.revoked_on:
                    fake.revoke(demo.businesses[2].site.project_id)
                with _home_at(settings, now[0]) as home:
                    enabled = [business.business_id for business in home.connections.enabled()]
                    reports.append(day_sync.run(home, business_ids=enabled, day=day))
    return reports


@contextmanager
def _home_at(settings: Settings, now: datetime) -> Iterator[Home]:
    with open_home(replace(settings, now=now)) as home:
        yield home


def _five_past_midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0, 5), UTC)


def make_room(settings: Settings) -> None:
    """Make an empty home; of one with content, only what an earlier demo left is removed, and it alone."""
    home = settings.home
    elsewhere = "choose another place: CLARITY_HOME=./demo clarity-pipeline demo"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = list(home.iterdir())
    except OSError as error:
        raise HomeInUse(f"{home} cannot be used: {error.strerror}; {elsewhere}") from None
    if not content:
        return
    earlier = made_here(home)
    if earlier is None and _holds_nothing_yet(content):
        return
    if earlier is None:
        raise HomeInUse(f"{home} holds data that no demo made; {elsewhere}")
    if added := _added_since(earlier, settings):
        raise HomeInUse(f"{home} holds a demo and what was connected since ({', '.join(added)}); {elsewhere}")
    for path in content:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _holds_nothing_yet(content: Sequence[Path]) -> bool:
    """Whether a home is what looking leaves of a new one: keys, a state database without a row, an instance without a run."""
    if not {path.name for path in content} <= _OF_A_NEW_HOME:
        return False
    stores = [path for path in content if path.name == "state.db"]
    stores += [file for path in content if path.name == "dagster" for file in path.glob("runs/*.db")]
    try:
        return not any(map(_has_rows, stores))
    except sqlite3.DatabaseError:
        return False


def _has_rows(file: Path) -> bool:
    """Whether any table has some, but for those that are no data."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")} - _NOT_DATA
        return any(
            connection.execute(f'select 1 from "{name}" limit 1').fetchone()  # noqa: S608 - names that SQLite has just told
            for name in tables
        )


def _added_since(demo: Demo, settings: Settings) -> list[str]:
    """Businesses that a person has connected in a demo's home: a real one must not be lost to the next demo."""
    if not (settings.home / "state.db").exists():
        return []
    made_up = {(each.slug, each.site.project_id) for each in demo.businesses}
    with open_home(settings) as home:
        return [each.business_id for each in home.connections.all() if (each.business_id, each.project_id) not in made_up]

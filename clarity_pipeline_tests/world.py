"""A pipeline on a fake Clarity, on real parts in a temporary home: what whole-day tests stand on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.definitions import build
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.orchestration.sync import DaySync, SyncReport, open_day_sync
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator.presets import mid_size, small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.upkeep.sites import say_site

DAY = date(2026, 5, 3)
FIVE_PAST = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
PROJECT = small().project_id
SITE = (small().host,)
OTHER_PROJECT = "other12345"
LARGER_PROJECT = mid_size().project_id


@dataclass
class World:
    """A home, a fake Clarity, and one clock for both."""

    folder: Path
    fake: FakeClarity = field(init=False)
    now: datetime = FIVE_PAST
    vault_keys: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sites = [small(), replace(small(), project_id=OTHER_PROJECT), mid_size()]
        self.fake = FakeClarity(sites, clock=lambda: self.now)

    @property
    def settings(self) -> Settings:
        """What the environment would say at this instant."""
        return Settings(home=self.folder, api_base_url=self.fake.base_url, now=self.now, vault_keys=self.vault_keys)

    @property
    def environment(self) -> dict[str, str]:
        """The same, for a process."""
        return {
            "CLARITY_HOME": str(self.folder),
            "CLARITY_API_BASE_URL": self.fake.base_url,
            "CLARITY_NOW": self.now.isoformat(),
            "CLARITY_VAULT_KEYS": ",".join(self.vault_keys),
        }

    @contextmanager
    def home(self) -> Iterator[Home]:
        """The home as it is at this instant, with no pause between tries."""
        with open_home(self.settings) as home:
            home.__dict__["capture"] = replace(home.capture, sleep=lambda _: None, call_seconds=3.0)
            yield home

    def connect(
        self,
        business_id: str = "acme",
        *,
        token: str | None = None,
        project_id: str = PROJECT,
        site: tuple[str, ...] | None = None,
    ) -> None:
        """Connect a business, to the same project as every other unless one is named; its site is learned unless it is said."""
        with self.home() as home:
            found = Token.parse(token or self.fake.token(project_id))
            home.connections.connect(business_id, project_id=project_id, token=found, name="Acme", site=site, allow_shared=True)

    def name_site(self, *hosts: str, business_id: str = "acme") -> None:
        """Say which hosts are the business's, as `update --site` does; else its first answers tell, and that is said."""
        with self.home() as home:
            say_site(home, business_id, hosts, actor="cli:anna")

    def later(self, **by: float) -> None:
        """Move the clock."""
        self.now += timedelta(**by)

    @contextmanager
    def day_sync(self) -> Iterator[DaySync]:
        """The Dagster jobs on the home's instance."""
        with open_day_sync(self.settings, build(self.settings)) as day_sync:
            yield day_sync

    def sync(self, day: date = DAY, *, business_ids: Sequence[str] = ("acme",)) -> SyncReport:
        """One day by the real job."""
        with self.home() as home, self.day_sync() as day_sync:
            return day_sync.run(home, business_ids=business_ids, day=day)

    def jobs(self) -> list[SyncJob]:
        """All attempts so far."""
        with self.home() as home:
            return home.jobs.list()

    def calls(self) -> int:
        """Calls that reached Clarity."""
        return len(self.fake.calls())


def by_slice(lanes: Sequence[SyncJob]) -> dict[str, SyncJob]:
    """The last attempt of each slice."""
    return {lane.slice_name: lane for lane in lanes}

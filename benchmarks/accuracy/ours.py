"""Our side: a real home on a fake Clarity over a loopback socket, its clock moved by hand.

Capture, vault, loading, marts and DuckDB are the pipeline's own; Dagster is left out, since it only says when. Retries do not
sleep here, and a call is given up after `call_seconds`, so that faults that hang cost no minutes.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES, Slice
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.plan import give_up, plan_today
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Clock, Settings
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.site import Site
from clarity_pipeline.warehouse.marts import MARTS, refresh

BUSINESS = "measured"
CALL_SECONDS = 5.0
COMPARED = (MARTS["business_day"], MARTS["url_day"], MARTS["site_day"])
_IN_MEMORY = Path("/dev/shm")


@dataclass
class Hand:
    """The one clock of a fake Clarity and of who calls it."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The present instant."""
        return self.now


@dataclass(frozen=True, slots=True)
class HandSettings(Settings):
    """Settings whose clock can be moved while the home is open."""

    hand: Clock = field(default_factory=Hand, kw_only=True)

    def clock(self) -> Clock:
        """The hand."""
        return self.hand


@dataclass(frozen=True, slots=True)
class Ours:
    """One connected business in an open home."""

    home: Home
    project_id: str

    def sync(self, day: date, *, dies_at: int | None = None) -> None:
        """What `sync` does for a date: each lane, then whatever the day's plan recovers of older dates.

        A lost lane leaves its job's reason. `dies_at`: the process ends when the lane of that place is in the vault and not yet
        in the warehouse.
        """
        plan = plan_today(self.home)
        give_up(self.home.jobs, plan, [BUSINESS])
        lanes = [(day, name) for name in (SLICES if self.home.connections.get(BUSINESS).totals else DAILY_SLICES)]
        if day == self.home.yesterday():
            lanes += [(older, name) for (_, older), names in plan.recoveries.items() for name in names]
        for place, (date_of_lane, name) in enumerate(lanes):
            with suppress(LaneSkipped, ClarityPipelineError):
                if place == dies_at:
                    self.home.capture.lane(BUSINESS, date=date_of_lane, asked=SLICES[name])
                    return
                self.lane(date_of_lane, SLICES[name])

    def lane(self, day: date, asked: Slice, *, refetch: bool = False) -> None:
        """Capture and load one lane, and refresh what is made of it."""
        self.home.capture.lane(BUSINESS, date=day, asked=asked, refetch=refetch)
        load_lane(self.home, business_id=BUSINESS, date=day, asked=asked)
        marts = [mart for mart in COMPARED if mart.slice_name == asked.name]
        if marts:
            with self.home.warehouse.connect() as connection:
                refresh(connection, marts, business_id=BUSINESS, date=day)

    def has(self, table: str) -> bool:
        """Whether the warehouse has a table of this name."""
        return bool(self.rows("from information_schema.tables where table_name = $name and $business_id != ''", name=table))

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """What a query of the warehouse yields; `$business_id` is ours."""
        with self.home.warehouse.connect() as connection:
            found = connection.execute(query, {"business_id": BUSINESS, **parameters})
            names = [column[0] for column in found.description or ()]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@contextmanager
def open_ours(folder: Path, *, fake: FakeClarity, site: Site, hand: Hand, call_seconds: float = CALL_SECONDS) -> Iterator[Ours]:
    """Connect the site's project as a business of a new home."""
    with open_home(HandSettings(home=folder, api_base_url=fake.base_url, hand=hand)) as home:
        home.__dict__["capture"] = replace(home.capture, sleep=lambda _: None, call_seconds=call_seconds)
        token = Token.parse(fake.token(site.project_id))
        home.connections.connect(BUSINESS, project_id=site.project_id, token=token, name="Measured")
        home.connections.update(BUSINESS, totals=True)
        with home.warehouse.connect(what="measuring"):  # or each lane would open the file anew
            yield Ours(home, site.project_id)


def blank(folder: Path) -> None:
    """Make an empty home: copying one is five times faster than making one."""
    with open_home(Settings(home=folder)) as home:
        home.connections.enabled()
        with home.warehouse.connect(what="measuring"):
            pass


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that goes away, in memory where that is possible: what a disk costs is measured elsewhere."""
    with tempfile.TemporaryDirectory(prefix="clarity-accuracy-", dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        yield Path(folder)

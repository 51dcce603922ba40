"""The demo: 21 UTC days of three made-up businesses through the real pipeline, against the fake Clarity over HTTP.

Everything is real but Clarity and the date: at 00:05 of each day the job `daily_sync` runs for each enabled business. Planted
are one regression, one revoked token and one day whose calls somebody else has spent; what the pipeline makes of them is
what a newcomer is shown. It never touches a CLARITY_HOME that holds connections which it did not make itself.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from clarity_pipeline.alerts.rule_store import import_rules
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.definitions import build
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.orchestration.sync import SyncReport, open_day_sync
from clarity_pipeline.rooms import Rooms, open_rooms
from clarity_pipeline.rules.rule_files import shipped_rules
from clarity_pipeline.settings import Settings, utc_now
from clarity_pipeline.simulator.presets import LARGE_SHOP_LANDING_PAGE, large_shop, mid_size, small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.site import Change, Site

DAYS = 21
REGRESSION_ON, REVOKED_ON, SPENT_ON = 17, 19, 10
"""Days of the demo, the first is 1."""

_MARKER = "demo.json"
_SEED = 7


class HomeInUse(ClarityPipelineError):
    """The home holds connections that are no demo's."""

    reason = "home_in_use"


@dataclass(frozen=True, slots=True)
class DemoBusiness:
    """One of the three."""

    slug: str
    name: str
    site: Site


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo's calendar, derived from its last date."""

    last: date

    @property
    def dates(self) -> tuple[date, ...]:
        """Its UTC dates, oldest first."""
        return tuple(self.last - timedelta(days=back) for back in reversed(range(DAYS)))

    @property
    def businesses(self) -> tuple[DemoBusiness, ...]:
        """A large shop (with the regression), a mid-size site, a small one."""
        broken = Change(page=LARGE_SHOP_LANDING_PAGE, from_date=self.dates[REGRESSION_ON - 1], event="dead_clicks", factor=4.0)
        return (
            DemoBusiness("lindenhaus", "Lindenhaus", large_shop(changes=(broken,))),
            DemoBusiness("plough-crm", "Plough CRM", mid_size()),
            DemoBusiness("roofmaster", "Roofmaster", small()),
        )

    def fake_clarity(self, clock: Callable[[], datetime], *, port: int = 0) -> FakeClarity:
        """A fake Clarity for the three sites; tokens are the same each time."""
        return FakeClarity([each.site for each in self.businesses], clock=clock, seed=_SEED, port=port)


def made_here(home: Path) -> Demo | None:
    """The demo that this home holds, if any."""
    marker = home / _MARKER
    if not marker.exists():
        return None
    return Demo(date.fromisoformat(json.loads(marker.read_text(encoding="utf-8"))["last"]))


def play(settings: Settings, *, progress: Callable[[str], None]) -> tuple[Demo, list[SyncReport]]:
    """Play the 21 days into `settings.home`, which is emptied of an earlier demo first; the report of each day."""
    home = settings.home
    _clear(home)
    demo = Demo(utc_now().date() - timedelta(days=1))
    now = [_five_past_midnight_after(demo.dates[0] - timedelta(days=1))]
    reports = []
    with demo.fake_clarity(lambda: now[0]) as fake:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / _MARKER).write_text(json.dumps({"last": demo.last.isoformat()}), encoding="utf-8")
        settings = replace(settings, api_base_url=fake.base_url, state_url=None, encryption_keys=(), partitions_start=None)
        with _rooms_at(settings, now[0]) as rooms:
            for each in demo.businesses:
                token = Token.parse(fake.token(each.site.project_id))
                rooms.connections.connect(each.slug, project_id=each.site.project_id, token=token, name=each.name)
            import_rules(rooms.state, clock=rooms.clock, rules=shipped_rules())
        with open_day_sync(settings, build(settings)) as day_sync:
            for number, day in enumerate(demo.dates, start=1):
                progress(f"{day}")
                now[0] = _five_past_midnight_after(day)
                if number == SPENT_ON:
                    fake.spend_day(demo.businesses[1].site.project_id)
                if number == REVOKED_ON:
                    fake.revoke(demo.businesses[2].site.project_id)
                with _rooms_at(settings, now[0]) as rooms:
                    enabled = [business.business_id for business in rooms.connections.enabled()]
                    reports.append(day_sync.run(rooms, business_ids=enabled, day=day))
    return demo, reports


@contextmanager
def _rooms_at(settings: Settings, now: datetime) -> Iterator[Rooms]:
    with open_rooms(replace(settings, now=now)) as rooms:
        yield rooms


def _five_past_midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(0, 5), UTC)


def _clear(home: Path) -> None:
    """Empty a home that an earlier demo made; refuse one with anything else in it."""
    if not home.exists() or not any(home.iterdir()):
        return
    if made_here(home) is None:
        raise HomeInUse(f"{home} holds data that no demo made; choose another place: CLARITY_HOME=./demo clarity-pipeline demo")
    for content in home.iterdir():
        if content.is_dir():
            shutil.rmtree(content)
        else:
            content.unlink()

"""How long the panel's list of 1,000 businesses takes on the server, beside a page of the same server that looks nothing up.

Every business has a year of days, a month of jobs, today's calls and an alert now and then, in SQLite. Times are the server's,
from the first byte of the request to the last of the answer, taken inside the process that serves; the target is the issue's: a
median under 150 ms on 2 cores. Beside each is the processor time of that process, which does not grow when others use the
machine too.

    .venv/bin/python -m benchmarks.panel_list
"""

import math
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.panel.access.callers import Caller
from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline.panel.access.passwords import Passwords
from clarity_pipeline.panel.app import build_app
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.state.database import StateDatabase, open_state
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.calls import quota_calls, sync_jobs
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.published import serving_days

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
TODAY = NOW.date()
CHEAP = Passwords(memory_kib=64, passes=1)


def settings(home: Path) -> Settings:
    return Settings(home=home, api_base_url="http://127.0.0.1:9", now=NOW)


def fill(state: StateDatabase, *, businesses: int, days: int) -> None:
    rng = random.Random(7)
    slugs = [f"business-{number:04}" for number in range(businesses)]
    dates = [TODAY - timedelta(days=back) for back in range(1, days + 1)]
    with state.write() as connection:
        connection.execute(sa.insert(business_config), [_business(slug, rng) for slug in slugs])
        connection.execute(sa.insert(quota_calls), [call for slug in slugs for call in _calls(slug)])
        connection.execute(sa.insert(sync_jobs), [job for slug in slugs for day in dates[:30] for job in _jobs(slug, day)])
        connection.execute(sa.insert(alerts), [_alert(slug) for slug in slugs[::7]])
        for day in dates:
            connection.execute(sa.insert(serving_days), [_day(slug, day, rng) for slug in slugs])


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 0, 5, tzinfo=UTC)


def _business(slug: str, rng: random.Random) -> dict[str, Any]:
    born = NOW - timedelta(days=400)
    return {
        "business_id": slug, "name": slug.replace("-", " ").title(), "project_id": slug.replace("-", ""),
        "quota_key": f"key-{slug}", "token_ciphertext": "x", "token_fingerprint": "f" * 64,
        "token_expires_at": NOW + timedelta(days=rng.randint(5, 300)),
        "token_stored_at": born, "enabled": True, "enabled_at": born, "shared_allowed": False, "kept_query_parameters": [],
        "created_at": born, "updated_at": born,
    }  # fmt: skip


def _calls(slug: str) -> Iterator[dict[str, Any]]:
    for slot, name in enumerate(DAILY_SLICES, start=1):
        yield {
            "quota_key": f"key-{slug}", "day": TODAY, "slot": slot, "business_id": slug, "slice": name, "purpose": "sync",
            "state": "answered", "http_status": 200, "claimed_at": _at(TODAY), "settled_at": _at(TODAY),
        }  # fmt: skip


def _jobs(slug: str, day: date) -> Iterator[dict[str, Any]]:
    done = _at(day + timedelta(days=1))
    for name in DAILY_SLICES:
        yield {
            "business_id": slug, "date": day, "slice": name, "attempt": 1, "state": "ok", "calls": 1, "rows": 200,
            "started_at": done, "finished_at": done, "loaded_at": done,
        }  # fmt: skip


def _alert(slug: str) -> dict[str, Any]:
    day = TODAY - timedelta(days=3)
    return {
        "alert_id": slug, "rule_id": "rage", "business_id": slug, "severity": "warning", "state": "firing", "opened_on": day,
        "last_fired_on": day, "last_evaluated_on": day, "summary": "Rage clicks jumped",
    }  # fmt: skip


def _day(slug: str, day: date, rng: random.Random) -> dict[str, Any]:
    sessions = rng.randint(20, 9_000)
    return {
        "business_id": slug, "date": day, "sessions": sessions, "bot_sessions": sessions // 7, "distinct_users": sessions,
        "dead_clicks": sessions // 20, "rage_clicks": sessions // 100, "devices": [["Mobile", sessions]], "quality": "aligned",
        "coverage": 0.9965, "truncated": False, "window_start": _at(day), "window_end": _at(day + timedelta(days=1)),
        "loaded_at": _at(day + timedelta(days=1)),
    }  # fmt: skip


class Timed:
    """ASGI: notes how long each answer took, by path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.taken: dict[str, list[float]] = {}
        self.worked: dict[str, list[float]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        started, worked = time.perf_counter(), time.process_time()
        await self.app(scope, receive, send)
        if scope["type"] == "http":
            path = f"{scope['path']}?{scope['query_string'].decode()}".rstrip("?")
            self.taken.setdefault(path, []).append((time.perf_counter() - started) * 1000)
            self.worked.setdefault(path, []).append((time.process_time() - worked) * 1000)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False, ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def _figure(name: str, value: float, *, has_target: bool) -> Figure:
    return Figure(name, value, "ms", target=150 if has_target else None, at_least=False)


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--businesses", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--rounds", type=int, default=25)
    asked = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="clarity-benchmark-"))
    try:
        state = open_state(settings(home))
        fill(state, businesses=asked.businesses, days=asked.days)
        state.dispose()
        app = build_app(settings(home), passwords=CHEAP)
        panel = app.state.panel
        phc = CHEAP.hash("a pond full of herons")
        ann = panel.accounts.create("ann@agency.example", name="Ann", role="agency_admin", password_phc=phc)
        secret = panel.sign_ins.begin(ann.user_id, phc=phc, caller=Caller("127.0.0.1", browser="Benchmark", secret=None))
        cookie = {"Cookie": f"{NAME}={secret}"}
        paths = {
            "baseline: the form that connects, nothing looked up": "/connect",
            f"list of {asked.businesses} businesses": "/businesses",
            "sorted by page-sessions": "/businesses?sort=-sessions",
            "sorted by state": "/businesses?sort=state",
            "searched": "/businesses?q=business+09",
            "with alerts": "/businesses?show=alerts",
            "one business, 90 days": "/businesses/business-0001?span=90",
        }
        timed = Timed(app)
        with served(timed) as base_url, requests.Session() as session:
            for _ in range(asked.rounds):
                for path in paths.values():
                    answer = session.get(base_url + path, headers=cookie, allow_redirects=False, timeout=60)
                    assert answer.status_code == 200, f"{path}: {answer.status_code}"
            medians = {name: statistics.median(timed.taken.get(path, [math.nan])) for name, path in paths.items()}
            worked = {name: statistics.median(timed.worked.get(path, [math.nan])) for name, path in paths.items()}
        baseline, the_list, *_ = paths
        finish(
            [
                *(_figure(name, value, has_target=name == the_list) for name, value in medians.items()),
                *(Figure(f"processor: {name}", value, "ms") for name, value in worked.items()),
                Figure("list / baseline, processor", worked[the_list] / worked[baseline], "times"),
            ],
            as_json=asked.json,
        )
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()

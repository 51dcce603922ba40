"""From the socket to what people read: consent is lost in Germany alone, on a made-up site and in the case that was given."""

import json
import os
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.cli.main import run
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.publish import publish_warehouse
from clarity_pipeline.day.regimes import tell_regimes
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.panel.views.dashboard import dashboard
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.site import Disruption
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.cli.running import Ran

CASES = os.environ.get("CLARITY_CASES_DIR", "")
CASE = "q08-consent-in-one-country"
LANES = ("url_device", "url_country")
EVENTS = """
    select kind, country, started_on, ended_on, countries, round(share_before, 2), round(share_after, 2)
    from clarity_regime_events where kind <> 'new_connection' order by started_on
"""
RULES = ("engagement-fell", "dead-clicks-jump", "visits-halved")


@dataclass
class Played:
    """A home, and the days that are fetched into it lane by lane, without the job around them."""

    settings: Settings

    def at(self, day: date) -> Settings:
        """The settings of the morning after."""
        return replace(self.settings, now=datetime(day.year, day.month, day.day, 0, 6, tzinfo=UTC) + timedelta(days=1))

    @contextmanager
    def home(self, day: date) -> Iterator[Home]:
        with open_home(self.at(day)) as home:
            yield home

    def load(self, first: date, days: int, *, before: Callable[[date], None] = lambda _: None) -> None:
        """Fetch and load so many dates; then tell regimes, ask the rules about the last one, and publish."""
        for number in range(days):
            day = first + timedelta(days=number)
            before(day)
            with self.home(day) as home:
                for asked in map(DAILY_SLICES.__getitem__, LANES):
                    home.capture.lane("acme", date=day, asked=asked)
                    load_lane(home, business_id="acme", date=day, asked=asked)
                marts = [mart for mart in MARTS.values() if mart.slice_name in LANES]
                with home.warehouse.connect(what="test") as connection:
                    refresh(connection, marts, business_id="acme", date=day)
                    if number == days - 1:
                        tell_regimes(connection, home.connections.all(), audit=home.audit)
                if number == days - 1:
                    evaluate_business_days(home, [("acme", day)])
                    publish_warehouse(home)

    def published(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.settings.published_file, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def outcomes(self) -> dict[str, str]:
        """What each rule said of the newest date."""
        rows = self.published(
            "select rule_id, outcome from clarity_rule_evaluations where date = (select max(date) from clarity_rule_evaluations)"
        )
        return dict(rows)


def with_rules(home: Home, *, project_id: str, token: Token, site: tuple[str, ...] | None) -> None:
    home.connections.connect("acme", project_id=project_id, token=token, name="Acme", site=site)
    rules = [each.rule.model_copy(update={"enabled": True}) for each in library() if each.rule.id in RULES]
    import_rules(home.state, clock=home.clock, rules=rules)


@pytest.fixture
def clarity(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def command(settings: Settings, *arguments: str) -> Ran:
        assert settings.now is not None
        monkeypatch.setenv("CLARITY_HOME", str(settings.home))
        monkeypatch.setenv("CLARITY_API_BASE_URL", settings.api_base_url)
        monkeypatch.setenv("CLARITY_NOW", settings.now.isoformat())
        capfd.readouterr()
        status = run(arguments)
        output = capfd.readouterr()
        return Ran(status, output.out, output.err)

    return command


FIRST = date(2026, 4, 6)
LOST, BACK = FIRST + timedelta(days=21), FIRST + timedelta(days=25)


@pytest.mark.timeout(600)
@pytest.mark.slow("four weeks of a made-up site over sockets; trust/ and rules/engine/test_countries have each number")
def test_consent_lost_in_germany_is_named_while_it_lasts_and_leaves_the_rest_of_the_site_to_the_rules(
    tmp_path: Path, clarity: Callable[..., Ran]
) -> None:
    countries = (("Germany", 0.4), ("United States", 0.35), ("France", 0.15), ("Brazil", 0.1))
    planted = Disruption(kind="consent_missing", from_date=LOST, until_date=BACK, countries=("Germany", "France"))
    site = replace(small(), sessions_a_day=500, countries=countries, disruptions=(planted,))
    clock = [datetime(2026, 4, 7, 0, 6, tzinfo=UTC)]
    with FakeClarity([site], clock=lambda: clock[0]) as fake:
        played = Played(Settings(home=tmp_path / "home", api_base_url=fake.base_url, now=clock[0]))

        def tick(day: date) -> None:
            clock[0] = datetime(day.year, day.month, day.day, 0, 6, tzinfo=UTC) + timedelta(days=1)

        with played.home(FIRST) as home:
            with_rules(home, project_id=site.project_id, token=Token.parse(fake.token(site.project_id)), site=(site.host,))
        played.load(FIRST, 21, before=tick)
        assert played.published(EVENTS) == []
        quiet = played.outcomes()
        assert set(quiet.values()) <= {"not", "unknown"}

        played.load(LOST, 3, before=tick)
        (event,) = played.published(EVENTS)
        assert event[:5] == ("consent_missing", "Germany, France", LOST, None, ["Germany", "France"])
        assert 0.45 < event[5] < event[6] < 0.7
        assert played.outcomes()["dead-clicks-jump"] == "not"
        now = played.at(LOST + timedelta(days=2))
        said = f"visits from Germany and France ({100 * event[6]:.0f} % of the site"
        assert said in " ".join(clarity(now, "status").out.split())
        (document,) = clarity(now, "status", "--json").document
        (told,) = document["regime_events"]
        assert (told["country"], told["countries"], told["kind"]) == ("Germany, France", ["Germany", "France"], "consent_missing")
        (found,) = [each for each in clarity(now, "doctor", "--json").document if each["code"] == "counts_anew"]
        assert (found["business"], found["severity"]) == ("acme", "warning")
        preview = {each["rule"]: each for each in clarity(now, "rules", "preview", "--json").document}
        (leaf,) = preview["dead-clicks-jump"]["evidence"]
        assert leaf["without"].startswith(said)
        (rest,) = played.published(
            f"select sum(sessions) from clarity_daily_metrics where slice = 'url_country' and date = '{LOST + timedelta(days=2)}'"
            " and country in ('United States', 'Brazil')"
        )
        assert leaf["sessions"] == rest[0]
        with played.home(LOST + timedelta(days=2)) as home:
            board = dashboard(home.state, "acme", span=7, yesterday=LOST + timedelta(days=2))
        dead = next(card for card in board.cards if card.metric.name == "dead_clicks")
        assert (dead.change.verdict, board.sessions.change.verdict) == ("same", "same")
        assert "not to be compared with the 7 days before: visits from Germany and France" in dead.change.words
        assert any(remark.startswith("Visits from Germany and France") for remark in board.remarks)

        played.load(LOST + timedelta(days=3), 1 + 2, before=tick)
        (event,) = played.published(EVENTS)
        assert event[1:4] == ("Germany, France", LOST, BACK - timedelta(days=1))
        later = played.at(BACK + timedelta(days=1))
        assert clarity(later, "status", "--json").document[0]["regime_events"] == []
        assert [each for each in clarity(later, "doctor", "--json").document if each["code"] == "counts_anew"] == []


def token_of_case() -> Token:
    claims = {"sub": CASE, "aud": "clarity.data-exporter", "scope": "Data.Export", "exp": 4102444800, "case": CASE, "biz": "acme"}
    head, body = (urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({"alg": "RS256"}, claims))
    return Token.parse(f"{head}.{body}.{'s' * 43}")


@contextmanager
def serving_case(today: Path) -> Iterator[str]:
    """The case, played by date; `today` holds the date that is asked for."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, Path(CASES) / "serve_days.py", str(port), CASES, "600", today])
    try:
        for _ in range(200):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()  # it ends by itself after its seconds, and not sooner when asked
        server.wait(10)


@pytest.mark.timeout(600)
@pytest.mark.slow("36 dates over sockets")
@pytest.mark.skipif(not CASES, reason="CLARITY_CASES_DIR names no folder of cases")
def test_the_case_is_a_regime_of_germany_and_no_rule_fires(tmp_path: Path, clarity: Callable[..., Ran]) -> None:
    """28 dates before, eight after: 40 % of the visits become 64 %."""
    first, lost = date(2026, 10, 3), date(2026, 10, 31)
    today = tmp_path / "today"
    with serving_case(today) as base_url:
        played = Played(Settings(home=tmp_path / "home", api_base_url=base_url, now=datetime(2026, 10, 4, 0, 6, tzinfo=UTC)))

        def tick(day: date) -> None:
            today.write_text(day.isoformat())

        with played.home(first) as home:
            with_rules(home, project_id="abc123def4", token=token_of_case(), site=("acme.example",))
        played.load(first, 28, before=tick)
        assert played.published(EVENTS) == []
        for number in range(8):
            played.load(lost + timedelta(days=number), 1, before=tick)
            assert played.published(EVENTS) == [("consent_missing", "Germany", lost, None, ["Germany"], 0.4, 0.64)]
            assert played.outcomes() == dict.fromkeys(RULES, "not")
        now = played.at(lost + timedelta(days=7))
        status = " ".join(clarity(now, "status").out.split())
        assert (
            "acme: visits from Germany (64 % of the site, 40 % before) count anew since 31 October: pages a session fell"
            in status
        )
        preview = {each["rule"]: each for each in clarity(now, "rules", "preview", "--json").document}
        (dead,) = preview["dead-clicks-jump"]["evidence"]
        assert (dead["sessions"], dead["value"]) == (150, 12), "of America alone, so its limit is the one of before"
        (engagement, _) = preview["engagement-fell"]["evidence"]
        assert (engagement["value"], engagement["normal"]) == (60_000, 60_000)
        with played.home(lost + timedelta(days=7)) as home:
            board = dashboard(home.state, "acme", span=7, yesterday=lost + timedelta(days=7))
        dead_clicks = next(card for card in board.cards if card.metric.name == "dead_clicks")
        assert dead_clicks.change.verdict == "same"
        assert dead_clicks.change.words.startswith(
            "not to be compared with the 7 days before: visits from Germany (64 % of the site)"
        )

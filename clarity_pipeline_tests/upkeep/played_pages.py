"""A site of a few addresses, played on a loopback port to the real client: what page settings are tried on, end to end."""

import json
import os
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.clarity.made_up import Seen, body, envelope

CASES = os.environ.get("CLARITY_CASES_DIR", "")
needs_cases = pytest.mark.skipif(not CASES, reason="CLARITY_CASES_DIR names no folder of cases")

DAY = date(2026, 11, 26)
_OTHERS: Mapping[str, str | None] = {"Device": "PC", "Country": "Germany", "Source": None, "Campaign": None, "Channel": "Direct"}


def case(name: str) -> dict[str, int]:
    """Sessions by address of a case, as its file says."""
    pages = json.loads((Path(CASES) / f"{name}.json").read_text(encoding="utf-8"))["pages"]
    return {page["Url"]: page["s"] for page in pages}


@dataclass
class PlayedPages:
    """A running site, and a home that is connected to its project."""

    settings: Settings
    pages: Mapping[str, int]
    popular: Mapping[str, int] = field(default_factory=dict)

    @contextmanager
    def home(self) -> Iterator[Home]:
        with open_home(self.settings) as home:
            yield home

    @property
    def environment(self) -> dict[str, str]:
        """For commands."""
        now = self.settings.now
        assert now is not None
        return {
            "CLARITY_HOME": str(self.settings.home),
            "CLARITY_API_BASE_URL": self.settings.api_base_url,
            "CLARITY_NOW": now.isoformat(),
        }

    def load(self, *, totals: bool = False) -> None:
        """The lane of pages of a date, fetched and loaded; with the site's totals where they are asked for."""
        with self.home() as home:
            for asked in (DAILY_SLICES["url_device"], *([TOTALS] if totals else [])):
                home.capture.lane("acme", date=DAY, asked=asked)
                load_lane(home, business_id="acme", date=DAY, asked=asked)

    def answer(self, dimensions: list[str]) -> bytes:
        """What is sent for a question."""
        if not dimensions:
            listed = [{"url": url, "visitsCount": str(count)} for url, count in self.popular.items()]
            everybody = envelope(Seen(at={}, sessions=max(1, sum(self.pages.values()))))
            return body([*everybody, {"metricName": "PopularPages", "information": listed}])
        seen = [
            Seen(
                at={"Url" if name == "URL" else name: url if name == "URL" else _OTHERS[name] for name in dimensions},
                sessions=sessions,
            )
            for url, sessions in self.pages.items()
        ]
        return body(envelope(*seen))


@contextmanager
def playing(
    folder: Path, pages: Mapping[str, int], *, site: tuple[str, ...] | None = None, connected: bool = True
) -> Iterator[PlayedPages]:
    """Serve the addresses, with a business `acme` on them."""
    played = PlayedPages(Settings(home=folder, now=datetime(2026, 11, 27, 0, 6, tzinfo=UTC)), pages)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            sent = played.answer([asked[f"dimension{n}"][0] for n in (1, 2, 3) if f"dimension{n}" in asked])
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    played.settings = replace(played.settings, api_base_url=f"http://127.0.0.1:{server.server_address[1]}")
    try:
        if connected:
            with played.home() as home:
                home.connections.connect("acme", project_id="abc123def4", token=token(), site=site)
        yield played
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def token() -> Token:
    """One in Clarity's shape."""
    claims = {"sub": "1", "aud": "clarity.data-exporter", "scope": "Data.Export", "exp": 4102444800}
    head, payload = (urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({"alg": "RS256"}, claims))
    return Token.parse(f"{head}.{payload}.{'s' * 43}")

"""The mix of visits from the lanes' rows on: which pages and values are cells, and a night that a campaign does not alarm."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator.tokens import mint
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.mix_cells import PAGES, VALUES, mix_cells
from clarity_pipeline_tests.rules.asked import judged
from clarity_pipeline_tests.rules.made_up import rule, threshold

LAST = date(2026, 5, 3)
NOW = datetime(2026, 5, 4, 11, tzinfo=UTC)
SALE = "https://shop.example/sale"


@pytest.fixture
def home(tmp_path: Any) -> Iterator[Home]:
    with open_home(Settings(home=tmp_path, api_base_url="http://127.0.0.1:9", now=NOW)) as home:
        home.connections.connect("acme", project_id="yeqkj55zbc", token=Token.parse(mint("yeqkj55zbc", seed=1)))
        yield home


def row(day: date, url: str, sessions: int, hits: int, **more: Any) -> dict[str, Any]:
    made = {"business_id": "acme", "date": day, "slice": "url_device", "dimension_hash": f"{url}{more}", "url": url}
    made |= {
        "source": None,
        "device": "PC",
        "sessions": sessions,
        "bot_sessions": 0,
        "dead_clicks": 2 * hits,
        "dead_click_sessions": hits,
    }
    made |= {"quality": "aligned", "coverage": 1.0, "truncated": False, "rows_merged": 1}
    return made | {"loaded_at": datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)} | more


def put(home: Home, rows: list[dict[str, Any]]) -> None:
    with home.warehouse.connect(what="the test") as connection:
        connection.register("made_up", pa.Table.from_pylist(rows))
        connection.execute("insert into clarity_daily_metrics by name from made_up")
        for name in ("business_day", "url_day"):
            for day in {each["date"] for each in rows}:
                connection.execute(f"insert into {name} by name from ({MARTS[name].select}) where date = $day", {"day": day})


def campaign(*, worse: float = 1.0) -> list[dict[str, Any]]:
    """Forty quiet days, then five times the visits on a page of a rate that is four times the site's."""
    rows = []
    for back in range(41):
        day = LAST - timedelta(days=back)
        wobble = 1 + 0.05 * (back % 5 - 2)
        rows += [row(day, f"https://shop.example/{page}", 500, round(10 * wobble)) for page in range(4)]
        sale = 2_500 if not back else 300
        rows.append(row(day, SALE, sale, round(sale * 0.1 * wobble * (worse if not back else 1.0))))
    return rows


@pytest.mark.parametrize(("worse", "outcome"), [(1.0, "not"), (2.5, "fired")])
def test_a_night_after_a_campaign_alarms_where_its_page_broke_and_not_where_it_brought_visits(
    home: Home, worse: float, outcome: str
) -> None:
    put(home, campaign(worse=worse))
    spike = rule({"spike": {"signal": "dead_click"}})
    import_rules(home.state, clock=home.clock, rules=[spike])
    (found,) = judged(home, [("acme", LAST)])
    assert found.evaluation.outcome == outcome
    assert found.evaluation.evidence[0].mix == pytest.approx(2.1, abs=0.3)


def test_rules_that_test_no_signal_read_no_mix(home: Home) -> None:
    put(home, campaign())
    import_rules(home.state, clock=home.clock, rules=[rule(threshold())])
    (found,) = judged(home, [("acme", LAST)])
    assert found.evaluation.evidence[0].mix is None


def test_cells_are_the_busiest_pages_and_the_most_frequent_values_and_all_others_are_one(home: Home) -> None:
    urls = [f"https://shop.example/{number}" for number in range(PAGES + 5)]
    rows = [row(LAST, url, 100 + place, 1) for place, url in enumerate(urls)]
    sources = [f"source-{number}" for number in range(VALUES + 3)]
    more = [
        row(LAST, url, 100 - place, 1, slice="url_source", device=None, source=source)
        for url in urls[-2:]
        for place, source in enumerate(sources)
    ]
    put(home, [*rows, *more])
    with home.warehouse.connect(what="the test") as connection:
        found = {each.slice_name: each for each in mix_cells(connection, business_ids=["acme"], from_date=LAST, to_date=LAST)}
    devices, by_source = found["url_device"], found["url_source"]
    assert set(devices.urls) == {*urls[5:], None}
    assert int(devices.visits.sum()) == sum(each["sessions"] for each in rows)
    assert set(by_source.values) == {*sources[:VALUES], None}
    assert int(by_source.visits.sum()) == sum(each["sessions"] for each in more)
    assert int(by_source.hits["dead_click"].sum()) == len(more)


def test_more_visits_with_a_signal_than_visits_and_numbers_that_did_not_come_count_as_what_can_be(home: Home) -> None:
    put(home, [row(LAST, SALE, 10, 99), row(LAST, SALE, 10, 0, device="Mobile", dead_click_sessions=None)])
    with home.warehouse.connect(what="the test") as connection:
        (found,) = mix_cells(connection, business_ids=["acme"], from_date=LAST, to_date=LAST)
    assert sorted(found.hits["dead_click"][0].tolist()) == [0, 10]

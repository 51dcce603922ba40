"""The panel's copy says what the analysts' file says, on both databases, whatever happened to the warehouse before."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from clarity_pipeline.day import publish as publication
from clarity_pipeline.day.publish import publish_warehouse, renew_panel_copy
from clarity_pipeline.home import Home
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.published import (
    serving_breakdowns,
    serving_dates,
    serving_days,
    serving_site_days,
    serving_urls,
)
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline.upkeep.retention import prune_rows
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline.warehouse.published.breakdowns import DIMENSIONS, breakdowns
from clarity_pipeline.warehouse.published.published_days import (
    AVERAGES,
    COUNTS,
    MEASURES,
    PublishedDay,
    Total,
    add_up,
    leading,
    published_days,
    published_site_days,
    sessions_by_business,
    sessions_by_day,
)
from clarity_pipeline.warehouse.published.worst_urls import EVENTS, packed, worst_urls
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.lived_in import NEXT_DAY
from clarity_pipeline_tests.warehouse.lanes import load
from clarity_pipeline_tests.world import DAY, World


@pytest.fixture
def home(lived_in: World, any_state: StateDatabase) -> Iterator[Home]:
    """The lived-in home, its serving copy in an empty database of either kind."""
    with lived_in.home() as known:
        yield Home(known.settings, any_state)


def published(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(home.settings.published_file, read_only=True) as connection:
        return connection.execute(query).fetchall()


def everything(state: StateDatabase) -> dict[str, list[tuple[object, ...]]]:
    """Every row that is served; when it was served is left out."""
    tables = (serving_days, serving_urls, serving_breakdowns, serving_site_days)
    with state.read() as connection:
        found = {
            each.name: [tuple(row) for row in connection.execute(sa.select(each).order_by(*each.primary_key))] for each in tables
        }
        dates = sa.select(serving_dates.c.date, serving_dates.c.digest).order_by(serving_dates.c.date)
        return {**found, "dates": [tuple(row) for row in connection.execute(dates)]}


def test_every_day_and_number_of_the_analysts_file_is_served(home: Home) -> None:
    publish_warehouse(home)
    served = published_days(home.state, "acme", from_date=DAY, to_date=NEXT_DAY)
    assert [day.date for day in served] == [DAY, NEXT_DAY]
    columns = ", ".join((*COUNTS, "scroll_depth", "engagement_time_ms", "truncated", "coverage", "quality"))
    expected = published(home, f"select {columns} from business_day where business_id = 'acme' order by date")
    facts = ("truncated", "coverage", "quality")
    told = [[getattr(day, name) if name in facts else day.number(name) for name in columns.split(", ")] for day in served]
    assert [tuple(row) for row in told] == expected
    by_device = "select device, sessions from device_day where business_id = 'acme' and date = '2026-05-03'"
    assert dict(map(tuple, served[0].devices)) == dict(published(home, by_device))
    assert served[0].loaded_at.tzinfo is not None


def test_the_worst_pages_of_a_span_add_up_to_the_analysts_url_days(home: Home) -> None:
    publish_warehouse(home)
    worst = worst_urls(home.state, "acme", from_date=DAY, to_date=NEXT_DAY)
    kinds = ("dead_click", "rage_click", "quick_back", "excessive_scroll", "script_error", "error_click")
    affected = f"greatest({', '.join(f'{kind}_sessions' for kind in kinds)})"
    rows = published(
        home,
        f"select url, sum(sessions), bool_or(is_folded), sum({affected}), sum(dead_clicks) from url_day where business_id='acme'"
        " group by url",
    )
    told = {(each.url, each.sessions, each.is_folded, each.affected_sessions, each.events["dead_clicks"]) for each in worst}
    assert told == set(rows)
    assert {each.is_folded for each in worst} == {True, False}, "click ids are on some pages alone"
    assert [each.affected_sessions for each in worst] == sorted((each.affected_sessions for each in worst), reverse=True)
    assert worst[0].affected_sessions > 0


def test_every_value_of_the_four_paid_lanes_is_served_and_adds_up_to_the_analysts_marts(home: Home) -> None:
    publish_warehouse(home)
    served = {each.dimension: each for each in breakdowns(home.state, "acme", from_date=DAY, to_date=NEXT_DAY)}
    assert tuple(served) == DIMENSIONS
    for dimension, found in served.items():
        channel = "channel" if dimension == "campaign" else "null"
        rows = published(
            home,
            f"select {dimension}, {channel}, sum(sessions), sum(dead_clicks) from {dimension}_day where business_id = 'acme'"
            " group by all",
        )
        whole = {(value, channel): (sessions, clicks) for value, channel, sessions, clicks in rows}
        assert found.sessions == sum(sessions for sessions, _ in whole.values()) > 0
        assert {(each.value, each.channel): (each.sessions, each.events["dead_clicks"]) for each in found.groups} == whole
        assert (found.rest, found.days) == (0, 2)


def test_what_comes_after_the_commonest_values_is_the_rest(home: Home) -> None:
    rows = [{"sessions": 50 - number, "source": f"s{number:02}", "url": "https://acme.example/"} for number in range(25)]
    load(home.warehouse, rows, business_id="acme", day=NEXT_DAY, slice_name="url_source")
    with home.warehouse.connect() as connection:
        refresh(connection, list(MARTS.values()), business_id="acme", date=NEXT_DAY)
    publish_warehouse(home)
    found = {each.dimension: each for each in breakdowns(home.state, "acme", from_date=NEXT_DAY, to_date=NEXT_DAY)}["source"]
    assert [each.value for each in found.groups] == [f"s{number:02}" for number in range(20)]
    assert (found.sessions, found.rest) == (
        sum(50 - number for number in range(25)),
        sum(50 - number for number in range(20, 25)),
    )


def test_a_second_publication_writes_nothing_and_a_changed_day_is_written_alone(home: Home) -> None:
    publish_warehouse(home)
    assert renew_panel_copy(home) == []
    load(home.warehouse, [{"sessions": 7, "url": "https://acme.example/"}], business_id="acme", day=NEXT_DAY)
    with home.warehouse.connect() as connection:
        refresh(connection, list(MARTS.values()), business_id="acme", date=NEXT_DAY)
    publication.publish(home.warehouse, home.settings.published_file)
    assert renew_panel_copy(home) == [NEXT_DAY]
    assert [day.sessions for day in published_days(home.state, "acme", from_date=NEXT_DAY, to_date=NEXT_DAY)] == [7]


def test_what_a_replay_changes_behind_an_unchanged_loaded_at_is_served(lived_in: World) -> None:
    with lived_in.home() as home:
        publish_warehouse(home)
        before = everything(home.state)
        replay(home)
        publish_warehouse(home)
        assert everything(home.state) == before
        home.connections.update("acme", kept_query_parameters=("gclid", "utm_campaign"))
        replay(home)
        publish_warehouse(home)
        after = everything(home.state)
        assert [row[:3] for row in after["clarity_serving_days"]] == [row[:3] for row in before["clarity_serving_days"]]
        assert after["clarity_serving_urls"] != before["clarity_serving_urls"]


def test_pruned_dates_are_served_no_more(home: Home) -> None:
    publish_warehouse(home)
    prune_rows(home, days=1, forget=True)
    publish_warehouse(home)
    assert {row[1] for rows in list(everything(home.state).values())[:2] for row in rows} == {NEXT_DAY}


def test_a_loaded_day_without_a_visit_is_a_zero_and_a_missing_one_is_nothing(home: Home) -> None:
    empty = DAY - timedelta(days=3)
    load(home.warehouse, [], business_id="acme", day=empty)
    publish_warehouse(home)
    served = published_days(home.state, "acme", from_date=empty, to_date=DAY)
    assert [(day.date, day.sessions, day.number("dead_clicks"), day.number("scroll_depth")) for day in served[:1]] == [
        (empty, 0, 0, None)
    ]
    assert [day.date for day in served] == [empty, DAY]


def test_a_publication_that_dies_between_two_dates_is_completed_by_the_next(home: Home) -> None:
    publish_warehouse(home)
    whole = everything(home.state)
    with home.state.write() as connection:
        for table in (serving_dates, serving_days, serving_site_days, serving_urls):
            connection.execute(sa.delete(table).where(table.c.date == DAY))
    assert renew_panel_copy(home) == [DAY]
    assert everything(home.state) == whole


def test_sums_for_a_list_of_businesses(home: Home) -> None:
    publish_warehouse(home)
    days = published_days(home.state, "acme", from_date=DAY, to_date=NEXT_DAY)
    with home.state.read() as connection:
        totals = sessions_by_business(connection, from_date=DAY, to_date=NEXT_DAY)
        assert totals["acme"] == Total(sum(day.sessions for day in days), "pages")
        assert add_up(days).values["sessions"] == totals["acme"].sessions
        by_day = sessions_by_day(connection, {"acme": "pages", "nobody": "pages"}, from_date=DAY, to_date=NEXT_DAY)
    assert by_day == {"acme": {day.date: day.sessions for day in days}, "nobody": {}}


def test_the_numbers_of_a_site_are_served_and_lead_where_every_date_has_them(home: Home) -> None:
    site = {"sessions": 30, "bot_sessions": 2, "distinct_users": 28, "pages_per_session": 2.5, "total_time_ms": 60_000}

    def totals(day: date) -> None:
        load(home.warehouse, [site], business_id="acme", day=day, slice_name="totals")
        with home.warehouse.connect() as connection:
            refresh(connection, [MARTS["site_day"]], business_id="acme", date=day)
        publish_warehouse(home)

    def counted() -> tuple[str, Total, int]:
        span = {"from_date": DAY, "to_date": NEXT_DAY}
        days, sites = (read(home.state, "acme", **span) for read in (published_days, published_site_days))
        with home.state.read() as connection:
            total = sessions_by_business(connection, **span)["acme"]
            by_day = sessions_by_day(connection, {"acme": total.counted}, **span)
        return leading(days, sites), total, sum(by_day["acme"].values())

    totals(DAY)
    (served,) = published_site_days(home.state, "acme", from_date=DAY, to_date=NEXT_DAY)
    assert (served.sessions, served.number("distinct_users"), served.number("pages_per_session")) == (30, 28, 2.5)
    leads, total, drawn = counted()
    assert (leads, total.counted) == ("pages", "pages")
    assert total.sessions == drawn > 60  # never 30 of the one date and visits of the other
    totals(NEXT_DAY)
    assert counted() == ("site", Total(60, "site"), 60)


def test_the_served_columns_are_those_of_the_table_and_of_the_select(tmp_path: Path) -> None:
    from clarity_pipeline.warehouse.statements import statement

    with Warehouse(tmp_path / "warehouse.duckdb").connect() as connection:
        days = connection.execute(statement("statements/published_days")).description
        urls = connection.execute(statement("statements/published_urls")).description
        sites = connection.execute(statement("statements/published_site_days")).description
    columns = {column.name for column in serving_days.columns}
    served = {*PublishedDay.__dataclass_fields__, *COUNTS, *AVERAGES} - {"measures"}
    assert {column[0] for column in days or ()} == columns == served
    of_site = {column.name for column in serving_site_days.columns} - {"measures"}
    assert {column[0] for column in sites or ()} == of_site | set(MEASURES) == columns - {"devices"}
    assert {column[0] for column in urls or ()} == {
        "business_id",
        "date",
        "url",
        "sessions",
        "folded",
        "affected_sessions",
        *EVENTS,
    }


def test_pages_that_were_stored_without_their_names_are_still_read(any_state: StateDatabase) -> None:
    with_names = packed([{"url": "/a", "sessions": 5, "affected_sessions": 1, **dict.fromkeys(EVENTS, 2)}])
    without = [["/a", 10, 3, 1, 2, 3, 4, 5, 6], [None, 1, 1, 0, 0, 0, 0, 0, 1]]
    with any_state.write() as connection:
        for place, urls in enumerate((without, with_names, packed([]))):
            stored = {"business_id": "acme", "date": DAY + timedelta(days=place), "urls": urls}
            connection.execute(sa.insert(serving_urls).values(**stored))
    nameless, page = sorted(
        worst_urls(any_state, "acme", from_date=DAY, to_date=DAY + timedelta(days=2)), key=lambda each: each.url or ""
    )
    assert (page.url, page.sessions, page.affected_sessions) == ("/a", 15, 4)
    known = ("dead_clicks", "rage_clicks", "quick_backs", "excessive_scroll", "script_errors", "error_clicks")
    assert {name: page.events[name] for name in known} == dict(zip(known, (3, 4, 5, 6, 7, 8), strict=True))
    assert (nameless.url, nameless.sessions, nameless.events["error_clicks"]) == (None, 1, 1)


def test_a_span_of_no_day_has_no_value_at_all() -> None:
    span = add_up([])
    assert (span.days, set(span.values.values()), span.devices) == (0, {None}, ())


def test_averages_of_a_span_are_weighted_by_sessions() -> None:
    def day(number: int, sessions: int, depth: float | None) -> PublishedDay:
        from datetime import UTC, datetime

        at = datetime(2026, 5, number, tzinfo=UTC)
        counts = dict.fromkeys(COUNTS, 1)
        rest = {"devices": [["PC", sessions]], "quality": "aligned", "coverage": 1.0, "truncated": False}
        averages = {"pages_per_session": None, "scroll_depth": depth, "engagement_time_ms": None}
        return PublishedDay(
            business_id="acme",
            date=date(2026, 5, number),
            sessions=sessions,
            bot_sessions=1,
            measures={name: value for name, value in (counts | averages).items() if name not in {"sessions", "bot_sessions"}},
            **rest,
            window_start=at,
            window_end=at,
            loaded_at=at,
        )  # type: ignore[arg-type]

    span = add_up([day(1, 30, 50.0), day(2, 10, 10.0), day(3, 500, None)])
    assert span.values["scroll_depth"] == 40.0
    assert span.values["sessions"] == 540
    assert span.devices == (("PC", 540),)

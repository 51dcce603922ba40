"""What rules read of the days: the same numbers as the aggregates, and every version of a day that was another one before."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarity_pipeline.rules.engine.history import Days, History, Version
from clarity_pipeline.rules.engine.window import Window
from clarity_pipeline.rules.language.metric import METRICS, TEN
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline.warehouse.rows import Row
from clarity_pipeline.warehouse.rule_days import COLUMNS, FACTS, business_days, page_days, site_days
from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import DAY, load
from clarity_pipeline_tests.warehouse.test_marts import ROWS

FIRST = DAY - timedelta(days=4)
SPAN = {"from_date": FIRST - timedelta(days=30), "to_date": DAY + timedelta(days=1)}
READS = ("business_day", "url_day", "site_day")


def put(warehouse: Warehouse, rows: Sequence[dict[str, Any]], *, day: date = DAY, **how: Any) -> None:
    load(warehouse, rows, day=day, **how)
    with warehouse.connect() as connection:
        refresh(connection, [MARTS[name] for name in READS], business_id="acme", date=day)


def histories(rows: Iterable[Row], *, keys: int) -> dict[tuple[str, ...], History]:
    facts = keys + len(FACTS)
    return {
        key: History(COLUMNS, [Version(**dict(zip(FACTS, row[keys:facts], strict=True)), values=row[facts:]) for row in group])
        for key, group in groupby(rows, key=lambda row: row[:keys])
    }


def business(warehouse: Warehouse, *, with_history: bool = False) -> History:
    with warehouse.connect() as connection:
        rows = list(business_days(connection, business_ids=["acme"], **SPAN, with_history=with_history))
    return histories(rows, keys=1).get(("acme",), History(COLUMNS, ()))


def pages(warehouse: Warehouse, *, top: int = 10, named: Sequence[str] = (), with_history: bool = False) -> dict[str, Days]:
    asked = [("acme", url) for url in named]
    with warehouse.connect() as connection:
        rows = list(page_days(connection, business_ids=["acme"], **SPAN, top=top, pages=asked, with_history=with_history))
    return {url: history.now() for (_, url), history in histories(rows, keys=2).items()}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(ROWS, min_size=5, max_size=5), start=st.integers(0, 4), length=st.integers(1, 5))
def test_windows_over_marts_say_what_the_aggregates_say_of_all_rows(
    tmp_path: Path, days: list[list[dict[str, Any]]], start: int, length: int
) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    from_date = FIRST + timedelta(days=start)
    to_date = from_date + timedelta(days=length - 1)
    with warehouse.connect() as connection:  # kept open, so that the connections inside cost nothing
        for place, rows in enumerate(days):
            put(warehouse, rows, day=FIRST + timedelta(days=place))
        macro = connection.sql(
            "from business_behavioral_aggregates('acme', $first, $last)", params={"first": from_date, "last": to_date}
        )
        (found,) = macro.to_arrow_table().to_pylist()
        window = Window.back(business(warehouse).now(), to_date, length)
    values = {name: window.value(METRICS[name]) for name in TEN}
    assert {name for name in TEN if values[name] is None} == {name for name in TEN if found[name] is None}
    known = [name for name in TEN if found[name] is not None]
    assert [values[name] for name in known] == pytest.approx([found[name] for name in known], rel=1e-12, abs=1e-12)


PAGE, OTHER = "https://shop.example/", "https://shop.example/b"


def at(day: date, *, days_later: int = 1, hour: int = 0) -> datetime:
    return datetime.combine(day + timedelta(days=days_later), datetime.min.time(), tzinfo=UTC) + timedelta(hours=hour)


def test_a_day_that_was_loaded_again_is_what_it_was_until_then(warehouse: Warehouse) -> None:
    put(warehouse, [{"url": PAGE, "sessions": 5}, {"url": OTHER, "sessions": 1}])
    put(warehouse, [{"url": PAGE, "sessions": 7}], loaded_at=at(DAY, days_later=3))
    sessions = METRICS["clarity_sessions"]

    def known(days: Days) -> float | None:
        return Window.back(days, DAY, 1).value(sessions)

    past = business(warehouse, with_history=True)
    assert [known(past.at(DAY + timedelta(days=late))) for late in range(4)] == [6, 6, 7, 7]
    assert known(business(warehouse).now()) == 7
    of_pages = pages(warehouse, with_history=True)
    assert (known(of_pages[PAGE]), OTHER in of_pages) == (7, False)
    assert known(pages(warehouse, named=[OTHER], with_history=True)[OTHER]) is None


def test_a_day_of_which_nothing_is_left_is_unknown_now_and_known_before(warehouse: Warehouse) -> None:
    put(warehouse, [{"url": PAGE, "sessions": 5}])
    put(warehouse, [], loaded_at=at(DAY, days_later=3))
    past = business(warehouse, with_history=True)
    assert past.at(DAY).version(DAY) is not None
    assert past.now().version(DAY) is None
    assert past.at(DAY + timedelta(days=2)).version(DAY) is None


def test_a_late_day_says_when_it_came_and_what_it_is_like(warehouse: Warehouse) -> None:
    put(warehouse, [{"url": PAGE, "sessions": 5, "quality": "recovered", "truncated": True}], loaded_at=at(DAY, days_later=2))
    (version,) = [business(warehouse).now().version(DAY)]
    assert version is not None
    assert (version.quality, version.truncated, version.known_from) == ("recovered", True, at(DAY, days_later=2))


def test_only_the_busiest_pages_of_a_week_are_read_and_those_that_are_named(warehouse: Warehouse) -> None:
    for place in range(5):
        put(
            warehouse,
            [{"url": f"https://shop.example/{n}", "sessions": 10 * n + 1} for n in range(6)],
            day=FIRST + timedelta(days=place),
        )
    assert sorted(pages(warehouse, top=2)) == ["https://shop.example/4", "https://shop.example/5"]
    found = pages(warehouse, top=1, named=["https://shop.example/0", "https://elsewhere.example/"])
    assert sorted(found) == ["https://shop.example/0", "https://shop.example/5"]
    assert pages(warehouse, top=0) == {}


def test_the_totals_are_a_family_of_their_own(warehouse: Warehouse) -> None:
    put(warehouse, [{"sessions": 5, "rage_click_sessions": 1}], slice_name="totals")
    with warehouse.connect() as connection:
        rows = list(site_days(connection, business_ids=["acme"], **SPAN))
    days = histories(rows, keys=1)["acme",].now()
    assert Window.back(days, DAY, 1).value(METRICS["clarity_site_rage_click_session_share"]) == 0.2


def test_no_business_is_read_that_was_not_asked_for(warehouse: Warehouse) -> None:
    put(warehouse, [{"url": PAGE, "sessions": 5}])
    with warehouse.connect() as connection:
        assert list(business_days(connection, business_ids=["zeta"], **SPAN)) == []
        assert list(page_days(connection, business_ids=["zeta"], **SPAN, top=9)) == []

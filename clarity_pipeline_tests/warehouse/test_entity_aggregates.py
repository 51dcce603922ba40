"""Each entity beside what Clarity says of its business and of its landing page: the same numbers as their own macros give."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from clarity_pipeline.warehouse.store import Warehouse
from clarity_pipeline_tests.warehouse.lanes import DAY, load
from clarity_pipeline_tests.warehouse.test_entities import put

PAGE = "https://x.de/lp"
FIRST = DAY - timedelta(days=6)


def asked(warehouse: Warehouse, macro: str) -> list[dict[str, Any]]:
    with warehouse.connect() as connection:
        found = connection.execute(f"from {macro}('acme', $first, $last)", {"first": FIRST, "last": DAY})
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def ten(row: dict[str, Any], prefix: str = "clarity_") -> list[Any]:
    """The ten metrics in their order."""
    return [value for name, value in row.items() if name.startswith(prefix)]


def entities(warehouse: Warehouse) -> Sequence[dict[str, Any]]:
    return asked(warehouse, "ad_entity_behavioral_aggregates")


def test_an_entity_has_the_numbers_of_its_business_and_of_its_landing_page(warehouse: Warehouse) -> None:
    for n in range(9):
        rows = [
            {"url": url, "sessions": 10 + n, "rage_clicks": n, "dead_clicks": 2, "scroll_depth": 40.0}
            for url in (PAGE, f"{PAGE}/2")
        ]
        load(warehouse, rows, day=DAY - timedelta(days=n))
        numbers = {"spend": 1.5, **({"clicks": 2} if n else {})}
        put(warehouse, {"date": DAY - timedelta(days=n), "landing_url": PAGE, "numbers": numbers})
    put(warehouse, {"entity_id": "a2"}, {"entity_id": "a3", "landing_url": "https://x.de/nobody"}, {"business_id": "other"})
    first, without, unseen = entities(warehouse)
    (business,) = asked(warehouse, "business_behavioral_aggregates")
    (page, _) = sorted(asked(warehouse, "url_behavioral_aggregates"), key=lambda row: row["url"])
    assert first["metrics"] == {"clicks": 12.0, "spend": 10.5}
    assert first["days"] == 7
    assert ten(first) == ten(without) == ten(business)
    assert ten(first, "url_clarity_") == ten(page)
    assert len(ten(business)) == len(ten(page)) == 10
    assert first["url_clarity_sessions"] * 2 == first["clarity_sessions"]
    assert set(ten(without, "url_clarity_")) == set(ten(unseen, "url_clarity_")) == {None}


def test_spend_is_told_when_clarity_has_no_data_at_all(warehouse: Warehouse) -> None:
    put(warehouse, {"landing_url": PAGE, "numbers": {"spend": 3.0}})
    (only,) = entities(warehouse)
    assert only["metrics"] == {"spend": 3.0}
    assert set(ten(only)) == set(ten(only, "url_clarity_")) == {None}


def test_without_entities_there_is_no_row(warehouse: Warehouse) -> None:
    load(warehouse, [{"url": PAGE, "sessions": 3}])
    assert entities(warehouse) == []

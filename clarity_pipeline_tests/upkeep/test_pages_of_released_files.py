"""A home that a released version made has no page settings: its pages stay what they are, letter by letter."""

from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.connections.business import known_businesses
from clarity_pipeline.normalize.page_identity import PLAIN
from clarity_pipeline.normalize.page_url import page_url
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.released.files import STATES, WAREHOUSES, KeptFile, label

FIRST_WITH_SETTINGS = 17


@pytest.mark.parametrize("kept", [kept for kept in STATES if kept.number < FIRST_WITH_SETTINGS], ids=label)
def test_a_business_of_a_released_state_file_has_its_two_old_settings_and_no_other(kept: KeptFile, tmp_path: Path) -> None:
    state = StateDatabase(f"sqlite:///{kept.unpack(tmp_path)}")
    try:
        state.migrate()
        with state.read() as connection:
            businesses = known_businesses(connection)
    finally:
        state.dispose()
    assert businesses
    for business in businesses:
        assert business.page_settings == PLAIN
        assert business.pages.is_plain
        assert business.pages.kept_parameters == frozenset(business.kept_query_parameters)


@pytest.mark.parametrize("kept", WAREHOUSES[-3:], ids=label)
def test_every_page_of_a_released_warehouse_is_itself_today(kept: KeptFile, tmp_path: Path) -> None:
    with duckdb.connect(kept.unpack(tmp_path), read_only=True) as connection:
        urls = [
            url
            for (url,) in connection.execute("select distinct url from clarity_daily_metrics where url is not null").fetchall()
        ]
    assert urls
    assert [page_url(url, PLAIN) for url in urls] == urls

"""What nobody had thought of, or what no column holds, ends as a failed lane with a reason, and the command says so."""

from typing import Any

import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.day.load import LoadEndedUnexpectedly, load_lane
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.cli.conftest import Clarity, at_home, clarity  # noqa: F401 - fixtures
from clarity_pipeline_tests.world import DAY, PROJECT, World

URL_DEVICE = DAILY_SLICES["url_device"]


def _two_of_the_largest(metrics: list[dict[str, Any]]) -> None:
    traffic = next(each for each in metrics if each["metricName"] == "Traffic")["information"]
    for row in traffic[:2]:
        row["totalSessionCount"] = str(2**63 - 1)


def test_counts_that_no_mart_can_add_up_are_refused_by_name_and_told(world: World, clarity: Clarity) -> None:  # noqa: F811
    world.fake.script(PROJECT, faults.edited(_two_of_the_largest))
    ran = clarity("sync")
    assert ran.status == 1
    assert "too large to add up" in ran.err
    (job,) = [each for each in world.jobs() if each.slice_name == "url_device"]
    assert (job.state, job.reason, job.rows) == ("failed", "answer_malformed", None)
    assert clarity("doctor").status == 1


def test_an_error_that_nobody_thought_of_is_the_jobs_reason_and_loses_no_row(synced: World) -> None:
    with synced.home() as home:
        with home.warehouse.connect() as connection:
            connection.execute("alter table clarity_reconciliation rename to somewhere_else")
        with pytest.raises(LoadEndedUnexpectedly, match="CatalogException, which nobody had thought of"):
            load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE)
        job = home.jobs.latest("acme", date=DAY, slice_name="url_device")
        assert job is not None
        assert (job.state, job.reason) == ("failed", "unexpected")
        with home.warehouse.connect() as connection:
            assert connection.execute("select count(*) > 0 from clarity_daily_metrics where slice = 'url_device'").fetchall() == [
                (True,)
            ]
            connection.execute("alter table somewhere_else rename to clarity_reconciliation")
        load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE)
        job = home.jobs.latest("acme", date=DAY, slice_name="url_device")
        assert job is not None
        assert job.state == "ok"

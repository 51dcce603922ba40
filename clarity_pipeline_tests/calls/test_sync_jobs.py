import json
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest
import sqlalchemy as sa

from clarity_pipeline.calls.sync_jobs import SyncJob, SyncJobs
from clarity_pipeline.state.arrow import batches
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline_tests.connections.made_up import HandClock

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def jobs(any_state: StateDatabase, clock: HandClock) -> SyncJobs:
    return SyncJobs(any_state, clock=clock)


def _latest(jobs: SyncJobs, slice_name: str = "url_device") -> SyncJob:
    latest = jobs.latest("acme", date=DAY, slice_name=slice_name)
    assert latest is not None
    return latest


def _start(jobs: SyncJobs, slice_name: str = "url_device", run_id: str | None = "run") -> int:
    return jobs.start("acme", date=DAY, slice_name=slice_name, run_id=run_id)


def test_a_lane_that_goes_well_is_told_from_start_to_load(jobs: SyncJobs, clock: HandClock) -> None:
    started_at = clock.now
    job = _start(jobs)
    assert (_latest(jobs).state, _latest(jobs).calls, _latest(jobs).finished_at) == ("running", 0, None)
    clock.advance(seconds=2)
    window = (clock.now - timedelta(days=1), clock.now)
    jobs.finish(job, state="ok", http_status=200, calls=1, window=window, answer_sha256="abc")
    finished_at = clock.now
    clock.advance(seconds=2)
    jobs.loaded("acme", date=DAY, slice_name="url_device", rows=44, loaded_at=clock.now)
    assert _latest(jobs) == SyncJob(
        job, "acme", DAY, "url_device", 1, "ok", None, None, 200, 1, 44, *window, "abc", "run", started_at, finished_at, clock.now
    )


def test_the_document_has_the_public_names(jobs: SyncJobs, clock: HandClock) -> None:
    jobs.finish(_start(jobs), state="skipped", reason="disabled", detail="acme is paused")
    assert _latest(jobs).document() == {
        "business": "acme",
        "date": DAY,
        "slice": "url_device",
        "state": "skipped",
        "reason": "disabled",
        "http_status": None,
        "calls": 0,
        "rows": None,
        "started_at": clock.now,
        "finished_at": clock.now,
        "dagster_run_id": "run",
    }


def test_each_attempt_is_a_row_and_an_interrupted_one_is_closed_by_the_next(jobs: SyncJobs) -> None:
    jobs.finish(_start(jobs), state="failed", reason="unavailable", http_status=500, calls=3)
    _start(jobs)
    _start(jobs, "url_source")
    _start(jobs, run_id=None)
    rows = [(job.slice_name, job.attempt, job.state, job.reason) for job in jobs.list()]
    assert rows == [
        ("url_device", 1, "failed", "unavailable"),
        ("url_device", 2, "failed", "interrupted"),
        ("url_source", 1, "running", None),
        ("url_device", 3, "running", None),
    ]
    interrupted = jobs.list()[1]
    assert interrupted.finished_at is not None
    assert "\n" not in str(interrupted.detail)


def test_a_cut_lane_is_ok_with_its_reason(jobs: SyncJobs) -> None:
    jobs.finish(_start(jobs), state="ok", http_status=200, calls=1, answer_sha256="abc")
    jobs.loaded("acme", date=DAY, slice_name="url_device", rows=1000, loaded_at=NOON, reason="cut_at_cap")
    assert (_latest(jobs).state, _latest(jobs).reason, _latest(jobs).rows) == ("ok", "cut_at_cap", 1000)


def test_a_load_that_failed_makes_the_job_failed_until_a_load_succeeds(jobs: SyncJobs) -> None:
    jobs.finish(_start(jobs), state="ok", http_status=200, calls=1, answer_sha256="abc")
    jobs.load_failed("acme", date=DAY, slice_name="url_device", reason="answer_malformed", detail="a count is negative")
    assert (_latest(jobs).state, _latest(jobs).reason, _latest(jobs).detail) == (
        "failed",
        "answer_malformed",
        "a count is negative",
    )
    jobs.loaded("acme", date=DAY, slice_name="url_device", rows=0, loaded_at=NOON)
    assert (_latest(jobs).state, _latest(jobs).reason, _latest(jobs).detail, _latest(jobs).rows) == ("ok", None, None, 0)


def test_a_load_is_noted_on_the_attempt_that_has_the_answer(jobs: SyncJobs) -> None:
    jobs.finish(_start(jobs), state="ok", http_status=200, calls=1, answer_sha256="abc")
    jobs.finish(_start(jobs), state="failed", reason="quota_spent")
    jobs.loaded("acme", date=DAY, slice_name="url_device", rows=7, loaded_at=NOON)
    assert [(job.state, job.reason, job.rows) for job in jobs.list()] == [("ok", None, 7), ("failed", "quota_spent", None)]


def test_a_load_of_a_lane_without_jobs_invents_none(jobs: SyncJobs) -> None:
    jobs.loaded("acme", date=DAY, slice_name="url_device", rows=7, loaded_at=NOON)
    assert jobs.list() == []


def test_jobs_are_listed_by_business_and_date_oldest_first(jobs: SyncJobs, clock: HandClock) -> None:
    for business in ("acme", "zeta"):
        for day in (DAY, DAY - timedelta(days=1)):
            clock.advance(seconds=1)
            jobs.start(business, date=day, slice_name="url_device", run_id=None)
    assert [(job.business_id, job.date.day) for job in jobs.list()] == [("acme", 21), ("acme", 20), ("zeta", 21), ("zeta", 20)]
    assert [job.business_id for job in jobs.list(date=DAY)] == ["acme", "zeta"]
    assert [job.date.day for job in jobs.list(business_id="zeta")] == [21, 20]
    assert jobs.list(business_id="nobody") == []
    assert jobs.latest("nobody", date=DAY, slice_name="url_device") is None


def test_the_table_is_published_with_its_own_names_and_real_types(
    jobs: SyncJobs, any_state: StateDatabase, clock: HandClock
) -> None:
    job = _start(jobs)
    jobs.finish(job, state="ok", calls=1, window=(clock.now, clock.now), answer_sha256="abc")
    with any_state.read() as connection:
        (table,) = batches(connection, sync_jobs)
    assert table.column_names == [column.name for column in sync_jobs.columns]
    assert table.schema.field("window_end").type == pa.timestamp("us", "UTC")
    assert table.schema.field("date").type == pa.date32()
    assert table.schema.field("rows").type == pa.int64()
    row = table.to_pylist()[0]
    assert (row["job_id"], row["business_id"], row["date"], row["state"], row["rows"]) == (job, "acme", DAY, "ok", None)
    assert row["started_at"] == datetime(2026, 11, 22, 0, 5, tzinfo=UTC)


def test_documents_are_published_as_text_and_flags_as_flags(any_state: StateDatabase, clock: HandClock) -> None:
    row = {"business_id": "acme", "name": "Acme", "project_id": "yeqkj55zbc", "enabled": True, "kept_query_parameters": ["ü"]}
    with any_state.write() as connection:
        connection.execute(sa.insert(business_config).values(**row, created_at=clock.now, updated_at=clock.now))
    with any_state.read() as connection:
        (published,) = next(batches(connection, business_config)).to_pylist()
    assert (json.loads(published["kept_query_parameters"]), published["enabled"]) == (["ü"], True)

"""`jobs` and `quota`: their documents, and what people read."""

from datetime import date
from typing import Any

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.world import PROJECT, World

FIVE_PAST = "2026-05-04T00:05:00Z"


def test_the_document_of_jobs(after_a_day: Clarity) -> None:
    ran = after_a_day("jobs", "--json")
    assert (ran.status, ran.err) == (0, "")
    assert [job["slice"] for job in ran.document] == list(DAILY_SLICES)
    first = ran.document[0]
    run_id = first.pop("dagster_run_id")
    rows = first.pop("rows")
    assert list(first.items()) == [
        ("business", "acme"),
        ("date", "2026-05-03"),
        ("slice", "url_device"),
        ("state", "ok"),
        ("reason", None),
        ("http_status", 200),
        ("calls", 1),
        ("started_at", FIVE_PAST),
        ("finished_at", FIVE_PAST),
    ]
    assert (type(rows), rows > 0, type(run_id), len(run_id)) == (int, True, str, 36)
    assert {job["dagster_run_id"] for job in ran.document} == {run_id}


def test_the_keys_of_a_job_stand_in_the_order_of_the_public_surface(after_a_day: Clarity) -> None:
    assert list(after_a_day("jobs", "--json").document[0]) == [
        "business", "date", "slice", "state", "reason", "http_status", "calls", "rows", "started_at", "finished_at",
        "dagster_run_id",
    ]  # fmt: skip


def test_jobs_of_one_business_or_date(after_a_day: Clarity) -> None:
    assert len(after_a_day("jobs", "--business", "acme", "--date", "2026-05-03", "--json").document) == 4
    assert after_a_day("jobs", "--date", "2026-05-02", "--json").out == "[]\n"
    assert after_a_day("jobs", "--date", "2026-05-02").out == "No lane was synced yet: `clarity-pipeline sync`.\n"


def test_people_read_one_line_an_attempt(after_a_day: Clarity) -> None:
    lines = after_a_day("jobs").out.splitlines()
    assert [line.split()[:4] for line in lines if line.startswith("acme")] == [
        ["acme", "2026-05-03", name, "ok"] for name in DAILY_SLICES
    ]


def test_the_document_of_quota(clarity: Clarity) -> None:
    assert clarity("quota", "--json").document == [{"business": "acme", "day": "2026-05-04", "used": 0, "left": 10, "slots": []}]
    clarity("test", "acme")
    (document,) = clarity("quota", "--json").document
    assert list(document) == ["business", "day", "used", "left", "slots"]
    assert (document["used"], document["left"]) == (1, 9)
    assert document["slots"] == [{"slot": 1, "purpose": "test", "state": "answered", "at": FIVE_PAST}]


def test_after_a_429_the_rest_of_the_day_belongs_to_somebody_outside(clarity: Clarity, world: World) -> None:
    world.fake.script(PROJECT, None, faults.QUOTA_SPENT)
    clarity("test", "acme")
    clarity("test", "acme")
    (document,) = clarity("quota", "--json").document
    assert (document["used"], document["left"]) == (10, 0)
    assert [slot["slot"] for slot in document["slots"]] == list(range(1, 11))
    assert [(slot["purpose"], slot["state"]) for slot in document["slots"]] == [
        *[("test", "answered")] * 2, *[("external", "external")] * 8,
    ]  # fmt: skip
    assert clarity("quota").out.splitlines()[1].startswith("acme      2026-05-04    10     0  1:test 2:test 3:external")
    world.later(days=1)
    assert clarity("quota", "--json").document[0]["used"] == 0


def test_a_disconnected_business_has_no_calls(clarity: Clarity) -> None:
    clarity("disconnect", "acme")
    assert clarity("quota", "--json").document == [{"business": "acme", "day": "2026-05-04", "used": 0, "left": 0, "slots": []}]
    assert clarity("quota").status == 0


def test_jobs_say_below_what_failed_and_what_could_not_be_read(clarity: Clarity, world: World) -> None:
    lane: dict[str, Any] = {"date": date(2026, 5, 3), "rows": 7, "loaded_at": world.now, "reason": "partial"}
    with world.home() as home:
        for name in ("url_device", "url_source"):
            job = home.jobs.start("acme", date=lane["date"], slice_name=name, run_id=None)
            home.jobs.finish(job, state="ok", answer_sha256="a" * 64, calls=1)
            home.jobs.loaded("acme", slice_name=name, detail="not read, and NULL: ScrollDepth as a whole (null)", **lane)
    said = clarity("jobs").out.splitlines()[-1]
    assert said == "acme 2026-05-03 url_device, url_source (partial): not read, and NULL: ScrollDepth as a whole (null)"

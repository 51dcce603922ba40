"""What nobody had thought of, or what no column holds, ends with a reason, a finding and exit 1, wherever it happens."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.channels.slack import SlackConfig
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.unexpected import StepEndedUnexpectedly
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.simulator import faults
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.trust.found import published_standing
from clarity_pipeline.upkeep.doctor.data import data_findings
from clarity_pipeline.warehouse.findings import EVERYBODY, STEP_FAILED, OfAnswer, forget_failed_steps, write_one
from clarity_pipeline.warehouse.marts import MARTS
from clarity_pipeline.warehouse.transaction import transaction
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.cli.conftest import at_home as at_home
from clarity_pipeline_tests.cli.conftest import clarity as clarity
from clarity_pipeline_tests.world import DAY, PROJECT, World

URL_DEVICE = DAILY_SLICES["url_device"]
AS_THE_FIRST = pytest.mark.slow("the other marts of a step that one mart has failed in already")


def _set(rows: int = 1, **fields: dict[str, str]) -> Any:
    """The first rows of these metrics say something else."""

    def change(metrics: list[dict[str, Any]]) -> None:
        for metric in metrics:
            for row in metric["information"][:rows]:
                row.update(fields.get(metric["metricName"], {}))

    return faults.edited(change)


def failed_steps(world: World) -> list[tuple[Any, ...]]:
    """Findings of steps that failed, as they stand in the warehouse."""
    with duckdb.connect(world.settings.warehouse_file, read_only=True) as connection:
        query = "select business_id, date, slice, metric, severity from clarity_findings where code = 'step_failed' order by all"
        return connection.execute(query).fetchall()


def change(world: World, *statements: str) -> None:
    """What a release that forgot something might do to the warehouse."""
    with world.home() as home, home.warehouse.connect() as connection:
        for each in statements:
            connection.execute(each)


@pytest.mark.parametrize(("rows", "count"), [(2, 2**63 - 1), (1, 2**63 - 1), (2, 2**59 + 1)])
def test_counts_that_no_mart_can_add_up_are_refused_by_name_and_told(
    world: World,
    clarity: Clarity,
    rows: int,
    count: int,
) -> None:
    world.fake.script(PROJECT, _set(rows, Traffic={"totalSessionCount": str(count)}))
    ran = clarity("sync")
    assert ran.status == 1
    assert "too large to add up" in ran.err
    (job,) = [each for each in world.jobs() if each.slice_name == "url_device"]
    assert (job.state, job.reason, job.rows) == ("failed", "answer_malformed", None)
    assert clarity("doctor").status == 1


def test_products_of_what_a_lane_may_hold_do_not_overflow(world: World, clarity: Clarity) -> None:
    traffic = {"totalSessionCount": str(2**58), "totalBotSessionCount": str(2**58)}
    world.fake.script(PROJECT, _set(Traffic=traffic, EngagementTime={"totalTime": str(2**49)}))
    ran = clarity("sync")
    assert (ran.err, ran.status, failed_steps(world)) == ("", 0, [])
    assert [each.state for each in world.jobs()] == ["ok"] * 4


def test_an_error_that_nobody_thought_of_in_a_load_is_the_jobs_reason_and_loses_no_row(synced: World) -> None:
    with synced.home() as home:
        with home.warehouse.connect() as connection:
            connection.execute("alter table clarity_reconciliation rename to somewhere_else")
        with pytest.raises(StepEndedUnexpectedly, match=r"CatalogException in .*, which nobody had thought of"):
            load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE)
        job = home.jobs.latest("acme", date=DAY, slice_name="url_device")
        assert job is not None
        assert (job.state, job.reason) == ("failed", "unexpected")
    assert failed_steps(synced) == [("acme", DAY, "url_device", "the load ended with CatalogException", "error")]
    change(synced, "alter table somewhere_else rename to clarity_reconciliation")
    with synced.home() as home:
        with home.warehouse.connect() as connection:
            assert connection.execute("select count(*) > 0 from clarity_daily_metrics where slice = 'url_device'").fetchall() == [
                (True,)
            ]
        load_lane(home, business_id="acme", date=DAY, asked=URL_DEVICE)
        job = home.jobs.latest("acme", date=DAY, slice_name="url_device")
        assert job is not None
        assert job.state == "ok"
    assert failed_steps(synced) == []


def test_an_error_in_the_step_of_a_call_is_told_and_the_next_sync_makes_the_lane(world: World, clarity: Clarity) -> None:
    """A release that wrote a lane's name otherwise left a file where the folder of its answers should be."""
    in_the_way = world.settings.vault_folder / "acme" / DAY.isoformat() / "url_source"
    in_the_way.parent.mkdir(parents=True)
    in_the_way.write_text("")
    ran = clarity("sync")
    assert ran.status == 1
    assert "FileExistsError" in ran.err
    assert "url_source failed (unexpected)" in ran.err
    assert [each[2:4] for each in failed_steps(world)] == [("url_source", "the call ended with an error")]
    standing = published_standing(world.settings.published_file, day=DAY)
    assert ("url_source", "step_failed") in {(each.slice, each.code) for each in standing}
    doctor = clarity("doctor", "--json")
    assert doctor.status == 1
    assert "step_failed" in {each["code"] for each in doctor.document}
    in_the_way.unlink()
    assert clarity("sync").status == 0
    assert failed_steps(world) == []


@pytest.mark.parametrize(
    "marts",
    [
        ("business_day", "source_day", "country_day", "campaign_day"),  # each is made in another step
        *(pytest.param((each,), marks=AS_THE_FIRST) for each in ("url_day", "host_day", "device_day")),
    ],
)
def test_an_error_in_a_mart_fails_its_lane_and_is_told(
    synced: World,
    at_home: Callable[[World], Clarity],
    marts: Sequence[str],
) -> None:
    change(synced, *(f"alter table {mart} drop column sessions" for mart in marts))
    ran = at_home(synced)("sync")
    assert ran.status == 1
    for mart in marts:
        lane = MARTS[mart].slice_name
        assert f"summing up of acme 2026-05-03 {lane} ended with BinderException" in ran.err
        assert ("acme", DAY, lane, "summing up ended with BinderException", "error") in failed_steps(synced)
        with synced.home() as home:
            job = home.jobs.latest("acme", date=DAY, slice_name=lane)
            assert job is not None
            assert (job.state, job.reason) == ("failed", "unexpected")
    assert len([each for each in failed_steps(synced) if each[0] == "acme"]) == len(marts)


@pytest.mark.parametrize(
    ("step", "broken"),
    [
        ("regimes", ["alter table clarity_regime_events rename to elsewhere"]),
        ("experiments", ["alter table experiment_quality rename to elsewhere"]),
        ("publishing", ["alter table clarity_site_lists rename to elsewhere"]),
    ],
)
def test_an_error_in_a_step_of_everybody_is_told_and_forgotten_once_rules_went_well(
    synced: World,
    at_home: Callable[[World], Clarity],
    step: str,
    broken: Sequence[str],
) -> None:
    typed = at_home(synced)
    kept = synced.settings.published_file.read_bytes()
    change(synced, *broken)
    ran = typed("sync")
    assert ran.status == 1
    assert "which nobody had thought of" in ran.err
    found = {(whose, slice_name): (said, severity) for whose, _, slice_name, said, severity in failed_steps(synced)}
    said, severity = found["*", step]
    assert (said.startswith(f"{step} ended with "), severity) == (True, "error")
    if step == "publishing":
        assert synced.settings.published_file.read_bytes() == kept
        ran = typed("publish")
        assert (ran.status, "publishing ended with CatalogException" in ran.error) == (1, True)
    change(synced, f"alter table elsewhere rename to {broken[0].split()[2]}")
    assert typed("sync").status == 0
    assert failed_steps(synced) == []
    assert typed("doctor", "--json").status in (0, 1)


def test_an_error_in_the_rules_is_told_and_the_data_are_published_all_the_same(
    synced: World,
    at_home: Callable[[World], Clarity],
) -> None:
    """An instant in the state that no release ever wrote."""
    with synced.home() as home, home.state.write() as connection:
        connection.execute(sa.text("update clarity_rules set updated_at = 'yesterday'"))
    published = synced.settings.published_file.stat().st_mtime_ns
    ran = at_home(synced)("sync")
    assert ran.status == 1
    assert "rules ended with ValueError in " in ran.err
    assert [each[:1] + each[2:4] for each in failed_steps(synced)] == [("*", "rules", "rules ended with ValueError")]
    assert synced.settings.published_file.stat().st_mtime_ns > published
    standing = published_standing(synced.settings.published_file, day=DAY)
    told = [each for each in data_findings(standing, asked=()) if each.code == "step_failed"]
    assert [(each.business_id, each.severity) for each in told] == [(None, "error")]


def fail(world: World, said: str, *, days_before: int = 0) -> None:
    """The sending of messages has failed, on the day before today or earlier."""
    found = OfAnswer(STEP_FAILED, "error", said, None)
    with world.home() as home, home.warehouse.connect() as connection, transaction(connection):
        day = DAY - timedelta(days=days_before)
        write_one(connection, found, business_id=EVERYBODY, date=day, slice_name="messages")


def test_a_failed_step_stands_until_it_was_told_whatever_happens_to_the_run_that_was_to_tell_it(synced: World) -> None:
    fail(synced, "messages ended with KeyError")
    fail(synced, "messages ended with ValueError", days_before=10)  # so old it is told nowhere
    older, newer = failed_steps(synced)
    with synced.home() as home:
        hook = SlackConfig(url="https://hooks.slack.com/services/T000/B000/s3cret-s3cret-wxyz")
        open_channels(home).add("ops", hook, actor="cli:anna")
        with home.state.write() as connection:
            connection.execute(sa.text("alter table clarity_findings_told rename to elsewhere"))
        with pytest.raises((sa.exc.DBAPIError, ClarityPipelineError)):
            evaluate_business_days(home, None)
    assert failed_steps(synced) == [older, newer], "nobody was told yet"
    with synced.home() as home:
        with home.state.write() as connection:
            connection.execute(sa.text("alter table elsewhere rename to clarity_findings_told"))
        evaluate_business_days(home, None)
        with home.state.read() as connection:
            (told,) = connection.scalars(sa.select(outbox.c.payload).where(outbox.c.transition == "findings"))
    assert "step_failed" in {each["code"] for each in told["data"]["findings"]}
    assert failed_steps(synced) == [older], "that one was not among what was told"


def test_what_a_step_says_anew_is_not_forgotten_with_what_it_said_before(world: World) -> None:
    fail(world, "messages ended with KeyError")
    fail(world, "messages ended with ValueError")
    with world.home() as home, home.warehouse.connect() as connection, transaction(connection):
        forget_failed_steps(
            connection, business_id=EVERYBODY, date=DAY, slice_name="messages", metric="messages ended with KeyError"
        )
    assert [each[3] for each in failed_steps(world)] == ["messages ended with ValueError"]


def test_a_failed_step_is_forgotten_in_a_transaction_or_not_at_all(world: World) -> None:
    fail(world, "messages ended with KeyError")
    with world.home() as home, home.warehouse.connect() as connection, pytest.raises(RuntimeError, match="in a transaction"):
        forget_failed_steps(connection, business_id=EVERYBODY)
    assert len(failed_steps(world)) == 1

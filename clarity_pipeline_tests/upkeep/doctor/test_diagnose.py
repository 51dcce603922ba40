"""What `doctor` says, on a home in which each thing has really gone wrong; and that it says nothing where all is well."""

import shutil
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.record import record
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.connections.rotation import rotate
from clarity_pipeline.connections.secrets import load_secret_box
from clarity_pipeline.home import open_home
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline.settings.settings import utc_now
from clarity_pipeline.simulator import faults
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import channel_health, outbox
from clarity_pipeline.upkeep.doctor.diagnose import diagnose, is_wrong
from clarity_pipeline.upkeep.doctor.finding import Finding, worst_first
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE
from clarity_pipeline_tests.rules.asked import judged
from clarity_pipeline_tests.world import DAY, PROJECT, World

ANOTHER_FAULT = pytest.mark.slow("two days by the real job, the same with another fault")

Codes = set[tuple[str | None, str, str]]


def found(world: World, *business_ids: str) -> list[Finding]:
    with open_home(world.settings) as home:
        return diagnose(home, business_ids=business_ids or None)


def codes(world: World, *business_ids: str) -> Codes:
    return {(each.business_id, each.severity, each.code) for each in found(world, *business_ids)}


def one(world: World, code: str) -> Finding:
    (finding,) = (each for each in found(world) if each.code == code)
    return finding


def watch(world: World, text: str = FIRES_AT_ONCE) -> None:
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(text, source="test"))


@pytest.fixture
def well(synced: World) -> World:
    """A day that went well, and a rule: nothing is to be said."""
    synced.later(minutes=40)
    return synced


def test_where_all_is_well_nothing_is_said(well: World) -> None:
    assert found(well) == []


def test_it_makes_no_call_and_changes_nothing(well: World) -> None:
    before = {path: path.stat().st_mtime_ns for path in well.folder.rglob("*") if path.suffix not in {".db-wal", ".db-shm"}}
    calls = well.calls()
    found(well)
    after = {path: path.stat().st_mtime_ns for path in well.folder.rglob("*") if path.suffix not in {".db-wal", ".db-shm"}}
    assert {path for path in after if path.is_file() and after[path] != before.get(path)} <= {well.folder / "state.db"}
    assert well.calls() == calls


def test_an_empty_home_is_well_and_gets_no_keys(tmp_path: Any) -> None:
    world = World(tmp_path / "new")
    with world.fake:
        assert found(world) == []
    assert not (world.folder / "secret.key").exists()


def test_it_answers_while_a_sync_holds_the_warehouse(well: World) -> None:
    with open_home(well.settings) as home, home.warehouse.connect():
        assert found(well) == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(faults.SERVER_ERROR, "unavailable", marks=ANOTHER_FAULT),
        pytest.param(faults.HTML, "answer_malformed", marks=ANOTHER_FAULT),
        (faults.QUOTA_SPENT, "quota_spent"),
    ],
)
def test_a_lane_that_failed_has_its_reason_and_what_to_do(world: World, fault: faults.Fault, code: str) -> None:
    watch(world)
    world.name_site("roofmaster.example")
    world.fake.script(PROJECT, None, None, None, *[fault] * (3 if code == "unavailable" else 1))
    world.sync()
    world.later(minutes=40)
    (finding,) = [each for each in found(world) if each.severity == "error"]
    assert (finding.business_id, finding.code) == ("acme", code)
    assert "of 4 lanes of 2026-05-03 did not come through" in finding.sentence
    assert "url_campaign_channel" in finding.sentence
    assert finding.what_to_do
    world.later(minutes=5)
    if code != "quota_spent":
        world.sync()
        assert [each for each in found(world) if each.severity == "error"] == [], "what came through later is no finding"


def test_a_token_that_clarity_rejected_is_one_finding_and_not_four(world: World) -> None:
    watch(world)
    world.fake.revoke(PROJECT)
    world.sync()
    world.later(minutes=40)
    assert codes(world) == {("acme", "error", "token_rejected")}
    assert "401 or 403" in one(world, "token_rejected").sentence
    assert "`clarity-pipeline connect acme`" in one(world, "token_rejected").what_to_do


def test_a_daily_run_that_was_not_made_is_said_once_and_of_one_business_alone_by_name(well: World) -> None:
    well.connect("beta")
    well.later(days=1)
    assert {each for each in codes(well) if each[2] in {"daemon_not_seen", "not_run"}} == {(None, "error", "daemon_not_seen")}
    assert "`clarity-pipeline sync` now still fetches it" in one(well, "daemon_not_seen").what_to_do
    well.later(minutes=-40)
    assert "daemon_not_seen" not in {code for *_, code in codes(well)}, "at 00:05 the run is only due"
    well.later(minutes=40)
    well.sync(DAY + timedelta(days=1), business_ids=("acme",))
    assert {each for each in codes(well) if each[2] in {"daemon_not_seen", "not_run"}} == {("beta", "error", "not_run")}
    well.later(hours=7)
    assert one(well, "not_run").what_to_do == "the API answers for it no more"


def test_who_was_connected_after_the_run_is_not_late(world: World) -> None:
    world.later(days=1, minutes=10)
    world.connect("beta")
    world.later(hours=1)
    assert ("beta", "error", "not_run") not in codes(world)
    assert (None, "error", "daemon_not_seen") in codes(world), "acme was there at 00:05"


def test_stale_says_since_when_and_how_the_latest_try_ended(well: World) -> None:
    well.later(days=2)
    well.fake.script(PROJECT, *[faults.SERVER_ERROR] * 12)
    well.sync(DAY + timedelta(days=2))
    assert (
        "no lane has come through since 2026-05-04 00:05 UTC; the latest try ended with unavailable"
        in one(well, "stale").sentence
    )


def test_all_metrics_zero_names_the_date_since_when_nobody_was_counted(well: World) -> None:
    for _ in range(2):
        well.later(days=1, minutes=-40)
        well.fake.script(PROJECT, *[faults.literal(200, headers=(faults.JSON_TYPE,), body=b"[]")] * 4)
        well.sync(well.now.date() - timedelta(days=1))
        well.later(minutes=40)
        days_silent = (well.now.date() - DAY).days - 1
        zero = [each for each in found(well) if each.code == "all_metrics_zero"]
        assert len(zero) == (days_silent >= 2), "one quiet day is no finding"
    assert zero[0].severity == "error"
    assert "no session of a person since 2026-05-04" in zero[0].sentence
    assert "tracking code" in zero[0].what_to_do


def test_a_site_that_never_had_a_session_is_told_after_its_first_day(world: World) -> None:
    watch(world)
    world.fake.script(PROJECT, *[faults.literal(200, headers=(faults.JSON_TYPE,), body=b"[]")] * 4)
    world.sync()
    world.later(minutes=40)
    assert "never had, on 1 loaded dates" in one(world, "all_metrics_zero").sentence


def test_rules_that_cannot_fire_are_told_apart(world: World) -> None:
    world.later(minutes=5)
    assert codes(world) == {(None, "note", "no_rule"), ("acme", "note", "not_verified")}
    watch(world, FIRES_AT_ONCE.replace("severity: info", "severity: info\n    businesses: [beta]"))
    assert codes(world) == {("acme", "note", "no_rule"), ("acme", "note", "not_verified")}
    watch(world)
    with world.home() as home:
        record(home.state, clock=home.clock, judgements=judged(home, [("acme", DAY)]))
    finding = one(world, "rules_have_no_data")
    assert (finding.severity, finding.business_id) == ("warning", "acme")
    assert finding.sentence.startswith("1 of its 1 rules found no data")
    assert finding.sentence.endswith(": any-session")
    world.name_site("roofmaster.example")
    world.sync()
    assert codes(world) == set(), "the day that came later was judged again"
    with world.home() as home:
        home.connections.disable("acme")
    assert codes(world) == {("acme", "note", "paused")}
    assert "rules on clarity_* do not fire" in one(world, "paused").sentence
    assert not is_wrong(found(world)), "who was paused by a person is not wrong"


def test_a_shared_project_is_a_note_that_no_client_reads(well: World) -> None:
    well.connect("beta")
    shared = [each for each in found(well, "beta") if each.code == "project_shared"]
    assert [(each.business_id, each.for_client, "with acme" in each.sentence) for each in shared] == [("beta", False, True)]
    assert {business_id for business_id, *_ in codes(well, "beta")} == {"beta"}


def test_keys_that_are_open_missing_of_another_time_or_half_rotated_are_told(
    well: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = well.folder / "secret.key"
    key.chmod(0o640)
    assert "chmod 600" in one(well, "bad_encryption_key").sentence
    key.chmod(0o600)
    kept = key.read_bytes()
    key.unlink()
    assert codes(well) == {(None, "error", "key_missing")}
    assert not key.exists(), "a new key in its place would hide what happened"
    key.write_bytes(kept)
    key.chmod(0o600)
    with well.home() as home, home.state.write() as connection:
        connection.execute(sa.update(business_config).values(token_ciphertext="garbage"))
    assert ("acme", "error", "secret_unreadable") in codes(well)
    well.connect()
    shutil.copy(key, well.folder / "secret.key.next")
    assert (None, "warning", "rotation_unfinished") in codes(well)
    with well.home() as home:
        rotate(home.state, load_secret_box(home.settings), settings=home.settings, clock=home.clock, actor="cli:anna")
    assert codes(well) == {("acme", "note", "not_verified")}


def test_what_analysts_cannot_see_is_told(well: World) -> None:
    file = well.settings.published_file
    file.write_bytes(b"no duckdb" * 1000)
    assert (None, "error", "warehouse_unreadable") in codes(well)
    assert one(well, "warehouse_unreadable").what_to_do.startswith("`clarity-pipeline publish`")
    file.unlink()
    assert codes(well) == {(None, "warning", "not_published")}


def test_messages_that_nobody_took_are_counted(well: World) -> None:
    with well.home() as home, home.state.write() as connection:
        connection.exec_driver_sql("update clarity_outbox set state = 'dead'")
    assert "1 alert messages have not been delivered" in one(well, "messages_waiting").sentence


def test_the_installation_comes_first_and_of_each_business_the_worst() -> None:
    given = [Finding(code, severity, slug, "s", "w") for slug, severity, code in (
        ("b", "note", "x"), ("a", "warning", "x"), (None, "note", "x"), ("a", "error", "z"),
    )]  # type: ignore[arg-type]  # fmt: skip
    assert [(each.business_id, each.severity) for each in worst_first(given)] == [
        (None, "note"), ("a", "error"), ("a", "warning"), ("b", "note"),
    ]  # fmt: skip


def test_every_lane_reason_that_capture_can_write_has_its_own_advice() -> None:
    from clarity_pipeline.clarity import errors
    from clarity_pipeline.upkeep.doctor.lanes import _TOLD_ALREADY, _WHAT_TO_DO

    reasons = {each.reason for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.ClarityError)}
    assert reasons - {"internal_error"} <= set(_WHAT_TO_DO) | _TOLD_ALREADY
    assert len(DAILY_SLICES) == 4


def test_a_channel_that_delivered_nothing_for_a_day_is_a_finding_of_its_own(well: World) -> None:
    """Also where it fails in passing only, and where nobody has tried at all; not where it delivers meanwhile."""
    now = utc_now()
    with well.home() as home, home.state.write() as connection:
        for channel in ("never-tried", "fails", "delivers"):
            connection.execute(sa.insert(outbox).values(**_waiting(channel, since=well.now - timedelta(hours=25))))
        for channel, values in {
            "fails": {
                "failing_since": now - timedelta(hours=30),
                "last_error": "timeout",
                "delivered_at": now - timedelta(days=9),
            },
            "delivers": {
                "failing_since": now - timedelta(hours=1),
                "last_error": "timeout",
                "delivered_at": now - timedelta(hours=2),
            },
        }.items():
            connection.execute(sa.insert(channel_health).values(channel=channel, **values))
    silent = [each.sentence for each in found(well) if each.code == "channel_silent"]
    assert len(silent) == 2
    assert "the channel fails has delivered nothing since" in silent[0]
    assert "(timeout): the receiver did not answer in time; 1 message waits for it" in silent[0]
    assert silent[1].startswith("the channel never-tried has delivered nothing; 1 message waits")


def _waiting(channel: str, *, since: datetime) -> dict[str, Any]:
    return {
        "message_id": channel, "alert_id": "", "transition": "digest", "channel": channel, "payload": {"data": {}},
        "state": "pending", "attempts": 0, "due_at": since, "created_at": since,
    }  # fmt: skip

"""One call about what is unknown of Clarity: each behaviour that the fake can have is told apart, and nothing personal is."""

import json
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest

from clarity_pipeline.calls.contract_check import check_contract
from clarity_pipeline.clarity.dimensions import CONTRACT, SLICES
from clarity_pipeline.cli.main import run
from clarity_pipeline.definitions import build
from clarity_pipeline.simulator.faults import JSON_TYPE, SERVER_ERROR, Fault, literal
from clarity_pipeline.simulator.site import CountryRegion
from clarity_pipeline.upkeep.replay import replay
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.test_canary import contents
from clarity_pipeline_tests.world import DAY, PROJECT, World


@pytest.fixture
def clarity(world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Clarity:
    from clarity_pipeline_tests.cli.running import Ran

    def command(*arguments: str) -> Ran:
        for name, value in world.environment.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        status = run(arguments)
        output = capfd.readouterr()
        return Ran(status, output.out, output.err)

    return command


def said(world: World) -> dict[str, str | None]:
    with world.home() as home:
        return {each.topic: each.says for each in check_contract(home.capture, "acme").findings}


def reshaped(change: Callable[[list[dict[str, Any]]], None]) -> Fault:
    def spoil(body: bytes) -> bytes:
        metrics = json.loads(body)
        change(metrics)
        return json.dumps(metrics).encode()

    return Fault(change=spoil)


def rows_of(metrics: list[dict[str, Any]], count: Callable[[str], int], sessions: Callable[[int], int] = lambda n: n + 1) -> None:
    """Make every metric so long, with the sessions of its n-th tuple."""
    for metric in metrics:
        first = metric["information"][0]
        metric["information"] = [{**first, "Url": f"https://x.example/{n}"} for n in range(count(metric["metricName"]))]
        for n, row in enumerate(metric["information"]):
            row |= {name: sessions(n) for name in ("sessionsCount", "totalSessionCount") if name in row}


def timed(as_total: bool) -> Callable[[list[dict[str, Any]]], None]:
    def change(metrics: list[dict[str, Any]]) -> None:
        rows_of(metrics, lambda _: 60)
        for metric in metrics:
            for n, row in enumerate(metric["information"]):
                if "totalTime" in row:
                    row["totalTime"] = (40 + n % 7) * (n + 1 if as_total else 1)

    return change


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [("dropped", "dropped in silence"), ("accepted", "accepted; its row key is `Country`"), ("snapshot", "falls back to the")],
)
def test_what_becomes_of_the_documented_dimension(world: World, behaviour: CountryRegion, words: str) -> None:
    world.fake.country_region = behaviour
    assert words in (said(world)["country_region"] or "")
    assert world.fake.calls()[0].params == {
        "numOfDays": "1", "dimension1": "URL", "dimension2": "Country/Region", "dimension3": "Device",
    }  # fmt: skip


def test_another_row_key_and_another_case_of_it_are_told(world: World) -> None:
    world.fake.country_region = "accepted"
    world.fake.script(
        PROJECT, Fault(change=lambda body: body.replace(b'"Country":', b'"COUNTRY/Region":').replace(b'"Url":', b'"url":', 3))
    )
    found = said(world)
    assert found["country_region"] == "accepted; its row key is `COUNTRY/Region`"
    assert found["row_keys"] == "more than one spelling of the same key: match without regard to case"
    assert said(world)["row_keys"] == "one spelling each"


def test_how_counts_are_typed_field_by_field(world: World) -> None:
    def text(metrics: list[dict[str, Any]], names: set[str]) -> None:
        for metric in metrics:
            for row in metric["information"]:
                row |= {name: str(row[name]) for name in names & row.keys()}

    everything = {
        *("sessionsCount", "pagesViews", "subTotal", "totalSessionCount", "totalBotSessionCount"),
        *("distinctUserCount", "totalTime", "activeTime"),
    }  # fmt: skip
    world.fake.script(
        PROJECT, None, reshaped(lambda sent: text(sent, everything)), reshaped(lambda sent: text(sent, {"subTotal"}))
    )
    assert [said(world)["count_types"] for _ in range(3)] == ["numbers", "strings", "it differs from field to field"]


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (lambda _: 5, None),
        (lambda _: 400, "not for the whole response"),
        (lambda _: 1000, "for each metric"),
        (lambda name: 1000 if name == "Traffic" else 0, "for the whole response, which ends at exactly 1,000 rows"),
        (lambda _: 1200, "neither: there is more than the known cap"),
    ],
)
def test_what_the_cap_is_of(world: World, count: Callable[[str], int], words: str | None) -> None:
    world.fake.script(PROJECT, reshaped(lambda sent: rows_of(sent, count)))
    assert said(world)["row_cap"] == words


@pytest.mark.parametrize(("as_total", "words"), [(False, "averages a session"), (True, "totals")])
def test_whether_times_are_averages(world: World, as_total: bool, words: str) -> None:
    world.fake.script(PROJECT, reshaped(timed(as_total)))
    assert said(world)["times"] == words


def test_few_rows_tell_nothing_of_times(world: World) -> None:
    world.fake.script(PROJECT, reshaped(lambda sent: rows_of(sent, lambda _: 3)))
    assert said(world)["times"] is None


def test_headers_of_a_closed_list_are_named_and_never_quoted(world: World) -> None:
    headers = (JSON_TYPE, ("X-RateLimit-Remaining", "7-of-anna"), ("Set-Cookie", "anna-limit=1"), ("Retry-After", "9999"))
    world.fake.script(PROJECT, None, Fault(headers=headers))
    assert (said(world)["quota_headers"], world.calls()) == ("no", 1)
    with world.home() as home:
        report = check_contract(home.capture, "acme")
    found = {each.topic: (each.seen, each.says) for each in report.findings}
    assert found["quota_headers"] == ("`x-ratelimit-remaining`", "yes")
    assert found["retry_after"] == ("present with HTTP 200, in seconds", "yes")
    assert found["clock"] == ("within 5 seconds", "yes")
    assert not re.search("anna|9999", report.markdown() + json.dumps(report.document()))


def test_a_clock_that_is_off_is_told(world: World) -> None:
    world.fake.script(PROJECT, Fault(headers=(JSON_TYPE, ("Date", "Mon, 04 May 2026 00:09:00 GMT"))))
    assert (said(world)["clock"] or "").startswith("no: set this machine's clock")


@pytest.mark.parametrize(
    ("fault", "status", "seen"),
    [
        (literal(401), 1, "HTTP 401 with an empty body"),
        (
            literal(429, headers=(("Retry-After", "60"),), body=b'{"error": "anna"}'),
            3,
            "HTTP 429 with a JSON object of under 256",
        ),
        (literal(500, body=b"<p>anna</p>" * 1000), 1, "HTTP 500 with HTML of 4 to 64 KiB"),
        (literal(503, body=b"anna" * 100), 1, "HTTP 503 with text that is no JSON of 256 bytes"),
    ],
)
def test_a_refusal_is_one_line_and_a_report_of_its_shape(
    world: World, clarity: Clarity, fault: Fault, status: int, seen: str
) -> None:
    world.fake.script(PROJECT, fault)
    ran = clarity("contract", "acme")
    assert ran.status == status
    assert ran.error
    assert seen in ran.out
    assert "anna" not in ran.out + ran.err
    assert world.calls() == 1


def test_what_is_refused_beforehand_is_one_line_and_no_call(world: World, clarity: Clarity) -> None:
    assert "There is no business named nobody" in clarity("contract", "nobody").error
    there = world.folder.parent / "report.md"
    there.write_text("mine")
    assert "exists already, and no call was made" in clarity("contract", "acme", "--out", str(there)).error
    clarity("disable", "acme")
    assert "acme is disabled" in clarity("contract", "acme").error
    clarity("enable", "acme")
    assert world.calls() == 0
    for _ in range(6):
        clarity("test", "acme")
    spent = clarity("contract", "acme")
    assert (spent.status, world.calls(), there.read_text()) == (3, 6, "mine")
    assert spent.error


def test_its_answer_is_kept_and_never_loaded(world: World, clarity: Clarity) -> None:
    world.fake.country_region = "accepted"
    out = world.folder.parent / "report.md"
    assert clarity("contract", "acme", "--out", str(out)).status == 0
    assert CONTRACT.name not in SLICES
    with world.home() as home:
        (kept,) = home.vault.answers("acme", date=DAY, slice_name="contract")
        assert (kept.purpose, home.audit.entries("acme", limit=1)[0].action) == ("test", "tested")
        assert (replay(home).lanes, home.contract_drift.latest("acme")) == (0, [])
    assert world.sync().failures() is not None
    assert world.calls() == 1 + 4, "no lane took it for its own"
    assert {job.slice_name for job in world.jobs()} == {name for name in SLICES if name != "totals"}
    assert out.read_text().startswith("# What one call says")


def test_nothing_personal_is_in_report_log_or_metadata(
    world: World, clarity: Clarity, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    marks = ("anna", "Ruritania", "shop.example", PROJECT, world.fake.token(PROJECT)[-40:], "424242")

    def plant(metrics: list[dict[str, Any]]) -> None:
        metrics.append({"metricName": "anna@shop.example", "information": [{"anna": 1}]})
        for metric in metrics:
            for row in metric["information"]:
                row |= {"Url": "https://shop.example/anna", "Country": "Ruritania", "anna-was-here": "anna"}
                row |= dict.fromkeys({"totalSessionCount", "sessionsCount"} & row.keys(), 424242)

    world.fake.country_region = "accepted"
    poison = (reshaped(plant), literal(500, headers=(("X-RateLimit-Limit", "anna"), ("X-anna", "1")), body=b'{"anna": 1}'))
    world.fake.script(PROJECT, *poison, *poison, *poison)
    shown = [clarity("contract", "acme", *how) for how in ((), (), ("--json",), ("--json",))]
    assert [ran.status for ran in shown] == [0, 1, 0, 1]
    with dg.DagsterInstance.ephemeral() as instance:
        job = build(world.settings).resolve_job_def("contract")
        config = {"ops": {"ask_about_the_contract": {"config": {"business": "acme"}}}}
        results = [job.execute_in_process(instance=instance, run_config=config, raise_on_error=False) for _ in range(2)]
        logged = "".join(entry.to_json() for result in results for entry in instance.all_logs(result.run_id))
    assert [result.success for result in results] == [True, False]
    output = capfd.readouterr()
    everything = "".join(ran.out + ran.err for ran in shown) + logged + caplog.text + output.out + output.err
    assert "accepted; its row key is" in logged
    assert [mark for mark in marks if mark in everything] == []
    vault = str(world.settings.vault_folder)
    elsewhere = [place for place, content in contents(world.folder) if not place.startswith(vault) and b"Ruritania" in content]
    assert elsewhere == []
    assert any(b"Ruritania" in content for place, content in contents(world.folder) if place.startswith(vault))


def test_a_call_that_failed_is_audited(world: World) -> None:
    world.fake.script(PROJECT, SERVER_ERROR)
    with world.home() as home:
        report = check_contract(home.capture, "acme", actor="cli:anna")
        (entry, *_) = home.audit.entries("acme")
    assert (report.http_status, entry.detail["result"], entry.detail["calls"]) == (500, "unavailable", 1)


def test_the_report_names_the_window_that_it_proved_and_a_refusal_proves_none(world: World, clarity: Clarity) -> None:
    world.fake.country_region = "accepted"
    world.fake.script(PROJECT, None, None, SERVER_ERROR)
    document = clarity("contract", "acme", "--json").document
    start, end = world.now - timedelta(hours=24), world.now
    assert document["window"] == {"from": f"{start:%Y-%m-%dT%H:%M:%SZ}", "to": f"{end:%Y-%m-%dT%H:%M:%SZ}"}
    assert document["question"] == {"num_of_days": 1, "dimensions": ["URL", "Country/Region", "Device"]}
    with world.home() as home:
        (kept,) = home.vault.answers("acme", date=DAY, slice_name="contract")
    assert (kept.window_start, kept.window_end) == (start, end)
    said = f"The window it proves: {document['window']['from']} to {document['window']['to']} (UTC, numOfDays=1)."
    assert said in clarity("contract", "acme").out
    refused = clarity("contract", "acme", "--json")
    assert (refused.status, refused.document["window"]) == (1, None)

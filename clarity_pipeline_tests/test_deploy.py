"""What stands in `deploy/`, as far as one machine can run it: its files, its commands, and a day on its Postgres."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from socket import create_server
from time import monotonic, sleep
from typing import Any

import pytest
import requests
import yaml

from clarity_pipeline.simulator.presets import mid_size, small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.world import DAY, World

DEPLOY = Path(__file__).parents[1] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = ("code", "daemon", "webserver", "panel")
BIN = Path(sys.executable).parent


@pytest.fixture
def production(postgres_server: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a process in production: Dagster's storage and the state in one new database of a real Postgres."""
    pytest.importorskip("dagster_postgres")
    database = f"production_{tmp_path.name.strip('0123456789')}_{os.getpid()}".replace("-", "_")[:60]
    query(postgres_server, "postgres", f"create database {database}")
    home = tmp_path / "production"
    home.mkdir()
    shutil.copy(DEPLOY / "dagster.yaml", home)
    place = {"USERNAME": "clarity", "PASSWORD": "", "HOST": "", "PORT": "5432", "DB": database}  # the host is a socket: PGHOST
    return {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "DAGSTER_HOME": str(home),
        "PGHOST": str(postgres_server),
        **{f"DAGSTER_PG_{name}": value for name, value in place.items()},
        "CLARITY_STATE_URL": f"postgresql+psycopg2://clarity@/{database}?host={postgres_server}",
    }


@pytest.fixture
def two_businesses(tmp_path: Path, production: dict[str, str]) -> Iterator[World]:
    """`acme` and `globex`, each with a project of its own, connected in production's state."""
    world = World(tmp_path / "home")
    sites = small(), mid_size()
    world.fake = FakeClarity(sites, clock=lambda: world.now)
    with world.fake:
        for slug, site in zip(("acme", "globex"), sites, strict=True):
            connected = run(
                ["clarity-pipeline", "connect", slug, "--project-id", site.project_id, "--token-file", "-"],
                {**production, **world.environment},
                text=world.fake.token(site.project_id),
            )
            assert (connected.returncode, connected.stderr) == (0, "")
        yield world


def run(command: list[str], environment: dict[str, str], *, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=environment, input=text, capture_output=True, text=True, timeout=110, check=False)


def query(server: Path, database: str, statement: str) -> list[tuple[Any, ...]]:
    import psycopg2

    connection = psycopg2.connect(host=str(server), user="clarity", dbname=database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def words(service: str) -> list[str]:
    """A unit's command, without the folder of its program."""
    text = (DEPLOY / "systemd" / f"clarity-pipeline-{service}.service").read_text()
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    first, *others = line.split()
    return [Path(first).name, *others]


@pytest.mark.parametrize("service", SERVICES)
def test_compose_and_systemd_start_the_same_program_and_only_containers_listen_beyond_loopback(service: str) -> None:
    command, unit = COMPOSE["services"][service]["command"], words(service)
    assert "0.0.0.0" not in unit
    assert [each for each in command if each != "0.0.0.0"] == [
        each for each in unit if each not in {"127.0.0.1", "--use-python-environment-entry-point"}
    ]
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["services"][service].get("ports", []))


def test_the_example_environment_has_the_five_variables_and_every_service_reads_it() -> None:
    example = dict(
        line.split("=", 1) for line in (DEPLOY / "environment.example").read_text().splitlines() if re.match(r"\w", line)
    )
    storage = yaml.safe_load((DEPLOY / "dagster.yaml").read_text())["event_log_storage"]["config"]["postgres_db"]
    assert {each["env"] for each in storage.values() if isinstance(each, dict)} == {
        name for name in example if name.startswith("DAGSTER_PG_")
    }
    assert example["CLARITY_STATE_URL"].startswith("postgresql+psycopg2://")
    assert all(COMPOSE["services"][service]["env_file"] == "environment" for service in SERVICES)
    for service in SERVICES:
        assert "EnvironmentFile=" in (DEPLOY / "systemd" / f"clarity-pipeline-{service}.service").read_text()


@pytest.mark.slow("two days in processes of their own, on Dagster's storage for Postgres")
def test_two_processes_sync_two_businesses_at_once_on_one_postgres(
    two_businesses: World, production: dict[str, str], postgres_server: Path
) -> None:
    environment = {**production, **two_businesses.environment}
    syncs = [
        subprocess.Popen(
            ["clarity-pipeline", "sync", "--business", slug, "--date", str(DAY)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for slug in ("acme", "globex")
    ]
    for sync in syncs:
        _, errors = sync.communicate(timeout=110)
        assert (sync.returncode, errors) == (0, "")
    database = production["DAGSTER_PG_DB"]
    runs = query(postgres_server, database, "select pipeline_name, status from runs")
    assert sorted(runs) == [("daily_sync", "SUCCESS")] * 2 + [("rule_evaluation", "SUCCESS")] * 2
    lanes = query(
        postgres_server, database, "select business_id, count(*), sum(calls) from clarity_sync_jobs where state = 'ok' group by 1"
    )
    assert sorted(lanes) == [("acme", 4, 4), ("globex", 4, 4)]
    assert len(two_businesses.fake.calls()) == 8
    assert not list(Path(production["DAGSTER_HOME"]).glob("**/*.db"))
    assert not (two_businesses.folder / "state.db").exists()


@pytest.mark.slow("four services come up, and a day by them")
def test_the_four_services_of_compose_come_up_and_run_a_day_that_the_ui_asks_for(
    two_businesses: World, production: dict[str, str], postgres_server: Path, tmp_path: Path
) -> None:
    """Their own commands, with other ports; a run is launched as the UI does it, queued, and run by the daemon."""
    ports = {port: free_port() for port in ("4000", "3000", "8400")}
    workspace = tmp_path / "production" / "workspace.yaml"
    workspace.write_text((DEPLOY / "workspace.yaml").read_text().replace("4000", ports["4000"]))
    before = {path.name for path in workspace.parent.iterdir()}
    panel = f"http://127.0.0.1:{ports['8400']}"
    addresses = {"CLARITY_CODE_HOST": "127.0.0.1", "CLARITY_PANEL_ORIGIN": panel}
    environment = {**production, **two_businesses.environment, **addresses}
    moved = {**ports, "0.0.0.0": "127.0.0.1", "/etc/clarity-pipeline/dagster/workspace.yaml": str(workspace)}
    graphql = f"http://127.0.0.1:{ports['3000']}/graphql"
    healthy = [moved.get(word, word) for word in COMPOSE["services"]["code"]["healthcheck"]["test"][1:]]
    with ExitStack() as stack:
        for service in SERVICES:
            command = [moved.get(word, word) for word in COMPOSE["services"][service]["command"]]
            stack.enter_context(started(command, environment, log=tmp_path / f"{service}.log"))
            if service == "code":
                until(lambda: run(healthy, environment).returncode == 0)
        until(lambda: requests.get(f"{panel}/api/v1/health", timeout=5).status_code == 200)
        until(lambda: ask(graphql, LOCATIONS)["locationStatusesOrError"]["entries"][0]["loadStatus"] == "LOADED")
        until(lambda: known_businesses(graphql) == {"acme", "globex"})  # the daemon's sensor has been there
        tags = {"dagster/partition": f"acme|{DAY}", "dagster/partition/business": "acme", "dagster/partition/date": str(DAY)}
        launched = ask(graphql, LAUNCH, tags=[{"key": key, "value": value} for key, value in tags.items()])
        run_id = launched["launchRun"]["run"]["runId"]
        status = f"select status from runs where run_id = '{run_id}'"
        until(lambda: query(postgres_server, production["DAGSTER_PG_DB"], status) == [("SUCCESS",)])
    added = {path.name for path in workspace.parent.rglob("*")} - before
    assert added <= {"logs", ".logs_queue"}, added  # Dagster's own, and empty: everything that lasts is on Postgres
    assert len(two_businesses.fake.calls()) == 4
    if sys.platform == "linux":
        assert "Runs are forked from process" in (tmp_path / "daemon.log").read_text()


LOCATIONS = "{ locationStatusesOrError { ... on WorkspaceLocationStatusEntries { entries { name loadStatus } } } }"
BUSINESSES = """{ repositoryOrError(repositorySelector: {
  repositoryName: "__repository__", repositoryLocationName: "clarity_pipeline.definitions"
}) { ... on Repository { assetNodes { partitionKeysByDimension { name partitionKeys } } } } }"""
LAUNCH = """mutation ($tags: [ExecutionTag!]) { launchRun(executionParams: {
  selector: {
    jobName: "daily_sync", repositoryName: "__repository__", repositoryLocationName: "clarity_pipeline.definitions"
  },
  executionMetadata: { tags: $tags }
}) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""


def ask(address: str, document: str, **variables: Any) -> Any:
    answer = requests.post(address, json={"query": document, "variables": variables}, timeout=20).json()
    assert "errors" not in answer, answer
    return answer["data"]


def known_businesses(address: str) -> set[str]:
    nodes = ask(address, BUSINESSES)["repositoryOrError"].get("assetNodes", [])
    return {
        key
        for node in nodes
        for dimension in node["partitionKeysByDimension"]
        if dimension["name"] == "business"
        for key in dimension["partitionKeys"]
    }


def until(holds: Any, *, seconds: float = 100) -> None:
    """Wait for it; what cannot be asked yet does not hold."""
    deadline = monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except (requests.ConnectionError, IndexError):
            pass
        assert monotonic() < deadline, "it never came to hold"
        sleep(0.5)


def free_port() -> str:
    with create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@contextmanager
def started(command: list[str], environment: dict[str, str], *, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except (
                subprocess.TimeoutExpired
            ):  # Dagster's code server takes its time on a busy machine, and its end is not the test
                process.kill()
                process.wait(30)

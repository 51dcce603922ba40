"""The state's Postgres ends connections, or restarts, in the middle of a night: no lane is lost, and no call is made twice."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest
import sqlalchemy as sa

from clarity_pipeline.settings.settings import Settings
from clarity_pipeline_tests.cli.running import run_script
from clarity_pipeline_tests.day.test_crashes import rows
from clarity_pipeline_tests.postgres import Server, ends_the_connection, postgres
from clarity_pipeline_tests.world import OTHER_PROJECT, World

pytestmark = pytest.mark.slow("a night with the state in a Postgres of its own")

WRITTEN = {
    "clarity_sync_jobs": ("insert or update", (2, 5, 9, 14, 20)),
    "clarity_quota_calls": ("insert or update", (2, 5, 9)),
    "clarity_lanes_loaded": ("insert", (1, 4, 6)),
    "clarity_rule_evaluations": ("insert", (1,)),
    "clarity_serving_days": ("insert", (1,)),
}
"""Tables of a night, and at which of all writes to them the connection ends."""


@dataclass
class OnPostgres(World):
    """A home whose state is in a Postgres."""

    address: str = field(default="", kw_only=True)

    @property
    def settings(self) -> Settings:
        return replace(super().settings, state_url=self.address)

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {"CLARITY_STATE_URL": self.address}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as one:
        yield one


@pytest.fixture
def night(server: Server, tmp_path: Path) -> Iterator[OnPostgres]:
    """Two businesses, nothing synced yet, in a database of their own."""
    name = f"night_{tmp_path.name.rpartition('_')[2]}"
    server.run(f"drop database if exists {name}")
    server.run(f"create database {name}")
    world = OnPostgres(tmp_path / "home", address=server.address(name))
    with world.fake:
        world.connect()
        world.connect("globex", project_id=OTHER_PROJECT)
        yield world


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> frozenset[object]:
    """What a night without a fault publishes."""
    world = World(tmp_path_factory.mktemp("undisturbed") / "home")
    with world.fake:
        world.connect()
        world.connect("globex", project_id=OTHER_PROJECT)
        assert not list(world.sync(business_ids=["acme", "globex"]).failures())
        return frozenset(rows(world.settings.published_file))


def all_is_there(night: OnPostgres, undisturbed: frozenset[object]) -> None:
    assert frozenset(rows(night.settings.published_file)) == undisturbed
    assert night.calls() == 8
    with night.home() as home:
        assert {(job.state, job.reason) for job in home.jobs.list() if job.state != "failed"} == {("ok", None)}
        assert len({(job.business_id, job.slice_name) for job in home.jobs.list() if job.state == "ok"}) == 8


@pytest.mark.parametrize("table", sorted(WRITTEN))
def test_connections_that_end_in_the_middle_of_writes_cost_nothing(
    night: OnPostgres, server: Server, undisturbed: frozenset[object], table: str
) -> None:
    on, at = WRITTEN[table]
    server.run(ends_the_connection(table, on=on, at=at), database=str(sa.make_url(night.address).database))
    report = night.sync(business_ids=["acme", "globex"])
    assert list(report.failures()) == []
    all_is_there(night, undisturbed)


@pytest.mark.parametrize("after_calls", [1, 5, 8])
def test_a_restart_in_the_middle_of_the_night_loses_no_lane(
    night: OnPostgres, server: Server, undisturbed: frozenset[object], after_calls: int
) -> None:
    def restart() -> None:
        deadline = monotonic() + 60
        while night.calls() < after_calls and monotonic() < deadline:
            sleep(0.01)
        server.stop(mode="immediate")
        sleep(1)
        server.start()

    meanwhile = Thread(target=restart)
    meanwhile.start()
    report = night.sync(business_ids=["acme", "globex"])
    meanwhile.join()
    assert list(report.failures()) == []
    all_is_there(night, undisturbed)


def test_a_standby_is_said_in_one_sentence_and_the_night_goes_on_with_the_primary(
    night: OnPostgres, server: Server, tmp_path: Path
) -> None:
    primary = night.address
    with server.standby() as standby:
        night.address = standby.address(str(sa.make_url(primary).database))
        ran = run_script("sync", environment=night.environment, cwd=tmp_path, seconds=280)
    assert ran.status == 1
    assert "is a standby: name its primary in CLARITY_STATE_URL" in ran.err
    assert "internal error" not in ran.err
    assert night.calls() == 0
    night.address = primary
    assert run_script("sync", environment=night.environment, cwd=tmp_path, seconds=280).status == 0
    assert night.calls() == 8

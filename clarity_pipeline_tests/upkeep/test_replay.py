"""The warehouse made anew from the vault: table by table what it was, whatever happened to the home before or meanwhile."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.cli.main import run
from clarity_pipeline.day.load import load_lane
from clarity_pipeline.day.regimes import tell_regimes
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.version import NORMALISER_VERSION
from clarity_pipeline.upkeep.replay import Replayed, TargetExists, replay
from clarity_pipeline.warehouse.errors import WarehouseUnreadable
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.imports.test_inbox import drop, take_entities
from clarity_pipeline_tests.lived_in import NEXT_DAY, answer_of, tables
from clarity_pipeline_tests.world import DAY, World


def replayed(
    world: World,
    *,
    into: Path | None = None,
    workers: int | None = None,
    meanwhile: Callable[[Home], None] | None = None,
) -> Replayed:
    """Replay; `meanwhile` happens when every business-day but the last is played."""
    with world.home() as home:
        last = f"acme {NEXT_DAY}"
        return replay(
            home, into=into, workers=workers, progress=lambda name: meanwhile(home) if meanwhile and name == last else None
        )


def use(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)


def test_the_rebuilt_file_has_every_row_of_every_table(lived_in: World) -> None:
    warehouse = lived_in.settings.warehouse_file
    before, inode = tables(warehouse), warehouse.stat().st_ino
    done = replayed(lived_in)
    after = tables(warehouse)
    assert warehouse.stat().st_ino != inode
    for name, rows in before.items():
        assert after[name] == rows, name
    assert set(after) == set(before)
    assert (done.path, done.lanes, done.rows) == (warehouse, 11, len(before["clarity_daily_metrics"]))
    assert (done.superseded_rows, done.taken_over, done.unusable, done.failures) == (
        len(before["clarity_daily_metrics_history"]), 0, 1, (),
    )  # fmt: skip
    assert done.superseded_rows > 5
    assert sorted(path.name for path in warehouse.parent.glob("warehouse*")) == [
        "warehouse.duckdb", "warehouse.duckdb.lock", "warehouse.duckdb.lock.wanted", "warehouse.duckdb.replay.lock",
    ]  # fmt: skip


def test_what_people_delivered_is_taken_over_and_loaded_once_for_ever(lived_in: World) -> None:
    drop(lived_in, "ads.csv")
    with lived_in.home() as home:
        take_entities(home, "ads.csv")
    before = tables(lived_in.settings.warehouse_file)
    assert (len(before["ad_entities"]), len(before["clarity_deliveries"])) == (1, 1)
    assert replayed(lived_in).failures == ()
    assert tables(lived_in.settings.warehouse_file) == before
    drop(lived_in, "ads.csv")
    with lived_in.home() as home:
        assert [each.outcome for each in take_entities(home, "ads.csv")] == ["known"]


def test_landing_pages_follow_what_a_business_keeps_of_its_urls(lived_in: World) -> None:
    def landing_urls() -> list[tuple[str]]:
        with duckdb.connect(lived_in.settings.warehouse_file, read_only=True) as connection:
            return connection.execute("select landing_url from ad_entities order by entity_id").fetchall()

    with lived_in.home() as home:
        home.connections.update("acme", kept_query_parameters=("variant",))
    lines = "".join(f"acme,{DAY},ad,{n},https://x.de/lp?{query}\n" for n, query in enumerate(("variant=b", "other=1")))
    drop(lived_in, "ads.csv", f"business,date,level,id,landing_url\n{lines}")
    with lived_in.home() as home:
        take_entities(home, "ads.csv")
    assert landing_urls() == [("https://x.de/lp?variant=b",), ("https://x.de/lp",)]
    with lived_in.home() as home:
        home.connections.update("acme", kept_query_parameters=())
    replayed(lived_in)
    assert landing_urls() == [("https://x.de/lp",)] * 2


def test_a_day_synced_again_and_again_adds_nothing_to_history_and_moves_no_instant(lived_in: World) -> None:
    with duckdb.connect(lived_in.settings.warehouse_file, read_only=True) as connection:
        superseded = connection.execute("select distinct business_id, date, slice from clarity_daily_metrics_history").fetchall()
        loads = connection.execute(
            "select distinct minute(loaded_at) from clarity_daily_metrics where slice = 'url_device'"
        ).fetchall()
    assert superseded == [("acme", DAY, "url_source")]
    assert loads == [(5,)]  # the second load, at 00:25, changed nothing


def test_what_was_known_before_a_lane_was_fetched_again_is_still_told(lived_in: World) -> None:
    replayed(lived_in)
    query = (
        "select list(distinct minute(window_end) order by minute(window_end))"
        " from clarity_daily_metrics_as_known_at(timestamptz '2026-05-04 00:00:00+00' + interval (?) minute)"
        " where business_id = 'acme' and slice = 'url_source' and date = ?"
    )
    with duckdb.connect(lived_in.settings.warehouse_file, read_only=True) as connection:
        known = [connection.execute(query, [minutes, DAY]).fetchall() for minutes in (4, 5, 24, 25, 9999)]
    assert known == [[(None,)], [([5],)], [([5],)], [([25],)], [([25],)]]


def test_a_damaged_answer_is_named_and_its_lane_is_taken_over(
    lived_in: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = lived_in.settings.warehouse_file
    before = tables(warehouse)
    with lived_in.home() as home:
        answer_of(home, "acme").path.write_bytes(b"rotten")
        sidecar = answer_of(home, "acme", "url_country").path
    sidecar.with_name(sidecar.name.replace(".json.zst", ".meta.json")).write_text("{}")
    use(lived_in, monkeypatch)
    assert run(["replay", "--json"]) == 1
    output = capsys.readouterr()
    document = json.loads(output.out)
    assert (document["lanes"], document["taken_over"], document["normaliser_version"]) == (9, 2, NORMALISER_VERSION)
    assert len(document["failures"]) == 2
    assert [line.split(":")[0] for line in output.err.splitlines()] == ["error"] * 3
    assert "acme 2026-05-03 url_device is damaged" in output.err
    assert "acme 2026-05-03 url_country: the sidecar" in output.err
    assert "Traceback" not in output.err
    assert tables(warehouse) == before
    warehouse.unlink()
    lived_in.settings.published_file.unlink()  # and without either file these two lanes are missing, and nothing else is
    assert run(["replay"]) == 1
    gone = {("acme", DAY, "url_device"), ("acme", DAY, "url_country")}
    loads = {row[:3] for row in before["clarity_lane_loads"]}
    assert {row[:3] for row in tables(warehouse)["clarity_lane_loads"]} == loads - gone


def test_rows_whose_answers_are_pruned_are_taken_over(
    lived_in: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tables(lived_in.settings.warehouse_file)
    use(lived_in, monkeypatch)
    assert run(["prune", "--vault-days", "1", "--yes"]) == 0
    assert run(["replay"]) == 0
    assert "7 lanes that the vault cannot tell are taken over" in capsys.readouterr().out
    assert tables(lived_in.settings.warehouse_file) == before


def test_without_the_old_file_all_of_it_comes_back(lived_in: World) -> None:
    before = tables(lived_in.settings.warehouse_file)
    lived_in.settings.warehouse_file.unlink()
    assert replayed(lived_in).failures == ()
    assert tables(lived_in.settings.warehouse_file) == before


def test_a_lane_that_is_loaded_meanwhile_is_not_lost(lived_in: World, tmp_path: Path) -> None:
    rebuilt = tmp_path / "rebuilt.duckdb"

    def load(home: Home) -> None:
        stored = answer_of(home, "acme")
        home.vault.keep(
            home.vault.read(stored), business_id="zeta", date=DAY, slice_name="url_device", num_of_days=1,
            window=(stored.window_start, stored.window_end), purpose="refetch",
        )  # fmt: skip
        job = home.jobs.start("zeta", date=DAY, slice_name="url_device", run_id=None)
        window = (stored.window_start, stored.window_end)
        home.jobs.finish(job, state="ok", window=window, answer_sha256=stored.sha256)
        load_lane(home, business_id="zeta", date=DAY, asked=DAILY_SLICES["url_device"])
        with home.warehouse.connect() as connection:
            refresh(connection, list(MARTS.values()), business_id="zeta", date=DAY)
            tell_regimes(connection, home.connections.all(), audit=home.audit)

    done = replayed(lived_in, into=rebuilt, meanwhile=load)
    assert (done.lanes, done.unusable) == (12, 0)
    before, after = tables(lived_in.settings.warehouse_file), tables(rebuilt)
    assert after == before


def test_into_a_file_it_leaves_the_warehouse_and_replaces_no_file(lived_in: World, tmp_path: Path) -> None:
    content = lived_in.settings.warehouse_file.read_bytes()
    replayed(lived_in, into=tmp_path / "rebuilt.duckdb")
    assert lived_in.settings.warehouse_file.read_bytes() == content
    assert tables(tmp_path / "rebuilt.duckdb") == tables(lived_in.settings.warehouse_file)
    with pytest.raises(TargetExists, match=r"rebuilt\.duckdb exists already"):
        replayed(lived_in, into=tmp_path / "rebuilt.duckdb")


def test_a_warehouse_that_cannot_be_read_is_said_before_the_work_where_it_is_to_stay(lived_in: World, tmp_path: Path) -> None:
    lived_in.settings.warehouse_file.write_bytes(b"certainly not a database" * 999)
    with pytest.raises(WarehouseUnreadable, match="clarity-pipeline replay"):
        replayed(lived_in, into=tmp_path / "rebuilt.duckdb")
    assert lived_in.settings.warehouse_file.read_bytes().startswith(b"certainly")


def test_a_business_that_is_not_connected_is_named_once_and_taken_over(lived_in: World) -> None:
    before = tables(lived_in.settings.warehouse_file)
    for path in lived_in.folder.glob("state.db*"):
        path.unlink()
    with lived_in.home() as home:
        done = replay(home)
    assert [line.split(" ")[0] for line in done.failures] == ["acme", "zeta"]
    assert done.taken_over == 11
    after = tables(lived_in.settings.warehouse_file)
    assert after["clarity_daily_metrics"] == before["clarity_daily_metrics"]
    assert after["url_day"] == before["url_day"]


def test_parameters_that_a_business_keeps_now_change_the_past(lived_in: World) -> None:
    with lived_in.home() as home:
        home.connections.update("acme", kept_query_parameters=("utm_source",))
        before = tables(lived_in.settings.warehouse_file)
        replay(home)
    after = tables(lived_in.settings.warehouse_file)
    assert len(after["clarity_daily_metrics"]) > len(before["clarity_daily_metrics"])
    with duckdb.connect(lived_in.settings.warehouse_file, read_only=True) as connection:
        totals = connection.execute("select business_id, sum(sessions) from url_day group by all order by all").fetchall()
        assert (
            totals
            == connection.execute("select business_id, sum(sessions) from business_day group by all order by all").fetchall()
        )

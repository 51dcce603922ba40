"""From files and a real warehouse to `experiment_quality`: which pages and campaigns are whose, and what is not told."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clarity_pipeline.imports.experiments.judging import judge_experiments
from clarity_pipeline.imports.load_files import check_file, load_files
from clarity_pipeline.warehouse.experiments import experiment_days, experiment_quality
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.imports.experiments.test_columns import HEADER
from clarity_pipeline_tests.lived_in import tables
from clarity_pipeline_tests.upkeep.test_replay import replayed
from clarity_pipeline_tests.warehouse.lanes import load
from clarity_pipeline_tests.world import DAY, World

A, B = "https://x.de/checkout-a*", "https://x.de/checkout_b*"


def deliver(world: World, *variants: tuple[str, bool, str, int], days: int = 10, campaigns: bool = False) -> None:
    """Each variant's name, whether it is the control, its pattern, and conversions of 400 visitors a day."""
    text = HEADER
    for n in range(days):
        for name, is_control, pattern, conversions in variants:
            patterns = f",{pattern}" if campaigns else f"{pattern},"
            text += f"acme,{DAY - timedelta(days=n)},checkout,{name},{is_control},{patterns},400,{conversions}\n"
    path = world.folder / "e.csv"
    path.write_text(text)
    with world.home() as home:
        of_home = {"businesses": home.connections.all(), "now": home.clock()}
        load_files(home.warehouse, [check_file(path, kind="experiments", **of_home)])


def seen(
    world: World, *pages: tuple[str, int], days: int = 10, slice_name: str = "url_device", column: str = "url", **facts: Any
) -> None:
    """Each page's 400 sessions a day and those of them with rage clicks."""
    with world.home() as home:
        for n in range(days):
            day = DAY - timedelta(days=n)
            rows = [
                {column: page, "sessions": 400, "rage_click_sessions": rage, "dead_click_sessions": 20, **facts}
                for page, rage in pages
            ]
            load(home.warehouse, rows, day=day, slice_name=slice_name)
            with home.warehouse.connect() as connection:
                marts = [mart for mart in MARTS.values() if mart.slice_name == slice_name]
                refresh(connection, marts, business_id="acme", date=day)


def quality(world: World) -> dict[str, dict[str, Any]]:
    with world.home() as home, home.warehouse.connect() as connection:
        judge_experiments(connection)
        return {row["variant"]: row for row in experiment_quality(connection, business_ids=["acme", "other"])}


PUSHY = (("a", True, A, 40), ("b", False, B, 60))


def test_a_variant_that_converts_and_frustrates_more_is_flagged(world: World) -> None:
    seen(world, ("https://x.de/checkout-a/1", 20), ("https://x.de/checkout_b", 40), ("https://x.de/checkout-b", 400))
    deliver(world, *PUSHY)
    found = quality(world)
    assert [each["more_conversions_and_more_frustration"] for each in found.values()] == [None, True]
    assert (found["a"]["sessions"], found["b"]["sessions"], found["b"]["rage_click_sessions"]) == (4000, 4000, 400)
    assert found["b"]["days_with_clarity"] == 10


def test_dates_that_clarity_did_not_tell_and_cut_ones_count_for_conversions_alone(world: World) -> None:
    deliver(world, *PUSHY)
    assert {(each["days"], each["days_with_clarity"], each["sessions"]) for each in quality(world).values()} == {(10, 0, 0)}
    seen(world, ("https://x.de/checkout-a", 20), days=3)
    found = quality(world)
    assert (found["a"]["sessions"], found["b"]["sessions"], found["b"]["days_with_clarity"]) == (1200, 0, 3)
    assert "Clarity saw no session on the pages of one of the two" in found["b"]["said"]
    seen(world, ("https://x.de/checkout-a", 20), days=3, truncated=True)
    assert quality(world)["a"]["days_with_clarity"] == 0


def test_a_page_of_two_variants_makes_frustration_unknown(world: World) -> None:
    seen(world, ("https://x.de/checkout-a", 20), ("https://x.de/checkout-a2", 40))
    deliver(world, ("a", True, A, 40), ("b", False, "https://x.de/checkout-a2", 60))
    found = quality(world)
    assert found["b"]["more_conversions_and_more_frustration"] is None
    assert "a page belongs to two variants" in found["b"]["said"]
    assert found["b"]["conversion_rate_p"] < 0.01


def test_a_variant_can_be_a_campaign(world: World) -> None:
    lane = {"slice_name": "url_campaign_channel", "column": "campaign"}
    seen(world, ("summer-a", 20), ("summer-b", 40), **lane)
    deliver(world, ("a", True, "summer-a", 40), ("b", False, "*-b", 60), campaigns=True)
    assert quality(world)["b"]["more_conversions_and_more_frustration"] is True


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*checkout*", 2),
        ("https://x.de/checkout_b", 1),
        ("https://x.de/CHECKOUT*", 0),
        ("https://x.de/checkout%", 0),
        ("x.de*", 0),
    ],
)
def test_a_star_is_any_text_and_everything_else_is_itself(world: World, pattern: str, matches: int) -> None:
    seen(world, ("https://x.de/checkout-b", 20), ("https://x.de/checkout_b", 20), days=1)
    deliver(world, ("a", True, pattern, 40), days=1)
    with world.home() as home, home.warehouse.connect() as connection:
        (row,) = experiment_days(connection)
    assert row["sessions"] == 400 * matches


def test_delivering_again_replaces_and_replay_makes_the_same_table_anew(lived_in: World, tmp_path: Path) -> None:
    deliver(lived_in, *PUSHY)
    deliver(lived_in, ("a", True, A, 50), ("b", False, B, 60))
    before = tables(lived_in.settings.warehouse_file)
    assert (len(before["experiments"]), len(before["experiment_quality"])) == (20, 2)
    assert {row[7] for row in before["experiment_quality"]} == {4000}
    assert replayed(lived_in).failures == ()
    assert tables(lived_in.settings.warehouse_file) == before

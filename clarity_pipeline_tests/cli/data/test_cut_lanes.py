"""What `status` and `update` say of totals, cut lanes and the back-off."""

from datetime import timedelta

from clarity_pipeline.calls.cut_lanes import CutLane
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.world import DAY, World


def cut(world: World, *, days: int, share: float | None = 0.634) -> None:
    """So many dates before today on which url_device was cut."""
    with world.home() as home:
        for number in range(days):
            day = DAY - timedelta(days=number)
            method = None if share is None else "time_on_pages"
            lane = CutLane("acme", day, "url_device", ("url", "device"), True, share, method)
            home.cut_lanes.note("acme", date=day, lanes=[lane])


def test_both_switches_are_off_until_they_are_asked_for(clarity: Clarity) -> None:
    assert (clarity("status", "--json").document[0]["totals"], clarity("status", "--json").document[0]["back_off"]) == (
        False,
        False,
    )
    assert clarity("update", "acme", "--totals", "--back-off").status == 0
    assert clarity("update", "acme", "--name", "Acme Shop").status == 0
    assert (clarity("status", "--json").document[0]["totals"], clarity("status", "--json").document[0]["back_off"]) == (
        True,
        True,
    )
    assert clarity("update", "acme", "--no-totals").status == 0
    assert clarity("status", "--json").document[0]["totals"] is False


def test_a_cut_day_is_said_with_its_share_and_nothing_is_proposed(world: World, clarity: Clarity) -> None:
    cut(world, days=1)
    said = " ".join(clarity("status").out.split())
    assert "Clarity cut url_device at 1,000 rows on 1 of the last 7 days" in said
    assert "about 63% of the date's visits to pages" in said
    assert "--back-off" not in said
    (lane,) = clarity("status", "--json").document[0]["cut_lanes"]
    assert (lane["slice"], lane["covered_share"], lane["date"], lane["proposed"]) == ("url_device", 0.634, "2026-05-03", None)


def test_three_cut_days_are_a_proposal_that_says_what_it_costs(world: World, clarity: Clarity) -> None:
    cut(world, days=3)
    said = " ".join(clarity("status").out.split())
    assert "`clarity-pipeline update acme --back-off` asks for it by url while that lasts" in said
    assert "a back-off and no drill-down, since the API has no filter, so device is missing meanwhile" in said
    assert clarity("status", "--json").document[0]["cut_lanes"][0]["proposed"] == ["url"]
    clarity("update", "acme", "--back-off")
    assert "It is asked for by url meanwhile" in " ".join(clarity("status").out.split())


def test_a_plan_says_which_lanes_are_asked_for_less_and_what_the_totals_take(world: World, clarity: Clarity) -> None:
    cut(world, days=3)
    clarity("update", "acme", "--back-off", "--totals")
    world.later(days=1)
    lanes = clarity("plan", "--json").document[0]["lanes"]
    today = [(lane["slice"], lane["asked_by"]) for lane in lanes if lane["purpose"] == "sync"]
    assert today == [
        ("url_device", ["url"]), ("url_source", None), ("url_country", None), ("url_campaign_channel", None), ("totals", None),
    ]  # fmt: skip
    said = " ".join(clarity("plan").out.split())
    assert "url_device is asked for by url while Clarity keeps cutting it, a back-off without device" in said


def test_an_unknown_share_says_what_would_tell_it(world: World, clarity: Clarity) -> None:
    cut(world, days=1, share=None)
    said = " ".join(clarity("status").out.split())
    assert "a part of the date's visits to pages that nobody knows" in said
    assert "`clarity-pipeline update acme --totals`" in said


def test_help_says_what_both_cost(clarity: Clarity) -> None:
    help_text = " ".join(clarity("update", "--help").out.split()).replace("- ", "-")
    assert "One more call a day" in help_text
    assert "No drill-down" in help_text
    assert "--totals" in clarity("connect", "--help").out

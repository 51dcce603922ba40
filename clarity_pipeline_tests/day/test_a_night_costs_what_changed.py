"""A night costs what it brought: the same statements, rows and steps in a home of some months and in one of more than a year."""

from pathlib import Path

import pytest

from clarity_pipeline.day.known_less import refuse_if_less
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline_tests.day.grown import DATES, ROW_GROUP, first_night, grow, night
from clarity_pipeline_tests.day.watched import Cost
from clarity_pipeline_tests.world import World

YOUNG, OLD = 150, 500
SLACK = 200
"""Instructions: how deep an index is, and where a page of it ends."""


@pytest.mark.slow("two homes, one of 500 dates, and each statement of a night is measured in them")
def test_no_statement_of_a_night_reads_more_in_an_older_home(world: World, tmp_path: Path) -> None:
    world.name_site("roofmaster.example")
    first_night(world)
    young, old = (_cost(world, tmp_path / f"{dates}", dates) for dates in (YOUNG, OLD))
    assert young.times == old.times
    assert sum(young.rows.values()) > 10 * ROW_GROUP
    assert sum(young.instructions.values()) > 1000
    assert {query for query, rows in old.rows.items() if rows > young.rows[query] + 2 * ROW_GROUP * old.times[query]} == set()
    assert {query for query, steps in old.instructions.items() if steps > young.instructions[query] + SLACK} == set()


def test_each_table_of_the_state_database_that_grows_is_watched() -> None:
    """One that is new belongs into `DATES`, or below: it grows with what people do, or is bounded, or is asked for by its key."""
    bounded = {
        "clarity_acknowledgements", "clarity_alert_history", "clarity_alert_standing",
        "clarity_alerts", "clarity_api_keys", "clarity_audit_log", "clarity_business_config", "clarity_business_group_members",
        "clarity_business_groups",
        "clarity_change_markers", "clarity_channel_health", "clarity_channels", "clarity_contract_types", "clarity_cut_lanes",
        "clarity_days_to_judge", "clarity_findings_told", "clarity_grid", "clarity_jobs_ahead", "clarity_lanes_counted",
        "clarity_outbox", "clarity_publication", "clarity_rule_revisions",
        "clarity_rules", "clarity_silences", "clarity_told", "clarity_unpublished",
    }  # fmt: skip
    served = {name for name in every_table().tables if name.startswith(("clarity_serving_", "clarity_panel_"))}
    assert set(every_table().tables) - served - bounded == set(DATES)


def _cost(world: World, folder: Path, dates: int) -> Cost:
    with grow(folder, like=world, dates=dates).watched() as (home, cost):
        night(home)
        refuse_if_less(home)
    return cost

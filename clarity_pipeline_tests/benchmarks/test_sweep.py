"""The sweep's night is a night: lanes that agree, of the length asked for, through the real command of this checkout."""

import json
from collections import Counter

import pytest

from benchmarks.sweep.__main__ import NOW, measure
from benchmarks.sweep.night import Size
from benchmarks.sweep.site import lane, visits
from benchmarks.sweep.trees import HERE, Tree
from clarity_pipeline.clarity.answer import parse
from clarity_pipeline.clarity.dimensions import DAILY_SLICES


def test_the_lanes_of_a_day_have_the_rows_asked_for_and_tell_the_same_visits() -> None:
    found = visits("www.shop.example", rows=40, seed=3)
    sums = []
    for asked in DAILY_SLICES.values():
        answer = parse(lane(found, list(asked.parameters.values()), seed=3), asked=asked)
        assert answer.row_counts == dict.fromkeys(answer.groups, 40)
        assert (answer.damage, answer.unknown, answer.missing_metrics) == ((), (), ())
        traffic = answer.groups["Traffic"]
        by_url = Counter[str | None]()
        for key, sessions in zip(traffic.keys, traffic.numbers["totalSessionCount"], strict=True):
            by_url[key[0]] += int(sessions or 0)
        sums.append(by_url)
    assert sums[0] == sums[1] == sums[2] == sums[3]
    assert len(sums[0]) == 10


@pytest.mark.slow("a whole night by the command, in processes of its own")
def test_a_night_is_measured_by_the_command_that_people_run() -> None:
    (night,) = measure([Tree("here", HERE)], Size(businesses=2, rows=12, pause=0.0, seed=7), nights=1).values()
    assert night.summary == f"{NOW:%Y-%m}-20: 8 of 8 lanes ok, 96 rows, 8 calls."
    assert (night.calls, night.businesses) == (8, 2)
    assert 0 < night.cpu_s < 60
    assert 0 < night.captured_by_s < night.wall_s
    assert night.events > 0 < night.event_log_bytes <= night.dagster_bytes
    json.dumps(night.a_business_day())

"""What the benchmark of causes calls right, on a few of its sites."""

import random

import pytest

from benchmarks.causes import named_rightly


@pytest.mark.parametrize("scenario", ["page", "campaign", "everywhere"])
def test_the_cause_of_what_was_done_is_named(scenario: str) -> None:
    of = named_rightly(scenario, visits=3000, sites=5, draw=random.Random(scenario))
    assert of.right == of.sites


def test_chance_has_no_culprit() -> None:
    of = named_rightly("chance", visits=500, sites=3, draw=random.Random("chance"))
    assert of.right == of.sites

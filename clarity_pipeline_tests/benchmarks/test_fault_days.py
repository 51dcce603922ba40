"""Nothing silent: on thirty randomised fault days no lane is wrong without a word, and the judge catches a method that is."""

from collections import Counter

import pytest

from benchmarks.accuracy.fault_days import Outcome, live_all
from benchmarks.accuracy.stories import draw

SMALL = 30
FAULT_DAYS = 30

pytestmark = [
    pytest.mark.slow("thirty days by two methods"),
    pytest.mark.timeout(400),  # a third of a second each, and a suite on a busy machine shares its cores
]


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return live_all(list(range(FAULT_DAYS)), largest=SMALL)


def test_no_lane_of_thirty_fault_days_is_wrong_without_a_quality_flag_a_check_or_a_job_that_says_so(
    outcomes: list[Outcome],
) -> None:
    silent = {(outcome.seed, *lane): finding for outcome in outcomes for lane, finding in outcome.silent.items()}
    assert not silent, f"`python -m benchmarks.accuracy.fault_days SEED --largest {SMALL}` tells the story"
    verdicts = sum((outcome.verdicts for outcome in outcomes), Counter())
    assert min(verdicts["right"], verdicts["marked"], verdicts["missing"]) > 5, "the days are hard enough"


def test_on_the_same_days_the_method_of_an_afternoon_is_wrong_without_a_word(outcomes: list[Outcome]) -> None:
    findings = [finding for outcome in outcomes for finding in outcome.afternoon.values()]
    assert len(findings) > 5
    assert sum(finding.verdict == "silent" for finding in findings) > 0.8 * len(findings)


def test_a_seed_always_tells_the_same_story() -> None:
    assert draw(11) == draw(11) != draw(12)

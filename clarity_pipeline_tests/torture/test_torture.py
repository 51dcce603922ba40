"""The torture sees what it is there to see: of a copy of the product without one of its guards it says so. Its table adds up."""

from pathlib import Path

import pytest

from clarity_pipeline_tests.torture.guards import GUARDS, ROOT, tortured, without
from clarity_pipeline_tests.torture.results import figure, told_in_the_docs


def test_the_docs_say_the_sum_of_the_table() -> None:
    assert told_in_the_docs() == figure()


def test_each_guard_is_where_it_was_said_to_be() -> None:
    found = {name: (ROOT / guard.file).read_text(encoding="utf-8").count(guard.text) for name, guard in GUARDS.items()}
    assert found == dict.fromkeys(GUARDS, 1)


@pytest.mark.slow("nights of a whole copy of the product")
@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_that_is_taken_out_is_missed_by_the_torture(name: str, tmp_path: Path) -> None:
    guard = GUARDS[name]
    status, said = tortured(without(guard, tmp_path), fault=guard.fault, seed=guard.seed, trials=guard.trials)
    assert guard.found in said, said[-2000:]
    assert status == 1

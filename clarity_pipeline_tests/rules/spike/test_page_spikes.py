from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.rules.spike.baseline import Day
from clarity_pipeline.rules.spike.page_spikes import spikes_among
from clarity_pipeline.rules.spike.spike_settings import DEFAULT
from clarity_pipeline.rules.spike.spike_verdict import Verdict, explain
from clarity_pipeline_tests.rules.days import quiet, spike, today

Pages = Mapping[str, tuple[Day, list[Day]]]
STRICT = replace(DEFAULT, alpha=0.05)


def site(signals: list[int]) -> Pages:
    return {f"/{number}": (today(signal), quiet(seed=number)) for number, signal in enumerate(signals)}


def one_by_one(pages: Pages) -> dict[str, Verdict]:
    return {page: spike(now, before, STRICT) for page, (now, before) in pages.items()}


def together(pages: Pages) -> dict[str, Verdict]:
    return spikes_among(pages, STRICT)


def days_with_an_alarm(test: Callable[[Pages], dict[str, Verdict]], *, days: int, pages: int) -> float:
    rng = np.random.default_rng(3)
    histories = {f"/{page}": quiet(seed=page) for page in range(pages)}
    rates = {page: sum(day.signal_sessions for day in before) / len(before) for page, before in histories.items()}
    alarms = 0
    for _ in range(days):
        drawn = {page: rng.poisson(rates[page] * rng.gamma(69, 1 / 69)) for page in histories}
        found = test({page: (today(int(drawn[page])), before) for page, before in histories.items()})
        alarms += any(verdict.outcome == "fired" for verdict in found.values())
    return alarms / days


def test_forty_quiet_pages_together_keep_the_promise_of_one_and_one_by_one_they_break_it():
    assert days_with_an_alarm(together, days=60, pages=40) <= 0.05
    assert days_with_an_alarm(one_by_one, days=60, pages=40) > 0.2


def test_the_page_that_jumped_is_called_out_among_many_that_did_not():
    found = spikes_among(site([50] * 30 + [200]))
    assert [page for page, verdict in found.items() if verdict.outcome == "fired"] == ["/30"]


def test_many_true_changes_make_each_of_them_easier_to_call_out():
    alone, among_peers = spikes_among(site([50] * 20 + [300])), spikes_among(site([300] * 20 + [300]))
    assert among_peers["/20"].alpha > alone["/20"].alpha
    assert alone["/20"].alpha == DEFAULT.alpha / 21


def test_a_page_that_would_fire_alone_but_not_among_so_many_says_so():
    count = next(count for count in range(50, 200) if spike(today(count), quiet(seed=0)).outcome == "fired")
    found = spikes_among(site([count] + [50] * 60))["/0"]
    assert (found.outcome, found.reason) == ("not", "within_chance_among_pages")
    assert found.threshold is not None
    assert found.threshold > count
    assert "among so many pages" in explain(found)


def test_a_page_by_itself_is_the_plain_test():
    page = (today(150), quiet())
    alone = spikes_among({"/": page})["/"]
    assert alone == spike(*page)


def test_pages_of_which_nothing_can_be_said_cost_the_others_nothing():
    new = (today(500), quiet(days=5))
    found = spikes_among({"/": (today(150), quiet()), **{f"/new/{number}": new for number in range(100)}})
    assert found["/"].alpha == DEFAULT.alpha
    assert found["/new/0"].reason == "baseline_too_short"
    assert spikes_among({}) == {}


@settings(max_examples=40)
@given(st.lists(st.integers(0, 250), min_size=1, max_size=12))
def test_no_page_fires_among_others_that_would_not_fire_alone(signals: list[int]):
    pages = site(signals)
    for page, verdict in spikes_among(pages).items():
        assert verdict.outcome != "fired" or spike(*pages[page]).outcome == "fired"

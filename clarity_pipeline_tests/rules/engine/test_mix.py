"""The mix of visits in the tests of signals: campaigns onto a bad page are no alarm, faults stay one, crowds are named."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from clarity_pipeline.rules.engine.evaluate import answers
from clarity_pipeline.rules.engine.evidence import Evaluation
from clarity_pipeline.rules.engine.history import History, Version
from clarity_pipeline.rules.engine.known import Change, Known
from clarity_pipeline.rules.engine.mix import Cells, Mix
from clarity_pipeline.rules.spike.standardised import Floats
from clarity_pipeline_tests.rules.made_up import rule

FIRST = date(2026, 3, 2)
DAYS = 41
LAST = FIRST + timedelta(days=DAYS - 1)
PAGES = ["https://shop.example/", "https://shop.example/a", "https://shop.example/b", "https://shop.example/sale"]
RATES = np.array([0.02, 0.02, 0.03, 0.10])
VISITS = np.array([900.0, 500.0, 400.0, 200.0])
NAMES = ("sessions", "dead_click_sessions", "dead_clicks")
WOBBLE = np.array([0, 0.08, -0.05, 0.02, -0.07, 0.05, -0.03])


def usual() -> tuple[Floats, Floats]:
    """Visits and rates of each day and page, D x P."""
    visits = np.tile(VISITS, (DAYS, 1))
    return visits, np.tile(RATES, (DAYS, 1)) * (1 + np.resize(WOBBLE, DAYS))[:, None]


def known(visits: Floats, rates: Floats, *, sources: Floats | None = None, with_mix: bool = True, **more: Any) -> Known:
    """A business with one device; `sources` is how many of a day's visits come from a newsletter, in 0 to 1."""
    hits = np.rint(visits * rates)

    def history(numbers: Sequence[tuple[float, float]]) -> History:
        days = [FIRST + timedelta(days=place) for place in range(DAYS)]
        values = [(round(n), round(y), round(2 * y)) for n, y in numbers]
        return History(NAMES, [Version(date=day, values=each) for day, each in zip(days, values, strict=True)])

    lanes = {"url_device": Cells(FIRST, PAGES, ["PC"] * 4, visits, {"dead_click": hits})}
    if sources is not None:
        both = np.concatenate((visits * (1 - sources)[:, None], visits * sources[:, None]), axis=1)
        base = RATES * (1 + np.resize(WOBBLE, DAYS))[:, None]
        hit = np.concatenate((both[:, :4] * base, hits - both[:, :4] * base), axis=1)
        lanes["url_source"] = Cells(FIRST, PAGES * 2, ["search"] * 4 + ["newsletter"] * 4, both, {"dead_click": hit})
    return Known(
        business_id="acme",
        business=history([*zip(visits.sum(axis=1), hits.sum(axis=1), strict=True)]),
        pages={url: history([*zip(visits[:, place], hits[:, place], strict=True)]) for place, url in enumerate(PAGES)},
        mix=Mix(lanes) if with_mix else None,
        **more,
    )


def on_the_last_day(of: Known, scope: str = "business", kind: str = "spike") -> dict[str, Evaluation]:
    asked = rule({kind: {"signal": "dead_click"}}, scope=scope)
    return {each.entity: each.evaluation() for each in answers(asked, known=of, as_of=LAST)}


def burst() -> tuple[Floats, Floats]:
    visits, rates = usual()
    visits[-1, 3] += 2_000
    return visits, rates


def test_a_campaign_onto_a_page_that_was_always_bad_is_no_spike_and_without_the_mix_it_is() -> None:
    naive = on_the_last_day(known(*burst(), with_mix=False))[""]
    assert naive.outcome == "fired"
    (leaf,) = naive.evidence
    assert (leaf.mix, leaf.crowd) == (None, None)
    found = on_the_last_day(known(*burst()))[""]
    assert found.outcome == "not"
    (leaf,) = found.evidence
    assert leaf.mix == pytest.approx(2.17, abs=0.02)
    assert leaf.normal == pytest.approx(leaf.value, rel=0.15)
    assert leaf.said is not None
    assert f"for this mix of pages and devices, {leaf.mix:.2f} times the usual rate" in leaf.said


@pytest.mark.parametrize("worse", [2.0, 3.0])
def test_a_page_that_gets_worse_while_the_campaign_runs_is_a_spike(worse: float) -> None:
    visits, rates = burst()
    rates[-1, 3] *= worse
    assert on_the_last_day(known(visits, rates))[""].outcome == "fired"
    assert on_the_last_day(known(visits, rates), "url")[PAGES[3]].outcome == "fired"


def test_a_fault_without_any_change_of_the_mix_is_told_as_it_was_before() -> None:
    visits, rates = usual()
    rates[-1] *= 2
    with_mix, without = (on_the_last_day(known(visits, rates, with_mix=each))[""].evidence[0] for each in (True, False))
    assert (with_mix.verdict, with_mix.value, with_mix.threshold) == (True, without.value, without.threshold)
    assert with_mix.p == pytest.approx(without.p)
    assert with_mix.said == without.said


def launch(*, sources: bool) -> Known:
    """2.1 times the visits by people who click 1.7 times as much, on every page; seen, a newsletter brings them."""
    visits, rates = usual()
    share = np.full(DAYS, 0.1)
    share[-1] = 0.8
    times = 2.2 if sources else 1.0
    rates = rates * (1 + (times - 1) * share)[:, None]
    visits[-1] *= 2.1
    if not sources:
        rates[-1] *= 1.7
    return known(visits, rates, sources=share if sources else None)


def test_an_audience_that_its_source_tells_apart_is_no_spike_of_the_site() -> None:
    found = on_the_last_day(launch(sources=True))[""]
    assert found.outcome == "not"
    said = found.evidence[0].said
    assert said is not None
    assert "for this mix of pages and sources" in said


def test_an_audience_that_nothing_tells_apart_is_one_message_of_the_site_and_none_of_a_page() -> None:
    site = on_the_last_day(launch(sources=False))[""]
    (leaf,) = site.evidence
    assert site.outcome == "fired"
    assert leaf.crowd == pytest.approx(2.1)
    assert leaf.said is not None
    assert leaf.said.endswith("; all pages alike, with 2.1 times the visits")
    assert {each.outcome for each in on_the_last_day(launch(sources=False), "url").values()} == {"not"}
    naive = replace(launch(sources=False), mix=None)
    assert "fired" in {each.outcome for each in on_the_last_day(naive, "url").values()}


def test_one_page_that_breaks_on_the_day_of_a_launch_is_its_own_alarm() -> None:
    visits, rates = usual()
    visits[-1] *= 2.1
    rates[-1, 0] *= 4
    pages = on_the_last_day(known(visits, rates), "url")
    assert pages[PAGES[0]].outcome == "fired"
    assert on_the_last_day(known(visits, rates))[""].evidence[0].crowd is None


def test_what_is_judged_has_no_part_in_what_is_expected_of_it() -> None:
    visits, rates = burst()
    worse = rates.copy()
    worse[-1] *= 5
    told = [known(visits, each).mix for each in (rates, worse)]
    first = LAST - timedelta(days=34)
    before, after = (each.standard("dead_click", None, first=first, length=28, last=LAST) for each in told if each)
    assert before is not None
    assert after is not None
    assert (before.factors, before.doubts) == (after.factors, after.doubts)


def test_a_marked_change_is_held_against_the_mix_of_the_days_after_it() -> None:
    visits, rates = usual()
    visits[-8:, 3] += 2_000
    changed = {"changes": [Change(None, LAST - timedelta(days=8), "new header")]}
    outcomes: dict[bool, str] = {}
    for with_mix in (True, False):
        made = known(visits, rates, with_mix=with_mix, **changed)
        outcomes[with_mix] = on_the_last_day(made, kind="since_change")[""].outcome
    assert outcomes[False] == "fired"
    assert outcomes[True] != "fired"


@pytest.mark.parametrize("page", ["https://shop.example/never-seen"])
def test_a_page_that_no_lane_tells_of_has_no_standard(page: str) -> None:
    mix = known(*usual()).mix
    assert mix is not None
    assert mix.standard("dead_click", page, first=LAST - timedelta(days=34), length=28, last=LAST) is None


@pytest.mark.parametrize("at_once", [1, 3, 64])
def test_days_worked_out_together_are_as_each_by_itself(at_once: int) -> None:
    mix = known(*burst()).mix
    assert mix is not None
    for back in range(4):
        last = LAST - timedelta(days=back)
        first = last - timedelta(days=34)
        alone = known(*burst()).mix
        assert alone is not None
        one, other = (
            each.standard("dead_click", None, first=first, length=28, last=last, at_once=size)
            for each, size in ((mix, at_once), (alone, 1))
        )
        assert one is not None
        assert other is not None
        assert one.factors == pytest.approx(other.factors)
        assert one.doubts == pytest.approx(other.doubts)

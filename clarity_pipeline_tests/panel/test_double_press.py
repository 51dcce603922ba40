"""The Test button, pressed twice: equal tests are one call, and what is spent is told by its own name."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import requests

from clarity_pipeline.simulator.faults import Fault
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.world import OTHER_PROJECT, PROJECT, World

PATH = "/businesses/acme/test"


def slowly(body: bytes) -> bytes:
    time.sleep(0.6)
    return body


def together(*asks: Callable[[], requests.Response]) -> list[requests.Response]:
    with ThreadPoolExecutor(len(asks)) as people:
        return [each.result() for each in [people.submit(ask) for ask in asks]]


def said(visitor: Visitor) -> str:
    return unescape(visitor.get("/businesses/acme/connection").text)


def test_equal_tests_that_run_at_once_are_one_call_and_say_the_same(panel: RunningPanel, world: World) -> None:
    ann, max_ = panel.visitor("ann@agency.example"), panel.visitor("max@agency.example")
    world.fake.script(PROJECT, Fault(change=slowly))
    assert [each.status_code for each in together(lambda: ann.post(PATH), lambda: max_.post(PATH))] == [303, 303]
    assert world.calls() == 1
    for each in (ann, max_):
        assert "This took 1 of the day's 10 calls; 9 are left" in said(each)


def test_the_second_press_of_a_page_that_shows_no_first_takes_no_call(panel: RunningPanel, world: World) -> None:
    """A browser without script sends the form again before the answer to the first is there."""
    ann = panel.visitor("ann@agency.example")
    assert 'name="calls_shown" value="0"' in said(ann)
    for _ in range(2):
        assert ann.post(PATH, calls_shown="0").status_code == 303
    assert (world.calls(), "9 are left" in said(ann)) == (1, True)
    assert ann.post(PATH, calls_shown="1").status_code == 303, "the page that shows the first may ask for another"
    assert ann.post(PATH, calls_shown="no number").status_code == 303
    assert world.calls() == 3


def test_a_second_press_with_another_token_is_a_test_of_its_own(panel: RunningPanel, world: World) -> None:
    ann = panel.visitor("ann@agency.example")
    ann.post(PATH, calls_shown="0")
    ann.post("/businesses/acme/update", project_id=OTHER_PROJECT, token=world.fake.token(OTHER_PROJECT))
    ann.post(PATH, calls_shown="0")
    assert [len(world.fake.calls(each)) for each in (PROJECT, OTHER_PROJECT)] == [1, 1]


def test_a_client_does_not_get_the_agencys_test_nor_the_other_way_round(panel: RunningPanel, world: World) -> None:
    ann, cleo = panel.visitor("ann@agency.example"), panel.visitor("cleo@acme.example")
    world.fake.script(PROJECT, Fault(change=slowly))
    answers = together(lambda: ann.post(PATH), lambda: cleo.post(PATH))
    assert sorted(each.status_code for each in answers) == [303, 409]
    assert world.calls() == 1


def test_who_has_spent_their_share_is_told_so_and_not_that_the_ten_are_gone(panel: RunningPanel, world: World) -> None:
    cleo = panel.visitor("cleo@acme.example")
    for _ in range(3):
        cleo.post(PATH)
    page = said(cleo)
    assert "Your two tests of this UTC day are spent" in page
    assert "ten calls of that UTC day were spent" not in page
    ann = panel.visitor("ann@agency.example")
    for _ in range(5):
        ann.post(PATH)
    page = said(ann)
    assert "The calls that tests may take of this UTC day are spent; the rest is kept for the daily sync." in page
    assert "This took no call; 4 are left" in page
    assert world.calls() == 6

"""An answer is parsed once a process, by its very bytes, and not more of them are kept than there is room for."""

import json

import pytest

from clarity_pipeline.clarity.answer import parse
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline.clarity.parsed import KeptAnswers, parse_once
from clarity_pipeline.day.load import load_lane
from clarity_pipeline_tests.clarity.made_up import envelope, page
from clarity_pipeline_tests.world import DAY, World

ASKED = DAILY_SLICES["url_device"]


def body(url: str) -> bytes:
    return json.dumps(envelope(page(url))).encode()


def test_a_lane_is_loaded_from_the_answer_that_its_capture_parsed(world: World) -> None:
    with world.home() as home:
        captured = home.capture.lane("acme", date=DAY, asked=ASKED)
        loaded = load_lane(home, business_id="acme", date=DAY, asked=ASKED)
        again = home.capture.lane("acme", date=DAY, asked=ASKED)
    assert loaded.answer is captured.answer is again.answer


def test_other_bytes_and_another_question_are_parsed_anew() -> None:
    one, other = body("https://one.example/"), body("https://other.example/")
    assert parse_once(one, asked=ASKED) is parse_once(bytes(bytearray(one)), asked=ASKED)
    assert parse_once(one, asked=ASKED) == parse(one, asked=ASKED)
    assert parse_once(other, asked=ASKED).groups["Traffic"].keys == [("https://other.example/", "PC")]
    assert parse_once(one, asked=ASKED.by(("url",))).groups["Traffic"].keys == [("https://one.example/",)]
    for _ in range(2):
        with pytest.raises(AnswerMalformed):
            parse_once(one[:-1], asked=ASKED)


def test_the_answers_used_last_are_kept_and_no_more_than_fit() -> None:
    kept, answer = KeptAnswers(most_bytes=10), parse(body("https://one.example/"), asked=ASKED)
    for digest in ("a", "b"):
        kept.put((digest, ASKED), answer, size=4)
    assert kept.get(("a", ASKED)) is answer
    kept.put(("c", ASKED), answer, size=4)
    kept.put(("huge", ASKED), answer, size=11)
    assert [digest for digest in ("a", "b", "c", "huge") if kept.get((digest, ASKED))] == ["a", "c"]

"""One made-up answer, and how it is read or refused."""

import pytest

from clarity_pipeline.clarity.answer import Answer, parse
from clarity_pipeline.clarity.dimensions import SLICES, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline_tests.clarity.made_up import body, page

ASKED = SLICES["url_device"]
SECRET = "visitor-7c1f@example.com"
SHOP = (
    page("https://shop.example/a?fbclid=1", sessions=12, bots=1, users=9, events={"DeadClickCount": (3, 40)}),
    page("https://shop.example/b", device="Mobile", sessions=7),
    page("https://shop.example/bot", sessions=0, bots=3, users=0),
    page(None, sessions=0, users=2),
)


def read(sent: object, *, asked: Slice = ASKED) -> Answer:
    return parse(body(sent), asked=asked)


def refusal(sent: object, *, asked: Slice = ASKED) -> str:
    with pytest.raises(AnswerMalformed) as refused:
        read(sent, asked=asked)
    return str(refused.value)

"""The raw rows that are kept beside a row: as small as what was sent, and without what the masker is for."""

import json

from clarity_pipeline_tests.clarity.made_up import body, envelope, page, rows
from clarity_pipeline_tests.normalize.lanes import loaded

LONG = f"https://shop.example/{'part/' * 900}end?click={'y' * 2000}"


def test_long_addresses_are_kept_in_no_more_room_than_the_answer_took() -> None:
    sent = envelope(page(LONG), page("https://shop.example/a"))
    found = loaded(sent)
    assert sum(len(row["raw_payload"]) for row in found) < len(body(sent))
    assert any(LONG[:4000] in row["raw_payload"] for row in found)


def test_counts_that_came_as_text_stay_and_numbers_in_a_field_that_nobody_knows_go() -> None:
    sent = envelope(page("https://shop.example/a"))
    rows(sent, "Traffic")[0].update(
        {"distinctUserCount": "1234567", "phone": 491701234567, "note": "1234567", "anna@b.example": 1}
    )
    (found,) = loaded(sent)
    (kept,) = json.loads(found["raw_payload"])["Traffic"]
    assert (kept["distinctUserCount"], kept["phone"], kept["note"], kept[":id"]) == ("1234567", ":id", ":id", 1)

"""The flag for more conversions and more frustration: raised for both beyond chance, and unknown where it cannot be told."""

from datetime import date, timedelta
from typing import Any

import pytest

from clarity_pipeline.imports.experiments.quality import judge

FIRST = date(2026, 11, 1)


def variant(name: str, *, is_control: bool = False, days: int = 14, **a_day: Any) -> list[dict[str, Any]]:
    """Days that are all alike: 400 visitors and as many sessions, a tenth converts, a twentieth meets each kind of trouble."""
    alike = {"visitors": 400, "conversions": 40, "sessions": 400, "rage_click_sessions": 20, "dead_click_sessions": 20}
    return [
        {
            "business_id": "acme", "experiment": "checkout", "variant": name, "is_control": is_control,
            "date": FIRST + timedelta(days=n), "shared_sessions": 0, "intended_share": None, **alike, **a_day,
        }
        for n in range(days)
    ]  # fmt: skip


def flags(*variants: list[dict[str, Any]]) -> dict[str, bool | None]:
    rows = [row for each in sorted(variants, key=lambda rows: rows[0]["variant"]) for row in each]
    return {row["variant"]: row["more_conversions_and_more_frustration"] for row in judge(rows)}


CONTROL = variant("a", is_control=True)


@pytest.mark.parametrize(
    ("a_day", "flag"),
    [
        ({}, False),
        ({"conversions": 60}, False),
        ({"conversions": 60, "rage_click_sessions": 40}, True),
        ({"conversions": 60, "dead_click_sessions": 40}, True),
        ({"conversions": 60, "rage_click_sessions": 5, "dead_click_sessions": 5}, False),
        ({"rage_click_sessions": 40}, False),
        ({"conversions": 20, "rage_click_sessions": 40}, False),
        ({"conversions": 60, "sessions": 0, "rage_click_sessions": 0, "dead_click_sessions": 0}, None),
        ({"conversions": 60, "sessions": None, "rage_click_sessions": None, "dead_click_sessions": None}, None),
        ({"conversions": 60, "rage_click_sessions": 40, "shared_sessions": 3}, None),
        ({"conversions": 30, "sessions": None}, False),  # whatever Clarity will say
    ],
)
def test_the_flag_needs_both_beyond_chance(a_day: dict[str, int | None], flag: bool | None) -> None:
    assert flags(CONTROL, variant("b", **a_day)) == {"a": None, "b": flag}


def test_without_one_control_nothing_is_told() -> None:
    better = variant("b", conversions=60, rage_click_sessions=40)
    assert flags(variant("a"), better) == {"a": None, "b": None}
    assert flags(CONTROL, better, variant("c", is_control=True)) == {"a": None, "b": None, "c": None}


def test_more_variants_have_to_be_further_beyond_chance() -> None:
    near = {"conversions": 51, "rage_click_sessions": 40}
    p = next(row for row in judge([*CONTROL, *variant("b", **near)]) if row["variant"] == "b")["conversion_rate_p"]
    assert 0.001 < p <= 0.01
    many = [variant(name, **near) for name in "bcdefghijk"]
    assert flags(CONTROL, many[0])["b"] is True
    assert set(flags(CONTROL, *many).values()) == {None, False}


def test_numbers_and_the_sentence_of_a_variant() -> None:
    control, row = judge([*CONTROL, *variant("b", conversions=60, rage_click_sessions=40, days=10)])
    assert (row["visitors"], row["conversions"], row["conversion_rate"]) == (4000, 600, pytest.approx(0.15))
    assert (row["conversion_rate_difference"], row["rage_click_share_difference"]) == (pytest.approx(0.05), pytest.approx(0.05))
    assert row["conversion_rate_low"] < 0.15 < row["conversion_rate_high"]
    assert row["dead_click_share_p"] == pytest.approx(1.0)
    assert (row["days"], row["days_with_clarity"], row["from_date"]) == (10, 10, FIRST)
    assert row["said"].startswith(
        "more conversions and more frustration, both beyond chance: 15.0 % of 4,000 visitors converted (5.00 points more than"
    )
    assert control["said"].startswith("the control: 10.0 % of 5,600 visitors converted; rage clicks in 5.0 % of 5,600 sessions")


@pytest.mark.parametrize(
    ("a_day", "said"),
    [
        ({"sessions": None}, "Clarity saw no session on the pages of one of the two"),
        ({"shared_sessions": 1}, "a page belongs to two variants"),
        ({"visitors": 3, "conversions": 0, "rage_click_sessions": 40, "intended_share": 0.0075}, "too few visitors converted"),
        ({"sessions": 5, "rage_click_sessions": 0, "dead_click_sessions": 0}, "too few sessions met trouble"),
    ],
)
def test_why_it_cannot_be_told_is_said(a_day: dict[str, float | None], said: str) -> None:
    control = variant(
        "a", is_control=True, **({"rage_click_sessions": 0, "dead_click_sessions": 0} if "sessions" in a_day else {})
    )
    _, row = judge([*control, *variant("b", **{"conversions": 60, **a_day})])
    assert row["more_conversions_and_more_frustration"] is None
    assert row["said"].startswith(f"cannot be told yet, since {said}")

"""Charts as text: gaps are gaps, nothing of ours is a style, and what comes from strangers is escaped."""

import re
from datetime import date, timedelta
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.panel.views.charts import Point, days, highest, share, sparkline

DAY = date(2026, 5, 3)
VALUES = st.lists(st.one_of(st.none(), st.integers(0, 2**63), st.floats(0, 1e12, allow_nan=False)), max_size=40)


def points(values: list[float | int | None]) -> list[Point]:
    return [Point(DAY + timedelta(days=place), value, f"day {place}") for place, value in enumerate(values)]


def lines(svg: str) -> list[str]:
    return re.findall(r'class="line(?: dot)?" d="([^"]+)"', svg)


def test_a_missing_day_is_a_gap_between_two_lines() -> None:
    assert lines(days(points([1, 2, None, 4, 4]), title="t", description="")) == ["M5 76.85L15 53.7", "M35 7.407L45 7.407"]


def test_a_lonely_day_is_a_dot_and_not_an_invisible_line() -> None:
    assert lines(sparkline([None, 7, None], title="t")) == ["M15 7.407h0"]


def test_a_missing_day_can_be_pointed_at_and_is_not_a_zero() -> None:
    svg = days(points([0, None]), title="t", description="")
    assert re.findall(r'<rect class="([^"]+)"', svg) == ["day", "day missing"]
    assert lines(svg) == ["M5 100h0"]


def test_days_of_zeros_and_no_days_at_all_are_charts_too() -> None:
    assert lines(sparkline([0, 0], title="t")) == ["M5 100L15 100"]
    assert "path" not in sparkline([], title="nothing")


@given(VALUES, st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])))
def test_every_chart_is_well_formed_stays_in_its_box_and_has_no_style(values: list[float | int | None], text: str) -> None:
    for svg in (sparkline(values, title=text), days(points(values), title=text, description=text)):
        root = ElementTree.fromstring(svg)
        assert root.attrib["aria-label"].startswith(text)
        assert root.attrib["role"] == "img"
        assert not [each for each in root.iter() if "style" in each.attrib or each.tag in {"style", "script"}]
        for path in lines(svg):
            heights = [float(step.split()[1]) for step in re.sub(r"[MLZ]", "|", path.removesuffix("h0")).split("|") if step]
            assert all(0 <= height <= 100 for height in heights)


def test_a_share_is_clamped_and_of_nothing_is_nothing() -> None:
    assert [re.search(r'class="part" width="([\d.]+)"', share(*each))[1] for each in ((1, 4), (9, 4), (1, 0))] == [  # type: ignore[index]
        "25.00", "100.00", "0.00",
    ]  # fmt: skip


def test_a_doubtful_a_marked_and_an_alerted_day_have_signs_of_different_shapes() -> None:
    plain = days(points([4, 4]), title="t", description="")
    assert not re.findall(r'class="(doubt|mark|alerted)"', plain)
    shown = [
        Point(DAY, 4, "a", is_doubtful=True),
        Point(DAY + timedelta(days=1), 4, "b"),
        Point(DAY + timedelta(days=2), None, "c", is_alerted=True),
    ]
    svg = days(shown, title="t", description="", marks=[(DAY + timedelta(days=1), "changed: b")])
    assert re.findall(r'class="(doubt|mark|alerted)" d="M([\d.]+)', svg) == [("doubt", "0"), ("mark", "15"), ("alerted", "20")]
    ElementTree.fromstring(svg)


def test_the_upper_line_of_a_chart_is_its_highest_value() -> None:
    assert [highest(points(values)) for values in ([3, None, 9], [None], [])] == [9, None, None]

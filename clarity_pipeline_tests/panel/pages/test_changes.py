"""Changes are marked by a form and taken back, said at their field when wrong, and drawn on the charts."""

import pytest

from clarity_pipeline.rules.markers.markers import Marker, markers_of
from clarity_pipeline_tests.panel.pages.conftest import LAST, LIVED, OTHER
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor

HERE = f"/businesses/{LIVED}/changes"


def marks(panel: RunningPanel, business_id: str = LIVED) -> tuple[Marker, ...]:
    with panel.panel.home.state.read() as connection:
        return markers_of(connection, [business_id]).get(business_id, ())


@pytest.fixture
def cleo(lived_panel: RunningPanel) -> Visitor:
    return lived_panel.visitor("cleo@client.example")


def test_a_change_is_marked_shown_and_taken_back(lived_panel: RunningPanel, cleo: Visitor) -> None:
    day = LAST.isoformat()
    form = {"day": day, "time": "14:30", "url": "https://www.acme.example/lp?x=1", "note": "New <b>landing</b> page"}
    assert cleo.post(HERE, **form).headers["location"] == HERE
    (mark,) = marks(lived_panel)
    assert (mark.changed_on, mark.at.hour, mark.author) == (LAST, 14, "portal:cleo@client.example")
    page = cleo.get(HERE).text
    assert "New &lt;b&gt;landing&lt;/b&gt; page" in page
    assert "Marked." in page
    cleo.post(HERE, **form)
    assert len(marks(lived_panel)) == 1, "pressed twice it is one"
    overview = cleo.get(f"/businesses/{LIVED}?span=7").text
    assert 'class="mark"' in overview
    assert "changed: New &lt;b&gt;landing&lt;/b&gt; page" in overview
    assert cleo.post(f"{HERE}/{mark.marker_id}/remove").status_code == 303
    assert marks(lived_panel) == ()
    assert 'class="mark"' not in cleo.get(f"/businesses/{LIVED}?span=7").text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"day": "yesterday"}, "day"),
        ({"day": "2025-02-30"}, "day"),
        ({"day": "1999-01-01"}, "day"),
        ({"time": "25:00"}, "day"),
        ({"note": "  "}, "note"),
        ({"url": "javascript:alert(1)"}, "url"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_without_a_word_of_the_command_line(
    lived_panel: RunningPanel, cleo: Visitor, wrong: dict[str, str], field: str
) -> None:
    answer = cleo.post(HERE, **{"day": LAST.isoformat(), "note": "Launch", **wrong})
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert "--" not in answer.text.split(f'id="{field}-problem"')[1].split("</p>")[0]
    assert marks(lived_panel) == ()


def test_nobody_takes_back_what_is_marked_at_another_business(lived_panel: RunningPanel, cleo: Visitor) -> None:
    ann = lived_panel.visitor("ann@agency.example")
    ann.post(f"/businesses/{OTHER}/changes", day=LAST.isoformat(), note="Theirs")
    (mark,) = marks(lived_panel, OTHER)
    assert cleo.post(f"{HERE}/{mark.marker_id}/remove").status_code == 404
    assert "Theirs" not in cleo.get(HERE).text
    assert cleo.get(f"/businesses/{OTHER}/changes").status_code == 404
    assert len(marks(lived_panel, OTHER)) == 1
    assert cleo.post(f"{HERE}/9{'9' * 30}/remove").status_code == 404

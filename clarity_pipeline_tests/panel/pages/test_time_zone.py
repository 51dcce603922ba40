"""Instants in the reader's own time zone; dates of data, and the API, stay UTC."""

from datetime import UTC, datetime

import pytest

from clarity_pipeline.panel.views.wording import instant
from clarity_pipeline_tests.panel.running import RunningPanel

AT = datetime(2026, 5, 3, 22, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "told"),
    [
        (None, "3 May 2026, 22:05 UTC"),
        ("Europe/Berlin", "4 May 2026, 00:05 CEST"),
        ("America/Los_Angeles", "3 May 2026, 15:05 PDT"),
        ("Asia/Kolkata", "4 May 2026, 03:35 IST"),
        ("Asia/Kathmandu", "4 May 2026, 03:50 UTC+05:45"),
        ("America/Sao_Paulo", "3 May 2026, 19:05 UTC-03:00"),
        ("Gone/Nowhere", "3 May 2026, 22:05 UTC"),
    ],
)
def test_an_instant_says_whose_clock_it_is(zone: str | None, told: str) -> None:
    assert instant(AT, zone) == told


def test_somebody_reads_times_in_their_own_zone_and_nobody_elses_change(panel: RunningPanel) -> None:
    ann, max_ = panel.visitor("ann@agency.example"), panel.visitor("max@agency.example")
    answer = ann.post("/account/time-zone", time_zone="europe/berlin")
    assert answer.headers["location"] == "/account"
    page = ann.get("/account").text
    assert "Times are shown in Europe/Berlin from now on." in page
    assert 'value="Europe/Berlin"' in page
    assert ("CEST" in page, " UTC</td>" in page) == (True, False)
    place = ann.get("/businesses/acme/activity").text
    assert "CEST" in place
    assert "Times are in Europe/Berlin; dates of data are UTC dates." in place
    assert "CEST" not in max_.get("/account").text
    assert ann.get("/api/v1/businesses/acme").json() == max_.get("/api/v1/businesses/acme").json()
    ann.post("/account/time-zone", time_zone=" ")
    assert "CEST" not in ann.get("/account").text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("Berlin", "did you mean Europe/Berlin?"),
        ("+2", "write it as"),
        ("../../etc/passwd", "write it as"),
        ("x\x00", "write it as"),
    ],
)
def test_what_is_no_zone_is_said_at_its_field_with_the_nearest(panel: RunningPanel, typed: str, told: str) -> None:
    ann = panel.visitor("ann@agency.example")
    answer = ann.post("/account/time-zone", time_zone=typed)
    assert (answer.status_code, told in answer.text) == (422, True)
    assert 'aria-describedby="time_zone-problem zone-help"' in answer.text
    assert "CEST" not in ann.get("/account").text

"""Sentences of the engine in a browser: our own names become words, what somebody else wrote stays as it is."""

import pytest

from clarity_pipeline.panel.views.plain_words import in_words


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("url_device, url_source of 2026-11-18.", "by device, by source of 18 November 2026."),
        ("from 2026-11-01 to 2026-11-03 (2026-11-04)", "from 1 November 2026 to 3 November 2026 (4 November 2026)"),
        ("clarity_rage_click_rate: no data", "rage clicks per visit of a page: no data"),
        ("held back (`clarity-pipeline accept acme`)", "held back"),
    ],
)
def test_names_of_ours_dates_and_commands_are_told_in_words(said: str, read: str) -> None:
    assert in_words(said) == read


@pytest.mark.parametrize(
    "theirs",
    [
        "the campaign '2026-11-01' is new",
        "https://shop.example/2026-11-01/url_device?d=2026-11-02",
        "/url_device/clarity_sessions",
        "url_device.example",
        "summer_sale_2026",
        "2026-13-45",
    ],
)
def test_addresses_and_what_stands_in_quotes_are_somebody_elses_and_stay(theirs: str) -> None:
    assert in_words(theirs) == theirs

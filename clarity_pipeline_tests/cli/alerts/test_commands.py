"""`alerts`: its document, and what people read."""

import pytest

from clarity_pipeline.cli.alerts.commands import print_alerts
from clarity_pipeline_tests.cli.conftest import Clarity


def test_the_document_of_alerts(after_a_day: Clarity) -> None:
    ran = after_a_day("alerts", "--json")
    assert (ran.status, ran.err) == (0, "")
    (alert,) = ran.document
    summary = alert.pop("summary")
    assert list(alert.items())[:6] == [
        ("business", "acme"),
        ("rule", "any-session"),
        ("severity", "info"),
        ("state", "firing"),
        ("since", "2026-05-03"),
        ("last_evaluated", "2026-05-03"),
    ]
    assert {name: alert[name] for name in ("scope", "entity", "entity_name", "unknown_since", "acknowledged_by")} == {
        "scope": "business", "entity": "", "entity_name": None, "unknown_since": None, "acknowledged_by": None,
    }  # fmt: skip
    assert summary.startswith("Acme: Somebody came. Visits of pages were ")


def test_people_read_what_happened(after_a_day: Clarity) -> None:
    (alert,) = after_a_day("alerts", "--json").document
    first, second = after_a_day("alerts").out.splitlines()
    assert first == f"acme  any-session  info, firing since 2026-05-03  [{alert['id'][:8]}]"
    assert second.startswith("  Acme: Somebody came. Visits of pages were ")


def test_a_resolved_one_does_not_look_as_if_it_were_resolved_since_it_began(capsys: pytest.CaptureFixture[str]) -> None:
    alert = {
        "business": "acme",
        "rule": "r",
        "severity": "info",
        "state": "resolved",
        "since": "2026-05-03",
        "summary": "Over.",
        "id": "0" * 32,
    }
    print_alerts([alert])
    assert capsys.readouterr().out == "acme  r  info, resolved; had fired since 2026-05-03  [00000000]\n  Over.\n"


def test_without_alerts_it_says_so(clarity: Clarity) -> None:
    assert clarity("alerts").out == "No rule has fired yet.\n"
    assert clarity("alerts", "--json").out == "[]\n"

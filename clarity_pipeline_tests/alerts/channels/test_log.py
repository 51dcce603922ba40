import logging

import pytest

from clarity_pipeline.alerts.channels.log import LogChannel
from clarity_pipeline_tests.alerts.channels.made_up import document


def test_the_log_gets_one_line_at_the_level_of_the_severity(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "clarity_pipeline.alerts")
    for severity in ("info", "warning", "critical"):
        LogChannel().send(document(severity=severity))
    LogChannel().send(document(severity="critical", state="resolved"))
    assert [record.levelname for record in caplog.records] == ["INFO", "WARNING", "ERROR", "INFO"]
    assert caplog.messages[1] == "warning alert firing: Acme: too many dead clicks."


def test_no_character_of_a_summary_can_forge_a_second_line_or_move_the_cursor(caplog: pytest.LogCaptureFixture) -> None:
    LogChannel().send(document("a\nb\r\x1b[2Jc\u2028d\u202ee\x00f"))
    assert caplog.messages == ["warning alert firing: a b  [2Jc d e f"]

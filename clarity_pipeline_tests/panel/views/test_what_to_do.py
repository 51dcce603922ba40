"""Findings as the panel words them: whatever they are about, nobody is told to type a command into a browser."""

import ast
from pathlib import Path

import pytest

from clarity_pipeline.panel.views.what_to_do import WHAT_TO_DO, in_browser
from clarity_pipeline.trust.codes import CODES
from clarity_pipeline.upkeep.doctor import channels, regimes, sites, traffic
from clarity_pipeline.upkeep.doctor.finding import Finding

SHOWN_IN_THE_PANEL = (channels, regimes, sites, traffic)


def codes_of_the_doctor() -> set[str]:
    """The first argument of every finding that those modules make."""
    found = set()
    for module in SHOWN_IN_THE_PANEL:
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Finding", "_finding"}:
                first = node.args[0]
                found |= {str(first.value)} if isinstance(first, ast.Constant) else set()
    return found


def test_every_finding_that_the_panel_shows_says_what_to_do_without_a_command() -> None:
    assert {"other_site", "no_rule", "channel_silent", "counts_anew"} <= codes_of_the_doctor()
    for code in CODES:
        told = in_browser(Finding(code.code, "note", "acme", code.sentence, code.what_to_do))
        assert "`" not in told.what_to_do + told.sentence, code.code
        assert told.what_to_do != "tell whoever runs the installation", f"{code.code} has no words of its own for a browser"
    for name in codes_of_the_doctor() - WHAT_TO_DO.keys():
        assert name in {"all_metrics_zero", "counts_anew"}, f"{name} speaks of commands and has no line in WHAT_TO_DO"


@pytest.mark.parametrize("words", ["`clarity-pipeline replay` makes it anew", "use --from and --to"])
def test_a_finding_that_nobody_has_worded_for_a_browser_is_for_whoever_runs_it(words: str) -> None:
    told = in_browser(Finding("brand_new", "error", None, "see --from of `x`", words))
    assert (told.what_to_do, told.sentence) == ("tell whoever runs the installation", "see “from” of “x”")

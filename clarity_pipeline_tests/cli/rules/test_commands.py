"""`rules`: check, import, export, and the example that the help shows."""

import textwrap
from pathlib import Path

import pytest

from clarity_pipeline.rules.language.rule_files import shipped_rules
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE, Clarity
from clarity_pipeline_tests.world import World

BAD = """\
rules:
  - id: Bad Id
    name: Wrong twice
    when:
      threshold: {metric: clarity_rage_clickrate, operator: above, value: 1}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rules.yaml"


def test_the_rule_in_the_help_text_works_as_it_is_printed(clarity: Clarity, file: Path) -> None:
    printed = clarity("rules", "--help").out.splitlines()
    begins = printed.index("  rules:")
    file.write_text(textwrap.dedent("\n".join(printed[begins:])))
    assert clarity("rules", "check", str(file)).out == "rules.yaml: 1 rules, no problem.\n"
    assert clarity("rules", "import", str(file)).out == "added: rage-clicks-high\n"


def test_each_problem_of_a_file_is_a_line_with_file_rule_and_field(clarity: Clarity, file: Path) -> None:
    file.write_text(BAD)
    ran = clarity("rules", "check", str(file))
    assert (ran.status, ran.out) == (2, "")
    lines = ran.err.splitlines()
    assert [line.split(":")[1:3] for line in lines] == [[" rules.yaml", " rule 'Bad Id'"]] * 2
    assert "id" in lines[0]
    assert "did you mean clarity_rage_click_rate?" in lines[1]
    refused = clarity("rules", "import", str(file))
    assert (refused.status, refused.out) == (2, ""), "a bad file is wrong usage for `import` as it is for `check`"
    assert "(and 1 more: see clarity-pipeline rules check)" in refused.error


def test_import_is_all_or_none_and_says_what_changed(clarity: Clarity, file: Path) -> None:
    file.write_text(FIRES_AT_ONCE)
    assert clarity("rules", "import", str(file)).out == "added: any-session\n"
    file.write_text(FIRES_AT_ONCE.replace("value: 1", "value: 2"))
    assert clarity("rules", "import", str(file)).out == "changed: any-session\n"
    assert clarity("rules", "import", str(file)).out == "unchanged: any-session\n"
    file.write_text(FIRES_AT_ONCE.replace("any-session", "second") + BAD.removeprefix("rules:\n"))
    assert clarity("rules", "import", str(file)).status == 2
    assert "second" not in clarity("rules", "export").out


def test_what_is_exported_can_be_imported_and_changes_nothing(clarity: Clarity, file: Path) -> None:
    names = ", ".join(rule.id for rule in shipped_rules())
    assert clarity("rules", "import", "--shipped").out == f"added: {names}\n"
    exported = clarity("rules", "export").out
    file.write_text(exported)
    assert clarity("rules", "import", str(file)).out.startswith("unchanged: ")
    assert clarity("rules", "export").out == exported


def test_without_rules_or_businesses_there_is_nothing_to_say(clarity: Clarity, world: World) -> None:
    assert "Nothing to judge" in clarity("rules", "preview").out
    assert "Nothing to replay" in clarity("rules", "backtest", "--from", "2026-05-01", "--to", "2026-05-03").out
    assert clarity("rules", "export").out == "rules: []\n"
    assert world.calls() == 0

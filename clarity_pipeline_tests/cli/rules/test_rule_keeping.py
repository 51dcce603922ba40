"""`rules list`, `sync`, `enable`, `disable`, `schema`: whose rules there are, and a folder as their master."""

import json
import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from clarity_pipeline.cli.actor import os_user
from clarity_pipeline.rules.book.rule_revisions import revisions_of
from clarity_pipeline.rules.book.rule_store import list_rules, save_rule
from clarity_pipeline.rules.language.rule_files import shipped_rules
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE, Clarity
from clarity_pipeline_tests.cli.running import run_on_a_terminal
from clarity_pipeline_tests.world import World

SECOND = FIRES_AT_ONCE.replace("any-session", "second")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "first.yaml").write_text(FIRES_AT_ONCE)
    return folder


def test_the_list_says_revision_author_scope_and_what_was_answered_last(clarity: Clarity, folder: Path, world: World) -> None:
    assert "No rule is stored" in clarity("rules", "list").out
    clarity("rules", "import", str(folder / "first.yaml"))
    (document,) = clarity("rules", "list", "--json").document
    assert document == {
        "rule": "any-session",
        "name": "Somebody came",
        "enabled": True,
        "severity": "info",
        "scope": "business",
        "businesses": "all",
        "revision": 1,
        "author": os_user(),
        "changed_at": world.now.isoformat().replace("+00:00", "Z"),
        "last": None,
    }
    assert "never asked" in clarity("rules", "list").out
    world.sync()
    (document,) = clarity("rules", "list", "--json").document
    assert document["last"] == {"date": "2026-05-03", "fired": 1, "not": 0, "unknown": 0}
    assert "2026-05-03: 1 fired, 0 not, 0 unknown" in clarity("rules", "list").out


def test_the_author_is_whom_one_names_and_the_audit_log_has_the_user_all_the_same(clarity: Clarity, folder: Path) -> None:
    clarity("rules", "import", str(folder / "first.yaml"), "--author", "release 41")
    (document,) = clarity("rules", "list", "--json").document
    assert document["author"] == "release 41"
    entry = clarity("audit", "--json").document[0]
    assert (entry["actor"], entry["action"], entry["business"]) == (os_user(), "rules_changed", None)
    assert entry["detail"] == {"how": "import", "added": ["any-session"]}
    assert "release 41" not in clarity("audit").out
    for forged in ("two\nlines", "", "x" * 121):
        assert clarity("rules", "import", str(folder / "first.yaml"), "--author", forged).status == 2


def test_a_sync_prints_the_difference_field_by_field_and_a_dry_run_writes_nothing(clarity: Clarity, folder: Path) -> None:
    clarity("rules", "import", "--shipped")
    clarity("rules", "import", str(folder / "first.yaml"))
    (folder / "first.yaml").write_text(FIRES_AT_ONCE.replace("info", "critical").replace("value: 1,", "value: 2,"))
    (folder / "more").mkdir()
    (folder / "more" / "second.yml").write_text(SECOND)
    before = clarity("rules", "export").out
    dry = clarity("rules", "sync", str(folder), "--dry-run")
    assert dry.out.splitlines() == [
        "changed any-session  (first.yaml, revision 2)",
        '  severity: "info" -> "critical"',
        "  when.threshold.value: 1.0 -> 2.0",
        "added second  (more/second.yml, revision 1)",
        "disabled dead-clicks-spike  (not in the folder, revision 2)",
        "  enabled: true -> false",
        "disabled pause-on-rage-clicks  (not in the folder, revision 2)",
        "  enabled: true -> false",
        "1 added, 1 changed, 0 enabled, 2 disabled, 0 unchanged. Nothing was written: this was a dry run.",
    ]
    assert clarity("rules", "export").out == before
    document = clarity("rules", "sync", str(folder), "--dry-run", "--json").document
    assert document["dry_run"] is True
    assert document["rules"][0] == {
        "rule": "any-session",
        "turn": "changed",
        "file": "first.yaml",
        "revision": 2,
        "fields": [
            {"path": "severity", "before": "info", "after": "critical"},
            {"path": "when.threshold.value", "before": 1.0, "after": 2.0},
        ],
        "replaces": None,
    }
    synced = clarity("rules", "sync", str(folder))
    assert synced.out.splitlines()[:-1] == dry.out.splitlines()[:-1]
    assert "Nothing was written" not in synced.out
    rules = {each["rule"]: (each["revision"], each["enabled"]) for each in clarity("rules", "list", "--json").document}
    assert rules == {"any-session": (2, True), "second": (1, True), **{each.id: (2, False) for each in shipped_rules()}}
    assert clarity("rules", "sync", str(folder)).out == "0 added, 0 changed, 0 enabled, 0 disabled, 4 unchanged.\n"


def test_an_id_in_two_files_is_one_clear_error_and_nothing_is_changed(clarity: Clarity, folder: Path) -> None:
    clarity("rules", "import", "--shipped")
    before = clarity("rules", "list", "--json").out
    (folder / "second.yaml").write_text(FIRES_AT_ONCE)
    for command in ("sync", "check"):
        ran = clarity("rules", command, str(folder))
        assert (ran.status, ran.out) == (2, "")
        assert ran.error == "rule 'any-session': id: is in first.yaml and in second.yaml; keep it in one of them"
    (folder / "second.yaml").write_text("rules: [")
    assert clarity("rules", "sync", str(folder)).status == 2
    assert clarity("rules", "sync", str(folder / "mistyped")).status == 2
    assert clarity("rules", "list", "--json").out == before


def test_rules_are_enabled_and_disabled_by_id(clarity: Clarity, folder: Path) -> None:
    clarity("rules", "import", str(folder / "first.yaml"))
    assert clarity("rules", "disable", "any-session").out == "any-session is disabled now (revision 2).\n"
    assert clarity("rules", "disable", "any-session").out == "any-session is disabled already.\n"
    assert clarity("rules", "preview", "--json").document == []
    assert clarity("rules", "enable", "any-session").out == "any-session is enabled now (revision 3).\n"
    unknown = clarity("rules", "enable", "any-sesion")
    assert unknown.status == 1
    assert "did you mean any-session?" in unknown.error
    assert "stored or ready" in unknown.error


def test_the_schema_marks_in_an_editor_what_check_refuses(clarity: Clarity) -> None:
    validator = jsonschema_rs.validator_for(json.loads(clarity("rules", "schema").out))
    assert validator.is_valid(yaml.safe_load(FIRES_AT_ONCE))
    assert not validator.is_valid(yaml.safe_load(FIRES_AT_ONCE.replace("severity", "sevrity")))
    assert "# yaml-language-server: $schema=./rules.schema.json" in clarity("rules", "schema", "--help").out


def test_on_a_terminal_of_eighty_columns_the_list_keeps_whole_words(world: World, clarity: Clarity) -> None:
    clarity("rules", "import", "--shipped")
    status, seen = run_on_a_terminal("rules", "list", environment=world.environment)
    assert status == 0
    heading, *rules, left_out = re.sub(r"\x1b\[\d*m", "", seen).splitlines()
    assert [line.split()[0] for line in rules] == ["dead-clicks-spike", "pause-on-rage-clicks"]
    assert max(len(line) for line in (heading, *rules)) <= 80
    assert "a wider terminal or --json shows all" in left_out


def test_a_sync_says_whose_saves_in_the_panel_it_replaces_and_keeps_their_revision(
    clarity: Clarity, folder: Path, world: World
) -> None:
    clarity("rules", "sync", str(folder))
    with world.home() as home:
        with home.state.read() as connection:
            (stored,) = list_rules(connection)
        built = stored.rule.model_copy(update={"name": "As Max wants it"})
        save_rule(
            home.state, built, revision=1, clock=home.clock, actor="panel:max@agency.example", author="panel:max@agency.example"
        )
    tried = clarity("rules", "sync", str(folder), "--dry-run")
    assert f"this would replace what panel:max@agency.example saved of {built.id} in the panel; revision 2" in tried.err
    synced = clarity("rules", "sync", str(folder))
    assert f"this replaced what panel:max@agency.example saved of {built.id} in the panel; revision 2 is kept" in synced.err
    with world.home() as home:
        kept = {each.revision: each.document["name"] for each in revisions_of(home.state, built.id)}
        assert (kept[2], kept[3]) == ("As Max wants it", stored.rule.name)
    again = clarity("rules", "sync", str(folder), "--json")
    assert (again.err, [each["replaces"] for each in again.document["rules"]]) == ("", [None])

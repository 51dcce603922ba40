from pathlib import Path

import pytest

from clarity_pipeline.rules.language.rule_files import RulesInvalid
from clarity_pipeline.rules.language.rule_folder import read_rules_folder

RULE = "id: {}\nname: R\nwhen: {{threshold: {{metric: clarity_sessions, operator: above, value: 1}}}}\n"


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_yml", ".yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def problems(folder: Path) -> tuple[str, ...]:
    with pytest.raises(RulesInvalid) as caught:
        read_rules_folder(folder)
    return caught.value.problems


def test_a_folder_is_read_with_the_folders_below_it_in_the_order_of_names(tmp_path: Path) -> None:
    folder = written(
        tmp_path, b_yaml=RULE.format("two"), a_yml=RULE.format("one"), c__d_yaml=RULE.format("three"), notes="no YAML"
    )
    assert {name: [rule.id for rule in rules] for name, rules in read_rules_folder(folder).items()} == {
        "a.yml": ["one"], "b.yaml": ["two"], "c/d.yaml": ["three"],
    }  # fmt: skip


def test_a_mounted_volume_is_read_once(tmp_path: Path) -> None:
    """Kubernetes mounts a ConfigMap so: the file is a link into a hidden folder, which is a link into another."""
    hidden = written(tmp_path / "..2026_11_25", a_yaml=RULE.format("one"))
    (tmp_path / "..data").symlink_to(hidden.name)
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")
    assert list(read_rules_folder(tmp_path)) == ["a.yaml"]


def test_an_id_in_two_files_is_one_line_that_names_both(tmp_path: Path) -> None:
    folder = written(tmp_path, a_yaml=RULE.format("same"), b_yaml=RULE.format("other"), c__a_yaml=RULE.format("same"))
    assert problems(folder) == ("rule 'same': id: is in a.yaml and in c/a.yaml; keep it in one of them",)


def test_every_problem_of_every_file_is_named(tmp_path: Path) -> None:
    folder = written(
        tmp_path, a_yaml=RULE.format("A"), b_yaml="rules: []", c_yaml=RULE.format("fine"), d_yaml=RULE.format("fine")
    )
    assert [line.split(":")[0] for line in problems(folder)] == ["a.yaml", "b.yaml", "rule 'fine'"]


def test_a_folder_without_rule_files_or_a_mistyped_one_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path) == (f"{tmp_path.name}: holds no .yaml or .yml file; name the folder that your rules are in",)
    assert problems(tmp_path / "none") == ("none: is no folder; name the folder that your rules are in",)


def test_a_forged_file_name_stays_one_line(tmp_path: Path) -> None:
    (tmp_path / "a\nerror: b.yaml").write_text("rules: []")
    (line,) = problems(tmp_path)
    assert line.startswith("a error: b.yaml: holds no rules")

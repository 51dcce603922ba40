"""A folder of rule files, read as one: the master of a deployment's rules, in its own version control.

Read by `rules sync` and `rules check`. Every problem of every file is named before anything is done with any of them. What a
name with a leading dot holds is not read: a mounted Kubernetes volume keeps each file a second time below `..data`.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.rule_files import RulesInvalid, read_rules_file

ENDINGS = frozenset({".yaml", ".yml"})


def read_rules_folder(folder: Path) -> Mapping[str, tuple[Rule, ...]]:
    """The rules by file (its path below `folder`), in the order of their names; raise `RulesInvalid` naming every problem.

    A folder without a rule file is a problem too: a path that is mistyped must not put every rule out of use.
    """
    try:
        files = sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS and path.is_file() and _seen(path, folder))
    except OSError as error:
        raise RulesInvalid([f"{folder.name}: cannot be read: {error.strerror}; check the path"]) from None
    if not files:
        what = "is no folder" if not folder.is_dir() else "holds no .yaml or .yml file"
        raise RulesInvalid([f"{folder.name or folder}: {what}; name the folder that your rules are in"])
    rules: dict[str, tuple[Rule, ...]] = {}
    problems: list[str] = []
    for path in files:
        name = path.relative_to(folder).as_posix()
        try:
            rules[name] = read_rules_file(path, called=name)
        except RulesInvalid as invalid:
            problems += invalid.problems
    if problems := [*problems, *_told_twice(rules)]:
        raise RulesInvalid(problems)
    return rules


def _seen(path: Path, folder: Path) -> bool:
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _told_twice(rules: Mapping[str, tuple[Rule, ...]]) -> list[str]:
    files: dict[str, list[str]] = defaultdict(list)
    for name, found in rules.items():
        for rule in found:
            files[rule.id].append(name)
    return [
        f"rule '{rule_id}': id: is in {', '.join(names[:-1])} and in {names[-1]}; keep it in one of them"
        for rule_id, names in files.items()
        if len(names) > 1
    ]

"""YAML to rules and back: what `rules import|export|check` and the shipped rules go through.

A file holds `rules:` with a list, or one rule by itself. Every problem is one line that names file, rule and field path.
A rule file is somebody's input: plain data only, no aliases (a kilobyte of them unfolds to gigabytes), no key twice (the
last one would win in silence), nesting and size bounded.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.rules.language.condition import LEAVES, NODES
from clarity_pipeline.rules.language.leaves import nearest
from clarity_pipeline.rules.language.rule import Rule

MAX_BYTES = 256 * 1024
MAX_RULES = 500
MAX_NESTING = 40

EXAMPLE_RULE = """\
rules:
  - id: rage-clicks-high
    name: Visitors are rage clicking
    severity: warning                 # info, warning, critical
    action: alert                     # or recommend_pause: said in the message, nothing is ever paused
    businesses: all                   # or a list: [acme-shop, acme-outlet]
    when:                             # {nodes}
      threshold:
        metric: clarity_rage_click_rate
        operator: above               # above, at_least, below, at_most
        value: 0.25
        window_days: 7                # the evaluated day and the six before it
""".replace("{nodes}", ", ".join(NODES))
"""What `clarity-pipeline rules --help` shows."""


class RulesInvalid(ClarityPipelineError):
    """Rules that cannot be used: `problems` has one line each, the message is the first and how many more there are."""

    reason = "rules_invalid"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        more = len(self.problems) - 1
        super().__init__(self.problems[0] + (f" (and {more} more: see clarity-pipeline rules check)" if more else ""))


def read_rules_file(path: Path, *, called: str | None = None) -> tuple[Rule, ...]:
    """The rules of a YAML file in their order; raise `RulesInvalid` naming every problem, and the file by its name alone."""
    name = _one_line(called or path.name)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return read_rules(content.decode("utf-8-sig"), source=name)
    except OSError as error:
        raise RulesInvalid([f"{name}: cannot be read: {error.strerror}; check the path"]) from None
    except UnicodeDecodeError:
        raise RulesInvalid([f"{name}: is not UTF-8 text; save it as UTF-8"]) from None


def read_rules(text: str, *, source: str) -> tuple[Rule, ...]:
    """The rules of a YAML text; `source` is what messages call it."""
    if len(text) > MAX_BYTES:
        raise RulesInvalid([f"{source}: is larger than {MAX_BYTES // 1024} KiB; split the file"])
    problems: list[str] = []
    rules: list[Rule] = []
    documents = _documents(_plain_data(text, source), source)
    for label, document in documents:
        try:
            rules.append(Rule.model_validate(document))
        except ValidationError as error:
            problems.extend(f"{source}: {label}: {line}" for line in explain(error))
    ids = Counter(document["id"] for _, document in documents if isinstance(document.get("id"), str))
    problems.extend(f"{source}: rule '{rule_id}': id: is used {n} times; ids are unique" for rule_id, n in ids.items() if n > 1)
    if problems:
        raise RulesInvalid(problems)
    return tuple(rules)


def write_rules(rules: Iterable[Rule]) -> str:
    """YAML that `read_rules` turns back into the same rules; what equals a default is left out."""
    documents = [rule.model_dump(mode="json", exclude_defaults=True) for rule in rules]
    return yaml.safe_dump({"rules": documents}, sort_keys=False, allow_unicode=True, width=110)


def shipped_rules() -> tuple[Rule, ...]:
    """The rules that come with the package (`examples/`): the two of the mission."""
    folder = resources.files("clarity_pipeline.rules") / "examples"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    return tuple(rule for file in files for rule in read_rules(file.read_text("utf-8"), source=file.name))


def explain(error: ValidationError) -> Iterator[str]:
    """One line a problem: the path as in the document, then what is wrong and the nearest valid name."""
    for path, message in problems_at(error):
        yield _one_line(f"{path}: {message}" if path else message)


def problems_at(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Where each problem is (`when.all[0].change.ratio`; empty for the whole), and what it is, on one line."""
    problems = error.errors(include_url=False, include_context=False)
    for problem in problems:
        depth = len(problem["loc"])
        if problem["type"] == "too_short" and any(other["loc"][:depth] == problem["loc"] != other["loc"] for other in problems):
            continue  # pydantic counts only the members that are right
        path = ""
        for step in problem["loc"]:
            if isinstance(step, int):
                path += f"[{step}]"
            elif not step.startswith("<"):
                path += f".{step}" if path else step
        yield path, _one_line(_message(problem))


def _message(problem: ErrorDetails) -> str:
    given = problem["input"]
    if problem["type"] == "extra_forbidden":
        return f"unknown field; {nearest(problem['loc'][-1], _fields_beside(problem['loc']))}"
    if problem["type"] == "no_condition" and isinstance(given, Mapping) and len(given) == 1:
        kind = next(iter(given))
        return f"unknown condition '{_short(kind)}'; {nearest(kind, list(NODES))}"
    message = problem["msg"][0].lower() + problem["msg"][1:]
    return f"{message}, not {_short(repr(given))}" if message.startswith("input should be") else message


def _fields_beside(path: tuple[int | str, ...]) -> list[str]:
    """The field names that are valid where an unknown one was found."""
    model: type[BaseModel] = LEAVES.get(str(path[-2]), Rule) if len(path) > 1 else Rule
    return list(model.model_fields)


def _documents(data: Any, source: str) -> list[tuple[str, dict[str, Any]]]:
    """Label and document of each rule; the label is the id where there is one, else the place in the file."""
    entries = data
    if isinstance(data, dict):
        entries = data["rules"] if set(data) == {"rules"} else [data]
    if not isinstance(entries, list) or not entries:
        raise RulesInvalid([f"{source}: holds no rules; write `rules:` and a list under it, as rules --help shows"])
    if len(entries) > MAX_RULES:
        raise RulesInvalid([f"{source}: holds more than {MAX_RULES} rules; split the file"])
    for place, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise RulesInvalid([f"{source}: rule {place}: is no mapping; write `id:`, `name:` and `when:`"])
    return [(_label(entry, place), entry) for place, entry in enumerate(entries, start=1)]


def _label(entry: Mapping[str, Any], place: int) -> str:
    rule_id = entry.get("id")
    return _one_line(f"rule '{_short(rule_id)}'") if isinstance(rule_id, str) and rule_id else f"rule {place}"


def _plain_data(text: str, source: str) -> Any:
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a SafeLoader made stricter)
    except yaml.MarkedYAMLError as error:
        place = f" line {error.problem_mark.line + 1}:" if error.problem_mark else ""
        hint = "; quote operators, or write above, at_least, below, at_most" if "block scalar" in str(error.context) else ""
        raise RulesInvalid([_one_line(f"{source}:{place} {error.problem}{hint}")]) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # a date that does not exist, a number of 5,000 digits
        raise RulesInvalid([_one_line(f"{source}: is not YAML: {_short(error)}; correct it")]) from None


class _StrictLoader(yaml.SafeLoader):
    """Plain data only: no alias, no key twice, bounded nesting."""

    _nesting = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed; write it out", problem_mark=self._mark())
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise yaml.MarkedYAMLError(problem="is nested too deeply", problem_mark=self._mark())
        node = super().compose_node(parent, index)
        self._nesting -= 1
        return node

    def _mark(self) -> yaml.Mark | Any:
        return self.peek_event().start_mark  # type: ignore[no-untyped-call]

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{_short(key.value)}' is no text; quote it", problem_mark=key.start_mark
                )
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key '{_short(key.value)}' is there twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _one_line(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())

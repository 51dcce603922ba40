from pathlib import Path

import pytest
import yaml

from clarity_pipeline.rules.language.condition import LEAVES, NODES
from clarity_pipeline.rules.language.metric import METRICS
from clarity_pipeline.rules.language.rule import MAX_DEPTH, Rule
from clarity_pipeline.rules.language.rule_files import (
    EXAMPLE_RULE,
    RulesInvalid,
    read_rules,
    read_rules_file,
    shipped_rules,
    write_rules,
)

LEAF = "threshold: {metric: clarity_sessions, operator: above, value: 1}"
GOOD = f"id: good\nname: Good\nwhen: {{{LEAF}}}\n"


def problems(text: str) -> list[str]:
    with pytest.raises(RulesInvalid) as caught:
        read_rules(text, source="f.yaml")
    for line in (*caught.value.problems, str(caught.value)):
        assert line.startswith("f.yaml: ")
        assert line.isprintable()
    return [line.removeprefix("f.yaml: ") for line in caught.value.problems]


def rule_with(when: str, **fields: str) -> str:
    return "\n".join(["id: r", "name: R", *(f"{name}: {value}" for name, value in fields.items()), f"when: {when}"])


def test_the_example_of_the_help_is_one_complete_rule_on_a_metric_of_the_mission() -> None:
    (rule,) = read_rules(EXAMPLE_RULE, source="help")
    assert rule.when.threshold.metric in METRICS


def test_the_two_rules_of_the_mission_are_shipped() -> None:
    pause, spike = shipped_rules()
    assert (pause.action, pause.when.threshold.metric, pause.when.threshold.window_days) == (
        "recommend_pause", "clarity_rage_click_rate", 7,
    )  # fmt: skip
    assert spike.action == "alert"
    assert [leaf.change.metric for leaf in spike.when.all] == ["clarity_dead_clicks", "clarity_dead_click_rate"]


@pytest.mark.parametrize(
    "text", [GOOD, f"- {{id: good, name: Good, when: {{{LEAF}}}}}", f"rules: [{{id: good, name: Good, when: {{{LEAF}}}}}]"]
)
def test_a_file_is_one_rule_a_list_or_a_list_under_rules(text: str) -> None:
    assert [rule.id for rule in read_rules(text, source="f.yaml")] == ["good"]


def test_what_is_written_reads_back_the_same() -> None:
    rules = (*shipped_rules(), *read_rules(GOOD, source="f.yaml"))
    text = write_rules(rules)
    assert read_rules(text, source="again") == rules
    assert write_rules(read_rules(text, source="again")) == text


def test_a_symbol_is_understood_and_written_as_its_word() -> None:
    (rule,) = read_rules(rule_with("{threshold: {metric: clarity_sessions, operator: '<=', value: 1}}"), source="f.yaml")
    assert "operator: at_most" in write_rules([rule])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            rule_with("{threshold: {metric: clarity_ragge_clicks, operator: above, value: 1}}"),
            "rule 'r': when.threshold.metric: unknown metric 'clarity_ragge_clicks'; did you mean clarity_rage_clicks?",
        ),
        (
            rule_with("{threshold: {metric: clarity_sessions, oprator: above, operator: above, value: 1}}"),
            "rule 'r': when.threshold.oprator: unknown field; did you mean operator?",
        ),
        (rule_with(f"{{{LEAF}}}", sevrity="info"), "rule 'r': sevrity: unknown field; did you mean severity?"),
        (
            rule_with("{change: {metric: clarity_sessions, ratio: 2, floor: 1, widow_days: 3}}"),
            "rule 'r': when.change.widow_days: unknown field; did you mean window_days?",
        ),
        (
            rule_with(f"{{all: [{{{LEAF}}}, {{treshold: {{}}}}]}}"),
            "rule 'r': when.all[1]: unknown condition 'treshold'; did you mean threshold?",
        ),
        (
            rule_with(f"{{any: [{{not: {{{LEAF}, all: []}}}}]}}"),
            "rule 'r': when.any[0].not: holds exactly one of all, any, not, threshold, change, spike, since_change, connection",
        ),
        (
            rule_with("{threshold: {metric: clarity_sessions, operator: above, value: '5'}}"),
            "rule 'r': when.threshold.value: input should be a valid number, not '5'",
        ),
        (
            rule_with("{threshold: {metric: clarity_sessions, operator: above, value: true}}"),
            "rule 'r': when.threshold.value: input should be a valid number, not True",
        ),
        (
            rule_with("{threshold: {metric: clarity_sessions, operator: above, value: .inf}}"),
            "rule 'r': when.threshold.value: input should be a finite number, not inf",
        ),
        (
            rule_with("{threshold: {metric: clarity_sessions, operator: above, value: 1, window_days: 91}}"),
            "rule 'r': when.threshold.window_days: input should be less than or equal to 90, not 91",
        ),
        (
            rule_with("{spike: {signal: rage_clicks}}"),
            "rule 'r': when.spike.signal: unknown signal 'rage_clicks'; did you mean rage_click?",
        ),
        (
            rule_with("{since_change: {signal: rage_click, aplha: 0.01}}"),
            "rule 'r': when.since_change.aplha: unknown field; did you mean alpha?",
        ),
        (
            rule_with("{connection: {state: broken}}"),
            "rule 'r': when.connection.state: input should be 'stale', 'rejected' or 'missing_data', not 'broken'",
        ),
        (
            rule_with("{threshold: {metric: entity.Spend, operator: above, value: 1}}", scope="ad"),
            "rule 'r': when.threshold.metric: unknown metric 'entity.Spend'; did you mean entity.spend?",
        ),
        (
            rule_with("{threshold: {metric: nonsense, operator: above, value: 1}}"),
            "rule 'r': when.threshold.metric: unknown metric 'nonsense'; the names are in `clarity-pipeline rules schema`",
        ),
        (
            rule_with(f"{{any: [{{{LEAF}}}, {{threshold: {{metric: entity.spend, operator: above, value: 1}}}}]}}", scope="url"),
            "rule 'r': when.any[1].threshold.metric: entity.spend needs scope business or campaign or ad_set or ad,"
            " the rule's is url",
        ),
        (
            rule_with("{change: {metric: url_clarity_sessions, ratio: 2, floor: 1}}"),
            "rule 'r': when.change.metric: url_clarity_sessions needs scope url or campaign or ad_set or ad,"
            " the rule's is business",
        ),
        (
            rule_with("{change: {metric: clarity_sessions, ratio: 2, floor: 1, against: same_weekdays, window_days: 8}}"),
            "rule 'r': when.change: window_days 8 against same_weekdays would overlap itself; use at most 7",
        ),
        (
            rule_with("{change: {metric: clarity_sessions, ratio: 2, floor: 1, baseline_weeks: 4}}"),
            "rule 'r': when.change: baseline_weeks says nothing against prior_window; use baseline_days",
        ),
        (
            rule_with("{threshold: {metric: entity.spend, operator: above, value: 1, min_sessions: 9}}", scope="ad"),
            "rule 'r': when.threshold: min_sessions: entity.spend has no sessions; put it on a clarity_ leaf beside this one",
        ),
        (rule_with(f"{{{LEAF}}}", businesses="acme"), "rule 'r': businesses: input should be 'all', not 'acme'"),
        (f"name: R\nwhen: {{{LEAF}}}", "rule 1: id: field required"),
        (
            rule_with("{not: " * MAX_DEPTH + f"{{{LEAF}}}" + "}" * MAX_DEPTH),
            "rule 'r': the condition is 9 deep with 1 leaves, the limits are 8 and 50; split the rule",
        ),
        ("rules: []", "holds no rules; write `rules:` and a list under it, as rules --help shows"),
        ("just words", "holds no rules; write `rules:` and a list under it, as rules --help shows"),
        ("- 1", "rule 1: is no mapping; write `id:`, `name:` and `when:`"),
        ("id: a\nid: b", "line 2: the key 'id' is there twice"),
        ("a: &x 1\nb: *x", "line 2: aliases are not allowed; write it out"),
        ("1: 2", "line 1: the key '1' is no text; quote it"),
        ("a: !os.system x", "line 1: could not determine a constructor for the tag '!os.system'"),
        ("[" * 5000, "line 1: is nested too deeply"),
        ("when: 2026-13-45", "is not YAML: month must be in 1..12; correct it"),
        (GOOD + "x" * 300_000, "is larger than 256 KiB; split the file"),
    ],
)  # fmt: skip
def test_a_problem_is_one_line_that_names_file_rule_field_and_the_way_out(text: str, expected: str) -> None:
    assert problems(text) == [expected]


def test_an_unquoted_operator_is_explained() -> None:
    text = "id: r\nname: R\nwhen:\n  threshold:\n    metric: clarity_sessions\n    operator: >=\n    value: 5\n"
    assert problems(text) == [
        "line 6: expected chomping or indentation indicators, but found '=';"
        " quote operators, or write above, at_least, below, at_most"
    ]


def test_every_problem_of_a_file_is_named_and_the_message_is_the_first_of_them() -> None:
    entries = ["id: a", "id: b, name: B, severity: loud", "id: b, name: B"]
    text = "rules:\n" + "".join(f"- {{{entry}, when: {{{LEAF}}}}}\n" for entry in entries)
    found = problems(text)
    assert found == [
        "rule 'a': name: field required",
        "rule 'b': severity: input should be 'info', 'warning' or 'critical', not 'loud'",
        "rule 'b': id: is used 2 times; ids are unique",
    ]
    with pytest.raises(RulesInvalid, match=r"^f.yaml: rule 'a': name: field required \(and 2 more"):
        read_rules(text, source="f.yaml")


def test_a_bomb_of_aliases_is_refused_before_it_unfolds() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join(['*' + old] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    assert len(problems("\n".join(lines))) == 1


@pytest.mark.parametrize("name", [r'"two\nlines"', r'"\x07"', r'"\uD800"', '""', r'"\u2028"'])
def test_a_name_that_could_forge_a_line_is_refused(name: str) -> None:
    (problem,) = problems(f"id: r\nname: {name}\nwhen: {{{LEAF}}}")
    assert problem.startswith("rule 'r': name: ")


def test_a_file_is_read_from_disk_and_called_by_its_name_only(tmp_path: Path) -> None:
    file = tmp_path / "rules.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert [rule.id for rule in read_rules_file(file)] == ["good"]
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(RulesInvalid, match=r"^rules.yaml: is not UTF-8"):
        read_rules_file(file)
    with pytest.raises(RulesInvalid, match=r"^none.yaml: cannot be read: No such file"):
        read_rules_file(tmp_path / "none.yaml")


def test_the_schema_for_editors_closes_every_object_and_lists_the_metrics() -> None:
    schema = Rule.model_json_schema()
    objects = [schema, *(part for part in schema["$defs"].values() if part.get("type") == "object")]
    assert len(objects) == 1 + len(NODES) + len(LEAVES)
    assert all(part["additionalProperties"] is False for part in objects)
    assert schema["$defs"]["Threshold"]["properties"]["metric"]["anyOf"][0]["enum"] == list(METRICS)


def test_the_document_of_a_rule_is_plain_json_with_its_defaults_written_out() -> None:
    (rule,) = read_rules(rule_with(f"{{not: {{{LEAF}}}}}"), source="f.yaml")
    document = rule.document()
    assert document["when"] == {
        "not": {
            "threshold": {
                "metric": "clarity_sessions",
                "operator": "above",
                "value": 1.0,
                "window_days": 7,
                "min_sessions": 0,
                "min_coverage": 0.0,
                "ends_at": None,
            }
        }
    }
    assert Rule.model_validate(yaml.safe_load(yaml.safe_dump(document))) == rule

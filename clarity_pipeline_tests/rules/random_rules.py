"""Rules as a person might write them, and as nobody would: for properties that hold for every rule."""

from string import ascii_lowercase, digits
from typing import Any

from hypothesis import strategies as st

from clarity_pipeline.clarity.measures import SIGNAL as SIGNALS
from clarity_pipeline.rules.language.metric import METRICS
from clarity_pipeline.rules.language.rule import Rule

NAMES = [name for name, metric in METRICS.items() if metric.family in ("business", "site")]
IDS = st.text(ascii_lowercase + digits + "_-", max_size=20).map("a".__add__) | st.sampled_from(
    ["null", "yes", "no", "1e3", "007"]
)
LINES = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"), min_size=1, max_size=40
) | st.sampled_from(["yes", "~", "- a", "a: b", " # ", "'\"", "{", "@x", "%", "\ufeff", "1_000", "2026-01-01"])
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t"), max_size=300)
NUMBERS = st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False)
ABOVE_ZERO = st.integers(1, 10**6) | st.floats(min_value=0, exclude_min=True, allow_nan=False, allow_infinity=False)
OPERATORS = st.sampled_from(["above", "at_least", "below", "at_most", ">", "<="])
DAYS = st.integers(1, 90)
SESSIONS = st.integers(0, 10**9)
COVERAGE = st.sampled_from([0, 0.25, 0.7, 1])
SIGNAL = st.sampled_from(sorted(SIGNALS))
TESTED = {
    "quantity": st.sampled_from(["signal_sessions", "events"]),
    "alpha": st.sampled_from([1e-6, 0.001, 0.1]),
    "ratio_floor": st.floats(1, 100),
    "min_events": st.integers(1, 10**6),
    "min_sessions": SESSIONS,
    "min_coverage": COVERAGE,
}
OF_CLARITY = {"min_sessions": SESSIONS, "min_coverage": COVERAGE}
COMPARED = {"metric": st.sampled_from(NAMES), "ratio": ABOVE_ZERO, "floor": ABOVE_ZERO}


def leaf(kind: str, required: dict[str, Any], optional: dict[str, Any]) -> Any:
    return st.fixed_dictionaries({kind: st.fixed_dictionaries(required, optional=optional)})


LEAVES: Any = st.one_of(
    leaf(
        "threshold",
        {"metric": st.sampled_from(NAMES), "operator": OPERATORS, "value": NUMBERS},
        {"window_days": DAYS, **OF_CLARITY},
    ),
    leaf(
        "change",
        COMPARED,
        {"operator": OPERATORS, "window_days": DAYS, "baseline_days": DAYS | st.none(), **OF_CLARITY},
    ),
    leaf(
        "change",
        {**COMPARED, "against": st.just("same_weekdays")},
        {"window_days": st.integers(1, 7), "baseline_weeks": st.integers(2, 12) | st.none(), **OF_CLARITY},
    ),
    leaf("spike", {"signal": SIGNAL}, TESTED),
    leaf("since_change", {"signal": SIGNAL}, {**TESTED, "within_days": DAYS}),
    leaf("connection", {"state": st.sampled_from(["stale", "rejected", "missing_data"])}, {}),
)
TREES = st.recursive(
    LEAVES,
    lambda below: (
        st.lists(below, min_size=1, max_size=3).map(lambda parts: {"all": parts})
        | st.lists(below, min_size=1, max_size=3).map(lambda parts: {"any": parts})
        | below.map(lambda part: {"not": part})
    ),
    max_leaves=6,
)
SOME = st.just("all") | st.lists(IDS, min_size=1, max_size=3)
DOCUMENTS = st.fixed_dictionaries(
    {"id": IDS, "name": LINES, "when": TREES},
    optional={
        "description": TEXTS,
        "severity": st.sampled_from(["info", "warning", "critical"]),
        "action": st.sampled_from(["alert", "recommend_pause"]),
        "businesses": SOME,
        "scope": st.sampled_from(["business", "url", "campaign", "ad_set", "ad"]),
        "top": st.integers(1, 200),
        "for_days": st.integers(1, 30),
        "resolve_after_days": st.integers(1, 30),
        "remind_after_days": st.integers(1, 90) | st.none(),
        "channels": SOME,
        "enabled": st.booleans(),
    },
)
"""What a YAML file may hold of one rule."""

RULES = DOCUMENTS.map(Rule.model_validate)
EVERYTHING = st.lists(RULES, max_size=4, unique_by=lambda rule: rule.id)
"""The rules of a deployment."""

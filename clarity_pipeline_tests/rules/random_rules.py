"""Rules as a person might write them, and as nobody would: for properties that hold for every rule."""

from string import ascii_lowercase, digits
from typing import Any

from hypothesis import strategies as st

from clarity_pipeline.rules.metric import METRICS
from clarity_pipeline.rules.rule import Rule

NAMES = [name for name in METRICS if name.startswith("clarity_")][:10]
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
THRESHOLDS = st.fixed_dictionaries(
    {"metric": st.sampled_from(NAMES), "operator": OPERATORS, "value": NUMBERS},
    optional={"window_days": DAYS, "min_sessions": SESSIONS},
)
CHANGES = st.fixed_dictionaries(
    {"metric": st.sampled_from(NAMES), "ratio": ABOVE_ZERO, "floor": ABOVE_ZERO},
    optional={"operator": OPERATORS, "window_days": DAYS, "baseline_days": DAYS | st.none(), "min_sessions": SESSIONS},
)
LEAVES: Any = THRESHOLDS.map(lambda leaf: {"threshold": leaf}) | CHANGES.map(lambda leaf: {"change": leaf})
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

"""A rule as one plain sentence: whom it tells, when, and of what. Shown beside the builder, in the gallery and above YAML.

Every field that a rule or a leaf has is in it, so two rules that mean different things never read the same. A kind of leaf
without words of its own is told by its fields, so that a new one can be read from its first day. Names in it come from
strangers; whoever shows it escapes it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from clarity_pipeline.clarity.measures import SIGNAL
from clarity_pipeline.rules.language.condition import All, Not, children, leaves
from clarity_pipeline.rules.language.kinds import LEAF_KINDS, asks_metric
from clarity_pipeline.rules.language.leaves import Part, SinceChange, Spike, Threshold
from clarity_pipeline.rules.language.metric import metric_of
from clarity_pipeline.rules.language.rule import Rule, Scope, Severity

OPERATORS: Mapping[str, str] = MappingProxyType(
    {"above": "above", "at_least": "at least", "below": "below", "at_most": "at most"}
)
SCOPES: Mapping[Scope, str] = MappingProxyType(
    {
        "business": "the whole site",
        "url": "each of the busiest pages",
        "campaign": "each campaign",
        "ad_set": "each ad set",
        "ad": "each ad",
    }
)
_SEVERITIES: Mapping[Severity, str] = MappingProxyType(
    {"info": "for information", "warning": "a warning", "critical": "critical"}
)
_HEAD = re.compile(r" (?:of|per|on|with|/) ")

STATES: Mapping[str, str] = MappingProxyType(
    {
        "stale": "nothing has come from Clarity for 36 hours",
        "rejected": "Clarity rejects the token, or it has expired",
        "missing_data": "there is no data for the day",
    }
)


def sentence(rule: Rule, *, names: Mapping[str, str] | None = None) -> str:
    """Whom it tells when, and a second sentence of what is set beside the condition; `names` are what businesses are called."""
    told = "every channel" if rule.channels == "all" else f"the channel{'s'[: len(rule.channels) != 1]} {_and(rule.channels)}"
    begins = f"Tell {told}" if rule.action == "alert" else f"Recommend to {told} to pause the spend"
    days = "" if rule.for_days == 1 else f", {rule.for_days} days in a row"
    return f"{begins} when{_whom(rule)} {condition(rule.when)}{days}. {_further(rule, names or {})}"


def condition(node: Any) -> str:
    """The words of a condition, or of a part of it."""
    return _tell(node, is_inside=False)


def about_leaf(kind: str, leaf: Part) -> str:
    """The words of one leaf."""
    return _SAID.get(kind, _by_its_fields)(leaf)


def words(name: str) -> str:
    """A field or a value of the language as people read it: `window_days` is `window days`."""
    return name.replace("_", " ")


def _tell(node: Any, *, is_inside: bool) -> str:
    if isinstance(node, Not):
        return f"it is not so that {_tell(node.not_, is_inside=True)}"
    parts = children(node)
    if not parts:
        ((_, kind, leaf),) = leaves(node)
        return about_leaf(kind, leaf)
    if len(parts) == 1:
        return _tell(parts[0], is_inside=is_inside)
    joined = (" and " if isinstance(node, All) else " or ").join(_tell(part, is_inside=True) for part in parts)
    if not is_inside:
        return joined
    return f"({'both ' if isinstance(node, All) and len(parts) == 2 else ''}{joined})"


def _whom(rule: Rule) -> str:
    if rule.scope == "business":
        return ""
    named = f"any of the {rule.top} busiest pages" if rule.scope == "url" else f"any {words(rule.scope)}"
    return f", on {named},"


def _further(rule: Rule, names: Mapping[str, str]) -> str:
    said = [f"It is {_SEVERITIES[rule.severity]}"]
    said.append(
        "for every business" if rule.businesses == "all" else f"for {_and([names.get(each, each) for each in rule.businesses])}"
    )
    over = "the first day" if rule.calm_days == 1 else f"{rule.calm_days} days in a row"
    said.append(f"over after {over} on which it is clearly back")
    reminded = "never told again" if rule.remind_after_days is None else f"told again every {_days(rule.remind_after_days)}"
    said.append(f"{reminded} while it lasts")
    return f"{said[0]}, {said[1]}, {said[2]}, {said[3]}{'' if rule.enabled else '; it is switched off'}."


def _threshold(leaf: Any) -> str:
    metric = metric_of(leaf.metric)
    if metric.kind == "flag":
        return f"{metric.label} ({OPERATORS[leaf.operator]} {leaf.value:g}, {_window(leaf.window_days)}){_unless(leaf)}"
    value = _value(leaf.metric, leaf.value)
    told = f"{metric.label} {_window(leaf.window_days)} {_is(metric.label)} {OPERATORS[leaf.operator]} {value}"
    return f"{told}{_ends(leaf)}{_unless(leaf)}"


def _change(leaf: Any) -> str:
    label = metric_of(leaf.metric).label
    if leaf.against == "same_weekdays":
        normal = f"what is normal on the same weekdays of the {leaf.weeks_before} weeks before"
    else:
        were = "they were" if _are_many(label) else "it was"
        normal = f"what {were} in the {_days(leaf.days_before)} before"
    times = f"{OPERATORS[leaf.operator]} {leaf.ratio:g} times {normal}"
    floor = f", and one of both reaches {_value(leaf.metric, leaf.floor)}"
    return f"{label} {_window(leaf.window_days)} {_is(label)} {times}{floor}{_ends(leaf)}{_unless(leaf)}"


def _spike(leaf: Any) -> str:
    return f"{_signal(leaf)} are beyond chance against the four weeks before{_test(leaf)}{_ends(leaf)}"


def _since_change(leaf: Any) -> str:
    within = f"the last change that somebody marked in the {_days(leaf.within_days)} before"
    return f"{_signal(leaf)} are worse beyond chance since {within}{_test(leaf)}{_ends(leaf)}"


def _connection(leaf: Any) -> str:
    return STATES.get(leaf.state, f"the connection is {words(leaf.state)}")


def _by_its_fields(leaf: Part) -> str:
    """Of a kind without words of its own: what it is, and each of its fields."""
    kind = next((name for name, each in LEAF_KINDS.items() if each.model is type(leaf)), type(leaf).__name__)
    metric = asks_metric(leaf)
    fields = [f"{words(name)} {_plain(value)}" for name, value in leaf if name != "metric"]
    return f"{metric_of(metric).label if metric else 'it'} is {words(kind)} ({', '.join(fields)})"


def _signal(leaf: Spike | SinceChange) -> str:
    signal = SIGNAL[leaf.signal]
    return f"visits with {signal.said_of_visits}" if leaf.quantity == "signal_sessions" else signal.label


def _test(leaf: Spike | SinceChange) -> str:
    least = f"at least {leaf.ratio_floor:g} times the normal, at least {leaf.min_events:,}"
    return f" ({least}; by chance once in {1 / leaf.alpha:,.10g}{_unless(leaf, begins='; ', ends='')})"


def _unless(leaf: Any, *, begins: str = " (", ends: str = ")") -> str:
    """Below which amount of data there is no answer."""
    said = []
    if getattr(leaf, "min_sessions", 0):
        said.append(f"under {leaf.min_sessions:,} visits")
    if getattr(leaf, "min_coverage", 0):
        said.append(f"with data on less than {100 * leaf.min_coverage:g} % of the days")
    return f"{begins}no answer {_and(said, word='or')}{ends}" if said else ""


def _ends(leaf: Any) -> str:
    """Where an alert of it ends, if somebody said so."""
    if leaf.ends_at is None:
        return ""
    is_limit = isinstance(leaf, Threshold)
    return f", until back at {_value(leaf.metric, leaf.ends_at) if is_limit else f'{leaf.ends_at:g} times the normal'}"


def _value(metric: str, value: float) -> str:
    """As a person writes it, with every digit that was written."""
    found = metric_of(metric)
    if found.unit == "share":
        return f"{100 * value:.10g} %"
    digits = f"{value:,.10f}".rstrip("0").rstrip(".")
    return f"{digits} {found.unit}" if found.unit in ("%", "ms") else digits


def _window(days: int) -> str:
    return "on the day" if days == 1 else f"over the last {days} days"


def _are_many(label: str) -> bool:
    """Whether the head of a label is plural: `dead clicks per visit`, but `share of bots`."""
    head = _HEAD.split(label, maxsplit=1)[0]
    return head.endswith("s") and not head.endswith("ss")


def _is(label: str) -> str:
    return "are" if _are_many(label) else "is"


def _days(count: int) -> str:
    return "day" if count == 1 else f"{count} days"


def _and(names: Sequence[str], *, word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"


def _plain(value: Any) -> str:
    return "none" if value is None else words(str(value)) if isinstance(value, str) else f"{value}"


_SAID: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {
        "threshold": _threshold,
        "change": _change,
        "spike": _spike,
        "since_change": _since_change,
        "connection": _connection,
    }
)
"""By kind of leaf; one that is not here is told by its fields."""


def kinds_in_words() -> Iterator[tuple[str, str, str]]:
    """Each kind of leaf, what it is called, and what it says, for whoever chooses one."""
    for kind, each in LEAF_KINDS.items():
        called, about = CALLED.get(kind, (words(kind).capitalize(), words((each.model.__doc__ or "").replace("`", ""))))
        yield kind, called, " ".join(about.split()).rstrip(".")


CALLED: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "threshold": ("A number against a limit", "A number over some days against a limit that you know"),
        "change": (
            "A number against what is normal",
            "Some days against the days before, or against the same weekdays before",
        ),
        "spike": (
            "A jump that chance does not explain",
            "The day against its four weeks before; small sites over 3 or 7 days",
        ),
        "since_change": (
            "Worse since a marked change",
            "The days after the newest marked change against those before",
        ),
        "connection": ("The connection itself", "How the way to Clarity is; no number at all"),
    }
)
"""What kinds of leaf are called, and what they ask; one that is not here has its name and its model's own words."""

"""Which rule an address means, for whoever asks: the one place that keeps rules of others from being seen."""

from clarity_pipeline.panel.access.policy import Asker
from clarity_pipeline.panel.panel import Panel
from clarity_pipeline.rules.book.rule_store import StoredRule, UnknownRule, list_rules
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule


def sees_all(asker: Asker) -> bool:
    """Whether every business is theirs to know of: the agency, and keys that are for all."""
    return asker.is_agency


def is_meant(rule: Rule, business_id: str) -> bool:
    """For the business, whether it is on or not."""
    return rule.businesses == "all" or business_id in rule.businesses


def rules_seen(panel: Panel, asker: Asker, business_id: str) -> list[StoredRule]:
    """The rules that are meant for the business; a client's are those that are on. Raises what `Connections.get` does."""
    panel.home.connections.get(business_id)
    with panel.home.state.read() as connection:
        stored = list_rules(connection)
    return [each for each in stored if is_meant(each.rule, business_id) and (each.rule.enabled or sees_all(asker))]


def stored_rule(panel: Panel, asker: Asker, business_id: str, rule_id: str) -> StoredRule:
    """One of those; raises `UnknownRule` for any other."""
    found = next((each for each in rules_seen(panel, asker, business_id) if each.rule.id == rule_id), None)
    if found is None:
        raise UnknownRule("There is no such rule of this business; go back to its rules")
    return found


def rule_at(panel: Panel, asker: Asker, business_id: str, rule_id: str) -> tuple[StoredRule | None, Rule]:
    """The same; for who sees all also a rule that is in use elsewhere or nowhere, if it is a ready one."""
    try:
        stored = stored_rule(panel, asker, business_id, rule_id)
    except UnknownRule:
        ready = next((each.rule for each in library() if each.rule.id == rule_id), None)
        if ready is None or not sees_all(asker):
            raise
        with panel.home.state.read() as connection:
            elsewhere = next((each.rule for each in list_rules(connection) if each.rule.id == rule_id), ready)
        return None, elsewhere
    return stored, stored.rule

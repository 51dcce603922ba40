"""A rule put to use for one business, for some, or for all, and out of use again: what the gallery's switches do.

Plans over what is stored, made in `rule_store`. A rule that is on for others stays on for them; one that nobody has
on begins with those that are named, whoever it was meant for when it was switched off.
"""

from collections.abc import Collection, Mapping, Sequence

from clarity_pipeline.connections.audit import Actor
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.rules.book.rule_changes import Kept, RuleChange, imported
from clarity_pipeline.rules.book.rule_store import UnknownRule, make_changes
from clarity_pipeline.rules.language.rule import Businesses, Rule
from clarity_pipeline.settings.settings import Clock
from clarity_pipeline.state.database import StateDatabase


class NobodyChosen(ClarityPipelineError):
    """A rule was to be switched on for no business, or none was named."""

    reason = "rules_invalid"


def use_rules(
    state: StateDatabase,
    rules: Sequence[Rule],
    *,
    businesses: Businesses,
    clock: Clock,
    actor: Actor,
    author: str | None = None,
) -> tuple[RuleChange, ...]:
    """Switch rules on for `businesses`; one that is stored under its id is used as it is stored. Raises `NobodyChosen`."""
    if not rules or not businesses:
        raise NobodyChosen("choose at least one rule and one business, or every business")

    def plan(kept: Mapping[str, Kept]) -> tuple[RuleChange, ...]:
        return imported(kept, [_used(_stored(kept, rule), businesses, rule.id in kept) for rule in rules])

    return make_changes(state, plan, how="switch", clock=clock, actor=actor, author=author)


def leave_rule(
    state: StateDatabase,
    rule_id: str,
    *,
    business_id: str,
    every: Collection[str],
    clock: Clock,
    actor: Actor,
    author: str | None = None,
) -> RuleChange:
    """Switch a rule off for one business; `every` is all that there are, who keep it where it is meant for all of them.

    A business that is connected later no longer gets a rule that one business was taken out of. Raises `UnknownRule`.
    """

    def plan(kept: Mapping[str, Kept]) -> tuple[RuleChange, ...]:
        if rule_id not in kept:
            raise UnknownRule(f"no stored rule is called '{rule_id[:60]}'; it is in use nowhere")
        rule = Rule.model_validate(kept[rule_id].document)
        have = sorted(every) if rule.businesses == "all" else list(rule.businesses)
        left = tuple(each for each in have if each != business_id)
        update = {"businesses": left} if left else {"enabled": False}
        return imported(kept, [rule.model_copy(update=update)])

    (change,) = make_changes(state, plan, how="switch", clock=clock, actor=actor, author=author)
    return change


def _stored(kept: Mapping[str, Kept], rule: Rule) -> Rule:
    return Rule.model_validate(kept[rule.id].document) if rule.id in kept else rule


def _used(rule: Rule, businesses: Businesses, is_stored: bool) -> Rule:
    wanted: Businesses = businesses
    if is_stored and rule.enabled and businesses != "all":
        wanted = "all" if rule.businesses == "all" else tuple(dict.fromkeys((*rule.businesses, *businesses)))
    return rule.model_copy(update={"enabled": True, "businesses": wanted})

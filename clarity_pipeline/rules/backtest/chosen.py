"""Which rules are tried on whom: the stored ones that are on, or those that somebody names, whether they are on or not.

Asked by `rules preview` and `rules backtest`. A rule of the library is off until somebody believes it, and believes it by
trying it: what is in a file, named by its id or compared is tried as if it were on.
"""

from collections.abc import Sequence
from datetime import datetime

from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.rules.book.rule_store import StoredRule, UnknownRule
from clarity_pipeline.rules.language.leaves import nearest
from clarity_pipeline.rules.language.rule import Rule

NOT_STORED = 0
"""The revision of a rule that comes from a file."""

Version = tuple[StoredRule, ...]


def chosen_versions(
    stored: Version, *, given: Sequence[Sequence[Rule] | None], rule_ids: Sequence[str] = (), now: datetime
) -> list[Version]:
    """The sets of rules to try, None for the stored ones; of each the ones named by `rule_ids`.

    Raises `UnknownRule` for an id that none of them has. Rules of a file bear the instant `now`.
    """
    versions = [stored if rules is None else tuple(StoredRule(rule, NOT_STORED, now) for rule in rules) for rules in given]
    known = {each.rule.id for version in versions for each in version}
    for rule_id in rule_ids:
        if rule_id not in known:
            hint = nearest(rule_id, sorted(known)) if known else "there is none to try"
            raise UnknownRule(f"no rule is called '{rule_id[:60]}'; {hint}")
    chosen = [tuple(each for each in version if not rule_ids or each.rule.id in rule_ids) for version in versions]
    by_name = bool(rule_ids) or len(given) > 1
    return [
        tuple(map(_as_if_on, version)) if by_name or rules is not None else version
        for version, rules in zip(chosen, given, strict=True)
    ]


def chosen_businesses(connections: Connections, business_ids: Sequence[str] = ()) -> list[str]:
    """Those named, or all. Raises what `Connections.get` raises for one that nobody connected."""
    if not business_ids:
        return [each.business_id for each in connections.all()]
    return [connections.get(each).business_id for each in dict.fromkeys(business_ids)]


def _as_if_on(stored: StoredRule) -> StoredRule:
    rule = stored.rule.model_copy(update={"enabled": True})
    return StoredRule(rule, stored.revision, stored.updated_at, stored.author)

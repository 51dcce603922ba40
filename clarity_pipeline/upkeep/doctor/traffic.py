"""Why there is nothing to see: "all metrics are 0", and "rules with clarity_* never fire"."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.upkeep.doctor.finding import Finding
from clarity_pipeline.warehouse.published.silence import Silence

SILENT_DAYS = 2
"""A small site may have one day without anybody."""

_GET_RULES = "`clarity-pipeline rules import --shipped`, or a file of your own (`clarity-pipeline rules --help` shows one)"


def silence_findings(silent: Iterable[Silence], *, asked: Collection[str]) -> Iterator[Finding]:
    """The tracking code is not there, or not any more: Clarity answers, and has counted nobody."""
    for each in silent:
        if each.business_id not in asked or (each.last_session_on is not None and each.silent_days < SILENT_DAYS):
            continue
        since = f"since {each.silent_from}" if each.last_session_on else f"and never had, on {each.silent_days} loaded dates"
        bots = f" ({each.bot_sessions} of bots)" if each.bot_sessions else ""
        yield Finding(
            "all_metrics_zero",
            "error",
            each.business_id,
            f"all metrics are 0: Clarity answers, but has no session of a person {since}{bots}",
            "add the tracking code to the site again (Clarity -> Settings -> Setup), or see that it is that of this project; the"
            " connection is fine",
        )


def rule_findings(
    connection: sa.Connection, rules: Collection[StoredRule], *, asked: Collection[str], since: date
) -> Iterator[Finding]:
    """Nobody watches, or what watches has found no data in its window in every evaluation since that date.

    A rule that is muted, or has too little data to judge by, has data: that is said where its alerts are.
    """
    if asked and not any(stored.rule.enabled for stored in rules):
        yield Finding("no_rule", "note", None, "no rule is on, so no alert can come", _GET_RULES, for_client=False)
        return
    unknown = _unjudged(connection, since=since)
    for slug in sorted(asked):
        concerning = [stored.rule.id for stored in rules if stored.rule.concerns(slug)]
        if not concerning:
            yield Finding("no_rule", "note", slug, "no rule watches it, so no alert can come", _GET_RULES, for_client=False)
        elif silent := sorted(set(concerning) & unknown.get(slug, set())):
            yield Finding(
                "rules_have_no_data",
                "warning",
                slug,
                f"{len(silent)} of its {len(concerning)} rules found no data in their window at each evaluation since {since}:"
                f" {', '.join(silent[:5])}{', ...' if len(silent) > 5 else ''}",
                "a rule needs every date of its window: see the lanes above, or wait until enough dates are there;"
                " `clarity-pipeline rules preview` says what each one lacks",
                for_client=False,
            )


def _unjudged(connection: sa.Connection, *, since: date) -> dict[str, set[str]]:
    """Rules of each business that were evaluated since, never with an outcome, and at last for want of any data."""
    c = rule_evaluations.c
    judged = sa.func.sum(sa.case((c.outcome == "unknown", 0), else_=1))
    never = (
        sa.select(c.business_id, c.rule_id, sa.func.max(c.date).label("date"))
        .where(c.date >= since)
        .group_by(c.business_id, c.rule_id)
        .having(judged == 0)
        .subquery()
    )
    same = sa.and_(*(c[name] == never.c[name] for name in ("business_id", "rule_id", "date")))
    found: dict[str, set[str]] = defaultdict(set)
    with_data: set[tuple[str, str]] = set()
    for business_id, rule_id, evidence in connection.execute(
        sa.select(c.business_id, c.rule_id, c.evidence).select_from(rule_evaluations.join(never, same))
    ):
        found[business_id].add(rule_id)
        if not any(_has_no_data(leaf) for leaf in evidence):
            with_data.add((business_id, rule_id))
    return {business_id: {each for each in rules if (business_id, each) not in with_data} for business_id, rules in found.items()}


def _has_no_data(leaf: Mapping[str, Any]) -> bool:
    """Whether a leaf is undecided for want of a number, and nothing withholds its verdict."""
    return leaf["verdict"] is None and leaf["value"] is None and not leaf.get("muted")

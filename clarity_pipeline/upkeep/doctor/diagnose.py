"""All that is wrong and what to do, for the command `doctor` and for the panel. Makes no call, changes nothing, waits for nobody.

It reads the state database and the published copy, never the working file, so that it answers in the middle of a sync. Everything
is read for all businesses at once: a thousand take as many queries as one.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

from clarity_pipeline.connections.status import facts_of
from clarity_pipeline.home import Home
from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.trust.found import published_standing
from clarity_pipeline.upkeep.doctor.calls import who_took_them
from clarity_pipeline.upkeep.doctor.channels import channel_findings
from clarity_pipeline.upkeep.doctor.connection import connection_findings, sharing_findings
from clarity_pipeline.upkeep.doctor.data import data_findings
from clarity_pipeline.upkeep.doctor.finding import Finding, worst_first
from clarity_pipeline.upkeep.doctor.installation import (
    disk_findings,
    key_findings,
    message_findings,
    published_findings,
    store_findings,
)
from clarity_pipeline.upkeep.doctor.lanes import expected, lane_findings, latest_lanes
from clarity_pipeline.upkeep.doctor.regimes import regime_findings
from clarity_pipeline.upkeep.doctor.sites import site_findings
from clarity_pipeline.upkeep.doctor.traffic import rule_findings, silence_findings
from clarity_pipeline.upkeep.doctor.vault import vault_findings
from clarity_pipeline.warehouse.errors import WarehouseUnreadable
from clarity_pipeline.warehouse.published.silence import Silence, silent_businesses

RULES_LOOK_BACK = timedelta(days=7)


def diagnose(home: Home, *, business_ids: Collection[str] | None = None) -> list[Finding]:
    """Findings of `business_ids`, or of all and the installation, the worst of each first; an empty list when all is well.

    Findings of the installation (`business_id` None) come with those of single businesses too: what stops all stops each.
    """
    now, facts = home.clock(), facts_of(home.state, clock=home.clock)
    asked = {each.business.business_id for each in facts}
    if business_ids is not None:
        asked &= set(business_ids)
    yesterday = home.yesterday()
    found = [finding for each in facts for finding in connection_findings(each)]
    sharing: dict[str, list[str]] = defaultdict(list)
    for each in facts:
        if each.business.quota_key is not None:
            sharing[each.business.quota_key].append(each.business.business_id)
    found += sharing_findings(sharing)
    found += lane_findings(
        latest_lanes(home.state, day=yesterday),
        expected=expected([each.business for each in facts], now=now),
        asked=asked,
        day=yesterday,
        now=now,
        took=who_took_them(home.state, [each.business for each in facts], day=now.date()),
    )
    found += site_findings(home, [each.business for each in facts if each.business.business_id in asked])
    enabled = {each.business.business_id for each in facts if each.business.enabled}
    with home.state.read() as connection:
        since = (now - RULES_LOOK_BACK).date()
        found += rule_findings(connection, list_rules(connection), asked=asked & enabled, since=since)
    silent, unreadable = _silent(home)
    found += unreadable
    found += silence_findings(silent, asked=asked & enabled)
    found += data_findings(published_standing(home.settings.published_file, day=yesterday), asked=asked)
    found += regime_findings(home.state, asked=asked & enabled)
    for of_installation in (
        key_findings,
        vault_findings,
        disk_findings,
        store_findings,
        published_findings,
        message_findings,
        channel_findings,
    ):
        found += of_installation(home)
    return worst_first([each for each in found if each.business_id is None or each.business_id in asked])


def is_wrong(findings: Collection[Finding]) -> bool:
    """Whether there is more than notes, and of the data more than what is to be read with care."""
    return any(each.severity == "error" or (each.severity == "warning" and not each.is_of_data) for each in findings)


def _silent(home: Home) -> tuple[list[Silence], list[Finding]]:
    try:
        return silent_businesses(home.settings.published_file), []
    except WarehouseUnreadable as error:
        sentence, _, what_to_do = str(error).partition(": ")
        return [], [Finding(error.reason, "error", None, sentence, what_to_do, for_client=False)]

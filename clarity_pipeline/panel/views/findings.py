"""What `doctor` would say that a page does not show otherwise.

Of a business: nobody is counted, rules see no data; of the channels: one cannot deliver.

Called by `business_view`. The badge says what is wrong with the connection and the grid what became of the lanes. Silence
is told out of the panel's copy, because the panel opens no DuckDB file.
"""

from datetime import date, timedelta
from itertools import takewhile

from clarity_pipeline.connections.business import Business
from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.policy import Asker, Viewer
from clarity_pipeline.panel.views.what_to_do import in_browser
from clarity_pipeline.rules.book.rule_store import list_rules
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.trust.found import STANDS_DAYS, Found, found_of
from clarity_pipeline.trust.found import worst_first as worst_of
from clarity_pipeline.upkeep.doctor.channels import channel_findings
from clarity_pipeline.upkeep.doctor.data import data_findings
from clarity_pipeline.upkeep.doctor.diagnose import RULES_LOOK_BACK
from clarity_pipeline.upkeep.doctor.finding import Finding, worst_first
from clarity_pipeline.upkeep.doctor.regimes import regime_findings
from clarity_pipeline.upkeep.doctor.sites import site_findings
from clarity_pipeline.upkeep.doctor.traffic import rule_findings, silence_findings
from clarity_pipeline.warehouse.published.panel_copy import DAYS_PUBLISHED
from clarity_pipeline.warehouse.published.published_days import published_days
from clarity_pipeline.warehouse.published.served_findings import served_findings
from clarity_pipeline.warehouse.published.silence import Silence


def channel_news(home: Home, viewer: Viewer) -> list[Finding]:
    """What is wrong with the channels, the worst first; nothing of it is a client's."""
    return worst_first([in_browser(each) for each in channel_findings(home)]) if viewer.is_agency else []


def findings(home: Home, viewer: Viewer, business: Business) -> list[Finding]:
    """The worst first; of a business that is not synced nothing but channels, and for a client only what a client may read."""
    if not business.enabled:
        return channel_news(home, viewer)
    asked = {business.business_id}
    silent = silence(home.state, business.business_id, yesterday=home.yesterday())
    found = [*silence_findings([silent] if silent else [], asked=asked), *site_findings(home, [business])]
    found += regime_findings(home.state, asked=asked)
    if viewer.is_agency:
        since = home.clock().date() - RULES_LOOK_BACK
        with home.state.read() as connection:
            found += rule_findings(connection, list_rules(connection), asked=asked, since=since)
    found += channel_news(home, viewer)
    found += data_findings(_standing(home, viewer, business.business_id), asked=asked)
    return worst_first([in_browser(each) for each in found if viewer.is_agency or each.for_client])


def _standing(home: Home, viewer: Viewer, business_id: str) -> list[Found]:
    """Those of the newest date that has data, in the last week."""
    week = {"from_date": home.yesterday() - timedelta(days=STANDS_DAYS - 1), "to_date": home.yesterday()}
    days = published_days(home.state, business_id, **week)
    found = data_of(home.state, viewer, business_id, **week)
    return [each for each in found if days and each.date == days[-1].date]


def data_of(state: StateDatabase, viewer: Asker, business_id: str, *, from_date: date, to_date: date) -> list[Found]:
    """Findings about the data between two dates, the worst first; for a client only what a client may read."""
    found = worst_of(map(found_of, served_findings(state, business_id, from_date=from_date, to_date=to_date)))
    return [each for each in found if viewer.is_agency or each.for_client]


def silence(state: StateDatabase, business_id: str, *, yesterday: date) -> Silence | None:
    """The loaded days at the end on which Clarity has counted no person; None where the last one has a session."""
    days = published_days(state, business_id, from_date=yesterday - timedelta(days=DAYS_PUBLISHED), to_date=yesterday)
    silent = list(takewhile(lambda day: not day.sessions, reversed(days)))
    if not silent:
        return None
    before = days[: len(days) - len(silent)]
    return Silence(
        business_id=business_id,
        last_session_on=before[-1].date if before else None,
        silent_from=silent[-1].date,
        silent_to=silent[0].date,
        silent_days=len(silent),
        bot_sessions=sum(day.bot_sessions for day in silent),
    )

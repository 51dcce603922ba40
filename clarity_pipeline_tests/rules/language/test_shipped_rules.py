"""The shipped rules against the fake Clarity's sites: quiet where nothing changed, and there when a landing page broke."""

from collections.abc import Mapping
from datetime import date

import pytest

from clarity_pipeline.rules.backtest.backtest import Backtest, backtest
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.rule_files import shipped_rules
from clarity_pipeline.simulator.groups import group
from clarity_pipeline.simulator.presets import LARGE_SHOP_LANDING_PAGE, large_shop, mid_size, small
from clarity_pipeline.simulator.site import EVENTS, Change, Site
from clarity_pipeline.simulator.window import SessionLog
from clarity_pipeline_tests.rules.made_up import days_from, known

FIRST = date(2026, 11, 2)
DAYS = days_from(FIRST, 21)
BROKEN_ON = DAYS[16]
SITES = {"large": large_shop, "mid": mid_size, "small": small}


def known_of(site: Site, *, seed: int) -> Known:
    """The site as the table would give it: counted over pages and devices."""
    log = SessionLog(site, seed)

    def day(one: date) -> Mapping[str, int]:
        pages = group(log.day(one), ("url", "device"))
        events = dict(zip(EVENTS, pages.event_totals.sum(axis=1).tolist(), strict=True))
        return {"sessions": int(pages.sessions.sum()), **events}

    return known(DAYS[0], [day(one) for one in DAYS])


def histories(site: Site, *, seed: int) -> dict[str, Backtest]:
    about = known_of(site, seed=seed)
    tried = (backtest(rule, known=about, from_date=DAYS[0], to_date=DAYS[-1]) for rule in shipped_rules())
    return {subject.rule_id: history for found in tried for subject, history in found.items()}


@pytest.mark.parametrize("site", SITES)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_shipped_rule_fires_on_a_site_that_did_not_change(site: str, seed: int) -> None:
    found = histories(SITES[site](), seed=seed)
    assert {rule_id: history.fired_on for rule_id, history in found.items()} == dict.fromkeys(found, ())
    assert all(history.days_with_data == 21 for history in found.values())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_broken_landing_page_of_the_large_shop_is_one_incident_from_one_of_the_first_days_on(seed: int) -> None:
    broken = Change(event="dead_clicks", factor=4, from_date=BROKEN_ON, page=LARGE_SHOP_LANDING_PAGE)
    found = histories(large_shop(changes=(broken,)), seed=seed)
    assert found["pause-on-rage-clicks"].incidents == ()
    (incident,) = found["dead-clicks-spike"].incidents
    assert incident.opened_on in DAYS[16:19]
    assert incident.last_fired_on == DAYS[20]

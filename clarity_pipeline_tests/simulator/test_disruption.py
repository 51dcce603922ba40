"""Planted disruptions do what they say on their dates, and nothing to any other date."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from clarity_pipeline.simulator.presets import mid_size
from clarity_pipeline.simulator.sessions import BOT, HUMAN, Sessions
from clarity_pipeline.simulator.site import Disruption, DisruptionKind
from clarity_pipeline.simulator.truth import truth
from clarity_pipeline.simulator.window import SessionLog

ON = date(2026, 5, 3)
SITE = replace(mid_size(), sessions_a_day=300)


def seen(kind: DisruptionKind, day: date = ON) -> tuple[Sessions, Sessions]:
    """Without it and with it."""
    planted = replace(SITE, disruptions=(Disruption(kind=kind, from_date=ON, until_date=ON + timedelta(days=1)),))
    return SessionLog(SITE, 7).day(day), SessionLog(planted, 7).day(day)


def test_without_consent_each_view_is_a_session_of_somebody_unknown() -> None:
    plain, found = seen("consent_missing")
    assert len(found.kind) == len(plain.view_session) == len(found.view_session)
    assert set(found.pages.tolist()) == {1}
    human = found.user[found.kind == HUMAN]
    assert len(set(human.tolist())) == len(human)
    assert not set(human.tolist()) & set(plain.user.tolist())
    assert (found.events == plain.events).all()
    assert (found.view_codes["url"] == plain.view_codes["url"]).all()


def test_consent_that_is_missing_in_one_country_leaves_the_others_as_they_were() -> None:
    name = SITE.countries[0][0]
    there = Disruption(kind="consent_missing", from_date=ON, countries=(name,))
    plain, found = SessionLog(SITE, 7).day(ON), SessionLog(replace(SITE, disruptions=(there,)), 7).day(ON)
    code = plain.values["country"].index(name)
    lost, others = plain.session_codes["country"] == code, plain.session_codes["country"] != code
    now = found.session_codes["country"] == found.values["country"].index(name)
    assert (now.sum(), set(found.pages[now].tolist())) == (plain.pages[lost].sum(), {1})
    assert sorted(found.user[~now].tolist()) == sorted(plain.user[others].tolist())
    assert sorted(found.pages[~now].tolist()) == sorted(plain.pages[others].tolist())
    assert (found.events.sum(axis=1) == plain.events.sum(axis=1)).all()


def test_without_a_tag_nobody_is_seen() -> None:
    _, found = seen("tag_removed")
    assert (len(found.kind), len(found.view_session), found.events.shape[1]) == (0, 0, 0)


def test_a_wave_of_bots_leaves_the_humans_as_they_were() -> None:
    plain, found = seen("bot_wave")
    assert (found.kind == BOT).sum() == 12 * (plain.kind == BOT).sum() > 0
    for name in ("start_us", "user", "pages"):
        assert (getattr(found, name)[found.kind == HUMAN] == getattr(plain, name)[plain.kind == HUMAN]).all()
    by_humans = found.kind[found.view_session] == HUMAN
    plain_humans = plain.kind[plain.view_session] == HUMAN
    assert (found.events[:, by_humans] == plain.events[:, plain_humans]).all()
    assert (np.bincount(found.view_session, minlength=len(found.kind)) == found.pages).all()


def test_on_another_host_only_the_host_is_another() -> None:
    plain, found = seen("host_change")
    here = [url for url in plain.values["url"] if url and SITE.host in url.lower()]
    there = [url for url in found.values["url"] if url and "moved.example" in url.lower()]
    assert len(here) == len(there) > 0
    assert not any(url and SITE.host in url.lower() for url in found.values["url"])
    assert (found.view_codes["url"] == plain.view_codes["url"]).all()


@pytest.mark.parametrize("kind", ["consent_missing", "tag_removed", "bot_wave", "host_change"])
def test_the_days_around_it_are_as_they_were_and_the_truth_sees_it(kind: DisruptionKind) -> None:
    for day in (ON - timedelta(days=1), ON + timedelta(days=1)):
        plain, found = seen(kind, day)
        assert (plain.start_us == found.start_us).all()
        assert plain.values["url"] == found.values["url"]
    disruption = Disruption(kind=kind, from_date=ON)
    assert not disruption.holds_on(ON - timedelta(days=1))
    assert disruption.holds_on(ON + timedelta(days=900))
    told = truth(SessionLog(replace(SITE, disruptions=(disruption,)), 7), ON)
    assert told is not None

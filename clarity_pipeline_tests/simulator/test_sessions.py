from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from clarity_pipeline.simulator.presets import LARGE_SHOP_LANDING_PAGE, large_shop, mid_size, small
from clarity_pipeline.simulator.sessions import BOT, EPOCH, HUMAN, MICROSECOND, Sessions, draw_day
from clarity_pipeline.simulator.site import EVENTS, Change, Site
from clarity_pipeline.simulator.window import SessionLog

MONDAY = date(2026, 11, 2)
DEAD = EVENTS.index("dead_clicks")


def columns(sessions: Sessions) -> list[np.ndarray]:
    return [
        *(sessions.start_us, sessions.kind, sessions.user, sessions.pages, sessions.view_session, sessions.scroll),
        *(sessions.active_s, sessions.total_s, sessions.events),
        *sessions.session_codes.values(),
        *sessions.view_codes.values(),
    ]


def same(one: Sessions, other: Sessions) -> bool:
    return one.values == other.values and all(map(np.array_equal, columns(one), columns(other)))


def test_the_same_seed_site_and_date_give_the_same_sessions_whatever_was_asked_before():
    fresh = SessionLog(mid_size(), 7).day(MONDAY)
    log = SessionLog(mid_size(), 7)
    for ahead in (3, 1, 2):
        log.day(MONDAY + timedelta(days=ahead))
    assert same(fresh, log.day(MONDAY))


def test_another_seed_another_project_and_another_date_give_other_sessions():
    fresh = draw_day(mid_size(), MONDAY, 7)
    assert not same(fresh, draw_day(mid_size(), MONDAY, 8))
    assert not same(fresh, draw_day(replace(mid_size(), project_id="another123"), MONDAY, 7))
    assert not same(fresh, draw_day(mid_size(), MONDAY + timedelta(days=7), 7))


def test_every_session_starts_strictly_inside_its_date():
    sessions = draw_day(large_shop(), MONDAY, 7)
    midnight = (datetime(2026, 11, 2, tzinfo=UTC) - EPOCH) // MICROSECOND
    assert midnight < sessions.start_us.min()
    assert sessions.start_us.max() < midnight + 86_400_000_000


def test_a_planted_change_moves_nothing_but_its_event_on_its_page_from_its_date_on():
    change = Change(event="dead_clicks", factor=4.0, from_date=MONDAY, page=LARGE_SHOP_LANDING_PAGE)
    plain, changed = draw_day(large_shop(), MONDAY, 7), draw_day(large_shop(changes=(change,)), MONDAY, 7)
    moved = (plain.events != changed.events).nonzero()
    assert set(moved[0].tolist()) == {DEAD}
    titles = {changed.values["title"][code] for code in changed.view_codes["title"][moved[1]]}
    assert titles == {"Sale - Autumn"}
    assert same(replace_events(changed, plain), plain)
    day_before = MONDAY - timedelta(days=1)
    assert same(draw_day(large_shop(), day_before, 7), draw_day(large_shop(changes=(change,)), day_before, 7))


def replace_events(sessions: Sessions, other: Sessions) -> Sessions:
    return replace(sessions, events=other.events)


def test_a_change_that_ends_is_gone_on_its_last_date():
    change = Change(event="dead_clicks", factor=50.0, from_date=MONDAY, until_date=MONDAY + timedelta(days=1))
    assert (draw_day(mid_size(changes=(change,)), MONDAY, 7).events[DEAD] > 0).mean() > 0.4
    tuesday = MONDAY + timedelta(days=1)
    assert same(draw_day(mid_size(), tuesday, 7), draw_day(mid_size(changes=(change,)), tuesday, 7))


def test_four_times_the_dead_clicks_on_the_landing_page_are_at_least_1_8_times_the_large_shops():
    change = Change(event="dead_clicks", factor=4.0, from_date=MONDAY, page=LARGE_SHOP_LANDING_PAGE)
    before = [draw_day(large_shop(), MONDAY - timedelta(days=ago), 7) for ago in range(1, 15)]
    after = [draw_day(large_shop(changes=(change,)), MONDAY + timedelta(days=ahead), 7) for ahead in range(4)]

    def rate(days: list[Sessions]) -> float:
        return float(sum(day.events[DEAD].sum() for day in days) / sum((day.kind == HUMAN).sum() for day in days))

    assert rate(after) > 1.8 * rate(before)
    assert min(rate([day]) for day in after) > max(rate([day]) for day in before)


@pytest.mark.parametrize(("site", "sessions"), [(large_shop(), 3000), (mid_size(), 400), (small(), 60)])
def test_presets_keep_to_what_agencies_report(site: Site, sessions: int):
    days = [draw_day(site, MONDAY + timedelta(days=ahead), 11) for ahead in range(56)]
    humans = np.array([(day.kind == HUMAN).sum() for day in days])
    affected = {
        event: sum(len(np.unique(day.view_session[day.events[line] > 0])) for day in days) / humans.sum()
        for line, event in enumerate(EVENTS)
    }
    assert humans.mean() == pytest.approx(sessions, rel=0.08)
    assert np.mean([(day.kind == BOT).mean() for day in days]) == pytest.approx(0.15, abs=0.02)
    assert 0.035 < affected["dead_clicks"] < 0.065
    assert affected["rage_clicks"] == pytest.approx(0.01, abs=0.005)
    assert affected["quick_backs"] == pytest.approx(0.08, abs=0.02)
    assert affected["excessive_scroll"] == pytest.approx(0.005, abs=0.003)
    assert affected["script_errors"] == pytest.approx(0.02, abs=0.008)
    assert affected["error_clicks"] == pytest.approx(0.005, abs=0.003)
    same_weekday = humans.reshape(8, 7)
    assert 0.04 < np.mean(same_weekday.std(axis=0, ddof=1) / same_weekday.mean(axis=0)) < 0.3


def test_a_working_week_shows_in_the_mid_size_site():
    humans = [(draw_day(mid_size(), MONDAY + timedelta(days=ahead), 7).kind == HUMAN).sum() for ahead in range(28)]
    weeks = np.array(humans).reshape(4, 7).mean(axis=0)
    assert weeks[5:].max() < 0.6 * weeks[:5].min()


def test_clicks_cluster_and_bots_do_nothing_but_visit():
    sessions = draw_day(large_shop(), MONDAY, 7)
    hit = sessions.events[DEAD] > 0
    assert sessions.events[DEAD][hit].mean() > 1.3
    robots = sessions.kind[sessions.view_session] == BOT
    assert robots.any()
    assert not sessions.events[:, robots].any()
    assert not sessions.total_s[robots].any()
    assert (sessions.total_s >= sessions.active_s).all()
    assert 0 <= sessions.scroll.min() <= sessions.scroll.max() <= 100


def test_visitors_return_within_a_day_and_on_later_days():
    monday, tuesday = (draw_day(mid_size(), MONDAY + timedelta(days=ahead), 7) for ahead in (0, 1))
    assert len(np.unique(monday.user)) < len(monday.user)
    assert set(monday.user.tolist()) & set(tuesday.user.tolist())


def test_one_page_has_many_raw_urls():
    urls = [url for url in draw_day(large_shop(), MONDAY, 7).values["url"] if url is not None]
    assert 300 < len(urls) < 900
    for quirk in ("utm_source=facebook", "fbclid=", "gclid=", "srsltid=", "fbp=", "ip=", "#reviews", "/index.html", ":443"):
        assert any(quirk in url for url in urls), quirk
    assert any(url.startswith("http://") for url in urls)
    assert "https://WWW.LINDENHAUS.EXAMPLE/" in urls
    assert "https://www.lindenhaus.example/%63art" in urls
    assert "https://Electron" in urls
    assert max(map(len, urls)) > 800
    assert len(set(urls)) == len(urls)

"""From stored days to evaluations: pages, ads and connections are judged, a late day judges those behind it again."""

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clarity_pipeline.day.evaluate import Evaluated, evaluate_business_days
from clarity_pipeline.home import Home
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.engine.evaluate import evaluate_days
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.markers.markers import Markers
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.warehouse.marts import MARTS, refresh
from clarity_pipeline_tests.rules.asked import judged, known_of
from clarity_pipeline_tests.rules.made_up import change, evaluate, rule, threshold
from clarity_pipeline_tests.warehouse.lanes import load
from clarity_pipeline_tests.warehouse.test_entities import put
from clarity_pipeline_tests.world import World

LAST = date(2026, 5, 3)
PAGE, OTHER = "https://shop.example/", "https://shop.example/b"
NOISE = (0, 3, -2, 1, -3, 2, -1)


def day(back: int) -> date:
    return LAST - timedelta(days=back)


def rows(rage: Mapping[str, int], *, back: int, **more: Any) -> list[dict[str, Any]]:
    """A page with so many sessions with rage clicks of 2,000."""
    return [
        {
            "url": url,
            "sessions": 2000,
            "bot_sessions": 10,
            "rage_clicks": 2 * count,
            "rage_click_sessions": count + NOISE[back % 7],
            **more,
        }
        for url, count in rage.items()
    ]


def put_days(home: Home, days: Mapping[int, Mapping[str, int]], *, late: Mapping[int, int] | None = None, **more: Any) -> None:
    """Load days by how long ago they are; `late` ones came so many days late."""
    with home.warehouse.connect() as connection:
        for back, rage in days.items():
            loaded_at = datetime.combine(day(back), datetime.min.time(), tzinfo=UTC) + timedelta(
                days=1 + (late or {}).get(back, 0)
            )
            load(home.warehouse, rows(rage, back=back, **more), day=day(back), loaded_at=loaded_at)
            refresh(connection, list(MARTS.values()), business_id="acme", date=day(back))


@contextmanager
def asking(world: World, *rules: Rule) -> Any:
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=rules)
        yield home


def stored(home: Home, *columns: str) -> list[tuple[Any, ...]]:
    table = rule_evaluations
    with home.state.read() as connection:
        found = connection.execute(sa.select(*(table.c[name] for name in columns)).order_by(table.c.date, table.c.entity))
        return [tuple(row) for row in found]


SPIKE = {"spike": {"signal": "rage_click"}}


def test_every_page_is_an_evaluation_of_its_own_with_what_decided_it(world: World) -> None:
    quiet = {PAGE: 80, OTHER: 80}
    with asking(world, rule(SPIKE, scope="url", id="page-spike")) as home:
        put_days(home, {**dict.fromkeys(range(1, 41), quiet), 0: {PAGE: 240, OTHER: 80}})
        said = evaluate_business_days(home, [("acme", LAST)])
        found = stored(home, "scope", "entity", "outcome", "n", "value", "threshold")
        assert [row[:4] for row in found] == [("url", PAGE, "fired", 2000), ("url", OTHER, "not", 2000)]
        assert found[0][4:] == (240.0, pytest.approx(128, abs=8))
        ((quality, p, expected),) = stored(home, "quality", "p", "expected")[:1]
        assert (quality["days_with_data"], quality["truncated"]) == (1, 0)
        assert p < 1e-9
        assert expected == pytest.approx(80, rel=0.02)
        assert str(said) == (
            "1 rules on 1 business-days gave 2 answers: 1 fired (page-spike 1), 1 did not, 0 are unknown;"
            " 1 alerts opened, 0 resolved, 1 messages written"
        )
        assert PAGE not in str(said)
        evaluate_business_days(home, [("acme", LAST)])
        assert len(stored(home, "entity")) == 2, "a day judged again replaces itself"


def test_what_fired_before_is_no_baseline_of_the_live_run_either(world: World) -> None:
    days = {back: {PAGE: 160 if back < 14 else 80} for back in range(54)}
    with asking(world, rule(SPIKE)) as home:
        put_days(home, days)
        for back in range(13, -1, -1):
            evaluate_business_days(home, [("acme", day(back))])
        live = dict(stored(home, "date", "expected"))
        known = known_of(home, rules=[rule(SPIKE)], business_ids=["acme"], from_date=day(13), to_date=LAST)["acme"]
        tried = {each.date: each.evaluation() for each in evaluate_days(rule(SPIKE), known=known, days=map(day, range(14)))}
    assert live == {each: found.evidence[0].normal for each, found in tried.items()}
    assert live[LAST] == pytest.approx(80, rel=0.03)


def test_a_day_that_comes_late_judges_the_days_behind_it_again(world: World) -> None:
    """The sensor asks for the recovered date alone, and the windows of the dates behind it hold it too."""
    about = rule(threshold("clarity_sessions", "below", 14_500))
    with asking(world, about) as home:
        put_days(home, {back: {PAGE: 80} for back in (0, 1, 2, 4, 5, 6, 7, 8, 9)})
        for back in (2, 1, 0):
            evaluate_business_days(home, [("acme", day(back))])
        assert stored(home, "date", "outcome") == [(day(back), "unknown") for back in (2, 1, 0)]
        put_days(home, {3: {PAGE: 80}}, late={3: 2})
        evaluate_business_days(home, [("acme", day(3))])
        assert stored(home, "date", "outcome") == [(day(back), "fired") for back in (3, 2, 1, 0)]
        assert [each.date for each in judged(home, [("acme", day(3))])] == [day(3)], "a preview is of one day"


def test_ads_are_judged_by_their_own_numbers_and_their_landing_page(world: World) -> None:
    both = {
        "all": [
            threshold("entity.spend", "above", 100),
            threshold("url_clarity_rage_click_session_share", "above", 0.1),
            threshold("clarity_sessions", "above", 1),
        ]
    }
    with asking(world, rule(both, scope="ad")) as home:
        put_days(home, {back: {PAGE: 300, OTHER: 80} for back in range(7)})
        spent = [{"date": day(back), "numbers": {"spend": 20.0}} for back in range(7)]
        for entity_id, url in (("a1", PAGE), ("a2", OTHER), ("a3", None)):
            put(home.warehouse, *({**each, "entity_id": entity_id, "landing_url": url, "name": "Blue"} for each in spent))
        put(home.warehouse, {"level": "campaign", "entity_id": "c1", "date": LAST, "numbers": {"spend": 1.0}})
        evaluate_business_days(home, [("acme", LAST)])
        assert stored(home, "scope", "entity", "entity_name", "outcome") == [
            ("ad", "a1", "Blue", "fired"),
            ("ad", "a2", "Blue", "not"),
            ("ad", "a3", "Blue", "unknown"),
        ]
        beside = dict(stored(home, "entity", "attached"))
        assert beside["a1"]["clarity_sessions"] == beside["a3"]["clarity_sessions"] == 7 * 4000
        assert (beside["a1"]["url_clarity_sessions"], beside["a1"]["url_clarity_rage_click_rate"]) == (7 * 2000, 0.3)
        assert "url_clarity_sessions" not in beside["a3"]


def test_a_rejected_token_can_be_a_rule_and_leaves_the_metrics_without_data(world: World) -> None:
    gone = rule({"connection": {"state": "rejected"}}, id="rejected")
    with asking(world, gone, rule(threshold("clarity_sessions", "above", 1), id="visits")) as home:
        put_days(home, {back: {PAGE: 80} for back in range(7)})
        evaluate_business_days(home, [("acme", LAST)])
        assert dict(stored(home, "rule_id", "outcome")) == {"rejected": "not", "visits": "fired"}
        home.connections.reject("acme", home.connections.credentials("acme")[1])
        assert home.connections.get("acme").is_evaluated
        evaluate_business_days(home, [("acme", LAST)])
        assert dict(stored(home, "rule_id", "outcome")) == {"rejected": "fired", "visits": "unknown"}


def test_a_page_without_a_visit_on_a_whole_day_had_none_and_on_a_cut_day_nobody_knows(world: World) -> None:
    about = rule(threshold("url_clarity_sessions", "below", 7_000), scope="url")
    both, one = {PAGE: 80, OTHER: 80}, {PAGE: 80}
    with asking(world, about) as home:
        put_days(home, {6: both, 5: one, 4: both, 3: one, 2: both, 1: one, 0: one})
        outcomes = {each.entity: each.evaluation.outcome for each in judged(home, [("acme", LAST)])}
        assert outcomes == {PAGE: "not", OTHER: "fired"}
        put_days(home, {1: one}, truncated=True)
        outcomes = {each.entity: each.evaluation.outcome for each in judged(home, [("acme", LAST)])}
        assert outcomes == {PAGE: "not", OTHER: "unknown"}


def test_the_past_is_judged_as_it_was_known_and_the_present_as_it_is(world: World) -> None:
    about = rule(threshold("clarity_sessions", "above", 13_000))
    with asking(world, about) as home:
        put_days(home, {back: {PAGE: 80} for back in range(9)}, late={4: 3})
        asked = {"rules": [about], "business_ids": ["acme"], "from_date": day(4), "to_date": LAST}
        then = known_of(home, **asked, as_known=True)["acme"]
        now = known_of(home, **asked)["acme"]
    days = [day(back) for back in range(4, -1, -1)]
    assert [evaluate(about, known=now, as_of=each).outcome for each in days][-1] == "fired"
    known_then = [evaluate(about, known=then, as_of=each).evidence[0].days_with_data for each in days]
    known_now = [evaluate(about, known=now, as_of=each).evidence[0].days_with_data for each in days]
    assert (known_then, known_now) == ([4, 5, 6, 7, 7], [5, 6, 7, 7, 7])


def test_a_marked_page_is_read_however_few_visit_it(world: World) -> None:
    since = rule({"since_change": {"signal": "rage_click"}}, id="since")
    crowd = {f"https://shop.example/{n}": 80 for n in range(4)}
    of_pages = rule({"since_change": {"signal": "rage_click"}}, id="since-pages", scope="url", top=1)
    with asking(world, of_pages, since) as home:
        quiet, worse = {**crowd, OTHER: 80}, {**crowd, OTHER: 240}
        put_days(home, {**dict.fromkeys(range(8, 40), quiet), **dict.fromkeys(range(8), worse)})
        business = home.connections.get("acme")
        at = datetime.combine(day(8), datetime.min.time(), tzinfo=UTC)
        Markers(home.state, clock=home.clock).add(business, url=OTHER, at=at, note="new form", author="operator:ann")
        found = {(each.stored.rule.id, each.entity): each.evaluation.outcome for each in judged(home, [("acme", LAST)])}
    assert found["since", ""] == "fired"
    assert found["since-pages", OTHER] == "fired"


def test_totals_are_read_for_rules_that_ask_for_them(world: World) -> None:
    about = rule(threshold("clarity_site_sessions", "above", 4, window_days=1))
    with asking(world, about) as home:
        load(home.warehouse, [{"sessions": 5}], day=LAST, slice_name="totals")
        with home.warehouse.connect() as connection:
            refresh(connection, [MARTS["site_day"]], business_id="acme", date=LAST)
        (only,) = judged(home, [("acme", LAST)])
    assert only.evaluation.outcome == "fired"


@pytest.mark.parametrize(
    ("when", "without"),
    [
        (threshold("clarity_site_sessions", "above", 4, window_days=3), "1 of 3 days from 2026-05-01 to 2026-05-03"),
        (threshold("clarity_site_pages_per_session", "above", 1, window_days=3), "1 of 3 days from 2026-05-01 to 2026-05-03"),
        (change("clarity_site_dead_click_rate", baseline_days=2, window_days=1), "1 of 2 days from 2026-05-01 to 2026-05-02"),
    ],
    ids=["a count", "an average", "what it is compared with"],
)
def test_a_window_with_a_date_without_totals_is_unknown_and_takes_no_visits_of_pages_for_sessions(
    world: World, when: dict[str, Any], without: str
) -> None:
    site = {"sessions": 5, "pages_per_session": 2.5, "dead_clicks": 1}
    with asking(world, rule(when)) as home:
        put_days(home, {back: {PAGE: 900} for back in range(3)})
        put_totals(home, {0: site, 2: site})
        (answer,) = judged(home, [("acme", LAST)])
        assert (answer.evaluation.outcome, answer.evaluation.reason) == (
            "unknown",
            f"{metric_in(when)} has no totals on {without}, and visits of pages are not sessions",
        )
        put_totals(home, {1: {"sessions": 0, "dead_clicks": 0}})  # a day without a session is one with totals
        (answer,) = judged(home, [("acme", LAST)])
    assert answer.evaluation.outcome != "unknown"


def metric_in(when: dict[str, Any]) -> str:
    ((_, leaf),) = when.items()
    return str(leaf["metric"])


def put_totals(home: Home, days: Mapping[int, dict[str, Any]]) -> None:
    for back, site in days.items():
        load(home.warehouse, [site], day=day(back), slice_name="totals")
        with home.warehouse.connect() as connection:
            refresh(connection, [MARTS["site_day"]], business_id="acme", date=day(back))


def test_people_and_whole_sessions_are_asked_of_the_site(world: World) -> None:
    pages = threshold("clarity_site_pages_per_session", "above", 2.7, window_days=2)
    times = threshold("clarity_site_total_time_ms", "above", 40_000, window_days=2)
    users = threshold("clarity_site_distinct_users", "at_least", 130, window_days=2)
    with asking(world, rule({"all": [pages, times, users]})) as home:
        put_totals(
            home,
            {
                0: {"sessions": 100, "distinct_users": 90, "pages_per_session": 3.0, "total_time_ms": 50_000},
                1: {"sessions": 50, "distinct_users": 40, "pages_per_session": 2.4, "total_time_ms": 20_000},
            },
        )
        put_days(home, {0: {PAGE: 10}, 1: {PAGE: 10}})
        (only,) = judged(home, [("acme", LAST)])
    assert [leaf.value for leaf in only.evaluation.evidence] == [pytest.approx(2.8), pytest.approx(40_000), 130]
    assert only.evaluation.outcome == "not"  # 40 s is not above 40 s
    assert [leaf.supports for leaf in only.evaluation.evidence] == [True, False, True]


def test_a_message_of_a_business_knows_the_sessions_of_the_site_where_every_date_has_them(world: World) -> None:
    with asking(world, rule(threshold("clarity_sessions", "above", 1, window_days=2))) as home:
        put_days(home, {0: {PAGE: 10}, 1: {PAGE: 10}})
        put_totals(home, {0: {"sessions": 1500}})
        (one,) = judged(home, [("acme", LAST)])
        put_totals(home, {1: {"sessions": 1400}})
        (both,) = judged(home, [("acme", LAST)])
    assert (one.evaluation.site_sessions, both.evaluation.site_sessions) == (None, 2900)


def test_nothing_is_asked_of_nobody(world: World) -> None:
    with asking(world, rule(SPIKE)) as home:
        assert isinstance(evaluate_business_days(home, []), Evaluated)
        assert judged(home, []) == []

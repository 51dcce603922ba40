"""What a message tells beside its sentence."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from clarity_pipeline.alerts.messages.explanation import caveat, facts, link, recordings, series
from clarity_pipeline.alerts.record import record
from clarity_pipeline.rules.engine.evidence import Evaluation, Evidence, Quality, Series
from clarity_pipeline.rules.engine.incidents import Incident
from clarity_pipeline.rules.judging.judgement import Judgement
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline_tests.alerts.made_up import NOW, day, rows, stored

PAGE = "https://shop.example/<script>alert(1)</script>"


def leaf(**fields: Any) -> Evidence:
    given: dict[str, Any] = {
        "path": "when.spike", "metric": "clarity_dead_clicks", "from_date": day(12), "to_date": day(18), "days_with_data": 7,
        "value": 1240.0, "operator": "at_least", "threshold": 700.0, "verdict": True, "supports": True, "kind": "spike",
        "normal": 400.0, "sessions": 5200, "p": 0.0002, **fields,
    }  # fmt: skip
    return Evidence(**given)


def quality(**fields: Any) -> Quality:
    return Quality(**{"from_date": day(12), "to_date": day(18), "days_with_data": 7, **fields})


def found(*leaves: Evidence, **fields: Any) -> Evaluation:
    return Evaluation(outcome="fired", reason=None, evidence=leaves or (leaf(),), **fields)


def told(evaluation: Evaluation, **about: Any) -> dict[str, str]:
    incident = Incident(day(16), day(18), day(18), firing_on=day(16))
    given = {"scope": "url", "entity": PAGE, "entity_name": None, "incident": incident, **about}
    return dict(facts(evaluation, **given))


def test_a_person_reads_where_how_much_against_what_since_when_how_sure_and_from_which_data() -> None:
    assert told(found(quality=quality())) == {
        "Page": PAGE,
        "Dead clicks": "1,240, 2026-11-12 to 2026-11-18",
        "Normal": "400; this is 3.1 times that",
        "Visits of pages": "5,200",
        "Since": "2026-11-16, 3 days",
        "How sure": "with nothing changed such a day comes once in 5,000",
        "Data": "7 of 7 days, all whole and aligned",
    }


def test_an_entity_is_told_by_its_name_and_id() -> None:
    assert told(found(), scope="ad_set", entity="238", entity_name="Autumn")["Ad set"] == "Autumn (238)"
    assert "Page" not in told(found(), scope="business", entity="")


def test_what_is_weak_about_the_data_is_said_in_both_places() -> None:
    weak = found(quality=quality(days_with_data=5, recovered=1, truncated=2, covered_share=0.62))
    assert told(weak)["Data"] == "5 of 7 days, 1 recovered from longer answers, 2 cut at 1,000 rows, 62% of the visits told"
    for words in ("2 of 7 days have no data", "cut the answer", "a recovered day"):
        assert words in caveat(weak)


def test_few_sessions_and_what_one_visitor_can_do_are_named() -> None:
    small = found(leaf(kind="threshold", value=60.0, sessions=90, normal=None, p=None))
    assert caveat(small) == (
        "It may be wrong: it rests on 90 visits of pages, where a handful of visitors decides;"
        " one visitor can make so many clicks."
    )
    assert told(small)["Limit"] == "700"


def test_sound_data_are_still_blind_to_something() -> None:
    for kind in ("threshold", "change", "spike", "since_change"):
        assert caveat(found(leaf(kind=kind), quality=quality())).startswith("It may be wrong: ")


def test_the_least_likely_leaf_is_told_first() -> None:
    odd = leaf(metric="clarity_rage_clicks", p=1e-9, path="when.any[1].spike")
    assert "Rage clicks" in told(found(leaf(), odd))
    assert told(found(leaf(), odd))["How sure"].endswith("once in more than a million")


def test_the_dashboard_is_that_of_the_project() -> None:
    assert link("abc123") == "https://clarity.microsoft.com/projects/view/abc123/dashboard"
    assert link(None) is None


def test_a_message_of_a_page_carries_all_of_it_and_its_sentence_nothing_of_a_stranger(any_state: StateDatabase) -> None:
    with any_state.write() as connection:
        connection.execute(
            sa.insert(business_config).values(
                business_id="acme", name="Acme Shop", project_id="abcdef", enabled=True,
                kept_query_parameters=[], created_at=NOW, updated_at=NOW,
            )
        )  # fmt: skip
    days = tuple(date(2026, 11, 5) + timedelta(days=n) for n in range(14))
    chart = Series(metric="clarity_dead_clicks", label="Dead clicks", days=days, values=(None, *range(13)), normal=4.0)
    evaluation = found(quality=quality(), series=chart)
    judgement = Judgement(stored(scope="url"), "acme", day(18), evaluation, scope="url", entity=PAGE)
    recorded = record(any_state, clock=lambda: NOW, judgements=[judgement])
    assert (recorded.fired, recorded.opened, recorded.messages) == (1, 1, 1)
    ((document, alert_id),) = rows(any_state, outbox, "payload", "alert_id")
    data = document["data"]
    assert (data["scope"], data["entity"], data["link"]) == ("url", PAGE, link("abcdef"))
    assert data["series"] == series(chart)
    assert data["quality"]["days_with_data"] == 7
    assert PAGE not in data["summary"]
    assert rows(any_state, alerts, "alert_id", "scope", "entity") == [(alert_id, "url", PAGE)]
    (row,) = rows(any_state, rule_evaluations, "n", "value", "expected", "threshold", "p")
    assert row == (5200, 1240.0, 400.0, 700.0, 0.0002)


def test_pages_of_one_rule_have_alerts_of_their_own(any_state: StateDatabase) -> None:
    by = stored(scope="url")
    for entity in ("https://a.example/", "https://b.example/"):
        record(any_state, clock=lambda: NOW, judgements=[Judgement(by, "acme", day(18), found(), scope="url", entity=entity)])
    assert len(set(rows(any_state, alerts, "alert_id"))) == 2
    calm = Evaluation(outcome="not", reason=None, evidence=(leaf(verdict=False, supports=False),))
    over = Judgement(by, "acme", day(19), calm, scope="url", entity="https://a.example/")
    assert record(any_state, clock=lambda: NOW, judgements=[over]).resolved == 1
    assert sorted(rows(any_state, alerts, "entity", "state")) == [
        ("https://a.example/", "resolved"), ("https://b.example/", "firing"),
    ]  # fmt: skip


def test_sessions_that_a_number_does_not_tell_of_are_said() -> None:
    part = found(leaf(left_out=300))
    assert told(part)["Left out"] == "300 of them, whose number is one that cannot be or did not come"
    assert "300 sessions are left out, whose number is one that cannot be or did not come" in caveat(part)


def test_sessions_of_the_site_lead_where_every_date_tells_them_and_visits_say_that_they_are_visits() -> None:
    of_business: dict[str, Any] = {"scope": "business", "entity": ""}
    with_totals = told(found(site_sessions=4_000), **of_business)
    assert with_totals["Sessions of the whole site"] == "4,000; they made 5,200 visits of pages"
    without = told(found(), **of_business)
    assert (without["Visits of pages"], "Sessions of the whole site" in without) == ("5,200", False)
    asked_of_site = told(found(leaf(metric="clarity_site_dead_clicks", sessions=4_000), site_sessions=4_000), **of_business)
    assert asked_of_site["Sessions of the whole site"] == "4,000"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("https://www.acme.com/checkout", "2;2;/checkout"),
        ("https://www.acme.com/k%C3%BCche?a=b#c", "2;2;/k%C3%BCche"),
        ("https://www.acme.com/order/:id/thanks", "2;2;/order"),
        ("https://www.acme.com/a***/b", "2;2;/a"),
        ("https://www.acme.com/x&date=Last%2030%20days", "2;2;/x&date=Last%2030%20days"),
    ],
)
def test_recordings_of_a_page_are_asked_for_by_what_of_its_path_is_clarity_s_own(url: str, asked: str) -> None:
    found = recordings("k3v9lindhs", url)
    assert found is not None
    there = urlsplit(found)
    assert (there.netloc, there.path) == ("clarity.microsoft.com", "/projects/view/k3v9lindhs/impressions")
    assert parse_qs(there.query) == {"URL": [asked], "date": ["Last 7 days"]}


@pytest.mark.parametrize(
    ("project", "url"), [(None, "https://a.de/b"), ("k3v9", "https://a.de/"), ("k3v9", ""), ("k3v9", "https://a.de/:id")]
)
def test_there_is_no_way_to_recordings_of_no_page(project: str | None, url: str) -> None:
    assert recordings(project, url) is None

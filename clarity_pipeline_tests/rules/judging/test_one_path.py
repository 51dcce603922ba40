"""The live run, a preview and a backtest say the same of the same days, muted ones included: one path from the stores on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.day.evaluate import evaluate_business_days
from clarity_pipeline.home import Home, open_home
from clarity_pipeline.rules.backtest.backtest import Backtest, backtest
from clarity_pipeline.rules.backtest.batch import backtests
from clarity_pipeline.rules.backtest.preview import preview
from clarity_pipeline.rules.book.rule_store import import_rules, list_rules
from clarity_pipeline.rules.engine.evidence import Outcome
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator.tokens import mint
from clarity_pipeline.state.schema.alerts import alerts
from clarity_pipeline.state.schema.calls import sync_jobs
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.messages import outbox, told
from clarity_pipeline.state.schema.rules import rule_evaluations
from clarity_pipeline.state.schema.rules import rules as stored_rules
from clarity_pipeline.warehouse.regime import replace_events
from clarity_pipeline_tests.rules.asked import known_of, stores
from clarity_pipeline_tests.rules.made_up import change, rule, threshold
from clarity_pipeline_tests.warehouse.test_entities import put

LAST = date(2026, 5, 3)
DAYS = [LAST - timedelta(days=back) for back in range(5, -1, -1)]
NOW = datetime.combine(LAST + timedelta(days=1), time(11), UTC)
OPERATORS = st.sampled_from(["above", "below"])
WINDOWS = st.sampled_from([1, 3])
OF_CLARITY = st.one_of(
    st.builds(
        threshold, st.sampled_from(["clarity_dead_clicks", "clarity_sessions"]), OPERATORS, st.just(100), window_days=WINDOWS
    ),
    st.builds(change, operator=st.sampled_from(["at_least", "at_most"]), ratio=st.just(1), window_days=st.just(1)),
    st.just({"spike": {"signal": "dead_click"}}),
    st.builds(lambda state: {"connection": {"state": state}}, st.sampled_from(["stale", "rejected", "missing_data"])),
)
SPEND = st.builds(threshold, st.just("entity.spend"), OPERATORS, st.just(100), window_days=WINDOWS)


def trees(leaves: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.recursive(
        leaves,
        lambda below: st.one_of(
            st.lists(below, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(below, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            below.map(lambda part: {"not": part}),
        ),
        max_leaves=5,
    )


PATIENCE = st.fixed_dictionaries({"for_days": st.integers(1, 2), "resolve_after_days": st.integers(1, 2)})
RULES = st.tuples(
    st.builds(lambda when, how: rule(when, id="whole", **how), trees(OF_CLARITY), PATIENCE),
    st.builds(lambda when, how: rule(when, id="ads", scope="ad", **how), trees(OF_CLARITY | SPEND), PATIENCE),
)
Word = Literal["connected", "stale", "rejected", "paused", "disconnected"]
Kind = Literal["consent_missing", "tracking_gap", "new_connection"]


@dataclass(frozen=True)
class Facts:
    """What is stored of acme: a number each of its days, None is a day without data; `synced` days ago a lane came last."""

    clicks: Sequence[int | None]
    spend: Sequence[int | None]
    events: Sequence[tuple[Kind, int, int | None]]
    word: Word
    synced: int


NUMBERS = st.lists(st.sampled_from([None, 20, 20, 150, 400]), min_size=len(DAYS), max_size=len(DAYS))
PLACES = st.integers(0, len(DAYS) - 1)
FACTS = st.builds(
    Facts,
    clicks=NUMBERS,
    spend=NUMBERS,
    events=st.lists(
        st.tuples(st.sampled_from(["consent_missing", "tracking_gap", "new_connection"]), PLACES, st.none() | PLACES), max_size=2
    ),
    word=st.sampled_from(["connected", "stale", "rejected", "paused", "disconnected"]),
    synced=st.integers(2, 5),
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("one-path")
    with open_home(Settings(home=folder, api_base_url="http://127.0.0.1:9", now=NOW)) as home:
        home.connections.connect("acme", project_id="yeqkj55zbc", token=Token.parse(mint("yeqkj55zbc", seed=1)))
        with home.state.read() as connection:
            home.__dict__["connected"] = dict(connection.execute(sa.select(business_config)).mappings().one())
        with home.warehouse.connect(what="the test"):  # a home whose jobs say that lanes were loaded has one
            pass
        yield home


def store(home: Home, facts: Facts, rules: Sequence[Rule]) -> None:
    """Make the stores say this and nothing else."""
    with home.state.write() as connection:
        for table in (told, outbox, alerts, rule_evaluations, stored_rules, sync_jobs):
            connection.execute(sa.delete(table))
        days_ago = timedelta(days=0 if facts.word == "connected" else facts.synced)
        at = NOW - days_ago
        job = {"business_id": "acme", "date": at.date(), "slice": "url_device", "attempt": 1, "state": "ok", "calls": 1}
        connection.execute(sa.insert(sync_jobs).values(**job, started_at=at, finished_at=at, loaded_at=at))
        since = {"enabled_at": at - timedelta(days=9), "token_stored_at": at - timedelta(days=9), "created_at": at - timedelta(9)}
        off: dict[Word, dict[str, Any]] = {
            "rejected": {"enabled": False, "disabled_reason": "token_rejected", "updated_at": at},
            "paused": {"enabled": False, "disabled_reason": "disabled", "updated_at": at},
            "disconnected": {"enabled": False, "disabled_reason": "disconnected", "updated_at": at, "token_ciphertext": None},
        }
        row = home.__dict__["connected"] | since | off.get(facts.word, {})
        connection.execute(sa.update(business_config).values(row))
    import_rules(home.state, clock=home.clock, rules=rules)
    with home.warehouse.connect() as connection:
        for table in ("business_day", "ad_entities"):
            connection.execute(f"delete from {table}")
        fetched = [(day, clicks) for day, clicks in zip(DAYS, facts.clicks, strict=True) if clicks is not None]
        quiet = [(DAYS[0] - timedelta(days=back), 20) for back in range(1, 36)]
        connection.register("made_up", _business_days([*quiet, *fetched]))
        connection.execute("insert into business_day by name from made_up")
        events = [_event(*each) for each in facts.events]
        replace_events(connection, {"acme": events}, told_by={"acme": "the test"})
    spent = [{"date": day, "numbers": {"spend": float(spend)}} for day, spend in zip(DAYS, facts.spend, strict=True) if spend]
    if spent:
        put(home.warehouse, *spent)


def _business_days(days: Sequence[tuple[date, int]]) -> pa.Table:
    ends = [datetime.combine(day + timedelta(days=1), time(0, 5), UTC) for day, _ in days]
    clicks = [count for _, count in days]
    same = {"business_id": "acme", "sessions": 2000, "bot_sessions": 0, "quality": "aligned", "coverage": 1.0, "truncated": False}
    columns: dict[str, Any] = {name: [value] * len(days) for name, value in same.items()}
    columns |= {"date": [day for day, _ in days], "dead_clicks": clicks, "dead_click_sessions": clicks}
    columns |= dict.fromkeys(("window_end", "fetched_at", "loaded_at"), ends)
    return pa.table(columns | {"window_start": [end - timedelta(days=1) for end in ends]})


def _event(kind: Kind, first: int, last: int | None) -> dict[str, Any]:
    ended_on = None if last is None else DAYS[max(first, last)]
    facts = {"seen": 1.0, "expected": 2.0, "evidence": "seen", "normal_from": None, "normal_to": None}
    return {"kind": kind, "started_on": DAYS[first], "ended_on": ended_on, **facts}


Told = dict[tuple[Subject, date], Outcome]
Ends = set[tuple[Subject, date, date | None]]


def live(home: Home) -> tuple[Told, Ends]:
    """What a run over all days writes: outcomes, and the alerts that were told."""
    evaluate_business_days(home, [("acme", day) for day in DAYS])
    said, of_alerts = rule_evaluations.c, alerts.c
    with home.state.read() as connection:
        subject = (said.rule_id, said.business_id, said.scope, said.entity)
        rows = connection.execute(sa.select(*subject, said.date, said.outcome))
        outcomes: Told = {(Subject(*key), day): outcome for *key, day, outcome in rows}
        subject = (of_alerts.rule_id, of_alerts.business_id, of_alerts.scope, of_alerts.entity)
        known = sa.select(*subject, of_alerts.opened_on, of_alerts.resolved_on).where(of_alerts.firing_on.is_not(None))
        ends = connection.execute(known).all()
    return outcomes, {(Subject(*key), opened, resolved) for *key, opened, resolved in ends}


def previewed(home: Home) -> Told:
    """What a preview says of each of them."""
    with stores(home) as (facts, rows):
        of_each = [
            preview(facts, rows, now=home.clock(), rules=list_rules(facts), business_ids=["acme"], day=day) for day in DAYS
        ]
    return {(one.judgement.subject, one.judgement.date): one.outcome for found in of_each for one in found}


def agrees(said: Told, ends: Ends, results: Mapping[Subject, Backtest]) -> None:
    for subject, found in results.items():
        assert {day for (whose, day), outcome in said.items() if (whose, outcome) == (subject, "fired")} == set(found.fired_on)
        assert {day for (whose, day), outcome in said.items() if (whose, outcome) == (subject, "unknown")} == set(
            found.unknown_on
        )
    assert results.keys() == {whose for whose, _ in said}
    assert ends == {(subject, each.opened_on, each.resolved_on) for subject, found in results.items() for each in found.incidents}


def tried(home: Home, rules: Sequence[Rule], *, as_known: bool) -> Mapping[Subject, Backtest]:
    span = {"from_date": DAYS[0], "to_date": DAYS[-1], "as_known": as_known}
    how = {"now": home.clock(), "versions": [rules], "business_ids": ["acme"], "processes": 1}
    (results,) = backtests(home.state, home.warehouse, **how, **span).results  # type: ignore[arg-type]
    return results


def the_same(home: Home, facts: Facts, rules: Sequence[Rule], *, backtested: Callable[[], Mapping[Subject, Backtest]]) -> None:
    store(home, facts, rules)
    said, ends = live(home)
    assert previewed(home) == said
    agrees(said, ends, backtested())


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(FACTS, RULES, st.booleans())
def test_the_three_say_the_same_of_the_same_days(home: Home, facts: Facts, rules: tuple[Rule, Rule], as_known: bool) -> None:
    the_same(home, facts, rules, backtested=lambda: tried(home, rules, as_known=as_known))


def test_a_backtest_that_does_not_know_what_mutes_says_something_else(home: Home) -> None:
    """As it was: regime events and the connection were looked at by the live run alone."""

    def deaf(rules: Sequence[Rule]) -> Mapping[Subject, Backtest]:
        span = {"from_date": DAYS[0], "to_date": DAYS[-1]}
        known = replace(known_of(home, rules=rules, business_ids=["acme"], **span)["acme"], events=(), outage=None)
        return {subject: found for each in rules for subject, found in backtest(each, known=known, **span).items()}

    @settings(max_examples=40, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(FACTS, RULES)
    def naive(facts: Facts, rules: tuple[Rule, Rule]) -> None:
        the_same(home, facts, rules, backtested=lambda: deaf(rules))

    with pytest.raises(AssertionError):
        naive()

"""Regime events are told anew of businesses whose days changed, and of nobody else."""

from clarity_pipeline.connections.audit import PIPELINE
from clarity_pipeline.day.regimes import tell_regimes
from clarity_pipeline.warehouse.changes import note_changed
from clarity_pipeline_tests.world import DAY, SITE, World

EVENTS = "select * from clarity_regime_events order by all"


def test_only_a_business_whose_days_changed_is_told_anew(lived_in: World) -> None:
    with lived_in.home() as home, home.warehouse.connect() as connection:

        def told() -> int:
            return tell_regimes(connection, home.connections.all(), audit=home.audit)

        told()
        events = connection.execute(EVENTS).fetchall()
        assert {event[0] for event in events} == {"acme"}
        connection.execute("delete from clarity_regime_events")
        assert (told(), connection.execute(EVENTS).fetchall()) == (0, [])
        note_changed(connection, business_id="acme", date=DAY)
        assert told() == 1
        assert connection.execute(EVENTS).fetchall() == events


def test_what_a_person_says_of_a_business_counts_as_a_change(lived_in: World) -> None:
    with lived_in.home() as home, home.warehouse.connect() as connection:
        tell_regimes(connection, home.connections.all(), audit=home.audit)
        assert tell_regimes(connection, home.connections.all(), audit=home.audit) == 0
        home.sites.say("acme", (*SITE, "shop.example"), moved_on=DAY, actor=PIPELINE)
        assert tell_regimes(connection, home.connections.all(), audit=home.audit) == 1

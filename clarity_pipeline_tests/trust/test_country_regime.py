"""Countries that lost consent together are one event that names them, with its share of the site; every number by hand."""

from datetime import date, timedelta

from clarity_pipeline.trust.country_regime import country_events, counts_anew, in_words, moved, part_of
from clarity_pipeline.trust.lost_consent import CountryDay
from clarity_pipeline.trust.regime import Event

START = date(2026, 10, 3)
LOST = date(2026, 10, 31)


def days(*stretches: tuple[int, int, float]) -> list[CountryDay]:
    """Days behind one another: so many of so many sessions of so many pages, half of them beside the busiest page."""
    found: list[CountryDay] = []
    for length, sessions, pages in stretches:
        for _ in range(length):
            on, surplus = START + timedelta(days=len(found)), sessions * (pages - 1)
            found.append(CountryDay(on, sessions, surplus, sessions // 2, surplus / 2))
    return found


GERMANY = days((28, 100, 2.8), (8, 270, 1.0))
AMERICA = days((36, 150, 2.8))


def told(**countries: list[CountryDay]) -> list[Event]:
    sessions: dict[date, int] = {}
    for day in (day for each in [*countries.values(), AMERICA] for day in each):
        sessions[day.date] = sessions.get(day.date, 0) + day.sessions
    return country_events(sessions, countries)


def test_one_country_is_named_with_its_share_of_the_site_before_and_since() -> None:
    (event,) = told(Germany=GERMANY)
    assert (event.kind, event.country, event.countries) == ("consent_missing", "Germany", ("Germany",))
    assert (event.started_on, event.ended_on, event.normal_from, event.normal_to) == (LOST, None, START, LOST - timedelta(days=1))
    assert (event.share_before, event.share_after) == (100 / 250, 270 / 420)
    assert (event.seen, round(event.expected, 6), event.share) == (1.0, 2.8, 270 / 420)
    assert event.evidence == (
        "visits from Germany (64 % of the site, 40 % before) count anew since 31 October: pages a session fell to 1.00 from 2.80"
        " while visits rose, so visitors' consent there does not reach Clarity"
    )


def test_countries_that_lose_it_together_are_one_event_and_one_that_gets_it_back_is_another() -> None:
    late = [*days((29, 60, 2.8), (7, 160, 1.0))]
    back = days((28, 40, 2.8), (4, 110, 1.0), (4, 40, 2.8))
    together, alone = told(France=late, Germany=GERMANY, Norway=back)
    assert (together.country, together.started_on, together.ended_on) == ("Germany, France", LOST, None)
    assert (alone.country, alone.started_on, alone.ended_on) == ("Norway", LOST, LOST + timedelta(days=3))
    # since: 8 x 270 of Germany, 60 + 7 x 160 of France, of those and 8 x 150 of America and 4 x 110 + 4 x 40 of Norway
    assert together.share_after == (2160 + 1180) / (2160 + 1180 + 1200 + 600)
    assert together.share_before == 160 / 350


def test_a_country_that_loses_it_a_week_later_is_an_event_of_its_own() -> None:
    later = days((35, 60, 2.8), (1, 168, 1.0))
    assert [(event.country, event.started_on) for event in told(Germany=GERMANY, France=later)] == [
        ("Germany", LOST),
        ("France", LOST + timedelta(days=7)),
    ]


def test_what_the_whole_site_has_lost_is_said_once() -> None:
    site = Event("consent_missing", LOST, None, 1.0, 2.8, "")
    sessions = {day.date: day.sessions for day in GERMANY}
    assert country_events(sessions, {"Germany": GERMANY}, of_site=[site]) == []
    (event,) = country_events(sessions, {"Germany": GERMANY}, of_site=[Event("bot_share", LOST, None, 0.5, 0.1, "")])
    assert event.country == "Germany"


def test_a_sentence_names_three_countries_and_counts_the_rest() -> None:
    names = ("Germany", "France", "Italy", "Spain", "Austria")
    assert [in_words(names[:number]) for number in (1, 2, 4, 5)] == [
        "Germany",
        "Germany and France",
        "Germany, France, Italy and Spain",
        "Germany, France, Italy and 2 other countries",
    ]


def test_how_much_of_some_days_is_counted_otherwise_than_of_others() -> None:
    (event,) = told(Germany=GERMANY)
    week = [LOST + timedelta(days=number) for number in range(7)]
    month = [START + timedelta(days=number) for number in range(28)]
    assert (part_of(event, week), part_of(event, month), part_of(event, week[:1] + month[-6:])) == (1.0, 0.0, 1 / 7)
    assert moved(event, week, against=month) == 270 / 420
    assert moved(event, week, against=week) == 0.0
    assert counts_anew(event, LOST, share=event.share) == "visits from Germany (64 % of the site) count anew since 31 October"


def test_four_weeks_later_the_days_of_before_are_those_that_are_otherwise() -> None:
    (event,) = told(Germany=days((28, 100, 2.8), (60, 270, 1.0)))
    assert (event.ended_on, event.became_normal) == (LOST + timedelta(days=27), True)
    later = [LOST + timedelta(days=number) for number in range(40, 47)]
    before = [LOST + timedelta(days=number) for number in range(12, 40)]
    assert moved(event, later, against=before) == 0.0
    over = [day - timedelta(days=40) for day in later]
    assert moved(event, later, against=over) == 0.0
    assert moved(event, later, against=[START]) == event.share

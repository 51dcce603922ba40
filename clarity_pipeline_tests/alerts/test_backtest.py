from datetime import timedelta

from clarity_pipeline.alerts.backtest import backtest
from clarity_pipeline_tests.rules.made_up import MONDAY, daily, days_from, rule, threshold


def test_a_backtest_says_how_much_data_there_was_and_on_which_days_the_rule_would_have_fired() -> None:
    about = daily(MONDAY, [10, 200, None, 200, 10, 10, None, 300])
    found = backtest(rule(threshold(window_days=1)), known=about, from_date=MONDAY, to_date=MONDAY + timedelta(days=8))
    days = days_from(MONDAY, 9)
    assert (found.days, found.days_with_data) == (9, 6)
    assert found.fired_on == (days[1], days[3], days[7])
    assert found.unknown_on == (days[2], days[6], days[8])
    assert [(each.opened_on, each.resolved_on, each.state) for each in found.incidents] == [
        (days[1], days[4], "resolved"),
        (days[7], None, "firing"),
    ]


def test_a_backtest_of_no_days_is_empty() -> None:
    found = backtest(rule(threshold()), known=daily(MONDAY, []), from_date=MONDAY, to_date=MONDAY - timedelta(days=1))
    assert (found.days, found.days_with_data, found.incidents) == (0, 0, ())

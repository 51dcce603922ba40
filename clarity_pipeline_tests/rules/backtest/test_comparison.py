from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.rules.backtest.backtest import Backtest, Messages
from clarity_pipeline.rules.backtest.comparison import compare
from clarity_pipeline.rules.language.subject import Subject

DAYS = [date(2026, 11, number) for number in range(1, 6)]
SUBJECTS = [Subject(rule, "acme") for rule in "abc"]
FIRED = st.sets(st.sampled_from(DAYS)).map(lambda days: Backtest(5, 5, tuple(sorted(days)), (), {}, (), Messages()))
VERSIONS = st.dictionaries(st.sampled_from(SUBJECTS), FIRED)


@given(here=VERSIONS, there=VERSIONS)
def test_every_day_that_fires_is_in_exactly_one_of_three(here: dict[Subject, Backtest], there: dict[Subject, Backtest]) -> None:
    found = compare(here, there)
    assert {each.subject for each in found} == here.keys() | there.keys()
    for each in found:
        one, other = (set(version[each.subject].fired_on) if each.subject in version else set() for version in (here, there))
        assert set(each.only_here) | set(each.both) == one
        assert set(each.only_there) | set(each.both) == other
        assert not set(each.only_here) & set(each.only_there)
    counts = [len(each.only_here) + len(each.only_there) for each in found]
    assert counts == sorted(counts, reverse=True)
    assert all(not each.only_here and not each.only_there for each in compare(here, here))

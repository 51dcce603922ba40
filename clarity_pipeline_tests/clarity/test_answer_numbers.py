import pytest

from clarity_pipeline_tests.clarity.made_up import envelope, rows
from clarity_pipeline_tests.clarity.reading import SHOP, read, refusal


def test_counts_are_read_from_numbers_and_from_strings_in_any_mix():
    mixed = envelope(*SHOP)
    for number, row in enumerate(rows(mixed, "Traffic")):
        row["totalSessionCount"] = [str, float, "{}.0".format, int][number](row["totalSessionCount"])
        row["pagesPerSessionPercentage"] = "1.5" if number else 1.5
    for sent in (mixed, envelope(*SHOP, as_strings=True)):
        assert sorted(read(sent).groups["Traffic"].numbers["totalSessionCount"]) == [0, 0, 7, 12]
        assert all(type(number) is int for number in read(sent).groups["Traffic"].numbers["totalSessionCount"])
    assert read(mixed).groups["Traffic"].numbers["pagesPerSessionPercentage"] == [1.5, 1.5, 1.5, 1.5]


@pytest.mark.parametrize(
    "count",
    [
        -1,
        "-1",
        1.5,
        "1.5",
        "",
        " 1",
        "1 ",
        "1,000",
        "+1",
        "0x1",
        "1e3",
        "٣",
        "abc",
        "NaN",
        True,
        [],
        [1],
        {},
        "9" * 19,
        "9" * 5000,
    ],
)
@pytest.mark.parametrize(
    "metric_and_field", ["RageClickCount.subTotal", "Traffic.totalSessionCount", "QuickbackClick.pagesViews"]
)
def test_a_count_that_is_none_is_refused_by_the_name_of_its_field(count: object, metric_and_field: str):
    metric, field = metric_and_field.split(".")
    sent = envelope(*SHOP)
    rows(sent, metric)[-1][field] = count
    message = refusal(sent)
    assert metric in message
    assert field in message


@pytest.mark.parametrize("number", ["", "high", "NaN", "Infinity", "-Infinity", "1e99", "1,5", "0x10", "½", False, [], {"a": 1}])
@pytest.mark.parametrize("metric_and_field", ["ScrollDepth.averageScrollDepth", "DeadClickCount.sessionsWithMetricPercentage"])
def test_an_average_that_is_no_number_is_refused(number: object, metric_and_field: str):
    metric, field = metric_and_field.split(".")
    sent = envelope(*SHOP)
    rows(sent, metric)[0][field] = number
    assert field in refusal(sent)


@pytest.mark.parametrize("number", [None, 0, 33.33, "33.33", "1E-05", -1, 250])
def test_an_average_may_be_missing_or_out_of_range(number: object):
    sent = envelope(*SHOP)
    rows(sent, "ScrollDepth")[0]["averageScrollDepth"] = number
    assert read(sent).groups["ScrollDepth"].numbers["averageScrollDepth"][0] == (None if number is None else float(number))


@pytest.mark.parametrize("seconds", [-1, "-1", -0.5, "long"])
def test_a_time_that_is_negative_or_no_number_is_refused(seconds: object):
    sent = envelope(*SHOP)
    rows(sent, "EngagementTime")[0]["activeTime"] = seconds
    assert "activeTime of EngagementTime" in refusal(sent)
    rows(sent, "EngagementTime")[0]["activeTime"] = 12.5
    assert 12.5 in read(sent).groups["EngagementTime"].numbers["activeTime"]


def test_a_count_may_be_null_or_left_out():
    sent = envelope(*SHOP)
    rows(sent, "DeadClickCount")[0]["subTotal"] = None
    del rows(sent, "DeadClickCount")[1]["subTotal"]
    assert read(sent).groups["DeadClickCount"].numbers["subTotal"] == [None, None]

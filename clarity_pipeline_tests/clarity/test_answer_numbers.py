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


NO_COUNTS = [
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
    2**64,
]


@pytest.mark.parametrize("count", [*NO_COUNTS, None])
def test_sessions_of_traffic_that_are_no_count_are_refused_by_the_name_of_their_field(count: object):
    sent = envelope(*SHOP)
    rows(sent, "Traffic")[-1]["totalSessionCount"] = count
    assert "totalSessionCount of Traffic" in refusal(sent)


@pytest.mark.parametrize("count", NO_COUNTS)
@pytest.mark.parametrize(
    "metric_and_field", ["RageClickCount.subTotal", "QuickbackClick.pagesViews", "Traffic.totalBotSessionCount"]
)
def test_a_count_that_is_none_is_one_unread_cell_and_named(count: object, metric_and_field: str):
    metric, field = metric_and_field.split(".")
    sent = envelope(*SHOP)
    rows(sent, metric)[-1][field] = count
    answer = read(sent)
    assert [(each.code, each.metric, each.field, each.cells) for each in answer.damage] == [("cell_unreadable", metric, field, 1)]
    numbers = answer.groups[metric].numbers[field]
    assert (numbers[-1], None in numbers[:-1]) == (None, False)


@pytest.mark.parametrize(
    "number", ["", "high", "NaN", "Infinity", "-Infinity", "1e99", "1,5", "0x10", "½", False, [], {"a": 1}, 10**30]
)
@pytest.mark.parametrize("metric_and_field", ["ScrollDepth.averageScrollDepth", "DeadClickCount.sessionsWithMetricPercentage"])
def test_an_average_that_is_no_number_is_one_unread_cell_and_named(number: object, metric_and_field: str):
    metric, field = metric_and_field.split(".")
    sent = envelope(*SHOP)
    rows(sent, metric)[0][field] = number
    answer = read(sent)
    assert [(each.metric, each.field, each.cells) for each in answer.damage] == [(metric, field, 1)]
    assert answer.groups[metric].numbers[field][0] is None


@pytest.mark.parametrize("number", [0, 33.33, "33.33", "1E-05", -1, 250])
def test_an_average_may_be_out_of_range(number: object):
    sent = envelope(*SHOP)
    rows(sent, "ScrollDepth")[0]["averageScrollDepth"] = number
    answer = read(sent)
    assert answer.groups["ScrollDepth"].numbers["averageScrollDepth"][0] == float(str(number))
    assert answer.damage == ()


@pytest.mark.parametrize("seconds", [-1, "-1", -0.5, "long", 2**63 - 1])
def test_a_time_that_is_negative_too_long_or_no_number_is_one_unread_cell(seconds: object):
    sent = envelope(*SHOP)
    rows(sent, "EngagementTime")[0]["activeTime"] = seconds
    assert [(each.metric, each.field, each.cells) for each in read(sent).damage] == [("EngagementTime", "activeTime", 1)]
    rows(sent, "EngagementTime")[0]["activeTime"] = 12.5
    assert 12.5 in read(sent).groups["EngagementTime"].numbers["activeTime"]


def test_a_null_is_named_where_there_were_sessions_and_is_by_rule_where_there_were_none():
    sent = envelope(*SHOP)
    rows(sent, "DeadClickCount")[0]["subTotal"] = None
    del rows(sent, "DeadClickCount")[1]["subTotal"]
    bots = next(row for row in rows(sent, "Traffic") if row["totalSessionCount"] == 0)
    assert bots["pagesPerSessionPercentage"] is None
    answer = read(sent)
    assert answer.groups["DeadClickCount"].numbers["subTotal"] == [None, None]
    assert [each.sentence for each in answer.damage] == ["DeadClickCount.subTotal: 2 cells (null or missing)"]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "empty text"),
        ("-", "text"),
        ("23.7%", "a percent sign"),
        ("1,234", "a comma in a number"),
        (-1, "a negative number"),
        (1.5, "a number that is not whole"),
        (True, "true or false"),
        ([], "a list"),
        ({}, "an object"),
        (2**63, "a number beyond 64 bits"),
    ],
)
def test_the_damage_says_what_stood_there_and_never_the_value(value: object, why: str):
    sent = envelope(*SHOP)
    rows(sent, "RageClickCount")[0]["subTotal"] = value
    (damage,) = read(sent).damage
    assert damage.why == why


def test_cells_that_would_add_up_to_more_than_64_bits_are_unread_and_the_largest_one_is_not():
    sent = envelope(*SHOP)
    rows(sent, "DeadClickCount")[0]["subTotal"] = 2**63 - 1
    assert read(sent).damage == ()
    rows(sent, "DeadClickCount")[1]["subTotal"] = 2**63 - 1
    assert [each.why for each in read(sent).damage] == ["a number too large to add up"]
    assert read(sent).groups["DeadClickCount"].numbers["subTotal"] == [None, None]

from typing import Any

import pytest

from clarity_pipeline.clarity.dimensions import SLICES, TOTALS
from clarity_pipeline_tests.clarity.made_up import NINE, Seen, envelope, page, rows
from clarity_pipeline_tests.clarity.reading import SECRET, SHOP, read, refusal


@pytest.mark.parametrize("spelling", ["distantUserCount", "DistinctUserCount", "distinctusercount", "DISTANTUSERCOUNT"])
def test_distinct_users_are_read_in_either_spelling(spelling: str):
    sent = envelope(page("https://shop.example/", users=5))
    row = rows(sent, "Traffic")[0]
    row[spelling] = row.pop("distinctUserCount")
    row["PagesPerSessionPercentage"] = row.pop("pagesPerSessionPercentage")
    answer = read(sent)
    assert answer.groups["Traffic"].numbers["distinctUserCount"] == [5]
    assert answer.groups["Traffic"].numbers["pagesPerSessionPercentage"] == [1.5]
    assert answer.unknown == ()


def test_spellings_may_differ_from_row_to_row():
    sent = envelope(page("https://shop.example/a", users=5), page("https://shop.example/b", users=6))
    second, first = rows(sent, "Traffic")
    first["distantUserCount"] = first.pop("distinctUserCount")
    second["URL"] = second.pop("Url")
    answer = read(sent)
    assert answer.groups["Traffic"].numbers["distinctUserCount"] == [6, 5]
    assert answer.groups["Traffic"].keys == [("https://shop.example/b", "PC"), ("https://shop.example/a", "PC")]


def test_two_keys_of_a_row_that_differ_only_in_case_have_to_agree():
    sent = envelope(*SHOP)
    row = rows(sent, "Traffic")[0]
    row["URL"] = row["Url"]
    assert read(sent).damage == ()
    row["URL"] = "https://elsewhere.example/"
    assert "two different values of URL" in refusal(sent)
    sent = envelope(*SHOP)
    rows(sent, "DeadClickCount")[0]["SubTotal"] = 99
    assert [each.why for each in read(sent).damage] == ["two different values"]


@pytest.mark.parametrize("spelling", ["Country/Region", "COUNTRY", "country_region", "Country Region", "country-region"])
def test_the_documented_spelling_of_a_dimension_is_understood_as_a_rows_key(spelling: str):
    asked = SLICES["url_country"]
    sent = envelope(Seen(at={"Url": "https://shop.example/", "Country": "Germany"}, sessions=2))
    for group in sent:
        for row in group["information"]:
            row[spelling] = row.pop("Country")
    answer = read(sent, asked=asked)
    assert answer.groups["Traffic"].keys == [("https://shop.example/", "Germany")]
    assert answer.damage == answer.unknown == ()


def test_metric_names_are_known_with_spaces_and_in_any_case():
    spaced = (
        "Dead Click Count",
        "Excessive Scroll",
        "rage click count",
        "Quickback Click",
        "SCRIPT ERROR COUNT",
        "ErrorClickCount",
    )
    sent = envelope(*SHOP)
    for group, name in zip(sent, (*spaced, "Scroll Depth", "traffic", "Engagement Time"), strict=True):
        group["metricName"] = name
    assert tuple(read(sent).groups) == NINE
    assert read(sent).unknown == ()
    assert "Country" in read([{"metricName": "Country/Region", "information": []}], asked=TOTALS).groups


def test_unknown_metrics_and_fields_are_kept_and_named():
    sent = envelope(*SHOP)
    rows(sent, "Traffic")[0]["newShinyField"] = {"deep": [1, None]}
    rows(sent, "Traffic")[0]["Browser"] = "Chrome"
    carried = {"metricName": "HoverCount", "information": [{**SHOP[0].at, "hovers": "many"}], "_note": 1}
    sent += [carried, {"metricName": "SiteScore", "information": [{"score": -1}]}]
    answer = read(sent)
    assert answer.unknown_metrics == ("HoverCount", "SiteScore")
    assert answer.unknown_fields == ("Traffic.Browser", "Traffic.newShinyField")
    assert answer.unknown == ("HoverCount", "SiteScore", "Traffic.Browser", "Traffic.newShinyField")
    assert answer.groups["HoverCount"].keys == [("https://shop.example/a?fbclid=1", "PC")]
    assert answer.groups["SiteScore"].keys == []
    assert answer.row_counts["SiteScore"] == 1


def test_names_from_outside_are_cleaned_clipped_and_few():
    sent: list[dict[str, Any]] = [{"metricName": f"https://x.example/?mail={SECRET}\n\x1b[31m", "information": []}]
    sent += [{"metricName": f"New{number} " + "x" * 500, "information": []} for number in range(50)]
    unknown = read(envelope(*SHOP) + sent).unknown_metrics
    assert len(unknown) == 20
    assert all(len(name) <= 40 and name.isprintable() and "@" not in name for name in unknown)

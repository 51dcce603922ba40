from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clarity_pipeline.normalize.spellings import FOLDED, PLACEHOLDER, Folded, Meaning, meaning


@pytest.mark.parametrize("value", ["Facebook", "facebook", " FACEBOOK ", "facebook%20", "%46acebook"])
def test_a_source_is_one_whatever_its_case_and_encoding(value: str) -> None:
    assert meaning("source", value).value == "facebook"


@pytest.mark.parametrize("value", ["Autumn Offer", "Autumn+Offer", "Autumn%20Offer", "Autumn%2520Offer", " Autumn  Offer "])
def test_a_campaign_is_decoded_and_keeps_its_capitals(value: str) -> None:
    assert meaning("campaign", value) == Meaning("Autumn Offer", None if value == "Autumn Offer" else "spelling")


def test_a_plus_between_real_spaces_is_a_plus() -> None:
    assert meaning("campaign", "Buy 1+1 now").value == "Buy 1+1 now"


@pytest.mark.parametrize(
    "value",
    [
        *("{{campaign.name}}", "{{ad.id}}", "%7B%7Badset.name%7D%7D", "{campaignid}", "{keyword:none}", "${campaign}"),
        *("%%CAMPAIGN%%", "__CAMPAIGN_NAME__", "[[name]]", "<%= name %>", "[object Object]", "undefined", "null", "NaN"),
    ],
)
def test_what_no_ad_tool_filled_in_is_a_placeholder(value: str) -> None:
    assert meaning("campaign", value) == Meaning(PLACEHOLDER, "placeholder")


@pytest.mark.parametrize("value", ["100% wool", "__init", "{sale", "10%", "undefined terms", "Nan's kitchen"])
def test_a_name_that_only_looks_a_little_like_one_is_itself(value: str) -> None:
    assert meaning("campaign", value).reason is None


@pytest.mark.parametrize("value", ["", "   ", "+", "(not set)", "(none)"])
def test_nothing_is_nothing(value: str) -> None:
    assert meaning("medium", value) == Meaning(None, "empty")


@pytest.mark.parametrize(
    ("names", "one"),
    [
        (("Turkey", "Türkiye", "turkey", "Türkei", "Turquie"), "Turkey"),
        (("Czech Republic", "Czechia", "Tschechien", "Česko"), "Czech Republic"),
        (("Germany", "germany", "Deutschland", "Allemagne", "Alemania", "ドイツ", "DE"), "Germany"),
        (("Hong Kong", "Hong Kong SAR", "Hong Kong SAR China"), "Hong Kong"),
        (("Côte d’Ivoire", "Cote d'Ivoire", "Ivory Coast"), "Ivory Coast"),
        (("Korea, Republic of", "South Korea", "Südkorea"), "Korea, Republic of"),
        (("United States", "United States of America", "USA", "Vereinigte Staaten"), "United States"),
    ],
)
def test_a_country_is_one_in_every_year_and_language(names: tuple[str, ...], one: str) -> None:
    assert {meaning("country", name).value for name in names} == {one}


def test_countries_whose_names_are_alike_stay_apart() -> None:
    names = ("Niger", "Nigeria", "Guinea", "Guinea-Bissau", "Dominica", "Dominican Republic", "Austria", "Australia")
    assert [meaning("country", name) for name in names] == [Meaning(name) for name in names]


@pytest.mark.parametrize("name", ["Unknown", "unknown", "Unbekannte Region", ""])
def test_an_unknown_country_is_none(name: str) -> None:
    assert meaning("country", name) == Meaning(None, "empty")


def test_a_country_that_nobody_knows_is_kept_by_its_name() -> None:
    assert meaning("country", "Atlantis") == Meaning("Atlantis")


def test_other_names_of_a_source_are_not_guessed() -> None:
    assert meaning("source", "fb") == Meaning("fb")


@given(st.sampled_from(FOLDED), st.text(max_size=40))
def test_what_a_meaning_means_is_itself(dimension: Folded, value: str) -> None:
    found = meaning(dimension, value).value
    if found is not None and "%" not in value and "+" not in value:
        assert meaning(dimension, found).value == found


@given(st.text(st.characters(categories=["L", "N", "Zs"]), min_size=1, max_size=30))
def test_encoding_never_changes_what_is_meant(name: str) -> None:
    assert meaning("campaign", quote(name)).value == meaning("campaign", name).value

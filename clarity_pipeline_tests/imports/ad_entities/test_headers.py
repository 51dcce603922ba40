"""What the first line of a file says of its numbers: currency, unit, how days are joined. Ratios are refused with the way out."""

from datetime import UTC, datetime
from typing import Any

import pytest

from clarity_pipeline.imports.ad_entities.columns import COLUMNS, read_entities
from clarity_pipeline.imports.ad_entities.headers import Header, Said, read_header
from clarity_pipeline.imports.files.problems import FileRefused, Problems
from clarity_pipeline.imports.files.table import read_table
from clarity_pipeline.normalize.ad_columns import MONEY, RATIOS, AdColumn, is_ratio
from clarity_pipeline_tests.rules.markers.test_markers import business

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PLAIN = ("business", "date", "level", "id")


def header(*names: str, **said: Any) -> Header:
    problems = Problems("ads.csv")
    found = read_header([*PLAIN, *names], Said(**said), known=COLUMNS, problems=problems)
    problems.raise_them()
    return found


def refusal(*names: str, **said: Any) -> list[str]:
    with pytest.raises(FileRefused) as refused:
        header(*names, **said)
    return refused.value.lines()


def rows(header_line: str, *lines: str, said: Said | None = None, **settings: Any) -> list[dict[str, Any]]:
    text = "\n".join([header_line, *lines])
    table = read_table(text.encode(), source="ads.csv")
    of = business("acme").__class__(**{**_fields(), **settings})
    found: list[dict[str, Any]] = read_entities(
        table, businesses={"acme": of}, today=NOW.date(), loaded_at=NOW, said=said
    ).to_pylist()
    return found


def _fields() -> dict[str, Any]:
    plain = business("acme")
    return {name: getattr(plain, name) for name in plain.__slots__}


@pytest.mark.parametrize(
    ("written", "name", "column"),
    [
        ("spend (EUR)", "spend", AdColumn(unit=MONEY)),
        ("Amount spent (USD)", "amount_spent", AdColumn(unit=MONEY)),
        ("budget (last)", "budget", AdColumn("last")),
        ("Budget [last, EUR]", "budget", AdColumn("last", unit=MONEY)),
        ("frequency (mean by clicks)", "frequency", AdColumn("mean", weight="clicks")),
        ("avg position (average weighted by Clicks)", "avg_position", AdColumn("mean", weight="clicks")),
        ("watched (s)", "watched", AdColumn(unit="s")),
        ("leads (sum)", "leads", AdColumn()),
    ],
)
def test_brackets_say_unit_and_fold(written: str, name: str, column: AdColumn) -> None:
    found = header("clicks", written)
    assert found.names == (*PLAIN, "clicks", name)
    assert found.declared == {name: column}


def test_a_column_of_which_nothing_is_said_is_named_as_before() -> None:
    assert header("Add to carts", "spend", "Landing URL").names == (*PLAIN, "add_to_carts", "spend", "landing_url")
    assert header("Timezone", "Account currency").names == (*PLAIN, "time_zone", "currency")


@pytest.mark.parametrize("name", RATIOS)
def test_a_ready_ratio_is_refused_with_the_columns_to_deliver(name: str) -> None:
    ratio = RATIOS[name]
    for written in (name, name.upper(), f"{name} (%)", f"{name} (last)"):
        (only,) = refusal("clicks", written)
        assert only == (
            f"ads.csv: column {name} is a ratio, and its days would be added up; leave it out and import {ratio.of} and"
            f" {ratio.over}: entity.{name} is there by itself"
        )


@pytest.mark.parametrize(
    ("written", "ready"),
    [
        ("Cost per result", "cpa"),
        ("CPC (cost per link click)", "cpc"),
        ("CTR (link click-through rate)", "ctr"),
        ("CPM (cost per 1,000 impressions)", "cpm"),
        ("conversion_rate", "cvr"),
        ("Avg CPC", "cpc"),
        ("Purchase ROAS", "roas"),
    ],
)
def test_what_platforms_call_them_is_refused_with_the_ready_name(written: str, ready: str) -> None:
    (only,) = refusal(written)
    assert only.endswith(f": entity.{ready} is there by itself")


@pytest.mark.parametrize(
    "name", ["cost_per_lead", "average_position", "avg_watch_time", "bounce_rate", "video_average_play_time", "impression_share"]
)
def test_any_other_ratio_needs_to_say_how_its_days_are_joined(name: str) -> None:
    (only,) = refusal(name)
    assert only.startswith(f"ads.csv: column {name} is a ratio, and its days would be added up; ")
    assert f'"{name} (mean by impressions)" or "{name} (last)"' in only
    assert header("impressions", f"{name} (mean by impressions)").declared[name].fold == "mean"
    assert header(f"{name} (last)").declared[name] == AdColumn("last")
    assert header("impressions", name, columns={name: "mean by impressions"}).declared[name].weight == "impressions"


@pytest.mark.parametrize(
    "name",
    ["spend", "clicks", "leads", "shares", "meaning", "add_to_carts", "generated", "ratings", "percentile_views", "page_views"],
)
def test_ordinary_counts_are_no_ratios(name: str) -> None:
    assert not is_ratio(name)
    assert header(name).declared == {}


@pytest.mark.parametrize(
    ("names", "said", "words"),
    [
        (["spend (EUR)", "revenue (USD)"], {}, "has columns in EUR and USD; a line has one currency"),
        (["spend (EUR)"], {"currency": "USD"}, "has columns in EUR, and --currency says USD"),
        (["position (mean by clicks)"], {}, "column position is a mean by clicks, and there is no such column"),
        (["position (mean by position)"], {}, "column position is a mean by position, and there is no such column"),
        (["leads (all of them, really)"], {}, "column leads: what stands in brackets is not understood"),
        (["leads"], {"columns": {"budget": "last"}}, "has no column budget, of which --column says last"),
    ],
)
def test_what_cannot_be_meant_is_said(names: list[str], said: dict[str, Any], words: str) -> None:
    (only,) = refusal(*names, **said)
    assert only.startswith(f"ads.csv: {words}")


LINE = "acme,2026-11-20,ad,a1,80"


def test_a_row_is_in_the_currency_and_time_zone_that_were_said_nearest_to_it() -> None:
    told = Said(currency="USD", time_zone="Europe/Berlin")
    both = "business,date,level,id,spend,currency,time_zone"
    own, file = rows(both, f"{LINE},nzd,pacific/auckland", f"{LINE},,".replace("a1", "a2"), said=told)
    assert (own["currency"], own["time_zone"]) == ("NZD", "Pacific/Auckland")
    assert (file["currency"], file["time_zone"]) == ("USD", "Europe/Berlin")
    (header_says,) = rows("business,date,level,id,spend (EUR)", LINE, time_zone="Asia/Kolkata", currency="INR")
    assert (header_says["currency"], header_says["time_zone"]) == ("EUR", "Asia/Kolkata")
    (setting,) = rows("business,date,level,id,spend", LINE, time_zone="Asia/Kolkata", currency="INR")
    assert (setting["currency"], setting["time_zone"]) == ("INR", "Asia/Kolkata")
    (nobody,) = rows("business,date,level,id,spend", LINE)
    assert (nobody["currency"], nobody["time_zone"]) == (None, None)


def test_a_semicolon_file_as_excel_saves_it_is_read_alike() -> None:
    (row,) = rows(
        "sep=;\r\nBusiness;Date;Level;ID;Spend (EUR);Frequency (mean by Impressions);Impressions\r\n",
        "acme;2026-11-20;ad;a1;80;1.5;900",
    )
    assert (row["currency"], dict(zip(row["metric_names"], row["metric_values"], strict=True))) == (
        "EUR",
        {"spend": 80.0, "frequency": 1.5, "impressions": 900.0},
    )


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("EURO,", "column currency: is no currency; write its three letters"),
        ("€,", "column currency: is no currency; write its three letters, such as EUR or USD: EUR?"),
        (",Auckland", "column time_zone: is no time zone; did you mean Pacific/Auckland?"),
        (",GMT+13", "column time_zone: is no time zone; write it as Pacific/Auckland"),
        (",New York", "column time_zone: is no time zone; did you mean America/New_York?"),
    ],
)
def test_a_currency_or_time_zone_that_is_none_is_named_by_line(cells: str, said: str) -> None:
    with pytest.raises(FileRefused) as refused:
        rows("business,date,level,id,spend,currency,time_zone", f"{LINE},{cells}")
    assert refused.value.lines()[0].startswith(f"ads.csv: line 2, {said}")


def test_a_line_in_another_currency_than_the_header_is_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        rows("business,date,level,id,spend (EUR),currency", f"{LINE},USD")
    assert refused.value.lines() == [
        "ads.csv: line 2, column currency: is another currency than the header's EUR; a line has one currency"
    ]

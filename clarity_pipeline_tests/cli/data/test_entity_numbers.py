"""Ads from a file to a rule's answer, as a person does it: ratios, currencies, rounded ids, and days of another time zone."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.world import DAY, World

CASES = os.environ.get("CLARITY_CASES_DIR")
BEFORE, EARLIER = DAY.replace(day=DAY.day - 1), DAY.replace(day=DAY.day - 2)
HEADER = "business,date,level,id,spend,clicks,impressions,conversions"
NUMBERS = "40,50,2500,2"


@pytest.fixture
def acme(clarity: Clarity, world: World) -> Clarity:
    """Commands in a world with one business."""
    world.connect("acme")
    return clarity


def three_days(path: Path, *, header: str = HEADER, more: str = "", level: str = "campaign", entity_id: str = "c1") -> str:
    lines = [f"acme,{day},{level},{entity_id},{NUMBERS}{more}" for day in (EARLIER, BEFORE, DAY)]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return str(path)


def rules(path: Path, *leaves: str, scope: str = "campaign") -> str:
    texts = [f"- {{id: r{place}, name: Made up, scope: {scope}, when: {{{leaf}}}}}" for place, leaf in enumerate(leaves)]
    path.write_text("\n".join(["rules:", *texts]) + "\n", encoding="utf-8")
    return str(path)


def above(metric: str, value: float, days: int = 3) -> str:
    return f"threshold: {{metric: {metric}, operator: above, value: {value}, window_days: {days}}}"


def test_a_cost_of_20_on_three_days_reads_20_and_a_share_of_2_percent_reads_2_percent(acme: Clarity, tmp_path: Path) -> None:
    assert acme("entities", "import", three_days(tmp_path / "ads.csv"), "--currency", "eur").status == 0
    file = rules(tmp_path / "rules.yaml", above("entity.cpa", 15), above("entity.cpa", 50), above("entity.ctr", 0.01))
    said = acme("rules", "preview", "--file", file).out
    assert "entity.cpa 20.00 EUR (above 15.00 EUR)" in said
    assert "entity.ctr 2.0 % (above 1.0 %)" in said
    outcomes = {each["rule"]: each["outcome"] for each in acme("rules", "preview", "--file", file, "--json").document}
    assert outcomes == {"r0": "fired", "r1": "not", "r2": "fired"}
    (whole,) = acme(
        "rules", "preview", "--file", rules(tmp_path / "b.yaml", above("entity.cpa", 15), scope="business"), "--json"
    ).document
    assert (whole["evidence"][0]["value"], whole["evidence"][0]["ads"]["summed_over"]) == (20.0, "campaigns")


def test_a_platforms_own_ratio_is_refused_with_the_way_out_and_nothing_is_loaded(acme: Clarity, tmp_path: Path) -> None:
    ran = acme("entities", "import", three_days(tmp_path / "ads.csv", header=f"{HEADER},cpa,Frequency", more=",20,1.5"))
    assert ran.status == 2
    assert ran.err.splitlines() == [
        "error: ads.csv: column cpa is a ratio, and its days would be added up; leave it out and import spend and conversions:"
        " entity.cpa is there by itself",
        "error: ads.csv: column frequency is a ratio, and its days would be added up; leave it out and import what it is made"
        ' of, or say in the header how days are joined: "frequency (mean by impressions)" or "frequency (last)"',
        "error: 2 problems; nothing was loaded, mend the file and import it again",
    ]
    assert acme("entities", "list", "--json").document == []
    file = three_days(tmp_path / "ads.csv", header=f"{HEADER},frequency", more=",1.5")
    assert acme("entities", "import", file, "--column", "Frequency=mean by impressions").status == 0
    asked = rules(tmp_path / "rules.yaml", above("entity.frequency", 1))
    (found,) = acme("rules", "preview", "--file", asked, "--json").document
    assert found["evidence"][0]["value"] == 1.5


def test_two_currencies_in_one_window_are_unknown_and_the_reason_says_so(acme: Clarity, tmp_path: Path) -> None:
    acme("entities", "import", three_days(tmp_path / "a.csv"), "--currency", "EUR")
    acme("entities", "import", three_days(tmp_path / "b.csv", header=HEADER.replace("spend", "spend (USD)"), entity_id="c2"))
    file = rules(tmp_path / "rules.yaml", above("entity.spend", 1), above("entity.clicks", 1), scope="business")
    spend, clicks = sorted(acme("rules", "preview", "--file", file, "--json").document, key=lambda each: each["rule"])
    assert (spend["outcome"], clicks["outcome"]) == ("unknown", "fired")
    assert f"entity.spend is in EUR and USD from {EARLIER} to {DAY}" in spend["reason"]
    of_each = rules(tmp_path / "rules.yaml", above("entity.spend", 1))
    assert [each["outcome"] for each in acme("rules", "preview", "--file", of_each, "--json").document] == ["fired", "fired"]
    assert acme("entities", "list", "--json").document[0]["currencies"] == ["EUR", "USD"]


def test_the_business_can_say_what_rows_are_in_of_which_no_file_did(acme: Clarity, tmp_path: Path) -> None:
    acme("entities", "import", three_days(tmp_path / "a.csv"))
    acme("entities", "import", three_days(tmp_path / "b.csv", entity_id="c2"), "--currency", "EUR")
    file = rules(tmp_path / "rules.yaml", above("entity.spend", 1), scope="business")
    (unknown,) = acme("rules", "preview", "--file", file, "--json").document
    assert "`clarity-pipeline update SLUG --currency EUR` says what the others are in" in unknown["reason"]
    assert acme("update", "acme", "--currency", "EUR").status == 0
    assert "entity.spend 240.00 EUR (above 1.00 EUR)" in acme("rules", "preview", "--file", file).out
    assert acme("update", "acme", "--currency", "none").status == 0
    assert acme("rules", "preview", "--file", file, "--json").document[0]["outcome"] == "unknown"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--currency", "euro"], "--currency is no currency; write its three letters, such as EUR or USD"),
        (["--time-zone", "Aukland"], "--time-zone is no time zone; did you mean Pacific/Auckland?"),
        (["--column", "budget"], '--column is written as NAME=HOW: --column "frequency=mean by impressions"'),
    ],
)
def test_an_option_that_says_nothing_is_wrong_usage(acme: Clarity, tmp_path: Path, options: list[str], said: str) -> None:
    ran = acme("entities", "import", three_days(tmp_path / "ads.csv"), *options)
    assert ran.status == 2
    assert said in ran.err


def test_a_setting_that_cannot_be_is_refused_by_update(acme: Clarity) -> None:
    ran = acme("update", "acme", "--time-zone", "Aukland")
    assert (ran.status, ran.error) == (
        2,
        "A time zone of an ad account: what was given is no time zone; did you mean Pacific/Auckland?",
    )


JOINED = (
    "any: [{threshold: {metric: entity.spend, operator: above, value: 1, window_days: 1}},"
    " {threshold: {metric: clarity_dead_click_rate, operator: above, value: 0.2}}]"
)


@pytest.mark.parametrize(
    ("zone", "hours"), [("Pacific/Auckland", "12"), ("America/Los_Angeles", "7")], ids=["Auckland", "Los Angeles"]
)
def test_a_preview_says_by_how_much_days_of_another_time_zone_differ(
    acme: Clarity, tmp_path: Path, zone: str, hours: str
) -> None:
    """In May: New Zealand is 12 hours ahead of UTC then, California 7 behind; in November it is 13 and 8."""
    file = rules(tmp_path / "rules.yaml", JOINED, above("entity.spend", 1))
    said = f"r0 on acme c1: these dates differ by up to {hours} hours: entity.spend counts days of {zone}, Clarity those of UTC."
    acme("entities", "import", three_days(tmp_path / "ads.csv"))
    assert "these dates differ" not in acme("rules", "preview", "--file", file).out
    acme("update", "acme", "--time-zone", zone)  # by the business's setting, also for what is loaded
    assert acme("rules", "preview", "--file", file).out.splitlines()[-1] == said
    acme("update", "acme", "--time-zone", "none")
    acme("entities", "import", three_days(tmp_path / "ads.csv"), "--time-zone", zone.lower())  # by an option
    assert acme("rules", "preview", "--file", file).out.splitlines()[-1] == said
    acme("entities", "import", three_days(tmp_path / "ads.csv"), "--time-zone", "UTC")
    acme("entities", "import", three_days(tmp_path / "ads.csv", header=f"{HEADER},time_zone", more=f",{zone}"))  # by a column
    assert acme("rules", "preview", "--file", file).out.splitlines()[-1] == said


def test_a_preview_of_a_date_without_a_row_says_that(acme: Clarity, tmp_path: Path) -> None:
    acme("entities", "import", three_days(tmp_path / "ads.csv"))
    file = rules(tmp_path / "rules.yaml", above("entity.cpa", 15))
    ran = acme("rules", "preview", "--file", file, "--date", "2026-04-20")
    assert ran.out == (
        f"r0: nobody to ask: acme has no campaign with a row from 2026-04-14 to 2026-04-20; its rows are of {EARLIER} to {DAY}.\n"
    )
    as_json = acme("rules", "preview", "--file", file, "--date", "2026-04-20", "--json")
    assert (as_json.document, as_json.err) == ([], ran.out)
    of_ads = rules(tmp_path / "ads.yaml", above("entity.cpa", 15), scope="ad")
    assert acme("rules", "preview", "--file", of_ads).out == (
        "r0: nobody to ask: acme has no ad at all: `clarity-pipeline entities import` loads some.\n"
    )
    assert acme("rules", "preview", "--rule", "r0").status == 1  # not stored, so not known


TRUE_IDS = ("120211480001230456", "120211480001230457")


def test_rounded_ids_are_refused_with_the_cure_and_the_true_ones_stay(acme: Clarity, tmp_path: Path) -> None:
    for ad_id in TRUE_IDS:
        acme("entities", "import", three_days(tmp_path / f"{ad_id}.csv", level="ad", entity_id=ad_id))
    before = acme("entities", "list", "--json").document
    for rounded in ("1.20211E+17", "120211480001230000"):
        ran = acme("entities", "import", three_days(tmp_path / "rounded.csv", level="ad", entity_id=rounded))
        assert ran.status == 2
        first = ran.err.splitlines()[0]
        assert "a spreadsheet has rounded the ids: export again, read the column as text" in first
        assert all(ad_id in first for ad_id in TRUE_IDS)
    doubles = pa.table(
        {"business": ["acme"], "date": [DAY], "level": ["ad"], "id": pa.array([float(TRUE_IDS[0])]), "spend": [1.0]}
    )
    pq.write_table(doubles, tmp_path / "ads.parquet")
    ran = acme("entities", "import", str(tmp_path / "ads.parquet"))
    assert ran.err.startswith(
        "error: ads.parquet: column id is of floating-point numbers, which keep 15 digits: a spreadsheet has"
    )
    assert acme("entities", "list", "--json").document == before


def test_ids_that_only_look_rounded_are_loaded_with_a_warning_or_when_they_are_trusted(acme: Clarity, tmp_path: Path) -> None:
    ran = acme("entities", "import", three_days(tmp_path / "ads.csv", level="ad", entity_id="120211480001230000"))
    assert ran.status == 0
    assert ran.err.startswith("warning: ads.csv: 1 of 1 long ids end in zeros, as rounded ones do")
    acme("entities", "import", three_days(tmp_path / "true.csv", level="ad", entity_id=TRUE_IDS[0]))
    again = three_days(tmp_path / "ads.csv", level="ad", entity_id="120211480001230000")
    assert acme("entities", "import", again).status == 2
    trusted = acme("entities", "import", again, "--trust-ids", "--json")
    assert (trusted.status, trusted.err, "warnings" in trusted.document) == (0, "", False)


@pytest.mark.skipif(CASES is None, reason="CLARITY_CASES_DIR names no folder of cases")
def test_the_case_of_rounded_ids_is_refused_and_nothing_of_it_is_loaded(acme: Clarity, world: World) -> None:
    world.later(days=210)
    true, rounded = (str(Path(CASES or "") / f"q05-{kind}-ids.csv") for kind in ("true", "rounded"))
    assert acme("entities", "import", true).status == 0
    before = acme("entities", "list", "--json").document
    ran = acme("entities", "import", rounded)
    assert ran.status == 2
    assert ran.err.count("export again, read the column as text") == 3
    assert acme("entities", "list", "--json").document == before

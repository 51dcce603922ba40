import json
import tracemalloc
from traceback import format_exception
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.answer import parse
from clarity_pipeline.clarity.dimensions import DIMENSIONS, ROW_CAP, SLICES, TOTALS, Slice
from clarity_pipeline.clarity.errors import AnswerMalformed
from clarity_pipeline_tests.clarity.made_up import FRICTION, NINE, Seen, envelope, page, rows
from clarity_pipeline_tests.clarity.reading import ASKED, SECRET, SHOP, read, refusal


def no_dimension_set() -> list[dict[str, Any]]:
    sent = envelope(Seen(at={}, sessions=85, bots=34, users=120, events={"ScriptErrorCount": (13, 30)}))
    for metric in ("Browser", "Device", "OS", "Country", "PageTitle", "ReferrerUrl"):
        sent.append(
            {"metricName": metric, "information": [{"name": "Chrome", "sessionsCount": "78"}, {"name": None, "sessionsCount": 7}]}
        )
    sent.append({"metricName": "PopularPages", "information": [{"url": "https://shop.example/", "visitsCount": "42"}]})
    return sent


def test_each_metric_keeps_its_rows_with_their_tuples_and_numbers():
    sent = envelope(*SHOP)
    answer = read(sent)
    assert set(answer.groups) == set(NINE)
    assert answer.row_counts == {**dict.fromkeys(NINE, 2), "Traffic": 4}
    dead = answer.groups["DeadClickCount"]
    assert dead.rows == rows(sent, "DeadClickCount")
    assert dead.keys == [("https://shop.example/a?fbclid=1", "PC"), ("https://shop.example/b", "Mobile")]
    assert dead.numbers["subTotal"] == [40, 0]
    assert dead.numbers["sessionsWithMetricPercentage"] == [25.0, 0.0]
    assert answer.groups["ScrollDepth"].keys == dead.keys[::-1]
    assert (None, "PC") in answer.groups["Traffic"].keys
    assert answer.capped_metrics == answer.missing_metrics == answer.unknown == ()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"metrics": []},
        None,
        7,
        "text",
        [[]],
        ["Traffic"],
        [None],
        [{}],
        [{"metricName": "Traffic"}],
        [{"information": []}],
        [{"metricName": None, "information": []}],
        [{"metricName": 7, "information": []}],
        [{"MetricName": "Traffic", "Information": []}],
        [{"metricName": "Traffic", "information": None}],
        [{"metricName": "Traffic", "information": {}}],
        [{"metricName": "Traffic", "information": [None]}],
        [{"metricName": "Traffic", "information": [[]]}],
        [{"metricName": "Traffic", "information": ["row"]}],
        [{"metricName": "SomethingNew", "information": "none"}],
    ],
)
def test_what_is_not_the_array_of_metrics_is_refused(sent: object):
    assert refusal(sent)


@pytest.mark.parametrize(
    "bytes_", [b"", b"<html>", b"[] x", b"\xff", b"[NaN]", b'[{"metricName":"T","metricName":"T","information":[]}]']
)
def test_what_is_not_strict_json_is_refused(bytes_: bytes):
    with pytest.raises(AnswerMalformed) as refused:
        parse(bytes_, asked=ASKED)
    assert refused.value.reason == "answer_malformed"
    assert refused.value.http_status == 200


def test_a_day_without_visits_has_no_rows_and_is_an_answer():
    assert read([]).groups == {}
    assert sorted(read([]).missing_metrics) == sorted(NINE)
    assert read([{"metricName": metric, "information": []} for metric in NINE]).row_counts == dict.fromkeys(NINE, 0)


def test_a_requested_dimension_that_one_row_of_traffic_lacks_is_refused():
    sent = envelope(*SHOP)
    del rows(sent, "Traffic")[-1]["Device"]
    assert "rows of Traffic" in (said := refusal(sent))
    assert "without Device" in said


@pytest.mark.parametrize("value", [7, 1.5, True, [], {}, ["PC"]])
def test_a_dimension_value_of_traffic_that_is_neither_text_nor_null_is_refused(value: object):
    sent = envelope(*SHOP)
    rows(sent, "Traffic")[0]["Device"] = value
    assert "rows of Traffic" in refusal(sent)


@pytest.mark.parametrize("value", [None, "", "(not set)", "Android"])
def test_any_text_and_null_are_dimension_values(value: str | None):
    assert (None, value) in read(envelope(page(None, device=value))).groups["Traffic"].keys


def test_the_answer_to_no_dimension_is_refused_where_dimensions_were_asked():
    sent = no_dimension_set()
    assert "requested dimension" in refusal(sent)
    assert "requested dimension" in refusal(sent[9:])
    assert read(sent, asked=TOTALS)


@pytest.mark.parametrize("asked", [ASKED, TOTALS])
def test_the_answer_of_a_mobile_project_is_refused_whatever_was_asked(asked):
    taps = {"metricName": "DeadTapCount", "information": [{"sessionsCount": 40, "screensViews": 6, "subTotal": 9}]}
    with pytest.raises(AnswerMalformed, match="a mobile app's, it speaks of DeadTapCount"):
        read([taps], asked=asked)


def test_without_dimensions_all_sixteen_metrics_are_kept():
    answer = read(no_dimension_set(), asked=TOTALS)
    assert len(answer.groups) == 16
    assert answer.missing_metrics == answer.unknown == ()
    assert answer.groups["Traffic"].keys == [()]
    assert answer.groups["Browser"].numbers["sessionsCount"] == [78, 7]
    assert read(no_dimension_set()[:9], asked=TOTALS).missing_metrics[0] == "Browser"


def test_the_same_raw_tuple_twice_in_a_metric_is_accepted():
    answer = read(envelope(SHOP[0], SHOP[0]))
    assert answer.groups["Traffic"].keys == [("https://shop.example/a?fbclid=1", "PC")] * 2


def test_a_missing_metric_and_a_denominator_that_is_one_off_are_accepted():
    sent = [group for group in envelope(*SHOP) if group["metricName"] != "ScrollDepth"]
    rows(sent, "DeadClickCount")[0]["sessionsCount"] += 1
    assert read(sent).missing_metrics == ("ScrollDepth",)


@pytest.mark.parametrize(("count", "capped"), [(ROW_CAP - 1, ()), (ROW_CAP, NINE)])
def test_a_metric_with_a_thousand_rows_was_cut(count: int, capped: tuple[str, ...]):
    answer = read(envelope(*(page(f"https://shop.example/{number}") for number in range(count))))
    assert answer.capped_metrics == capped


def test_each_slice_reads_its_own_row_keys():
    for asked in SLICES.values():
        at = {dimension.row_key.upper(): f"some {dimension.name}" for dimension in asked.dimensions}
        answer = read(envelope(Seen(at=at)), asked=asked)
        assert answer.groups["Traffic"].keys == [tuple(f"some {name}" for name in asked.dimension_names)]
        assert answer.unknown == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(SECRET),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=5), children, max_size=4),
    max_leaves=12,
)
ROW_KEYS = (
    "Url",
    "URL",
    "Device",
    "sessionsCount",
    "subTotal",
    "totalSessionCount",
    "distantUserCount",
    "averageScrollDepth",
    "name",
)
ROW = st.dictionaries(st.sampled_from(ROW_KEYS), JSON, max_size=5)
GROUP = st.fixed_dictionaries(
    {"metricName": st.sampled_from((*NINE, "Scroll Depth", "Browser", "Other")), "information": st.lists(ROW, max_size=3)}
)


@settings(max_examples=150, deadline=None)
@given(
    sent=JSON | st.lists(GROUP | JSON, max_size=4),
    asked=st.sampled_from([ASKED, TOTALS, Slice("device", (DIMENSIONS["device"],))]),
)
def test_any_json_is_an_answer_or_one_line_without_a_value_of_the_wire(sent: object, asked: Slice):
    answer, refusal = None, None
    try:
        answer = read(sent, asked=asked)
    except AnswerMalformed as refused:
        refusal = refused
    if answer is not None:
        assert all(len(group.keys) in (0, len(group.rows)) for group in answer.groups.values())
        assert all(len(column) == len(group.rows) for group in answer.groups.values() for column in group.numbers.values())
        assert SECRET not in json.dumps(answer.unknown)
        assert SECRET not in str(answer.damage)
    else:
        assert "\n" not in str(refusal)
        assert len(str(refusal)) < 300
        assert SECRET not in "".join(format_exception(refusal))


def test_the_made_up_answers_are_in_several_orders_so_that_a_join_by_position_would_show():
    answer = read(envelope(*SHOP))
    assert len({tuple(answer.groups[metric].keys) for metric in (*FRICTION, "ScrollDepth")}) > 1


@pytest.mark.parametrize("piece", [b"[],", b'{"a":1},', b"1,"])
def test_millions_of_tiny_values_are_refused_before_anything_is_built_of_them(piece: bytes) -> None:
    """32 MiB of them took 3.4 GB of memory and half a minute before they were refused for their shape."""
    body = b"[" + piece * 1_000_000 + b"0]"
    tracemalloc.start()
    try:
        with pytest.raises(AnswerMalformed, match="more than 500,000 values"):
            parse(body, asked=SLICES["url_device"])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 3 * len(body)

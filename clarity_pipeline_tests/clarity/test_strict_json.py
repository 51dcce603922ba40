import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline.clarity.strict_json import DEEPEST, Beyond64, JsonRefused, decode

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e18, 1e18) | TEXT,
    lambda children: st.lists(children) | st.dictionaries(TEXT, children),
)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n",
        b"\xef\xbb\xbf",
        b"<html><body>Service unavailable</body></html>",
        b"[",
        b'["cut',
        b"[1,]",
        b"[]]",
        b"[] []",
        b'[]{"a":1}',
        b"\xff\xfe[\x00]\x00",
        b'["\xff"]',
        b'["\xed\xa0\x80"]',
        b"[NaN]",
        b"[Infinity]",
        b"[-Infinity]",
        b'[{"a":1,"a":1}]',
        b'[{"a":1,"b":{"c":1,"c":2}}]',
        b'["a\nb"]',
        b"[01]",
        nested(DEEPEST + 1),
        nested(100_000),
        b'{"a":' * (DEEPEST + 1) + b"1" + b"}" * (DEEPEST + 1),
    ],
)
def test_what_is_not_one_strict_json_value_is_refused(body: bytes):
    with pytest.raises(JsonRefused):
        decode(body)


@pytest.mark.parametrize("lax", [b"[NaN]", b"[Infinity]", b'[{"a":1,"a":2}]', b"\xff\xfe[\x00]\x00"])
def test_the_standard_parser_would_let_pass_what_is_refused(lax: bytes):
    json.loads(lax)
    with pytest.raises(JsonRefused):
        decode(lax)


@pytest.mark.parametrize("digits", ["1e999", "-1e400", "1e19", "9223372036854775808", "-9223372036854775809", "9" * 5000])
def test_a_number_that_no_column_holds_costs_its_place_alone(digits: str):
    (found, beside) = decode(f"[{digits}, 1]".encode())
    assert isinstance(found, Beyond64)
    assert (digits.startswith(found), beside) == (True, 1)


@pytest.mark.parametrize(
    ("body", "is_json"),
    [
        (b"", False),
        (b"<html>blocked</html>", False),
        (b'[{"metricName": "Traffic"', False),
        (b'[{"metricName": "Traf', False),
        (b"[{metricName: Traffic}]", True),
        (b"[NaN]", True),
        (b"[] []", True),
    ],
)
def test_a_refusal_says_whether_another_reader_could_make_something_of_it(body: bytes, is_json: bool):
    with pytest.raises(JsonRefused) as refused:
        decode(body)
    assert refused.value.is_json is is_json


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b" [1, 2.50, -3e2] \n", [1, 2.5, -300.0]),
        (b"\xef\xbb\xbf[]", []),
        (b"[9223372036854775807, -9223372036854775808]", [2**63 - 1, -(2**63)]),
        ('["é", "\\ud83d\\ude00"]'.encode(), ["é", "😀"]),
        (b'["\\\\u0000"]', ["\\u0000"]),
    ],
)
def test_what_is_json_comes_back_as_it_is(body: bytes, value: object):
    assert decode(body) == value


def test_nesting_is_accepted_up_to_the_limit():
    assert decode(nested(DEEPEST))


def test_what_no_database_stores_is_replaced_and_costs_nobody_a_day():
    assert decode(b'[{"a\\u0000": ["x\\ud83dy", "\\udc00\\u0000"]}, "\\ud83d\\ude00"]') == [
        {"a\ufffd": ["x\ufffdy", "\ufffd\ufffd"]},
        "😀",
    ]


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_whatever_json_can_say_survives(value: object):
    assert decode(json.dumps(value).encode()) == value
    assert decode(json.dumps(value, ensure_ascii=False).encode()) == value


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_refused(body: bytes):
    try:
        decode(body)
        refusal = ""
    except JsonRefused as refused:
        refusal = str(refused)
    assert "\n" not in refusal

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clarity_pipeline_tests.clarity.made_up import Seen, envelope, rows
from clarity_pipeline_tests.normalize.lanes import loaded
from clarity_pipeline_tests.normalize.sent import EVENTS, seen


@settings(max_examples=120, deadline=None)
@given(st.lists(seen(), max_size=12), st.booleans())
def test_sums_are_conserved_from_the_wire_to_the_rows_and_their_payloads(sent_tuples: list[Seen], as_strings: bool):
    sent = envelope(*sent_tuples, as_strings=as_strings)
    found = loaded(sent)
    payloads = [json.loads(row["raw_payload"]) for row in found]

    def sent_sum(metric: str, field: str) -> int:
        return sum(int(row[field]) for row in rows(sent, metric))

    def kept_sum(metric: str, field: str) -> int:
        return sum(int(row[field]) for payload in payloads for row in payload.get(metric, []))

    def loaded_sum(column: str) -> int:
        return sum(row[column] for row in found)

    fields = [(column, metric, "subTotal") for metric, (column, _) in EVENTS.items()]
    fields += [("sessions", "Traffic", "totalSessionCount"), ("bot_sessions", "Traffic", "totalBotSessionCount")]
    fields += [("distinct_users", "Traffic", "distinctUserCount")]
    for column, metric, field in fields:
        assert loaded_sum(column) == sent_sum(metric, field) == kept_sum(metric, field)
    for metric, (_, affected) in EVENTS.items():
        assert loaded_sum(affected) == sum(each.events.get(metric, (0, 0))[0] for each in sent_tuples if each.sessions)

    assert loaded_sum("rows_merged") == len(sent_tuples)
    assert len({row["dimension_hash"] for row in found}) == len(found) == len({(row["url"], row["device"]) for row in found})
    for column in ("pages_per_session", "scroll_depth"):
        weighed = sum(row[column] * row["sessions"] for row in found if row[column] is not None)
        attribute = "pages" if column == "pages_per_session" else "scroll"
        if column == "pages_per_session" or len({tuple(each.at.values()) for each in sent_tuples}) == len(sent_tuples):
            assert weighed == pytest.approx(sum(getattr(each, attribute) * each.sessions for each in sent_tuples), rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(st.lists(seen(), max_size=8), st.randoms())
def test_the_order_of_what_is_sent_changes_no_row(sent_tuples: list[Seen], random: Any):
    sent = envelope(*sent_tuples)
    expected = {row["dimension_hash"]: row for row in loaded(sent)}
    for group in sent:
        random.shuffle(group["information"])
    random.shuffle(sent)
    for row in loaded(sent):
        for name, value in expected[row["dimension_hash"]].items():
            if name != "raw_payload":
                assert row[name] == (pytest.approx(value) if name in ("pages_per_session", "scroll_depth") else value), name

import gzip
import json
import math
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from clarity_pipeline.settings.settings import LIVE_INSIGHTS_PATH
from clarity_pipeline.simulator import faults
from clarity_pipeline.simulator.faults import FAULTS, Fault
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline_tests.simulator.conftest import MID, SMALL, Caller, MovingClock, running


def ordinary(ask: Caller) -> bytes:
    return ask.fake.answer(SMALL, dimensions=["URL", "Device"], at=ask.clock.now)


def take(ask: Caller, fault: Fault) -> requests.Response:
    ask.fake.script(SMALL, fault)
    return ask(SMALL, dimension1="URL", dimension2="Device")


def raw_request(ask: Caller) -> socket.socket:
    """A request on a bare socket, where what comes back can be watched byte by byte."""
    connection = socket.create_connection(("127.0.0.1", int(ask.fake.base_url.rpartition(":")[2])), timeout=1)
    request = f"GET {LIVE_INSIGHTS_PATH}?numOfDays=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ask.fake.token(SMALL)}\r\n\r\n"
    connection.sendall(request.encode())
    return connection


def test_each_call_takes_one_fault_and_none_behaves(ask: Caller):
    ask.fake.script(SMALL, None, faults.SERVER_ERROR, faults.literal(403))
    ask.fake.script(SMALL, faults.QUOTA_SPENT)
    assert [ask(SMALL).status_code for _ in range(5)] == [200, 500, 403, 429, 200]
    assert ask(MID).status_code == 200


def test_a_scripted_fault_spends_a_call_of_the_day(ask: Caller):
    ask.fake.script(SMALL, *[faults.SERVICE_UNAVAILABLE] * 9)
    assert [ask(SMALL).status_code for _ in range(11)] == [503] * 9 + [200, 429]


@pytest.mark.parametrize(
    ("name", "status"), [("server_error", 500), ("service_unavailable", 503), ("quota_spent", 429), ("forbidden", 403)]
)
def test_a_refusal_has_no_body(ask: Caller, name: str, status: int):
    response = take(ask, FAULTS[name])
    assert (response.status_code, response.content) == (status, b"")


def test_a_redirect_leads_elsewhere(ask: Caller):
    response = take(ask, faults.redirect("http://198.51.100.1/steal"))
    assert (response.status_code, response.headers["Location"]) == (302, "http://198.51.100.1/steal")


def test_a_literal_answer_is_sent_as_it_is(ask: Caller):
    response = take(ask, faults.literal(418, headers=(("X-Pot", "tea"),), body=b"\x00\xff"))
    assert (response.status_code, response.headers["X-Pot"], response.content) == (418, "tea", b"\x00\xff")


def test_no_answer_lasts_until_the_client_gives_up(ask: Caller):
    with pytest.raises(requests.ReadTimeout):
        take(ask, faults.NO_ANSWER)
    assert ask.fake.calls()[-1].status is None


@pytest.mark.parametrize("fault", [faults.DRIP_BODY, faults.DRIP_HEADERS])
def test_a_drip_beats_a_time_out_between_bytes(ask: Caller, fault: Fault):
    ask.fake.script(SMALL, fault)
    started, got = time.monotonic(), b""
    with raw_request(ask) as connection:
        while time.monotonic() - started < 1.6:
            got += connection.recv(65536)
    slow = got if fault is faults.DRIP_HEADERS else got.partition(b"\r\n\r\n")[2]
    assert 4 <= len(slow) <= 9


def test_a_cut_body_is_shorter_than_promised(ask: Caller):
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        take(ask, faults.CUT_BODY)


def test_a_reset_is_a_reset(ask: Caller):
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        take(ask, faults.RESET)


def test_huge_bodies_hold_more_than_32_mib_of_valid_json(ask: Caller):
    huge, bomb = take(ask, faults.HUGE_BODY), take(ask, faults.GZIP_BOMB)
    assert len(huge.content) == len(bomb.content) > 32 * 1024 * 1024
    assert int(bomb.headers["Content-Length"]) < 200_000
    assert huge.content.lstrip() == bomb.content.lstrip() == ordinary(ask)


def test_a_packed_answer_is_the_ordinary_one(ask: Caller):
    response = take(ask, faults.GZIPPED)
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.content == ordinary(ask) == gzip.decompress(faults.GZIPPED.change(ordinary(ask)))


def no_constant(text: str) -> float:
    raise ValueError(text)


def no_double(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("key twice")
    return dict(pairs)


def strict(body: bytes) -> Any:
    return json.loads(body.decode(), parse_constant=no_constant, object_pairs_hook=no_double)


@pytest.mark.parametrize(
    "name", ["html", "not_json", "empty_body", "nan", "infinity", "duplicate_keys", "invalid_utf8", "trailing_bytes"]
)
def test_a_strict_parser_refuses_what_is_no_strict_json(ask: Caller, name: str):
    strict(ordinary(ask))
    response = take(ask, FAULTS[name])
    assert response.status_code == 200
    with pytest.raises(ValueError):  # noqa: PT011 - each fault has its own message
        strict(response.content)


def first_row(body: bytes) -> dict[str, Any]:
    return json.loads(body)[0]["information"][0]


WRONG: dict[str, Callable[[bytes], bool]] = {
    "object_envelope": lambda body: isinstance(json.loads(body), dict),
    "negative_count": lambda body: first_row(body)["sessionsCount"] == -1,
    "word_for_count": lambda body: first_row(body)["sessionsCount"] == "many",
    "beyond_64_bits": lambda body: first_row(body)["sessionsCount"] == 2**64,
    "nan": lambda body: math.isnan(first_row(body)["sessionsWithMetricPercentage"]),
    "infinity": lambda body: math.isinf(first_row(body)["sessionsWithMetricPercentage"]),
    "deep_nesting": lambda body: body.startswith(b"[" * 1000),
    "duplicate_keys": lambda body: body.count(b'"metricName"') == 10,
    "missing_dimension": lambda body: not any({"Url", "Device"} & set(r) for m in json.loads(body) for r in m["information"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_shape_is_wrong_in_just_that_way(ask: Caller, name: str):
    assert name == "deep_nesting" or not WRONG[name](ordinary(ask))
    assert WRONG[name](take(ask, FAULTS[name]).content)


def test_shapes_are_made_even_where_nobody_came(ask: Caller):
    for fault in FAULTS.values():
        fault.change(ask.fake.answer("deserted1", dimensions=["URL"], at=ask.clock.now))


def test_every_fault_is_in_the_table():
    assert {id(value) for value in vars(faults).values() if isinstance(value, Fault)} == {id(value) for value in FAULTS.values()}


@pytest.mark.parametrize("name", ["no_answer", "drip_body", "drip_headers", "huge_body"])
def test_a_sleeping_fault_blocks_no_other_call_and_ends_with_the_server(name: str):
    with running() as ask:
        ask.fake.script(SMALL, FAULTS[name])
        stuck = raw_request(ask)
        while not ask.fake.calls(SMALL):
            time.sleep(0.01)
        assert ask(MID).status_code == 200
        assert ask(SMALL).status_code == 200
        closing = time.monotonic()
    assert time.monotonic() - closing < 1
    stuck.close()


def test_a_server_that_closes_leaves_no_connection_open():
    fake = FakeClarity([small()], clock=MovingClock())
    fake.start()
    with socket.create_connection(("127.0.0.1", int(fake.base_url.rpartition(":")[2])), timeout=2) as idle:
        idle.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(4096)
        fake.close()
        assert idle.recv(4096) == b""

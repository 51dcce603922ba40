import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

import pytest
import requests

from clarity_pipeline.clarity.dimensions import SLICES
from clarity_pipeline.clarity.token import Token, read_claims
from clarity_pipeline.settings.settings import LIVE_INSIGHTS_PATH
from clarity_pipeline.simulator.faults import SERVER_ERROR
from clarity_pipeline.simulator.listener import PortTaken
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity, serve
from clarity_pipeline.simulator.tokens import mint
from clarity_pipeline_tests.simulator.conftest import MID, SMALL, Caller, MovingClock

Served = Callable[..., AbstractContextManager[Caller]]


def test_an_answer_over_the_socket_is_the_answer_outside_it(ask: Caller):
    lane = SLICES["url_campaign_channel"]
    response = ask(MID, **lane.parameters, numOfDays="2")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert response.headers["Date"] == "Tue, 10 Nov 2026 00:05:00 GMT"
    assert response.content == ask.fake.answer(MID, dimensions=list(lane.parameters.values()), num_of_days=2, at=ask.clock.now)
    assert response.content != ask.fake.answer(MID, dimensions=list(lane.parameters.values()), at=ask.clock.now)


def test_each_request_asks_the_clock_anew(ask: Caller):
    first = ask().json()
    ask.clock.now += timedelta(days=1)
    assert ask().json() != first
    assert [call.at for call in ask.fake.calls()] == [ask.clock.now - timedelta(days=1), ask.clock.now]


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("", 401),
        ("Basic dXNlcjpwYXNz", 401),
        ("Bearer", 401),
        ("Bearer " + mint("nobody", seed=7), 401),
        ("Bearer 0123456789abcdef0123456789abcdef", 403),
        ("Bearer eyJhbGciOiJub25lIn0.e30.x", 403),
    ],
)
def test_without_a_known_token_there_is_an_empty_refusal_that_costs_nobody_a_call(
    ask: Caller, authorization: str | None, status: int
):
    headers = {} if authorization is None else {"Authorization": authorization}
    response = ask.session.get(ask.fake.base_url + LIVE_INSIGHTS_PATH, params={"numOfDays": "1"}, headers=headers, timeout=2)
    assert (response.status_code, response.content) == (status, b"")
    assert [(call.project_id, call.status) for call in ask.fake.calls()] == [(None, status)]
    assert [ask().status_code for _ in range(11)] == [200] * 10 + [429]


@pytest.mark.parametrize("status", [401, 403])
def test_a_revoked_token_is_refused_and_a_new_one_works(ask: Caller, status: Any):
    old = ask.fake.token(SMALL)
    ask.fake.revoke(SMALL, status=status)
    response = ask(SMALL)
    assert (response.status_code, response.content) == (status, b"")
    assert ask(MID).status_code == 200
    new = ask.fake.reissue(SMALL)
    assert new == ask.fake.token(SMALL) != old
    assert ask(SMALL).status_code == 200
    assert ask(SMALL, token=old).status_code == status


def test_a_token_stops_working_at_its_expiry(served: Served):
    expiry = datetime(2026, 11, 10, 12, tzinfo=UTC)
    with served(sites=[replace(small(), token_expires_at=expiry)]) as ask:
        assert read_claims(Token.parse(ask.fake.token(SMALL))).expires_at == expiry
        assert ask().status_code == 200
        ask.clock.now = expiry
        assert ask().status_code == 401


@pytest.mark.parametrize("num_of_days", ["0", "4", "30", "-1", "1.0", "one", "", "1 "])
def test_a_wrong_number_of_days_is_an_empty_400_that_spends_a_call(ask: Caller, num_of_days: str):
    response = ask(numOfDays=num_of_days)
    assert (response.status_code, response.content) == (400, b"")
    assert [ask().status_code for _ in range(10)] == [200] * 9 + [429]


def test_a_request_without_days_is_a_400(ask: Caller):
    headers = {"Authorization": f"Bearer {ask.fake.token(SMALL)}"}
    assert ask.session.get(ask.fake.base_url + LIVE_INSIGHTS_PATH, headers=headers, timeout=2).status_code == 400


def test_the_eleventh_call_of_a_projects_utc_day_is_429_until_midnight_of_its_own_clock(ask: Caller):
    ask.clock.now = datetime(2026, 11, 10, 23, 59, 59, tzinfo=UTC)
    assert [ask(SMALL).status_code for _ in range(12)] == [200] * 10 + [429] * 2
    assert ask(MID).status_code == 200, "each project has its own ten"
    assert ask(SMALL, token=ask.fake.reissue(SMALL)).status_code == 429, "a further token brings no further calls"
    ask.clock.now += timedelta(seconds=1)
    assert ask(SMALL).status_code == 200


def test_someone_else_may_have_spent_the_day(ask: Caller):
    ask.fake.spend_day(SMALL)
    response = ask(SMALL)
    assert (response.status_code, response.content) == (429, b"")
    assert ask(MID).status_code == 200
    ask.clock.now += timedelta(days=1)
    assert ask(SMALL).status_code == 200


def test_someone_else_may_have_left_a_few_calls_of_the_day(ask: Caller):
    ask.fake.spend_day(SMALL, left=3)
    assert [ask(SMALL).status_code for _ in range(4)] == [200] * 3 + [429]


def test_an_outage_lasts_from_its_start_until_its_end_and_hits_one_project(ask: Caller):
    start = ask.clock.now + timedelta(minutes=10)
    ask.fake.outage(SMALL, start, start + timedelta(hours=1))
    seen = []
    for ask.clock.now in (start - timedelta(seconds=1), start, start + timedelta(minutes=59), start + timedelta(hours=1)):
        seen.append((ask(SMALL).status_code, ask(MID).status_code))
    assert seen == [(200, 200), (500, 200), (500, 200), (200, 200)]


def test_ten_calls_at_once_are_counted_exactly(ask: Caller):
    def call(_: int) -> int:
        with requests.Session() as session:
            session.trust_env = False
            return replace(ask, session=session)(SMALL).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(call, range(24)))
    assert statuses == [200] * 10 + [429] * 14


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_only_get_is_allowed(ask: Caller, method: str):
    assert ask(method=method).status_code == 405
    assert ask().status_code == 200


def test_another_address_is_not_found(ask: Caller):
    assert ask.session.get(ask.fake.base_url + "/export-data/api/v1/", timeout=2).status_code == 404


def test_calls_are_recorded_with_their_parameters_and_without_their_token(ask: Caller):
    ask.fake.script(SMALL, SERVER_ERROR)
    ask(SMALL, dimension1="URL")
    ask(MID)
    assert [(call.project_id, dict(call.params), call.status) for call in ask.fake.calls()] == [
        (SMALL, {"numOfDays": "1", "dimension1": "URL"}, 500),
        (MID, {"numOfDays": "1"}, 200),
    ]
    assert [call.project_id for call in ask.fake.calls(MID)] == [MID]
    assert ask.fake.token(SMALL) not in repr(ask.fake.calls())


def test_the_site_s_type_of_counts_beats_the_server_s(served: Served):
    with served(sites=[small(), replace(small(), project_id="other12345", counts_as="numbers")], counts_as="strings") as ask:
        assert isinstance(ask(SMALL).json()[0]["information"][0]["sessionsCount"], str)
        assert isinstance(ask("other12345").json()[0]["information"][0]["sessionsCount"], int)


def test_a_day_without_visits_is_an_ordinary_answer(ask: Caller):
    metrics = ask("deserted1", dimension1="URL").json()
    assert [metric["information"] for metric in metrics] == [[]] * 9


def test_one_connection_serves_many_requests(ask: Caller):
    with socket.create_connection(("127.0.0.1", int(ask.fake.base_url.rpartition(":")[2])), timeout=2) as connection:
        for _ in range(3):
            connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(4096).startswith(b"HTTP/1.1 404 ")


def test_nothing_is_printed_not_even_for_garbage_or_a_client_that_hangs_up(capfd: pytest.CaptureFixture[str], served: Served):
    with served() as ask:
        ask()
        ask(token="rubbish")
        address = ("127.0.0.1", int(ask.fake.base_url.rpartition(":")[2]))
        for garbage in (
            b"\x16\x03\x01 garbage\r\n\r\n",
            b"GET",
            b"BREW /pot HTTP/1.1\r\n\r\n",
            b"GET //[x?%ff HTTP/1.1\r\nContent-Length: -x\r\n\r\n",
        ):
            with socket.create_connection(address, timeout=2) as connection:
                connection.sendall(garbage)
        assert ask().status_code == 200
    assert capfd.readouterr() == ("", "")


def test_a_clock_that_breaks_is_told_on_close_and_not_taken_for_an_outage():
    def broken() -> datetime:
        raise ZeroDivisionError

    fake = FakeClarity([small()], clock=broken)
    fake.start()
    with pytest.raises(requests.ConnectionError):
        requests.get(fake.base_url + LIVE_INSIGHTS_PATH, timeout=2, proxies={"http": ""})
    with pytest.raises(RuntimeError, match="fake Clarity itself") as caught:
        fake.close()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_a_taken_port_is_named(ask: Caller):
    port = int(ask.fake.base_url.rpartition(":")[2])
    with pytest.raises(PortTaken, match=str(port)):
        FakeClarity([small()], clock=MovingClock(), port=port).start()


def test_an_address_exists_only_while_it_runs():
    fake = FakeClarity([small()], clock=MovingClock())
    with pytest.raises(RuntimeError, match="start"):
        _ = fake.base_url
    fake.close()


def test_serve_blocks_until_it_is_stopped():
    stop, started = Event(), Event()
    fake = FakeClarity([small()], clock=MovingClock())
    thread = Thread(target=serve, args=(fake,), kwargs={"started": lambda _: started.set(), "stop": stop})
    thread.start()
    assert started.wait(2)
    assert fake.base_url.startswith("http://127.0.0.1:")
    stop.set()
    thread.join(2)
    assert not thread.is_alive()


def test_the_truth_can_be_asked_for_outside_http(ask: Caller):
    ask.clock.now = datetime(2026, 11, 10, tzinfo=UTC)
    traffic = ask(MID).json()[7]["information"][0]
    assert ask.fake.truth(MID, ask.clock.now.date() - timedelta(days=1)).total.sessions == traffic["totalSessionCount"]

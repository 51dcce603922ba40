"""One call over a real socket: what comes back as bytes, what as which error, and how long it may take."""

import time
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from clarity_pipeline.clarity.client import DECODED_CAP_BYTES, HttpTransport
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, TOTALS
from clarity_pipeline.clarity.errors import (
    AnswerMalformed,
    BadRequest,
    ClarityError,
    QuotaSpent,
    Redirected,
    TokenRejected,
    Unavailable,
)
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.settings.settings import LIVE_INSIGHTS_PATH
from clarity_pipeline.simulator import faults
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity

NOW = datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
PROJECT = small().project_id
URL_DEVICE = DAILY_SLICES["url_device"]


@pytest.fixture
def fake() -> Iterator[FakeClarity]:
    with FakeClarity([small()], clock=lambda: NOW) as running:
        yield running


def fetch(fake: FakeClarity, *, deadline: float = 5.0, days: int = 1) -> bytes:
    transport = HttpTransport(fake.base_url + LIVE_INSIGHTS_PATH)
    return transport.fetch(URL_DEVICE, token=Token.parse(fake.token(PROJECT)), num_of_days=days, deadline_seconds=deadline).body


def test_an_answer_comes_as_the_very_bytes_that_were_sent(fake: FakeClarity) -> None:
    assert fetch(fake) == fake.answer(PROJECT, dimensions=("URL", "Device"), at=NOW)


def test_the_question_is_spelt_as_the_wire_wants_it(fake: FakeClarity) -> None:
    transport = HttpTransport(fake.base_url + LIVE_INSIGHTS_PATH)
    token = Token.parse(fake.token(PROJECT))
    for asked in (*DAILY_SLICES.values(), TOTALS):
        transport.fetch(asked, token=token, num_of_days=2, deadline_seconds=5)
    assert [dict(call.params) for call in fake.calls()] == [
        {"numOfDays": "2", "dimension1": "URL", "dimension2": "Device"},
        {"numOfDays": "2", "dimension1": "URL", "dimension2": "Source"},
        {"numOfDays": "2", "dimension1": "URL", "dimension2": "Country"},
        {"numOfDays": "2", "dimension1": "URL", "dimension2": "Campaign", "dimension3": "Channel"},
        {"numOfDays": "2"},
    ]


def test_a_packed_answer_is_unpacked(fake: FakeClarity) -> None:
    fake.script(PROJECT, faults.GZIPPED)
    assert fetch(fake) == fake.answer(PROJECT, dimensions=("URL", "Device"), at=NOW)


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        (faults.literal(401), TokenRejected, 401),
        (faults.FORBIDDEN, TokenRejected, 403),
        (faults.QUOTA_SPENT, QuotaSpent, 429),
        (faults.literal(400), BadRequest, 400),
        (faults.literal(404), BadRequest, 404),
        (faults.SERVER_ERROR, Unavailable, 500),
        (faults.SERVICE_UNAVAILABLE, Unavailable, 503),
        (faults.literal(408), Unavailable, 408),
        (faults.literal(204), AnswerMalformed, 204),
        (faults.redirect("http://127.0.0.1:9/elsewhere"), Redirected, 302),
        (faults.CUT_BODY, Unavailable, None),
        (faults.RESET, Unavailable, None),
        (faults.HUGE_BODY, AnswerMalformed, 200),
        (faults.GZIP_BOMB, AnswerMalformed, 200),
        (faults.literal(200, headers=(("Content-Encoding", "gzip"),), body=b"no gzip at all"), AnswerMalformed, 200),
    ],
)
def test_what_is_no_answer_is_one_error_of_the_tree(
    fake: FakeClarity, fault: faults.Fault, error: type[ClarityError], status: int | None
) -> None:
    fake.script(PROJECT, fault)
    with pytest.raises(error) as caught:
        fetch(fake)
    assert caught.value.http_status == status
    assert getattr(caught.value, "sent", True)
    assert len(fake.calls()) == 1, "a client that retries or follows a redirect spends calls by itself"


@pytest.mark.parametrize("fault", [faults.NO_ANSWER, faults.DRIP_BODY, faults.DRIP_HEADERS])
def test_a_call_ends_at_its_deadline_however_bytes_trickle_in(fake: FakeClarity, fault: faults.Fault) -> None:
    fake.script(PROJECT, fault)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="deadline") as caught:
        fetch(fake, deadline=1.0)
    assert time.monotonic() - started < 1.8
    assert caught.value.sent


def test_a_plain_time_out_would_let_a_drip_through(fake: FakeClarity) -> None:
    """The naive version of the deadline: a socket time-out is rearmed by each byte."""
    import requests

    fake.script(PROJECT, faults.DRIP_BODY)
    url = fake.base_url + LIVE_INSIGHTS_PATH
    started = time.monotonic()
    with requests.get(url, headers={"Authorization": f"Bearer {fake.token(PROJECT)}"}, timeout=0.5, stream=True) as response:
        received = sum(len(response.raw.read(1)) for _ in range(6))
    assert received == 6
    assert time.monotonic() - started > 1.0


def test_a_refused_connection_and_an_unknown_name_provably_never_left() -> None:
    for url in ("http://127.0.0.1:9/x", "http://no-such-host.invalid/x"):
        with pytest.raises(Unavailable) as caught:
            HttpTransport(url).fetch(TOTALS, token=Token("x" * 30), num_of_days=1, deadline_seconds=3)
        assert not caught.value.sent


def test_proxies_of_the_environment_are_not_used(fake: FakeClarity, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(fake)


@pytest.mark.parametrize("fault", [faults.literal(401), faults.SERVER_ERROR, faults.RESET, faults.CUT_BODY, faults.NO_ANSWER])
def test_no_error_holds_the_token_anywhere_in_its_chain(fake: FakeClarity, fault: faults.Fault) -> None:
    fake.script(PROJECT, fault)
    with pytest.raises(ClarityError) as caught:
        fetch(fake, deadline=0.5)
    shown = "".join(traceback.format_exception(caught.value, chain=True)) + repr(caught.value)
    assert fake.token(PROJECT) not in shown
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_the_cap_leaves_room_for_the_largest_honest_answer() -> None:
    metrics, rows, url_characters, fields = 9, 1000, 800, 200
    assert metrics * rows * (url_characters + fields) < DECODED_CAP_BYTES


def test_the_fake_listens_on_loopback_only(fake: FakeClarity) -> None:
    assert urlsplit(fake.base_url).hostname == "127.0.0.1"

"""Channels in the browser and through the API: over a receiver on a real socket; what is secret never comes back."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from clarity_pipeline.alerts.channels.kinds import KINDS, meaning
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.panel.views.channel_words import in_browser
from clarity_pipeline.state.schema.messages import outbox
from clarity_pipeline_tests.alerts.made_up import rows, run
from clarity_pipeline_tests.alerts.receiver import Receiver, receiving
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor, running
from clarity_pipeline_tests.world import World

API = "/api/v1/channels"
CANARY = "c4nary-in-a-path-that-is-long-enough"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def hooked(world: World) -> Iterator[RunningPanel]:
    """A panel that may post to this machine."""
    with running(replace(world.settings, webhook_allow=frozenset({"127.0.0.1"})), clock=lambda: world.now) as found:
        found.user("max@agency.example")
        found.user("cleo@acme.example", role="client", businesses=("acme",))
        yield found


@pytest.fixture
def max_(hooked: RunningPanel) -> Visitor:
    return hooked.visitor("max@agency.example")


def add(max_: Visitor, receiver: Receiver, channel: str = "ops", **more: str) -> None:
    fields = {"channel_id": channel, "f_url": f"{receiver.url}/{CANARY}", "which": "all", **more}
    assert max_.post("/new-channel/slack", **fields).headers["Location"] == f"/channels/{channel}"


def test_a_channel_is_added_tested_paused_resumed_and_removed(hooked: RunningPanel, receiver: Receiver, max_: Visitor) -> None:
    assert "Nobody is told yet" in max_.get("/channels").text
    add(max_, receiver)
    assert max_.post("/channels/ops/test").headers["Location"] == "/channels/ops"
    assert (len(receiver.bodies), "took the test message" in max_.get("/channels/ops").text) == (1, True)
    for do, enabled in (("pause", False), ("resume", True)):
        assert max_.post("/channels/ops", do=do).status_code == 303
        assert open_channels(hooked.panel.home).get("ops").enabled is enabled
    assert max_.post("/channels/ops", do="whatever").status_code == 422
    assert max_.post("/channels/ops", do="remove").headers["Location"] == "/channels"
    assert (max_.get("/channels/ops").status_code, open_channels(hooked.panel.home).all()) == (404, [])


def test_a_receiver_that_refuses_a_test_is_told_in_words_for_a_browser(receiver: Receiver, max_: Visitor) -> None:
    add(max_, receiver)
    receiver.answers = [404]
    refused = max_.post("/channels/ops/test")
    assert refused.status_code == 422
    assert "Not delivered: there is no such webhook: make a new webhook there, then change the channel" in refused.text
    assert max_.get("/channels/ops/test").headers["Location"] == "/channels/ops", "a reload leads back to the channel"


def test_what_is_secret_never_comes_back(hooked: RunningPanel, receiver: Receiver, max_: Visitor) -> None:
    wrong = max_.post("/new-channel/slack", channel_id="ops", f_url=f"ftp://example.com/{CANARY}", which="all")
    assert (wrong.status_code, 'value="ops"' in wrong.text, CANARY in wrong.text) == (422, True, False)
    add(max_, receiver)
    wrong = max_.post("/channels/ops", do="save", f_url=f"ftp://example.com/{CANARY}", which="all")
    pages = [wrong.text, *(max_.get(path).text for path in ("/channels", "/channels/ops", API, f"{API}/ops"))]
    assert not [page for page in pages if CANARY in page]
    assert (
        max_.post("/channels/ops", do="save", f_url="", min_severity="critical", which="", businesses="acme").status_code == 303
    )
    kept = open_channels(hooked.panel.home).get("ops")
    assert (kept.min_severity, kept.businesses) == ("critical", ("acme",))
    assert open_channels(hooked.panel.home).config_of(kept).url == f"{receiver.url}/{CANARY}", "left empty, it stays"  # type: ignore[attr-defined]


def test_a_signing_secret_that_was_made_up_is_shown_once(receiver: Receiver, max_: Visitor) -> None:
    fields = {"channel_id": "own", "f_url": f"{receiver.url}/{CANARY}", "which": "all"}
    made = max_.post("/new-channel/webhook", **fields)
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", made.text)
    assert made.status_code == 200
    assert secret not in max_.get("/channels/own").text


def test_a_letters_options_are_filled_in_again_and_its_password_is_not(max_: Visitor) -> None:
    mail = {
        "f_host": "smtp.agency.example", "f_sender": "a@agency.example", "f_recipients": "b@acme.example\nc@acme.example",
        "f_username": "a@agency.example", "f_password": "a pond full of newts", "f_security": "starttls", "f_auth": "password",
    }  # fmt: skip
    for missing, says in (
        ("f_host", "“Mail server” is missing"),
        ("f_recipients", "needs somebody to write to"),
        ("f_password", "SMTP password is missing"),
    ):
        refused = max_.post("/new-channel/email", channel_id="boss", which="all", **{**mail, missing: ""})
        assert (refused.status_code, says in refused.text, "newts" in refused.text) == (422, True, False), refused.text
    assert max_.post("/new-channel/email", channel_id="boss", which="all", **mail).status_code == 303
    page = max_.get("/channels/boss").text
    assert ("b@acme.example\nc@acme.example</textarea>" in page, "newts" in page) == (True, False)


def test_what_was_given_up_is_in_the_log_and_put_back(hooked: RunningPanel, receiver: Receiver, max_: Visitor) -> None:
    add(max_, receiver)
    state = hooked.panel.home.state
    run(state, {1: "fired"}, channels=("ops",))
    with state.write() as connection:
        connection.execute(
            outbox.update().values(state="dead", last_error="http_410", attempts=3, created_at=hooked.panel.clock())
        )
    page = max_.get("/channels/ops").text
    assert "given up after 3 tries: the webhook is gone for good" in page
    assert max_.post("/channels/ops", do="resend").headers["Location"] == "/channels/ops?at=log"
    assert rows(state, outbox, "state") == ["pending"]
    assert max_.post("/channels/ops", do="resend").status_code == 409


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"channel_id": "Ops Mail"}, "a channel&#39;s id is"),
        ({"channel_id": "ops", "which": ""}, "Choose of which businesses"),
        ({"channel_id": "ops", "which": "", "businesses": "nobody"}, "nobody"),
        ({"channel_id": "ops", "f_url": ""}, "The webhook&#39;s address is missing"),
    ],
)
def test_a_channel_that_cannot_be_is_refused_with_the_form(
    hooked: RunningPanel, receiver: Receiver, max_: Visitor, fields: dict[str, str], says: str
) -> None:
    answer = max_.post("/new-channel/slack", **{"f_url": f"{receiver.url}/{CANARY}", "which": "all", **fields})
    assert answer.status_code in {404, 422}
    assert says.casefold() in answer.text.casefold()
    assert open_channels(hooked.panel.home).all() == []


def test_a_client_has_no_channels(hooked: RunningPanel) -> None:
    cleo = hooked.visitor("cleo@acme.example")
    for path in ("/channels", "/new-channel/slack", API):
        assert cleo.get(path).status_code == 403
    assert "/channels" not in cleo.get("/alerts").text


def test_the_api_does_what_the_pages_do(hooked: RunningPanel, receiver: Receiver, max_: Visitor) -> None:
    new = {"channel": "ops", "kind": "webhook", "settings": {"url": f"{receiver.url}/{CANARY}"}, "businesses": ["acme"]}
    made = max_.send("POST", API, json=new)
    assert (made.status_code, made.json()["businesses"], "whsec_" in made.json()["shown_once"]) == (201, ["acme"], True)
    assert max_.send("POST", API, json=new).json()["reason"] == "invalid_channel"
    assert max_.send("POST", f"{API}/ops/test").json() == {"taken": True, "error": None, "why": None}
    receiver.answers = [410]
    assert max_.send("POST", f"{API}/ops/test").json()["error"] == "http_410"
    assert max_.send("POST", f"{API}/ops/arrival", json={"arrived": False}).json()["state"] == "did not arrive"
    assert max_.send("PATCH", f"{API}/ops", json={"mode": "immediate", "all_businesses": True}).json()["businesses"] == "all"
    assert max_.send("POST", f"{API}/ops/pause").json()["state"] == "off"
    assert max_.send("POST", f"{API}/ops/resume").json()["enabled"] is True
    run(hooked.panel.home.state, {1: "fired"}, channels=("ops",))
    assert [each["state"] for each in max_.get(f"{API}/ops/deliveries").json()] == ["pending"]
    assert max_.send("POST", f"{API}/ops/resend").json()["reason"] == "nothing_to_resend"
    told = [max_.get(path).text for path in (API, f"{API}/ops", f"{API}/ops/deliveries")]
    assert not [text for text in told if CANARY in text or "whsec_" in text]
    assert max_.send("DELETE", f"{API}/ops").json()["channel"] == "ops"
    assert max_.get(f"{API}/ops").json()["reason"] == "unknown_channel"
    for wrong in ({**new, "kind": "pigeon"}, {**new, "settings": {}}, {**new, "businesses": []}, {**new, "secret": "x"}):
        assert max_.send("POST", API, json=wrong).status_code == 422


def test_no_failure_is_explained_with_a_command_line() -> None:
    codes = {code for kind in KINDS.values() for code in kind.meanings} | {
        "http_401",
        "http_404",
        "tls",
        "secret_unreadable",
        "bad_webhook_url",
    }
    said = [in_browser(meaning(code)) for code in codes]
    assert not [each for each in said if "`" in each or "--" in each or "CLARITY_" in each or "clarity-pipeline" in each]

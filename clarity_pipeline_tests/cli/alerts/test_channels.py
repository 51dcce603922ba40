"""`channels`: adding, trying, changing and removing one, as a person meets it; its secret is in no output."""

import logging
from pathlib import Path

import pytest

from clarity_pipeline.alerts.channels.webhook import sign
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline_tests.alerts.certificate import make_certificate
from clarity_pipeline_tests.alerts.mail_server import serving
from clarity_pipeline_tests.alerts.receiver import Receiver, receiving
from clarity_pipeline_tests.cli.alerts.conftest import CANARY
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE, Clarity
from clarity_pipeline_tests.cli.running import run_on_a_terminal
from clarity_pipeline_tests.test_canary import contents, leaks
from clarity_pipeline_tests.world import World

pytestmark = pytest.mark.usefixtures("hooks_on_loopback")


def test_a_webhook_is_added_with_a_secret_that_is_shown_once_and_signs_its_test(
    clarity: Clarity, secret_file: Path, receiver: Receiver
) -> None:
    ran = clarity("channels", "add", "webhook", "ops", "--business", "acme", "--secret-file", str(secret_file))
    assert (ran.status, ran.err) == (0, "")
    first, second = ran.out.splitlines()
    assert first == "Added ops; `clarity-pipeline channels test ops` sends it a message."
    secret = second.split()[-1]
    assert clarity("channels", "test", "ops").out == "ops: the receiver took the test message.\n"
    ((headers, body),) = receiver.got
    stamp = int(headers["webhook-timestamp"])
    signature = sign(secret, message_id=body["id"], timestamp=stamp, body=receiver.bodies[0])
    assert (body["type"], headers["webhook-signature"]) == ("clarity.test", signature)
    (listed,) = clarity("channels", "list", "--json").document
    assert [listed.pop(name) is not None for name in ("created_at", "updated_at", "delivered_at")] == [True] * 3
    assert listed == {
        "channel": "ops", "kind": "webhook", "enabled": True, "disabled_reason": None, "receiver": "127.0.0.1 …path",
        "businesses": ["acme"], "min_severity": "info", "mode": "digest", "state": "delivers", "last_error": None,
        "failing_since": None, "waiting": 0, "arrived": None,
    }  # fmt: skip
    assert "ops" in clarity("channels", "list").out


def test_a_test_that_fails_says_why_in_one_line(clarity: Clarity, secret_file: Path, receiver: Receiver) -> None:
    clarity("channels", "add", "slack", "ops", "--secret-file", str(secret_file))
    receiver.answers[:] = [404]
    ran = clarity("channels", "test", "ops")
    assert (ran.status, ran.out) == (1, "")
    assert ran.error == (
        "ops: not delivered (http_404): there is no such webhook: make a new webhook there, then `channels update` with its"
        " address"
    )


def test_a_channel_is_changed_switched_off_and_on_and_removed(clarity: Clarity, secret_file: Path) -> None:
    clarity("channels", "add", "teams", "ops", "--secret-file", str(secret_file))
    assert clarity("channels", "update", "ops", "--mode", "immediate", "--min-severity", "critical").status == 0
    secret_file.write_text(secret_file.read_text().strip() + "-2222")
    assert clarity("channels", "update", "ops", "--secret-file", str(secret_file)).status == 0
    (listed,) = clarity("channels", "list", "--json").document
    assert (listed["mode"], listed["min_severity"], listed["receiver"]) == ("immediate", "critical", "127.0.0.1 …2222")
    assert clarity("channels", "disable", "ops").status == 0
    assert "ops is off: somebody disabled it." in clarity("channels", "list").out
    assert clarity("channels", "enable", "ops").status == 0
    assert clarity("channels", "remove", "ops").status == 0
    assert "alerts go to the log" in clarity("channels", "list").out
    assert [entry["action"] for entry in clarity("audit", "--limit", "6", "--json").document] == [
        "channel_removed", "channel_enabled", "channel_disabled", "channel_changed", "channel_changed", "channel_added",
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd", "ignore:Requiring AUTH while not requiring TLS")
def test_a_channel_for_letters_is_tried_on_a_real_server(clarity: Clarity, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    password = tmp_path / "password.txt"
    password.write_text("s3cret-pass\n")
    with serving("starttls", certificate) as (mailbox, port):
        ran = clarity(
            "channels", "add", "email", "boss", "--smtp-host", "localhost", "--smtp-port", str(port), "--smtp-user", "acme",
            "--from", "alerts@agency.example", "--to", "boss@agency.example", "--ca-file", str(certificate.authority),
            "--secret-file", str(password),
        )  # fmt: skip
        assert (ran.status, ran.err) == (0, "")
        tested = clarity("channels", "test", "boss")
        assert tested.out.startswith("boss: the receiver took the test message (taken is not yet arrived).\nSee that it arrived;")
        password.write_text("wrong")
        assert clarity("channels", "update", "boss", "--secret-file", str(password)).status == 0
        assert "(smtp_login): the server refuses" in clarity("channels", "test", "boss").error
    (letter,) = mailbox.letters
    assert "a test message" in letter["Subject"]
    (listed,) = clarity("channels", "list", "--json").document
    assert listed["receiver"] == "localhost, 1 recipient"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "fax", "ops"], "'fax'"),
        (["add", "slack", "log", "--secret-file", "{file}"], "such as ops-mail"),
        (["add", "slack", "ops"], "--secret-file"),
        (["add", "slack", "ops", "--secret-file", "absent"], "cannot be read"),
        (["add", "slack", "ops", "--secret-file", "{file}", "--to", "a@b.c"], "--to is for channels of kind email, graph"),
        (["add", "graph", "ops", "--secret-file", "{file}", "--smtp-host", "h", "--to", "a@b.c"], "--smtp-host is for"),
        (["add", "graph", "ops", "--secret-file", "{file}", "--to", "a@b.c", "--from", "a@b.c"], "--tenant"),
        (["add", "graph", "ops", "--secret-file", "{file}", "--to", "a@b.c", "--from", "a@b.c", "--tenant", "t"], "--client-id"),
        (["add", "graph", "ops", "--secret-file", "{file}", "--from", "a@b.c", "--tenant", "t", "--client-id", "i"], "--to"),
        (["add", "postmark", "ops", "--secret-file", "{file}", "--to", "a@b.c"], "--from"),
        (["add", "postmark", "ops", "--to", "a@b.c", "--from", "a@b.c"], "server token of Postmark"),
        (
            ["add", "sendgrid", "ops", "--secret-file", "{file}", "--to", "a@b.c", "--from", "a@b.c", "--base-url", "http://x"],
            "https",
        ),
        (["add", "email", "ops", "--smtp-host", "h", "--to", "a@b.c", "--smtp-user", "a@b.c", "--auth", "oauth"], "'oauth'"),
        (["add", "email", "ops", "--smtp-host", "h", "--to", "a@b.c", "--auth", "google", "--from", "a@b.c"], "--smtp-user"),
        (
            [
                "add",
                "email",
                "o",
                "--smtp-host",
                "h",
                "--to",
                "a@b.c",
                "--auth",
                "google",
                "--smtp-user",
                "a@b.c",
                "--client-id",
                "i",
                "--secret-file",
                "{file}",
            ],
            "client secret of the app, refresh token",
        ),
        (["add", "slack", "ops", "--secret-file", "{file}", "--business", "nobody"], "nobody"),
        (["add", "email", "ops"], "--smtp-host"),
        (["add", "email", "ops", "--smtp-host", "h"], "--to"),
        (["add", "email", "ops", "--smtp-host", "h", "--to", "a@b.c"], "--from"),
        (["add", "email", "ops", "--smtp-host", "h", "--to", "a", "--from", "a@b.c"], "--to must be"),
        (["add", "slack", "ops", "--secret-file", "{file}", "--ca-file", "absent.pem"], "--ca-file"),
        (["test", "ops"], "channels add"),
        (["update", "ops"], "nothing to change"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_wrong_input_is_one_line_that_says_what_to_do(clarity: Clarity, secret_file: Path, words: list[str], said: str) -> None:
    ran = clarity("channels", *(word.replace("{file}", str(secret_file)) for word in words))
    assert ran.status in {1, 2}
    assert said in ran.error
    assert CANARY not in ran.error


def test_an_address_inside_the_network_is_refused_unless_listed(
    clarity: Clarity, secret_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLARITY_WEBHOOK_ALLOW", "")
    ran = clarity("channels", "add", "slack", "ops", "--secret-file", str(secret_file))
    assert (ran.status, "CLARITY_WEBHOOK_ALLOW" in ran.error, CANARY in ran.error) == (2, True, False)


def test_the_address_is_asked_for_without_echo(world: World) -> None:
    environment = {**world.environment, "CLARITY_WEBHOOK_ALLOW": "127.0.0.1"}
    url = f"http://127.0.0.1:1/{CANARY}"
    typed = ("address (not shown)", f"{url}\n")
    status, seen = run_on_a_terminal("channels", "add", "slack", "ops", environment=environment, typed=typed)
    assert (status, CANARY in seen) == (0, False)
    with world.home() as home:
        assert open_channels(home).config_of(open_channels(home).get("ops")).hint == "127.0.0.1 …path"


@pytest.mark.slow("two days by the real job, with receivers that refuse, redirect and are gone")
def test_a_channels_secret_leaves_no_trace(
    clarity: Clarity, world: World, secret_file: Path, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """The naive version leaves the address in the HTTP library's own log, at level DEBUG."""
    caplog.set_level(logging.DEBUG)
    said = [clarity("channels", "add", "slack", "ops", "--secret-file", str(secret_file))]
    with receiving() as gone:
        dead = secret_file.with_name("dead.txt")
        dead.write_text(f"{gone.url}/{CANARY}")
    said.append(clarity("channels", "add", "teams", "dead", "--secret-file", str(dead)))
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
    receiver.answers[:] = [500, "redirect", 200]
    said += [clarity("channels", "test", "ops"), clarity("channels", "test", "dead"), clarity("sync"), clarity("sync")]
    assert receiver.got, "nothing came, so nothing was tried"
    for words in (["channels", "list"], ["channels", "list", "--json"], ["alerts"], ["audit"], ["doctor"], ["secrets", "rotate"]):
        said.append(clarity(*words))
    said += [clarity("channels", "update", "ops", "--secret-file", str(dead)), clarity("channels", "remove", "ops")]
    out = "".join(each.out + each.err for each in said)
    places = [*contents(world.folder), ("out", out.encode()), ("log", caplog.text.encode())]
    assert leaks(CANARY, iter(places)) == []
    assert leaks(CANARY, iter([("bare", f"https://hooks.example/{CANARY}".encode())])) == ["bare"]


def test_an_action_channel_gets_a_signed_recommendation_and_no_news(
    clarity: Clarity, world: World, secret_file: Path, receiver: Receiver
) -> None:
    added = clarity("channels", "add", "action", "ads", "--secret-file", str(secret_file))
    secret = added.out.split()[-1]
    pauses = FIRES_AT_ONCE.replace("severity: info", "severity: info\n    action: recommend_pause")
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(pauses, source="test"))
    assert [clarity("sync").status, clarity("sync").status] == [0, 0]
    ((headers, body),) = receiver.got
    assert (body["type"], body["data"]["business"], body["data"]["as_of"]) == (
        "clarity.spend.pause_recommended", "acme", "2026-05-03",
    )  # fmt: skip
    stamp = int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == sign(secret, message_id=body["id"], timestamp=stamp, body=receiver.bodies[0])

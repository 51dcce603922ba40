import logging
from pathlib import Path

import pytest

from clarity_pipeline.rules.book.rule_store import import_rules
from clarity_pipeline.rules.language.rule_files import read_rules
from clarity_pipeline_tests.alerts.certificate import make_certificate
from clarity_pipeline_tests.alerts.cloud import CLIENT, EXPIRED, SECRET, TENANT, cloud_over
from clarity_pipeline_tests.alerts.mail_server import HalfMailbox, serving
from clarity_pipeline_tests.alerts.receiver import Receiver
from clarity_pipeline_tests.cli.conftest import FIRES_AT_ONCE, Clarity
from clarity_pipeline_tests.cli.running import run_on_a_terminal
from clarity_pipeline_tests.test_canary import contents, leaks
from clarity_pipeline_tests.world import World

pytestmark = pytest.mark.usefixtures("hooks_on_loopback")


def test_a_channel_that_is_gone_is_told_everywhere_and_its_messages_go_out_with_the_test(
    clarity: Clarity, world: World, secret_file: Path, receiver: Receiver
) -> None:
    clarity("channels", "add", "slack", "ops", "--secret-file", str(secret_file))
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
    receiver.answers[:] = [410]
    synced = clarity("sync")
    assert synced.status == 0
    assert "the channel ops cannot deliver" in synced.err
    assert "there is no such" not in synced.err
    for words in (["channels", "list"], ["status"], ["doctor"]):
        assert "webhook is gone for good: make a new webhook there" in clarity(*words).out.replace("\n", " "), words
    (found,) = [each for each in clarity("doctor", "--json").document if each["code"] == "channel_cannot_deliver"]
    assert (found["business"], found["severity"]) == (None, "error")
    (listed,) = clarity("channels", "list", "--json").document
    assert (listed["enabled"], listed["state"], listed["last_error"], listed["waiting"]) == (
        True,
        "cannot deliver",
        "http_410",
        1,
    )
    (waiting,) = [each for each in clarity("alerts", "deliveries", "--json").document if each["channel"] == "ops"]
    assert (waiting["state"], waiting["last_error"], waiting["attempts"]) == ("pending", "http_410", 1)
    assert clarity("sync").status == 0
    assert len(receiver.got) == 1, "nobody knocks again within the hour"
    tested = clarity("channels", "test", "ops")
    assert tested.out == "ops: the receiver took the test message.\n1 message that waited for it went out.\n"
    assert [body["text"].split(":")[0] for _, body in receiver.got][1:] == ["Note", "Note"]
    assert clarity("alerts", "deliveries", "--dead").out == "No message was given up.\n"
    assert "channel_cannot_deliver" not in {each["code"] for each in clarity("doctor", "--json").document}
    assert clarity("alerts", "resend").status == 2


def test_what_somebody_disabled_is_put_back_with_resend(
    clarity: Clarity, world: World, secret_file: Path, receiver: Receiver
) -> None:
    clarity("channels", "add", "slack", "ops", "--secret-file", str(secret_file))
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
    receiver.answers[:] = [503] * 5
    clarity("sync")
    clarity("channels", "disable", "ops")
    (dead,) = clarity("alerts", "deliveries", "--dead", "--json").document
    assert dead["message"][:12] in clarity("alerts", "deliveries", "--dead").out
    assert "channels enable ops" in clarity("alerts", "resend", dead["message"][:12]).error
    receiver.answers.clear()
    assert clarity("channels", "enable", "ops").status == 0
    assert (
        clarity("alerts", "resend", "--dead", "--channel", "ops").out == "1 message put back; the next sync sends what is due.\n"
    )
    assert clarity("sync").status == 0
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {dead["message"]}
    assert clarity("alerts", "deliveries", "--dead").out == "No message was given up.\n"


def test_a_person_says_whether_a_card_arrived(clarity: Clarity, world: World, secret_file: Path) -> None:
    clarity("channels", "add", "teams", "ops", "--secret-file", str(secret_file))
    ran = clarity("channels", "test", "ops", "--no")
    assert (ran.status, "run history" in ran.error) == (1, True)
    assert "channel_test_did_not_arrive" in {each["code"] for each in clarity("doctor", "--json").document}
    assert clarity("channels", "list", "--json").document[0]["arrived"] is False
    ran = clarity("channels", "test", "ops", "--yes")
    assert (ran.status, ran.out) == (0, "ops: the receiver took the test message (taken is not yet arrived).\n")
    assert "channel_test_did_not_arrive" not in {each["code"] for each in clarity("doctor", "--json").document}
    environment = {**world.environment, "CLARITY_WEBHOOK_ALLOW": "127.0.0.1"}
    status, seen = run_on_a_terminal("channels", "test", "ops", environment=environment, typed=("Did it arrive?", "n\n"))
    assert (status, "run history" in seen.replace("\n", " ")) == (1, True)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd", "ignore:Requiring AUTH while not requiring TLS")
def test_a_mailbox_without_passwords_is_given_a_token_and_what_waited_goes_out(
    clarity: Clarity, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What an agency on Microsoft 365 goes through in January: told at once, cured in one command, nothing lost or leaked."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("CLARITY_WEBHOOK_ALLOW", "localhost")
    certificate = make_certificate(tmp_path, "localhost")
    secret = tmp_path / "secret.txt"
    secret.write_text("s3cret-pass-c4nary\n")
    with world.home() as home:
        import_rules(home.state, clock=home.clock, rules=read_rules(FIRES_AT_ONCE, source="test"))
    with cloud_over(certificate) as cloud, serving("starttls", certificate, HalfMailbox(cloud.tokens)) as (mailbox, port):
        said = [
            clarity(
                "channels", "add", "email", "boss", "--smtp-host", "localhost", "--smtp-port", str(port), "--smtp-user",
                mailbox.mailbox, "--to", "boss@agency.example", "--ca-file", str(certificate.authority),
                "--secret-file", str(secret),
            )
        ]  # fmt: skip
        tested = clarity("channels", "test", "boss")
        assert "Microsoft 365 has switched passwords for SMTP off" in tested.error
        assert "--auth microsoft" in tested.error
        synced = clarity("sync")
        assert "the channel boss cannot deliver" in synced.err
        assert mailbox.logins == ["PLAIN"] * 2, "one for the test, one for the sync"
        secret.write_text(SECRET)
        said += [tested, synced]
        said.append(
            clarity(
                "channels", "update", "boss", "--auth", "microsoft", "--tenant", TENANT, "--client-id", CLIENT, "--token-url",
                cloud.token_url, "--secret-file", str(secret),
            )
        )  # fmt: skip
        assert said[-1].out == "Updated boss; `clarity-pipeline channels test boss` sends the 1 that wait for it.\n"
        said.append(clarity("channels", "test", "boss", "--yes"))
        assert said[-1].out.splitlines()[-1] == "1 message that waited for it went out."
        assert [letter["Subject"] for letter in mailbox.letters][-1] == "Note: Acme: Somebody came"
        cloud.token_answers[:] = [EXPIRED]
        said.append(clarity("channels", "test", "boss"))
        assert "client secret has expired" in said[-1].error
        said += [clarity(*words) for words in (["channels", "list"], ["doctor"], ["audit"], ["secrets", "rotate"], ["status"])]
        said.append(clarity("channels", "test", "boss", "--yes"))
        assert said[-1].status == 0, "the client secret opens with the new key"
    out = "".join(each.out + each.err for each in said)
    places = [*contents(world.folder), ("out", out.encode()), ("log", caplog.text.encode())]
    for canary in ("s3cret-pass-c4nary", SECRET, "t0ken-c4nary"):
        assert leaks(canary, iter(places)) == []

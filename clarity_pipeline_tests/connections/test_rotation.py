"""A new key for every secret: killed at each step and run again it completes, and "done" means open with the new key alone."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from clarity_pipeline.alerts.channels.slack import SlackConfig
from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.connections.key_files import BadEncryptionKey
from clarity_pipeline.connections.rotation import SEALED, SameKey, check
from clarity_pipeline.connections.secrets import SecretUnreadable
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline.state.schema.every_table import every_table
from clarity_pipeline.state.schema.messages import channels
from clarity_pipeline_tests.connections.office import TOKENS, Office, c

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
STEPS = ("rotation_key_made", "rotation_row_sealed", "rotation_all_sealed", "rotation_proved", "rotation_key_dropped")
HOOK = "https://hooks.slack.com/services/T000/B000/s3cret"


def test_a_key_file_gets_a_new_key_and_nothing_opens_with_the_old_one(office: Office) -> None:
    (old,), sealed, ledgers = office.keys_on_disk(), office.ciphertexts(), office.ledgers()
    assert office.rotate() == (3, 3)
    (new,) = office.keys_on_disk()
    assert new != old
    assert (office.opens_with(new), office.opens_with(old)) == (True, False)
    assert (office.tokens(), office.ledgers()) == (TOKENS, ledgers)
    assert not set(sealed) & set(office.ciphertexts())
    assert (office.home / "secret.key").stat().st_mode & 0o777 == 0o600
    entry = AuditLog(office.state).entries()[0]
    assert (entry.action, entry.business_id, entry.actor, entry.detail) == (
        "keys_rotated", None, "cli:anna", {"secrets": 3, "sealed_anew": 3},
    )  # fmt: skip
    office.state.dispose()
    for path in office.home.parent.rglob("*"):
        if path.is_file():
            assert not [each for each in sealed if each.encode() in path.read_bytes()], (
                f"an old ciphertext is left in {path.name}"
            )


def test_keys_of_the_environment_are_rotated_to_the_first(office: Office) -> None:
    (of_the_file,) = office.keys_on_disk()
    office.given = (NEW, of_the_file)
    assert office.rotate() == (3, 3)
    assert office.keys_on_disk() == [], "the file held a key that is of no use any more"
    assert office.opens_with(NEW)
    office.given = (NEW,)
    assert office.tokens() == TOKENS
    office.given = (OLD, NEW)
    assert office.rotate() == (3, 3)
    assert office.rotate() == (3, 0), "again is said to change nothing"
    assert office.opens_with(OLD)


@pytest.mark.parametrize("given", [(NEW,), (NEW, NEW)])
def test_a_rotation_to_the_same_key_is_refused_and_not_called_done(office: Office, given: tuple[str, ...]) -> None:
    office.given = (NEW, *office.keys_on_disk())
    office.rotate()
    office.given = given
    with pytest.raises(SameKey, match="put a new one before it") as caught:
        office.rotate()
    assert "\n" not in str(caught.value)
    assert NEW not in str(caught.value)


@pytest.mark.parametrize("where", ["file", "environment"])
def test_killed_at_every_step_it_always_opens_and_the_next_run_completes(office: Office, where: str) -> None:
    (old,), ledgers = office.keys_on_disk(), office.ledgers()
    office.given = (NEW, old) if where == "environment" else ()
    for step in STEPS if where == "file" else STEPS[1:]:
        assert office.killed_at(step), step
        assert office.tokens() == TOKENS, f"unreadable after a kill at {step}"
        assert office.opens_with(old) == (step == "rotation_key_made"), step
        assert (old in office.keys_on_disk()) == (step != "rotation_key_dropped"), (
            f"the old key was gone too early or stays: {step}"
        )
    office.rotate()
    assert check(office.state, office.box).of_an_older_key == ()
    assert office.opens_with((office.keys_on_disk() or [NEW])[0])
    assert len(office.keys_on_disk()) == (1 if where == "file" else 0)
    assert (office.tokens(), office.ledgers()) == (TOKENS, ledgers)


def test_channels_are_sealed_anew_too_and_killed_at_every_step_they_open(office: Office) -> None:
    """A rotation of the tokens alone would drop the key that the channels need."""
    office.channels.add("acme", SlackConfig(url=HOOK), actor="cli:anna")
    sealed = office.channels.get("acme").ciphertext
    for step in STEPS:
        assert office.killed_at(step), step
        assert office.channels.config_of(office.channels.get("acme")) == SlackConfig(url=HOOK), step
    assert check(office.state, office.box).secrets == 4
    assert office.channels.get("acme").ciphertext != sealed
    assert office.rotate() == (4, 4)
    with office.state.write() as connection:
        connection.execute(sa.update(channels).values(config_ciphertext="garbage"))
    assert check(office.state, office.box).unreadable == ("channel acme",)
    with pytest.raises(SecretUnreadable, match="the stored secret of channel acme does not open"):
        office.rotate()


def test_a_kill_between_two_rows_leaves_some_of_either_key_and_all_open(office: Office) -> None:
    assert office.killed_at("rotation_row_sealed")
    checked = check(office.state, office.box)
    assert (checked.unreadable, checked.of_an_older_key) == ((), ("beta", "zeta"))
    assert office.rotate() == (3, 2)


def test_a_secret_that_does_not_open_stops_it_before_anything_is_changed_and_is_named(office: Office) -> None:
    before = office.keys_on_disk()
    with office.state.write() as connection:
        connection.execute(sa.update(business_config).where(c.business_id == "beta").values(token_ciphertext="garbage"))
    sealed = office.ciphertexts()
    with pytest.raises(SecretUnreadable, match="Nothing was rotated: the stored secret of beta does not open") as caught:
        office.rotate()
    assert "\n" not in str(caught.value)
    assert (office.keys_on_disk(), office.ciphertexts()) == (before, sealed)
    assert check(office.state, office.box).unreadable == ("beta",)
    office.connections.disconnect("beta")
    assert office.rotate() == (2, 2)


def test_an_interrupted_rotation_of_the_file_is_not_forgotten_by_who_moves_to_the_environment(office: Office) -> None:
    (old,) = office.keys_on_disk()
    office.killed_at("rotation_all_sealed")
    office.given = (NEW, old)
    with pytest.raises(BadEncryptionKey, match="append it"):
        office.tokens()
    office.given = (NEW, *office.keys_on_disk())
    office.rotate()
    assert office.keys_on_disk() == []
    assert office.opens_with(NEW)


def test_an_installation_without_secrets_gets_its_new_key_too(any_state: StateDatabase, state_url: str, tmp_path: Path) -> None:
    office = Office(any_state, state_url, tmp_path / "home")
    _ = office.box
    before = office.keys_on_disk()
    assert office.rotate() == (0, 0)
    assert office.keys_on_disk() != before


def test_a_token_stored_before_fingerprints_were_gets_its_own(office: Office) -> None:
    hint = office.connections.get("acme").token_hint
    with office.state.write() as connection:
        connection.execute(sa.update(business_config).values(token_fingerprint=None))
    assert office.connections.get("acme").token_hint is None
    office.rotate()
    assert office.connections.get("acme").token_hint == hint


def test_every_column_of_ciphertexts_is_rotated() -> None:
    """Who adds one and forgets the registry would leave it to the old key."""
    columns = [column for table in every_table().tables.values() for column in table.columns]
    by_name = {(column.table.name, column.name) for column in columns if "cipher" in column.name}
    assert by_name == {(place.table.name, place.column) for place in SEALED}

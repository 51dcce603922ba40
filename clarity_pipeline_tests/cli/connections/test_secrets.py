"""`secrets rotate` and `secrets check`: what they say, and what a person does next."""

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from clarity_pipeline.state.schema.connections import business_config
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.world import PROJECT, World


def test_a_rotation_of_the_key_file_says_what_to_back_up_and_the_day_goes_on(clarity: Clarity, world: World) -> None:
    key = world.folder / "secret.key"
    before = key.read_text()
    ran = clarity("secrets", "rotate")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == (
        "Rotated: 1 of 1 secrets sealed anew; all 1 open with the new key alone.\n"
        f"{key} holds the new key and no longer the old one: back it up.\n"
    )
    assert key.read_text() != before
    assert key.read_text().strip() not in ran.out
    assert clarity("secrets", "check").out == "1 of 1 stored secrets open.\n"
    assert clarity("test", "acme").status == 0
    entry = clarity("audit", "--limit", "2", "--json").document[1]
    assert (entry["action"], entry["business"], entry["detail"]) == ("keys_rotated", None, {"secrets": 1, "sealed_anew": 1})


def test_a_rotation_by_the_environment_goes_from_key_to_key(
    clarity: Clarity, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (world.folder / "secret.key").read_text().strip(), Fernet.generate_key().decode()
    monkeypatch.setenv("CLARITY_ENCRYPTION_KEYS", old)
    ran = clarity("secrets", "rotate")
    assert (ran.status, ran.out) == (1, "")
    assert "put a new one before it" in ran.error
    monkeypatch.setenv("CLARITY_ENCRYPTION_KEYS", f"{new},{old}")
    assert clarity("secrets", "check", "--json").document == {"secrets": 1, "unreadable": [], "of_an_older_key": ["acme"]}
    ran = clarity("secrets", "rotate")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[1:] == [
        f"{world.folder / 'secret.key'} held an old key and is gone.",
        "Take the old key out of CLARITY_ENCRYPTION_KEYS everywhere, then run `clarity-pipeline secrets check`.",
    ]
    assert "must stand first" in clarity("secrets", "rotate").err, "what changes nothing does not look like success"
    monkeypatch.setenv("CLARITY_ENCRYPTION_KEYS", new)
    assert clarity("secrets", "check").status == 0
    assert clarity("secrets", "rotate", "--json").status == 1
    monkeypatch.setenv("CLARITY_ENCRYPTION_KEYS", old)
    ran = clarity("secrets", "check")
    assert (ran.status, ran.out) == (1, "0 of 1 stored secrets open.\n")
    assert "the stored secret of acme does not open" in ran.error


def test_a_token_that_does_not_open_is_named_and_nothing_is_rotated(clarity: Clarity, world: World) -> None:
    before = (world.folder / "secret.key").read_bytes()
    with world.home() as home, home.state.write() as connection:
        connection.execute(sa.update(business_config).values(token_ciphertext="garbage"))
    ran = clarity("secrets", "rotate")
    assert (ran.status, ran.out) == (1, "")
    assert "Nothing was rotated: the stored secret of acme" in ran.error
    assert (world.folder / "secret.key").read_bytes() == before
    ran = clarity("secrets", "check", "--json")
    assert (ran.status, ran.document["unreadable"]) == (1, ["acme"])
    token = world.folder.parent / "token.txt"
    token.write_text(world.fake.token(PROJECT))
    assert clarity("update", "acme", "--token-file", str(token)).status == 0
    assert clarity("secrets", "rotate", "--json").document == {
        "secrets": 1, "sealed_anew": 1, "open_with_the_new_key_alone": 1,
    }  # fmt: skip

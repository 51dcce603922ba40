from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.connections import Connections
from clarity_pipeline.connections.rotation import RotationRunning, check
from clarity_pipeline.connections.secrets import SecretBox
from clarity_pipeline.state.database import StateDatabase
from clarity_pipeline_tests.connections.made_up import HandClock, token_of
from clarity_pipeline_tests.connections.office import TOKENS, Office
from clarity_pipeline_tests.processes import run_together


def test_what_a_stale_process_sealed_with_the_old_key_meanwhile_is_caught_before_it_is_done(office: Office) -> None:
    """The naive rotation goes through the rows, says done and drops the key: that token would be lost."""
    (old,) = office.keys_on_disk()
    stale = SecretBox((old,), fingerprint_key=(office.home / "fingerprint.key").read_text().strip())
    assert office.killed_at("rotation_all_sealed")
    Connections(office.state, secrets=stale, clock=HandClock()).update("beta", token=token_of("beta", jti="new"))
    assert check(office.state, office.box).of_an_older_key == ("beta",)
    assert not office.opens_with(office.box._keys[0]), "the naive one would have dropped the key of this row"
    assert office.rotate() == (3, 1)
    assert office.connections.credentials("beta")[1].reveal() == token_of("beta", jti="new").reveal()


def test_a_process_that_lives_through_a_rotation_seals_and_opens_with_the_key_that_is_there_now(office: Office) -> None:
    lives_on = office.connections
    assert lives_on.credentials("acme")[1].reveal() == TOKENS[0]
    office.rotate()
    assert lives_on.credentials("acme")[1].reveal() == TOKENS[0]
    lives_on.update("acme", token=token_of("acme", jti="new"))
    assert office.opens_with(*office.keys_on_disk())


def _rotate_or_be_refused(home: Path, url: str, number: int, together: Barrier) -> str:
    office = Office(StateDatabase(url), url, home)
    together.wait()
    for turn in range(4):
        try:
            if number % 2:
                office.rotate()
            else:
                token = token_of("beta", jti=f"{number} {turn}")
                office.connections.update("beta", token=token)
        except RotationRunning:
            continue
    office.state.dispose()
    return "done"


def test_rotations_and_new_tokens_at_once_lose_none(office: Office) -> None:
    assert run_together(8, _rotate_or_be_refused, office.home, office.url) == ["done"] * 8
    assert office.opens_with(*office.keys_on_disk())
    assert office.tokens()[::2] == TOKENS[::2]


@contextmanager
def _held(office: Office) -> Iterator[None]:
    import filelock

    with filelock.FileLock(office.settings.locks_folder / "rotation.lock"):
        yield


def test_a_second_rotation_at_once_is_refused(office: Office) -> None:
    office.settings.locks_folder.mkdir()
    with _held(office), pytest.raises(RotationRunning, match="wait for it"):
        office.rotate()
    assert Token.parse(office.tokens()[0])

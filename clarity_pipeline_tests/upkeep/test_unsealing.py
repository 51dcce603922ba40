"""`vault unseal` while somebody keeps an answer: none stays sealed whose key no note names."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from clarity_pipeline.failpoints import EVENT
from clarity_pipeline.home import Home
from clarity_pipeline.upkeep.sealing import check_all, seal_all, unseal_all, vault_of
from clarity_pipeline.vault.seal import VaultLocked, name_of
from clarity_pipeline_tests.world import DAY, World

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@contextmanager
def at(comes: Callable[[str, tuple[object, ...]], bool], do: Callable[[], object]) -> Iterator[None]:
    """Do something, once, at the first event of Python's that `comes` knows: where another process could be at it."""
    waits = True

    def heard(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal waits
        if waits and comes(event, arguments):
            waits = False
            do()

    sys.addaudithook(heard)
    try:
        yield
        assert not waits, "it came there"
    finally:
        waits = False


def all_unsealed(event: str, told: tuple[object, ...]) -> bool:
    return event == EVENT and told == ("vault_all_unsealed",)


def keep(home: Home) -> Path:
    """An answer as `capture` keeps it, with the keys that this home was opened with."""
    window = (home.clock() - timedelta(days=1), home.clock())
    about = {"business_id": "acme", "date": DAY, "slice_name": "url_device", "num_of_days": 1}
    return home.vault.keep(b"[]", **about, window=window, purpose="sync").path


def is_noted_where_sealed(world: World) -> bool:
    opened = check_all(world.settings)
    return set(opened.by_key) == set(vault_of(world.settings).keys.in_use().names)


def test_an_answer_that_is_kept_sealed_once_unsealing_has_gone_through_all_lies_open_too(synced: World) -> None:
    synced.vault_keys = (NEW,)
    seal_all(synced.settings)
    with synced.home() as home, at(all_unsealed, lambda: keep(home)):
        done = unseal_all(synced.settings)
    assert (done.answers, done.changed) == (5, 5)
    assert check_all(synced.settings).unsealed == 5
    assert is_noted_where_sealed(synced)


def test_an_answer_sealed_meanwhile_with_a_key_that_is_not_given_stops_unsealing_and_its_key_stays_noted(synced: World) -> None:
    synced.vault_keys = (NEW,)
    seal_all(synced.settings)
    given = synced.settings
    synced.vault_keys = (OLD, NEW)
    with synced.home() as home, at(all_unsealed, lambda: keep(home)), pytest.raises(VaultLocked, match=name_of(OLD)):
        unseal_all(given)
    assert is_noted_where_sealed(synced)


def test_an_answer_that_is_renamed_into_its_place_once_all_are_unsealed_has_its_key_noted(synced: World) -> None:
    synced.vault_keys = (NEW,)
    seal_all(synced.settings)

    def comes(event: str, told: tuple[object, ...]) -> bool:
        return event == "os.rename" and str(told[1]).endswith(".json.zst")

    with synced.home() as home, at(comes, lambda: unseal_all(synced.settings)):
        keep(home)
    assert check_all(synced.settings).by_key == {name_of(NEW): 1}
    assert is_noted_where_sealed(synced)

"""The environment: defaults, and a clear line for what cannot be used."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import REAL_CLARITY, SettingsError
from references.environment import VARIABLES


def test_an_empty_environment_is_enough() -> None:
    settings = Settings.from_env({})
    assert settings.home == Path("var").absolute()
    assert settings.live_insights_url == "https://www.clarity.ms/export-data/api/v1/project-live-insights"
    assert settings.is_real_clarity
    assert settings.clock()().tzinfo is UTC


def test_a_made_up_clock_is_refused_while_calls_go_to_the_real_clarity() -> None:
    with pytest.raises(SettingsError, match="CLARITY_NOW"):
        Settings.from_env({"CLARITY_NOW": "2026-05-04T00:05:00Z"})
    for base in ("https://www.clarity.ms", "https://WWW.CLARITY.MS/", "https://clarity.ms:443", "https://www.clarity.ms."):
        with pytest.raises(SettingsError, match="CLARITY_NOW"):
            Settings.from_env({"CLARITY_NOW": "2026-05-04T00:05:00Z", "CLARITY_API_BASE_URL": base})


def test_a_made_up_clock_stands_still_in_utc() -> None:
    env = {"CLARITY_NOW": "2026-05-04T02:05:00+02:00", "CLARITY_API_BASE_URL": "http://127.0.0.1:8000/"}
    settings = Settings.from_env(env)
    assert settings.clock()() == datetime(2026, 5, 4, 0, 5, tzinfo=UTC)
    assert settings.api_base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLARITY_NOW", "yesterday"),
        ("CLARITY_NOW", "2026-05-04T00:05:00"),
        ("CLARITY_API_BASE_URL", "www.clarity.ms"),
        ("CLARITY_API_BASE_URL", "ftp://clarity.ms"),
        ("CLARITY_API_BASE_URL", "https://clarity.ms/?x=1"),
        ("CLARITY_PARTITIONS_START", "2026-02-30"),
        ("CLARITY_PARTITIONS_START", "20260201"),
        ("CLARITY_CALLS_AT_ONCE", "0"),
        ("CLARITY_CALLS_AT_ONCE", "100"),
        ("CLARITY_CALLS_AT_ONCE", "many"),
    ],
)
def test_a_bad_variable_is_named_in_one_line(variable: str, value: str) -> None:
    env = {"CLARITY_API_BASE_URL": "http://127.0.0.1:8000"} | {variable: value}
    with pytest.raises(SettingsError, match=variable) as caught:
        Settings.from_env(env)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url",
    [
        "http://www.clarity.ms",
        "http://10.0.0.5:8000",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com:8000",
        "http://[::ffff:10.0.0.5]",
        "https://ann:secret@www.clarity.ms",
        "https://secret@www.clarity.ms",
        "http://secret@127.0.0.1:8000",
        "http://127.0.0.1:8000@secret.example.com",
        "https://@www.clarity.ms",
        "http://localhost\\@secret.example.com",
        "https://www.clarity.ms:secret",
        "http://[::1",
    ],
)
def test_an_address_to_which_the_token_would_travel_in_clear_is_refused_without_saying_it_again(base_url: str) -> None:
    with pytest.raises(SettingsError, match="CLARITY_API_BASE_URL") as caught:
        Settings.from_env({"CLARITY_API_BASE_URL": base_url})
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000/", "http://127.9.9.9:1", REAL_CLARITY]
)
def test_plain_http_stays_on_this_machine(base_url: str) -> None:
    assert Settings.from_env({"CLARITY_API_BASE_URL": base_url}).api_base_url == base_url.rstrip("/")


class _Asked(dict[str, str]):
    """An empty environment that remembers which variables were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: object = None) -> object:  # type: ignore[override]
        self.names.add(key)
        return default

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return False


def test_the_reference_of_the_environment_has_exactly_the_variables_that_are_read() -> None:
    asked = _Asked()
    Settings.from_env(asked)
    assert [each.name for each in VARIABLES] == list(dict.fromkeys(each.name for each in VARIABLES))
    assert {each.name for each in VARIABLES} == asked.names

"""Tokens come in by a file, by standard input, or typed without echo; never as an argument, never printed."""

from pathlib import Path

import pytest

from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.cli.running import run_on_a_terminal, run_script
from clarity_pipeline_tests.world import PROJECT, World

CONNECT = ("connect", "beta", "--project-id", PROJECT, "--allow-shared")


def test_a_typed_token_is_not_shown(world: World) -> None:
    token = world.fake.token(PROJECT)
    status, seen = run_on_a_terminal(*CONNECT, environment=world.environment, typed=("API token (not shown): ", f"{token}\n"))
    assert status == 0
    assert "Connected beta (beta)" in seen
    assert not [part for part in token.split(".") if part in seen]


def test_a_bad_token_typed_is_one_line_that_does_not_repeat_it(world: World) -> None:
    status, seen = run_on_a_terminal(*CONNECT, environment=world.environment, typed=("API token (not shown): ", "s3cret\n"))
    assert status == 2
    assert seen.splitlines()[-1].startswith("error: Invalid token: too short or malformed")
    assert "s3cret" not in seen


def test_the_end_of_the_input_at_the_prompt_is_one_line(world: World) -> None:
    status, seen = run_on_a_terminal(*CONNECT, environment=world.environment, typed=("API token (not shown): ", "\x04"))
    assert status == 1
    assert seen.splitlines()[-1].startswith("error: interrupted")


@pytest.mark.parametrize("around", ["{}", "\ufeff\n  {} \r\n\n"])
def test_standard_input_is_taken_with_what_editors_leave_around_it(world: World, tmp_path: Path, around: str) -> None:
    ran = run_script(
        *CONNECT, "--token-file", "-", environment=world.environment, cwd=tmp_path, stdin=around.format(world.fake.token(PROJECT))
    )
    assert ran.status == 0
    assert world.fake.token(PROJECT) not in ran.out + ran.err


def test_without_a_terminal_it_says_what_to_give(world: World, tmp_path: Path) -> None:
    ran = run_script(*CONNECT, environment=world.environment, cwd=tmp_path)
    assert (ran.status, "--token-file" in ran.error) == (2, True)


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"short", b"two words that are long enough", b"\xff\xfe" * 40, b"x" * 10_000, "ü".encode() * 30]
)
def test_what_cannot_be_a_token_is_refused_without_being_repeated(clarity: Clarity, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "token.txt"
    file.write_bytes(content)
    for command in (CONNECT, ("update", "acme")):
        ran = clarity(*command, "--token-file", str(file))
        assert (ran.status, ran.out) == (2, "")
        assert ran.error.startswith("Invalid token: too short or malformed")
        assert content.strip() == b"" or content.decode("latin-1").strip() not in ran.err.replace("short or", "")


@pytest.mark.parametrize("name", ["absent.txt", "."])
def test_a_token_file_that_cannot_be_read_is_one_line(clarity: Clarity, tmp_path: Path, name: str) -> None:
    ran = clarity(*CONNECT, "--token-file", str(tmp_path / name))
    assert (ran.status, ran.error.startswith("the token file cannot be read: ")) == (2, True)


def test_a_file_without_end_does_not_fill_the_memory(clarity: Clarity) -> None:
    assert clarity(*CONNECT, "--token-file", "/dev/zero").status == 2


def test_there_is_no_option_that_takes_a_token_itself(clarity: Clarity) -> None:
    assert clarity(*CONNECT, "--token", "x" * 40).status == 2

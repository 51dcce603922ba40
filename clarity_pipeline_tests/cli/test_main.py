"""Every command: its help, its errors in one line, its exit status; in this process and in bare ones."""

import re
import shlex
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import click
import pytest

from clarity_pipeline.cli.main import cli, run
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.cli.conftest import Clarity
from clarity_pipeline_tests.cli.running import SCRIPT, bare, run_script
from clarity_pipeline_tests.world import PROJECT, World

SCREEN_LINES, SCREEN_COLUMNS = 45, 120
LONGER: dict[tuple[str, ...], int] = {
    (): 50,
    **{("channels", "add"): 75, ("channels", "update"): 60},
    **{("connect",): 58, ("update",): 70, ("pages", "preview"): 66},
}
"""Commands with the options of many kinds of receivers, or of all that a business or a page has."""


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_is_one_screen_with_an_example(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for flag in ("--help", "-h"):
        assert run([*path, flag]) == 0
        out, err = capfd.readouterr()
        lines = out.splitlines()
        assert err == ""
        assert len(lines) <= LONGER.get(path, SCREEN_LINES)
        assert max(map(len, lines)) <= SCREEN_COLUMNS
        assert lines[0].startswith("Usage: " + " ".join(("clarity-pipeline", *path)))
        if path not in {(), ("rules",)}:
            assert re.search(rf"^ +.*clarity-pipeline {' '.join(path)}", out.partition("Example")[2], re.MULTILINE)


@pytest.mark.parametrize("path", [(), ("rules",)], ids=str)
def test_lists_of_commands_are_not_cut_short(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    group = COMMANDS[path]
    assert isinstance(group, click.Group)
    text = group.get_help(click.Context(group))
    assert "..." not in text.partition("Commands:")[2]
    listed = re.findall(r"^  ([a-z]+)  ", text.partition("Commands:")[2], re.MULTILINE)
    assert listed == list(group.commands)


def test_every_example_in_a_help_text_is_understood(capfd: pytest.CaptureFixture[str]) -> None:
    examples = []
    for command in COMMANDS.values():
        examples += re.findall(r"(clarity-pipeline [a-z].*)", re.sub(r"\\\n +", "", command.epilog or "").replace("`", "\n"))
    assert len(examples) > 20
    for example in examples:
        words = shlex.split(re.split(r" [>|(]| {2}", example)[0])[1:]
        assert run([*words, "--help"]) == 0, example
        known = {option for path, command in COMMANDS.items() if [*path] == words[: len(path)] for option in opts(command)}
        assert {word for word in words if word.startswith("--")} <= known
    capfd.readouterr()


def opts(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("words", [[], ["rules"]], ids=str)
def test_a_group_alone_shows_its_help(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 0
    out, err = capfd.readouterr()
    assert (out.startswith("Usage:"), err) == (True, "")


def test_the_version_is_the_installed_one(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert version("clarity-pipeline") in capfd.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["conect"], "'connect'"),
        (["sync", "--buisness", "x"], "--business"),
        (["status", "a", "b"], "unexpected extra argument"),
        (["connect", "acme"], "--project-id"),
        (["connect", "--project-id", "abc123def4"], "SLUG"),
        (["jobs", "--date", "2026-13-01"], "2026-13-01"),
        (["rules", "import"], "--shipped"),
        (["rules", "import", "x.yaml", "--shipped"], "--shipped"),
        (["rules", "import", "absent.yaml"], "absent.yaml"),
        (["rules", "backtest", "--from", "2026-05-02", "--to", "2026-05-01"], "--to is before --from"),
        (["update", "acme"], "nothing to change"),
        (["simulate", "--port", "70000"], "70000"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line_and_status_2(words: list[str], said: str, clarity: Clarity) -> None:
    ran = clarity(*words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.error


@pytest.mark.parametrize(
    ("name", "value"),
    [("CLARITY_API_BASE_URL", "ftp://x"), ("CLARITY_NOW", "yesterday"), ("CLARITY_PARTITIONS_START", "soon")],
)
def test_a_wrong_variable_is_named_in_one_line_and_nothing_is_made(tmp_path: Path, name: str, value: str) -> None:
    ran = run_script("status", environment={"CLARITY_HOME": str(tmp_path / "home"), name: value}, cwd=tmp_path)
    assert (ran.status, ran.out) == (2, "")
    assert name in ran.error
    assert not (tmp_path / "home").exists()


def test_a_business_that_nobody_knows_is_one_line_that_names_the_known_ones(clarity: Clarity) -> None:
    for words in (
        ["status"], ["update", "--name", "x"], ["test"], ["enable"], ["disable"], ["disconnect"], ["sync", "--business"],
        ["jobs", "--business"],
    ):  # fmt: skip
        ran = clarity(*words, "nope")
        assert (ran.status, ran.out) == (1, ""), words
        assert "no business named nope; there is acme" in ran.error


def test_a_corrupt_state_database_is_one_line(clarity: Clarity, world: World) -> None:
    for file in world.folder.glob("state.db*"):
        file.unlink()
    (world.folder / "state.db").write_bytes(b"no database at all" * 500)
    for words in (["status"], ["jobs"], ["alerts"], ["sync"], ["disable", "acme"], ["rules", "export"]):
        ran = clarity(*words)
        assert (ran.status, ran.out) == (1, ""), words
        assert "state database cannot be used" in ran.error


def test_a_damaged_row_which_no_code_foresees_is_one_line_too(clarity: Clarity, world: World) -> None:
    """An exception that is none of ours, by a real fault: what it quotes (a stored value) is not shown."""
    with sqlite3.connect(world.folder / "state.db") as connection:
        connection.execute("update clarity_business_config set kept_query_parameters = '{s3cret'")
    ran = clarity("status")
    assert ran.status == 1
    assert "internal error" in ran.error
    assert "s3cret" not in ran.err


def test_a_key_file_that_is_broken_or_open_to_others_is_one_line(clarity: Clarity, world: World) -> None:
    key = world.folder / "secret.key"
    key.chmod(0o644)
    assert f"chmod 600 {key}" in clarity("status").error
    key.chmod(0o600)
    key.write_text("not a key")
    assert "secret.key" in clarity("status").error
    key.unlink()
    key.write_bytes(b"\xff\xfe")
    key.chmod(0o600)
    ran = clarity("sync")
    assert (ran.status, "not text" in ran.error) == (1, True)


def test_a_home_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for home in (file, file / "below", Path("/proc/nowhere")):
        ran = run_script("status", environment={"CLARITY_HOME": str(home)}, cwd=tmp_path)
        assert (ran.status, ran.out) == (1, "")
        assert str(home) in ran.error


def test_a_full_disk_behind_standard_output_is_one_line(synced_world: World) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [SCRIPT, "jobs", "--json"],
            env=bare(synced_world.environment),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: the machine refuses: No space left on device")


def test_a_reader_that_goes_away_is_no_error(synced_world: World) -> None:
    process = subprocess.Popen(
        [SCRIPT, "jobs", "--json"], env=bare(synced_world.environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(30)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns"])
def test_in_a_bare_process_and_an_odd_time_zone_the_day_is_the_same_utc_day(
    zone: str, synced_world: World, after_a_day: Clarity, tmp_path: Path
) -> None:
    here = after_a_day("jobs", "--json")
    there = run_script("jobs", "--json", environment={**synced_world.environment, "TZ": zone}, cwd=tmp_path)
    assert (there.status, there.err) == (0, "")
    assert there.out == here.out
    assert {job["date"] for job in there.document} == {"2026-05-03"}
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_during_a_call_ends_the_sync_in_one_line(world: World) -> None:
    world.connect("beta")
    world.fake.script(PROJECT, *[faults.NO_ANSWER] * 10)
    process = subprocess.Popen(
        [SCRIPT, "sync"], env=bare(world.environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not world.calls():
        assert time.monotonic() < deadline, "the sync never called"
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (1, "")
    assert err.split("\n")[-2].startswith("error: interrupted; what was loaded is kept")
    assert "Traceback" not in err
    assert world.calls() == 1, "the other business was not begun"
    assert not [job for job in world.jobs() if job.state == "running"]

"""A token with a unique marker goes through everything that can happen to it; afterwards it is nowhere."""

import base64
import logging
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest
import zstandard

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.cli.main import run
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.simulator import faults
from clarity_pipeline_tests.world import PROJECT, World


def needles(token: str) -> Iterator[bytes]:
    """The token, its secret parts, and how they look in base64 (at each of the three offsets) and in a URL."""
    for part in (token, *token.split(".")[1:]):
        text = part.encode()
        yield text
        yield quote(part, safe="").encode()
        for offset in range(3):
            yield base64.b64encode(b"x" * offset + text)[4:-4]
            yield base64.urlsafe_b64encode(b"x" * offset + text)[4:-4]


def contents(home: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below the home, and what compressed or sealed ones hold when opened."""
    for path in home.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield str(path), content
        if path.suffix == ".zst":
            yield f"{path} unpacked", zstandard.ZstdDecompressor().decompress(content)
        if path.suffix == ".duckdb":
            with duckdb.connect(path, read_only=True) as connection:
                for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall():
                    yield f"{path} {name}", str(connection.execute(f"from {name}").fetchall()).encode()
        if path.suffix == ".db":
            with sqlite3.connect(path) as connection:
                yield f"{path} dumped", "\n".join(connection.iterdump()).encode()


def leaks(token: str, places: Iterator[tuple[str, bytes]]) -> list[str]:
    found = list(needles(token))
    return [place for place, content in places if any(needle in content for needle in found)]


def test_a_day_without_a_fault_leaves_no_trace_of_the_token(synced: World) -> None:
    places = list(contents(synced.folder))
    assert len(places) > 20
    assert leaks(synced.fake.token(PROJECT), iter(places)) == []


@pytest.mark.slow("a week by the real job, and every command")
def test_a_token_leaves_no_trace(
    world: World, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    token = world.fake.token(PROJECT)
    file = world.folder.parent / "token.txt"
    file.write_text(f"  {token}\n")
    statuses = [run(["connect", "acme", "--project-id", PROJECT, "--token-file", str(file)])]
    for fault in (faults.SERVER_ERROR, faults.NO_ANSWER, faults.RESET, faults.NOT_JSON):
        world.fake.script(PROJECT, fault, None, None, None)
        world.sync(world.now.date() - timedelta(days=1))
        world.later(days=1)
        monkeypatch.setenv("CLARITY_NOW", world.now.isoformat())
    world.fake.script(PROJECT, faults.QUOTA_SPENT)
    statuses += [run(["sync"]), run(["test", "acme"]), run(["connect", "acme", "--project-id", "no", "--token-file", str(file)])]
    world.later(days=1)
    monkeypatch.setenv("CLARITY_NOW", world.now.isoformat())
    world.fake.revoke(PROJECT)
    statuses += [run(["sync"])]
    statuses += [run([command, "--json"]) for command in ("status", "jobs", "quota", "alerts", "audit", "doctor")]
    statuses += [run(["status", token]), run(["doctor", token]), run(["audit", token])]
    keys = [(world.folder / "secret.key").read_text().strip()]
    monkeypatch.setenv("CLARITY_FAILPOINT", "none of them")
    statuses += [run(["secrets", "rotate"]), run(["secrets", "check"]), run(["secrets", "rotate", "--json"])]
    keys.append((world.folder / "secret.key").read_text().strip())
    statuses += [run(["update", "acme", "--token-file", str(file)]), run(["test", "acme", "--json"])]
    statuses += [run(["connect", "beta", "--project-id", PROJECT, "--token-file", str(file)])]
    statuses += [run(["disconnect", "acme"]), run(["status"]), run(["audit"]), run(["doctor"])]
    assert statuses == [0, 3, 3, 2, 1, *[0] * 5, 1, *[1] * 3, *[0] * 4, 1, 2, *[0] * 4]
    output = capfd.readouterr()
    for key in keys:
        assert key not in output.out + output.err + caplog.text
        assert [
            place for place, content in contents(world.folder) if key.encode() in content and not place.endswith(".key")
        ] == []
    places = [*contents(world.folder), ("out", output.out.encode()), ("err", output.err.encode()), ("log", caplog.text.encode())]
    assert len(places) > 30
    assert leaks(token, iter(places)) == []
    assert leaks(token, iter([("bare", f"Bearer {token}".encode())])) == ["bare"]


def test_the_search_finds_a_token_wherever_a_careless_program_would_leave_it(tmp_path: Path, world: World) -> None:
    """The naive versions: a token in a plain table, in base64 in a log, in a packed answer."""
    token = world.fake.token(PROJECT)
    with sqlite3.connect(tmp_path / "naive.db") as connection:
        connection.execute("create table t (token text)")
        connection.execute("insert into t values (?)", (token,))
    (tmp_path / "x.log").write_bytes(b"Authorization: " + base64.b64encode(f"user:{token}".encode()))
    (tmp_path / "y.zst").write_bytes(zstandard.ZstdCompressor().compress(token.encode() * 2))
    assert len({place.split()[0] for place in leaks(token, contents(tmp_path))}) == 3


def test_settings_and_tokens_do_not_print_their_secrets() -> None:
    settings = Settings.from_env(
        {
            "CLARITY_ENCRYPTION_KEYS": "s3cret-key",
            "CLARITY_STATE_URL": "postgresql://u:s3cret@h/d",
            "CLARITY_ALERT_WEBHOOK_URL": "https://s3cret",
        }
    )
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in repr(Token("s3cret" * 5))

"""Answers of the kinds that were met in public, served as Clarity would; the folder of them is named by CLARITY_CASES_DIR."""

import json
import os
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clarity_pipeline.clarity.token import Token

CASES = os.environ.get("CLARITY_CASES_DIR", "")

NEEDS_CASES = pytest.mark.skipif(not CASES, reason="CLARITY_CASES_DIR names no folder of cases")


def token_of(case: str) -> Token:
    """A token that names the case which its answers are to be."""
    claims = {"sub": case, "aud": "clarity.data-exporter", "scope": "Data.Export", "exp": 4102444800, "case": case}
    head, body = (urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in ({"alg": "RS256"}, claims))
    return Token.parse(f"{head}.{body}.{'s' * 43}")


@contextmanager
def served(log: Path) -> Iterator[str]:
    """The base address of a server of the cases; each call that reaches it is a line of `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, Path(CASES) / "serve_cases.py", str(port), CASES, "120"], env=os.environ | {"CASES_LOG": str(log)}
    )
    try:
        for _ in range(200):
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()  # it ends by itself after its seconds, and not sooner when asked
        server.wait(10)

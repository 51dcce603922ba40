from pathlib import Path

import pytest

from clarity_pipeline_tests.alerts.receiver import Receiver

CANARY = "c4nary-c4nary-c4nary-in-a-path"


@pytest.fixture
def secret_file(tmp_path: Path, receiver: Receiver) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(f"  {receiver.url}/{CANARY}\n")
    return file


@pytest.fixture
def hooks_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLARITY_WEBHOOK_ALLOW", "127.0.0.1")

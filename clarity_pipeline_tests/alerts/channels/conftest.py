from pathlib import Path

import pytest

from clarity_pipeline_tests.alerts.certificate import Certificate, make_certificate

HOST = "hooks.example.com"


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    """Of `hooks.example.com`."""
    return make_certificate(tmp_path, HOST)

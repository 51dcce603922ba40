"""Environments of their own for what must not mix with ours: made with `python -m venv` and pip, gone with their folder."""

import os
import subprocess
import sys
from pathlib import Path


def make_environment(folder: Path, *packages: str) -> Path:
    """The Python of a fresh environment below `folder` that has `packages`."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    subprocess.run(install, check=True, stdout=sys.stderr)
    return python

"""Look up what the locks name in a database of known holes, with pip-audit in an environment of its own.

Exit status 1 for a known hole. Where no database can be reached nothing was looked up: that is said, and is no failure, because
a build must not depend on somebody else's service.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

LOCKS = ("requirements.lock", "requirements-build.lock")
ENVIRONMENT = Path(".venv-audit")
TOOL = "pip-audit>=2.10,<3"


def main() -> int:
    """Audit each lock; the exit status."""
    pip_audit = ENVIRONMENT / "bin" / "pip-audit"
    if not pip_audit.exists():
        venv.create(ENVIRONMENT, with_pip=True)
        made = subprocess.run(  # noqa: S603 - a fixed command
            [ENVIRONMENT / "bin" / "pip", "install", "--quiet", TOOL], capture_output=True, text=True, check=False
        )
        if made.returncode:
            return _not_audited("pip-audit cannot be installed")
    return max(_audit(pip_audit, lock) for lock in LOCKS)


def _audit(pip_audit: Path, lock: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [pip_audit, "--requirement", lock, "--require-hashes", "--disable-pip", "--format", "json", "--output", report]
        done = subprocess.run(  # noqa: S603 - a fixed command
            [*command, "--timeout", "10"], capture_output=True, text=True, check=False, timeout=600
        )
        if not report.exists() or not report.read_text().strip():
            return _not_audited(f"no database of known holes can be reached for {lock} (pip-audit ended with {done.returncode})")
        packages = json.loads(report.read_text())["dependencies"]
    found = [each for each in packages if "skip_reason" not in each]
    if not found:
        return _not_audited(f"the database that can be reached knows none of the packages of {lock}")
    holes = [(each["name"], each["version"], hole["id"]) for each in found for hole in each["vulns"]]
    for name, version, identifier in holes:
        sys.stdout.write(f"{lock}: {name} {version} has {identifier}\n")
    sys.stdout.write(f"{lock}: {len(found)} of {len(packages)} packages looked up, {len(holes)} known holes\n")
    return 1 if holes else 0


def _not_audited(why: str) -> int:
    sys.stdout.write(f"not audited: {why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

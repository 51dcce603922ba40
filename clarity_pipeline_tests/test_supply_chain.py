"""What is installed, in what it runs, and what it may do there: the locks, the image, compose and systemd, as their files say."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from clarity_pipeline.cli.panel import OF_THE_EXTRA
from clarity_pipeline.settings.settings import Settings
from clarity_pipeline.settings.variables import SettingsError
from clarity_pipeline_tests.cli.running import run_script
from clarity_pipeline_tests.test_deploy import COMPOSE, DEPLOY, SERVICES

ROOT = DEPLOY.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def locked(name: str) -> dict[str, str]:
    """Each package of a lock, with its version, where it is needed, and its hashes."""
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    return {canonicalize_name(re.split(r"[=\[]", entry, maxsplit=1)[0]): entry for entry in entries}


def names(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def test_what_runs_is_part_of_what_is_tested_and_holds_nothing_to_develop_with() -> None:
    runs, develops = locked("requirements.lock"), locked("requirements-dev.lock")
    extras = PROJECT["optional-dependencies"]
    own = names([*PROJECT["dependencies"], *extras["postgres"], *extras["panel"]])
    assert own <= runs.keys()
    assert names(extras["dev"]) <= develops.keys()
    assert not {"pytest", "playwright", "ruff", "mypy", "schemathesis", "hypothesis", "scipy", "matplotlib"} & runs.keys()
    assert len(develops) > len(runs) + 30
    assert {name: version(entry) for name, entry in runs.items()} == {name: version(develops[name]) for name in runs}
    builds = locked("requirements-build.lock")
    assert {name: version(entry) for name, entry in builds.items()} == {name: version(develops[name]) for name in builds}
    assert "hatchling" in builds


def version(entry: str) -> tuple[str, tuple[str, ...]]:
    found = re.search(r"==([^\s;\\]+)", entry)
    assert found
    return found[1], tuple(sorted(re.findall(r"sha256:[0-9a-f]{64}", entry)))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"])
def test_a_lock_has_a_hash_for_each_package_and_no_address(name: str) -> None:
    assert all(version(entry)[1] for entry in locked(name).values())
    assert "://" not in (ROOT / name).read_text()


def test_the_image_takes_what_runs_from_a_stage_that_stays_behind_and_is_nobody_of_importance() -> None:
    build, image = stages()
    assert "--require-hashes --only-binary :all: --requirement requirements.lock" in build
    assert "requirements-dev" not in build + image
    assert "pip install" not in image
    assert "COPY --from=build /opt/clarity-pipeline /opt/clarity-pipeline" in image
    (user,) = re.findall(r"^USER (\d+)$", image, re.MULTILINE)
    assert int(user) > 0
    assert image.rstrip().endswith(f"USER {user}")


def stages() -> tuple[str, str]:
    text = re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE)
    _, build, image = re.split(r"^FROM ", text, flags=re.MULTILINE)
    return build, image


@pytest.mark.parametrize("service", [*SERVICES, "postgres"])
def test_a_container_can_write_only_where_it_must_has_no_capability_and_says_how_it_is(service: str) -> None:
    found = COMPOSE["services"][service]
    assert found["read_only"] is True
    assert found["cap_drop"] == ["ALL"]
    assert ("cap_add" in found) is (service == "postgres")
    assert found["security_opt"] == ["no-new-privileges:true"]
    assert found["healthcheck"]["test"][0] == "CMD"
    assert not {"privileged", "user", "network_mode"} & found.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_a_unit_may_do_what_it_needs_and_nothing_else(service: str) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    unit = DEPLOY / "systemd" / f"clarity-pipeline-{service}.service"
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said.stdout + said.stderr)
    if found is None:
        pytest.skip("this systemd-analyze takes no unit from a file")
    assert float(found[1]) < 2.0


def test_the_passwords_of_the_example_start_nothing(tmp_path: Path) -> None:
    lines = (DEPLOY / "environment.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if re.match(r"\w", line))
    for name in ("CLARITY_STATE_URL", "DAGSTER_PG_PASSWORD"):
        with pytest.raises(SettingsError, match=f"{name} still holds") as caught:
            Settings.from_env({name: example[name]})
        assert "\n" not in str(caught.value)
    ran = run_script("status", environment={"CLARITY_HOME": str(tmp_path), "DAGSTER_PG_PASSWORD": "xchange-mex"}, cwd=tmp_path)
    assert (ran.status, "DAGSTER_PG_PASSWORD" in ran.error, ran.out) == (2, True, "")


def test_the_database_of_compose_is_not_made_with_the_example_s_password(tmp_path: Path) -> None:
    shell, option, script = (each.replace("$$", "$") for each in COMPOSE["services"]["postgres"]["entrypoint"])
    started = tmp_path / "docker-entrypoint.sh"
    started.write_text("#!/bin/sh\necho started $1\n")
    started.chmod(0o755)
    for password, said in (("change-me", (1, "")), ("a pond full of herons", (0, "started postgres\n"))):
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "POSTGRES_PASSWORD": password}
        done = subprocess.run([shell, option, script], env=environment, capture_output=True, text=True, timeout=20, check=False)
        assert (done.returncode, done.stdout) == said


def test_the_panel_asks_for_all_that_its_extra_brings_before_it_starts() -> None:
    brought = {Requirement(each).name.replace("-", "_") for each in PROJECT["optional-dependencies"]["panel"]}
    assert set(OF_THE_EXTRA) == brought

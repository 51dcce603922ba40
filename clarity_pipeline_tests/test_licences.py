"""What others wrote and we run: each under an allowed licence, each in the bill of materials, which is the same each time."""

import json
import re
import subprocess
import sys
from collections import Counter
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.licenses import canonicalize_license_expression

from references.third_party import ROOT, STATED, Part, licence_of, packages, scripts

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "LGPL-3.0-or-later", "MIT", "MIT-0", "MPL-2.0",
    "PSF-2.0", "Zlib",
}  # fmt: skip
"""Ask nothing of whoever runs it; the two that ask for something (of the LGPL and the MPL) ask it of who changes that package."""

WORDS = {
    "Apache-2.0": "Apache",
    "BSD-3-Clause": "BSD",
    "ISC": "ISC",
    "LGPL-3.0-or-later": "LGPL",
    "MIT": "MIT",
    "MPL-2.0": "MPL",
    "PSF-2.0": "Python Software Foundation",
}


def is_allowed(expression: str) -> bool:
    """Whether every part of an `AND` has one alternative of its `OR` that is allowed; parentheses are in none of ours."""
    assert "(" not in expression, expression
    return all(ALLOWED & set(part.split(" OR ")) for part in expression.split(" AND "))


def parts() -> list[Part]:
    return [*packages(), *scripts()]


def test_every_part_that_runs_has_an_allowed_licence() -> None:
    assert [f"{part.name}: {part.licence}" for part in parts() if not is_allowed(part.licence)] == []
    assert len(parts()) > 90


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND GPL-2.0-only", False),
        ("GPL-2.0-only OR MIT", True),
        ("SSPL-1.0", False),
    ],
)
def test_a_licence_that_is_not_on_the_list_is_refused(expression: str, allowed: bool) -> None:
    assert is_allowed(expression) is allowed


def test_what_is_stated_of_a_package_is_an_expression_that_its_own_words_bear_out_and_is_needed() -> None:
    """A package that begins to say it itself needs no statement any more; one that changes its words is looked at again."""
    false = []
    for name, licence in STATED.items():
        assert canonicalize_license_expression(licence) == licence
        try:
            said = metadata(name)
        except PackageNotFoundError:
            continue  # of another system
        words = " ".join([said.get("License") or "", *said.get_all("Classifier", ())])
        silent = "License ::" not in words and not said.get("License")
        borne_out = silent or any(WORDS[each] in words for each in re.split(r" OR | AND ", licence))
        if said.get("License-Expression") or not borne_out:
            false.append(name)
    assert false == []
    assert set(STATED) <= {part.name for part in packages()}, "a package that is not in the lock any more"


def test_a_package_of_which_nothing_is_known_stops_the_page() -> None:
    with pytest.raises(KeyError):
        licence_of("a-package-that-nobody-knows")


def test_the_bill_of_materials_has_every_part_with_version_licence_and_hashes_and_is_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("cyclonedx")
    texts = []
    for name, zone in (("one", "UTC"), ("two", "Asia/Tokyo")):
        command = [sys.executable, "-m", "generate.sbom", str(tmp_path / name / "sbom.cdx.json")]
        environment = {"PATH": "/usr/bin:/bin", "TZ": zone, "PYTHONHASHSEED": str(len(texts))}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=120, capture_output=True)
        texts.append((tmp_path / name / "sbom.cdx.json").read_text())
    assert texts[0] == texts[1]
    found = json.loads(texts[0])
    assert (found["bomFormat"], found["specVersion"], found["metadata"]["component"]["name"]) == (
        "CycloneDX",
        "1.6",
        "clarity-pipeline",
    )
    named = Counter((each["name"], each["version"], each["licenses"][0]["expression"]) for each in found["components"])
    assert named == Counter((part.name, part.version, part.licence) for part in parts())
    files = [reference for each in found["components"] for reference in each.get("externalReferences", ())]
    hashes = {digest["content"] for each in files for digest in each["hashes"]}
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", (ROOT / "requirements.lock").read_text()))
    del found["$schema"]
    assert "://" not in json.dumps(found), "no host"

"""Write the bill of materials: `python -m generate.sbom build/sbom.cdx.json`; CycloneDX 1.6, of what `requirements.lock` runs.

The same lock makes the same bytes: no instant, no number, no place in it. It names packages by their purl and their files by
SHA-256, and no host: who installs from a mirror has the same parts.
"""

import argparse
import json
import sys
import tomllib
from pathlib import Path

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from references.third_party import ROOT, Part, packages, scripts


def document() -> str:
    """The whole document, checked against the schema; `ValueError` where it does not fit."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    licence = [LicenseExpression(project["license"])]
    kind, name = ComponentType.APPLICATION, project["name"]
    root = Component(name=name, version=project["version"], type=kind, licenses=licence, bom_ref=name)
    bom = Bom(components=[_component(part) for part in (*packages(), *scripts())])
    bom.metadata.component = root
    bom.register_dependency(root, bom.components)
    found = json.loads(JsonV1Dot6(bom).output_as_string())
    del found["serialNumber"], found["metadata"]["timestamp"]
    text = json.dumps(found, indent=2, sort_keys=True) + "\n"
    if (wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)) is not None:
        raise ValueError(f"no bill of materials: {wrong}")
    return text


def main() -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m generate.sbom", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path, help="where to write it")
    file: Path = parser.parse_args().file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(document(), encoding="utf-8")
    sys.stdout.write(f"{file}\n")
    return 0


def _component(part: Part) -> Component:
    purl = PackageURL.from_string(part.purl)
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in part.hashes]
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION, url=XsUri(part.purl), hashes=hashes, comment="each file of the release"
    )
    return Component(
        name=part.name,
        version=part.version,
        purl=purl,
        bom_ref=part.purl,
        licenses=[LicenseExpression(part.licence)],
        description=f"where {part.where}" if part.where else None,
        external_references=[files] if hashes else (),
    )


if __name__ == "__main__":
    raise SystemExit(main())

"""What runs that others wrote, and under which licence: the packages of `requirements.lock`, and the panel's script.

The page `docs/reference/third-party.md` and the bill of materials (`generate.sbom`) are made of it. A licence is what the
package's own metadata says as an SPDX expression; of those that say it in words of their own, or run on another system than this
one, it is stated here, as it was read in the package.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from packaging.licenses import canonicalize_license_expression

from references import markdown
from references.markdown import code, table

ROOT = Path(__file__).parents[1]

OPENING = """\
What runs is `requirements.lock` and one script in the panel. Each licence is on a list that a test holds. `make sbom` writes the
same with versions and hashes as a CycloneDX bill of materials, `build/sbom.cdx.json`."""

STATED = {
    "antlr4-python3-runtime": "BSD-3-Clause",
    "anyascii": "ISC",
    "backoff": "MIT",
    "certifi": "MPL-2.0",
    "charset-normalizer": "MIT",
    "colorama": "BSD-3-Clause",
    "coloredlogs": "MIT",
    "docstring-parser": "MIT",
    "duckdb": "MIT",
    "gql": "MIT",
    "graphene": "MIT",
    "graphql-core": "MIT",
    "graphql-relay": "MIT",
    "h11": "MIT",
    "humanfriendly": "MIT",
    "jinja2": "BSD-3-Clause",
    "joserfc": "BSD-3-Clause",
    "markdown-it-py": "MIT",
    "mdurl": "MIT",
    "oauthlib": "BSD-3-Clause",
    "pathlib-abc": "PSF-2.0",
    "propcache": "Apache-2.0",
    "protobuf": "BSD-3-Clause",
    "psutil": "BSD-3-Clause",
    "psycopg2-binary": "LGPL-3.0-or-later",
    "pyreadline3": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "python-dotenv": "BSD-3-Clause",
    "pytz": "MIT",
    "pywin32": "PSF-2.0",
    "pyyaml": "MIT",
    "requests": "Apache-2.0",
    "requests-toolbelt": "Apache-2.0",
    "rich": "MIT",
    "segno": "BSD-3-Clause",
    "six": "MIT",
    "toposort": "Apache-2.0",
    "tqdm": "MPL-2.0 AND MIT",
    "tzdata": "Apache-2.0",
    "uvloop": "Apache-2.0 OR MIT",
    "watchdog": "Apache-2.0",
    "watchfiles": "MIT",
    "yarl": "Apache-2.0",
    "zxcvbn-rs-py": "MIT",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that others wrote; `where` is a marker of the lock, `hashes` are the SHA-256 of the files of that release."""

    name: str
    version: str
    licence: str
    where: str = ""
    hashes: tuple[str, ...] = ()
    purl_type: str = "pypi"

    @property
    def purl(self) -> str:
        """How tools name it."""
        return f"pkg:{self.purl_type}/{self.name}@{self.version}"


def packages() -> Iterator[Part]:
    """Those of the lock, by name; one that differs by version of Python comes twice."""
    for entry in re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8").strip()):
        found = re.match(r"([a-z0-9.-]+)(?:\[[^]]*\])?==([^\s;\\]+)(?: ; ([^\\\n]*\S))?", entry)
        if found is None:
            raise ValueError(f"not an entry of a lock: {entry[:60]!r}")
        hashes = tuple(sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)))
        yield Part(found[1], found[2], licence_of(found[1]), found[3] or "", hashes)


def scripts() -> Iterator[Part]:
    """What stands in the panel's `static/` and is not ours."""
    said = (ROOT / "clarity_pipeline" / "panel" / "static" / "htmx.LICENSE.txt").read_text(encoding="utf-8")
    found = re.search(r"htmx (\d[\d.]*) \(npm package (\S+),", said)
    if found is None or "Zero-Clause BSD" not in said:
        raise ValueError("htmx.LICENSE.txt no longer says version, package and licence")
    yield Part(found[2], found[1], "0BSD", purl_type="npm")


def licence_of(name: str) -> str:
    """An SPDX expression; `KeyError` for a package that says none and of which none is stated."""
    try:
        said = dict(metadata(name).json).get("license_expression")
    except PackageNotFoundError:
        said = None
    return canonicalize_license_expression(str(said)) if said else STATED[name]


def page() -> str:
    """The page, without versions: the lock has them."""
    of = {part.name: part.licence for part in (*packages(), *scripts())}
    return markdown.page("Third parties", OPENING, table(("package", "licence"), ([code(name), of[name]] for name in sorted(of))))

"""Stylesheets and scripts of our own: read once, and served under the hash of their bytes, so that browsers may keep them."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml; charset=utf-8",
    "png": "image/png",
    "ico": "image/x-icon",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of `static/`."""

    name: str
    content: bytes
    media_type: str
    digest: str

    @property
    def path(self) -> str:
        """Where the panel serves it."""
        return f"/static/{self.digest}/{self.name}"


@cache
def assets() -> dict[str, Asset]:
    """Every file of `static/` with a known ending, by name."""
    found = {}
    for file in files("clarity_pipeline.panel").joinpath("static").iterdir():
        if (ending := file.name.rpartition(".")[2]) in _TYPES:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:16]
            found[file.name] = Asset(file.name, content, _TYPES[ending], digest)
    return found


def static(name: str) -> str:
    """The path of a file, for templates."""
    return assets()[name].path

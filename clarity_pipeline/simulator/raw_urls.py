"""The many addresses of one page: what visitors' browsers report and Clarity keeps un-normalised (`docs/clarity-api.md#urls`).

`sessions.py` draws from `catalogue`; nothing here is random, and nothing may ever clean a URL.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clarity_pipeline.simulator.site import Site

Form = Callable[[str, str], str]


def _plain(host: str, path: str) -> str:
    return f"https://{host}{path}"


def _other_slash(host: str, path: str) -> str:
    return _plain(host, path[:-1] if path.endswith("/") else path + "/")


def _index_file(host: str, path: str) -> str:
    return _plain(host, path.rstrip("/") + "/index.html")


def _insecure(host: str, path: str) -> str:
    return f"http://{host}{path}"


def _shouting_host(host: str, path: str) -> str:
    return _plain(host.upper(), path)


def _default_port(host: str, path: str) -> str:
    return _plain(f"{host}:443", path)


def _fragment(host: str, path: str) -> str:
    return _plain(host, path) + "#reviews"


def _sorted_list(host: str, path: str) -> str:
    return _plain(host, path) + "?sort=price&page=2"


def _newsletter(host: str, path: str) -> str:
    return _plain(host, path) + "?ref=newsletter"


def _needless_escape(host: str, path: str) -> str:
    folder, _, name = path.rpartition("/")
    return _plain(host, f"{folder}/%{ord(name[0]):02x}{name[1:]}" if name and name[0] != "%" else path)


FORMS: tuple[Form, ...] = (
    _plain,
    _other_slash,
    _index_file,
    _insecure,
    _shouting_host,
    _default_port,
    _fragment,
    _sorted_list,
    _newsletter,
    _needless_escape,
)
"""The first is the page's own address; the others are drawn evenly for `odd_url_share` of the views."""

STRAY_URLS: tuple[str | None, ...] = (
    None,
    "https://Electron",
    "https://staging-preview.example/",
    "https://Electron/wp-login.php",
)
"""Beside the pages: no URL at all (the `Url: null` row), and hosts that only bots are seen on (`docs/clarity-api.md#rows`)."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every address that needs no click id: `urls`, and `codes[page, form]` pointing into it."""

    urls: tuple[str | None, ...]
    codes: NDArray[np.int64]


def catalogue(site: Site) -> Catalogue:
    """Addresses of a site, each once although two forms of a page may agree; `STRAY_URLS` come first."""
    places: dict[str | None, int] = {url: place for place, url in enumerate(STRAY_URLS)}
    codes = [[places.setdefault(form(site.host, page.path), len(places)) for form in FORMS] for page in site.pages]
    return Catalogue(tuple(places), np.array(codes, dtype=np.int64))

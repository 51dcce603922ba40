"""What a business means by a page: its settings, as data. Without any, pages are what `urls.canonical_url` makes of an address.

Stored with the business (`connections.pages`), carried by every lane, and applied by `page_url`. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

Grouping = Literal["apart", "grouped"]
"""Each address by itself, or all of them as one page."""

_STORED_APART = ("kept_parameters", "keep_path_ids", "site_hosts")
"""They have columns of their own: two are older than the other settings, the third is the business's site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageIdentity:
    """Which addresses are one page. The defaults are what every business had before there was a choice.

    - `kept_parameters`: parameters of a query that tell pages apart (`?p=123`); all others are dropped.
    - `keep_path_ids`: long numbers and hashes in paths tell pages apart, and not visitors.
    - `site_hosts`: the hosts of the business, without `www.`; what lies below one is of it. Empty while nobody knows them.
    - `other_hosts`, `non_web`: what is on other hosts (a translating proxy, a cache, a developer's machine), and what is no
      address on the web (`about:blank`, `file:...`), each apart or grouped as one page.
    - `hash_routes`: `#/pricing` and `#!/help` are pages; an anchor (`#top`) is none.
    - `index_files`: names that stand for their folder, beside `index.html` and `index.php`.
    - `keep_trailing_slash`: `/a` and `/a/` are two pages. `fold_double_slashes`: `//a` and `/a` are one.
    - `lower_case_paths`: `/Pricing` and `/pricing` are one. `compose_accents`: so are both spellings of an accent in Unicode.
    - `drop_session_ids`: `;jsessionid=...` and `/(S(...))` are no part of a path.
    - `path_patterns`: `/product/:name` makes one page of all that fit, as does `/search/*` of everything below it.
    """

    kept_parameters: frozenset[str] = frozenset()
    keep_path_ids: bool = False
    site_hosts: tuple[str, ...] = ()
    other_hosts: Grouping = "apart"
    non_web: Grouping = "apart"
    hash_routes: bool = False
    index_files: tuple[str, ...] = ()
    keep_trailing_slash: bool = False
    fold_double_slashes: bool = False
    lower_case_paths: bool = False
    compose_accents: bool = False
    drop_session_ids: bool = False
    path_patterns: tuple[str, ...] = ()
    is_plain: bool = field(init=False, compare=False, repr=False, default=True)
    """Whether nothing but the two oldest settings can change an address: asked for every one."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_plain", not self.document())

    @classmethod
    def stored(cls, document: Mapping[str, Any] | None) -> "PageIdentity":
        """What `document()` gave; a setting of a later release is passed over."""
        if not document:
            return PLAIN  # of most businesses, and the list of a thousand asks for each
        known = {each.name for each in fields(cls) if each.init} - set(_STORED_APART)
        given: dict[str, Any] = {name: value for name, value in (document or {}).items() if name in known}
        for name, value in given.items():
            given[name] = tuple(value) if isinstance(value, list) else value
        return cls(**given)

    def document(self) -> dict[str, Any]:
        """The settings that are not the default, as JSON values, without those that are stored apart."""
        return {
            each.name: list(value) if isinstance(value, tuple) else value
            for each in fields(self)
            if each.init and each.name not in _STORED_APART and (value := getattr(self, each.name)) != each.default
        }

    def ungrouped(self) -> "PageIdentity":
        """The same for an address that somebody names (a landing page, a marker): it stays itself on any host."""
        return replace(self, other_hosts="apart", non_web="apart")

    def owns(self, host: str) -> bool:
        """Whether a host is one of the site's, or lies below one."""
        return any(host == each or host.endswith(f".{each}") for each in self.site_hosts)


PLAIN = PageIdentity()

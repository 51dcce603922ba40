"""What settings of page identity an answer's addresses speak for: told to people, who look at a preview and decide. Pure.

Called by `upkeep.page_preview` for the visits of weeks, and with each answer for the findings of its date.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from clarity_pipeline.normalize.hosts import named
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.page_routes import routes_in
from clarity_pipeline.normalize.page_url import is_other_host, page_url
from clarity_pipeline.normalize.urls import host_of

ProposalCode = Literal["query_routes", "hash_routes", "page_spellings", "other_hosts", "no_web_pages"]

KNOWN_INDEX_FILES = (
    "index.htm",
    "default.aspx",
    "default.asp",
    "default.htm",
    "default.html",
    "index.aspx",
    "index.jsp",
    "index.shtml",
)
"""What servers of that name give for a folder."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Fields of `PageIdentity` to set, and on how much of the visits (0..1) they bear; `about` names parameters or hosts."""

    code: ProposalCode
    share: float
    about: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def proposals_in(visits: Mapping[str, int], pages: PageIdentity) -> list[Proposal]:
    """Routes and hosts alone, which cost one look at each address."""
    total = sum(visits.values())
    if not total:
        return []
    return [*_routes(visits, pages, total), *_hosts(visits, pages, total)]


def spellings_in(visits: Mapping[str, int], pages: PageIdentity) -> Proposal | None:
    """Settings that make one page of several spellings which are all visited."""
    today = {raw: page_url(raw, pages) for raw in visits}
    found: dict[str, Any] = {}
    moved: set[str] = set()
    for name, value in _spellings(pages):
        changed = replace(pages, **{name: value})
        after = {raw: page_url(raw, changed) for raw in visits}
        stayed = {page for raw, page in after.items() if page == today[raw]}
        apart = {raw for raw, page in after.items() if page != today[raw] and (page in stayed or name == "drop_session_ids")}
        if apart:
            moved |= apart
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *value))) if isinstance(value, tuple) else value
    if not found:
        return None
    return Proposal("page_spellings", sum(visits[raw] for raw in moved) / max(1, sum(visits.values())), "", found)


def others_in(visits: Mapping[str, int], pages: PageIdentity) -> tuple[Counter[str], Counter[str]]:
    """Sessions by host that is not the business's, and by kind (`about:`, `no scheme`) of what is no address on the web."""
    hosts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for raw, sessions in visits.items():
        host = host_of(raw)
        if host is None:
            kinds[_kind(raw)] += sessions
        elif is_other_host(host, pages):
            hosts[host] += sessions
    return hosts, kinds


def _routes(visits: Mapping[str, int], pages: PageIdentity, total: int) -> Iterator[Proposal]:
    routes = routes_in(visits, pages)
    share = routes.visits / total
    if routes.parameters:
        kept = pages.kept_parameters | frozenset(routes.parameters)
        yield Proposal("query_routes", share, ", ".join(sorted(routes.parameters)), {"kept_parameters": kept})
    if routes.hash_routes:
        yield Proposal("hash_routes", share, "", {"hash_routes": True})


def _hosts(visits: Mapping[str, int], pages: PageIdentity, total: int) -> Iterator[Proposal]:
    hosts, kinds = others_in(visits, pages)
    if hosts:
        settings = {} if pages.other_hosts == "grouped" else {"other_hosts": "grouped"}
        yield Proposal("other_hosts", hosts.total() / total, named(dict(hosts.most_common())), settings)
    if kinds:
        settings = {} if pages.non_web == "grouped" else {"non_web": "grouped"}
        yield Proposal("no_web_pages", kinds.total() / total, named(dict(kinds.most_common())), settings)


def _spellings(pages: PageIdentity) -> Iterator[tuple[str, Any]]:
    for name in ("drop_session_ids", "fold_double_slashes", "compose_accents"):
        if not getattr(pages, name):
            yield name, True
    for file in KNOWN_INDEX_FILES:
        if file not in pages.index_files:
            yield "index_files", (*pages.index_files, file)


def _kind(raw: str) -> str:
    """What may be told of it: its scheme, or that it has none; the rest can be a visitor's."""
    scheme, colon, _ = raw.strip().partition(":")
    is_scheme = colon and scheme.isascii() and scheme.replace("-", "").replace("+", "").replace(".", "").isalnum()
    return f"{scheme.lower()}:" if is_scheme and len(scheme) <= 30 else "no scheme"

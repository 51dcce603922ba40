"""Whether a site tells its pages apart where addresses are usually cut: behind a `#`, or in a parameter of the query.

`index.php?route=checkout/cart`, `viewtopic.php?t=5` and `/#/pricing` are pages of their own to everybody but us, who would fold
them into one. What is proposed is never a click id, a session id, a campaign or a search, and has values that come again: a
page is visited by more than one visitor. Asked by `page_proposals`. Pure.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from clarity_pipeline.normalize.hosts import is_of_somebody, is_proxy
from clarity_pipeline.normalize.mask import MASK, masked_part
from clarity_pipeline.normalize.page_identity import PLAIN, PageIdentity
from clarity_pipeline.normalize.page_url import page_url, route_of
from clarity_pipeline.normalize.urls import host_of
from clarity_pipeline.normalize.visit_parameters import kind_of

LEAST_VISITS = 10
"""Of a path; with fewer it is chance."""

LEAST_SHARE_OF_HOST = 0.1
"""A path that routes is a good part of its site: a product finder that few visit is one page with a form on it."""

LEAST_SHARE_OF_PATH = 0.3
"""The first page (`/` beside `/?p=123`) has no parameter; one that more visits lack, as page 2 of a list, is no route."""

LEAST_SHARE_OF_ROUTES = 0.2
"""Of an application with hash routes many visits see its first page alone, which has no route."""

LEAST_SHARE_BELOW = 0.8
"""Below one value of a parameter (`route=product/product`) the next one (`product_id`) stands in nearly every visit."""

LEAST_VISITS_A_VALUE = 2
"""Visits come back to a page, for half of them and to two pages at least; an id of a visit has one."""

_NUMBERED = frozenset({"page", "view", "tab"})
"""`?page=2` is a part of a list, and `?page=about` a page: by its values, which are words."""

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,40}")
"""Anything else is a value that stands where a name should, and is not repeated to anybody."""

MOST_PARAMETERS = 4
"""Of one path; who needs more has filters and no pages."""


@dataclass(frozen=True, slots=True)
class Routes:
    """What is folded that looks like pages: `parameters` by name, and whether the hashes are; `visits` are on such paths."""

    parameters: tuple[str, ...] = ()
    hash_routes: bool = False
    visits: int = 0

    def __bool__(self) -> bool:
        return bool(self.parameters) or self.hash_routes


@dataclass(slots=True)
class _Visit:
    """Visits of one raw address, taken apart."""

    sessions: int
    parameters: dict[str, str]
    route: str | None


def routes_in(visits: Mapping[str, int], pages: PageIdentity) -> Routes:
    """What to keep that `pages` folds, told from sessions by raw URL; falsy where nothing is found."""
    by_path: dict[tuple[str, str], list[_Visit]] = defaultdict(list)
    of_host: Counter[str] = Counter()
    for raw, sessions in visits.items():
        path, host = page_url(raw, PLAIN), host_of(raw)
        if host is None or is_proxy(host) or not is_of_somebody(host) or not sessions:
            continue
        of_host[host] += sessions
        by_path[host, path].append(_taken_apart(raw, sessions))
    parameters: list[str] = []
    found, has_routes = 0, False
    for (host, _), of_path in sorted(by_path.items(), key=lambda item: -_total(item[1])):
        total = _total(of_path)
        if total < LEAST_VISITS or total < LEAST_SHARE_OF_HOST * of_host[host]:
            continue
        routing = [name for name in _routing(of_path) if name not in pages.kept_parameters]
        hashed = not pages.hash_routes and _has_routes(of_path)
        parameters += [name for name in routing if name not in parameters]
        has_routes = has_routes or hashed
        found += total if routing or hashed else 0
    return Routes(tuple(parameters), has_routes, found)


def _taken_apart(raw: str, sessions: int) -> _Visit:
    sent, _, fragment = raw.strip().partition("#")
    pairs = (parameter.partition("=")[::2] for parameter in sent.partition("?")[2].split("&"))
    parameters = {
        name: unquote(value) for name, value in pairs if value and _PLAIN_NAME.fullmatch(name) and not _is_masked([name])
    }
    route = route_of(fragment)
    return _Visit(sessions, parameters, route and "".join(route).partition("?")[0].rstrip("/"))


def _routing(visits: list[_Visit]) -> list[str]:
    """Parameters that stand in most visits of a path, and those that do so below one value of the first."""
    names = [name for name in _names(visits) if _carries(visits, name, least=LEAST_SHARE_OF_PATH)]
    if not names:
        return []
    first = names[0]
    below: list[str] = []
    for value in {visit.parameters.get(first) for visit in visits}:
        of_value = [visit for visit in visits if visit.parameters.get(first) == value]
        if _total(of_value) >= LEAST_VISITS:
            below += [each for each in _names(of_value) if _carries(of_value, each, least=LEAST_SHARE_BELOW)]
    found = list(dict.fromkeys([*names, *sorted(below)]))
    return found if len(found) <= MOST_PARAMETERS else []


def _names(visits: list[_Visit]) -> list[str]:
    """Parameters that may tell pages apart, the one in most visits first."""
    carried: Counter[str] = Counter()
    for visit in visits:
        carried.update(
            dict.fromkeys((name for name, value in visit.parameters.items() if _may_route(name, value)), visit.sessions)
        )
    return [name for name, _ in sorted(carried.items(), key=lambda item: (-item[1], item[0]))]


def _carries(visits: list[_Visit], name: str, *, least: float) -> bool:
    values: Counter[str] = Counter()
    for visit in visits:
        if name in visit.parameters and _may_route(name, visit.parameters[name]):
            values[visit.parameters[name]] += visit.sessions
    return values.total() >= least * _total(visits) and _come_again(values)


def _may_route(name: str, value: str) -> bool:
    return kind_of(name) is None or (name.casefold() in _NUMBERED and not value.isdigit())


def _has_routes(visits: list[_Visit]) -> bool:
    routes: Counter[str] = Counter()
    for visit in visits:
        if visit.route:
            routes[visit.route] += visit.sessions
    is_most = routes.total() >= max(LEAST_VISITS, LEAST_SHARE_OF_ROUTES * _total(visits))
    return is_most and _come_again(routes, is_path=True)


def _come_again(values: Mapping[str, int], *, is_path: bool = False) -> bool:
    """Whether there are two values at least that people come back to, and what would be masked is not most of them."""
    again = [
        count
        for value, count in values.items()
        if count >= LEAST_VISITS_A_VALUE and not _is_masked(value.split("/") if is_path else [value])
    ]
    return len(again) >= 2 and sum(again) >= sum(values.values()) / 2


def _is_masked(parts: list[str]) -> bool:
    return any(MASK in masked_part(part) and MASK not in part for part in parts)


def _total(visits: Iterable[_Visit]) -> int:
    return sum(visit.sessions for visit in visits)

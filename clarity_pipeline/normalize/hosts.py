"""On which hosts an answer's visits were: what tells one client's project from another's. Pure.

Called by `day.site` before a lane is loaded, by the test of a token, and by `connections.site` for what a person typed. A host
that says nothing of whose site it is (`localhost`, an address, a cache) is left out; one behind a translating proxy is the one
that was translated. `https://Electron` and `about:blank` are no hosts.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.normalize.urls import host_of

_OF_NOBODY = (
    "localhost", "local", "internal", "lan", "home", "test", "invalid", "webcache.googleusercontent.com",
    "translate.googleusercontent.com", "web.archive.org", "cc.bingj.com",
)  # fmt: skip
"""Machines of developers, and archives that show anybody's pages."""

_SPELL_THE_HOST = (".translate.goog", ".cdn.ampproject.org", ".bing-amp.com", ".turbopages.org")
"""Proxies that write `www-acme-com` for `www.acme.com`, and `--` for a hyphen."""

_STAND_BEHIND_IT = (".mcas.ms", ".mcas-gov.us")
"""Proxies of a company's own security (Microsoft Defender for Cloud Apps), which put their name behind the whole host."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.ASCII | re.IGNORECASE)


def hosts_of(answer: Answer) -> dict[str, int]:
    """Sessions by host, the busiest first: of people, or of bots where no person came; empty where no URL is told.

    An answer without dimensions tells its hosts by its list of popular pages.
    """
    people: Counter[str] = Counter()
    bots: Counter[str] = Counter()
    for url, sessions, of_bots in visits_in(answer):
        sent = host_of(url)
        host = None if sent is None else behind_proxy(sent)
        if host is not None and is_of_somebody(host):
            people[host] += sessions
            bots[host] += of_bots
    found = people if people.total() else bots
    return {host: count for host, count in found.most_common() if count}


def behind_proxy(host: str) -> str:
    """The host that a translating or caching proxy shows; any other is itself."""
    for suffix in _SPELL_THE_HOST:
        if host.endswith(suffix):
            spelled = host.removesuffix(suffix)
            return spelled.replace("--", "\0").replace("-", ".").replace("\0", "-") if "." not in spelled else host
    for suffix in _STAND_BEHIND_IT:
        if "." in (behind := host.removesuffix(suffix)):
            host = behind
    return host


def is_proxy(host: str) -> bool:
    """Whether it shows the pages of another host."""
    return host.endswith((*_SPELL_THE_HOST, *_STAND_BEHIND_IT))


def is_of_somebody(host: str) -> bool:
    """Whether a host can be a site that visitors come to."""
    if "." not in host or any(host == each or host.endswith(f".{each}") for each in _OF_NOBODY):
        return False
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


def typed_host(text: str) -> str | None:
    """The host that a person means by `www.acme.com`, `acme.com:443/shop` or a whole address, without `www.`; None if none."""
    address = text.strip()
    host = host_of(address if _SCHEME.match(address) else f"https://{address}")
    if host is None or not is_of_somebody(host) or _suffixes().privatesuffix(host) is None:
        return None
    return host.removeprefix("www.")


def registered(host: str) -> str:
    """The domain that somebody registered: `acme.co.uk` of `shop.acme.co.uk`; `acme.myshopify.com` is one by itself."""
    return _suffixes().privatesuffix(host) or host


def named(hosts: Mapping[str, int], *, most: int = 3) -> str:
    """The busiest hosts and their sessions, as words: `www.acme.com (490)`, or `... and 2 more`."""
    shown = [f"{host} ({count:,})" for host, count in list(hosts.items())[:most]]
    more = len(hosts) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def visits_in(answer: Answer) -> Iterator[tuple[str, int, int]]:
    """Raw URLs with the sessions of people and of bots, in the order of the answer; one URL may come more than once."""
    names = answer.asked.dimension_names
    if "url" in names and (traffic := answer.groups.get("Traffic")):
        at = names.index("url")
        sessions, bots = traffic.numbers["totalSessionCount"], traffic.numbers["totalBotSessionCount"]
        for key, people, of_bots in zip(traffic.keys, sessions, bots, strict=True):
            if (url := key[at]) is not None:
                yield url, int(people or 0), int(of_bots or 0)
    if not names and (popular := answer.groups.get("PopularPages")):
        for row, visits in zip(popular.rows, popular.numbers["visitsCount"], strict=True):
            if isinstance(url := row.get("url"), str):
                yield url, int(visits or 0), 0


@lru_cache(1)
def _suffixes() -> PublicSuffixList:
    """Read once, and only by who needs it (0.15 s); the list comes with the package, nothing is fetched."""
    return PublicSuffixList()

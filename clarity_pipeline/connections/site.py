"""Which site a business has, and what an answer's hosts say of it: the token of another client's project is noticed by its hosts.

A site is one host or several; what lies below a host is of the site, and so is `www.`. Somebody names it (`connect --site`), else
it is learned from the first answers and said so. Stored with the business; asked by `day.site`, which loads or holds back, and by
whoever shows it. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping

from clarity_pipeline.connections.credentials import InvalidBusiness
from clarity_pipeline.normalize.hosts import typed_host

LEAST_SHARE = 0.05
"""So much of the visits has to be on the site. In a project of its own a payment page or a second shop hardly takes nineteen
visits of twenty; in another client's project nothing is on the site."""

TOLD_FOR = timedelta(days=14)
"""A site that nobody has named is said so for two weeks."""

LONGEST_SITE = 300
"""Characters of what a form takes and gives back; a token is longer."""

MOST_HOSTS = 50
"""A site of more is no site."""


class InvalidSite(InvalidBusiness):
    """No visitor could come to that."""

    field = "site"


@dataclass(frozen=True, slots=True)
class Site:
    """The hosts of a business, without `www.`; `is_learned` while no person has named them.

    `moved_on` are dates from which on the visits are on other hosts than before, because a person said that it is meant.
    """

    hosts: tuple[str, ...]
    is_learned: bool
    changed_at: datetime
    moved_on: tuple[date, ...] = ()

    @classmethod
    def stored(cls, document: Mapping[str, Any] | None) -> "Site | None":
        """What `document()` gave."""
        if document is None:
            return None
        return cls(
            hosts=tuple(document["hosts"]),
            is_learned=document["learned"],
            changed_at=datetime.fromisoformat(document["changed_at"]),
            moved_on=tuple(map(date.fromisoformat, document["moved_on"])),
        )

    def document(self) -> dict[str, Any]:
        """As JSON values, for the state database."""
        return {
            "hosts": list(self.hosts),
            "learned": self.is_learned,
            "changed_at": self.changed_at.isoformat(),
            "moved_on": [day.isoformat() for day in self.moved_on],
        }

    def owns(self, host: str) -> bool:
        """Whether a host is one of the site's, or lies below one."""
        return any(host == each or host.endswith(f".{each}") for each in self.hosts)

    def share_of(self, hosts: Mapping[str, int]) -> float | None:
        """Of the visits on `hosts`, how much is on the site, 0..1; None without a visit."""
        visits = sum(hosts.values())
        return sum(count for host, count in hosts.items() if self.owns(host)) / visits if visits else None

    def is_other(self, hosts: Mapping[str, int]) -> bool:
        """Whether an answer's visits are somewhere else altogether, or nearly."""
        share = self.share_of(hosts)
        return share is not None and share < LEAST_SHARE

    def others(self, hosts: Mapping[str, int]) -> dict[str, int]:
        """Those of `hosts` that are not the site's."""
        return {host: count for host, count in hosts.items() if not self.owns(host)}

    def is_new_guess(self, now: datetime) -> bool:
        """Whether it was learned so lately that somebody should still be told."""
        return self.is_learned and now - self.changed_at < TOLD_FOR

    def __str__(self) -> str:
        return " and ".join(self.hosts)


def site_values(
    stored: RowMapping | None,
    hosts: tuple[str, ...],
    *,
    now: datetime,
    moved_on: date | None = None,
    is_learned: bool = False,
) -> dict[str, Any]:
    """What the row of a business becomes when its site is `hosts`; dates on which it moved before stay."""
    known = Site.stored(stored["site"]) if stored is not None else None
    moves = {*(known.moved_on if known else ()), *([moved_on] if moved_on else ())}
    return {"site": Site(hosts, is_learned, now, tuple(sorted(moves))).document()}


def checked_hosts(texts: Iterable[str]) -> tuple[str, ...]:
    """The hosts that a person named, each once; raise `InvalidSite` for one that no visitor could come to."""
    hosts = [typed_host(each) for text in texts for each in text.replace(",", " ").split()]
    known = tuple(dict.fromkeys(host for host in hosts if host is not None))
    if None in hosts or not known or len(known) > MOST_HOSTS:
        raise InvalidSite(
            f"A site is the host that its visitors come to, such as www.acme.com (up to {MOST_HOSTS} of them); copy it from a"
            " browser's address line"
        )
    return known

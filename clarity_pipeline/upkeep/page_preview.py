"""What page settings would make of the visits in the vault, before `replay` applies them. Changes nothing, spends no call.

Called by `pages preview`. Pages are told in the spelling they would have, so masked; raw addresses are counted and not shown.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from clarity_pipeline.connections.pages import KEPT, changed
from clarity_pipeline.home import Home
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.page_proposals import Proposal, others_in, proposals_in, spellings_in
from clarity_pipeline.normalize.page_url import page_url
from clarity_pipeline.upkeep.page_visits import page_visits

DAYS = 28
MOST_EXAMPLES = 10

MOST_PAGES = 1000
"""Clarity answers with 1,000 rows at most: with more pages than that most days are cut, and no page has visits to judge."""

EXPLODES = 3
"""So many times as many pages, each with hardly a visit, are no pages: something of the visitor is among what is kept."""

LEAST_VISITS_A_PAGE = 2.0


@dataclass(frozen=True, slots=True)
class Example:
    """Several pages that become one (`merged`), or one that becomes several (`split`); `parts` with their visits, most first."""

    kind: Literal["merged", "split"]
    page: str
    visits: int
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """Pages today and after `changes`, over the visits of `dates`; shares are of the visits, 0..1, None without a visit.

    `pages`: what a page would be. `is_proposed`: nobody gave the changes. `merged` and `split` count today's pages that
    become one with others, and that become several. `upper_bounds` is the share of visits, after, on pages that stand for several
    addresses, whose sessions and users are therefore at most so many.
    """

    business_id: str
    dates: tuple[date, ...]
    visits: int
    pages_today: int
    pages_after: int
    changes: Mapping[str, Any]
    pages: PageIdentity
    is_proposed: bool
    merged: int
    split: int
    examples: tuple[Example, ...]
    other_hosts: Mapping[str, int]
    no_web_pages: Mapping[str, int]
    upper_bounds: float | None
    proposals: tuple[Proposal, ...]
    warnings: tuple[str, ...]

    def share(self, visits: int) -> float | None:
        """Of all the visits."""
        return visits / self.visits if self.visits else None


def preview(home: Home, business_id: str, changes: Mapping[str, Any], *, days: int = DAYS) -> Preview:
    """What `changes` (of `checked_changes`) would make; without any, what the addresses themselves speak for."""
    business = home.connections.get(business_id)
    seen = page_visits(home, business, days=days)
    today = business.pages
    proposals = tuple(_proposals(seen.by_url, changed(business, changes)))
    is_proposed = not changes
    wanted = dict(changes) or _together(proposals)
    pages = changed(business, wanted)
    before = {raw: page_url(raw, today) for raw in seen.by_url}
    after = {raw: page_url(raw, pages) for raw in seen.by_url}
    merged, split = _examples(before, after, seen.by_url)
    hosts, kinds = others_in(seen.by_url, today)
    visits = sum(seen.by_url.values())
    found = Preview(
        business_id=business_id,
        dates=seen.dates,
        visits=visits,
        pages_today=len(set(before.values())),
        pages_after=len(set(after.values())),
        changes=wanted,
        pages=pages,
        is_proposed=is_proposed and bool(wanted),
        merged=sum(len(each.parts) for each in merged),
        split=len(split),
        examples=tuple(sorted([*merged, *split], key=lambda each: (-each.visits, each.page))[:MOST_EXAMPLES]),
        other_hosts=dict(hosts.most_common()),
        no_web_pages=dict(kinds.most_common()),
        upper_bounds=_folded(after, seen.by_url) / visits if visits else None,
        proposals=proposals,
        warnings=(),
    )
    return replace(found, warnings=tuple(_warnings(found)))


def settings_of(proposal: Proposal) -> dict[str, Any]:
    """A proposal as changes of a business."""
    return {KEPT if name == "kept_parameters" else name: _listed(value) for name, value in proposal.settings.items()}


def _listed(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, frozenset) else value


def _proposals(visits: Mapping[str, int], pages: PageIdentity) -> list[Proposal]:
    spellings = spellings_in(visits, pages)
    return [*proposals_in(visits, pages), *([spellings] if spellings else [])]


def _together(proposals: tuple[Proposal, ...]) -> dict[str, Any]:
    """What makes pages of pages; where there is nothing of that, what groups the rest. A site's other hosts may be its own."""
    wanted: dict[str, Any] = {}
    for each in proposals:
        if each.code in ("query_routes", "hash_routes", "page_spellings"):
            wanted |= settings_of(each)
    if not wanted:
        for each in proposals:
            wanted |= settings_of(each)
    return wanted


def _examples(
    before: Mapping[str, str], after: Mapping[str, str], visits: Mapping[str, int]
) -> tuple[list[Example], list[Example]]:
    into: dict[str, Counter[str]] = defaultdict(Counter)
    out_of: dict[str, Counter[str]] = defaultdict(Counter)
    for raw, count in visits.items():
        into[after[raw]][before[raw]] += count
        out_of[before[raw]][after[raw]] += count
    merged = [_example("merged", page, parts) for page, parts in into.items() if len(parts) > 1]
    split = [_example("split", page, parts) for page, parts in out_of.items() if len(parts) > 1]
    return merged, split


def _example(kind: Literal["merged", "split"], page: str, parts: Counter[str]) -> Example:
    return Example(kind, page, parts.total(), dict(parts.most_common()))


def _folded(pages: Mapping[str, str], visits: Mapping[str, int]) -> int:
    """Visits on pages that stand for several addresses."""
    addresses = Counter(pages.values())
    return sum(count for raw, count in visits.items() if addresses[pages[raw]] > 1)


def _warnings(found: Preview) -> list[str]:
    more = found.pages_after > EXPLODES * found.pages_today
    each = found.visits / found.pages_after if found.pages_after else 0.0
    if more and (found.pages_after > MOST_PAGES or each < LEAST_VISITS_A_PAGE):
        return [
            f"{found.pages_after:,} pages in place of {found.pages_today:,}, with {each:.1f} visits each: something that differs"
            " by visit is kept, or too much; name fewer parameters, or a --path-pattern for what varies"
        ]
    return []

"""What an answer's addresses say of its pages: folded where they tell pages apart, or counted more than once. Pure.

Called by `day.lane_rows` with the lane that pages are summed from. What a person has decided is not told again.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.normalize.hosts import visits_in
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.page_proposals import proposals_in
from clarity_pipeline.normalize.page_url import NO_WEB_PAGE, OTHER_HOSTS, page_url
from clarity_pipeline.normalize.visit_parameters import kind_of
from clarity_pipeline.trust.codes import CODE
from clarity_pipeline.warehouse.findings import OfAnswer

LEAST_SHARE = 0.01
"""A visit in a hundred through a translating proxy is nothing to look at."""

LEAST_COUNTED_TWICE = 0.1
"""Sessions of pages are added in no other number than those of a page, so a few more are within what people expect."""


def found_in_pages(answer: Answer, pages: PageIdentity) -> tuple[OfAnswer, ...]:
    """The findings of one answer by URL."""
    visits: Counter[str] = Counter()
    for url, sessions, _ in visits_in(answer):
        visits[url] += sessions
    return tuple(_found(visits, pages))


def counted_twice(visits: Mapping[str, int], pages: PageIdentity) -> float:
    """The share of visits (0..1) that may have been counted before on another address of their page.

    An address by itself counts a visit once. Click ids and campaigns come with a visit and do not change in it, so addresses
    that differ in them alone are one.
    """
    by_page: dict[str, Counter[str]] = defaultdict(Counter)
    for raw, sessions in visits.items():
        by_page[page_url(raw, pages)][_of_a_visit(raw)] += sessions
    total = sum(visits.values())
    of_pages = [addresses for page, addresses in by_page.items() if page not in (OTHER_HOSTS, NO_WEB_PAGE)]
    again = sum(addresses.total() - max(addresses.values()) for addresses in of_pages)
    return again / total if total else 0.0


def _found(visits: Mapping[str, int], pages: PageIdentity) -> Iterator[OfAnswer]:
    for each in proposals_in(visits, pages):
        if each.settings and each.share >= LEAST_SHARE:
            code = CODE[each.code]
            yield OfAnswer(code.code, code.severity, code.metric or each.about, each.share)
    if (share := counted_twice(visits, pages)) >= LEAST_COUNTED_TWICE:
        code = CODE["folded_upper_bound"]
        yield OfAnswer(code.code, code.severity, code.metric, share)


def _of_a_visit(raw: str) -> str:
    """The address without what stays the same through a visit."""
    path, _, rest = raw.partition("?")
    query, hash_mark, fragment = rest.partition("#")
    kept = [each for each in query.split("&") if kind_of(each.partition("=")[0]) in (None, "search or list")]
    return f"{path}?{'&'.join(kept)}{hash_mark}{fragment}"

"""The spike test over the pages of a site on one day, with false discoveries held over all of them.

Called for `scope: url`. Fifty pages tested one by one make fifty times the false alarms; here, with nothing changed
anywhere, the chance that any page of the site is called out is `alpha` a day, however many pages are tested.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from clarity_pipeline.rules.spike.baseline import Day, Standard
from clarity_pipeline.rules.spike.spike import Weighed, weigh
from clarity_pipeline.rules.spike.spike_settings import DEFAULT, SpikeSettings
from clarity_pipeline.rules.spike.spike_verdict import Verdict
from clarity_pipeline.rules.statistics.benjamini_hochberg import cutoff

Page = TypeVar("Page", bound=Hashable)


def spikes_among(
    pages: Mapping[Page, tuple[Day, Iterable[Day]]],
    settings: SpikeSettings = DEFAULT,
    *,
    standards: Mapping[Page, Standard] | None = None,
) -> dict[Page, Verdict]:
    """A verdict a page, from its today and its earlier days; choose the pages by their traffic before, not by today's signal.

    Each is held against its mix where `standards` has it. A page that its ratio floor, least events or baseline keeps from
    firing counts as a test with p = 1: it costs the others a little power and none of the promise. `alpha` of a verdict is the
    level that the day came to.
    """
    weighed = {
        page: weigh(today, before, settings, standard=(standards or {}).get(page)) for page, (today, before) in pages.items()
    }
    tested = [each.p for each in weighed.values() if isinstance(each, Weighed)]
    level = cutoff(tested, q=settings.alpha)
    return {
        page: each.decide(level, within="within_chance_among_pages") if isinstance(each, Weighed) else each
        for page, each in weighed.items()
    }

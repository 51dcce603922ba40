"""Which raw tuples become which row: the join of an answer's metrics, by key and never by position.

The nine metrics of one real answer came in three different orders, and Traffic holds tuples that the others lack
(`docs/clarity-api.md#rows`). Raw tuples become one row when their canonical values are the same. Called by `normalize`.
"""

from collections import Counter
from dataclasses import dataclass

from clarity_pipeline.clarity.answer import Answer
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.measure import Number
from clarity_pipeline.clarity.row_keys import Key
from clarity_pipeline.clarity.wire import METRICS
from clarity_pipeline.normalize.labels import masked_label
from clarity_pipeline.normalize.page_identity import PageIdentity
from clarity_pipeline.normalize.page_url import page_url


@dataclass(frozen=True, slots=True)
class Tuples:
    """The rows to be, in order of first appearance, and where each raw tuple goes.

    `keys`: canonical dimension values of each row. `row_of`: raw tuple to its row. `raw_count`: raw tuples behind each row,
    one that is sent twice in a metric counted twice. `sessions_of`: human sessions of a raw tuple, the weight of its averages.
    """

    keys: list[Key]
    row_of: dict[Key, int]
    raw_count: list[int]
    sessions_of: dict[Key, Number]


def join(answer: Answer, *, pages: PageIdentity) -> Tuples:
    """Find the rows of an answer: one for each canonical tuple that one of the nine metrics holds."""
    known = [group for name, group in answer.groups.items() if name in METRICS and not METRICS[name].listed]
    times: Counter[Key] = Counter()
    for group in known:
        times |= Counter(group.keys)  # the most often that any one metric holds it
    names = answer.asked.dimension_names
    url_at = names.index("url") if "url" in names else None
    row_of_canonical: dict[Key, int] = {}
    row_of: dict[Key, int] = {}
    raw_count: list[int] = []
    for key, count in times.items():
        canonical = _canonical(key, url_at=url_at, pages=pages)
        row = row_of_canonical.setdefault(canonical, len(row_of_canonical))
        if row == len(raw_count):
            raw_count.append(0)
        raw_count[row] += count
        row_of[key] = row
    return Tuples(keys=list(row_of_canonical), row_of=row_of, raw_count=raw_count, sessions_of=_sessions(known))


def _canonical(key: Key, *, url_at: int | None, pages: PageIdentity) -> Key:
    """The URL in its one spelling; campaigns, sources and the rest as sent, but for what could name a visitor."""
    values: list[str | None] = []
    for place, value in enumerate(key):
        if value is not None and place == url_at:
            values.append(page_url(value, pages))
        else:
            values.append(value if value is None else masked_label(value, keep_ids=pages.keep_path_ids))
    return tuple(values)


def _sessions(known: list[Group]) -> dict[Key, Number]:
    """By raw tuple, what Traffic says; where a cut took the tuple from Traffic, what a friction metric says it divided by."""
    found: dict[Key, Number] = {}
    for field in ("sessionsCount", "totalSessionCount"):
        for group in known:
            counted: dict[Key, Number] = {}
            for key, sessions in zip(group.keys, group.numbers.get(field, ()), strict=False):
                if sessions is not None:
                    counted[key] = counted.get(key, 0) + sessions
            found |= counted
    return found

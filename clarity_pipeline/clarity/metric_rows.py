"""The rows of one metric to a `Group`: their tuples, their numbers, and what of them could not be read. Called by `answer`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from clarity_pipeline.clarity.dimensions import Slice
from clarity_pipeline.clarity.envelope import Sent
from clarity_pipeline.clarity.gaps import SESSIONS, TRAFFIC, too_large
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.groups import Metric
from clarity_pipeline.clarity.losses import Losses, kind_of
from clarity_pipeline.clarity.measure import Number
from clarity_pipeline.clarity.numbers import read_column
from clarity_pipeline.clarity.percent import SHARES, proved
from clarity_pipeline.clarity.row_keys import Key, Keyed, Row, Spelled, is_ambiguous, keyed


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """A metric's group, None where nothing of it can be used; its unknown fields; those that were read since they are proved."""

    group: Group | None
    others: list[str]
    proved: list[str]


def read_group(sent: Sent, *, asked: Slice, losses: Losses) -> ReadGroup:
    """Read one metric; what cannot be read of it goes to `losses`. Nothing of a metric that we do not know is lost."""
    metric, rows, aside = sent.metric, sent.rows, sent.placeless
    spelled = Spelled.of(rows, metric=metric, asked=asked)
    tuples = keyed(rows, spelled, asked=asked)
    if metric.listed and not asked.dimensions:
        tuples = _entries(metric, rows, spelled)
    if not metric.fields or (metric.listed and asked.dimensions):
        return _beside(metric, rows, spelled, keys=[] if tuples.why_not else tuples.keys, aside=aside)
    if tuples.why_not and not tuples.keys:
        losses.metric(metric.name, ", ".join(dict.fromkeys(tuples.why_not)), rows=len(rows))
        return ReadGroup(None, spelled.others, [])
    losses.rows(metric.name, tuples.why_not)
    if tuples.places is not None:
        aside += len(rows) - len(tuples.places)
        rows = [rows[place] for place in tuples.places]
    numbers, unread, shares = _numbers(metric, rows, spelled, losses)
    group = Group(metric.name, rows, tuples.keys, numbers, unread, aside)
    return ReadGroup(group, spelled.others, shares)


def _beside(metric: Metric, rows: list[Row], spelled: Spelled, *, keys: list[Key], aside: int) -> ReadGroup:
    """A metric that we do not know, or a list that came with an answer by dimension: as it came, as far as it can be read."""
    if not metric.fields:
        return ReadGroup(Group(metric.name, rows, keys, {}, aside=aside), [], [])
    entries = _entries(metric, rows, spelled)
    if entries.places is not None:
        aside += len(rows) - len(entries.places)
        rows, keys = [rows[place] for place in entries.places], []
    return ReadGroup(
        Group(metric.name, rows, keys, _numbers(metric, rows, spelled, Losses())[0], aside=aside), spelled.others, []
    )


def _entries(metric: Metric, rows: list[Row], spelled: Spelled) -> Keyed:
    """Of a list of the whole site: its rows that name an entry, be it null."""
    names = [field.name for field in metric.fields if field.kind == "text"]
    why_not: dict[int, str] = {}
    for name in names:
        for place, value in enumerate(spelled.column(rows, name, absent=0)):
            if not isinstance(value, str | None):
                why_not[place] = f"without a {name} that is text"
    places = [place for place in range(len(rows)) if place not in why_not]
    return Keyed([()] * len(places), places if why_not else None, list(why_not.values()))


def _numbers(
    metric: Metric, rows: list[Row], spelled: Spelled, losses: Losses
) -> tuple[dict[str, list[Number | None]], dict[str, frozenset[int]], list[str]]:
    """Numbers by field, the places of cells that hold none, and the fields in which shares were proved."""
    columns: dict[str, list[Any]] = {}
    numbers: dict[str, list[Number | None]] = {}
    unread: dict[str, dict[int, str]] = {}
    for field in metric.fields:
        if field.kind == "text":
            continue
        columns[field.name] = sent = spelled.column(rows, field.name)
        numbers[field.name], places = read_column(sent, field)
        if places:
            unread[field.name] = {place: _why(sent[place]) for place in places}
    shares = list(_prove(columns, numbers, unread)) if unread.keys() & set(SHARES) else []
    for name, places in too_large(numbers, metric.name):
        numbers[name] = [None if place in places else number for place, number in enumerate(numbers[name])]
        unread.setdefault(name, {}).update(dict.fromkeys(places, "a number too large to add up"))
    if metric.name == TRAFFIC and None in numbers[SESSIONS]:
        found = enumerate(numbers[SESSIONS])
        null = {place: kind_of(None) for place, number in found if number is None}
        unread[SESSIONS] = null | unread.get(SESSIONS, {})
    for name, why in unread.items():
        losses.cells(metric.name, name, why.values())
    return numbers, {name: frozenset(why) for name, why in unread.items()}, shares


def _why(value: Any) -> str:
    return "two different values" if is_ambiguous(value) else kind_of(value)


def _prove(
    columns: Mapping[str, list[Any]], numbers: dict[str, list[Number | None]], unread: dict[str, dict[int, str]]
) -> Iterator[str]:
    """Read the shares with a percent sign that their rows prove; the fields of which there were any."""
    read: dict[str, dict[int, float]] = {}
    for place in sorted({place for name in SHARES for place in unread.get(name, ())}):
        known = {name: column[place] for name, column in numbers.items()}
        sent = {name: column[place] for name, column in columns.items()}
        for name, share in proved(sent, known).items():
            read.setdefault(name, {})[place] = share
            del unread[name][place]
    for name, found in read.items():
        numbers[name] = [found.get(place, number) for place, number in enumerate(numbers[name])]
        if not unread[name]:
            del unread[name]
        yield name

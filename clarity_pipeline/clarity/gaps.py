"""What an answer lacks, told by holding its metrics against each other: nulls where visitors were, tuples that one left out.

All metrics but Traffic hold the same tuples, those with a human session (`docs/clarity-api.md#rows`); an average without a
session is null by rule. So both are known to be missing, and not zero. Called by `answer`, with groups of dimensions.
"""

from collections.abc import Iterator, Mapping
from typing import cast

from clarity_pipeline.clarity.dimensions import ROW_CAP
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.losses import Losses, kind_of
from clarity_pipeline.clarity.measure import Number
from clarity_pipeline.clarity.measures import MEASURES
from clarity_pipeline.clarity.numbers import LARGEST
from clarity_pipeline.clarity.row_keys import Key
from clarity_pipeline.clarity.wire import METRICS

TRAFFIC, SESSIONS = "Traffic", "totalSessionCount"
OF_SESSIONS = "sessionsCount"

_USED = {(measure.group, field) for measure in MEASURES for field in measure.fields}
_SMALL = 2**31
"""Cells below it add up to less than 64 bits, whatever an answer holds; seconds become milliseconds, shares are multiplied."""


def note_gaps(groups: dict[str, Group], losses: Losses) -> None:
    """Add to `losses` what is null or left out although there were sessions, and put aside what is of no tuple with sessions."""
    known = {name: group for name, group in groups.items() if _is_split(name, group)}
    sessions = _sessions(known)
    for name, group in known.items():
        if misplaced := list(_misplaced(group, sessions)):
            losses.rows(name, ["of a tuple of which Traffic counts no session"] * len(misplaced))
            groups[name] = known[name] = group.only([place not in misplaced for place in range(len(group.rows))])
    for group in known.values():
        _note_nulls(group, sessions, losses)
    if TRAFFIC in known and all(group.rows_sent < ROW_CAP for group in known.values()):
        _note_missing_tuples(known, sessions, losses)


def _is_split(name: str, group: Group) -> bool:
    """Whether it has the tuples of the answer; lists have rows of their own."""
    return name in METRICS and not METRICS[name].listed and len(group.keys) == len(group.rows)


def _sessions(known: Mapping[str, Group]) -> dict[Key, Number]:
    traffic = known.get(TRAFFIC)
    found: dict[Key, Number] = {}
    if traffic is not None:
        for key, count in zip(traffic.keys, traffic.numbers[SESSIONS], strict=True):
            found[key] = found.get(key, 0) + (count or 0)
    return found


def _misplaced(group: Group, sessions: Mapping[Key, Number]) -> Iterator[int]:
    """Rows that say of how many sessions they are, under a tuple that had none: their page was lost on the way, say."""
    counts = group.numbers.get(OF_SESSIONS, ())
    empty = {key for key, count in sessions.items() if count == 0} if counts else set()
    if not empty.isdisjoint(group.keys):
        yield from (place for place, count in enumerate(counts) if count and group.keys[place] in empty)


def _note_nulls(group: Group, sessions: Mapping[Key, Number], losses: Losses) -> None:
    for field in METRICS[group.metric].fields:
        numbers = group.numbers[field.name]
        if None not in numbers:
            continue
        unread = group.unread.get(field.name, frozenset())
        null = [place for place, number in enumerate(numbers) if number is None and place not in unread]
        if len(null) == len(numbers) and (group.metric, field.name) not in _USED:
            continue  # a field that nothing is made of did not come; the drift of the contract names it
        own = group.numbers.get(SESSIONS)
        always = own is not None and field.kind == "count"
        lost = sum(always or (sessions.get(group.keys[place]) if own is None else own[place]) != 0 for place in null)
        losses.cells(group.metric, field.name, [kind_of(None)] * lost)


def _note_missing_tuples(known: Mapping[str, Group], sessions: Mapping[Key, Number], losses: Losses) -> None:
    visited = {key for key, count in sessions.items() if count}
    strangers: set[Key] = set()
    in_order: list[tuple[list[Key], int]] = []  # nine metrics come in three orders, and one look is enough for each
    for name, group in known.items():
        if name == TRAFFIC:
            continue
        lacking = next((lacking for keys, lacking in in_order if keys == group.keys), None)
        if lacking is None:
            held = set(group.keys)
            lacking = len(visited - held)
            strangers |= held - sessions.keys()
            in_order.append((group.keys, lacking))
        losses.rows(name, ["not sent, though Traffic counts its sessions"] * (lacking - group.aside))
    losses.rows(TRAFFIC, ["not sent, though other metrics have it"] * len(strangers))


def too_large(numbers: Mapping[str, list[Number | None]], metric: str) -> Iterator[tuple[str, list[int]]]:
    """Fields with cells that would add up, or multiply, to more than a column of 64 bits holds, and the places of these."""
    if all(_are_small(column) for field, column in numbers.items() if (metric, field) in _USED):
        return
    for measure in MEASURES:
        if measure.group != metric:
            continue
        columns = [numbers[field] for field in measure.fields]
        made = [None if None in cells else (measure.make or _same)(*cells) for cells in zip(*columns, strict=True)]
        if sum(abs(value) for value in made if value is not None) <= LARGEST:
            continue
        for field in measure.fields:
            large = [place for place, number in enumerate(numbers[field]) if number is not None and abs(number) >= _SMALL]
            if large:
                yield field, large


def _are_small(numbers: list[Number | None]) -> bool:
    known = cast("list[Number]", numbers)  # a look at each for None costs more than all the rest
    if None in numbers:
        known = [number for number in numbers if number is not None]
    return not known or (max(known) < _SMALL and min(known) > -_SMALL)


def _same(number: Number) -> Number:
    return number

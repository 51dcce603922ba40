"""What differs between two states of a rule, field by field: shown by `rules sync`, kept with the audit entry as paths alone.

Pure, over documents (`Rule.document()`), so that a rule which an older release wrote can be compared although it cannot be read.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

ABSENT: Final = object()
"""The value of a field that one of the two states does not have."""


class FieldChange(NamedTuple):
    """One field: where it is (`when.all[0].change.ratio`), and its JSON value before and after; `ABSENT` where it is not."""

    path: str
    before: Any
    after: Any

    def document(self) -> dict[str, Any]:
        """For JSON: a key that is not there stands for a field that is not there, since null is a value."""
        return {name: value for name, value in self._asdict().items() if value is not ABSENT}


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """The fields that are not the same, in the order of `after`; those that it lacks come last."""
    old, new = dict(_fields(before)), dict(_fields(after))
    return tuple(
        FieldChange(path, old.get(path, ABSENT), new.get(path, ABSENT))
        for path in dict.fromkeys((*new, *old))
        if not _same(old.get(path, ABSENT), new.get(path, ABSENT))
    )


def _fields(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of everything that is no tree of its own; a list of plain values is one value."""
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _fields(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for place, each in enumerate(value):
            yield from _fields(each, f"{path}[{place}]")
    else:
        yield path, value


def _same(one: Any, other: Any) -> bool:
    """Equal, and of one kind all the way down: to Python `True == 1`, in a list too."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)

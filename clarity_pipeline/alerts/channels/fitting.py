"""Fitting a message into what its receiver takes, measured in what is sent. Pure; used by `email`, `slack`, `teams` and others.

First every alert in full; then the first ones in full and the others in a line each; then some left out and counted ("and 7
more"). A receiver that still says "too large" gets the next shorter form at once, never the same again.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import TypeVar

from clarity_pipeline.alerts.channels.channel import DeliveryFailed

Form = TypeVar("Form")

Build = Callable[[int, int], Form]
"""The message with the first so many alerts in full, and so many told at all."""


def fitted(build: Build[Form], *, entries: int, fits: Callable[[Form], bool]) -> Form:
    """The longest form that fits; the shortest there is where none does."""
    full = _most(entries, lambda number: fits(build(number, entries)))
    if full >= 0:
        return build(full, entries)
    return build(0, max(0, _most(entries, lambda number: fits(build(0, number)))))


def shorter_and_shorter(forms: Sequence[Callable[[], Form]], post: Callable[[Form], None]) -> None:
    """Post the first form; where it is too large, the next that differs; raise what the receiver said of the last."""
    posted: list[Form] = []
    refused: DeliveryFailed | None = None
    for make in forms:
        form = make()
        if form in posted:
            continue
        posted.append(form)
        try:
            post(form)
        except DeliveryFailed as failure:
            if failure.refuses != "size":
                raise
            refused = failure
        else:
            return
    if refused is not None:  # outside the `except`, so that nothing hangs on it
        raise refused


def _most(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to `most` that fits, where fewer always fit too; -1 where none does."""
    return bisect_left(range(most + 1), True, key=lambda number: not fits(number)) - 1

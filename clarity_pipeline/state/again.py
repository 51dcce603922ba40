"""What is done again when the database server goes away in the middle: short transactions and steps that replace what they wrote.

A server that restarts ends every transaction that is open. Each of ours is one short piece of work, and none of them is a call
to Clarity, so it is done again once the server is back (`StateDatabase` waits for that). Where the end of a commit was not heard,
a row may stand already: then a slot more is taken, or an attempt is noted twice; a call is never made for it.

One level only, the innermost: what an `again` has tried in vain is not tried by one around it, which would be four times four
tries, each with a wait for the server, and locks held all the while.
"""

import functools
import inspect
import re
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from clarity_pipeline.state.database import StateLost

PAUSES_SECONDS = (0.1, 0.5, 2.0)
"""Before the second try, the third and the last; the database waits for its server besides."""

_READ_ONCE = re.compile(r"\b(Async)?(Iterable|Iterator|Generator)\b")
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")
_Class = TypeVar("_Class", bound=type)


def again(do: Callable[[], _Found], *, sleep: Callable[[float], None] = time.sleep) -> _Found:
    """What `do` gives, done again where the connection was lost in the middle. Raises `StateLost` in the end.

    Whatever `do` reads must be there to be read again: a generator is used up, and the second try would write nothing.
    """
    for pause in PAUSES_SECONDS:
        try:
            return do()
        except StateLost as lost:
            if lost.was_tried:
                raise
            sleep(pause)
    try:
        return do()
    except StateLost as lost:
        lost.was_tried = True
        raise


def each_method_again(found: _Class) -> _Class:
    """Make every public method of a class, each of which is one transaction, be done again.

    Its arguments and what it gives are collections that can be read again; a method that says otherwise is a `TypeError`.
    """
    for name, method in vars(found).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            if _READ_ONCE.search(" ".join(map(str, method.__annotations__.values()))):
                raise TypeError(f"{found.__name__}.{name} is done again, and takes or gives what can be read only once")
            setattr(found, name, _again(method))
    return found


def _again(method: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    @functools.wraps(method)
    def made(*given: _Given.args, **named: _Given.kwargs) -> _Found:
        return again(lambda: method(*given, **named))

    return made

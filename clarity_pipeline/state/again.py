"""What is done again when the database server goes away in the middle: short transactions and steps that replace what they wrote.

A server that restarts ends every transaction that is open. Each of ours is one short piece of work, and none of them is a call
to Clarity, so it is done again once the server is back (`StateDatabase` waits for that). Where the end of a commit was not heard,
a row may stand already: then a slot more is taken, or an attempt is noted twice; a call is never made for it.
"""

import functools
import inspect
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from clarity_pipeline.state.database import StateLost

PAUSES_SECONDS = (0.1, 0.5, 2.0)
"""Before the second try, the third and the last; the database waits for its server besides."""

_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")
_Class = TypeVar("_Class", bound=type)


def again(do: Callable[[], _Found], *, sleep: Callable[[float], None] = time.sleep) -> _Found:
    """What `do` gives, done again where the connection was lost in the middle. Raises `StateLost` in the end."""
    for pause in PAUSES_SECONDS:
        try:
            return do()
        except StateLost:
            sleep(pause)
    return do()


def each_method_again(found: _Class) -> _Class:
    """Make every public method of a class, each of which is one transaction, be done again."""
    for name, method in vars(found).items():
        if inspect.isfunction(method) and not name.startswith("_"):
            setattr(found, name, _again(method))
    return found


def _again(method: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    @functools.wraps(method)
    def made(*given: _Given.args, **named: _Given.kwargs) -> _Found:
        return again(lambda: method(*given, **named))

    return made

"""Real processes for races: forked from a clean server that has the slow imports done, eight of them in milliseconds.

Plain `spawn` pays the imports of Alembic and pytest in each process (0.4 s of a core), plain `fork` would share our databases.
"""

from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(
    [
        "pytest",
        "alembic.command",
        "sqlalchemy.dialects.sqlite",
        "clarity_pipeline.cli.main",
        "clarity_pipeline.definitions",
        "clarity_pipeline.orchestration.sync",
    ]
)


def run_together(count: int, work: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What `work(*arguments, number, together)` gave in each of `count` processes; `together` is the barrier that they share."""
    together, results = CONTEXT.Barrier(count), CONTEXT.SimpleQueue()
    workers = [CONTEXT.Process(target=_work, args=(work, arguments, number, together, results)) for number in range(count)]
    for worker in workers:
        worker.start()
    given = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * count
    failures = [each for each in given if isinstance(each, Exception)]
    assert not failures, failures
    return given


def _work(work: Callable[..., Any], arguments: tuple[Any, ...], number: int, together: Any, results: Any) -> None:
    try:
        results.put(work(*arguments, number, together))
    except Exception as error:
        results.put(RuntimeError(repr(error)))

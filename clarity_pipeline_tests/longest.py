"""What the tests cost in processor time, and which of those that `make test` runs belong to `make slow`.

Processor time, since a machine with other work doubles the other kind; a share of the whole run instead of seconds, since they
differ threefold. What a session's fixtures cost is nobody's: it falls on whichever test comes first.
"""

import resource
from collections.abc import Iterator

import pytest

SHARE = 0.025
"""Of the processor time of all tests: a test that takes more is named at the end. A day by the real job is a third of this."""

ENOUGH_TESTS = 1000
"""Of a smaller run one test is always a large part."""

_SPENT, _SHARED = pytest.StashKey[float](), pytest.StashKey[float]()


def _processor_seconds() -> float:
    """Of this process and of the children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever marks a test says why, for those who look for what `make test` does not run."""
    silent = [item.nodeid for item in items for mark in item.iter_markers("slow") if not mark.args]
    if silent:
        raise pytest.UsageError(f'write @pytest.mark.slow("why it takes long"): {", ".join(silent)}')


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    item.stash[_SPENT] = _processor_seconds()
    item.session.stash[_SHARED] = 0.0
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> Iterator[None]:
    if fixturedef.scope != "session":
        return (yield)
    shared, before = request.session.stash.get(_SHARED, 0.0), _processor_seconds()
    try:
        return (yield)
    finally:  # what it asked for itself is in it
        request.session.stash[_SHARED] = shared + _processor_seconds() - before


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    if call.when == "teardown":
        spent = _processor_seconds() - item.stash[_SPENT] - item.session.stash[_SHARED]
        item.user_properties.append(("processor_seconds", spent))
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """In the process that the person started; the workers send their reports there."""
    spent = {
        report.nodeid: float(value)
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, value in report.user_properties
        if name == "processor_seconds"
    }
    total = sum(spent.values())
    long = sorted(((seconds, nodeid) for nodeid, seconds in spent.items() if seconds > SHARE * total), reverse=True)
    if len(spent) < ENOUGH_TESTS or not long or config.getoption("markexpr") != "not slow":
        return
    terminalreporter.section(f"over {SHARE:.1%} of the {total:.0f} processor seconds of all tests", yellow=True)
    for seconds, nodeid in long:
        terminalreporter.line(f"{seconds:6.1f} s {nodeid}")
    terminalreporter.line('Make each faster, or mark it @pytest.mark.slow("why"): then `make slow` and CI run it.')

"""The report: what was measured, as Markdown tables that a person reads and as figures with targets that CI checks."""

from collections.abc import Iterable, Iterator, Sequence

from benchmarks.alerts.jumps import PLANS
from benchmarks.alerts.measure import Measured, Numbers
from benchmarks.alerts.naive import DETECTORS
from benchmarks.alerts.ours import NAME
from benchmarks.alerts.power import events_needed
from benchmarks.alerts.quiet import PAGES_TOGETHER
from benchmarks.alerts.sites import SIGNALS, SIZES
from benchmarks.report import Figure
from clarity_pipeline.rules.spike.spike_settings import DEFAULT
from clarity_pipeline.simulator.site import Event

LEAST_SEEN = 0.9
STORM = next(name for name, plan in PLANS.items() if plan.storm)
DAY_BY_WHICH = {30: 7, 100: 3, 400: 1, 2_000: 1, 20_000: 1}
"""By when a threefold jump of the site is to be seen, by sessions a day."""


def figures(measured: Measured, *, sites: int) -> Iterator[Figure]:
    """What must hold. A rare signal on a small site has no target where the best possible test, or the rule itself, says so."""
    for quiet in measured.quiet:
        where = f"{_name(quiet['event'])}, {quiet['size']:,} a day"
        yield Figure(f"false alarms a site and year: {where}", quiet["opened"][NAME], "a year", target=1.0, at_least=False)
    for jump in _select(measured.jumps, plan="site x3", detector=NAME):
        by = DAY_BY_WHICH[jump["size"]]
        where = f"{_name(jump['event'])}, {jump['size']:,} a day"
        target = None if why_not(measured, jump["event"], jump["size"]) else LEAST_SEEN - _luck(sites)
        yield Figure(f"x3 seen by day {by}: {where}", jump[f"day {by}"], "share", target=target)
    for storm in _select(measured.jumps, plan=STORM, detector=NAME):
        where = f"{_name(storm['event'])}, {storm['size']:,} a day"
        yield Figure(f"one visitor's 80 clicks fire: {where}", storm["day 14"], "share", target=1e-9, at_least=False)
    for pages in _select(measured.pages, way=PAGES_TOGETHER):
        yield Figure(f"false alarms of 50 pages: {pages['size']:,} a day", pages["opened"], "a year", target=1.0, at_least=False)


def why_not(measured: Measured, event: Event, size: int) -> str | None:
    """Why a threefold jump cannot be seen in time here; None where it can."""
    by = DAY_BY_WHICH[size]
    best = _one(measured.best, event=event, size=size)
    ceiling = best[f"rate known, {by} days"]
    if ceiling < LEAST_SEEN:
        return (
            f"impossible: {best['events_a_day'] * by:.1f} are normal in {by} day{'s' * (by > 1)}, and the best of all tests"
            f" sees a jump to three times that in {ceiling:.0%} at one false alarm a year; {events_needed():.1f} would be needed"
        )
    unknown = _one(measured.quiet, event=event, size=size)["unknown_share"]
    if unknown > 0.5:
        return (
            f"declared: the rule says 'not enough data' on {unknown:.0%} of the days; the best test that has only 28 days to"
            f" know the rate from reaches {best[f'rate from 28 days, {by} days']:.0%}, if the rate never wobbled"
        )
    return None


def markdown(measured: Measured, *, title: str) -> str:
    """The whole report."""
    return "\n".join(
        [
            f"# {title}",
            "",
            "A false alarm is an incident opened on a site where nothing changed; fired days in a row are one incident. Sessions"
            f" a day are the site's. Our test: alpha {DEFAULT.alpha:g} a day for all looks, ratio floor {DEFAULT.ratio_floor:g},"
            f" at least {DEFAULT.min_events} events, looks of {', '.join(map(str, DEFAULT.windows))} days.",
            "",
            "![False alarms and detection by size of the site](alerts.png)",
            *(line for event in SIGNALS for line in _signal(measured, event)),
            *_pages(measured),
            *_harsh(measured),
            *_weekdays(measured),
            "",
        ]
    )


def _signal(measured: Measured, event: Event) -> Iterator[str]:
    best = {size: _one(measured.best, event=event, size=size) for size in SIZES}
    share = best[20_000]["events_a_day"] / 20_000
    yield from ("", f"## {_name(event).capitalize()}: sessions with them are {share:.1%} of the site's sessions", "")
    yield "False alarms a site and year (days that fired):"
    yield ""
    yield from _table(
        ["detector", *(f"{size:,}" for size in SIZES)],
        ([name, *(_alarms(_one(measured.quiet, event=event, size=size), name) for size in SIZES)] for name in (NAME, *DETECTORS)),
    )
    unknown = (f"{_one(measured.quiet, event=event, size=size)['unknown_share']:.0%}" for size in SIZES)
    looks = (f"{_one(measured.quiet, event=event, size=size)['looks']:.1f}" for size in SIZES)
    yield from ("", "Ours, by size:", "")
    yield from _table(
        ["", *(f"{size:,}" for size in SIZES)],
        [["days on which it says it cannot tell", *unknown], ["looks a day, on average", *looks]],
    )
    yield from ("", "What is planted from one day on, seen by day 1 / 3 / 7, ours (`page` is the busiest alone):", "")
    yield from _seen_table(measured, event, [(plan, plan, NAME) for plan in PLANS])
    for plan, note in (("site x3", "false alarms of those days included"), (STORM, "where one click of theirs does not fire")):
        yield from ("", f"The others, {plan}, {note}:", "")
        yield from _seen_table(measured, event, [(name, plan, name) for name in DETECTORS])
    yield from ("", "No test can see a threefold jump of the site more often than this, at one false alarm a year:", "")
    ways = [(way, days) for way in ("rate known", "rate from 28 days") for days in (1, 3, 7)]
    yield from _table(
        ["the last days", *(f"{size:,}" for size in SIZES)],
        [
            ["normal events a day", *(f"{best[size]['events_a_day']:.2f}" for size in SIZES)],
            *([f"{days}, {way}", *(f"{best[size][f'{way}, {days} days']:.2f}" for size in SIZES)] for way, days in ways),
        ],
    )
    reasons = {size: why_not(measured, event, size) for size in SIZES}
    yield from ("", *(f"- {size:,} sessions a day: {reason}." for size, reason in reasons.items() if reason))


def _seen_table(measured: Measured, event: Event, rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """By label, plan and detector."""
    return _table(
        ["", *(f"{size:,}" for size in SIZES)],
        ([label, *(_seen(measured, event, size, plan=plan, detector=name) for size in SIZES)] for label, plan, name in rows),
    )


def _pages(measured: Measured) -> Iterator[str]:
    yield from ("", "## Fifty pages of one site, dead clicks", "", "Alarms of all pages together, a site and year:", "")
    yield from _table(
        ["way", "sessions a day", "false alarms", "fired days"],
        ([each["way"], f"{each['size']:,}", f"{each['opened']:.2f}", f"{each['fired_days']:.2f}"] for each in measured.pages),
    )
    yield from ("", "A threefold jump of the busiest page, seen by day 1, 3 and 7:", "")
    columns = [name for name in measured.page_jumps[0] if name != "size"]
    yield from _table(
        ["sessions a day", *columns],
        ([f"{each['size']:,}", *(f"{each[name]:.2f}" for name in columns)] for each in measured.page_jumps),
    )


def _harsh(measured: Measured) -> Iterator[str]:
    yield from ("", "## Rates that wander more than the fake Clarity's", "", "Dead clicks, false alarms a site and year:", "")
    sizes = sorted({each["size"] for each in measured.harsh})
    kinds = dict.fromkeys(each["kind"] for each in measured.harsh)
    yield from _table(
        ["the rate wobbles by", *(f"{size:,}" for size in sizes)],
        ([kind, *(f"{_one(measured.harsh, size=size, kind=kind)['opened']:.2f}" for size in sizes)] for kind in kinds),
    )


def _weekdays(measured: Measured) -> Iterator[str]:
    yield from ("", "## Would a weekday factor help?", "")
    yield "Dead clicks; the rate is higher on Saturdays and Sundays by the rhythm. Jumps are twofold, on their first day."
    yield ""
    yield from _table(
        ["sessions a day", "rhythm", "way", "false alarms a year", "jumps seen"],
        (
            [f"{each['size']:,}", f"{each['rhythm']:.0%}", each["way"], f"{each['alarms']:.2f}", f"{each['seen']:.2f}"]
            for each in measured.weekdays
        ),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _alarms(quiet: Numbers, name: str) -> str:
    return f"{quiet['opened'][name]:.2f} ({quiet['fired_days'][name]:.2f})"


def _seen(measured: Measured, event: Event, size: int, *, plan: str, detector: str) -> str:
    found = _one(measured.jumps, event=event, size=size, plan=plan, detector=detector)
    return " / ".join(f"{found[f'day {day}']:.2f}" for day in (1, 3, 7))


def _luck(sites: int) -> float:
    """Two standard errors of a share of 0.9 over so many sites."""
    return 2 * (0.09 / sites) ** 0.5


def _name(event: str) -> str:
    return event.replace("_", " ")


def _select(rows: list[Numbers], **wanted: object) -> list[Numbers]:
    return [row for row in rows if all(row[name] == value for name, value in wanted.items())]


def _one(rows: list[Numbers], **wanted: object) -> Numbers:
    (row,) = _select(rows, **wanted)
    return row

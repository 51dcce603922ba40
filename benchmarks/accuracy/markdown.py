"""The report as Markdown: targets first, then every measure in every situation, then the fault days. Words and tables only."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.accuracy.chronicle import Chronicle
from benchmarks.accuracy.cut_lanes import shares_apart
from benchmarks.accuracy.errors import METHODS, Line
from benchmarks.accuracy.fault_days import Outcome
from benchmarks.accuracy.measures import COVERED_SHARE_BOUND, MEASURES
from benchmarks.accuracy.targets import SESSIONS_OF_CHANCE, Target

PICTURE = "errors.png"
_POINTS = {measure.name for measure in MEASURES if measure.kind == "points"}
_OPENING = """# The measured error

Numbers in DuckDB against the sessions that the fake Clarity really had. Ours is the pipeline itself: real capture over a
loopback socket, vault, loading, marts. Beside it the method of an afternoon: one `numOfDays=1` call whenever the machine is up,
stored under today's date, tried again on a 429, sums over URLs as sessions and as users. "Read back" is the same table for a kind
reader, who knows that a call soon after midnight tells of the day before.

Both live through the same nights: about a third is fetched at 00:05 UTC, a quarter late (up to 05:48), and in the others Clarity
is down for hours or for two days, somebody else has spent the calls, or the machine is off.

![Errors by situation, both methods](errors.png)
"""
_HOW_TO_READ = f"""
**Within** means the 95th percentile over a site's business-days in that situation that are not cut. A site is judged where the
bound is worth at least {SESSIONS_OF_CHANCE} sessions on its median day (for events: sessions with any of them); in brackets
stand those that are not: at 400 sessions a day the five minutes before a call at 00:05 hold 0.6 of a visitor on either side, and
whether two or three came decides. *Of the window* is ours at the largest site against the truth of the 24 hours that its rows
declare (`window_start`, `window_end`): what is 0 there is the pipeline's own error, and the rest are the visitors of the minutes
between midnight and the call.
"""
_TRUTH = """
## What the truth is

A session counts in every address it saw, as Clarity counts it; an address is folded to its page by the canonical URL. Whoever saw
one page under two addresses (an ad's click id, then the plain one) is two sessions of that page in the answer, and no client can
see it. That is not counted as an error above, and is this much:

"""
_LIMITS = """
The fake Clarity gives a session to the window in which it starts, whole, and is never late with a number; what the real one does
there is not published. Distinct users of pages are left out: a sum of them over URLs is an upper bound, as docs/analysts.md says;
what the method of an afternoon takes for the site's users and sessions is under *site-day*, beside the totals of those that have
opted in.
"""


def report(
    chronicles: Sequence[Chronicle],
    lines: Sequence[Line],
    reached: Sequence[Target],
    outcomes: Sequence[Outcome],
    *,
    nights: int,
    largest: int,
    seed: int,
    seconds: float,
) -> str:
    """The whole document."""
    parts = [
        _OPENING,
        f"{nights} nights a site, {len(outcomes):,} fault days, seed {seed}, {seconds:,.0f} s.\n",
        "## Targets\n",
        _targets(reached),
        _HOW_TO_READ,
        *_situations(lines),
        _cut_lanes(chronicles),
        _fault_days(outcomes, largest=largest),
        _TRUTH,
        _sites(chronicles),
        _LIMITS,
    ]
    return "\n".join(parts)


def _targets(reached: Sequence[Target]) -> str:
    """A row a target, a column a site: ours against theirs, p95 against p95."""
    sites = list(dict.fromkeys(each.site for each in reached))
    rows = []
    for quality, measure in dict.fromkeys((each.quality, each.measure) for each in reached):
        at = {each.site: each for each in reached if (each.quality, each.measure) == (quality, measure)}
        some = next(iter(at.values()))
        judged = [each for each in at.values() if each.judged]
        verdict = "not judged" if not judged else "reached" if all(each.reached for each in judged) else "**missed**"
        largest = at[[site for site in sites if site in at][-1]]
        rows.append(
            [
                f"{quality}: {measure}",
                _error(some.bound, points=some.unit == "points"),
                verdict,
                *(_at_site(at.get(site)) for site in sites),
                _error(largest.of_window, points=some.unit == "points"),
            ]
        )
    return _table(["target", "bound", "", *(f"{site}: ours / afternoon / read back" for site in sites), "of the window"], rows)


def _at_site(target: Target | None) -> str:
    if target is None:
        return "-"
    points = target.unit == "points"
    cell = " / ".join(_error(value, points=points) for value in (target.ours, target.afternoon, target.afternoon_read_back))
    return cell if target.judged else f"({cell})"


def _situations(lines: Sequence[Line]) -> Iterable[str]:
    """A table for each level and situation: all measures, both methods side by side."""
    header = ["measure", "n", "ours, median", "p95", "n", "afternoon, median", "p95", "n", "read back, median", "p95"]
    cells = {(line.level, line.situation, line.measure, line.method): line for line in lines}
    for level, situation in dict.fromkeys((line.level, line.situation) for line in lines):
        rows = []
        for measure in dict.fromkeys(line.measure for line in lines if (line.level, line.situation) == (level, situation)):
            row = [measure]
            for method in METHODS:
                line = cells.get((level, situation, measure, method))
                points = measure in _POINTS
                row += (
                    ["-", "-", "-"]
                    if line is None or not line.n
                    else [f"{line.n:,}", _error(line.median, points=points), _error(line.p95, points=points)]
                )
            rows.append(row)
        yield f"\n## {level}, {situation}\n"
        yield _table(header, rows)


def _cut_lanes(chronicles: Sequence[Chronicle]) -> str:
    header = [
        "site",
        "told by",
        "cut lanes",
        "true share, median",
        "said minus true, median",
        "95th percentile of the distance",
        "",
    ]
    rows = []
    for each in chronicles:
        for method in dict.fromkeys(lane.method for lane in each.cut_lanes):
            lanes = [lane for lane in each.cut_lanes if lane.method == method]
            apart = [lane.said - lane.true for lane in lanes if lane.said is not None]
            row = [each.site, method or "nothing", f"{len(lanes):,}", f"{np.median([lane.true for lane in lanes]):.1%}"]
            if apart:
                worst = shares_apart(lanes) or 0.0
                verdict = "reached" if worst <= COVERED_SHARE_BOUND else "**missed**"
                row += [f"{100 * np.median(apart):+.1f} points", f"{100 * worst:.1f} points", verdict]
            rows.append([*row, *["-"] * (len(header) - len(row))])
    bound = f"Bound: within {100 * COVERED_SHARE_BOUND:g} points of the true share."
    told = _table(header, rows) if rows else "No lane that is cut says how much it covers."
    return f"\n## Cut lanes: the share of visits that they say they cover\n\n{told}\n\n{bound}\n"


def _fault_days(outcomes: Sequence[Outcome], *, largest: int) -> str:
    verdicts = sum((outcome.verdicts for outcome in outcomes), Counter[str]())
    theirs = Counter(finding.verdict for outcome in outcomes for finding in outcome.afternoon.values())
    silent = [(outcome.seed, day, name, finding) for outcome in outcomes for (day, name), finding in outcome.silent.items()]
    untold = sum(not reasons for outcome in outcomes for reasons in outcome.missing.values())
    marks = Counter(
        mark
        for outcome in outcomes
        for finding in outcome.lanes.values()
        if finding.verdict == "marked"
        for mark in finding.marks
    )
    rows = [
        ["within the bounds", f"{verdicts['right']:,}"],
        ["beyond them by the visitors of the minutes that its declared window leaves out", f"{verdicts['edge']:,}"],
        ["beyond them, and marked", f"{verdicts['marked']:,}"],
        ["no number, and a job that says why", f"{verdicts['missing'] - untold:,}"],
        ["no number and no job: nothing ran", f"{untold:,}"],
        ["**wrong without a word**", f"**{verdicts['silent']:,}**"],
    ]
    told = _table(["mark", "lanes"], [[mark, f"{count:,}"] for mark, count in marks.most_common()])
    listed = "\n".join(
        f"- seed {seed}, {day} {name}: " + ", ".join(f"{measure} off by {off:.3g}" for measure, off in finding.wrong.items())
        for seed, day, name, finding in silent
    )
    again = f"`python -m benchmarks.accuracy.fault_days SEED --largest {largest}` lives one of them again and tells its story."
    return (
        f"\n## Nothing silent: {len(outcomes):,} randomised fault days\n\n{_table(['lanes', ''], rows)}\n\n"
        f"What marked the wrong ones:\n\n{told}\n\n"
        f"The method of an afternoon on the same days: {theirs['silent']:,} of {theirs.total():,} dates that it has a number for"
        f" are wrong by more than the bounds, and nothing in its table says so.\n\n{listed}\n{again}\n"
    )


def _sites(chronicles: Sequence[Chronicle]) -> str:
    rows = []
    for each in chronicles:
        days = each.said[(each.said["level"] == "business-day") & (each.said["measure"] == "sessions")]
        nothing = int(days["ours"].isna().sum())
        rows.append(
            [
                each.site,
                f"{np.mean(each.raw_urls):,.0f}",
                f"{int((days['situation'] == 'cut').sum())}",
                f"{nothing}",
                f"{int(days['afternoon'].isna().sum())}",
                f"+{np.median(each.twice_counted):.1%}",
                f"+{max(each.twice_counted):.1%}",
            ]
        )
    header = ["sessions", "raw URLs a day", "dates cut", "without a number, ours", "afternoon", "counted twice, median", "most"]
    return _table(header, rows)


def _error(value: float | None, *, points: bool) -> str:
    if value is None or value != value:
        return "-"
    return f"{value:.2f} points" if points else f"{value:.2%}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

"""How often each rule of the library is wrong: years of unchanged simulated sites through the backtest's own functions.

    .venv/bin/python -m benchmarks.rule_library [--sites 60] [--rule ID] [--processes 2] [--json] [--write]

Each rule on sites of the sizes that its YAML file names, 400 days each, 35 of them history. `--write` keeps the result in
benchmarks/rule_library.json and puts its numbers into the comments of the files; a test holds the two against each other. The
rules about the connection are left out: no chance sets them off. Some ten minutes on two idle cores.
"""

import json
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from benchmarks.alerts.sites import FIRST, SHAPES, habits
from benchmarks.alerts.whole_sites import SiteYears, whole_site, whole_site_pages
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.rules.backtest.backtest import backtest
from clarity_pipeline.rules.engine.history import History, Version
from clarity_pipeline.rules.engine.known import Change, Entity, Known
from clarity_pipeline.rules.language.metric import EVENTS as EVENT_COLUMNS
from clarity_pipeline.rules.language.ready import MEASURED, LibraryRule, library
from clarity_pipeline.rules.language.rule import Rule

DAYS, BEFORE = 400, 35
SITES = 60
RESULT = Path(__file__).with_name("rule_library.json")
FILES = Path(__file__).parent.parent / "clarity_pipeline" / "rules" / "examples" / "library"
MOST = 1.0
"""False alarms a site and year that no rule of the library may exceed."""

NAMES = (
    "sessions",
    *EVENT_COLUMNS.values(),
    *(f"{signal}_sessions" for signal in EVENT_COLUMNS),
    "scroll_depth_sum",
    "scroll_depth_sessions",
    "engagement_time_sum",
    "engagement_time_sessions",
    "bot_sessions",
    "visits",
)
"""The columns of a day, as the warehouse reads them."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One rule at one size."""

    rule_id: str
    size: int
    site_years: float = 0.0
    alarms: int = 0
    answers: int = 0
    unknown: int = 0

    @property
    def a_year(self) -> float:
        """False alarms a site and year."""
        return self.alarms / self.site_years

    @property
    def unknown_share(self) -> float:
        """Share of the answers that were none: a rule that is never sure is quiet for another reason."""
        return self.unknown / self.answers

    def __add__(self, other: "Measured") -> "Measured":
        """Of two sets of sites."""
        return Measured(
            self.rule_id,
            self.size,
            self.site_years + other.site_years,
            self.alarms + other.alarms,
            self.answers + other.answers,
            self.unknown + other.unknown,
        )


def history(site: SiteYears) -> History:
    """The days of a site or page."""
    sessions = site.sessions.tolist()
    scroll, engagement = (
        np.nan_to_num(column * site.sessions).tolist() for column in (site.scroll_depth, site.engagement_time_ms)
    )
    events = {event: (series.events.tolist(), series.signal_sessions.tolist()) for event, series in site.events.items()}
    bots = site.bot_sessions.tolist()
    return History(
        NAMES,
        [
            Version(
                date=FIRST + timedelta(days=number),
                values=(
                    sessions[number],
                    *(events[event][0][number] for event in EVENT_COLUMNS.values()),
                    *(events[event][1][number] for event in EVENT_COLUMNS.values()),
                    float(scroll[number]),
                    sessions[number],
                    float(engagement[number]),
                    sessions[number],
                    bots[number],
                    sessions[number] + bots[number],
                ),
            )
            for number in range(len(sessions))
        ],
    )


def unchanged(rule: Rule, *, size: int, number: int, days: int = DAYS) -> Known:
    """What is known of one of the sites after its years, with what the rule needs beside its days.

    A third each are shaped like the large shop, the company and the small trade; every 28 days a change is marked that changed
    nothing; one ad, which spends 100 a day, leads to the busiest page.
    """
    of = habits(list(SHAPES)[number % len(SHAPES)])
    rng = np.random.default_rng([2031, size, number])
    if rule.scope == "business":
        marked = tuple(Change(url=None, changed_on=FIRST + timedelta(days=day)) for day in range(BEFORE, days, 28))
        site = history(whole_site(of, size=size, days=days, rng=rng))
        return Known(business_id=f"site-{number}", business=site, changes=marked)
    drawn = whole_site_pages(of, size=size, days=days, rng=rng)
    pages = {page.path: history(each) for page, each in zip(of.site.pages, drawn, strict=True)}
    spends = History(("spend",), [Version(date=FIRST + timedelta(days=day), values=(100.0,)) for day in range(days)])
    ad = Entity(level="ad", entity_id="1", name=None, landing_url=of.site.pages[of.busiest].path, history=spends)
    return Known(business_id=f"site-{number}", pages=pages, entities=(ad,))


def measure(rule: Rule, *, size: int, first: int, sites: int, days: int = DAYS) -> Measured:
    """The sites from number `first` on; an alert about each of its pages is one of the site's."""
    rule = rule.model_copy(update={"enabled": True})
    from_date, to_date = FIRST + timedelta(days=BEFORE), FIRST + timedelta(days=days - 1)
    total = Measured(rule.id, size)
    for number in range(first, first + sites):
        known = unchanged(rule, size=size, number=number, days=days)
        found = backtest(rule, known=known, from_date=from_date, to_date=to_date).values()
        alarms, answers = sum(each.messages.opened for each in found), sum(each.days for each in found)
        unknown = sum(len(each.unknown_on) for each in found)
        total += Measured(rule.id, size, (days - BEFORE) / 365, alarms, answers, unknown)
    return total


def measure_all(rules: Sequence[LibraryRule], *, sites: int, processes: int) -> list[Measured]:
    """Every rule at every size that its file names; the same numbers whatever `processes` is."""
    step = max(1, sites // 4)
    with ProcessPoolExecutor(processes) as pool:
        asked = [
            pool.submit(measure, each.rule, size=size, first=first, sites=min(step, sites - first))
            for each in rules
            for size, *_ in each.measured
            for first in range(0, sites, step)
        ]
        parts = [each.result() for each in asked]
    found: dict[tuple[str, int], Measured] = {}
    for part in parts:
        key = part.rule_id, part.size
        found[key] = found[key] + part if key in found else part
    return list(found.values())


def write(measured: Sequence[Measured], *, sites: int) -> None:
    """Keep the result, and put its numbers into the comments."""
    kept = json.loads(RESULT.read_text("utf-8"))["rules"] if RESULT.exists() else {}
    for each in measured:
        numbers = {"false_alarms_a_site_and_year": round(each.a_year, 2), "unknown_share": round(each.unknown_share, 3)}
        kept.setdefault(each.rule_id, {})[f"{each.size:,}"] = numbers
    result = {"sites": sites, "days": DAYS, "days_of_history": BEFORE, "rules": kept}
    RESULT.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    for file in FILES.glob("*.yaml"):
        text = file.read_text("utf-8")
        rule_id = re.search(r"^id: (.+)$", text, re.MULTILINE)
        for size, numbers in kept.get(rule_id[1] if rule_id else "", {}).items():
            rate = MEASURED.format(numbers["false_alarms_a_site_and_year"], 100 * numbers["unknown_share"])
            text = re.sub(rf"^(# +{size} sessions a day:) .*$", rf"\1 {rate}", text, flags=re.MULTILINE)
        file.write_text(text, "utf-8")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--sites", type=int, default=SITES, help="of each size")
    parser.add_argument("--rule", help="this one alone")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="keep the result beside this script and in the files of the rules")
    asked = parser.parse_args()
    rules = [each for each in library() if asked.rule in (None, each.rule.id)]
    measured = measure_all(rules, sites=asked.sites, processes=asked.processes)
    if asked.write:
        write(measured, sites=asked.sites)
    figures = []
    for each in measured:
        name = f"{each.rule_id}, {each.size:,} sessions a day"
        figures.append(Figure(f"{name}: false alarms", each.a_year, "a year", target=MOST, at_least=False))
        figures.append(Figure(f"{name}: no answer", 100 * each.unknown_share, "% days"))
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()

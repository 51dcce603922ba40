"""How many alerts one lasting change opens, and how often a limit that is near the mean flaps: through the backtest's own engine.

    .venv/bin/python -m benchmarks.openings [--seed 1] [--sites 12] [--json]

Made-up sites whose dead clicks double or treble on a day and stay so for 60 days, by the ready rule `dead-clicks-jump`; and years
of unchanged sites with a limit at 1.1 times their mean, as a person might set it to pause an ad. Each is also ended as it was
before there was an ending level: on the first day that does not hold. Changes that were never seen are left out of the mean.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np

from benchmarks.alerts.sites import FIRST, SHAPES, Series, habits, no_change, site_days
from benchmarks.report import Figure, arguments, finish
from clarity_pipeline.rules.backtest.backtest import Backtest, backtest
from clarity_pipeline.rules.engine.history import History, Version
from clarity_pipeline.rules.engine.known import Known
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.rules.language.rule import Rule

BEFORE = 60
LASTS = 60
YEAR = 365
SIZES = (100, 500, 3_000)
MOST_OPENINGS = 1.2
"""Alerts that one lasting change may open in 60 days, on average."""


def spikes() -> Rule:
    """The ready rule."""
    found = next(each.rule for each in library() if each.rule.id == "dead-clicks-jump")
    return found.model_copy(update={"enabled": True})


def limit(value: float, window_days: int) -> Rule:
    """As somebody writes it who has looked at the mean."""
    leaf = {"metric": "clarity_dead_click_rate", "operator": "above", "value": value, "window_days": window_days}
    document = {"id": "near-the-mean", "name": "Near the mean", "action": "recommend_pause", "when": {"threshold": leaf}}
    return Rule.model_validate(document)


def ended_at_once(rule: Rule) -> Rule:
    """The same, ended as before: by the limit that it begins at, on the first day."""
    document = rule.document()
    (kind,) = document["when"]
    leaf = document["when"][kind]
    level = leaf["value"] if kind == "threshold" else leaf["ratio_floor"]
    when: dict[str, Any] = {kind: {**leaf, "ends_at": level}}
    return Rule.model_validate({**document, "when": when, "resolve_after_days": 1})


def known(series: Series) -> Known:
    """A business with these days."""
    names = ("sessions", "dead_clicks", "dead_click_sessions")
    columns = zip(series.sessions.tolist(), series.events.tolist(), series.signal_sessions.tolist(), strict=True)
    days = [Version(date=FIRST + timedelta(days=number), values=values) for number, values in enumerate(columns)]
    return Known(business_id="made-up", business=History(names, days))


def drawn(number: int, *, seed: int, size: int, days: int, times: float = 1.0) -> Series:
    """One site, `times` worse on all pages from day `BEFORE` on."""
    of = habits(list(SHAPES)[number % len(SHAPES)])
    factors = no_change(days, len(of.visits))
    factors[BEFORE:] *= times
    rng = np.random.default_rng([seed, size, number, days])
    return site_days(of, size=size, event="dead_clicks", factors=factors, rng=rng)


def tried(rule: Rule, series: Series) -> Backtest:
    """From the day of the change on."""
    to_date = FIRST + timedelta(days=len(series.sessions) - 1)
    (found,) = backtest(rule, known=known(series), from_date=FIRST + timedelta(days=BEFORE), to_date=to_date).values()
    return found


def lasting(*, seed: int, sites: int) -> Iterator[Figure]:
    """Openings of each change that was seen, by size and strength."""
    rule = spikes()
    for times in (2.0, 3.0):
        for size in SIZES:
            series = [drawn(number, seed=seed, size=size, days=BEFORE + LASTS, times=times) for number in range(sites)]
            for name, asked, target in (("", rule, MOST_OPENINGS + 1e-9), (", ended at once", ended_at_once(rule), None)):
                opened = [len(tried(asked, each).incidents) for each in series]
                seen = [each for each in opened if each]
                what = f"x{times:g} for {LASTS} days, {size:,} sessions{name}"
                yield Figure(f"{what}: openings", float(np.mean(seen)) if seen else 0.0, "a change", target, at_least=False)
                yield Figure(f"{what}: most openings", float(max(opened)), "")
                yield Figure(f"{what}: seen", 100 * len(seen) / sites, "%")


def flapping(*, seed: int, sites: int) -> Iterator[Figure]:
    """Openings a year of a limit at 1.1 times the mean of an unchanged site."""
    series = [drawn(number, seed=seed, size=500, days=BEFORE + YEAR) for number in range(sites)]
    for window_days in (1, 7):
        found: dict[str, list[int]] = {"": [], ", ended at once": []}
        for each in series:
            rule = limit(1.1 * float(each.events.sum() / each.sessions.sum()), window_days)
            found[""].append(len(tried(rule, each).incidents))
            found[", ended at once"].append(len(tried(ended_at_once(rule), each).incidents))
        for name, opened in found.items():
            yield Figure(
                f"limit at 1.1 times the mean, window of {window_days}{name}: openings", float(np.mean(opened)), "a year"
            )


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sites", type=int, default=12, help="of each size")
    asked = parser.parse_args()
    figures = [*lasting(seed=asked.seed, sites=asked.sites), *flapping(seed=asked.seed, sites=asked.sites)]
    finish(figures, as_json=asked.json)


if __name__ == "__main__":
    main()

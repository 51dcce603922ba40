"""How often the cause of a change is named, and named wrongly: made-up sites of pages x devices x campaigns, split as alerts are.

    .venv/bin/python -m benchmarks.causes
    .venv/bin/python -m benchmarks.causes --seed 7 --json causes.json

Each site has a baseline of 28 days and one day on which something was done, or nothing. Its days vary together by 10 %, beyond
chance. Only a day that an alert could open on counts: its rate is three standard errors above the baseline's, of chance (where
such days are rare) one. What is asked is what a message says: which page (and device), which campaign, or nobody.
"""

import argparse
import json
import math
import random
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from clarity_pipeline.rules.engine.cause import Cause, Dimension, name_cause
from clarity_pipeline.rules.statistics.kitagawa import Cell, split

PAGES = tuple(f"https://shop.example/{name}" for name in ("", "checkout", "cart", "shoes", "jackets", "sale", "help", "blog"))
DEVICES = {"Mobile": 0.6, "PC": 0.35, "Tablet": 0.05}
CAMPAIGNS = {"no campaign": 0.7, "brand": 0.2, "spring": 0.1}
NEW = "launch"
BASELINE_DAYS = 28
DAYS_VARY = 0.1
SITES = 20
CHANCE_SITES = 100
FIRES, BY_CHANCE = 3.0, 1.0
SIZES = (500, 3000)

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Named:
    """Of so many sites of a size whose day fired, on how many the right cause was named; `made` were made for that."""

    scenario: str
    visits_a_day: int
    sites: int
    right: int
    made: int


def cause_of(scenario: str, *, visits: int, draw: random.Random) -> tuple[Cause | None, str, float]:
    """What is said of one made-up site, the page that was broken, and by how many standard errors the rate rose."""
    weight = {page: 1 / (place + 1) for place, page in enumerate(PAGES)}
    rate = {page: draw.uniform(0.03, 0.08) for page in PAGES}
    broken = draw.choice(PAGES[:4])
    cells: dict[Key, list[float]] = defaultdict(lambda: [0.0] * 4)
    for day in range(BASELINE_DAYS + 1):
        is_now = day == BASELINE_DAYS
        factor = math.exp(draw.gauss(0, DAYS_VARY))
        campaigns = CAMPAIGNS | ({NEW: 1.0} if is_now and scenario == "campaign" else {})
        for (page, page_share), (device, device_share), (campaign, share) in product(
            weight.items(), DEVICES.items(), campaigns.items()
        ):
            onto = page == "https://shop.example/sale" if campaign == NEW else True
            of_page = 1.0 if campaign == NEW else page_share / sum(weight.values())
            came = _count(visits * of_page * device_share * share, draw) if onto else 0
            own = rate[page] * factor * (2.5 if page == "https://shop.example/sale" else 1.0)
            if is_now:
                own *= _times(scenario, is_broken=page == broken, device=device)
            seen = cells[page, device, campaign]
            seen[2 * is_now] += came
            seen[2 * is_now + 1] += _count(came * min(own, 1.0), draw)
    lanes: dict[Dimension, int] = {"page": 0, "device": 1, "campaign": 2}
    dispersion = 1 + DAYS_VARY**2 * visits * sum(rate.values()) / len(rate)
    splits = {lane: found for lane, place in lanes.items() if (found := split(_lane(cells, place), dispersion=dispersion))}
    cause = name_cause(splits, visits_now=sum(each[2] for each in cells.values()), counts_visits=True)
    whole = splits.get("page")
    return cause, broken, (whole.now - whole.before) / whole.error if whole else 0.0


def named_rightly(scenario: str, *, visits: int, sites: int, draw: random.Random) -> Named:
    """So many sites whose day fired."""
    least = BY_CHANCE if scenario == "chance" else FIRES
    told = right = made = 0
    while told < sites:
        cause, broken, rise = cause_of(scenario, visits=visits, draw=draw)
        made += 1
        if rise >= least:
            told += 1
            right += is_right(scenario, cause, broken)
    return Named(scenario, visits, sites, right, made)


def _times(scenario: str, *, is_broken: bool, device: str) -> float:
    broken = {"page": is_broken, "page on one device": is_broken and device == "Mobile", "device": device == "Mobile"}
    if scenario == "everywhere":
        return 2.0
    return 5.0 if broken.get(scenario) else 1.0


def _lane(cells: dict[Key, list[float]], place: int) -> list[Cell]:
    summed: dict[str, list[float]] = defaultdict(lambda: [0.0] * 4)
    for key, numbers in cells.items():
        summed[key[place]] = [one + more for one, more in zip(summed[key[place]], numbers, strict=True)]
    return [Cell(name, *numbers) for name, numbers in summed.items()]


def _count(mean: float, draw: random.Random) -> int:
    """A Poisson count; of a large mean by its normal likeness."""
    if mean > 50:
        return max(round(draw.gauss(mean, math.sqrt(mean))), 0)
    count, left = 0, draw.random() - (chance := math.exp(-mean))
    while left > 0:
        count += 1
        chance *= mean / count
        left -= chance
        if count > 10 * mean + 50:
            break
    return count


def is_right(scenario: str, cause: Cause | None, broken: str) -> bool:
    """Whether the cause is what was done; of chance, that nobody is named."""
    named = {each.dimension: each.name for each in cause.named} if cause else {}
    kind = cause.kind if cause else "unclear"
    return {
        "page": kind == "one" and next(iter(named.items()), None) == ("page", broken),
        "page on one device": kind == "one" and named.get("page") == broken and named.get("device") in ("Mobile", None),
        "device": kind == "one" and next(iter(named.items()), None) == ("device", "Mobile"),
        "campaign": kind == "mix" and named == {"campaign": NEW},
        "everywhere": kind == "everywhere",
        "chance": not named,
    }[scenario]


def main() -> None:
    """Print the table; exit 1 where a broken page or a campaign is not named on every site, or chance on one in twenty."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    asked = parser.parse_args()
    found = []
    for scenario in ("page", "page on one device", "device", "campaign", "everywhere", "chance"):
        for visits in SIZES:
            sites = CHANCE_SITES if scenario == "chance" else SITES
            draw = random.Random(f"{asked.seed} {scenario} {visits}")
            of = named_rightly(scenario, visits=visits, sites=sites, draw=draw)
            found.append(of)
            print(f"{scenario:<20} {visits:>6,} visits a day: {of.right} of {sites} right ({of.made} made)")
    if asked.json:
        asked.json.write_text(json.dumps({"seed": asked.seed, "named": [asdict(each) for each in found]}, indent=2) + "\n")
    wanted = {"page": 1.0, "campaign": 1.0, "chance": 0.95}
    sys.exit(any(each.right < wanted.get(each.scenario, 0.0) * each.sites for each in found))


if __name__ == "__main__":
    main()

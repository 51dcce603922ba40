"""A fake Clarity whose every project answers with lanes of a given length, after a pause: the night's other side.

    .venv/bin/python -m benchmarks.sweep.site --businesses 10 --rows 100 --pause 0.3 --now 2026-11-21T00:05:00+00:00

Started by the sweep as a process of its own, so that what it costs counts for nobody. It prints one line of JSON when it listens,
with its address and the tokens. A line of its input is an instant to move its clock to, and answered with the calls that it has
had until then; the end of its input ends it.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from benchmarks.answers import FRICTION
from clarity_pipeline.simulator.presets import small
from clarity_pipeline.simulator.server import FakeClarity

VALUES = {
    "Device": ("PC", "Mobile", "Tablet", "Other"),
    "Source": ("google", "bing", "newsletter", None),
    "Country": ("Kenya", "Czech Republic", "United States", "Turkey"),
    "Campaign": ("spring-sale", "brand", "remarketing", None),
    "Channel": ("Direct", "PaidSearch", "Social", "OrganicSearch"),
}
KEYS = {"URL": "Url"}


@dataclass(frozen=True, slots=True)
class Visits:
    """What one page had of one value of each dimension: the same in every lane, so that the lanes agree, as those of a day do."""

    url: str
    place: int
    groups: dict[str, dict[str, int | float]]


def visits(host: str, *, rows: int, seed: int) -> list[Visits]:
    """As many as a lane has rows, on a quarter as many pages, whose URLs have some 90 characters."""
    draw = random.Random(seed)
    found = []
    for number in range(rows):
        page = f"https://{host}/collections/{('shoes', 'jackets')[number // 4 % 2]}/spring-sale-{number // 4:05}"
        url = f"{page}?utm_source=news&gclid={random.Random(number // 4).getrandbits(96):024x}"
        sessions = draw.randint(1, 200)
        found.append(Visits(url, number % 4, {metric: _row(metric, sessions, draw) for metric in METRICS}))
    return found


METRICS = (*FRICTION, "ScrollDepth", "Traffic", "EngagementTime")


def _row(metric: str, sessions: int, draw: random.Random) -> dict[str, int | float]:
    """Unlike those of `benchmarks.answers` no share is beyond what a site has: a night is measured in which nothing is found."""
    if metric == "Traffic":
        return {
            "totalSessionCount": sessions,
            "totalBotSessionCount": sessions // 20,
            "distinctUserCount": sessions,
            "pagesPerSessionPercentage": round(draw.uniform(1, 15), 6),
        }
    if metric == "ScrollDepth":
        return {"averageScrollDepth": round(draw.uniform(7, 100), 2)}
    if metric == "EngagementTime":
        active = draw.randint(0, 300)
        return {"totalTime": active + draw.randint(0, 300), "activeTime": active}
    affected = sessions // draw.randint(2, 30)
    share = round(100 * affected / sessions, 2)
    return {
        "sessionsCount": sessions,
        "sessionsWithMetricPercentage": share,
        "sessionsWithoutMetricPercentage": round(100 - share, 2),
        "pagesViews": affected,
        "subTotal": affected + draw.randint(0, 9) if affected else 0,
    }


def lane(found: Sequence[Visits], dimensions: Sequence[str], *, seed: int) -> bytes:
    """An answer by these dimensions; the metrics' rows come in different orders, as on the wire."""
    keys = [KEYS.get(each, each) for each in dimensions]
    told = [{key: each.url if key == "Url" else VALUES[key][each.place] for key in keys} for each in found]
    shuffled = random.Random(seed)
    groups = [
        {
            "metricName": metric,
            "information": [
                found[place].groups[metric] | told[place] for place in shuffled.sample(range(len(found)), len(found))
            ],
        }
        for metric in METRICS
    ]
    return json.dumps(groups, separators=(",", ":")).encode()


class LanesOfOneLength(FakeClarity):
    """The contract of the fake Clarity with answers of `rows` rows a metric, `pause` seconds after the question."""

    def __init__(self, project_ids: Sequence[str], *, rows: int, pause: float, seed: int, **how: Any) -> None:
        super().__init__([replace(small(), project_id=each) for each in project_ids], seed=seed, **how)
        self._rows, self._pause = rows, pause
        self._numbers = {each: seed + number for number, each in enumerate(project_ids)}
        self.last_call_at = 0.0

    def answer(self, project_id: str, *, dimensions: Sequence[str], num_of_days: int = 1, at: datetime) -> bytes:  # noqa: ARG002
        """The body; the pause is Clarity's."""
        began = time.monotonic()
        seed = self._numbers[project_id] + 1_000 * at.timetuple().tm_yday
        body = lane(visits(f"www.{project_id}.example", rows=self._rows, seed=seed), dimensions, seed=seed)
        time.sleep(max(0.0, self._pause - (time.monotonic() - began)))
        self.last_call_at = time.time()
        return body


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--businesses", type=int, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--pause", type=float, required=True)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--now", type=datetime.fromisoformat, required=True)
    asked = parser.parse_args()
    project_ids = [f"proj{number:06}" for number in range(asked.businesses)]
    now = [asked.now]
    fake = LanesOfOneLength(project_ids, rows=asked.rows, pause=asked.pause, seed=asked.seed, clock=lambda: now[0])
    with fake:
        tokens = {each: fake.token(each) for each in project_ids}
        print(json.dumps({"base_url": fake.base_url, "tokens": tokens}), flush=True)
        for line in sys.stdin:
            now[0] = datetime.fromisoformat(line.strip())
            print(json.dumps({"calls": len(fake.calls()), "last_call_at": fake.last_call_at}), flush=True)


if __name__ == "__main__":
    main()

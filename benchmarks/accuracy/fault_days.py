"""Randomised fault days: whatever goes wrong between Clarity and a lane, is any number wrong without a word?

    .venv/bin/python -m benchmarks.accuracy.fault_days SEED [SEED ...] [--largest N]    live some again, and tell their story

A fault day is a date of a site and the night after it: when the machine runs, which of the simulator's faults its calls meet,
outages, calls that others have spent, tests and refetches by people, a token that is revoked, a machine that dies between a
call and its load (`stories.py`). While lanes are missing, further nights follow. Then each lane of each date is judged, and
what the method of an afternoon has stored meanwhile.
"""

import argparse
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.accuracy.afternoon import Afternoon
from benchmarks.accuracy.judge import Finding, judge, judge_sums
from benchmarks.accuracy.lanes import LOADS, job_reasons, loaded_lanes
from benchmarks.accuracy.ours import BUSINESS, Hand, Ours, blank, open_ours, scratch
from benchmarks.accuracy.stories import HANGING, LARGEST, Event, Story, What, draw, told
from benchmarks.accuracy.truths import DayTruth
from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.clarity.dimensions import DAILY_SLICES
from clarity_pipeline.clarity.token import Token
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.simulator.faults import FAULTS
from clarity_pipeline.simulator.server import FakeClarity
from clarity_pipeline.simulator.window import SessionLog

CALL_SECONDS = 1.0
SEED_OF_SESSIONS = 7


@dataclass(slots=True)
class Outcome:
    """What became of a fault day: findings by date and lane, lanes without rows and why, and the afternoon method's findings."""

    seed: int
    lanes: dict[tuple[date, str], Finding] = field(default_factory=dict)
    missing: dict[tuple[date, str], tuple[str, ...]] = field(default_factory=dict)
    afternoon: dict[date, Finding] = field(default_factory=dict)

    @property
    def silent(self) -> dict[tuple[date, str], Finding]:
        """Lanes that are wrong without a word."""
        return {lane: finding for lane, finding in self.lanes.items() if finding.verdict == "silent"}

    def document(self) -> dict[str, Any]:
        """The outcome for `results.json`."""
        lanes = {f"{day} {name}": asdict(finding) for (day, name), finding in self.lanes.items()}
        missing = {f"{day} {name}": reasons for (day, name), reasons in self.missing.items()}
        return {
            "seed": self.seed,
            "lanes": lanes,
            "missing": missing,
            "afternoon": {str(day): asdict(finding) for day, finding in self.afternoon.items()},
        }

    @property
    def verdicts(self) -> Counter[str]:
        """How many lanes of each verdict, `missing` among them."""
        return Counter([*(finding.verdict for finding in self.lanes.values()), *("missing" for _ in self.missing)])


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is there when something happens: our home and its Clarity, and the afternoon method with one of its own."""

    ours: Ours
    fake: FakeClarity
    their: Afternoon
    their_fake: FakeClarity


def live(story: Story, *, home: Path) -> Outcome:
    """Live a story on real parts below `home`, and judge what is stored in the end."""
    hand, site = Hand(), story.site
    with (
        FakeClarity([site], clock=hand, seed=SEED_OF_SESSIONS) as fake,
        FakeClarity([site], clock=hand, seed=SEED_OF_SESSIONS) as their_fake,
    ):
        for start, end, name in story.outages:
            for each in (fake, their_fake):
                each.outage(site.project_id, start, end, fault=FAULTS[name])
        their = Afternoon(their_fake.base_url, their_fake.token(site.project_id), sleep=lambda _: None)
        hand.now = datetime.combine(story.first, time(12), UTC)
        with open_ours(home, fake=fake, site=site, hand=hand, call_seconds=CALL_SECONDS) as ours:
            scene = Scene(ours, fake, their, their_fake)
            dates = []
            for place, events in enumerate(story.nights):
                dates.append(story.first + timedelta(days=place))
                for event in events:
                    hand.now = event.at
                    with suppress(LaneSkipped, ClarityPipelineError):
                        _ACTIONS[event.what](scene, dates[-1], event)
                if _lanes_loaded(ours, dates) == len(dates) * len(DAILY_SLICES):
                    break
            return _judged(story, dates, ours=ours, their=their)


def _lanes_loaded(ours: Ours, dates: list[date]) -> int:
    query = f"select count(*) as lanes {LOADS} and list_contains($dates, date)"
    return int(ours.rows(query, dates=dates)[0]["lanes"])


def _judged(story: Story, dates: list[date], *, ours: Ours, their: Afternoon) -> Outcome:
    log = SessionLog(story.site, SEED_OF_SESSIONS)
    outcome = Outcome(story.seed)
    lanes = loaded_lanes(ours)
    for day in dates:
        truth = DayTruth(log.day(day))
        for name in DAILY_SLICES:
            if lane := lanes.get((day, name)):
                _, end = lane.window
                outcome.lanes[day, name] = judge(lane, truth=truth, of_window=partial(_until, log, end))
            else:
                outcome.missing[day, name] = job_reasons(ours, day, name)
        if stored := their.site(day):
            outcome.afternoon[day] = judge_sums(stored, truth)
    return outcome


def _until(log: SessionLog, end: datetime) -> DayTruth:
    return DayTruth(log.window(end, 1))


def _sync(scene: Scene, day: date, event: Event) -> None:
    scene.ours.sync(day)
    _their_run(scene, event)


def _die(scene: Scene, day: date, event: Event) -> None:
    """The machine dies when a lane is in the vault and not yet in the warehouse."""
    scene.ours.sync(day, dies_at=int(event.detail[0] or 0))
    _their_run(scene, event)


def _their_run(scene: Scene, event: Event) -> None:
    with suppress(Exception):  # a script that crashes leaves no number
        scene.their.run(event.at)


def _test(scene: Scene, _day: date, _event: Event) -> None:
    scene.ours.home.capture.test(BUSINESS)


def _refetch(scene: Scene, day: date, event: Event) -> None:
    scene.ours.lane(day, DAILY_SLICES[str(event.detail[0])], refetch=True)


def _spend(scene: Scene, _day: date, event: Event) -> None:
    for fake in (scene.fake, scene.their_fake):
        fake.spend_day(scene.ours.project_id, left=int(event.detail[0] or 0))


def _faults(scene: Scene, _day: date, event: Event) -> None:
    """Both meet the same; what hangs for hours is a reset connection for a method without a deadline, or it would never end."""
    names = [None if name is None else str(name) for name in event.detail]
    scene.fake.script(scene.ours.project_id, *(FAULTS[name] if name else None for name in names))
    kinder = ["reset" if name in HANGING else name for name in names]
    scene.their_fake.script(scene.ours.project_id, *(FAULTS[name] if name else None for name in kinder))


def _revoke(scene: Scene, _day: date, _event: Event) -> None:
    scene.fake.revoke(scene.ours.project_id)


def _reconnect(scene: Scene, _day: date, _event: Event) -> None:
    token = Token.parse(scene.fake.reissue(scene.ours.project_id))
    scene.ours.home.connections.connect(BUSINESS, project_id=scene.ours.project_id, token=token, name="Measured")


def _disable(scene: Scene, _day: date, _event: Event) -> None:
    scene.ours.home.connections.disable(BUSINESS)


def _enable(scene: Scene, _day: date, _event: Event) -> None:
    scene.ours.home.connections.enable(BUSINESS)


_ACTIONS: Mapping[What, Callable[[Scene, date, Event], None]] = {
    "sync": _sync,
    "die": _die,
    "test": _test,
    "refetch": _refetch,
    "spend": _spend,
    "faults": _faults,
    "revoke": _revoke,
    "reconnect": _reconnect,
    "disable": _disable,
    "enable": _enable,
}


def live_all(seeds: list[int], *, largest: int = LARGEST) -> list[Outcome]:
    """Live some seeds, each in a home of its own."""
    outcomes = []
    with scratch() as folder:
        blank(folder / "blank")
        for seed in seeds:
            home = Path(shutil.copytree(folder / "blank", folder / str(seed)))
            outcomes.append(live(draw(seed, largest=largest), home=home))
            shutil.rmtree(home)
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", type=int, nargs="+", metavar="SEED")
    parser.add_argument(
        "--largest", type=int, default=LARGEST, help="the largest site that a story may be about, as when it was lived"
    )
    asked = parser.parse_args()
    for seed in asked.seeds:
        print("\n".join(told(draw(seed, largest=asked.largest))))
        (outcome,) = live_all([seed], largest=asked.largest)
        for (day, name), finding in sorted(outcome.lanes.items()):
            wrong = ", ".join(f"{measure} off by {off:.3g}" for measure, off in finding.wrong.items())
            print(f"  {day} {name}: {finding.verdict} {wrong} {'; '.join(finding.marks)}".rstrip())
        for (day, name), reasons in outcome.missing.items():
            print(f"  {day} {name}: no number; {'; '.join(reasons) or 'nothing ran'}")


if __name__ == "__main__":
    main()

"""The day by hand: the real `daily_sync` job in this process for each business, then for its lost lanes; rules; publish.

Used by `clarity-pipeline sync` and the demo. What it reports is read from the sync jobs, which say of each lane what
happened and why; Dagster's own console log stays silent, since a traceback is no message for a person.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dagster as dg

from clarity_pipeline.alerts.outbox.due import waiting
from clarity_pipeline.calls.ahead import Progress, fetching_ahead, lanes_ahead
from clarity_pipeline.calls.skipped import LaneSkipped
from clarity_pipeline.calls.sync_jobs import SyncJob
from clarity_pipeline.clarity.dimensions import DAILY_SLICES, SLICES
from clarity_pipeline.connections.grid import grid_starts_on
from clarity_pipeline.connections.site import Site
from clarity_pipeline.day.imported import imported_days
from clarity_pipeline.day.plan import plan_today
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.orchestration.here import execute_here
from clarity_pipeline.orchestration.instance import open_instance
from clarity_pipeline.orchestration.jobs import DAILY_SYNC, RULE_EVALUATION, assets_of, wanted_of
from clarity_pipeline.orchestration.lost_lanes import LostLanes, latest_jobs
from clarity_pipeline.orchestration.partitions import partition_key, register
from clarity_pipeline.orchestration.sentences import failed_steps, one_line, shared
from clarity_pipeline.settings.settings import Settings

_SILENT = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

Begins = Callable[[str], None]
"""Called with a business when its day begins."""

Fetched = Callable[[Progress], None]
"""Called now and then with how far the night's calls are."""

_LOOK_AGAIN_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What became of a day: each lane's job, and the steps after the lanes that failed (`business: step: why`).

    `recoveries` are the jobs of the older dates' lanes that were to be recovered behind it; `not_recovered` says in one line each
    what is still lost. They are told, and no part of whether the day went well.
    """

    date: date
    lanes: tuple[SyncJob, ...]
    broken_steps: tuple[str, ...]
    waiting_messages: int = 0  # tried in vain, and due again
    recoveries: tuple[SyncJob, ...] = ()
    not_recovered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # what a person should know, and nothing is wrong

    @property
    def unsuccessful(self) -> tuple[SyncJob, ...]:
        """Lanes that are neither loaded nor were already in the vault."""
        return tuple(lane for lane in self.lanes if lane.state != "ok")

    @property
    def recovered(self) -> tuple[SyncJob, ...]:
        """Lanes of older dates that are recovered now."""
        return tuple(lane for lane in self.recoveries if lane.state == "ok")

    def failures(self) -> Iterator[str]:
        """One line a fact; lanes of a business that share one are named together."""
        yield from shared(self.unsuccessful)
        for step in self.broken_steps:
            yield one_line(step)

    @property
    def only_quota_is_spent(self) -> bool:
        """Whether everything that is missing is missing because the day's calls are spent."""
        return not self.broken_steps and all(lane.reason == "quota_spent" for lane in self.unsuccessful)


@contextmanager
def quiet_dagster() -> Iterator[None]:
    """Keep Dagster's notices about its own beta features off the terminal."""
    with warnings.catch_warnings():
        for category in (dg.BetaWarning, dg.PreviewWarning, dg.SupersessionWarning):
            warnings.simplefilter("ignore", category)
        yield


class DaySync:
    """One Dagster instance and its jobs, for as many days as are wanted."""

    def __init__(self, definitions: dg.Definitions, *, instance: dg.DagsterInstance, grid_starts: date) -> None:
        self._instance = instance
        self._grid_starts = grid_starts
        self._daily_sync = definitions.resolve_job_def(DAILY_SYNC)
        self._rule_evaluation = definitions.resolve_job_def(RULE_EVALUATION)

    def run(
        self,
        home: Home,
        *,
        business_ids: Sequence[str],
        day: date,
        also_evaluated: Sequence[str] = (),
        progress: Begins = lambda _: None,
        fetched: Fetched = lambda _: None,
    ) -> SyncReport:
        """Sync one UTC date for each business in turn, evaluate the rules for all of them, and publish.

        Yesterday's calls and those for lost dates are made ahead of that, many at once, while businesses are loaded. Of
        `also_evaluated` nothing is fetched, and the rules are asked about what is imported of them: spend is known without
        Clarity. Directly behind yesterday each business's lost lanes are recovered, as `day_plan` says. A date outside the
        partition grid is only refused, lane by lane: there is nothing to evaluate.
        """
        broken: list[str] = []
        alone = [
            each.business_id for each in home.connections.all() if each.has_imports_alone and each.business_id in business_ids
        ]
        imported = imported_days(home.warehouse, [*alone, *also_evaluated], day=day)
        business_ids = [each for each in business_ids if each not in alone]
        register(self._instance, business_ids)
        sites = _sites(home)
        is_in_grid = self._grid_starts <= day < home.clock().date()
        plan, of_plan = plan_today(home), business_ids if day == home.yesterday() else []
        recovery = LostLanes(home, plan, of_plan, grid_starts=self._grid_starts)
        lanes = lanes_ahead(plan, of_plan, first=self._grid_starts) if is_in_grid else []
        with fetching_ahead(home.capture, lanes, since=home.clock()) as ahead:
            for business_id in business_ids:
                progress(business_id)
                if not is_in_grid:
                    _refuse(home, business_id=business_id, day=day)
                    continue
                while not ahead.wait_for(business_id, seconds=_LOOK_AGAIN_SECONDS):
                    home.warehouse.let_go_if_wanted()
                    fetched(ahead.progress)
                broken += self._one(home, business_id=business_id, day=day)
                for older, slices in recovery.of(business_id):
                    recovery.broken += self._one(home, business_id=business_id, day=older, slices=slices)
                fetched(ahead.progress)
        if is_in_grid:
            since = recovery.oldest()
            loaded = [(business_id, each) for business_id in business_ids for each in _dates(since.get(business_id, day), day)]
            broken += self._evaluate(home, [*loaded, *imported])
        return SyncReport(
            day,
            latest_jobs(home, [(business_id, day, name) for business_id in business_ids for name in SLICES]),
            tuple(broken),
            waiting(home.state),
            recovery.jobs(),
            tuple(recovery.still_lost()),
            (*_learned(home, business_ids, before=sites), *_alone(alone, imported)),
        )

    def _one(self, home: Home, *, business_id: str, day: date, slices: Sequence[str] | None = None) -> list[str]:
        """Run the job for these lanes, or all that the business has; what failed and is not said by a lane's own row."""
        slices = slices or wanted_of(home.connections.get(business_id))
        key = partition_key(business_id, day)
        result = self._execute(self._daily_sync, home, partition_key=key, run_config=_SILENT, assets=assets_of(slices))
        told = set()
        for name in slices:
            job = home.jobs.latest(business_id, date=day, slice_name=name)
            if job is not None and job.state in {"failed", "skipped"}:
                told |= {f"clarity_raw__{name}", f"clarity_daily_metrics__{name}"}
        return [f"{business_id} {day}: {step}: {why}" for step, why in failed_steps(result) if step not in told]

    def _evaluate(self, home: Home, business_days: Sequence[tuple[str, date]]) -> list[str]:
        keys = [str(partition_key(business_id, day)) for business_id, day in business_days]
        config = {**_SILENT, "ops": {"clarity_rule_evaluations": {"config": {"business_days": keys}}}}
        result = self._execute(self._rule_evaluation, home, run_config=config)
        home.warehouse.let_go()
        return [f"{step}: {why}" for step, why in failed_steps(result)]

    def _execute(self, job: dg.JobDefinition, home: Home, **how: Any) -> dg.JobExecutionResult:
        now = home.clock()
        try:
            with quiet_dagster(), dg.partition_loading_context(effective_dt=now, dynamic_partitions_store=self._instance):
                return execute_here(job, instance=self._instance, resources={"home": home}, **how)
        finally:
            home.warehouse.let_go_if_wanted()  # opening and closing it for each business would be a twentieth of its day


@contextmanager
def open_day_sync(settings: Settings, definitions: dg.Definitions) -> Iterator[DaySync]:
    """A `DaySync` on the instance below CLARITY_HOME, or on DAGSTER_HOME where that is set."""
    with quiet_dagster(), open_instance(settings) as instance:
        yield DaySync(definitions, instance=instance, grid_starts=grid_starts_on(settings))


def _sites(home: Home) -> dict[str, Site | None]:
    return {each.business_id: each.site for each in home.connections.all()}


def _learned(home: Home, business_ids: Sequence[str], *, before: Mapping[str, Site | None]) -> Iterator[str]:
    """Which site the first answers have told."""
    for business_id, site in _sites(home).items():
        if business_id in business_ids and site is not None and site.is_learned and site != before.get(business_id):
            yield (
                f"{business_id}: its site is taken to be {site}, where its first visits were;"
                f" `clarity-pipeline update {business_id} --site HOST` says otherwise"
            )


def _alone(business_ids: Sequence[str], imported: Sequence[tuple[str, date]]) -> Iterator[str]:
    """What was done for businesses without a Clarity project."""
    for business_id in business_ids:
        days = sum(whose == business_id for whose, _ in imported)
        judged = f"its rules were asked about {days} date{'s'[: days != 1]}" if days else "nothing was imported of it lately"
        yield f"{business_id}: no Clarity project, imports only; {judged}"


def _dates(first: date, last: date) -> list[date]:
    """All dates from the one to the other, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _refuse(home: Home, *, business_id: str, day: date) -> None:
    """A date outside the partition grid: let capture say why, so that each lane has its row."""
    for asked in DAILY_SLICES.values():
        try:
            home.capture.lane(business_id, date=day, asked=asked)
        except (LaneSkipped, ClarityPipelineError):
            continue

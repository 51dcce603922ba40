"""Rules tried on one business out of the published file: what the panel shows before anybody believes a rule.

The same `preview` and the same `backtests` as the command line's, over the file that analysts read, so that no trial holds the
working file. One trial at a time: each takes a part of a second of one core, and pages are answered meanwhile.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.rules.backtest.backtest import Backtest
from clarity_pipeline.rules.backtest.batch import Coverage, backtests
from clarity_pipeline.rules.backtest.chosen import NOT_STORED
from clarity_pipeline.rules.backtest.day_by_day import RuleDay, day_by_day
from clarity_pipeline.rules.backtest.preview import Preview, preview
from clarity_pipeline.rules.backtest.unasked import unasked
from clarity_pipeline.rules.book.rule_store import StoredRule
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.warehouse.published.published_file import PublishedFile

LONGEST_WAIT = 10.0
"""Seconds for those before; whoever waits longer is told to come again."""


class TrialsBusy(ClarityPipelineError):
    """Others try rules at the moment."""

    reason = "trials_busy"


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a rule would say of the newest day: `found` is in the order of interest; `nobody` says why there is none to ask."""

    day: date
    found: tuple[Preview, ...]
    nobody: str | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What rules would have said over some days of one business: how much data there was, and what came of each subject."""

    from_date: date
    to_date: date
    coverage: Coverage
    results: dict[Subject, Backtest]


@dataclass(frozen=True)
class Trials:
    """Of one home."""

    home: Home
    _one: Lock = field(default_factory=Lock, repr=False)

    def preview(self, rules: Sequence[Rule], business_id: str, *, day: date | None = None) -> Previewed:
        """What `rules` would say of a day, by default of yesterday, as if they were on and meant for the business.

        Raises `NothingPublished`, `TrialsBusy`.
        """
        now, asked = self.home.clock(), day or self.home.yesterday()
        tried = [StoredRule(_meant(rule, business_id), NOT_STORED, now) for rule in rules]
        with self._turn(), self.home.state.read() as facts, self._file.connect(what="trying a rule") as rows:
            found = preview(facts, rows, now=now, rules=tried, business_ids=[business_id], day=asked)
            were = [(each.judgement.stored.rule.id, business_id) for each in found]
            nobody = unasked(rows, rules=tried, business_ids=[business_id], day=asked, asked=were)
        return Previewed(asked, tuple(found), nobody[0].reason.partition(": `")[0] if nobody else None)

    def replay(self, rules: Sequence[Rule], business_id: str, *, from_date: date, to_date: date) -> Replayed:
        """What `rules` would have said on each day, by what was known the morning after; as if they were on."""
        with self._turn():
            trial = backtests(
                self.home.state,
                self._file,
                now=self.home.clock(),
                versions=[[_meant(rule, business_id) for rule in rules]],
                business_ids=[business_id],
                from_date=from_date,
                to_date=to_date,
                processes=1,
            )
        return Replayed(from_date, to_date, trial.coverage[0], trial.results[0])

    def day_by_day(self, rule: Rule, business_id: str, *, from_date: date, to_date: date) -> tuple[RuleDay, ...]:
        """Each leaf's number on each day, of a rule about a whole business; by what was known the morning after."""
        tried = _meant(rule, business_id)
        with self._turn():
            with self.home.state.read() as facts, self._file.connect(what="trying a rule") as rows:
                span = {"from_date": from_date, "to_date": to_date}
                now = self.home.clock()
                known = read_known(facts, rows, now=now, rules=[tried], business_ids=[business_id], as_known=True, **span)
            return tuple(day_by_day(tried, known=known[business_id], from_date=from_date, to_date=to_date))

    @property
    def _file(self) -> PublishedFile:
        return PublishedFile(self.home.settings.published_file)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._one.acquire(timeout=LONGEST_WAIT):
            raise TrialsBusy("others try rules at the moment; try again in a minute")
        try:
            yield
        finally:
            self._one.release()


def _meant(rule: Rule, business_id: str) -> Rule:
    return rule.model_copy(update={"enabled": True, "businesses": (business_id,)})

"""The ready rules as a business would have them: how often wrong at its size, and what each would have said of 90 days.

Called by `pages.rule_gallery`. False alarms were measured on made-up sites with nothing changed; the 90 days are the
business's own, replayed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import log

from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.home import Home
from clarity_pipeline.panel.views.plain_words import in_words
from clarity_pipeline.panel.views.wording import day, number, plural
from clarity_pipeline.rules.backtest.backtest import Backtest, dates
from clarity_pipeline.rules.backtest.trials import Replayed, Trials
from clarity_pipeline.rules.book.rule_store import StoredRule, list_rules
from clarity_pipeline.rules.engine.needs import Needs, needs_of
from clarity_pipeline.rules.language.ready import LibraryRule, Measured, library
from clarity_pipeline.rules.language.rule import Rule
from clarity_pipeline.rules.language.sentence import sentence
from clarity_pipeline.rules.language.subject import Subject
from clarity_pipeline.warehouse.published.published_days import add_up, published_days

DAYS = 90
SIZE_DAYS = 28


@dataclass(frozen=True, slots=True)
class Own:
    """What a rule would have said over the span, of every subject that it has.

    `since` is the first date with data: what came before is no fault of the rule. `answered`: on how many of the `since_days`
    from then on it had an answer, `first_answer` the first of them; both None of a rule about pages or ads, of which each has
    days of its own. `why` is why the newest date has no answer, where none had one.
    """

    days: int
    days_with_data: int
    subjects: int
    fired_days: int
    incidents: int
    messages: int
    unknown_share: float
    since: date | None
    since_days: int
    answered: int | None
    first_answer: date | None
    possible_on: date | None
    """The earliest date of which the rule can say anything, by what it compares with."""
    is_silent: bool
    why: str | None = None

    @property
    def words(self) -> str:
        """One sentence."""
        if self.since is None:
            return "There are no days with data to try it on yet."
        if self.is_silent:
            if self.possible_on and self.possible_on > self.since + timedelta(days=self.since_days - 1):
                return f"No answer yet: its first answer is possible for {day(self.possible_on)}."
            return f"No answer on any of {plural(self.days_with_data, 'day')} with data: {self.why or 'it has nobody to ask'}."
        if not self.incidents:
            return f"It would have told nothing in {plural(self.days_with_data, 'day')} with data{self._silent}."
        told = f"{plural(self.incidents, 'alert')}, {plural(self.messages, 'message')} to each channel"
        return f"It would have told {told}, in {plural(self.days_with_data, 'day')} with data{self._silent}."

    @property
    def _silent(self) -> str:
        if self.answered is None:
            return f", and had no answer on {self.unknown_share:.0%} of the days" if self.unknown_share >= 0.005 else ""
        if self.answered == self.since_days:
            return ""
        return f", with an answer on {self.answered} of {plural(self.since_days, 'day')}, the first on {day(self.first_answer)}"


@dataclass(frozen=True, slots=True)
class Ready:
    """One card of the gallery. `is_on` here; `on_for` how many other businesses have it on, None for every one."""

    rule: Rule
    about: str
    sentence: str
    needs: str
    measured: str
    own: Own | None
    is_on: bool
    is_stored: bool


@dataclass(frozen=True, slots=True)
class Gallery:
    """All cards; `problem` says why nothing could be replayed."""

    cards: tuple[Ready, ...]
    visits_a_day: int
    problem: str | None


def gallery(home: Home, trials: Trials, business_id: str) -> Gallery:
    """Every ready rule for one business."""
    with home.state.read() as connection:
        stored = {each.rule.id: each for each in list_rules(connection)}
    ready = library()
    rules = [_present(each, stored).model_copy(update={"enabled": True}) for each in ready]
    replayed, problem = _replayed(trials, rules, business_id, home)
    visits = visits_a_day(home, business_id)
    own = {} if replayed is None else {each.id: with_why(trials, own_of(replayed, each), each, business_id) for each in rules}
    cards = tuple(_card(each, stored.get(each.rule.id), business_id, visits, own.get(each.rule.id)) for each in ready)
    return Gallery(cards, visits, problem)


def visits_a_day(home: Home, business_id: str) -> int:
    """Visits of pages on a day with data, of the last four weeks."""
    to_date = home.yesterday()
    span = add_up(published_days(home.state, business_id, from_date=to_date - timedelta(days=SIZE_DAYS - 1), to_date=to_date))
    return round((span.values.get("sessions") or 0) / span.days) if span.days else 0


def measured_at(measured: Sequence[Measured], visits: int) -> str:
    """The measured size that is nearest, in words; empty where nothing was measured, or nothing is known of the business."""
    if not measured:
        return "No chance can set it off: it asks a fact, or a limit that you set."
    if not visits:
        return ""
    near = min(measured, key=lambda each: abs(log(each.sessions_a_day) - log(visits)))
    answers = f", no answer on {near.unknown_share:.0%} of the days" if near.unknown_share else ""
    return f"{near.false_alarms_a_year:.2f} false alarms a year at about {number(near.sessions_a_day)} visits a day{answers}."


def needs_in_words(needs: Needs) -> str:
    """What a rule needs before it can answer, with the means of a browser."""
    parts = [f"{plural(needs.days, 'day')} of data"] if needs.days else []
    parts += [f"{needs.sessions:,} visits in its window"] if needs.sessions else []
    parts += ["imported ads with their landing pages" if needs.landing_pages else "imported ads"] if needs.entities else []
    parts += ["imported experiments"] if needs.experiments else []
    parts += ["the totals, switched on under Connection"] if needs.totals else []
    parts += ["a marked change"] if needs.markers else []
    return ", ".join(parts)


def own_of(replayed: Replayed, rule: Rule) -> Own:
    """The results of one rule, all subjects together."""
    found: list[Backtest] = [each for subject, each in replayed.results.items() if subject.rule_id == rule.id]
    since = replayed.coverage.first
    span = dates(since, replayed.to_date) if since else []
    unknown = [sum(since is not None and one >= since for one in each.unknown_on) for each in found]
    before = replayed.coverage.days - len(span)
    asked = [each.days - (before if rule.scope == "business" else 0) for each in found]
    answers = [each for each in span if each not in set(found[0].unknown_on)] if found and rule.scope == "business" else None
    needed = needs_of(rule).days
    return Own(
        days=replayed.coverage.days,
        days_with_data=replayed.coverage.days_with_data,
        subjects=len(found),
        fired_days=sum(len(each.fired_on) for each in found),
        incidents=sum(len(each.incidents) for each in found),
        messages=sum(each.messages.all for each in found),
        unknown_share=sum(unknown) / sum(asked) if sum(asked) else 1.0,
        since=since,
        since_days=len(span),
        answered=None if answers is None else len(answers),
        first_answer=answers[0] if answers else None,
        possible_on=since + timedelta(days=needed - 1) if since and needed else None,
        is_silent=sum(unknown) >= sum(asked),
    )


def with_why(trials: Trials, own: Own, rule: Rule, business_id: str) -> Own:
    """Where a rule had no answer at all, why the newest date has none: of all days the one that people can do something about."""
    if own.since is None or not own.is_silent:
        return own
    previewed = trials.preview([rule], business_id)
    reason = next((each.judgement.evaluation.reason for each in previewed.found), previewed.nobody)
    said = in_words(reason)
    if said.startswith(f"{business_id} "):  # which the page is about
        said = f"it{said.removeprefix(business_id)}"
    return replace(own, why=said.rstrip(".") or None)


def loudest(results: Mapping[Subject, Backtest]) -> list[tuple[Subject, Backtest]]:
    """Subjects with most messages first."""
    return sorted(results.items(), key=lambda each: (-each[1].messages.all, -len(each[1].fired_on), each[0].entity))


def _replayed(trials: Trials, rules: Sequence[Rule], business_id: str, home: Home) -> tuple[Replayed | None, str | None]:
    to_date = home.yesterday()
    try:
        return trials.replay(rules, business_id, from_date=to_date - timedelta(days=DAYS - 1), to_date=to_date), None
    except ClarityPipelineError as error:
        return None, f"{str(error)[:1].upper()}{str(error)[1:]}."


def _present(ready: LibraryRule, stored: Mapping[str, StoredRule]) -> Rule:
    """As it is stored, where somebody has changed it."""
    return stored[ready.rule.id].rule if ready.rule.id in stored else ready.rule


def _card(ready: LibraryRule, stored: StoredRule | None, business_id: str, visits: int, own: Own | None) -> Ready:
    rule = stored.rule if stored else ready.rule
    return Ready(
        rule=rule,
        about=in_words(ready.about),
        sentence=sentence(rule).partition(" It is ")[0],
        needs=needs_in_words(needs_of(rule)),
        measured=measured_at(ready.measured, visits),
        own=own,
        is_on=stored is not None and stored.rule.concerns(business_id),
        is_stored=stored is not None,
    )

"""From aggregates to alerts: the two steps of the job `rule_evaluation`.

Of a hundred businesses at a time both databases are read once for all their days and rules, what they say is judged in memory,
and evaluations, incidents and messages are written in one transaction of the state database. Sending is a second step, so that a
receiver that is down loses nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from clarity_pipeline.alerts.channels.address import WebhookUrlRefused, listed_address
from clarity_pipeline.alerts.channels.channel import Channel, Unusable
from clarity_pipeline.alerts.channels.log import LogChannel
from clarity_pipeline.alerts.channels.posting import Hook
from clarity_pipeline.alerts.channels.webhook import WebhookChannel
from clarity_pipeline.alerts.findings_news import tell_findings
from clarity_pipeline.alerts.outbox.channel_store import open_channels
from clarity_pipeline.alerts.outbox.outbox import Delivered, deliver
from clarity_pipeline.alerts.outbox.routing import Routes
from clarity_pipeline.alerts.outbox.stored_channel import enabled_channels, stored_routes
from clarity_pipeline.alerts.record import Recorded, record
from clarity_pipeline.calls.to_judge import ToJudge, settle, waiting
from clarity_pipeline.failpoints import failpoint
from clarity_pipeline.home import Home
from clarity_pipeline.rules.judging.business_days import BusinessDay, judge_business_days, yesterday_of_all
from clarity_pipeline.rules.judging.causes import with_causes
from clarity_pipeline.rules.judging.judgement import Judgement
from clarity_pipeline.state.again import again
from clarity_pipeline.trust.found import Found, standing
from clarity_pipeline.warehouse.findings import EVERYBODY, STEP_FAILED, forget_failed_steps
from clarity_pipeline.warehouse.transaction import transaction

TOLD_BY_RULES = ("rules", "messages", "publishing")
"""Steps of the whole installation whose failing last time is told by the next run of the rules; others forget their own."""

AT_ONCE = 100
"""Businesses that are judged and written together: what is held of a thousand at once was the most of a night's memory."""

PATIENCE_SECONDS = 15.0
"""A receiver that is back within this gets its message in the same run; what takes longer stays due."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A run of the rules: what was written, and of the unknown judgements how many a regime event or an outage mutes in part."""

    recorded: Recorded
    rules: frozenset[str]
    business_days: int
    muted: int
    fired: Mapping[str, int]
    """How often each rule fired, by its id."""

    def __str__(self) -> str:
        """In words, without any name of a page or an ad."""
        recorded, judged = self.recorded, self.recorded.fired + self.recorded.not_fired + self.recorded.unknown
        which = ", ".join(f"{rule_id} {times}" for rule_id, times in self.fired.items())
        muted = f", {self.muted} of them because Clarity's numbers cannot be used" if self.muted else ""
        return (
            f"{len(self.rules)} rules on {self.business_days} business-days gave {judged} answers:"
            f" {recorded.fired} fired{f' ({which})' if which else ''}, {recorded.not_fired} did not,"
            f" {recorded.unknown} are unknown{muted};"
            f" {recorded.opened} alerts opened, {recorded.resolved} resolved, {recorded.messages} messages written"
        )


def evaluate_business_days(home: Home, business_days: Sequence[BusinessDay] | None, *, at_once: int = AT_ONCE) -> Evaluated:
    """Judge, then write evaluations, incidents and messages, also of findings about data; again creates nothing twice.

    None means yesterday of everybody whom rules are asked about. Those that waited to be judged wait no more, but where they
    changed again meanwhile. Where the state's server goes away, each of its transactions is done again, and not the whole.
    """
    asked, routes, of_data = again(lambda: _asked(home, business_days))
    parts = [_of_some(home, some, routes) for some in _of_some_businesses(asked, at_once)]
    again(lambda: tell_findings(home.state, of_data, routes=routes.stored, now=home.clock()))
    _forget_told_steps(home, of_data)
    return Evaluated(
        sum((each.recorded for each in parts), Recorded()),
        rules=frozenset().union(*(each.rules for each in parts)),
        business_days=sum(each.business_days for each in parts),
        muted=sum(each.muted for each in parts),
        fired=sum((Counter(each.fired) for each in parts), Counter()),
    )


def _of_some(home: Home, some: Sequence[BusinessDay], routes: Routes) -> Evaluated:
    """Judge and write these; whoever is killed behind that has judged them."""
    waited, judgements = again(lambda: _judged(home, some))
    recorded = again(lambda: record(home.state, clock=home.clock, judgements=judgements, routes=routes))
    failpoint("judgements_recorded")
    again(lambda: settle(home.state, waited))
    return Evaluated(
        recorded,
        rules=frozenset(each.stored.rule.id for each in judgements),
        business_days=len({(each.business_id, each.date) for each in judgements}),
        muted=sum(each.evaluation.is_muted for each in judgements),
        fired=Counter(each.stored.rule.id for each in judgements if each.evaluation.outcome == "fired"),
    )


def _asked(home: Home, business_days: Sequence[BusinessDay] | None) -> tuple[list[BusinessDay], Routes, list[Found]]:
    """What is to be judged, whom it is told to, and what stands about the data."""
    with home.state.read() as facts, home.warehouse.connect(what="reading what stands about the data") as rows:
        asked = yesterday_of_all(facts, now=home.clock()) if business_days is None else list(business_days)
        routes = Routes(
            implicit_channels(home), stored_routes(facts)
        )  # written for whether or not the receiver can be reached at present
        return asked, routes, standing(rows, day=home.yesterday())


def _of_some_businesses(asked: Sequence[BusinessDay], at_once: int) -> Iterator[list[BusinessDay]]:
    """All days of each business together, so many businesses at once."""
    of_each: dict[str, list[BusinessDay]] = defaultdict(list)
    for each in asked:
        of_each[each[0]].append(each)
    names = sorted(of_each)
    for start in range(0, len(names), at_once):
        yield [each for name in names[start : start + at_once] for each in of_each[name]]


def _judged(home: Home, some: Sequence[BusinessDay]) -> tuple[list[ToJudge], list[Judgement]]:
    """Which of these waited before any row was read, and the verdicts."""
    with home.state.read() as facts, home.warehouse.connect(what="reading what rules ask") as rows:
        waited = waiting(facts)  # before any row is read: what changes from here on waits for another run
        judgements = with_causes(rows, judge_business_days(facts, rows, some, now=home.clock(), and_behind=True))
    return [each for each in waited if (each.business_id, each.date) in set(some)], judgements


def _forget_told_steps(home: Home, told: Sequence[Found]) -> None:
    """Forget, of what was told, that steps failed which nobody else forgets; one that failed since is told by the next run."""
    steps = [each for each in told if (each.business_id, each.code) == (EVERYBODY, STEP_FAILED) and each.slice in TOLD_BY_RULES]
    if not steps:
        return
    with home.warehouse.connect(what="forgetting failed steps that were told") as rows, transaction(rows):
        for each in steps:
            forget_failed_steps(rows, business_id=EVERYBODY, date=each.date, slice_name=each.slice, metric=each.metric)


def deliver_messages(home: Home) -> Delivered:
    """Send what is due on every channel; raise `WebhookUrlRefused` at the end where CLARITY_ALERT_WEBHOOK_URL cannot be used."""
    channels: dict[str, Channel] = {LogChannel.name: LogChannel()}
    stored = open_channels(home)
    channels |= {each.channel_id: stored.open(each) for each in again(stored.all) if each.enabled}
    refused = None
    if home.settings.alert_webhook_url:
        try:
            channels[WebhookChannel.name] = WebhookChannel(Hook(listed_address(home.settings.alert_webhook_url)))
        except WebhookUrlRefused as error:
            channels[WebhookChannel.name], refused = Unusable(error.reason), error
    delivered = deliver(home.state, channels=channels, played=home.clock, patience_seconds=PATIENCE_SECONDS)
    if refused is not None:
        raise refused
    return delivered


def known_channels(home: Home) -> tuple[str, ...]:
    """Ids of the channels that `deliver_messages` sends on; no key is needed."""
    return (*implicit_channels(home), *enabled_channels(home.state))


def implicit_channels(home: Home) -> tuple[str, ...]:
    """Ids of the channels that nobody stores: the log, and the webhook of CLARITY_ALERT_WEBHOOK_URL."""
    return (LogChannel.name, WebhookChannel.name) if home.settings.alert_webhook_url else (LogChannel.name,)

"""From aggregates to alerts: the two steps of the job `rule_evaluation`.

Both databases are read once for all business-days and rules, what they say is judged in memory, and evaluations, incidents and
messages are written in one transaction of the state database. Sending is a second step, so that a receiver that is down loses
nothing.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
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
from clarity_pipeline.rules.judging.business_days import BusinessDay, judge_business_days
from clarity_pipeline.rules.judging.judgement import Judgement
from clarity_pipeline.state.again import again
from clarity_pipeline.trust.found import Found, standing
from clarity_pipeline.warehouse.findings import EVERYBODY, STEP_FAILED, forget_failed_steps
from clarity_pipeline.warehouse.transaction import transaction

TOLD_BY_RULES = ("rules", "messages", "publishing")
"""Steps of the whole installation whose failing last time is told by the next run of the rules; others forget their own."""

PATIENCE_SECONDS = 15.0
"""A receiver that is back within this gets its message in the same run; what takes longer stays due."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A run of the rules: what was written, and of the unknown judgements how many a regime event or an outage mutes in part."""

    recorded: Recorded
    rules: int
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
            f"{self.rules} rules on {self.business_days} business-days gave {judged} answers:"
            f" {recorded.fired} fired{f' ({which})' if which else ''}, {recorded.not_fired} did not,"
            f" {recorded.unknown} are unknown{muted};"
            f" {recorded.opened} alerts opened, {recorded.resolved} resolved, {recorded.messages} messages written"
        )


def evaluate_business_days(home: Home, business_days: Sequence[BusinessDay] | None) -> Evaluated:
    """Judge, then write evaluations, incidents and messages, also of findings about data; again creates nothing twice.

    None means yesterday of everybody whom rules are asked about. Those that waited to be judged wait no more, but where they
    changed again meanwhile. Where the state's server goes away, each of its transactions is done again, and not the whole.
    """
    waited, judgements, routes, of_data = again(lambda: _judged(home, business_days))
    recorded = again(lambda: record(home.state, clock=home.clock, judgements=judgements, routes=routes))
    again(lambda: tell_findings(home.state, of_data, routes=routes.stored, now=home.clock()))
    _forget_told_steps(home, of_data)
    failpoint("judgements_recorded")
    asked = {(each.business_id, each.date) for each in judgements} if business_days is None else set(business_days)
    again(lambda: settle(home.state, [each for each in waited if (each.business_id, each.date) in asked]))
    return Evaluated(
        recorded,
        rules=len({each.stored.rule.id for each in judgements}),
        business_days=len({(each.business_id, each.date) for each in judgements}),
        muted=sum(each.evaluation.is_muted for each in judgements),
        fired=Counter(each.stored.rule.id for each in judgements if each.evaluation.outcome == "fired"),
    )


def _judged(
    home: Home, business_days: Sequence[BusinessDay] | None
) -> tuple[list[ToJudge], list[Judgement], Routes, list[Found]]:
    """What waited before any row was read, the verdicts, whom they are told to, and what stands about the data."""
    with home.state.read() as facts, home.warehouse.connect(what="reading what rules ask") as rows:
        waited = waiting(facts)  # before any row is read: what changes from here on waits for another run
        judgements = judge_business_days(facts, rows, business_days, now=home.clock(), and_behind=True)
        routes = Routes(
            implicit_channels(home), stored_routes(facts)
        )  # written for whether or not the receiver can be reached at present
        of_data = standing(rows, day=home.yesterday())
    return waited, judgements, routes, of_data


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

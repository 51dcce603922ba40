"""What is wrong with the channels: one that refuses, one that has delivered nothing for a day, one whose test did not arrive.

Read by `doctor`, `status` and the panel. No key is needed: what a channel is called and how it failed is not sealed.
"""

from collections.abc import Iterator

from clarity_pipeline.alerts.channels.kinds import meaning
from clarity_pipeline.alerts.outbox.channel_health import Health, healths, is_silent
from clarity_pipeline.home import Home
from clarity_pipeline.settings.settings import utc_now
from clarity_pipeline.upkeep.doctor.finding import Finding, Severity

_TEST = "`clarity-pipeline channels test {}` after the change: what waits goes out with the first message that is taken"


def channel_findings(home: Home) -> Iterator[Finding]:
    """Of all channels, those that nobody switched off."""
    for health in healths(home.state).values():
        yield from _of_one(health, home)


def _of_one(health: Health, home: Home) -> Iterator[Finding]:
    name = health.channel
    if health.refused_at is not None:
        yield _finding("channel_cannot_deliver", health.sentence(), _TEST.format(name))
    elif is_silent(health, now=utc_now(), played=home.clock()):
        yield _finding("channel_silent", health.sentence(), f"see that the receiver answers, then {_TEST.format(name)}")
    elif health.last_error is not None and health.failing_since is None:
        sentence = f"the channel {name} reaches not everybody ({health.last_error}): {meaning(health.last_error)}"
        yield _finding("channel_reaches_some", sentence, _TEST.format(name), severity="warning")
    if health.arrived is False:
        sentence = f"a test message of the channel {name} did not arrive, as somebody said on {health.arrived_at:%Y-%m-%d}"
        yield _finding("channel_test_did_not_arrive", sentence, f"see what became of it there, then `channels test {name}` again")


def _finding(code: str, sentence: str, what_to_do: str, *, severity: Severity = "error") -> Finding:
    return Finding(code, severity, None, sentence, what_to_do, for_client=False)

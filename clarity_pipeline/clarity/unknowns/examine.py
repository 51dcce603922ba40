"""Each unknown that a reply can speak to: of its headers always, of its rows where it is an answer."""

from datetime import datetime

from clarity_pipeline.clarity.client import Reply
from clarity_pipeline.clarity.unknowns.finding import Finding
from clarity_pipeline.clarity.unknowns.reply import clock, limits, refusal, retry_after, shape
from clarity_pipeline.clarity.unknowns.rows import LOOKS, metrics_of


def examine(reply: Reply, *, now: datetime) -> tuple[Finding, ...]:
    """Each unknown that this reply can speak to; `now` is this machine's clock when it came."""
    headers = (limits(reply), retry_after(reply), clock(reply, now=now))
    if reply.status != 200:
        return (refusal(reply), *headers)
    metrics = metrics_of(reply.body)
    if metrics is None:
        seen = f"HTTP 200 with {shape(reply.body)}, which is not an array of metrics"
        return (Finding("envelope", "Is the answer an array of metrics?", seen, "no, so nothing of it can be read"), *headers)
    return (*(look(metrics) for look in LOOKS), *headers)

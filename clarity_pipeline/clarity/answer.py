"""Bytes of a 200 to checked metric groups, or one line that says why they are not an answer to what was asked.

Parsed as soon as the bytes are in the vault, and shared by whoever asks again in the same process (`parsed`); nothing else
reads the wire. Values on the wire belong to visitors: no message and no name here ever holds one.

What is damaged costs only itself: a cell that is no number is None, a row of no tuple is left aside, a metric of an odd shape is
left out, and each is named in `damage`. Refused is what would become silent wrong data: bytes that are no strict JSON or no
array, Traffic whose tuples or sessions cannot be read, the answer to another question, a mobile app's. What is merely new or
untidy (unknown metrics of any shape, lists beside a dimensioned answer, documented spellings) is accepted and named.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clarity_pipeline.clarity.damage import Damage
from clarity_pipeline.clarity.dimensions import ROW_CAP, Slice
from clarity_pipeline.clarity.envelope import Sent, metrics_of
from clarity_pipeline.clarity.errors import AnswerMalformed, MobileAppProject, NotAnAnswer
from clarity_pipeline.clarity.gaps import SESSIONS, TRAFFIC, note_gaps
from clarity_pipeline.clarity.group import Group
from clarity_pipeline.clarity.losses import Losses, kind_of
from clarity_pipeline.clarity.metric_rows import read_group
from clarity_pipeline.clarity.names import first_few, named, shown
from clarity_pipeline.clarity.strict_json import JsonRefused, decode
from clarity_pipeline.clarity.wire import METRICS, MOBILE_FIELDS, MOBILE_METRICS, folded


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer to `asked`: its groups by metric name. Every name is fit for a log: known, or cleaned and clipped."""

    asked: Slice
    groups: dict[str, Group]
    unknown_metrics: tuple[str, ...]
    unknown_fields: tuple[str, ...]
    damage: tuple[Damage, ...] = ()
    """What could not be read of it, and is NULL."""
    proved: tuple[str, ...] = ()
    """`Metric.field` of percentages that came with a percent sign, and were read since their rows allow no other reading."""

    @property
    def row_counts(self) -> dict[str, int]:
        """Rows by metric as sent, unknown ones too."""
        return {name: group.rows_sent for name, group in self.groups.items()}

    @property
    def capped_metrics(self) -> tuple[str, ...]:
        """Metrics with 1,000 rows or more: Clarity cut them, silently and in no known order (`docs/clarity-api.md#cap`)."""
        return tuple(name for name, rows in self.row_counts.items() if rows >= ROW_CAP)

    @property
    def missing_metrics(self) -> tuple[str, ...]:
        """What this question is answered with by rule and was not: of nine metrics with dimensions, of sixteen without."""
        expected = [metric.name for metric in METRICS.values() if not (metric.listed and self.asked.dimensions)]
        damaged = {each.metric for each in self.damage if each.code == "metric_unreadable"}
        return tuple(name for name in expected if name not in self.groups and name not in damaged)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Everything that was sent and that we do not know, for metadata."""
        return self.unknown_metrics + self.unknown_fields


def parse(body: bytes, *, asked: Slice) -> Answer:
    """Check the bytes against the question; raise `AnswerMalformed`."""
    losses = Losses()
    envelope = _array(body)
    sent, unknown_metrics = metrics_of(envelope, losses, asked=asked)
    _refuse_mobile_app(sent)
    groups: dict[str, Group] = {}
    unknown_fields: list[str] = []
    proved: list[str] = []
    for name, each in sent.items():
        read = read_group(each, asked=asked, losses=losses)
        unknown_fields += (f"{name}.{shown(field)}" for field in read.others)
        proved += (f"{name}.{field}" for field in read.proved)
        if read.group is not None:
            groups[name] = read.group
    _refuse_unreadable(groups, sent, losses, asked=asked, any_sent=bool(envelope))
    note_gaps(groups, losses)
    return Answer(
        asked=asked,
        groups=groups,
        unknown_metrics=first_few(unknown_metrics),
        unknown_fields=first_few(unknown_fields),
        damage=losses.damage(),
        proved=tuple(proved),
    )


def _array(body: bytes) -> list[Any]:
    try:
        envelope = decode(body)
    except JsonRefused as refusal:
        raise (_malformed if refusal.is_json else _no_answer)(str(refusal)) from None
    if isinstance(envelope, list):
        return envelope
    if isinstance(envelope, dict):
        keys = named(envelope)
        if any(folded(key) == "dataerrortype" for key in envelope):
            raise _no_answer(f"is a report of an error ({keys}), not an array of metrics")
        raise _malformed(f"is not an array of metrics but an object with {keys or 'nothing in it'}")
    raise _malformed(f"is not an array of metrics but {kind_of(envelope)}")


def _refuse_mobile_app(sent: Mapping[str, Sent]) -> None:
    """By a metric of its own, or by a field of Traffic; a site that is asked about sends neither."""
    names = {folded(name): name for name in MOBILE_METRICS}
    fields = {folded(name): name for name in MOBILE_FIELDS}
    found = [names[folded(name)] for name in sent if folded(name) in names]
    found += [fields[folded(key)] for each in sent.values() for key in (each.rows or ({},))[0] if folded(key) in fields]
    if found:
        raise MobileAppProject(f"the answer is a mobile app's, it speaks of {found[0]}", vocabulary=found[0])


def _refuse_unreadable(
    groups: Mapping[str, Group], sent: Mapping[str, Sent], losses: Losses, *, asked: Slice, any_sent: bool
) -> None:
    """Without the tuples and the sessions of Traffic no other number can be told or weighed."""
    if TRAFFIC in sent or losses.has_metric(TRAFFIC):
        if wrong := losses.of_metric(TRAFFIC):
            raise _malformed(f"has rows of Traffic that cannot be read, of a requested dimension or at all: {wrong}")
        if wrong := losses.of_cells(TRAFFIC, SESSIONS):
            raise _malformed(f"has a {SESSIONS} of Traffic that is not a whole number from 0 on, of at most 64 bits: {wrong}")
    known = [METRICS[name] for name in groups if name in METRICS]
    if any_sent and not any(not (metric.listed and asked.dimensions) for metric in known):
        wrong = losses.said()
        raise _malformed(
            "has no row with the requested dimensions, so Clarity answered another question"
            if asked.dimensions and not wrong
            else f"holds no metric that is known{f': {wrong}' if wrong else ''}"
        )


def _malformed(what: str) -> AnswerMalformed:
    return AnswerMalformed(f"the answer {what}", http_status=200)


def _no_answer(what: str) -> NotAnAnswer:
    return NotAnAnswer(f"the answer {what}", http_status=200)

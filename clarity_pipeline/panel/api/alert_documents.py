"""What the JSON API says of alerts, and what programs send to answer them."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from clarity_pipeline.alerts.answer_log import Action, Outcome, Place
from clarity_pipeline.alerts.answers import LONGEST_COMMENT
from clarity_pipeline.alerts.people import LONGEST_TEXT
from clarity_pipeline.panel.api.given import Given
from clarity_pipeline.rules.engine.evidence import Outcome as Looked

MOST_AT_ONCE = 200

AlertId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Line = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT, description="One line, for the agency alone.")]


class _Seen(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ListedAlert(_Seen):
    """An alert of the inbox; `entity` (a page, a campaign) is empty for a whole business, and comes from strangers."""

    alert_id: str
    business_id: str
    business_name: str
    rule_id: str
    rule_name: str
    scope: str
    entity: str
    entity_name: str | None
    severity: str
    state: str = Field(description="Of the rule: firing or resolved.")
    place: Place = Field(description="For people; resolved is what is over, or closed.")
    opened_on: date
    last_fired_on: date
    resolved_on: date | None
    unknown_since: date | None
    summary: str
    acknowledged_by: str | None
    assigned_to: int | None
    assignee: str | None
    snoozed_until: datetime | None
    silenced_until: datetime | None
    outcome: Outcome | None = Field(description="What somebody closed it as.")
    closed_by: str | None
    closed_at: datetime | None
    comments: int


class AlertPage(_Seen):
    """A page of alerts; `counts` are those that go on, by place, of the businesses asked for."""

    alerts: list[ListedAlert]
    counts: dict[Place, int]
    page: int
    has_more: bool


class AlertLook(_Seen):
    """What the rule said on a day, and what the leaf saw that made it fire."""

    day: date
    outcome: Looked
    value: float | None
    normal: float | None
    limit: float | None
    sessions: int | None
    why: str | None


class AlertChange(_Seen):
    """A change that was marked shortly before; of the whole site where `url` is null."""

    url: str | None
    at: datetime
    note: str
    author: str


class AlertAnswer(_Seen):
    """A line of its history; `sentence` stands after the author's name."""

    action: Action
    author: str
    at: datetime
    text: str | None
    sentence: str


class AlertMessage(_Seen):
    """A message about it; `why` says what the last error means."""

    message: str
    transition: str
    channel: str
    state: str
    attempts: int
    last_error: str | None
    why: str | None
    written_at: datetime
    sent_at: datetime | None


class Silence(_Seen):
    """What nothing is sent about; null stands for all."""

    silence_id: int
    rule_id: str | None
    business_id: str | None
    scope: str | None
    entity: str | None
    until: datetime
    reason: str
    author: str


class FullAlert(ListedAlert):
    """All that is known of an alert. A client's has neither messages nor silences."""

    facts: list[tuple[str, str]]
    caveat: str
    evidence: list[dict[str, Any]]
    quality: dict[str, Any] | None
    link: str | None = Field(description="The project's dashboard in Clarity.")
    changes: list[AlertChange]
    looks: list[AlertLook]
    history: list[AlertAnswer]
    silences: list[Silence]
    messages: list[AlertMessage]


class RulePrecision(BaseModel):
    """One rule's alerts that were closed in the last year; the share is that of `fixed` among the judged."""

    rule_id: str
    rule_name: str
    fixed: int
    not_a_fault: int
    intended: int
    ignored: int
    closed: int
    judged: int
    share_that_were_faults: float | None


class NewComment(Given):
    """For everybody who may see the alert."""

    text: str = Field(min_length=1, max_length=LONGEST_COMMENT)


class These(Given):
    """Alerts, by their whole ids."""

    alerts: list[AlertId] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Acknowledge(These):
    """Somebody has seen them."""

    note: Line | None = None


class Assign(These):
    """To somebody of the agency by e-mail address; null: to nobody."""

    to: str | None = Field(max_length=300)


class Snooze(These):
    """Until an instant within 90 days."""

    until: AwareDatetime


class SilenceThem(Snooze):
    """Until an instant within a year, with why."""

    reason: Line


class Close(These):
    """What they were."""

    outcome: Outcome
    note: Line | None = None

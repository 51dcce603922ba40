"""The documents that the JSON API answers with; `given` has those that go in, a token among them."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, create_model

from clarity_pipeline.clarity.measures import SERVED, SIGNALS
from clarity_pipeline.connections.api_keys import Scope
from clarity_pipeline.connections.badge import Tone, Word
from clarity_pipeline.connections.status import ConnectionStatus
from clarity_pipeline.panel.access.policy import Role
from clarity_pipeline.panel.views.wording import ADVICE
from clarity_pipeline.warehouse.published.published_days import Counted


class Token(BaseModel):
    """What is ever said of a stored token: its fingerprint's last four characters tell two apart, and nothing of either."""

    stored: bool
    hint: str | None
    expires_at: datetime | None


class Status(BaseModel):
    """The badge: derived from facts whenever it is asked for. `reason` is a stable code, null when all is well."""

    word: Word
    label: str
    tone: Tone
    reason: str | None
    advice: str


class Business(BaseModel):
    """A business and its connection; `calls_left_today` counts those that are kept for its daily lanes too."""

    business: str
    name: str
    project_id: str | None = Field(description="Null for a business without a Clarity project, with imports alone.")
    site: list[str] | None = Field(description="The hosts that its visitors come to; null until they are said or seen.")
    site_is_learned: bool | None = Field(description="Whether nobody has said so, and its first answers told.")
    enabled: bool
    status: Status
    last_synced_at: datetime | None
    calls_used_today: int
    calls_left_today: int
    token: Token
    totals: bool = Field(description="Whether one call a day more tells the site's own sessions, users and times.")

    @classmethod
    def of(cls, status: ConnectionStatus) -> "Business":
        """Without its secret, and without the key of its ledger."""
        business, badge = status.business, status.badge
        return cls(
            business=business.business_id,
            name=business.name,
            project_id=business.project_id,
            site=list(business.site.hosts) if business.site else None,
            site_is_learned=business.site.is_learned if business.site else None,
            enabled=business.enabled,
            status=Status(word=badge.word, label=badge.label, tone=badge.tone, reason=badge.reason, advice=ADVICE[badge.word]),
            last_synced_at=status.last_synced_at,
            calls_used_today=status.calls_used_today,
            calls_left_today=status.calls_left_today,
            token=Token(stored=business.token_stored, hint=business.token_hint, expires_at=business.token_expires_at),
            totals=business.totals,
        )


class Host(BaseModel):
    """Sessions of an answer on one host."""

    host: str
    sessions: int


class Test(BaseModel):
    """What came of a test. `accepted` says that Clarity takes the token; `reason` is why it does not, or could not be asked."""

    business: str
    at: datetime
    accepted: bool
    reason: str | None
    rows: int | None
    calls_taken: int
    calls_left_before: int
    calls_left_after: int
    tests_free_after: int
    saves_a_call: bool = Field(description="Whether its answer is the first lane of the next daily sync.")
    hosts: list[Host] = Field(description="Where its visits were, the busiest first; a client is told those of the own site.")
    is_of_other_site: bool = Field(description="Whether (nearly) none of them is on the business's site: is the token its own?")


class Job(BaseModel):
    """An attempt at a lane; `reason` is a stable code wherever it is not plain success."""

    business: str
    date: date
    slice: str
    state: str
    reason: str | None
    http_status: int | None
    calls: int
    rows: int | None
    started_at: datetime
    finished_at: datetime | None
    dagster_run_id: str | None


class Slot(BaseModel):
    """A call of today that is spent: on what, and what came of it."""

    slot: int = Field(ge=1, le=10)
    purpose: str
    state: str
    at: datetime


class Quota(BaseModel):
    """The ten calls of a business's Clarity project on this UTC day."""

    business: str
    day: date
    used: int
    left: int
    slots: list[Slot]


class Alert(BaseModel):
    """An incident that a rule opened; by its `id` all is told of it, under `/alerts`."""

    id: str
    business: str
    rule: str
    severity: str
    state: str
    since: date
    last_evaluated: date
    summary: str


class _Day(BaseModel):
    """A UTC date with data; a count is null where Clarity left the metric out. `sessions` are visits of pages, or a site's."""

    date: date
    sessions: int
    bot_sessions: int
    quality: str | None
    coverage: float
    truncated: bool


class _Page(BaseModel):
    """A page of the site; the counts are lower bounds. `url` comes from strangers: text, never a link to follow.

    `is_folded`: several addresses are that page, and a session that saw two of them counts twice.
    """

    url: str | None
    sessions: int
    is_folded: bool
    affected_sessions: int


if TYPE_CHECKING:
    Day = _Day
    Page = _Page
else:
    Day = create_model(
        "Day",
        __base__=_Day,
        __doc__=_Day.__doc__,
        **{
            measure.column: (int | None if measure.fold == "sum" else float | None, Field(description=measure.meaning))
            for measure in SERVED
            if measure.column not in _Day.model_fields
        },
    )
    Page = create_model(
        "Page",
        __base__=_Page,
        __doc__=_Page.__doc__,
        **{signal.events: (int, Field(description=signal.meaning)) for signal in SIGNALS},
    )


class DataFinding(BaseModel):
    """What is known to be wrong, missing or odd in the numbers of a date; `figure` means what the code says."""

    slice: str
    metric: str | None
    code: str
    severity: str
    figure: float | None
    since: date
    times: int
    sentence: str
    what_to_do: str
    date: date


class Site(BaseModel):
    """The whole site over the dates of a span that have the totals: each session once, and times by session."""

    days_with_data: int
    totals: dict[str, float | int | None]
    days: list[Day]


class Dashboard(BaseModel):
    """The days of a span that have data, oldest first, and what they add up to: visits of pages, averages weighted by them.

    `site` has the site's own numbers, null without any; `leads` says which to show: the site's where every date has them.
    """

    business: str
    from_date: date
    to_date: date
    days_with_data: int
    totals: dict[str, float | int | None]
    devices: dict[str, int]
    days: list[Day]
    leads: Counted
    site: Site | None
    findings: list[DataFinding]
    worst_pages: list[Page]


class Me(BaseModel):
    """Who is signed in; `businesses` are a client's own, and null for the agency, which sees all."""

    email: str
    name: str
    role: Role
    businesses: list[str] | None


class Key(BaseModel):
    """A key of a program; `business_ids` is null for one that may ask of every business."""

    model_config = ConfigDict(from_attributes=True)

    prefix: str
    name: str
    scopes: frozenset[Scope]
    business_ids: frozenset[str] | None
    a_minute: int = Field(description="Requests.")
    expires_at: datetime


class Health(BaseModel):
    """That the panel answers, and its database."""

    status: str


class Kind(BaseModel):
    """A reason, explained."""

    reason: str
    status: int
    title: str


class Problem(BaseModel):
    """RFC 9457, as `application/problem+json`; `reason` is the stable code to compare, `type` where it is explained."""

    model_config = ConfigDict(json_schema_extra={"required": ["type", "title", "status", "detail", "reason"]})

    type: str
    title: str
    status: int
    detail: str
    reason: str
    errors: list[dict[str, str]] | None = Field(None, description="Of `invalid_request`: which field, and why.")
    others: list[str] | None = Field(None, description="Of `shared_project`, for the agency: who is connected to it already.")

"""What the JSON API says of rules, and what programs send to write them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from clarity_pipeline.panel.api.given import Given, Slug
from clarity_pipeline.rules.engine.evidence import Evidence, Outcome, Quality
from clarity_pipeline.rules.language.rule import Action, Scope, Severity

LONGEST_YAML = 40_000

Yaml = Annotated[str, Field(max_length=LONGEST_YAML, description="One rule as YAML, as `rules export` writes it.")]
RuleDocument = Annotated[
    dict[str, Any],
    Field(description="One rule as JSON, by the schema of `/api/v1/rules/schema`.", json_schema_extra={"examples": []}),
]


class _Seen(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ListedRule(_Seen):
    """A rule that is meant for the business; `sentence` says all of it in words, but for other businesses and channels."""

    rule_id: str
    name: str
    description: str
    severity: Severity
    action: Action
    scope: Scope
    enabled: bool
    sentence: str
    revision: int


class FullRule(ListedRule):
    """One of them; what names other businesses and people is null for whoever does not see all."""

    document: dict[str, Any] | None = None
    yaml: str | None = None
    author: str | None = None
    updated_at: datetime | None = None


class RuleAnswer(_Seen):
    """What the rule says of the business (`entity` is empty), a page or an ad entity; `nearness` is 1 on the limit."""

    entity: str
    entity_name: str | None
    outcome: Outcome
    reason: str | None
    evidence: list[Evidence]
    quality: Quality | None
    nearness: float | None = None


class Why(_Seen):
    """Why it fired or did not on a date; `recorded` as it was judged then, else as it would be judged now."""

    day: date
    recorded: bool
    answers: list[RuleAnswer]
    nobody: Annotated[str | None, Field(description="Why there was nobody to ask.")] = None


class Previewed(Why):
    """The same of a rule that nobody has stored, with its sentence."""

    sentence: str


class TriedIncident(_Seen):
    """An alert that would have been."""

    entity: str
    entity_name: str | None
    opened_on: date
    resolved_on: date | None
    last_fired_on: date


class RuleBacktest(_Seen):
    """What a rule would have said, each day by what was known the morning after; counts are of all subjects together."""

    from_date: date
    to_date: date
    days_with_data: int
    subjects: int
    fired_days: int
    unknown_share: float
    messages: int = Field(description="To each channel, if nobody acknowledges.")
    incidents: list[TriedIncident]


class ReadyRule(_Seen):
    """A rule that comes with the package, as it would have been here over the last 90 days."""

    rule_id: str
    name: str
    about: str
    sentence: str
    needs: str
    false_alarms: str
    past: str | None
    enabled: bool


class RuleRevision(_Seen):
    """One state of a rule, and the paths of the fields that it changed."""

    revision: int
    at: datetime
    author: str | None
    document: dict[str, Any]
    changed: list[str]


class GivenRule(Given):
    """One rule, as `rule` or as `yaml`."""

    rule: RuleDocument | None = None
    yaml: Yaml | None = None


class ChangedRule(GivenRule):
    """What a rule becomes; `revision` is the one that you have read, so that nobody's change is undone unseen."""

    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]


class ForWhom(Given):
    """For which businesses a rule is switched on; left out for the one of the address alone."""

    businesses: Literal["all"] | Annotated[list[Slug], Field(min_length=1, max_length=1000)] | None = None
    group: Slug | None = Field(None, description="Those who are in this group now, beside those that are named.")


class Restored(Given):
    """Which earlier state, and the present one as you have read it."""

    revision: Annotated[int, Field(ge=1, le=2**31 - 1)]
    present: Annotated[int, Field(ge=1, le=2**31 - 1)]

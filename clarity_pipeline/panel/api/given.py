"""The documents that programs send to the JSON API. A token only goes in."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from clarity_pipeline.connections.credentials import LONGEST_NAME
from clarity_pipeline.connections.site import MOST_HOSTS

ProjectId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9]{6,20}$", description="From Clarity, Settings, Data Export.", examples=["abc123def4"])
]

ApiToken = Annotated[
    SecretStr,
    Field(
        max_length=8192,
        description="A new value replaces the stored one. Never part of any answer.",
        json_schema_extra={"writeOnly": True, "pattern": "^[A-Za-z0-9._~+/=-]{20,}$"},
    ),
]

Name = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_NAME,
        pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$",
        description="One line, without characters that cannot be seen.",
    ),
]

Site = Annotated[
    list[Annotated[str, Field(max_length=300)]],
    Field(
        min_length=1,
        max_length=MOST_HOSTS,
        description="Hosts that its visitors come to; what lies below one is of it. For the agency alone.",
        examples=[["www.acme.com"]],
    ),
]

AllowShared = Annotated[bool, Field(description="Meant, although the project is connected elsewhere; for the agency alone.")]

Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["acme"])]


class Given(BaseModel):
    """What a program sends; a field that is not known is refused, so that a mistyped one is not silently ignored."""

    model_config = ConfigDict(extra="forbid")


class NewBusiness(Given):
    """A business to connect; or, `without_clarity`, one with imports alone, which has no project, token or site."""

    business: Slug
    project_id: ProjectId | None = None
    token: ApiToken | None = None
    name: Name | None = None
    site: Site | None = None
    without_clarity: bool = False
    allow_shared: AllowShared = False


class Change(Given):
    """What to change; what is left out or null stays. A token also reconnects a business that was disconnected or rejected."""

    project_id: ProjectId | None = None
    token: ApiToken | None = None
    name: Name | None = None
    site: Site | None = None
    totals: bool | None = Field(None, description="Whether one call a day more tells the site's own sessions, users and times.")
    allow_shared: AllowShared = False

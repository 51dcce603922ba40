"""The OpenAPI document: FastAPI's, with our problem documents in place of its own errors, and how one says who one is."""

from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from clarity_pipeline.connections.api_keys import Scope
from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline.panel.api.documents import Problem
from clarity_pipeline.panel.web.problems import KINDS

_DESCRIPTION = """\
Connections and behavioural data of the businesses of this installation. A person is signed in with the cookie of the panel (sign
in at `/sign-in`); the agency uses `/api/v1/businesses`, a client the same below `/api/v1/portal`. A program brings a key that an
agency admin has made: `Authorization: Bearer clp_...`, at `/api/v1/businesses`. `x-key-scope` says which operations take a
key, `/api/v1/key` what the own one may. Above its requests a minute it is told `rate_limited` with `Retry-After`.

Every error is an RFC 9457 problem document with a stable `reason`. A token is accepted and never returned. A business that is
not yours looks like one that does not exist. Unsafe requests of another site are refused by `Sec-Fetch-Site` and `Origin`.
"""

_SCOPE = "x-key-scope"

_ALWAYS = ("cross_origin", "wrong_host", "too_large", "invalid_request", "state_unavailable", "internal_error")


def problems_of(*reasons: str) -> dict[int | str, dict[str, Any]]:
    """What a route declares as `responses`: these reasons, and those that any route may answer with."""
    titles: dict[int, list[str]] = {}
    for reason in dict.fromkeys((*reasons, *_ALWAYS)):
        titles.setdefault(KINDS[reason].status, []).append(f"`{reason}`: {KINDS[reason].title}")
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": "; ".join(each), "content": content} for status, each in sorted(titles.items())}


def of_key(scope: Scope | Literal["any"]) -> dict[str, Any]:
    """What a route declares that takes a key; `any` for one that takes nothing else."""
    return {_SCOPE: scope}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["securitySchemes"] = {
            "cookie": {"type": "apiKey", "in": "cookie", "name": NAME},
            "key": {"type": "http", "scheme": "bearer", "description": "A key that an agency admin has made."},
        }
        for path in document["paths"].values():
            for operation in path.values():
                if "401" in operation["responses"]:
                    scope = operation.get(_SCOPE)
                    ways = ("cookie",) if scope is None else ("key",) if scope == "any" else ("cookie", "key")
                    operation["security"] = [{way: []} for way in ways]
        app.openapi_schema = document
    return app.openapi_schema

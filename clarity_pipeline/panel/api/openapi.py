"""The OpenAPI document: FastAPI's, with our problem documents in place of its own errors, and the cookie that signs one in."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline.panel.api.documents import Problem
from clarity_pipeline.panel.web.problems import KINDS

_DESCRIPTION = """\
Connections and behavioural data of the businesses of this installation. Signed in with the cookie of the panel (sign in at
`/sign-in`); there are no keys for programs. The agency uses `/api/v1/businesses`, a client the same below `/api/v1/portal`.

Every error is an RFC 9457 problem document with a stable `reason`. A token is accepted and never returned. A business that is
not yours looks like one that does not exist. Unsafe requests of another site are refused by `Sec-Fetch-Site` and `Origin`.
"""

_ALWAYS = ("cross_origin", "wrong_host", "too_large", "invalid_request", "state_unavailable", "internal_error")


def problems_of(*reasons: str) -> dict[int | str, dict[str, Any]]:
    """What a route declares as `responses`: these reasons, and those that any route may answer with."""
    titles: dict[int, list[str]] = {}
    for reason in dict.fromkeys((*reasons, *_ALWAYS)):
        titles.setdefault(KINDS[reason].status, []).append(f"`{reason}`: {KINDS[reason].title}")
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": "; ".join(each), "content": content} for status, each in sorted(titles.items())}


def openapi_document(app: FastAPI) -> dict[str, Any]:
    """Made once."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes)
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["securitySchemes"] = {"cookie": {"type": "apiKey", "in": "cookie", "name": NAME}}
        for path in document["paths"].values():
            for operation in path.values():
                if "401" in operation["responses"]:
                    operation["security"] = [{"cookie": []}]
        app.openapi_schema = document
    return app.openapi_schema

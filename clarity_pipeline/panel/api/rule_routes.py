"""Where each operation on rules is, who may ask for it, and what it answers with. Called by `app`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from fastapi import APIRouter

from clarity_pipeline.panel.access.guard import guard
from clarity_pipeline.panel.access.policy import Action, scope_of
from clarity_pipeline.panel.api import rule_documents as doc
from clarity_pipeline.panel.api import rules
from clarity_pipeline.panel.api.businesses import DOORS
from clarity_pipeline.panel.api.openapi import of_key, problems_of


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: str
    handler: Callable[..., Any]
    action: Action
    answer: Any
    problems: tuple[str, ...] = ()
    status: int = 200


_ONE = "/{business_id}/rules"
_RULE = f"{_ONE}/{{rule_id}}"
_OF_ONE = ("unknown_rule", "rules_invalid")
_OF_GROUP = ("unknown_group", "empty_group")
_TRIED = ("nothing_published", "trials_busy")

ROUTES = (
    _Route("GET", _ONE, rules.list_rules_of_business, "see_business", list[doc.ListedRule], ("rules_invalid",)),
    _Route("GET", _RULE, rules.get_rule, "see_business", doc.FullRule, _OF_ONE),
    _Route("GET", f"{_RULE}/why", rules.get_why, "see_business", doc.Why, (*_OF_ONE, *_TRIED)),
    _Route("GET", f"{_RULE}/backtest", rules.get_backtest, "see_business", doc.RuleBacktest, (*_OF_ONE, *_TRIED)),
    _Route("POST", _ONE, rules.add_rule, "write_rules", doc.FullRule, ("known_rule", "rules_invalid"), 201),
    _Route("POST", f"{_ONE}/preview", rules.preview_rule, "write_rules", doc.Previewed, ("rules_invalid", *_TRIED)),
    _Route("PUT", _RULE, rules.change_rule, "write_rules", doc.FullRule, (*_OF_ONE, "rule_changed")),
    _Route("POST", f"{_RULE}/enable", rules.enable_rule, "write_rules", doc.FullRule, (*_OF_ONE, *_OF_GROUP)),
    _Route("POST", f"{_RULE}/disable", rules.disable_rule, "write_rules", doc.FullRule, _OF_ONE),
    _Route("GET", f"{_RULE}/revisions", rules.list_revisions, "write_rules", list[doc.RuleRevision], _OF_ONE),
    _Route("POST", f"{_RULE}/restore", rules.restore_rule, "write_rules", doc.FullRule, (*_OF_ONE, "rule_changed")),
    _Route("GET", "/{business_id}/ready-rules", rules.list_ready_rules, "write_rules", list[doc.ReadyRule], ("rules_invalid",)),
)
"""Those of `write_rules` are the agency's alone, and are behind its door alone."""


def rule_routers() -> tuple[APIRouter, ...]:
    """Behind each door what it leads to, and the schema for whoever may ask for anything."""
    found = []
    for door, (prefix, action) in DOORS.items():
        router = APIRouter(prefix=prefix, tags=[cast("str", door)], dependencies=[guard(action)])
        for route in ROUTES:
            if door == "agency" or route.action == "see_business":
                scope = scope_of(route.action) if door == "agency" else None
                by_key = ("invalid_key", "rate_limited") if scope else ()
                router.add_api_route(
                    route.path,
                    route.handler,
                    methods=[route.method],
                    dependencies=[guard(route.action)],
                    response_model=route.answer,
                    status_code=route.status,
                    operation_id=f"{door}_{route.handler.__name__}",
                    responses=problems_of("not_signed_in", "not_allowed", "unknown_business", *by_key, *route.problems),
                    openapi_extra=of_key(scope) if scope else None,
                )
        found.append(router)
    schema = APIRouter(prefix="/api/v1", tags=["about"])
    schema.add_api_route(
        "/rules/schema",
        rules.get_rules_schema,
        methods=["GET"],
        dependencies=[guard("enter")],
        operation_id="rules_schema",
        responses=problems_of(),
    )
    return (*found, schema)

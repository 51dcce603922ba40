"""The panel as one ASGI application: routes behind their guards, behind the middleware, over one CLARITY_HOME.

Built by the command line and by tests. It refuses to be built with a route that asks nobody whether it may be used. It
never opens the working DuckDB file.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from clarity_pipeline.home import Home
from clarity_pipeline.panel.access.guard import RouteWithoutPolicy, routes_without_policy
from clarity_pipeline.panel.access.openid_provider import Provider
from clarity_pipeline.panel.access.passwords import Passwords
from clarity_pipeline.panel.access.policy import roles_named
from clarity_pipeline.panel.api import about, audit, deployments
from clarity_pipeline.panel.api import channels as api_channels
from clarity_pipeline.panel.api import groups as api_groups
from clarity_pipeline.panel.api.alerts import alert_routers
from clarity_pipeline.panel.api.businesses import DOORS, router_at
from clarity_pipeline.panel.api.rule_routes import rule_routers
from clarity_pipeline.panel.api.search import search_routers
from clarity_pipeline.panel.pages import (
    account,
    alert,
    alerts,
    businesses,
    channels,
    connection,
    doors,
    forgotten,
    groups,
    keys,
    log,
    markers,
    openid,
    people,
    places,
    rule_builder,
    rule_file,
    rule_gallery,
    rule_page,
    rules,
    search,
    second_factor,
)
from clarity_pipeline.panel.panel import Panel
from clarity_pipeline.panel.web import problems
from clarity_pipeline.panel.web.access_log import AccessLog
from clarity_pipeline.panel.web.body_size import BodySize
from clarity_pipeline.panel.web.compression import PackedPages
from clarity_pipeline.panel.web.framing import OneFraming
from clarity_pipeline.panel.web.head import HeadAsGet
from clarity_pipeline.panel.web.headers import SafeHeaders
from clarity_pipeline.panel.web.origin import Origin, SameOrigin
from clarity_pipeline.settings.settings import Clock, Settings
from clarity_pipeline.state.database import open_state

LARGEST_BODY = 64 * 1024
"""Bytes; the longest form holds a token of 8 KiB."""

ROUTERS = (
    *(
        doors.router,
        openid.router,
        forgotten.router,
        search.router,
        businesses.router,
        places.router,
        alerts.router,
        alert.router,
        channels.router,
        groups.router,
        rules.router,
        connection.router,
        account.router,
        second_factor.router,
        log.router,
        people.router,
        keys.router,
        rule_builder.router,
        rule_file.router,
        rule_gallery.router,
        markers.router,
        rule_page.router,
    ),
    *(
        about.router,
        *(router_at(door) for door in DOORS),
        *alert_routers(),
        *rule_routers(),
        api_channels.router,
        api_groups.router,
        deployments.router,
        audit.router,
        *search_routers(),
    ),
)


def build_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    passwords: Passwords | None = None,
    routers: Sequence[APIRouter] = ROUTERS,
) -> FastAPI:
    """Open the state database (made and migrated when new) and build the panel over it; it is closed when the app ends.

    Raises `RouteWithoutPolicy` for a route that carries no guard.
    """
    Provider.of(settings)  # half a setting is told before anything is opened
    roles_named(settings.panel_second_factor)
    state = open_state(settings)
    panel = Panel(Home(settings, state, given_clock=clock), passwords or Passwords())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        panel.post_room.close()
        state.dispose()

    origin = Origin.of(settings)
    app = FastAPI(
        title="clarity_pipeline panel",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False},
        middleware=[
            Middleware(HeadAsGet),
            Middleware(SafeHeaders, is_https=origin.is_https),
            Middleware(AccessLog),
            Middleware(PackedPages),
            Middleware(OneFraming),
            Middleware(SameOrigin, origin=origin),
            Middleware(BodySize, largest=LARGEST_BODY),
        ],
    )
    app.state.panel = panel
    problems.install(app)
    for router in routers:
        app.include_router(router)
    if open_routes := routes_without_policy(app):
        raise RouteWithoutPolicy(f"no guard on {', '.join(open_routes)}")
    return app

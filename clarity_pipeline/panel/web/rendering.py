"""The one way to a page: `render` a template with the viewer and what the last form left to say, or `see_other` after a form.

Everything is escaped: URLs, campaigns and names come from strangers. A template that names something it was not given fails
(`StrictUndefined`) in a test, and not as a blank in front of a person.
"""

from functools import cache
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from clarity_pipeline.panel.access.guard import viewer_of
from clarity_pipeline.panel.access.notice import Notice
from clarity_pipeline.panel.access.policy import may
from clarity_pipeline.panel.views.navigation import is_here, main_places
from clarity_pipeline.panel.web.assets import static


@cache
def environment() -> Environment:
    """The templates; a colleague's filters are added to `filters`, globals to `globals`, at import of the pages that use them."""
    found = Environment(
        loader=PackageLoader("clarity_pipeline.panel"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"static": static, "may": may, "main_places": main_places, "is_here": is_here}
    return found


def render(request: Request, name: str, /, *, status: int = HTTPStatus.OK, **context: Any) -> HTMLResponse:
    """A page; `viewer` (None: nobody), `notice`, `path`, `now`, `is_fresh` and `provider` are in it. A notice is said once.

    `notice_at` is the part of the page that it answers to (None: the whole page), `notice_is_problem` whether it is bad news.
    """
    panel, viewer = request.app.state.panel, viewer_of(request)
    said = context.pop("notice", None)
    notice = None if said is None else Notice(said)
    if viewer is not None and viewer.notice is not None:
        panel.sign_ins.forget_notice(viewer)
        notice = notice or Notice.read(viewer.notice)
    page = environment().get_template(name)
    context.setdefault("problem_at", None)
    context.setdefault("has_typed", False)
    everywhere = {"viewer": viewer, "notice": notice and notice.text, "path": request.url.path, "now": panel.clock()}
    everywhere |= {"notice_at": notice and notice.at, "notice_is_problem": notice is not None and notice.is_problem}
    everywhere["provider"] = panel.openid and panel.openid.asked.provider.name
    everywhere["is_fresh"] = viewer is not None and panel.own_account.is_fresh(viewer)
    return HTMLResponse(page.render(**everywhere, **context), status)


def render_plain(name: str, /, *, status: int, headers: dict[str, str] | None = None, **context: Any) -> HTMLResponse:
    """A page for an error: nothing is looked up for it, because the database may be what is wrong."""
    page = environment().get_template(name)
    return HTMLResponse(page.render(viewer=None, notice=None, notice_at=None, path="", now=None, **context), status, headers)


def see_other(
    request: Request, path: str, *, notice: str | None = None, at: str | None = None, is_problem: bool = False
) -> RedirectResponse:
    """After a form: on to a page of ours (so that a reload sends nothing again), which says `notice` once, in its part `at`."""
    viewer = viewer_of(request)
    if notice is not None and viewer is not None:
        request.app.state.panel.sign_ins.leave_notice(viewer, Notice(notice, at, is_problem))
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)

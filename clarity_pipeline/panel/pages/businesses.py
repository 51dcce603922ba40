"""The list of businesses that the viewer may see, and the form that connects another."""

import re
import unicodedata
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.credentials import LONGEST_NAME, LONGEST_PROJECT_ID
from clarity_pipeline.connections.site import LONGEST_SITE, checked_hosts
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.api.businesses import KnownBusiness
from clarity_pipeline.panel.pages.connection import hints_worded
from clarity_pipeline.panel.pages.doors import Text, form_again, typed_again
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views import wording
from clarity_pipeline.panel.views.findings import channel_news
from clarity_pipeline.panel.views.listing import DEFAULT_SORT, list_businesses
from clarity_pipeline.panel.views.sorting import turned
from clarity_pipeline.panel.views.triage import ALL, FILTERS
from clarity_pipeline.panel.web.rendering import environment, render, see_other
from clarity_pipeline.rules.book.first_rules import store_first_rules

router = APIRouter(include_in_schema=False)

environment().filters.update(wording.FILTERS)
environment().globals["turned"] = turned

_LONGEST_SLUG = 63
_LONGEST_QUERY = 100
_USUAL = {"q": "", "show": ALL, "sort": DEFAULT_SORT, "page": 1}


@router.get("/businesses", dependencies=[guard("list_businesses")])
def businesses_page(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    q: str = "",
    show: str = ALL,
    sort: str = DEFAULT_SORT,
    page: str = "1",
) -> Response:
    """Filtered, searched, sorted and cut into pages by the address alone."""
    asked = int(page) if re.fullmatch(r"[0-9]{1,6}", page) else 1
    listing = list_businesses(panel.home, viewer, query=q[:_LONGEST_QUERY], sort=sort, show=show, page=asked)

    def href(**other: str | int) -> str:
        wanted = {"q": listing.query, "show": listing.show, "sort": listing.sort} | other
        unusual = {name: value for name, value in wanted.items() if value != _USUAL.get(name)}
        return "/businesses" + (f"?{urlencode(unusual)}" if unusual else "")

    news = channel_news(panel.home, viewer)
    return render(request, "businesses.html", listing=listing, href=href, filters=FILTERS, findings=news)


@router.get("/connect", dependencies=[guard("add_business")])
def connect_page(request: Request) -> Response:
    """The form."""
    return render(request, "connect.html", problem=None, name="", slug="", project_id="", site="", is_shared=False)


@router.post("/connect", dependencies=[guard("add_business")])
def connect(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    name: Text = "",
    slug: Text = "",
    project_id: Text = "",
    token: Text = "",
    site: Text = "",
    without_clarity: Text = "",
    allow_shared: Text = "",
) -> Response:
    """Store a new business; no call is made. What was typed comes back with the problem, the token never."""
    connections = panel.home.connections
    business_id = slug.strip().lower() or slug_of(name)
    try:
        if any(each.business_id == business_id for each in connections.all()):
            raise KnownBusiness(f"{business_id} is taken; choose another short name, or open that business to change it")
        if without_clarity:
            connections.add_without_clarity(business_id, name=name, actor=viewer.actor)
            store_first_rules(panel.home.state, clock=panel.clock, settings=panel.home.settings)
            return see_other(request, f"/businesses/{business_id}", notice="Added, without a Clarity project: imports only.")
        hosts = checked_hosts([site]) if site.strip() else None
        parsed = Token.parse(token)
        hints = connections.check(business_id, project_id=project_id, token=parsed, allow_shared=bool(allow_shared))
        connections.connect(
            business_id,
            project_id=project_id,
            token=parsed,
            name=name,
            site=hosts,
            allow_shared=bool(allow_shared),
            actor=viewer.actor,
        )
        store_first_rules(panel.home.state, clock=panel.clock, settings=panel.home.settings)
    except ClarityPipelineError as error:
        is_shared = error.reason == "shared_project"
        typed = {
            "name": typed_again(name, longest=LONGEST_NAME),
            "slug": typed_again(slug, longest=_LONGEST_SLUG),
            "project_id": typed_again(project_id, longest=LONGEST_PROJECT_ID),
            "site": typed_again(site, longest=LONGEST_SITE),
        }
        return form_again(request, "connect.html", error, **typed, is_shared=is_shared)
    notice = "Connected; no call was made. Test it below, or wait for the daily sync at 00:05 UTC."
    return see_other(request, f"/businesses/{business_id}/connection", notice=notice + hints_worded(hints, viewer))


def slug_of(name: str) -> str:
    """What a name would be called in commands and files: letters and digits of ASCII, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].strip("-")

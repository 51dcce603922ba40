"""The list of businesses that the viewer may see, and the form that connects another."""

import re
from itertools import count
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.credentials import LONGEST_NAME, LONGEST_PROJECT_ID, InvalidBusiness, is_slug
from clarity_pipeline.connections.site import LONGEST_SITE, checked_hosts
from clarity_pipeline.errors import ClarityPipelineError
from clarity_pipeline.panel.access.guard import SignedIn, guard
from clarity_pipeline.panel.api.businesses import KnownBusiness
from clarity_pipeline.panel.pages.doors import Text, form_again, typed_again
from clarity_pipeline.panel.panel import ThePanel
from clarity_pipeline.panel.views import wording
from clarity_pipeline.panel.views.connection_words import hints_worded, in_browser
from clarity_pipeline.panel.views.findings import channel_news
from clarity_pipeline.panel.views.listing import DEFAULT_SORT, list_businesses
from clarity_pipeline.panel.views.plain_words import in_words
from clarity_pipeline.panel.views.sorting import turned
from clarity_pipeline.panel.views.transliteration import LONGEST_SHORT_NAME, short_name_of
from clarity_pipeline.panel.views.triage import ALL, FILTERS
from clarity_pipeline.panel.web.rendering import environment, render, see_other
from clarity_pipeline.rules.book.first_rules import store_first_rules

router = APIRouter(include_in_schema=False)

environment().filters.update({**wording.FILTERS, "in_words": in_words})
environment().globals["turned"] = turned

_LONGEST_QUERY = 100
_USUAL = {"q": "", "show": ALL, "group": "", "sort": DEFAULT_SORT, "page": 1}


class NoShortName(InvalidBusiness):
    """Nothing can be called that in commands and files."""

    field = "slug"


class ShortNameTaken(KnownBusiness):
    """Another business has it."""

    field = "slug"


@router.get("/businesses", dependencies=[guard("list_businesses")])
def businesses_page(
    request: Request,
    panel: ThePanel,
    viewer: SignedIn,
    q: str = "",
    show: str = ALL,
    sort: str = DEFAULT_SORT,
    group: str = "",
    page: str = "1",
) -> Response:
    """Filtered, searched, sorted and cut into pages by the address alone."""
    asked = int(page) if re.fullmatch(r"[0-9]{1,6}", page) else 1
    listing = list_businesses(panel.home, viewer, query=q[:_LONGEST_QUERY], sort=sort, show=show, group=group, page=asked)
    in_group = listing.group.group_id if listing.group else ""

    def href(**other: str | int) -> str:
        wanted = {"q": listing.query, "show": listing.show, "group": in_group, "sort": listing.sort} | other
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
    business_id = slug.strip().lower() or short_name_of(name)
    try:
        _check_short_name(panel, business_id)
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
            "slug": typed_again(slug.strip() or business_id, longest=LONGEST_SHORT_NAME),
            "project_id": typed_again(project_id, longest=LONGEST_PROJECT_ID),
            "site": typed_again(site, longest=LONGEST_SITE),
        }
        return form_again(request, "connect.html", in_browser(panel, viewer, error), **typed, is_shared=is_shared)
    notice = "Connected; no call was made. Test it below, or wait for the daily sync at 00:05 UTC."
    return see_other(request, f"/businesses/{business_id}/connection", notice=notice + hints_worded(hints, viewer))


@router.get("/connect/short-name", dependencies=[guard("add_business")])
def short_name(request: Request, name: str = "") -> Response:
    """What the help of the short name says while a name is typed: it can be changed until the business is connected."""
    made = short_name_of(name[:LONGEST_NAME])
    return render(request, "connect_short_name.html", made=made if is_slug(made) else "")


def _check_short_name(panel: ThePanel, business_id: str) -> None:
    """Raise, at the field, in words of the page."""
    if not business_id:
        raise NoShortName("No short name can be made of that name: choose one, such as acme-shop")
    if not is_slug(business_id):
        raise NoShortName("A short name is 1 to 63 of a-z, 0-9, - and _, and begins with a letter or digit, such as acme-shop")
    known = {each.business_id: each.name for each in panel.home.connections.all()}
    if business_id in known:
        free = next(each for number in count(2) if (each := f"{business_id[:58]}-{number}") not in known)
        raise ShortNameTaken(
            f"The short name {business_id} is taken, by {known[business_id]}: open that business to change it, or choose another"
            f" short name for a new one, such as {free}"
        )

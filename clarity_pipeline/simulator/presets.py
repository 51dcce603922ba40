"""Three ready-made sites: a large shop, a mid-size company and a small trade; the demo connects them, tests borrow them.

Calibrated on what agencies report (`docs/measured.md#assumptions`): dead clicks in 4 to 6 % of the sessions, rage clicks in 1 %,
quick backs in 8 %, script errors in 2 %, excessive scroll and error clicks in 0.5 %, bots 15 % of all sessions.
"""

from urllib.parse import quote_plus

from clarity_pipeline.simulator.site import Arrival, Change, EventFactors, EventRate, Page, Platform, Site

LARGE_SHOP_LANDING_PAGE = "/sale/autumn"
"""Where the large shop's ads land. It draws about two in five of its dead clicks, so times 4 there is over times 2 in all."""

_PLATFORMS = (
    Platform(0.34, "Mobile", "Android", "ChromeMobile"),
    Platform(0.22, "Mobile", "IOS", "MobileSafari"),
    Platform(0.24, "PC", "Windows", "Chrome"),
    Platform(0.06, "PC", "Windows", "Edge"),
    Platform(0.04, "PC", "MacOSX", "Safari"),
    Platform(0.03, "PC", "MacOSX", "Chrome"),
    Platform(0.02, "PC", "Linux", "Firefox"),
    Platform(0.03, "Tablet", "IOS", "MobileSafari"),
    Platform(0.015, "Tablet", "Android", "ChromeMobile"),
    Platform(0.003, "Other", "Other", "Other"),
    Platform(0.002, "Email", "Other", "Other"),
)

_RATES = (
    EventRate("dead_clicks", per_view=0.0115, cluster=1.7, storm=0.0003),
    EventRate("rage_clicks", per_view=0.0036, cluster=2.2, storm=0.0005),
    EventRate("excessive_scroll", per_view=0.0018, cluster=1.1),
    EventRate("quick_backs", per_view=0.029, cluster=1.3),
    EventRate("script_errors", per_view=0.0066, cluster=2.0),
    EventRate("error_clicks", per_view=0.0015, cluster=1.2),
)

_COUNTRIES = (
    ("Germany", 0.93),
    ("Austria", 0.034),
    ("Switzerland", 0.02),
    ("Netherlands", 0.006),
    ("United States", 0.005),
    ("Czech Republic", 0.003),
    ("Turkey", 0.002),
)

_FREE_ARRIVALS = (
    Arrival(weight=0.30),
    Arrival(weight=0.36, source="google", medium="organic", channel="OrganicSearch", referrer="https://www.google.com/"),
    Arrival(weight=0.05, source="bing", medium="organic", channel="OrganicSearch", referrer="https://www.bing.com/"),
    Arrival(weight=0.03, source="chatgpt.com", medium="referral", channel="AITools", referrer="https://chatgpt.com/"),
)


def _google_ads(weight: float, campaign: str, landing: str) -> Arrival:
    name = quote_plus(campaign)
    tags = f"utm_source=google&utm_medium=cpc&utm_campaign={name}"
    return Arrival(
        weight=weight,
        source="google",
        medium="cpc",
        campaign=campaign,
        channel="PaidSearch",
        referrer="https://www.google.com/",
        landing=landing,
        tags=(tags, f"utm_campaign={name}&utm_source=google&utm_medium=cpc"),
        click_tags=(tags + "&gclid=Cj0KCQ{id}", "gad_source=1&gclid=EAIaIQ{id}", tags + "&srsltid=AfmBO{id}"),
    )


def _meta_ads(weight: float, campaign: str, landing: str) -> Arrival:
    name = quote_plus(campaign)
    tags = f"utm_source=facebook&utm_medium=paid_social&utm_campaign={name}"
    return Arrival(
        weight=weight,
        source="facebook",
        medium="paid_social",
        campaign=campaign,
        channel="PaidSocial",
        referrer="https://l.facebook.com/",
        landing=landing,
        tags=(tags, tags + "&utm_content=carousel%20a", f"utm_source=Facebook&utm_medium=Paid_Social&utm_campaign={name}"),
        click_tags=(
            tags + "&fbclid=IwZXh0bgNhZW0{id}",
            "fbclid=IwAR0{id}",
            tags + "&event_id={id}&ip=203.0.113.7&fbp=fb.1.{id}.1234567890&fbc=fb.1.{id}.IwAR0",
        ),
    )


def _mailing(weight: float, campaign: str, landing: str) -> Arrival:
    tags = f"utm_source=newsletter&utm_medium=email&utm_campaign={quote_plus(campaign)}"
    return Arrival(
        weight=weight,
        source="newsletter",
        medium="email",
        campaign=campaign,
        channel="Email",
        landing=landing,
        tags=(tags,),
        click_tags=(tags + "&_su_rec=" + "a1b2c3d4" * 100 + "{id}",),
    )


_LANDING_PAGE_RATES: EventFactors = (("dead_clicks", 5.5), ("quick_backs", 1.3))
_FORM_RATES: EventFactors = (("script_errors", 2.5), ("error_clicks", 3.0), ("rage_clicks", 1.8))
_PRODUCTS = (
    *("oak-table", "pine-shelf", "reading-lamp", "wool-blanket", "linen-sheets", "desk-chair", "garden-bench", "floor-vase"),
    *("wall-clock", "cork-board", "bath-mat", "tea-set", "bread-bin", "coat-rack", "door-mat", "glass-jar", "oven-glove"),
    *("picture-frame", "step-stool", "storage-box", "towel-rail", "wine-rack"),
)


def large_shop(*, changes: tuple[Change, ...] = ()) -> Site:
    """About 3,000 human sessions a day on 40 pages, with ads whose click ids split the landing pages into hundreds of URLs."""
    shelves = ("tables", "lamps", "textiles", "garden", "k%C3%BCche", "storage", "bath", "new")
    return Site(
        project_id="k3v9lindhs",
        host="www.lindenhaus.example",
        sessions_a_day=3_000,
        pages=(
            Page("/", 18),
            Page(LARGE_SHOP_LANDING_PAGE, 10, _LANDING_PAGE_RATES),
            Page("/cart", 7),
            Page("/checkout", 4, _FORM_RATES),
            Page("/search", 5),
            Page("/account", 2, _FORM_RATES),
            Page("/help/", 1),
            Page("/help/returns/", 1, anchors=("refund", "top")),
            Page("/stores/index.html", 0.7),
            Page("/blog/small-flats", 0.8),
            *(Page(f"/collections/{shelf}/", 26 / (place + 2)) for place, shelf in enumerate(shelves)),
            *(Page(f"/products/{product}", 30 / (place + 3)) for place, product in enumerate(_PRODUCTS)),
        ),
        platforms=_PLATFORMS,
        arrivals=(
            *_FREE_ARRIVALS,
            _google_ads(0.06, "brand_search", "/"),
            _google_ads(0.05, "shopping_all", LARGE_SHOP_LANDING_PAGE),
            _meta_ads(0.11, "autumn_sale", LARGE_SHOP_LANDING_PAGE),
            _meta_ads(0.02, "Küche & Bad", "/collections/k%C3%BCche/"),
            _mailing(0.02, "weekly_2026", LARGE_SHOP_LANDING_PAGE),
        ),
        countries=_COUNTRIES,
        rates=_RATES,
        odd_url_share=0.03,
        click_id_share=0.3,
        no_session_share=0.04,
        changes=changes,
    )


def mid_size(*, changes: tuple[Change, ...] = ()) -> Site:
    """About 400 human sessions a day on 20 pages: a software company that works on weekdays."""
    topics = ("pricing", "features", "security", "customers", "integrations", "docs", "careers", "contact")
    return Site(
        project_id="w7ploughcr",
        host="ploughcrm.example",
        sessions_a_day=400,
        pages=(
            Page("/", 20, anchors=("top", "pricing")),
            Page("/demo", 8, _LANDING_PAGE_RATES),
            Page("/signup", 5, _FORM_RATES),
            *(Page(f"/{topic}/", 20 / (place + 2)) for place, topic in enumerate(topics)),
            *(Page(f"/blog/{number}-things-to-know", 6 / number) for number in range(3, 12)),
        ),
        platforms=_PLATFORMS[2:] + _PLATFORMS[:1],
        arrivals=(*_FREE_ARRIVALS, _google_ads(0.14, "crm_generic", "/demo"), _meta_ads(0.08, "webinar", "/demo")),
        countries=_COUNTRIES,
        rates=_RATES,
        pages_a_session=3.1,
        no_session_share=0.03,
        weekdays=(1.25, 1.3, 1.25, 1.2, 1.05, 0.45, 0.5),
        sessions_cv=0.12,
        changes=changes,
    )


def small(*, changes: tuple[Change, ...] = ()) -> Site:
    """About 60 human sessions a day on 8 pages: a roofer in a small town."""
    return Site(
        project_id="b2roofmast",
        host="roofmaster.example",
        sessions_a_day=60,
        pages=(
            Page("/", 10),
            Page("/quote/", 5, (("dead_clicks", 2.5), *_FORM_RATES)),
            *(Page(f"/{topic}/", 2) for topic in ("roofs", "repairs", "solar", "gallery", "about", "contact")),
        ),
        platforms=_PLATFORMS,
        arrivals=(*_FREE_ARRIVALS, _google_ads(0.25, "roofer_near_me", "/quote/")),
        countries=_COUNTRIES,
        rates=_RATES,
        pages_a_session=2.4,
        sessions_cv=0.15,
        changes=changes,
    )

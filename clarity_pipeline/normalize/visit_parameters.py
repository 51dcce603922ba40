"""Parameters of queries that tell visits, visitors and campaigns apart, and never pages: by name.

A click id or a session id that is kept makes a page of every visit, and of a visitor's secret a column. Asked by
`connections.pages`, which refuses to keep one, and by `page_routes`, which never proposes one. Pure.
"""

from typing import Literal

Kind = Literal["click id", "session id", "secret", "campaign tag", "search or list"]

_NAMES: dict[Kind, str] = {
    "click id": (
        "gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid fbclid msclkid ttclid twclid li_fat_id yclid ysclid"
        " igsh igshid epik sccid rdt_cid irclickid clickid click_id clkid s_kwcid ef_id mc_eid _hsenc _hsmi hsctatracking mkt_tok"
        " vero_id vero_conv oly_enc_id oly_anon_id wickedid ml_subscriber ml_subscriber_hash _kx _openstat zanpid ranmid raneaid"
        " ransiteid awc cjevent sscid tblci obclid dicbo ttd_id qclid"
    ),
    "session id": (
        "sid phpsessid jsessionid aspsessionid asp.net_sessionid sessionid session_id session sess sessid ssid cfid cftoken"
        " _ga _gl _gid _gac _gcl_au visitorid visitor_id clientid client_id cid uid userid user_id guid uuid nonce ts timestamp"
        " _ rnd rand random cachebuster cb nocache"
    ),
    "secret": (
        "token access_token id_token refresh_token auth key apikey api_key secret password pass pwd code state hash sig"
        " signature email mail phone otp ticket jwt"
    ),
    "campaign tag": (
        "ref referrer referer src source medium campaign campaignid campaign_id adgroupid adgroup adset ad_id adid creative"
        " keyword matchtype network device placement target aff affid aff_id affiliate subid partner promo coupon voucher mc_cid"
        " amp trk trkid from via share shared si spm scm"
    ),
    "search or list": (
        "q query s search searchterm term keywords page paged pg start offset limit per_page perpage sort order orderby dir"
        " direction filter filters min_price max_price lang language locale hl currency country region theme variant color colour"
        " size view tab utm"
    ),
}  # fmt: skip
_KIND_OF: dict[str, Kind] = {name: kind for kind, names in _NAMES.items() for name in names.split()}
_PREFIXES: tuple[tuple[str, Kind], ...] = (
    ("utm_", "campaign tag"), ("_x_tr_", "campaign tag"), ("hsa_", "campaign tag"), ("pk_", "campaign tag"),
    ("mtm_", "campaign tag"), ("matomo_", "campaign tag"), ("_ga_", "session id"), ("_gac_", "session id"),
    ("aspsessionid", "session id"), ("filter_", "search or list"), ("filter[", "search or list"),
)  # fmt: skip

_REFUSED: tuple[Kind, ...] = ("click id", "session id", "secret")
_MAY_BE_A_PAGE = frozenset({"cid", "code", "key", "state", "hash", "session", "uid", "ts", "pass"})
"""Names that some sites do use for pages: never proposed, and kept without a word where a person says so."""


def kind_of(name: str) -> Kind | None:
    """What a parameter of that name tells apart, if it is known not to be pages; in any case of letters."""
    folded = name.casefold()
    if folded in _KIND_OF:
        return _KIND_OF[folded]
    return next((kind for prefix, kind in _PREFIXES if folded.startswith(prefix)), None)


def is_refused(name: str) -> bool:
    """Whether nobody means it: it would make a page of each visit, or keep what opens somebody's account."""
    return kind_of(name) in _REFUSED and name.casefold() not in _MAY_BE_A_PAGE

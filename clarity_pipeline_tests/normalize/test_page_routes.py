"""Sites that tell their pages apart behind a hash or in a parameter are found; visits, visitors and campaigns are no pages."""

import pytest

from clarity_pipeline.normalize.page_identity import PLAIN, PageIdentity
from clarity_pipeline.normalize.page_proposals import proposals_in, spellings_in
from clarity_pipeline.normalize.page_routes import routes_in
from clarity_pipeline.normalize.visit_parameters import is_refused

CARTS = {
    "https://oak.example/index.php?route=catalog/item&item=7": 30,
    "https://oak.example/index.php?route=catalog/item&item=8&gclid=abc1": 24,
    "https://oak.example/index.php?route=basket": 9,
    "https://oak.example/about": 12,
}


def test_parameters_that_most_visits_of_a_path_hang_on_are_found_and_those_below_one_of_their_values() -> None:
    routes = routes_in(CARTS, PLAIN)
    assert routes.parameters == ("route", "item")
    assert (routes.hash_routes, routes.visits) == (False, 63)


def test_what_is_kept_already_is_not_proposed_again() -> None:
    assert not routes_in(CARTS, PageIdentity(kept_parameters=frozenset({"route", "item"})))
    hashed = {"https://a.example/#/one": 20, "https://a.example/#/two": 20}
    assert routes_in(hashed, PLAIN).hash_routes
    assert not routes_in(hashed, PageIdentity(hash_routes=True))


@pytest.mark.parametrize(
    ("queries", "parameters"),
    [
        ({"": 60, "?p=11": 20, "?p=12": 15}, ("p",)),
        ({"?page=about": 20, "?page=prices": 15, "": 9}, ("page",)),
        (
            {"?option=content&view=article&id=5": 20, "?option=content&view=article&id=6": 12, "?option=users&view=login": 9},
            ("option", "view", "id"),
        ),
        ({"?cat=3&prod=7&PHPSESSID=a1": 12, "?cat=3&prod=8&PHPSESSID=a2": 11, "?cat=4&prod=9": 10}, ("cat", "prod")),
        ({f"?sku=A{n}": 3 if n < 9 else 1 for n in range(30)}, ("sku",)),  # most articles have a visit, half the visits a few
    ],
)  # fmt: skip
def test_sites_of_other_makes_are_found_too(queries: dict[str, int], parameters: tuple[str, ...]) -> None:
    seen = {f"https://a.example/{query}": count for query, count in queries.items()}
    assert set(routes_in(seen, PLAIN).parameters) == set(parameters)


def test_routes_behind_a_hash_are_found_beside_a_first_page_without_one() -> None:
    seen = {"https://a.example/": 70, "https://a.example/#/price": 12, "https://a.example/#!/help": 9}
    assert routes_in(seen, PLAIN).hash_routes


@pytest.mark.parametrize(
    "seen",
    [
        {f"https://a.example/lp?gclid=g{n}": 1 for n in range(80)},
        {f"https://a.example/lp?fbclid=f{n % 3}": 30 for n in range(3)},
        {f"https://a.example/t.php?sid={n}": 5 for n in range(30)},
        {f"https://a.example/t.php?PHPSESSID={n}": 5 for n in range(30)},
        {f"https://a.example/lp?_ga=2.{n}": 5 for n in range(30)},
        {"https://a.example/?utm_campaign=a": 40, "https://a.example/?utm_campaign=b": 40},
        {"https://a.example/?ref=a": 40, "https://a.example/?ref=b": 40},
        {"https://a.example/?q=oak": 40, "https://a.example/?q=elm": 40},
        {f"https://a.example/lp?mystery=v{n}": 1 for n in range(80)},  # every visit its own value: an id, whatever its name
        {f"https://a.example/lp?mystery=v{n}": 2 if n < 3 else 1 for n in range(80)},
        {"https://a.example/p?who=anna@b.example": 20, "https://a.example/p?who=ben@b.example": 20},  # would be masked anyway
        {"https://a.example/list": 80, "https://a.example/list?p=2": 10, "https://a.example/list?p=3": 6},
        {"https://a.example/": 500, "https://a.example/view?item=1": 20, "https://a.example/view?item=2": 20},
        {"https://a.example/": 20, "https://a.example/?page=2": 40, "https://a.example/?page=3": 40},
        {"https://a.example/?one=1": 60, "https://a.example/": 3},  # one value tells nothing apart
        {"https://a.example/?item=1": 3, "https://a.example/?item=2": 3},  # so few are chance
        {"https://a.example/#top": 60, "https://a.example/#explore": 60},
        {"https://a.example/#:~:text=a": 60, "https://a.example/#access_token=b": 60},
        {f"https://a.example/#/reset/{n}": 1 for n in range(60)},
        {"https://a-example.translate.goog/?item=1": 40, "https://a-example.translate.goog/?item=2": 40},
        {"http://localhost:3000/?item=1": 40, "http://localhost:3000/?item=2": 40},
        {"about:blank?item=1": 40, "about:blank?item=2": 40},
        {f"https://a.example/f?{'&'.join(f'f{each}={n % 2}' for each in range(6))}": 40 for n in range(2)},  # six are filters
        {},
    ],
)  # fmt: skip
def test_ids_of_visits_campaigns_searches_and_anchors_are_never_proposed(seen: dict[str, int]) -> None:
    assert not routes_in(seen, PLAIN)


@pytest.mark.parametrize(
    "name", ["sid", "SID", "gclid", "fbclid", "msclkid", "PHPSESSID", "_ga", "_gl", "_ga_ABC123", "token", "email"]
)
def test_ids_of_visits_and_secrets_are_refused_by_name(name: str) -> None:
    assert is_refused(name)


@pytest.mark.parametrize("name", ["route", "product_id", "p", "t", "id", "page", "lang", "utm_source", "ref", "code", "q", "v"])
def test_a_name_that_may_tell_pages_apart_is_not_refused(name: str) -> None:
    assert not is_refused(name)


def test_hosts_that_are_not_the_sites_and_what_is_no_address_are_told_with_their_share() -> None:
    seen = {
        "https://www.oak.example/": 60, "https://oak-example.translate.goog/": 20, "http://localhost:1/": 10,
        "file:///home/anna/offer.html": 6, "(not set)": 4,
    }  # fmt: skip
    pages = PageIdentity(site_hosts=("oak.example",))
    others, no_web = proposals_in(seen, pages)
    assert (others.code, others.share, others.settings) == ("other_hosts", 0.3, {"other_hosts": "grouped"})
    assert others.about == "oak-example.translate.goog (20), localhost (10)"
    assert (no_web.code, no_web.share, no_web.about) == ("no_web_pages", 0.1, "file: (6), no scheme (4)")
    assert "anna" not in others.about + no_web.about


def test_one_page_in_several_spellings_is_proposed_only_where_each_is_visited() -> None:
    seen = {
        "https://a.example/x": 9,
        "https://a.example/x/default.aspx": 3,
        "https://a.example//x": 2,
        "https://a.example/y/index.jsp": 1,
    }
    found = spellings_in(seen, PLAIN)
    assert found is not None
    assert found.settings == {"fold_double_slashes": True, "index_files": ("default.aspx",)}
    assert found.share == pytest.approx(5 / 15)
    assert spellings_in({"https://a.example/x": 9}, PLAIN) is None

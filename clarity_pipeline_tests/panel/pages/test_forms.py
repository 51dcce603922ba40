"""Forms of people who wait, go away, come back, and have two tabs: nothing that was typed or saved is lost."""

import time
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from html.parser import HTMLParser

import pytest

from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel, Visitor
from clarity_pipeline_tests.world import OTHER_PROJECT, PROJECT, World

HERE = "/businesses/acme/connection"
UPDATE = "/businesses/acme/update"


class _Inputs(HTMLParser):
    """The fields of the forms of a page, as a browser sends them, by the address that each is sent to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._open = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = given.get("action", "")
            self.forms.setdefault(self._open, {})
        elif tag == "input" and given.get("type") != "checkbox" and "name" in given:
            self.forms[self._open][given["name"]] = given.get("value", "")


def form(page: str, action: str) -> dict[str, str]:
    return _Inputs(page).forms[action]


def update_form(visitor: Visitor) -> dict[str, str]:
    return form(visitor.get(HERE).text, UPDATE)


def stored(world: World) -> tuple[str, str | None]:
    with world.home() as home:
        business = home.connections.get("acme")
        return business.name, business.project_id


def test_an_old_page_reverts_nothing_that_it_did_not_change(panel: RunningPanel, world: World) -> None:
    ann, max_ = panel.visitor("ann@agency.example"), panel.visitor("max@agency.example")
    old = update_form(ann)
    assert max_.post(UPDATE, **(update_form(max_) | {"name": "Acme Two"})).status_code == 303
    assert ann.post(UPDATE, **(old | {"project_id": OTHER_PROJECT})).status_code == 303
    assert stored(world) == ("Acme Two", OTHER_PROJECT)


def test_what_two_have_changed_is_refused_with_both_values_and_stored_at_the_next_press(
    panel: RunningPanel, world: World
) -> None:
    ann, max_ = panel.visitor("ann@agency.example"), panel.visitor("max@agency.example")
    old = update_form(ann) | {"name": "Acme Mine"}
    max_.post(UPDATE, **(update_form(max_) | {"name": "Acme Theirs"}))
    refused = ann.post(UPDATE, **old)
    page = unescape(refused.text)
    assert (refused.status_code, "“Acme Theirs”" in page, "“Acme Mine”" in page) == (409, True, True)
    assert 'id="name-problem" role="alert"' in page
    assert stored(world)[0] == "Acme Theirs"
    again = form(refused.text, UPDATE)
    assert (again["name"], again["shown_name"]) == ("Acme Mine", "Acme Theirs")
    assert ann.post(UPDATE, **again).status_code == 303
    assert stored(world)[0] == "Acme Mine"


def test_a_token_that_somebody_has_replaced_meanwhile_is_not_replaced_unseen(panel: RunningPanel, world: World) -> None:
    ann, max_ = panel.visitor("ann@agency.example"), panel.visitor("max@agency.example")
    old = update_form(ann)
    max_.post(UPDATE, **(update_form(max_) | {"token": world.fake.reissue(PROJECT)}))
    mine = world.fake.token(OTHER_PROJECT)
    refused = ann.post(UPDATE, **(old | {"token": mine}))
    assert (refused.status_code, "another token was stored since" in refused.text, mine in refused.text) == (409, True, False)
    assert ann.post(UPDATE, **(form(refused.text, UPDATE) | {"token": mine})).status_code == 303


def test_a_client_who_does_not_see_the_name_takes_back_no_name(panel: RunningPanel, world: World) -> None:
    cleo, max_ = panel.visitor("cleo@acme.example"), panel.visitor("max@agency.example")
    old = update_form(cleo)
    max_.post(UPDATE, **(update_form(max_) | {"name": "Acme Two"}))
    assert cleo.post(UPDATE, **(old | {"project_id": OTHER_PROJECT})).status_code == 303
    assert stored(world) == ("Acme Two", OTHER_PROJECT)


@pytest.mark.parametrize(
    ("path", "page"),
    [
        (UPDATE, HERE),
        ("/businesses/acme/test", HERE),
        ("/account/password", "/account"),
        ("/people/invites", "/people"),
        ("/people/1/role", "/people/1"),
        ("/sign-in/code", "/sign-in"),
        ("/sign-out", "/"),
    ],
)
def test_who_reloads_the_answer_to_a_refused_form_is_led_to_its_page(panel: RunningPanel, path: str, page: str) -> None:
    answer = panel.visitor("ann@agency.example").get(path)
    assert (answer.status_code, answer.headers.get("Location")) == (303, page)


def ended(panel: RunningPanel, email: str = "ann@agency.example") -> Visitor:
    """A browser whose sign-in was ended elsewhere."""
    visitor = panel.visitor(email)
    other = panel.visitor(email)
    other.post("/account/sign-ins/end-all")
    return visitor


def test_who_asks_for_a_page_after_the_sign_in_has_ended_comes_back_to_it_whole(panel: RunningPanel) -> None:
    ann = ended(panel)
    there = ann.get("/businesses?q=acme&sort=-sessions").headers["Location"]
    sign_in = form(ann.get(there).text, "/sign-in")
    back = ann.post("/sign-in", **(sign_in | {"email": "ann@agency.example", "password": PASSWORD}))
    assert (back.status_code, back.headers["Location"]) == (303, "/businesses?q=acme&sort=-sessions")


def test_a_form_after_the_sign_in_has_ended_is_kept_and_sent_when_its_owner_says_so(panel: RunningPanel, world: World) -> None:
    ann = panel.visitor("ann@agency.example")
    given = update_form(ann) | {"name": "Acme “Two” <b>", "token": "a-secret-that-no-page-may-repeat"}
    panel.visitor("ann@agency.example").post("/account/sign-ins/end-all")
    door = ann.send("POST", UPDATE, data=given, headers={"Referer": ann.base_url + HERE})
    assert (door.status_code, "Your sign-in has ended" in door.text) == (401, True)
    assert "Sign out</button>" not in door.text, "nobody is signed in"
    wrong = ann.post("/sign-in", **(form(door.text, "/sign-in") | {"email": "ann@agency.example", "password": "wrong wrong"}))
    again = ann.post("/sign-in", **(form(wrong.text, "/sign-in") | {"password": PASSWORD}))
    assert (again.status_code, "You are signed in again" in again.text) == (200, True)
    assert f'href="{HERE}"' in again.text
    for page in (door, wrong, again):
        assert "a-secret-that-no-page-may-repeat" not in page.text
    kept = form(again.text, UPDATE)
    assert kept["name"] == given["name"]
    assert stored(world)[0] == "Acme"
    assert ann.post(UPDATE, **kept).status_code == 303
    assert stored(world)[0] == "Acme “Two” <b>"


def test_a_part_that_htmx_asks_for_after_the_sign_in_has_ended_is_the_sign_in_as_a_page_of_its_own(panel: RunningPanel) -> None:
    ann = ended(panel)
    htmx = {"HX-Request": "true", "HX-Current-URL": f"{ann.base_url}{HERE}"}
    tested = ann.send("POST", "/businesses/acme/test", data={"calls_shown": "0"}, headers=htmx)
    assert (tested.status_code, tested.headers["HX-Redirect"]) == (401, "/sign-in?next=%2Fbusinesses%2Facme%2Fconnection")
    elsewhere = htmx | {"HX-Current-URL": "https://evil.example/businesses"}
    assert ann.send("POST", "/businesses/acme/test", headers=elsewhere).headers["HX-Redirect"] == "/sign-in?next=%2F"


def test_no_link_puts_a_filled_form_into_somebodys_hand(panel: RunningPanel) -> None:
    stranger = panel.visitor()
    door = stranger.post("/people/invites", email="eve@evil.example", role="agency_admin")
    made = form(door.text, "/sign-in")["next"]
    assert made.startswith("/resume?")
    for path in ("/sign-in", "/sign-in/openid"):
        page = stranger.get(path, params={"next": made})
        assert "evil.example" not in page.text + page.headers.get("Location", "")
    ann = panel.visitor("ann@agency.example")
    assert ann.get("/sign-in", params={"next": made}).headers["Location"] == "/"
    assert ann.get(made).status_code == 404
    forged = stranger.send("POST", "/sign-in", data={"next": made}, headers={"Sec-Fetch-Site": "cross-site"})
    assert (forged.status_code, "evil.example" in forged.text) == (403, False)


def test_of_two_saves_at_the_same_instant_one_is_stored_and_the_other_is_told(panel: RunningPanel) -> None:
    """Both wait for the same lock after they have looked: compared before it, both would be stored, the first unseen."""
    visitors = [panel.visitor(who) for who in ("ann@agency.example", "max@agency.example")]
    shown = panel.panel.home.connections.get("acme")

    def save(number: int) -> int:
        fields = {"name": f"Acme {number}", "project_id": shown.project_id, "shown_name": shown.name}
        return visitors[number].post("/businesses/acme/update", **fields, shown_project_id=shown.project_id).status_code

    with ThreadPoolExecutor(2) as pool:
        with panel.panel.home.state.write():
            saves = [pool.submit(save, number) for number in range(2)]
            time.sleep(0.7)
        answers = [each.result() for each in saves]
    assert sorted(answers) == [303, 409]
    assert panel.panel.home.connections.get("acme").name == f"Acme {answers.index(303)}"

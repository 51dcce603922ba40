"""What an admin can do to people, what people can do to themselves, and that each is in force at once."""

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.connections.audit import OF_SIGN_INS, AuditLog
from clarity_pipeline.panel.access.accounts import LastAdmin
from clarity_pipeline.panel.access.callers import FREE_ON_AN_ACCOUNT, Caller
from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline.panel.access.passwords import Passwords
from clarity_pipeline.panel.access.sign_in_log import How
from clarity_pipeline.panel.access.sign_ins import SignIns, WrongCredentials, browser_name
from clarity_pipeline.state.schema.panel import panel_sign_ins, panel_users
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel

NEW = "nine loud geese at dawn"
SOMEBODY = Caller("203.0.113.7", "A browser", None)


def test_who_is_disabled_is_out_with_the_next_request(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example", role="agency_admin")
    user_id = any_panel.user("max@agency.example")
    ann, max_ = any_panel.visitor("ann@agency.example"), any_panel.visitor("max@agency.example")
    assert max_.get("/account").status_code == 200
    assert ann.post(f"/people/{user_id}/disable").status_code == 303
    assert max_.get("/account").status_code == 303
    assert max_.post("/sign-in", email="max@agency.example", password=PASSWORD).status_code == 401
    assert ann.post(f"/people/{user_id}/enable").status_code == 303
    assert max_.get("/account").status_code == 303, "the sign-in that was ended stays ended"
    assert max_.post("/sign-in", email="max@agency.example", password=PASSWORD).status_code == 303


def test_another_role_is_in_force_with_the_next_request(panel: RunningPanel) -> None:
    ann, max_ = panel.visitor("ann@agency.example"), panel.visitor("max@agency.example")
    user_id = next(user.user_id for user in panel.panel.accounts.all() if user.email == "max@agency.example")
    assert max_.get("/api/v1/businesses/acme").status_code == 200
    assert ann.post(f"/people/{user_id}/role", role="client").status_code == 303
    assert max_.get("/api/v1/portal/businesses/acme").status_code == 404
    assert ann.post(f"/people/{user_id}/role", role="client", businesses="acme").status_code == 303
    assert max_.get("/api/v1/portal/businesses/acme").status_code == 200
    assert ann.post(f"/people/{user_id}/role", role="agency_admin").status_code == 303
    assert max_.get("/people").status_code == 200


def test_the_last_admin_stays_one(any_panel: RunningPanel) -> None:
    user_id = any_panel.user("ann@agency.example", role="agency_admin")
    ann = any_panel.visitor("ann@agency.example")
    for path, form in ((f"/people/{user_id}/disable", {}), (f"/people/{user_id}/role", {"role": "agency_member"})):
        answer = ann.post(path, **form)
        assert answer.status_code == 409
        assert "only admin" in answer.text
    any_panel.panel.accounts.disable(any_panel.user("bea@agency.example", role="agency_admin"))
    with pytest.raises(LastAdmin):
        any_panel.panel.accounts.disable(user_id)


def test_who_let_whom_in_as_what_and_out_again_is_in_the_audit_log(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example", role="agency_admin")
    any_panel.panel.home.connections.connect("acme", project_id="abc123def4", token=Token.parse("a-token-nobody-has-seen"))
    ann, bea = any_panel.visitor("ann@agency.example"), any_panel.visitor()
    said = "panel:ann@agency.example"

    def link(page: str) -> str:
        return page.partition("/invite?code=")[2].partition('"')[0]

    ann.post("/people/invites", email="tom@agency.example", role="agency_member")
    ann.post("/people/invites/1/take-back")
    ann.post("/people/invites/1/take-back")  # nothing is there to take back
    code = link(ann.post("/people/invites", email="bea@acme.example", role="client", businesses=["acme"]).text)
    assert bea.post("/invite", code=code, name="Bea", password=NEW).status_code == 303
    bea.post("/account/password", present=NEW, new=PASSWORD)
    ann.post("/people/2/role", role="agency_admin")
    ann.post("/people/2/role", role="agency_admin")  # nothing changes
    code = link(ann.post("/people/2/password-link").text)
    assert bea.post("/invite", code=code, name="Bea", password=NEW).status_code == 303
    for _ in range(2):
        ann.post("/people/2/disable")
    for _ in range(2):
        ann.post("/people/2/enable")
    told = AuditLog(any_panel.panel.home.state).found(is_of_installation=True)
    entries = [each for each in reversed(told) if each.action not in OF_SIGN_INS]
    assert [(each.actor, each.sentence) for each in entries] == [
        ("pipeline", "made the account ann@agency.example as agency admin"),
        (said, "invited tom@agency.example as agency member"),
        (said, "took back the link of tom@agency.example"),
        (said, "invited bea@acme.example as client of acme"),
        ("invite:bea@acme.example", "accepted the invite of bea@acme.example"),
        ("portal:bea@acme.example", "set a new password of bea@acme.example"),
        (said, "changed bea@acme.example as agency admin"),
        (said, "made a link for a new password of bea@acme.example"),
        ("invite:bea@acme.example", "set a new password of bea@acme.example"),
        (said, "disabled the account bea@acme.example as agency admin"),
        (said, "enabled the account bea@acme.example as agency admin"),
    ]
    assert not any(secret in str(entries) for secret in (NEW, PASSWORD, code))
    assert "enabled the account" not in bea.get("/businesses/acme").text


@pytest.mark.parametrize("ends", ["disable", "role"])
def test_who_is_an_admin_no_more_has_left_no_way_in(any_panel: RunningPanel, ends: str) -> None:
    any_panel.user("ann@agency.example", role="agency_admin")
    bea_id = any_panel.user("bea@agency.example", role="agency_admin")
    max_ = any_panel.panel.accounts.get(any_panel.user("max@agency.example"))
    invites = any_panel.panel.invites
    left = [
        invites.make("bea@home.example", role="agency_admin", invited_by=bea_id),
        invites.make_for(max_, invited_by=bea_id),
    ]
    other = invites.make("tom@agency.example", role="agency_member", invited_by=1)
    ann = any_panel.visitor("ann@agency.example")
    assert ann.post(f"/people/{bea_id}/{ends}", role="agency_member").status_code == 303
    assert [any_panel.visitor().get(f"/invite?code={code}").status_code for code in (*left, other)] == [410, 410, 200]


def test_a_notice_is_said_once(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    ann = any_panel.visitor("ann@agency.example")
    ann.post("/account/sign-ins/end-others")
    said = [ann.get("/account").text.count("You are signed out everywhere else.</p>") for _ in range(2)]
    assert said == [1, 0]


def test_a_new_password_ends_every_other_sign_in_and_renews_this_one(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    here, there = any_panel.visitor("ann@agency.example"), any_panel.visitor("ann@agency.example")
    before = here.secret
    assert here.post("/account/password", present=PASSWORD, new=NEW).status_code == 303
    assert here.get("/account").status_code == 200
    assert here.secret != before
    assert there.get("/account").status_code == 303
    here.cookies[NAME] = str(before)
    assert here.get("/account").status_code == 303
    assert any_panel.visitor().post("/sign-in", email="ann@agency.example", password=PASSWORD).status_code == 401
    assert any_panel.visitor().post("/sign-in", email="ann@agency.example", password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("present", "new", "told"),
    [("wrong", NEW, "not your present password"), (PASSWORD, "short", "12 to 200"), (PASSWORD, "ann@agency.example", "e-mail")],
)
def test_a_password_is_not_changed_without_the_present_one_or_to_a_weak_one(
    any_panel: RunningPanel, present: str, new: str, told: str
) -> None:
    any_panel.user("ann@agency.example")
    ann = any_panel.visitor("ann@agency.example")
    answer = ann.post("/account/password", present=present, new=new)
    assert answer.status_code == 422
    assert told in answer.text
    assert any_panel.visitor().post("/sign-in", email="ann@agency.example", password=PASSWORD).status_code == 303


def test_who_holds_a_cookie_cannot_guess_the_password_behind_it(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    ann = any_panel.visitor("ann@agency.example")
    statuses = [ann.post("/account/password", present=f"guess {number}", new=NEW).status_code for number in range(12)]
    assert statuses == [422] * FREE_ON_AN_ACCOUNT + [429] * (12 - FREE_ON_AN_ACCOUNT)


def test_a_person_signs_one_browser_out_and_nobody_elses(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    any_panel.user("max@agency.example")
    ann, phone, max_ = (any_panel.visitor(f"{who}@agency.example") for who in ("ann", "ann", "max"))
    own = [int(number) for number in re.findall(r"/account/sign-ins/(\d+)/end", ann.get("/account").text)]
    assert len(own) == 2
    (of_max,) = re.findall(r"/account/sign-ins/(\d+)/end", max_.get("/account").text)
    ann.post(f"/account/sign-ins/{of_max}/end")
    assert max_.get("/account").status_code == 200
    ann.post(f"/account/sign-ins/{max(own)}/end")
    assert phone.get("/account").status_code == 303
    assert ann.get("/account").status_code == 200
    ann.post("/account/sign-ins/end-all")
    assert ann.get("/account").status_code == 303


def test_a_password_that_was_changed_while_it_was_verified_opens_nothing(any_panel: RunningPanel) -> None:
    """Who sets a new password ends every sign-in; one that was already under way must not begin after that."""
    panel = any_panel.panel
    user_id = any_panel.user("ann@agency.example")
    _, before = panel.accounts.credentials("ann@agency.example") or (0, "")
    panel.accounts.set_password(user_id, panel.passwords.hash(NEW))
    with pytest.raises(WrongCredentials):
        panel.sign_ins.begin(user_id, phc=before, caller=SOMEBODY)
    _, after = panel.accounts.credentials("ann@agency.example") or (0, "")
    panel.accounts.disable(any_panel.user("bea@agency.example"))
    assert panel.sign_ins.begin(user_id, phc=after, caller=SOMEBODY)
    assert len(panel.sign_ins.of(user_id)) == 1


def fixated(panel: RunningPanel) -> bool:
    """Somebody plants a secret in a browser before its owner signs in; whether that secret is then a way in."""
    panel.user("ann@agency.example")
    panel.user("mallory@agency.example")
    planted = panel.visitor("mallory@agency.example").secret
    ann, mallory = panel.visitor(), panel.visitor()
    ann.cookies[NAME] = mallory.cookies[NAME] = str(planted)
    assert ann.post("/sign-in", email="ann@agency.example", password=PASSWORD).status_code == 303
    return "ann@agency.example" in mallory.get("/account").text


class KeepsTheSecret(SignIns):
    """The naive version: whoever has a secret keeps it."""

    def begin(self, user_id: int, *, phc: str, caller: Caller, how: How = "password") -> str:
        fresh, instead_of = super().begin(user_id, phc=phc, caller=replace(caller, secret=None), how=how), caller.secret
        if instead_of is None:
            return fresh
        from clarity_pipeline.panel.access.secret_links import digest

        table = panel_sign_ins.c
        with self._state.write() as connection:
            connection.execute(sa.delete(panel_sign_ins).where(table.secret_sha256 == digest(instead_of)))
            renamed = sa.update(panel_sign_ins).where(table.secret_sha256 == digest(fresh))
            connection.execute(renamed.values(secret_sha256=digest(instead_of)))
        return instead_of


def test_a_planted_secret_is_no_way_in_because_each_sign_in_has_a_new_one(any_panel: RunningPanel) -> None:
    assert not fixated(any_panel)


def test_a_planted_secret_would_be_one_if_it_were_kept(any_panel: RunningPanel) -> None:
    panel = any_panel.panel
    panel.__dict__["sign_ins"] = KeepsTheSecret(panel.home.state, clock=panel.clock)
    panel.__dict__.pop("front_door", None)
    assert fixated(any_panel)


def test_the_database_knows_neither_password_nor_cookie(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    ann = any_panel.visitor("ann@agency.example")
    with any_panel.panel.home.state.read() as connection:
        user = connection.execute(sa.select(panel_users)).one()
        sign_in = connection.execute(sa.select(panel_sign_ins)).one()
    assert user.password_phc.startswith("$argon2id$v=19$")
    assert PASSWORD not in str(user)
    assert str(ann.secret) not in str(sign_in)


def test_a_password_is_hashed_anew_when_the_cost_has_changed(any_panel: RunningPanel) -> None:
    old = Passwords(memory_kib=32, passes=1).hash(PASSWORD)
    any_panel.panel.accounts.create("ann@agency.example", name="Ann", role="agency_member", password_phc=old)
    any_panel.visitor("ann@agency.example")
    _, new = any_panel.panel.accounts.credentials("ann@agency.example") or (0, "")
    assert new.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    any_panel.visitor("ann@agency.example")


def test_a_password_is_one_string_of_argon2id_with_its_own_salt() -> None:
    cheap = Passwords(memory_kib=64, passes=1)
    one, other = cheap.hash(PASSWORD), cheap.hash(PASSWORD)
    assert one != other
    assert cheap.fits(PASSWORD, one)
    assert not cheap.fits(PASSWORD + " ", one)
    assert not cheap.fits("", None)
    assert Passwords().hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert Passwords().fits(PASSWORD, one), "one that was hashed otherwise still verifies"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/140.0 Mobile Safari/537", "Chrome on Android"),
        ("<script>", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_is_called_as_its_owner_would(agent: str, name: str) -> None:
    assert browser_name(agent) == name

from datetime import timedelta

import pytest

from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline_tests.panel.conftest import HandClock
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel


def test_a_person_signs_in_and_out(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    ann = any_panel.visitor()
    assert ann.get("/account").headers["Location"] == "/sign-in?next=%2Faccount"
    answer = ann.post("/sign-in", email=" Ann@Agency.Example ", password=PASSWORD, next="/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
    assert "ann@agency.example" in ann.get("/account").text
    secret = ann.secret
    assert ann.post("/sign-out").status_code == 303
    assert ann.secret is None
    ann.cookies[NAME] = str(secret)
    assert ann.get("/account").status_code == 303, "the server has forgotten it, not only the browser"


def test_the_cookie_is_for_this_host_over_tls_and_no_script(any_panel: RunningPanel) -> None:
    any_panel.user("ann@agency.example")
    answer = any_panel.visitor().post("/sign-in", email="ann@agency.example", password=PASSWORD)
    kept = {}
    for cookie in answer.raw.headers.getlist("Set-Cookie"):
        name, _, rest = cookie.partition("=")
        attributes = {part.strip().lower() for part in rest.split(";")[1:]}
        assert attributes >= {"httponly", "secure", "samesite=lax", "path=/"}
        kept[name] = attributes - {"httponly", "secure", "samesite=lax", "path=/"}
    assert kept == {"__Host-clarity": {"max-age=604800"}, "__Host-clarity-browser": {"max-age=34560000"}}


@pytest.mark.parametrize(("after", "is_in"), [({"hours": 11, "minutes": 54}, True), ({"hours": 12}, False)])
def test_a_sign_in_ends_twelve_hours_after_it_was_last_seen(
    any_panel: RunningPanel, hand_clock: HandClock, after: dict[str, float], is_in: bool
) -> None:
    any_panel.user("ann@agency.example")
    ann = any_panel.visitor("ann@agency.example")
    for _ in range(2):
        hand_clock.now += timedelta(**after)
        assert (ann.get("/account").status_code == 200) is is_in


def test_a_sign_in_ends_after_seven_days_however_busy(any_panel: RunningPanel, hand_clock: HandClock) -> None:
    any_panel.user("ann@agency.example")
    ann = any_panel.visitor("ann@agency.example")
    for _ in range(7 * 4 - 1):
        hand_clock.now += timedelta(hours=6)
        assert ann.get("/account").status_code == 200
    hand_clock.now += timedelta(hours=6)
    assert ann.get("/account").status_code == 303

"""Which passwords are refused, with what words and where on the page; and that those of before go on."""

import pytest

from clarity_pipeline.clarity.token import Token
from clarity_pipeline.panel.access.new_passwords import WeakPassword, check_password, own_words
from clarity_pipeline_tests.panel.running import PASSWORD, RunningPanel

KNOWN = ("ann.archer@agency.example", "Ann Archer", "roofmaster", "Roof Master Ltd")
EARLY, OWN = "guessed early", "made of your name"


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("passwordpassword", EARLY),
        ("qwertyuiop12", EARLY),
        ("iloveyou1234", EARLY),
        ("P4ssw0rd2026!", EARLY),
        ("aaaaaaaaaaaaaaaa", EARLY),
        ("1234567890987654321", EARLY),
        ("ann.archer@agency.example", OWN),
        ("annarcher2026!", OWN),
        ("archer-archer-ann", OWN),
        ("Roofmaster#2027#", OWN),
        ("Clarity-Pipeline-2026", OWN),
        ("short", "12 to 200 characters"),
        ("x" * 201, "12 to 200 characters"),
    ],
)
def test_what_is_common_or_known_of_the_person_is_refused_with_what_to_do(password: str, told: str) -> None:
    with pytest.raises(WeakPassword, match=told) as refused:
        check_password(password, known=KNOWN)
    assert password not in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "nine loud geese at dawn",
        "hK3$9dLq02mZ",
        "Ann rows past eleven quiet lighthouses",
        "\u0441\u0435\u043c\u044c \u0441\u043e\u0432 \u043d\u0430 \u0435\u043b\u0438 \u0443 \u0440\u0435\u043a\u0438",
    ],
)
def test_a_few_words_and_a_managers_random_letters_are_taken(password: str) -> None:
    check_password(password, known=KNOWN)


def test_words_shorter_than_three_letters_are_in_every_password() -> None:
    assert own_words("Jo@b.example", "Al") == ["jo@b.example", "example"]


def test_a_weak_password_is_told_at_its_field_and_nothing_of_the_link_is_used_up(any_panel: RunningPanel) -> None:
    any_panel.panel.home.connections.connect("roofmaster", project_id="abc123def4", token=Token.parse("a-token-nobody-has-seen"))
    code = any_panel.panel.invites.make("cleo@roofs.example", role="client", business_ids=["roofmaster"])
    cleo = any_panel.visitor()
    answer = cleo.post("/invite", code=code, name="Cleo", password="roofmaster-cleo-1")
    assert answer.status_code == 422
    assert 'aria-invalid="true" aria-describedby="new-problem password-help"' in answer.text
    assert 'id="new-problem" role="alert">This is made of your name' in answer.text
    assert cleo.post("/invite", code=code, name="Cleo", password=PASSWORD).status_code == 303
    refused = cleo.post("/account/password", present=PASSWORD, new="passwordpassword").text
    assert 'id="new-problem" role="alert">This would be guessed early' in refused
    assert 'id="present-problem"' in cleo.post("/account/password", present="no", new="passwordpassword").text


def test_a_password_of_before_goes_on_whatever_is_asked_of_new_ones(any_panel: RunningPanel) -> None:
    phc = any_panel.panel.passwords.hash("passwordpassword")
    any_panel.panel.accounts.create("ann@agency.example", name="Ann", role="agency_member", password_phc=phc)
    form = {"email": "ann@agency.example", "password": "passwordpassword"}
    assert any_panel.visitor().post("/sign-in", **form).status_code == 303

"""What a person says a page is: checked, stored with the business, and noted."""

from typing import Any

import pytest

from clarity_pipeline.connections.audit import AuditLog
from clarity_pipeline.connections.credentials import InvalidBusiness
from clarity_pipeline.connections.page_options import as_options
from clarity_pipeline.connections.pages import PageSettings, checked_changes, doubtful
from clarity_pipeline.connections.site_store import Sites
from clarity_pipeline.normalize.page_identity import PLAIN, PageIdentity
from clarity_pipeline_tests.connections.made_up import HandClock
from clarity_pipeline_tests.connections.office import Office

ALL = {
    "kept_query_parameters": ("p", "route"), "keep_path_ids": True, "hash_routes": True, "keep_trailing_slash": True,
    "fold_double_slashes": True, "lower_case_paths": True, "compose_accents": True, "drop_session_ids": True,
    "other_hosts": "grouped", "non_web": "grouped", "index_files": ("default.aspx",),
    "path_patterns": ("/product/:name", "/search/*"),
}  # fmt: skip


def test_every_setting_is_kept_as_it_was_said_and_taken_back(office: Office) -> None:
    settings = PageSettings(office.state, clock=HandClock())
    before = office.connections.get("acme")
    assert before.pages == PLAIN
    after = settings.change("acme", checked_changes(ALL), actor="cli:anna")
    assert office.connections.get("acme") == after
    assert after.kept_query_parameters == ("p", "route")
    for name, value in ALL.items():
        known = "kept_parameters" if name == "kept_query_parameters" else name
        assert getattr(after.pages, known) == (frozenset(value) if known == "kept_parameters" else value), name
    assert office.connections.get("beta").pages == PLAIN
    assert office.connections.update("acme", name="Acme").pages == after.pages, "another change leaves them"
    nothing = {
        name: ["none"] if isinstance(value, tuple) else "apart" if isinstance(value, str) else False
        for name, value in ALL.items()
    }
    assert settings.change("acme", checked_changes(nothing), actor="cli:anna").pages == PLAIN
    entries = AuditLog(office.state).entries("acme")
    assert entries[0].detail == {"fields": ["kept_query_parameters", "keep_path_ids", "page_settings"]}
    assert "what is one page" in entries[0].sentence


def test_what_is_not_given_stays(office: Office) -> None:
    settings = PageSettings(office.state, clock=HandClock())
    settings.change("acme", checked_changes(ALL), actor="cli:anna")
    changed = settings.change(
        "acme", checked_changes({"hash_routes": False, "index_files": [], "non_web": None}), actor="cli:anna"
    )
    assert not changed.pages.hash_routes
    assert changed.pages.index_files == ("default.aspx",)
    assert (changed.pages.non_web, changed.kept_query_parameters) == ("grouped", ("p", "route"))


def test_a_site_is_part_of_what_a_page_is(office: Office) -> None:
    Sites(office.state, clock=HandClock()).say("acme", ("oak.example",), actor="cli:anna")
    assert office.connections.get("acme").pages == PageIdentity(site_hosts=("oak.example",))


@pytest.mark.parametrize("name", ["sid", "gclid", "FBCLID", "PHPSESSID", "_ga", "token"])
def test_a_parameter_of_visits_is_refused_by_name_unless_a_person_insists(name: str) -> None:
    with pytest.raises(InvalidBusiness, match=f"{name} would make a page of nearly every visit.*--insist"):
        checked_changes({"kept_query_parameters": ["p", name]})
    assert checked_changes({"kept_query_parameters": ["p", name]}, insist=True) == {
        "kept_query_parameters": tuple(sorted(("p", name)))
    }


def test_a_parameter_of_campaigns_is_taken_and_doubted() -> None:
    assert doubtful(checked_changes({"kept_query_parameters": ["utm_source", "p"]})["kept_query_parameters"]) == ["utm_source"]


@pytest.mark.parametrize(
    "given",
    [
        {"kept_query_parameters": ["a=b"]}, {"kept_query_parameters": ["a&b"]}, {"kept_query_parameters": ["?p"]},
        {"kept_query_parameters": [f"p{n}" for n in range(51)]},
        {"index_files": ["a/b"]}, {"index_files": ["x" * 101]},
        {"path_patterns": ["product/:name"]}, {"path_patterns": ["/"]}, {"path_patterns": ["/:a/:b"]}, {"path_patterns": ["/*"]},
        {"path_patterns": ["/a/*/b"]}, {"path_patterns": ["/a?b"]}, {"path_patterns": ["/a//b"]}, {"path_patterns": ["/a/:"]},
        {"path_patterns": ["https://a.example/x"]}, {"path_patterns": ["/" + "a" * 300]},
    ],
)  # fmt: skip
def test_what_can_be_no_setting_is_refused_with_an_example(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidBusiness):
        checked_changes(given)


def test_patterns_are_kept_in_the_spelling_of_canonical_paths() -> None:
    given = ["/größe/:name/", "/a%20b/*", "/größe/:name"]
    assert checked_changes({"path_patterns": given}) == {"path_patterns": ("/gr%C3%B6%C3%9Fe/:name", "/a%20b/*")}


def test_changes_are_written_as_they_are_typed() -> None:
    changes = {
        "kept_query_parameters": ("p", "t"),
        "hash_routes": True,
        "keep_trailing_slash": False,
        "index_files": (),
        "non_web": "grouped",
    }
    assert as_options(changes) == (
        "--keep-parameter p --keep-parameter t --hash-routes --drop-trailing-slash --index-file none --non-web grouped"
    )

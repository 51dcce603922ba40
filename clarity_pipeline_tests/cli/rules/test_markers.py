"""`markers`: what is said to people and programs, and what is wrong usage."""

from clarity_pipeline_tests.cli.conftest import Clarity

ADD = ("markers", "add", "acme", "--at", "2026-05-01", "--note", "new form")


def test_a_marker_is_added_listed_and_taken_back(clarity: Clarity) -> None:
    assert clarity("markers", "list").out.startswith("No change is marked")
    added = clarity(*ADD, "--url", "https://acme.com/lp/?gclid=1", "--json")
    assert (added.status, added.err) == (0, "")
    document = added.document
    author = document.pop("author")
    assert document == {
        "marker": 1, "business": "acme", "url": "https://acme.com/lp", "at": "2026-05-01T00:00:00Z", "note": "new form",
        "created_at": "2026-05-04T00:05:00Z",
    }  # fmt: skip
    assert author.startswith("cli:")
    assert clarity(*ADD).out.startswith("Marker 2: the whole site on 2026-05-01.")
    assert [each["marker"] for each in clarity("markers", "list", "acme", "--json").document] == [1, 2]
    assert "(site)" in clarity("markers", "list").out
    assert clarity("markers", "remove", "1").out == "Removed marker 1 of acme: https://acme.com/lp on 2026-05-01.\n"
    assert [each["marker"] for each in clarity("markers", "list", "--json").document] == [2]
    assert clarity("markers", "remove", "1").error.startswith("no marker has the number 1; ")


def test_a_check_without_days_says_so_for_each_signal(clarity: Clarity) -> None:
    assert clarity("markers", "check", "acme", "--json").document == []
    clarity(*ADD)
    header, *lines = clarity("markers", "check", "acme").out.splitlines()
    assert header == "1  2026-05-01  the whole site: new form"
    assert len(lines) == 6
    assert lines[0] == "  visits with dead clicks: not enough days before 2026-05-01 to compare with: 0 usable"
    (document,) = clarity("markers", "check", "acme", "--json").document
    assert (document["marker"], document["besides"], len(document["signals"])) == (1, [], 6)
    assert {each["outcome"] for each in document["signals"]} == {"unknown"}


def test_what_was_typed_wrong_is_wrong_usage(clarity: Clarity) -> None:
    for arguments, said in (
        (("--at", "yesterday", "--note", "x"), "is no instant"),
        (("--at", "2026-05-01T10:00", "--note", "x"), "needs a zone"),
        (("--at", "2026-05-01", "--note", ""), "one line"),
        (("--at", "2026-05-01", "--note", "x", "--url", "lp"), "whole address"),
    ):
        ran = clarity("markers", "add", "acme", *arguments)
        assert (ran.status, said in ran.error) == (2, True), ran.err
    assert clarity("markers", "add", "nobody", "--at", "2026-05-01", "--note", "x").status == 1
    assert clarity("markers", "check", "nobody").status == 1

"""What a deployment says of itself, read as a change: GitHub's payloads, told twice or in part, and plain JSON."""

from datetime import UTC, datetime
from typing import Any

import pytest

from clarity_pipeline.rules.markers.deployments import Deployed, NotDeployed, deployment_of
from clarity_pipeline.rules.markers.markers import InvalidMarker

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
AT = datetime(2026, 5, 3, 14, 30, tzinfo=UTC)
REPOSITORY = {"repository": {"full_name": "acme/shop", "private": True}, "sender": {"login": "somebody"}}
RELEASE = {"tag_name": "v1.4.0", "published_at": "2026-05-03T14:30:00Z", "draft": False, "prerelease": False, "body": "x" * 999}
DEPLOYMENT = {
    "ref": "main", "sha": "0a1b2c3d4e5f", "environment": "production", "created_at": "2026-05-03T16:30:00+02:00", "id": 7,
}  # fmt: skip


def test_a_release_is_one_change_however_often_it_is_told() -> None:
    told = [deployment_of({"action": action, "release": RELEASE, **REPOSITORY}, now=NOW) for action in ("published", "released")]
    assert told == [Deployed(AT, "Release v1.4.0 of acme/shop")] * 2


def test_a_deployment_and_its_success_are_one_change() -> None:
    begun = deployment_of({"action": "created", "deployment": DEPLOYMENT, **REPOSITORY}, now=NOW)
    status = {"state": "success", "created_at": "2026-05-03T14:40:00Z"}
    done = deployment_of({"deployment": DEPLOYMENT, "deployment_status": status, **REPOSITORY}, now=NOW)
    assert begun == done == Deployed(AT, "Deployed main 0a1b2c3 of acme/shop")


@pytest.mark.parametrize(
    "payload",
    [
        {"zen": "Keep it calm.", "hook_id": 1},
        {"action": "created", "release": RELEASE},
        {"action": "published", "release": RELEASE | {"draft": True}},
        {"action": "published", "release": RELEASE | {"prerelease": True}},
        {"deployment": DEPLOYMENT, "deployment_status": {"state": "failure"}},
        {"deployment": DEPLOYMENT, "deployment_status": {"state": "in_progress"}},
        {"deployment": DEPLOYMENT | {"environment": "Preview"}},
        {"deployment": DEPLOYMENT | {"production_environment": False}},
    ],
)
def test_what_visitors_never_see_marks_nothing_and_says_why(payload: dict[str, Any]) -> None:
    found = deployment_of(payload, now=NOW)
    assert isinstance(found, NotDeployed)
    assert found.why.endswith(".")


def test_githubs_own_word_for_production_counts_more_than_the_name() -> None:
    found = deployment_of({"deployment": DEPLOYMENT | {"environment": "shop-eu", "production_environment": True}}, now=NOW)
    assert isinstance(found, Deployed)


def test_plain_json_needs_a_note_alone() -> None:
    assert deployment_of({"note": "New checkout"}, now=NOW) == Deployed(NOW, "New checkout")
    whole = {"note": "New checkout", "at": "2026-05-03T16:30:00+02:00", "url": "https://acme.com/cart"}
    assert deployment_of(whole, now=NOW) == Deployed(AT, "New checkout", "https://acme.com/cart")


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({}, "note"),
        ({"note": 7}, "note"),
        ({"note": "x", "when": "now"}, "note"),
        ({"note": "x", "url": ["https://acme.com"]}, "url"),
        ({"note": "x", "at": "yesterday"}, "at"),
        ({"note": "x", "at": 1_700_000_000}, "at"),
        ({"note": "x", "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({"release": RELEASE | {"published_at": {}}}, "at"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(payload: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidMarker) as refused:
        deployment_of(payload, now=NOW)
    assert refused.value.field == field


def test_what_a_payload_calls_things_is_one_short_line_that_can_be_seen() -> None:
    found = deployment_of({"release": RELEASE | {"tag_name": "v1\u202e\n<b>" + "9" * 500}}, now=NOW)
    assert isinstance(found, Deployed)
    assert found.note.startswith("Release v1 <b>999")
    assert found.note.isprintable()
    assert len(found.note) < 100

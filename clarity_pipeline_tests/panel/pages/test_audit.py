"""Who did what over everything, for admins: filters by person, business and kind, pages, and every action of one kind."""

from collections import Counter
from typing import get_args

import pytest
import sqlalchemy as sa

from clarity_pipeline.connections.audit import note
from clarity_pipeline.connections.audit_kinds import KINDS
from clarity_pipeline.connections.audit_sentences import Action
from clarity_pipeline.state.schema.connections import audit_log
from clarity_pipeline_tests.panel.conftest import NINE
from clarity_pipeline_tests.panel.pages.test_pages import connect
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor

LOG, API = "/people/log", "/api/v1/audit"


def furnish(panel: RunningPanel) -> Visitor:
    panel.user("ann@agency.example", role="agency_admin")
    panel.user("max@agency.example")
    for slug in ("acme", "globex"):
        connect(panel, slug, slug.title())
    with panel.panel.home.state.write() as connection:
        connection.execute(sa.delete(audit_log))
        for actor, action, slug in (
            ("panel:max@agency.example", "paused", "acme"),
            ("portal:max@agency.example", "enabled", "acme"),
            ("panel:ann@agency.example", "paused", "globex"),
            ("cli:root", "rules_changed", None),
            ("cli:zoe", "key_made", None),
            ("clix:nobody", "tested", "acme"),
            ("pipeline", "rejected", "globex"),
        ):
            note(connection, action, at=NINE, business_id=slug, actor=actor)
    visitor = panel.visitor("ann@agency.example")
    with panel.panel.home.state.write() as connection:
        connection.execute(sa.delete(audit_log).where(audit_log.c.action == "signed_in"))
    return visitor


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", ["rejected", "tested", "key_made", "rules_changed", "paused", "enabled", "paused"]),
        ("who=max@agency.example", ["enabled", "paused"]),
        ("who=cli:", ["key_made", "rules_changed"]),
        ("who=pipeline", ["rejected"]),
        ("business=acme", ["tested", "enabled", "paused"]),
        ("business=-", ["key_made", "rules_changed"]),
        ("kind=rules", ["rules_changed"]),
        ("kind=connections&who=ann@agency.example", ["paused"]),
        ("kind=connections&business=globex&who=max@agency.example", []),
    ],
)
def test_it_is_filtered_by_person_business_and_kind(any_panel: RunningPanel, asked: str, told: list[str]) -> None:
    ann = furnish(any_panel)
    assert [each["action"] for each in ann.get(f"{API}?{asked}").json()] == told
    page = ann.get(f"{LOG}?{asked}").text
    assert page.count('role="rowheader"') == len(told)


def test_it_is_read_page_by_page_and_the_filter_goes_along(any_panel: RunningPanel) -> None:
    ann = furnish(any_panel)
    with any_panel.panel.home.state.write() as connection:
        for _ in range(120):
            note(connection, "tested", at=NINE, business_id="acme", actor="cli:root")
    seen, path = 0, f"{LOG}?who=cli%3A&kind=connections"
    for rows in (50, 50, 20):
        page = ann.get(path).text
        assert page.count('role="rowheader"') == rows
        seen += rows
        path = page.partition('<a href="/people/log?who=cli%3A&amp;kind=connections&amp;before=')[2].partition('"')[0]
        path = f"{LOG}?who=cli%3A&kind=connections&before={path}" if path else ""
    assert (seen, path) == (120, "")


@pytest.mark.parametrize("path", [f"{LOG}?who=nobody&business=%00&kind=x", f"{LOG}?who=%27&business=Q"])
def test_what_it_does_not_know_is_as_if_unasked(any_panel: RunningPanel, path: str) -> None:
    assert furnish(any_panel).get(path).text.count('role="rowheader"') == 7


def test_it_is_for_admins_alone(panel: RunningPanel) -> None:
    for who in ("max@agency.example", "cleo@acme.example"):
        visitor = panel.visitor(who)
        assert [visitor.get(path).status_code for path in (LOG, API)] == [403, 403]


def test_every_action_is_of_one_kind() -> None:
    counted = Counter(action for actions in KINDS.values() for action in actions)
    assert counted == Counter(get_args(Action))

"""No page about rules, changes, alerts and channels shows a code name or a command: whoever reads it has never seen either."""

import re
from datetime import timedelta
from html import unescape

import pytest

from clarity_pipeline.alerts.record import record
from clarity_pipeline.panel.views.wording import LANES
from clarity_pipeline.rules.book.rule_store import import_rules, list_rules
from clarity_pipeline.rules.judging.inputs import read_known
from clarity_pipeline.rules.judging.judgement import judge
from clarity_pipeline.rules.language.ready import library
from clarity_pipeline.warehouse.published.published_file import PublishedFile
from clarity_pipeline_tests.panel.pages.conftest import LAST, LIVED
from clarity_pipeline_tests.panel.running import RunningPanel, Visitor
from clarity_pipeline_tests.rules.made_up import rule, threshold

HERE = f"/businesses/{LIVED}"
_CODES = re.compile(rf"clarity_(?!pipeline\b)[a-z_]+|clarity-pipeline|\b(?:{'|'.join(each for each in LANES if '_' in each)})\b")
_UNSEEN = re.compile(r"<(script|style|textarea|title|pre)\b.*?</\1>|<[^>]*>", re.DOTALL)
_SAID = re.compile(r'(?:title|aria-label|placeholder|alt)="([^"]*)"')


def shown(page: str) -> str:
    """What people read of it: text, what is said to a screen reader, and what a pointer shows; no YAML."""
    return unescape(f"{_UNSEEN.sub(' ', page)} {' '.join(_SAID.findall(page))}")


@pytest.fixture
def fired(lived_panel: RunningPanel) -> str:
    """A rule has fired for a week, after days of which it could say nothing; the alert's id."""
    home = lived_panel.panel.home
    asked = rule(
        {
            "any": [
                threshold("clarity_sessions", value=1, window_days=1),
                threshold("clarity_dead_click_rate", min_sessions=10**9),
            ]
        },
        id="any",
        businesses=[LIVED],
    )
    import_rules(home.state, clock=home.clock, rules=[asked], author="cli:anna")
    span = {"from_date": LAST - timedelta(days=6), "to_date": LAST}
    with home.state.read() as facts, PublishedFile(home.settings.published_file).connect() as rows:
        rules = list_rules(facts)
        known = read_known(facts, rows, now=home.clock(), rules=[asked], business_ids=[LIVED], **span)
        judged = list(judge(rules, known=known[LIVED], days=[LAST - timedelta(days=back) for back in range(6, -1, -1)]))
    record(home.state, clock=home.clock, judgements=judged)
    visitor = lived_panel.visitor("ann@agency.example")
    return str(re.findall(r"/alerts/([0-9a-f]{32})", visitor.get("/alerts").text)[0])


def test_no_page_shows_a_code_name_or_a_command(lived_panel: RunningPanel, fired: str) -> None:
    ann: Visitor = lived_panel.visitor("ann@agency.example")
    ready = [f"{HERE}/rules/{each.rule.id}" for each in library()]
    build = f"{HERE}/rules/build/new"
    pages = [
        "/businesses",
        HERE,
        f"{HERE}/connection",
        "/alerts",
        f"/alerts/{fired}",
        "/alerts/precision",
        "/channels",
        f"{HERE}/alerts",
        f"{HERE}/changes",
    ]
    pages += [f"{HERE}/rules", f"{HERE}/rules/ready/all", build, f"{HERE}/rules/any", f"{HERE}/rules/any/edit", *ready]
    pages += [f"{build}?ready={each.rule.id}" for each in library()]
    told = {address: ann.get(address) for address in pages}
    assert {each.status_code for each in told.values()} == {200}
    found = {address: sorted(set(_CODES.findall(shown(page.text)))) for address, page in told.items()}
    assert {address: names for address, names in found.items() if names} == {}
    refused = [
        ann.post(f"{HERE}/rules/ready/all"),
        ann.post(f"{HERE}/rules/any", do="restore", revision="9", present="9"),
        ann.post(f"{HERE}/changes", note=""),
        ann.post(build, name="", do="save"),
    ]
    assert all(each.status_code >= 400 for each in refused)
    assert [_CODES.findall(shown(each.text)) for each in refused] == [[]] * len(refused)

"""Made-up stories of requests, each following from an answer by the links of the document, by every role and by keys.

No 5xx, no answer that is not as described, and to a client of one business, or a key of it, nothing of another: neither its
name nor what stands in it.
"""

import warnings
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import Phase as Stage

from clarity_pipeline.connections.api_keys import Scope, Wanted
from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline_tests.panel.running import RunningPanel, running
from clarity_pipeline_tests.world import World

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import checks as known
    from schemathesis.specs.openapi import checks as of_openapi

CHECKS = [
    known.not_a_server_error,
    of_openapi.status_code_conformance,
    of_openapi.content_type_conformance,
    of_openapi.response_headers_conformance,
    of_openapi.response_schema_conformance,
]
OTHERS = ("globex", "Zweihorn", "zweihorn.example", "wurzelgemuese")
"""Slug and name of another business, its site, and a note in a marker of it."""

STORIES, STEPS = 8, 12

WHO = ("agency_admin", "agency_member", "client", "key of all", "key of acme", "key that marks acme")
ONLY_ACME = ("client", "key of acme", "key that marks acme")


@pytest.fixture
def two_tenants(world: World) -> Any:
    """`acme`, whose client and keys ask, and `globex`, of which they may learn nothing."""
    world.connect("globex")
    with running(world.settings, clock=lambda: world.now) as panel:
        panel.panel.home.connections.update("globex", name="Zweihorn", actor="cli:test")
        panel.user("agency_admin@example.com", role="agency_admin")
        panel.user("agency_member@example.com")
        panel.user("client@example.com", role="client", businesses=("acme",))
        admin = panel.visitor("agency_admin@example.com")
        marker = {"at": world.now.isoformat(), "note": "wurzelgemuese", "url": "https://zweihorn.example/"}
        made = admin.send("POST", "/api/v1/businesses/globex/markers", json=marker)
        assert made.status_code == 201, made.text
        yield panel


def credential(panel: RunningPanel, who: str) -> dict[str, str]:
    """The header that says who asks."""
    if not who.startswith("key"):
        return {"Cookie": f"{NAME}={panel.visitor(f'{who}@example.com').secret}"}
    scopes: tuple[Scope, ...] = ("markers",) if "marks" in who else ("read", "markers")
    own = None if who.endswith("all") else ("acme",)
    wanted = Wanted(name=who, scopes=scopes, business_ids=own, days=1)
    key, _ = panel.panel.api_keys.make(wanted, actor="cli:test")
    return {"Authorization": f"Bearer {key}"}


def is_for(who: str, operation: dict[str, Any]) -> bool:
    """Whether the document has the operation behind this one's door: a key's, the portal's, the agency's."""
    tags, doors = operation.get("tags", ()), [name for each in operation.get("security") or () for name in each]
    if who.startswith("key"):
        return "key" in doors
    return "about" in tags or ("portal" if who == "client" else "agency") in tags


def tell_stories(
    panel: RunningPanel, who: str, document: dict[str, Any], *, elsewhere: bool = False
) -> tuple[Counter[int], Counter[str], list[str]]:
    """The statuses, the operations that were answered well, and what was said to `who` of the other business.

    Of the operations behind its own door; `elsewhere` of all the others, which should be refused.
    """
    statuses: Counter[int] = Counter()
    done: Counter[str] = Counter()
    leaks: list[str] = []
    headers = credential(panel, who)
    panel.panel.key_rates.__init__()  # type: ignore[misc] - a key's own minute is no story
    schema = schemathesis.openapi.from_dict(document)
    machine: Any = schema.include(
        lambda context: is_for(who, context.operation.definition.raw) is not elsewhere
    ).as_state_machine()

    class Story(machine):  # type: ignore[misc]
        asked = 0

        def before_call(self, case: Any) -> None:
            Story.asked += 1
            if "business_id" in case.path_parameters and Story.asked % 3:
                case.path_parameters["business_id"] = ("acme", "globex")[Story.asked % 3 - 1]

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": headers, "base_url": panel.base_url}

        def validate_response(self, response: Any, case: Any, additional_checks: Any = None, **more: Any) -> None:
            statuses[response.status_code] += 1
            if response.status_code < 300:
                done[case.operation.definition.raw["operationId"]] += 1
            said = response.text
            leaks.extend(f"{case.operation.label}: {word}" for word in OTHERS if word in said)
            case.validate_response(response, checks=CHECKS)

    Story.run(
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Stage.generate],
        )
    )
    return statuses, done, leaks


@pytest.mark.slow("stories of requests by the hundred")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", WHO)
def test_no_story_of_requests_ends_in_an_error_of_ours_or_an_answer_that_is_not_described(
    two_tenants: RunningPanel, who: str
) -> None:
    document = two_tenants.visitor().get("/api/v1/openapi.json").json()
    statuses, done, _ = tell_stories(two_tenants, who, document)
    assert sum(statuses.values()) > STORIES * 4, statuses
    assert not [status for status in statuses if status >= 500], statuses
    assert len(done) >= (0 if "marks" in who else 2 if "key" in who else 5), done  # of seventeen a key that marks may do three
    if who not in {"agency_admin", "agency_member"}:
        statuses, done, _ = tell_stories(two_tenants, who, document, elsewhere=True)
        assert not [status for status in statuses if status >= 500], statuses
        assert {401, 403} & statuses.keys(), statuses
        operations = [each for path in document["paths"].values() for each in path.values()]
        assert done.keys() <= {each["operationId"] for each in operations if not each.get("security")}, done


@pytest.mark.slow("stories of requests by the hundred")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", ONLY_ACME)
def test_no_answer_to_a_client_or_a_key_of_acme_tells_of_another_business(two_tenants: RunningPanel, who: str) -> None:
    document = two_tenants.visitor().get("/api/v1/openapi.json").json()
    _, done, leaks = tell_stories(two_tenants, who, document)
    assert leaks == []
    assert done or "marks" in who
    _, _, of_the_agency = tell_stories(two_tenants, "agency_member", document)
    assert any("Zweihorn" in each for each in of_the_agency), "the search would see it"


def test_every_link_leads_to_an_operation_with_the_parameters_that_it_takes(panel: RunningPanel) -> None:
    document = panel.visitor().get("/api/v1/openapi.json").json()
    operations = {each["operationId"]: each for path in document["paths"].values() for each in path.values()}
    seen = set()
    for name, operation in operations.items():
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                target = operations[link["operationId"]]
                taken = {each["name"] for each in target.get("parameters", ()) if each["in"] == "path"}
                assert link["parameters"].keys() == taken, (name, link)
                seen.add(link["operationId"])
    for door in ("agency", "portal"):
        wanted = ("get_business", "change_business", "disconnect_business", "add_marker", "list_markers", "remove_marker")
        assert {f"{door}_{each}" for each in wanted} <= seen

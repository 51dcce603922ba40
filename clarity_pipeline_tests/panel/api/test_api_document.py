"""Made-up requests by the hundred against the API's description of itself: no 5xx, and no answer that it does not describe."""

import warnings
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clarity_pipeline.panel.access.cookie import NAME
from clarity_pipeline_tests.panel.running import RunningPanel

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis import checks as known
    from schemathesis.specs.openapi import checks as of_openapi

CHECKS = [
    known.not_a_server_error,
    of_openapi.status_code_conformance,
    of_openapi.content_type_conformance,
    of_openapi.response_headers_conformance,
    of_openapi.response_schema_conformance,
]
EXAMPLES = 20


def ask_everything(panel: RunningPanel, document: dict[str, Any], *, only: str = "") -> Counter[int]:
    """Valid and invalid requests to every operation, half of them to a business that is there; the statuses that came back."""
    statuses: Counter[int] = Counter()
    agency, client = panel.visitor("max@agency.example"), panel.visitor("cleo@acme.example")
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        operation = result.ok()
        if only in operation.label:
            visitor = client if "/portal/" in operation.path else agency
            _ask(operation, panel.base_url, f"{NAME}={visitor.secret}", statuses)
    return statuses


def _ask(operation: Any, base_url: str, cookie: str, statuses: Counter[int]) -> None:
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in GenerationMode])

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(case=cases, is_known=st.booleans())
    def ask(case: schemathesis.Case, is_known: bool) -> None:
        if is_known and "business_id" in case.path_parameters:
            case.path_parameters["business_id"] = "acme"
        response = case.call(base_url=base_url, headers={"Cookie": cookie})
        statuses[response.status_code] += 1
        case.validate_response(response, checks=CHECKS)

    ask()


@pytest.mark.slow("made-up requests by the hundred")
@pytest.mark.timeout(300)
def test_nothing_that_is_asked_is_answered_otherwise_than_described(panel: RunningPanel) -> None:
    document = panel.visitor().get("/api/v1/openapi.json").json()
    statuses = ask_everything(panel, document)
    assert {200, 201, 404, 409, 422} <= statuses.keys(), statuses
    assert not any(status >= 500 for status in statuses), statuses


def test_an_answer_that_is_not_as_described_would_be_seen(panel: RunningPanel) -> None:
    document = panel.visitor().get("/api/v1/openapi.json").json()
    document["components"]["schemas"]["Status"]["properties"]["word"] = {"const": "fine"}
    with pytest.raises(BaseException, match="fine"):
        ask_everything(panel, document, only="GET /api/v1/businesses")

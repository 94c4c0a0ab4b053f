"""Whatever the OpenAPI document allows, and what it does not, gets an answer that it describes; never a crash."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from engine.connection import Services
from store.campaigns import Campaign
from tests.api.conftest import token
from tests.cast import OFFICE
from tests.town import fill
from tests.web.serve import served

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
OPERATIONS = [
    *("GET /api/v1/cases", "POST /api/v1/cases", "GET /api/v1/cases/{case_id}", "GET /api/v1/cases/{case_id}/timeline"),
    *("GET /api/v1/cases/{case_id}/next-steps", "GET /api/v1/receipts/{receipt_id}"),
    *("POST /api/v1/cases/{case_id}/commands", "GET /api/v1/overdue", "GET /api/v1/inbox", "GET /api/v1/campaigns"),
    *("GET /api/v1/campaigns/{campaign_id}", "GET /healthz", "GET /metrics"),
    *("GET /api/v1/cases/{case_id}/files", "POST /api/v1/cases/{case_id}/files"),
    "GET /api/v1/cases/{case_id}/files/{sha256}",
    *("GET /api/v1/imports", "POST /api/v1/imports", "GET /api/v1/imports/{job_id}"),
]


@pytest.fixture
def live(services: Services, campaign: Campaign) -> Iterator[str]:
    """The site with a small town; its campaign's clock stands in August, no worker lives."""
    services.keys.current()  # made before there are cases, as by the first start
    fill(services.engine, campaign, every=20)
    with served(services) as address:
        yield address


def test_the_document_names_every_operation(live: str) -> None:
    schema = schemathesis.openapi.from_url(f"{live}/openapi.json")
    assert sorted(o.ok().label for o in schema.get_all_operations()) == sorted([*OPERATIONS, "GET /readyz"])


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_operation_keeps_to_its_schema(
    live: str, services: Services, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = schemathesis.openapi.from_url(f"{live}/openapi.json")
    headers = {"Authorization": f"Bearer {token(services, OFFICE)}"}
    seen: set[str] = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.label == "GET /readyz":
            continue

        @settings(
            max_examples=40,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def keeps(case: Case) -> None:
            seen.add(case.operation.label)
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=45)

        try:
            keeps()
        except Exception as error:
            if type(error).__name__ == "Unsatisfiable":  # nothing about it can be wrong
                continue
            raise
    assert len(seen) > 5

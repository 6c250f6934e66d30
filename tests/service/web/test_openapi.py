"""The API answers as its own description says, whatever is asked."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.service.web.served_watch import make_history, reading

pytestmark = pytest.mark.slow  # a server

# The first finds traces of a bug, the others what the description leaves out.
_CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    folder = tmp_path_factory.mktemp("api")
    make_history(folder)
    with reading(folder) as client:
        yield schemathesis.openapi.from_url(f"{client.base_url}api/openapi.json")


def test_every_answer_is_as_described(described: schemathesis.BaseSchema) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) > 5
    for operation in operations:
        if operation.path == "/readyz":  # 503 is its answer where no service runs
            continue

        @settings(max_examples=15, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def _answers(case: Case) -> None:
            case.call_and_validate(checks=_CHECKS)

        _answers()

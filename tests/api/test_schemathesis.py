"""What Schemathesis makes of the OpenAPI document: data that fits its schemas and data that does not, with
every check it has; answers are to be as documented, and never a failure of the server.

Every query and every measure has an address of its own in the document, behind which stands one route: some
of each are tried here, and all by their examples in test_openapi.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.schemas import BaseSchema

import parkgraph as pg
from tests.api.answers import client_of

EXAMPLES = 6
ENTITIES = ("成都高新区", "park:chengdu-hi-tech-zone", "BP&C", "zhangjiang", "高新区", "nobody")
QUERIES = "agreements_between|facts_of_source|partners"
MEASURES = "degree"

schemathesis.openapi.format("entity", st.sampled_from(ENTITIES))
schemathesis.openapi.format("source", st.sampled_from(("source:tspp-forum-2017", "source:0")))
schemathesis.openapi.format(
    "selection",
    st.sampled_from(
        ("all", "entity:BP&C", "neighbours:成都高新区?depth=1", "path:张江..武进", "query:funds")
    ),
)
CYPHER = (
    "MATCH (f:Fund) RETURN f.id AS fund",
    "MATCH (f:Fund) WHERE f.status = $status RETURN f.id AS fund, f.name AS name ORDER BY fund",
)
schemathesis.openapi.format("field", st.just("id"))
schemathesis.openapi.format("rate", st.just("USD=7.1"))
schemathesis.openapi.format("currency", st.sampled_from(("CNY", "USD")))
schemathesis.openapi.format("cypher", st.sampled_from(CYPHER))
schemathesis.openapi.format("cursor", st.just(""))
schemathesis.openapi.format("reconciliation", st.just('{"q0": {"query": "成都高新区", "limit": 2}}'))
schemathesis.openapi.format(
    "extension", st.just('{"ids": ["park:chengdu-hi-tech-zone"], "properties": [{"id": "country"}]}')
)

# Boundaries of every parameter one by one are thousands of requests; the fuzzing tries some of them.
CONFIG = SchemathesisConfig.from_dict({"phases": {"coverage": {"enabled": False}}})
# The application answers to no other name.
HEADERS = {"Host": "127.0.0.1:8000"}


@pytest.fixture(scope="module")
def described(bundled_file: Path) -> Iterator[BaseSchema]:
    """The document of an application over the bundled dataset."""
    with pg.open(f"embedded:{bundled_file}", readonly=True) as graph, client_of(graph) as client:
        yield schemathesis.openapi.from_asgi("/openapi.json", client.app, config=CONFIG, headers=HEADERS)


schema = (
    schemathesis.pytest.from_fixture("described")
    .exclude(path_regex=rf"^/v1/queries/(?!({QUERIES})$)")
    .exclude(path_regex=rf"^/v1/measures/(?!({MEASURES})$)")
)


def fit_together(case: Case[Any]) -> None:
    """Drop what does not belong together, which OpenAPI cannot say: `certain` needs a day, files hold all
    there is, and a query of one's own comes with the parameters that it uses."""
    query, path = case.query or {}, case.operation.path
    fields = query.get("fields")
    if isinstance(fields, list) and set(fields) == {"id"}:
        query.pop("fields")  # not every answer has one
    if path == "/v1/paths" and query.get("from") == query.get("to") == ENTITIES[0]:
        query["to"] = ENTITIES[2]
    if not query.get("as_of"):
        query.pop("certain", None)
    if path == "/v1/subgraph" and query.get("format") not in ("json", "ndjson"):
        query.pop("fields", None)
        query.pop("lang", None)
    asked: dict[str, Any] = case.body if path == "/v1/cypher" and isinstance(case.body, dict) else {}
    if asked.get("query") in CYPHER and isinstance(asked.get("parameters", {}), dict):
        asked["parameters"] = {"status": "planned"} if "$status" in asked["query"] else {}


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_documented_whatever_is_asked(case: Case[Any]) -> None:
    if "" in (case.query or {}).values():
        return  # what is empty counts as not given, as forms send it, whatever its type
    fit_together(case)
    case.call_and_validate(headers=HEADERS)

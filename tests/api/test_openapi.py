"""The OpenAPI document is valid, says what is answered, and its own examples work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from pydantic import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from parkgraph.api import schemas

LOADS = "/v1/loads"
LOAD_PARTS = ("/events", "/report", "/refused", "/plan", "/check", "/apply")
FROM_ANSWERS = {
    ("/v1/facts/{id}", "id"): "fact",
    ("/v1/claims/{id}", "id"): "claim",
    ("/v1/identity/judgements/{id}", "id"): "judgement",
    ("/v1/facts/{id}/history", "id"): "fact",
    **{(f"{LOADS}/{{id}}{rest}", "id"): "load" for rest in ("", *LOAD_PARTS)},
}
"""Parameters whose values are hashes: an earlier answer gives them."""

GOOD = ("200", "201", "202")
"""One of these is the answer to what is right."""

Operation = tuple[str, dict[str, Any]]


@pytest.fixture
def document(embedded: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = embedded.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[Operation]:
    """Every operation; tests/api/test_identity.py and tests/api/test_loads.py ask the examples of those that
    write."""
    for path, methods in document["paths"].items():
        assert set(methods) <= {"get", "post", "delete"}, path
        for operation in methods.values():
            yield path, operation


def reads(document: dict[str, Any]) -> Iterator[Operation]:
    """What a server answers that only reads; it has no loads."""
    for path, methods in document["paths"].items():
        if "get" in methods and not path.startswith(LOADS):
            yield path, methods["get"]


def schemas_in(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "schema":
                yield value
            yield from schemas_in(value)
    elif isinstance(part, list):
        for item in part:
            yield from schemas_in(item)


def example_of(parameter: dict[str, Any]) -> Any:
    schema = parameter["schema"]
    return parameter["example"] if "example" in parameter else schema.get("examples", [None])[0]


def errors_against(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    registry: Registry[Any] = Registry().with_resource(
        "urn:api", Resource.from_contents(document, default_specification=DRAFT202012)
    )
    whole = {"$id": "urn:api", **schema} if "$ref" not in schema else {"$ref": f"urn:api{schema['$ref']}"}
    validator = Draft202012Validator(whole, registry=registry)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def test_the_document_is_valid_openapi_3_1(document: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    OpenAPI.model_validate(document)
    components = document["components"]["schemas"]
    for schema in (*schemas_in(document["paths"]), *components.values()):
        Draft202012Validator.check_schema(schema)
    used = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', repr(document).replace("'", '"')))
    assert used <= set(components)
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    for path, operation in operations(document):
        in_path = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path)), path


def test_every_operation_and_every_parameter_is_described_and_has_an_example(
    document: dict[str, Any],
) -> None:
    lacking = []
    for path, operation in operations(document):
        if not operation.get("summary") or not operation.get("tags"):
            lacking.append(f"{path}: summary or tags")
        good = next(operation["responses"][code] for code in GOOD if code in operation["responses"])
        answers = good.get("content", {})
        if not answers or not all(content.get("schema") for content in answers.values()):
            lacking.append(f"{path}: schema of its answer")
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if not parameter.get("description"):
                lacking.append(f"{path} {name}: description")
            example = example_of(parameter)
            if (path, name) in FROM_ANSWERS:
                assert example is None
            elif example is None:
                lacking.append(f"{path} {name}: example")
            elif faults := errors_against(document, parameter["schema"], example):
                lacking.append(f"{path} {name}: its example is none, {faults}")
    assert lacking == []


def test_only_errors_that_are_answered_are_documented_and_as_problems(document: dict[str, Any]) -> None:
    for path, operation in operations(document):
        for status, answer in operation["responses"].items():
            if status not in (*GOOD, "308"):
                assert list(answer["content"]) == ["application/problem+json"], (path, status)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_route_answers_the_documents_own_examples_as_documented(
    embedded: TestClient, document: dict[str, Any]
) -> None:
    client = embedded
    fact = client.get("/v1/entities/成都高新区/facts").json()["items"][0]["id"]
    known = {"fact": fact, "claim": client.get(f"/v1/facts/{fact}").json()["claims"][0]["id"]}
    asked = 0
    for path, operation in reads(document):
        parameters = operation.get("parameters", [])
        values = {
            p["name"]: known[FROM_ANSWERS[path, p["name"]]]
            if (path, p["name"]) in FROM_ANSWERS
            else example_of(p)
            for p in parameters
        }
        address = re.sub(r"{(\w+)}", lambda match: str(values[match[1]]), path)  # noqa: B023
        needed = {
            p["name"]: values[p["name"]] for p in parameters if p["in"] == "query" and p.get("required")
        }
        optional = [p for p in parameters if p["in"] == "query" and not p.get("required")]
        for extra in ({}, *(_as_query(p, values[p["name"]]) for p in optional)):
            answer = client.get(address, params=needed | extra)
            assert answer.status_code == 200, (address, extra, answer.text)
            media_type = answer.headers["content-type"]
            content = operation["responses"]["200"]["content"]
            assert media_type in content, (address, media_type)
            schema = content[media_type]["schema"]
            body = answer.json() if media_type == "application/json" else answer.text
            assert errors_against(document, schema, body) == [], (address, extra)
            if "fields" not in extra and "lang" not in extra:
                _is_complete(schema, body)
            asked += 1
    assert asked >= 40


_MADE = {"Answer": "Answer", "Measure": "MeasureOut"}
"""Schemas that are made for each query and measure, by the ends of their names, and what they are made of."""


def _is_complete(schema: dict[str, Any], body: Any) -> None:
    """Whether an answer has all that it may lack only where `fields` or `lang` leaves it out."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        made = next((base for end, base in _MADE.items() if name.endswith(end)), name)
        getattr(schemas, made).model_validate(body, strict=True)


def _as_query(parameter: dict[str, Any], value: Any) -> dict[str, Any]:
    """A parameter of the form style; an object is written out as its members."""
    return dict(value) if parameter["schema"].get("type") == "object" else {parameter["name"]: value}


def test_a_schema_that_an_answer_breaks_is_noticed(embedded: TestClient, document: dict[str, Any]) -> None:
    answer = embedded.get("/v1/paths", params={"from": "BP&C", "to": "布鲁内尔大学"}).json()
    schema = {"$ref": "#/components/schemas/Paths"}
    assert errors_against(document, schema, answer) == []
    assert schemas.Paths.model_validate(answer)
    source = answer["paths"][0]["hops"][0]["facts"][0]["claims"][0]["source"]
    source["name"] = None
    assert [fault.split(":")[0] for fault in errors_against(document, schema, answer)] == [
        "$.paths[0].hops[0].facts[0].claims[0].source.name"
    ]
    del source["name"]
    with pytest.raises(ValidationError, match=r"claims\.0\.source\.name"):
        schemas.Paths.model_validate(answer)

"""Every query file over HTTP: its own example answers with the declared columns, alike on both engines."""

from __future__ import annotations

import re
from typing import Any

from fastapi.testclient import TestClient

from parkgraph.queries.library import Column, library

DATE = re.compile(r"\d{4}(-\d{2}){0,2}")


def fits(column: Column, value: Any) -> bool:
    """Whether a value is of the type that its column declares."""
    if value is None:
        return column.nullable
    match column.type:
        case "bool":
            return isinstance(value, bool)
        case "int":
            return type(value) is int
        case "float":
            return type(value) in (int, float)
        case "list" | "nodes":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "date":
            return isinstance(value, str) and DATE.fullmatch(value) is not None
        case "fact" | "claim" | "source" as what:
            return isinstance(value, str) and value.startswith(f"{what}:")
        case "node":
            return isinstance(value, str) and re.match(r"[a-z]+:", value) is not None
        case "any":
            return isinstance(value, (str, int, float, bool, list))
        case _:
            return isinstance(value, str)


def test_the_list_of_queries_is_the_library(embedded: TestClient) -> None:
    listed = embedded.get("/v1/queries").json()["items"]
    assert [question["name"] for question in listed] == list(library())
    for question in listed:
        assert question["summary"]
        assert question["summary_zh"]
        assert all(parameter["description"] for parameter in question["params"].values()), question["name"]
        needed = {name for name, parameter in question["params"].items() if parameter["required"]}
        assert needed <= set(question["example"]), question["name"]


def test_every_query_answers_its_example_as_declared(embedded: TestClient) -> None:
    faults = []
    for name, question in library().items():
        answer = embedded.get(f"/v1/queries/{name}", params=dict(question.example))
        assert answer.status_code == 200, (name, answer.text)
        rows = answer.json()["rows"]
        if not rows:
            faults.append(f"{name}: its example finds nothing")
        for row in rows:
            if list(row) != list(question.columns):
                faults.append(f"{name}: answers with {list(row)}")
            faults += [
                f"{name}: {column} is {row[column]!r}"
                for column, declared in question.columns.items()
                if column in row and not fits(declared, row[column])
            ]
    assert faults == []


def test_an_answer_cut_by_its_limit_says_so(client: TestClient) -> None:
    cut = client.get("/v1/queries/partners", params={"entity": "成都高新区", "limit": 3}).json()
    assert (len(cut["rows"]), cut["truncated"]) == (3, True)
    whole = client.get("/v1/queries/partners", params={"entity": "成都高新区"}).json()
    assert (len(whole["rows"]) > 3, whole["truncated"]) == (True, False)
    assert whole["rows"][:3] == cut["rows"]


def test_a_query_takes_names_in_any_spelling_for_entities(client: TestClient) -> None:
    by_id = client.get("/v1/queries/partners", params={"entity": "park:chengdu-hi-tech-zone"}).json()
    assert by_id["rows"]
    for name in ("成都高新区", "成都高新技术产业开发区", "Chengdu Hi-tech Zone", "ｃｄｈｔ"):
        assert client.get("/v1/queries/partners", params={"entity": name}).json() == by_id


def test_an_empty_parameter_of_a_query_counts_as_not_given(embedded: TestClient) -> None:
    without = embedded.get("/v1/queries/funds").json()
    assert embedded.get("/v1/queries/funds", params={"status": "", "founder": ""}).json() == without


def test_an_answer_without_rows_says_why(client: TestClient) -> None:
    asked = {"party": "甘肃省中医院", "status": "signed"}
    answer = client.get("/v1/queries/agreements", params=asked).json()
    assert answer["rows"] == []
    assert answer["none"]["restores"][0] == {"parameter": "status", "rows": 1}
    assert all(reason["zh"] and reason["en"] for reason in answer["none"]["reasons"])
    found = client.get("/v1/queries/agreements", params={"party": "甘肃省中医院"}).json()
    assert found["none"] is None
    assert found["names"]["institution:gansu-tcm-hospital"]["zh"] == "甘肃省中医院"

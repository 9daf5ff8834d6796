"""What the tests of the HTTP interface share: opening clients, and reading problems out of answers."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi.testclient import TestClient

import parkgraph as pg
from parkgraph.api.app import create_app
from parkgraph.api.settings import Settings

HOME = "http://127.0.0.1:8000"


def client_of(graph: pg.Graph, **settings: Any) -> TestClient:
    """A client of an application over this graph; redirects are answers too."""
    # Said here, so that the environment of whoever runs the tests says nothing.
    chosen = {"api_key": None, "host": "127.0.0.1"} | settings
    app = create_app(graph, Settings(store=graph.store.url, **chosen))
    return TestClient(app, base_url=HOME, follow_redirects=False)


def problem_in(answer: httpx.Response) -> dict[str, Any]:
    """The problem that an answer is, after checking that it is a well-formed one for a person."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["code"]
    assert problem["detail"].strip() == problem["detail"] != ""
    assert "\n" not in problem["detail"]
    assert "Traceback" not in answer.text
    assert ", line " not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    return problem


def timeless(value: Any) -> Any:
    """An answer without what tells when and in how many batches its store was loaded."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if key not in ("recorded", "version")}
    if isinstance(value, list):
        return [timeless(item) for item in value]
    return value

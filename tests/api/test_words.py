"""The explorer in Chinese names every parameter and column of every question in Chinese."""

from __future__ import annotations

import json
import re

from fastapi.testclient import TestClient

from parkgraph.graph.model import default_model
from parkgraph.queries.library import library


def test_every_parameter_and_column_has_a_chinese_name(embedded: TestClient) -> None:
    page = embedded.get("/", params={"lang": "zh"}).text
    found = re.search(r'<script type="application/json" id="texts">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    named = set(json.loads(found[1])["zh"]["columns"])
    model = default_model()
    named |= {*model.entity_properties, *model.relation_common}
    asked = {name for query in library().values() for name in (*query.parameters, *query.columns)}
    assert asked <= named, sorted(asked - named)

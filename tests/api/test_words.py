"""The explorer's own words: the same ones in both languages, and a Chinese name for every parameter and
column of every question.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from parkgraph import api
from parkgraph.graph.model import default_model
from parkgraph.queries.library import library


def words_of(client: TestClient) -> dict[str, dict[str, Any]]:
    page = client.get("/", params={"lang": "zh"}).text
    found = re.search(r'<script type="application/json" id="texts">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    texts: dict[str, dict[str, Any]] = json.loads(found[1])
    return texts


def test_every_parameter_and_column_has_a_chinese_name(embedded: TestClient) -> None:
    named = set(words_of(embedded)["zh"]["columns"])
    model = default_model()
    named |= {*model.entity_properties, *model.relation_common}
    asked = {name for query in library().values() for name in (*query.parameters, *query.columns)}
    assert asked <= named, sorted(asked - named)


def test_whatever_the_page_says_it_can_say_in_both_languages(embedded: TestClient) -> None:
    texts = words_of(embedded)
    # A problem's sentence is English already; Chinese says it in its own words beside it.
    both = {key for key in texts["zh"] if key != "columns" and not key.startswith("problem_")}
    assert {key for key in texts["en"] if not key.startswith("problem_")} == both
    for key in both:
        placeholders = [set(re.findall(r"{(\w+)}", texts[lang][key])) for lang in ("zh", "en")]
        assert placeholders[0] == placeholders[1], key


def test_every_word_that_the_scripts_ask_for_is_there_and_none_else(embedded: TestClient) -> None:
    folder = Path(api.__file__).parent
    scripts = "".join(file.read_text(encoding="utf-8") for file in sorted((folder / "static").glob("*.js")))
    template = (folder / "templates" / "explorer.html").read_text(encoding="utf-8")
    written = re.findall(r'data-(?:text|label|hint)="(\w+)"|{{ t\.(\w+) }}', template)
    asked = {word for pair in written for word in pair if word}
    asked |= set(re.findall(r'\bt\("(\w+)"', scripts))
    texts = words_of(embedded)
    assert asked <= set(texts["zh"]), sorted(asked - set(texts["zh"]))
    families = tuple(re.findall(r"`(\w+_)\$\{", scripts))
    idle = {
        key
        for key in texts["zh"]
        if key not in asked and f'"{key}"' not in scripts and not key.startswith((*families, "columns"))
    }
    assert idle == set()

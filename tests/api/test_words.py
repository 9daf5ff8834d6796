"""The pages' own words: the same ones in both languages, and a Chinese name for every parameter and
column of every question.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from parkgraph import api, printing
from parkgraph.graph.model import default_model
from parkgraph.queries.library import Query, library
from parkgraph.queries.measures import measures
from parkgraph.queries.measures.defined import Measure

PAGES = {"/": ("explorer.html", "explorer.js"), "/load": ("load.html", "load.js")}
STATIC = Path(api.__file__).parent / "static"
NAMES = ("columns", "figures", "choices")
"""Groups of names that are English already, so only Chinese has them."""
QUESTIONS: tuple[Query | Measure, ...] = (*library().values(), *measures().values())
page = pytest.mark.parametrize("page", PAGES)


def words_of(client: TestClient, page: str = "/") -> dict[str, dict[str, Any]]:
    answer = client.get(page, params={"lang": "zh"}).text
    found = re.search(r'<script type="application/json" id="texts">(.*?)</script>', answer, re.DOTALL)
    assert found is not None
    texts: dict[str, dict[str, Any]] = json.loads(found[1])
    return texts


def scripts_of(entry: str) -> str:
    """A page's script with all that it imports."""
    seen: dict[str, str] = {}
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen[name] = (STATIC / name).read_text(encoding="utf-8")
            waiting += re.findall(r'from "\./(\w+\.js)"', seen[name])
    return "".join(seen[name] for name in sorted(seen))


def test_every_script_belongs_to_a_page() -> None:
    for file in STATIC.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert file.name == "docs.js" or any(text in scripts_of(entry) for _, entry in PAGES.values()), file


def test_every_parameter_and_column_has_a_chinese_name(embedded: TestClient) -> None:
    named = set(words_of(embedded)["zh"]["columns"])
    model = default_model()
    named |= {*model.entity_properties, *model.relation_common}
    asked = {name for question in QUESTIONS for name in (*question.parameters, *question.columns)}
    assert asked <= named, sorted(asked - named)


def test_every_figure_and_every_choice_of_a_parameter_has_a_chinese_name(embedded: TestClient) -> None:
    figures = {name for measure in measures().values() for name in measure.figures}
    assert figures == set(words_of(embedded)["zh"]["figures"])
    taken = [parameter for question in QUESTIONS for parameter in question.parameters.values()]
    offered = {choice for parameter in taken for choice in parameter.choices or ()}
    assert offered <= set(words_of(embedded)["zh"]["choices"])


def test_every_column_of_a_question_is_headed_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    model = default_model()
    monkeypatch.setattr(printing.options, "lang", "zh")
    asked = {name for question in QUESTIONS for name in question.columns}
    assert [name for name in asked if printing.head(name, model).isascii()] == ["pagerank"]


@page
def test_whatever_the_page_says_it_can_say_in_both_languages(embedded: TestClient, page: str) -> None:
    texts = words_of(embedded, page)
    # A problem's sentence is English already; Chinese says it in its own words beside it.
    both = {
        key
        for key in texts["zh"]
        if key not in ("columns", "figures", "choices") and not key.startswith("problem_")
    }
    assert {key for key in texts["en"] if not key.startswith("problem_")} == both
    for key in both:
        placeholders = [set(re.findall(r"{(\w+)}", texts[lang][key])) for lang in ("zh", "en")]
        assert placeholders[0] == placeholders[1], key


@page
def test_every_word_that_the_scripts_ask_for_is_there_and_none_else(embedded: TestClient, page: str) -> None:
    name, entry = PAGES[page]
    scripts = scripts_of(entry)
    template = (STATIC.parent / "templates" / name).read_text(encoding="utf-8")
    written = re.findall(r'data-(?:text|label|hint)="(\w+)"|{{ t\.(\w+) }}', template)
    asked = {word for pair in written for word in pair if word}
    asked |= set(re.findall(r'\bt\("(\w+)"', scripts))
    texts = words_of(embedded, page)
    assert asked <= set(texts["zh"]), sorted(asked - set(texts["zh"]))
    families = tuple(re.findall(r"`(\w+_)\$\{", scripts))
    idle = {
        key
        for key in texts["zh"]
        if key not in asked and f'"{key}"' not in scripts and not key.startswith((*families, *NAMES))
    }
    assert idle == set()

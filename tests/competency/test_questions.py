"""Every competency question is answered by the public interface, on both engines: those of ../shared by
the calls of `calls.yaml`, and our own, which stand in `own_questions.yaml` with their answers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

import parkgraph as pg
from tests.competency.comparing import Asking
from tests.conftest import SHARED

HERE = Path(__file__).parent
QUESTIONS = SHARED / "competency" / "questions.jsonl"
SEEDS = SHARED / "seeds"
CALLS: dict[str, Any] = yaml.safe_load((HERE / "calls.yaml").read_text("utf-8"))
OWN: dict[str, Any] = yaml.safe_load((HERE / "own_questions.yaml").read_text("utf-8"))


def shared_questions() -> dict[str, Any]:
    if not QUESTIONS.is_file():
        pytest.skip("the competency questions are not here (../shared/competency)")
    lines = QUESTIONS.read_text("utf-8").splitlines()
    return {question["id"]: question for question in map(json.loads, lines)}


def asks_of_a_day(ask: Any) -> bool:
    """Whether a call, or one within it, asks for the graph as of a day."""
    if isinstance(ask, dict):
        return "at" in ask or any(asks_of_a_day(value) for value in ask.values())
    return isinstance(ask, list) and any(asks_of_a_day(value) for value in ask)


def answers(graph: pg.Graph, answer: dict[str, Any], ask: dict[str, Any]) -> None:
    if asks_of_a_day(ask) and not hasattr(graph, "at"):
        pytest.skip("a graph as of a day (Graph.at) is not here yet")
    Asking(graph, SEEDS if SEEDS.is_dir() else None).compare(answer, ask)


def test_every_question_of_the_shared_half_is_asked() -> None:
    assert set(shared_questions()) == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_the_graph_answers_the_question(graph: pg.Graph, name: str) -> None:
    answers(graph, shared_questions()[name]["answer"], CALLS[name])


@pytest.mark.parametrize("name", OWN)
def test_the_graph_answers_our_own_question(graph: pg.Graph, name: str) -> None:
    answers(graph, OWN[name]["answer"], OWN[name]["ask"])

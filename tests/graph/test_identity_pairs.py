"""Proposals measured on labelled pairs of names, where ../shared has them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parkgraph.graph.matching import DEFAULT, Party, Proposal, compare

PAIRS = Path(__file__).resolve().parents[3] / "shared" / "identity" / "pairs.jsonl"

pytestmark = pytest.mark.skipif(not PAIRS.exists(), reason="no ../shared/identity/pairs.jsonl here")


@dataclass(frozen=True)
class Judged:
    label: str
    source: str
    proposal: Proposal | None

    @property
    def verdict(self) -> str | None:
        return self.proposal.verdict if self.proposal and self.proposal.score >= DEFAULT else None


def party(id: str, side: dict[str, Any]) -> Party:
    places = frozenset({side["place"]} if side.get("place") else ())
    return Party(id, frozenset({side["kind"]}), (side["name"],), places=places)


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return [
        Judged(row["label"], row["source"], compare(party("a", row["a"]), party("b", row["b"])))
        for row in rows
    ]


def test_what_is_proposed_as_the_same_is_right_and_most_of_it_is_found(judged: list[Judged]) -> None:
    right = sum(j.verdict == "same" and j.label == "match" for j in judged)
    proposed = sum(j.verdict == "same" for j in judged)
    matches = sum(j.label == "match" for j in judged)
    precision, recall = right / proposed, right / matches
    f1 = 2 * precision * recall / (precision + recall)
    print(f"\nsame: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}, {matches} matches")
    for source, count in sorted(Counter(j.source for j in judged if j.label == "match").items()):
        found = sum(j.verdict == "same" for j in judged if j.label == "match" and j.source == source)
        print(f"  {source:<16} {found:>3} of {count}")
    assert precision >= 0.97
    assert f1 >= 0.80


def test_related_pairs_are_never_proposed_as_one(judged: list[Judged]) -> None:
    related = [j for j in judged if j.label == "related"]
    print(
        f"\nrelated: {sum(j.verdict == 'related' for j in related)} of {len(related)} proposed as a relation"
    )
    assert not [j for j in related if j.verdict == "same"]


def test_a_relation_is_proposed_between_related_bodies_only(judged: list[Judged]) -> None:
    proposed = [j for j in judged if j.verdict == "related"]
    assert proposed
    assert sum(j.label == "related" for j in proposed) / len(proposed) >= 0.9


def test_nothing_merges_on_its_own_by_its_name(judged: list[Judged]) -> None:
    assert not [j for j in judged if j.proposal and j.proposal.certain]

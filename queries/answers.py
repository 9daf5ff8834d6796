"""What the graph answers: paths with their proof, a claim with its source, an entity with its facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.subgraph import Edge, Node
from parkgraph.graph.view import Moment
from parkgraph.queries.explain import Explanation
from parkgraph.queries.robustness import Robustness
from parkgraph.queries.walk import PathFilter


@dataclass(frozen=True, slots=True)
class Proof:
    """A claim with its source, and the quote where the source's text is at hand."""

    id: str
    claim: Claim
    source: Source
    quote: str | None = None

    def to_dict(self) -> dict[str, Any]:
        out = {"id": self.id, **self.claim.to_dict(), "source": self.source.to_dict()}
        if self.quote is not None:
            out["quote"] = self.quote
        return out


@dataclass(frozen=True, slots=True)
class PathHop:
    """A step of a path: two neighbours, the facts between them and the proofs of each fact."""

    start: Node
    end: Node
    facts: tuple[Edge, ...]
    proofs: Mapping[str, tuple[Proof, ...]]

    @property
    def fact(self) -> Edge:
        """The strongest fact of the step."""
        return self.facts[0]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of the strongest fact."""
        return tuple(proof.claim for proof in self.proofs[self.fact.id])

    @property
    def quote(self) -> str | None:
        """The words the strongest fact rests on, where the source's text is at hand."""
        return next((proof.quote for proof in self.proofs[self.fact.id] if proof.quote), None)

    def to_dict(self) -> dict[str, Any]:
        return {
            "from": self.start.id,
            "to": self.end.id,
            "facts": [
                fact.to_dict() | {"claims": [proof.to_dict() for proof in self.proofs[fact.id]]}
                for fact in self.facts
            ],
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Several entities as one end of paths. `id` is how it is asked for again."""

    id: str
    kind: str
    names: Mapping[str, str]
    nodes: tuple[Node, ...]

    def label(self, lang: str = "zh") -> str:
        return self.names[lang]

    def to_dict(self) -> dict[str, Any]:
        named = {f"name_{lang}": name for lang, name in self.names.items()}
        members = [node.id for node in self.nodes]
        return {"id": self.id, "kind": self.kind, "name": self.label(), **named, "members": members}


End = Node | Group


def members(end: End) -> tuple[Node, ...]:
    """The entities that an end of paths stands for."""
    return end.nodes if isinstance(end, Group) else (end,)


@dataclass(frozen=True, slots=True)
class PathAnswer:
    """Paths with their proof, or the reasons why there is none. `weakest` is the lowest status on each
    path, None where a hop states none: a path is no more certain than that. `cut` where there were too many
    to look at all; `robustness` where it was asked for and there is a path."""

    source: End
    target: End
    rule: PathFilter
    paths: tuple[tuple[PathHop, ...], ...]
    weakest: tuple[str | None, ...]
    nodes: Mapping[str, Node]
    explanation: Explanation | None
    cut: bool
    version: int
    moment: Moment
    robustness: Robustness | None = None

    def __bool__(self) -> bool:
        return bool(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __iter__(self) -> Iterator[tuple[PathHop, ...]]:
        return iter(self.paths)

    def to_dict(self) -> dict[str, Any]:
        return {
            "from": self.source.to_dict(),
            "to": self.target.to_dict(),
            "filters": self.rule.to_dict() | self.moment.to_dict(),
            "version": self.version,
            "cut": self.cut,
            "nodes": [node.to_dict() for node in self.nodes.values()],
            "paths": [
                {
                    "length": len(path),
                    "status": weakest,
                    "nodes": [path[0].start.id, *(hop.end.id for hop in path)],
                    "hops": [hop.to_dict() for hop in path],
                }
                for path, weakest in zip(self.paths, self.weakest, strict=True)
            ],
            "robustness": self.robustness.to_dict() if self.robustness is not None else None,
            "none": self.explanation.to_dict() if self.explanation is not None else None,
        }


@dataclass(frozen=True, slots=True)
class EntityView:
    """An entity with its relation facts, and its property facts with the claims of each."""

    node: Node
    labels: tuple[str, ...]
    facts: tuple[Edge, ...]
    neighbours: Mapping[str, Node]
    properties: tuple[Mapping[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "entity": self.node.to_dict() | {"labels": list(self.labels)},
            "facts": [fact.to_dict() for fact in self.facts],
            "neighbours": [node.to_dict() for node in self.neighbours.values()],
            "properties": [dict(fact) for fact in self.properties],
        }

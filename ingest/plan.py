"""What a load would do to a store, before it does it: the difference, and a plan that does exactly that.

A plan is a file of claims with a head that says for which state of the store it was made; `parkgraph load`
takes it like any other, and refuses it when the store has moved on.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from parkgraph.graph.claims import Claim, canonical_json
from parkgraph.graph.differences import Difference, Summary
from parkgraph.graph.errors import ParkGraphError
from parkgraph.graph.matching import Proposal, party_of, propose
from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import snapshot_of
from parkgraph.graph.store import Store
from parkgraph.ingest.claims_file import counts_of
from parkgraph.ingest.load import Loading, Stand

LISTED = 200
"""How many differences a summary lists; the plan's file has them all."""
_COMPARED = 5_000
_NAMES = ("name_zh", "name_en", "alias", "former_name")


@dataclass(slots=True)
class Plan:
    """The difference that a load would make. `identities` are pairs that may be one, of which at least one is
    new; None where there are too many to compare. `listed` are the first differences, changed ones first."""

    version: int
    summary: Summary = field(default_factory=Summary)
    listed: list[Difference[Stand]] = field(default_factory=list)
    identities: list[Proposal] | None = None
    queued: int = 0
    refused: int = 0
    rows: int = 0

    @property
    def claims(self) -> int:
        """How many claims the load makes."""
        return self.summary.claims.total()

    def to_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "rows": self.rows,
            "refused": self.refused,
            **self.summary.to_dict(),
            "identities": {
                "queued": self.queued,
                "proposed": None if self.identities is None else len(self.identities),
                "pairs": [
                    {"a": p.a, "b": p.b, "verdict": p.verdict, "score": p.score, "because": p.sentence("en")}
                    for p in (self.identities or [])[:LISTED]
                ],
            },
            "differences": [difference.to_dict() for difference in self.listed],
        }


def plan(loading: Loading, store: Store, model: Model, target: str | Path | None = None) -> Plan:
    """Compare what a load says with the store; with a target, write the plan there.

    Raises ParkGraphError where the file cannot be written.
    """
    made = Plan(store.version, rows=loading.rows, refused=loading.refused, queued=len(loading.queued))
    names: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(list))
    try:
        if target is None:
            _compare(loading, store, model, made, names, None)
        else:
            with Path(target).open("x", encoding="utf-8") as out:
                _compare(loading, store, model, made, names, out)
    except FileExistsError as error:
        raise ParkGraphError(f"{target}: is there already; nothing was written") from error
    except OSError as error:
        raise ParkGraphError(f"{target}: cannot be written: {error.strerror}") from error
    made.listed.sort(key=lambda d: (d.change != "changed", d.change != "new"))
    made.identities = _identities(names, store, model)
    return made


def _compare(
    loading: Loading,
    store: Store,
    model: Model,
    made: Plan,
    names: dict[str, dict[str, Any]],
    out: TextIO | None,
) -> None:
    def write(record: dict[str, Any]) -> None:
        if out is not None:
            out.write(canonical_json(record))
            out.write("\n")

    write(
        {
            "record": "plan",
            "version": made.version,
            "made": int(time.time()),
            "counts": counts_of(store),
            "model": model.digest,
            "tables": [{k: table[k] for k in ("file", "sheet", "rows")} for table in loading.tables],
        }
    )
    for source in loading.sources:
        write({"record": "source", **source.to_dict()})

    def tell(claim: Claim) -> None:
        write({"record": "claim", "id": claim.id, **claim.to_dict()})
        if claim.property in _NAMES:
            names[claim.subject][str(claim.property)].append(claim.value)
        elif claim.property == "kind":
            names[claim.subject]["kind"].append(claim.value)

    new_kinds: set[str] = set()
    kept: dict[str, list[Difference[Stand]]] = defaultdict(list)
    for difference in loading.differences(store, made.summary, tell):
        write({"record": "difference", **difference.to_dict()})
        if difference.change == "new" and difference.name == "kind":
            new_kinds.add(difference.subject)
        if len(kept[difference.change]) < LISTED:
            kept[difference.change].append(difference)
    made.listed = [d for change in ("changed", "new", "confirmed") for d in kept[change]][:LISTED]
    for identifier in names.keys() - new_kinds:
        del names[identifier]
    write({"record": "end", **made.summary.to_dict()})


def _identities(names: dict[str, dict[str, Any]], store: Store, model: Model) -> list[Proposal] | None:
    """Pairs with a new entity that may be one; nothing merges by its name alone."""
    if not names:
        return []
    snapshot = snapshot_of(store)
    if len(names) + len(snapshot.nodes) > _COMPARED:
        return None
    parties = [
        party_of(
            identifier,
            said["kind"],
            {
                key: said[key] if key in ("alias", "former_name") else said[key][0]
                for key in _NAMES
                if said.get(key)
            },
            model,
        )
        for identifier, said in names.items()
    ]
    parties += [party_of(i, snapshot.labels[i], node.properties, model) for i, node in snapshot.nodes.items()]
    return [p for p in propose(parties) if p.a in names or p.b in names]

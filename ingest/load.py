"""Checking and loading: from a package on disk to claims in a store. A refused load changes nothing, and
one that was interrupted is finished by loading the same again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parkgraph.graph import recording
from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import Refused
from parkgraph.graph.model import Model
from parkgraph.graph.store import Store
from parkgraph.graph.validation import claim_problems, source_problems
from parkgraph.ingest.tables import SOURCE_COLUMNS, Finding, Place, Reading, read_path

_IDS_PER_READ = 2_000


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did, or what a check found. `refused` counts rows."""

    rows: int
    claims: int
    sources: int
    findings: tuple[Finding, ...]
    outcome: recording.Outcome | None = None

    @property
    def refused(self) -> int:
        return len({finding.place for finding in self.findings})

    def to_dict(self) -> dict[str, Any]:
        outcome = self.outcome
        return {
            "rows": self.rows,
            "claims": self.claims,
            "sources": self.sources,
            "added": outcome.added if outcome else 0,
            "unchanged": outcome.unchanged if outcome else 0,
            "refused": self.refused,
            "version": outcome.version if outcome else None,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def check(paths: Sequence[str | Path], model: Model, store: Store | None = None) -> Report:
    """Read and check without loading. With a store, ends and sources that are there count."""
    reading, findings = _checked(paths, model, store)
    return Report(reading.rows, len(reading.claims), len(reading.sources), tuple(findings))


def load(
    store: Store,
    paths: Sequence[str | Path],
    model: Model,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Load packages into a store. Loading the same again adds nothing.

    Raises Refused with every finding when any row breaks the model; nothing is then loaded. `progress`
    is told how many claims are done, and of how many.
    """
    reading, findings = _checked(paths, model, store)
    if findings:
        raise refusal(Report(reading.rows, len(reading.claims), len(reading.sources), tuple(findings)))
    total = len(reading.claims)
    outcome = recording.record(
        store,
        model,
        reading.sources,
        reading.claims,
        progress=(lambda done: progress(done, total)) if progress is not None else None,
    )
    return Report(reading.rows, total, len(reading.sources), (), outcome)


def refusal(report: Report) -> Refused:
    """The error that says what a report found."""
    first, *others = report.findings
    more = f" (and {len(others)} more)" if others else ""
    refused = "1 row was" if report.refused == 1 else f"{report.refused} rows were"
    return Refused(f"nothing was loaded: {refused} refused; {first}{more}", report.findings)


def _checked(paths: Sequence[str | Path], model: Model, store: Store | None) -> tuple[Reading, list[Finding]]:
    whole = Reading()
    for path in paths:
        whole.join(read_path(path, model))
    if whole.lost:
        # What other rows refer to may stand in what was lost; the rest is checked once that is mended.
        return whole, whole.findings
    return whole, [*whole.findings, *_problems(whole, model, store)]


def _problems(reading: Reading, model: Model, store: Store | None) -> Iterator[Finding]:
    sources: dict[str, Source] = {}
    for source, place in zip(reading.sources, reading.source_places, strict=True):
        for column, message in source_problems(source, model):
            yield Finding(place, column, message)
        if sources.setdefault(source.id, source) != source:
            yield Finding(place, "id", f"{source.id} is described twice, differently")
    kinds: dict[str, set[str]] = {}
    for claim in reading.claims:
        if claim.property in ("kind", "also_kind") and claim.value in model.kinds:
            kinds.setdefault(claim.subject, set()).add(str(claim.value))
    if store is not None:
        yield from _described_otherwise(reading, store)
        named = {claim.source for claim in reading.claims} - set(sources)
        sources |= recording.read_sources(store, named)
        for identifier, labels in _kinds_in(store, _ends(reading.claims)):
            kinds.setdefault(identifier, set()).update(labels)
    frozen = {identifier: frozenset(names) for identifier, names in kinds.items()}
    seen: set[tuple[Place, str, str]] = set()
    for claim, place, columns in zip(reading.claims, reading.places, reading.columns, strict=True):
        for name, message in claim_problems(claim, model, frozen, sources.get(claim.source)):
            column = columns.get(name, name)
            # The claims of one row share its columns; say each fault once.
            if (place, column, message) not in seen:
                seen.add((place, column, message))
                yield Finding(place, column, message)


def _described_otherwise(reading: Reading, store: Store) -> Iterator[Finding]:
    """Sources that the store knows with other particulars, while something they said still stands."""
    there = recording.read_sources(store, {source.id for source in reading.sources})
    for source, place in zip(reading.sources, reading.source_places, strict=True):
        before = there.get(source.id, source)
        differing = [key for key in SOURCE_COLUMNS if getattr(source, key) != getattr(before, key)]
        if differing and recording.says_something(store, source.id):
            yield Finding(
                place,
                differing[0],
                f"source {source.id} is already recorded with another {', '.join(differing)}; "
                "give the new text an id of its own, or retract the old one",
            )


def _ends(claims: Iterable[Claim]) -> set[str]:
    return {end for claim in claims for end in (claim.subject, claim.object) if end is not None}


def _kinds_in(store: Store, ids: set[str]) -> Iterator[tuple[str, list[str]]]:
    listed = sorted(ids)
    for start in range(0, len(listed), _IDS_PER_READ):
        for row in store.read(
            "UNWIND $ids AS i MATCH (n:Entity {id: i}) RETURN n.id AS id, labels(n) AS labels",
            {"ids": listed[start : start + _IDS_PER_READ]},
        ):
            yield row["id"], [label for label in row["labels"] if label != "Entity"]

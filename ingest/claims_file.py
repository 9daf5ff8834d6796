"""Claims files: one JSON object a line with `record` source or claim, as `export --format claims` writes
them, and plans, which begin with a line `record` plan. Read line by line, as often as needed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from parkgraph.graph.claims import Claim, Source, canonical_json, claim_from_dict, source_from_dict
from parkgraph.graph.errors import TooLarge
from parkgraph.graph.quantities import LARGEST
from parkgraph.graph.store import Store
from parkgraph.graph.validation import claim_problems
from parkgraph.ingest.chunks import Context
from parkgraph.ingest.encodings import line_of
from parkgraph.ingest.files import File
from parkgraph.ingest.findings import Finding, Place
from parkgraph.ingest.limits import DEFAULT

_SAMPLE = 1 << 16
_OF_PLANS = ("plan", "difference", "end")


def is_claims_file(path: Path) -> bool:
    """Whether a JSON file holds claims: the first line that can be read says so."""
    with path.open("rb") as stream:
        for line in stream.read(_SAMPLE).splitlines():
            try:
                first = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(first, dict):
                return first.get("record") in ("source", "claim", *_OF_PLANS)
    return False


def counts_of(store: Store) -> list[int]:
    """How many claims and facts a store holds, by which a plan knows it again."""
    return [store.read(f"MATCH (n:{label}) RETURN count(n) AS n")[0]["n"] for label in ("Claim", "Fact")]


class ClaimsFile:
    """A file of claims, with the same passes as a table."""

    def __init__(self, file: File, context: Context) -> None:
        self._file = file
        self._context = context
        self.rows = 0
        self.sources: list[tuple[Source, Place]] = []
        self.plan: dict[str, Any] | None = None
        self.plan_claims: set[str] = set()
        self._named_sources: set[str] = set()
        self._broken = False
        self.read_as = "UTF-8, claims"

    @property
    def place(self) -> tuple[str, str | None]:
        """The file; there are no sheets."""
        return self._file.name, None

    def named_sources(self) -> set[str]:
        """The sources that the claims name."""
        return self._named_sources

    def _lines(self) -> Iterator[tuple[Place, str]]:
        if self._broken:
            return
        with self._file.path.open(encoding="utf-8-sig", newline="\n") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(DEFAULT.row + 1), ""), start=1):
                place = Place(self._file.name, number)
                if len(line) > DEFAULT.row:
                    raise TooLarge(f"{place}: has more than the {DEFAULT.row:,} characters that are read")
                if line.strip():
                    yield place, line

    def cells(self) -> Iterator[Finding]:
        """Pass 1: every line is a record, and which kinds entities are of."""
        ended = False
        try:
            for place, line in self._lines():
                self.rows += 1
                try:
                    record = _record(line)
                except json.JSONDecodeError as error:
                    said = f"is not JSON: {error.msg} at character {error.colno}"
                    yield Finding(place, "", said, "bad-record")
                    continue
                except (ValueError, RecursionError) as error:
                    yield Finding(place, "", str(error), "bad-record")
                    continue
                if isinstance(record, Source):
                    self.sources.append((record, place))
                elif isinstance(record, Claim):
                    if self.plan is not None:
                        self.plan_claims.add(record.id)
                    self._named_sources.add(record.source)
                    self._define(record)
                else:
                    self.rows -= 1
                    if record["record"] == "plan":
                        self.plan = record
                    ended |= record["record"] == "end"
        except UnicodeDecodeError:
            self._broken = True
            yield Finding(
                Place(self._file.name, 0),
                "",
                f"is not UTF-8 text (line {line_of(self._file.path, 'utf-8')}); save it as UTF-8",
                "unreadable",
            )
        if self.plan is not None and not ended:
            yield Finding(
                Place(self._file.name, 0), "", "is a plan that is cut off; make it again", "unreadable"
            )

    def names(self) -> None:
        """Nothing to learn: claims name entities by their ids."""

    def define(self, refused: Callable[[int], bool]) -> None:
        """Say again of which kinds entities are, by the lines that are not refused."""
        for place, line in self._lines():
            record = None if refused(place.row) else _record_or_none(line)
            if isinstance(record, Claim):
                self._define(record)

    def _define(self, claim: Claim) -> None:
        kinds = self._context.model.kinds
        if claim.property in ("kind", "also_kind") and claim.value in kinds:
            self._context.resolver.define(pl.Series([claim.subject]), str(claim.value))

    def references(self) -> Iterator[Finding]:
        """Pass 2: every claim keeps to the model."""
        resolver, model = self._context.resolver, self._context.model
        waiting: list[tuple[Place, Claim]] = []

        def judged() -> Iterator[Finding]:
            kinds = resolver.kinds(
                {end for _, claim in waiting for end in (claim.subject, claim.object) if end is not None}
            )
            for place, claim in waiting:
                source = self._context.sources.get(claim.source)
                for column, message in dict.fromkeys(claim_problems(claim, model, kinds, source)):
                    yield Finding(place, column, message, _rule(column, message))

        for place, line in self._lines():
            record = _record_or_none(line)
            if isinstance(record, Claim):
                waiting.append((place, record))
            if len(waiting) == 5_000:
                yield from judged()
                waiting.clear()
        yield from judged()

    def claims(self, refused: Callable[[int], bool]) -> Iterator[tuple[int, Claim]]:
        """Pass 3: the claims, each with the number of its line."""
        for place, line in self._lines():
            record = _record_or_none(line)
            if isinstance(record, Claim) and not refused(place.row):
                yield place.row, record

    def column(self, claim: Claim, name: str) -> str:
        """What a claim calls what it says of `name`."""
        return "value" if claim.property == name else name


def _rule(column: str, message: str) -> str:
    if column == "source":
        return "unknown-source"
    if column in ("locator", "context"):
        return "bad-locator"
    if "there is no entity" in message:
        return "unknown-entity"
    return "bad-value"


def _record_or_none(line: str) -> Source | Claim | dict[str, Any] | None:
    try:
        return _record(line)
    except (ValueError, RecursionError):
        return None


def _whole(text: str) -> int:
    """A whole number that a store can hold. Raises ValueError."""
    value = int(text)
    if abs(value) > LARGEST:
        raise ValueError(f"{text} is larger than a number can be ({LARGEST})")
    return value


def _record(line: str) -> Source | Claim | dict[str, Any]:
    """A source, a claim, or the head of a plan. Raises ValueError with what is wrong with the line."""
    data = json.loads(line, parse_int=_whole)
    if not isinstance(data, dict):
        raise ValueError("is not a JSON object with record, source or claim")
    # Null says nothing, as an absent key does.
    data = {key: value for key, value in data.items() if value is not None}
    try:
        canonical_json(data).encode()
    except UnicodeEncodeError:
        raise ValueError("holds half of a surrogate pair, which is no character") from None
    record = data.pop("record", None)
    if record in _OF_PLANS:
        return {"record": record, **data}
    required = {"source": ("id", "name"), "claim": ("subject", "source")}.get(str(record))
    if required is None:
        raise ValueError(f"record {record!r} is neither source nor claim")
    for name in required:
        if name not in data:
            raise ValueError(f"{name} is missing")
    if record == "source":
        return source_from_dict(data)
    said = data.pop("id", None)
    claim = claim_from_dict(data)
    if said is not None and said != claim.id:
        raise ValueError(f"its id is not the hash of what it says ({claim.id})")
    return claim

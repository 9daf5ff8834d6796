"""Verification: is what the store shows still what its claims say, and what its claims say where they
say it?

Every live claim has a source and a locator inside it; where the source's text is at hand, its hash and
length fit and the span can be quoted. Every fact, node and edge is what a fresh projection of the live
claims gives. What cannot be so is a fault; what merely deserves a look is a note.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from parkgraph.graph import statements
from parkgraph.graph.canonical import pages
from parkgraph.graph.claims import Claim, Source, source_from_dict
from parkgraph.graph.evidence import SourceTexts, joined
from parkgraph.graph.model import Model
from parkgraph.graph.projection import Fact, makes_fact, project, project_entity
from parkgraph.graph.recording import claim_from_properties, live_claims_of, register_of
from parkgraph.graph.store import Store
from parkgraph.graph.validation import locator_problems, source_problems

_FACTS_PER_READ = 2_000
_ALL_ROWS = 50_000_000
_SECONDS = 600.0
_NAMES = ("name_zh", "name_en", "alias", "former_name")
_AS_WRITTEN = re.compile(r"as written: ([^;；]+?)(?:[.。]?$|[.;；。] )")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong or deserves a look, and where: a source, a claim, a fact or an entity by its id."""

    message: str
    source: str | None = None
    claim: str | None = None
    locator: str | None = None
    fact: str | None = None
    entity: str | None = None

    def to_dict(self) -> dict[str, str]:
        named = {
            "source": self.source,
            "claim": self.claim,
            "locator": self.locator,
            "fact": self.fact,
            "entity": self.entity,
            "message": self.message,
        }
        return {key: value for key, value in named.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Quoted:
    """A claim with the words it rests on; None where there are none to quote."""

    id: str
    claim: Claim
    quote: str | None

    def to_dict(self) -> dict[str, Any]:
        said = {"id": self.id, **self.claim.to_dict()}
        return said if self.quote is None else said | {"quote": self.quote}


@dataclass(slots=True)
class Verification:
    """What was checked and what was found. `claims` holds every claim, in the order of source and place.

    A claim of a text is quoted or its text is not at hand; one of a table or register has none.
    """

    claims: list[Quoted] = field(default_factory=list)
    without_text: int = 0
    without_locator: int = 0
    facts: int = 0
    entities: int = 0
    faults: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    @property
    def quoted(self) -> int:
        return sum(item.quote is not None for item in self.claims)

    def __bool__(self) -> bool:
        """True where nothing is wrong."""
        return not self.faults

    def to_dict(self) -> dict[str, Any]:
        return {
            "checked": len(self.claims),
            "quoted": self.quoted,
            "without_text": self.without_text,
            "without_locator": self.without_locator,
            "facts": self.facts,
            "entities": self.entities,
            "faults": [finding.to_dict() for finding in self.faults],
            "notes": [finding.to_dict() for finding in self.notes],
        }


def verify(store: Store, model: Model, texts: SourceTexts | None = None) -> Verification:
    """Check every live claim against its source, and everything that is shown against the claims.

    Without `texts`, or where a text is missing from it, the claims of a text are checked against the
    bounds of their article alone.
    """
    done = Verification()
    sources = {
        row["id"]: source_from_dict(row["p"])
        for row in pages(store, "MATCH (n:Source)", "properties(n) AS p")
    }
    stated, told = _check_claims(store, model, sources, texts, done)
    _check_sources({i: sources[i] for i in sorted(told & set(sources))}, model, texts, done)
    _check_shown(store, model, sources, stated, done)
    done.claims.sort(key=lambda item: (item.claim.source, _place(item.claim), item.id))
    return done


def _place(claim: Claim) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", claim.locator or ""))


# -- claims and sources ------------------------------------------------------------------------


def _check_sources(
    sources: Mapping[str, Source], model: Model, texts: SourceTexts | None, done: Verification
) -> None:
    """The particulars of each source, and its text's hash and length where the text is at hand."""
    for source in sources.values():
        for _, message in source_problems(source, model):
            done.faults.append(Finding(message, source=source.id))
        if texts is None or source.sha256 is None:
            continue
        text = texts.text(source)
        named = texts.namesake(source)
        if text is not None:
            if source.length is not None and len(text) != source.length:
                said = f"the text has {len(text)} characters, the source says {source.length}"
                done.faults.append(Finding(said, source=source.id))
        elif named is not None and named[1] == source.sha256:
            done.faults.append(Finding(f"{named[0]} is not UTF-8, so it cannot be quoted", source=source.id))
        elif named is not None:
            said = (
                f"{named[0]} is another text: expected SHA-256 {source.sha256}, found {named[1]}; "
                "its claims cannot be quoted"
            )
            done.faults.append(Finding(said, source=source.id))
        else:
            said = f"its text {source.file or ''} is not in {texts.folder}".replace("  ", " ")
            done.notes.append(Finding(said, source=source.id))


def _check_claims(
    store: Store,
    model: Model,
    sources: Mapping[str, Source],
    texts: SourceTexts | None,
    done: Verification,
) -> tuple[dict[str, tuple[str, str | None]], set[str]]:
    """Each claim by itself. Gives the ends of every fact that is stated, and the sources that state any."""
    register = register_of(store, model)
    linked: dict[str, list[str]] = defaultdict(list)
    for row in pages(
        store, "MATCH (n:Claim)-[:STATED_IN]->(s:Source) WHERE n.retracted IS NULL", "s.id AS source"
    ):
        linked[row["id"]].append(row["source"])
    stated: dict[str, tuple[str, str | None]] = {}
    told: set[str] = set()
    for row in pages(store, "MATCH (n:Claim) WHERE n.retracted IS NULL", "properties(n) AS p"):
        identifier = row["id"]
        try:
            claim = claim_from_properties(row["p"])
        except (ValueError, TypeError) as error:
            done.faults.append(Finding(f"cannot be read: {error}", claim=identifier))
            continue
        told.add(claim.source)
        if claim.relation not in (None, *model.relations) or makes_fact(claim, model):
            stated[row["p"]["fact"]] = claim.subject, claim.object
        source = sources.get(claim.source)
        where = {"source": claim.source, "claim": identifier, "locator": claim.locator}
        faults = [message for _, message in locator_problems(claim, source)]
        placed = register.place(claim, identifier)
        if (placed.subject, placed.object) != (claim.subject, claim.object):
            faults.append(f"stands under {claim.subject}, where no live judgement puts it")
        if linked[identifier] != [claim.source]:
            other = ", ".join(linked[identifier]) or "no source"
            faults.append(f"says {claim.source} but is linked to {other}")
        faults += _wrong_ids(claim, identifier, row["p"]["fact"], model)
        done.faults += [Finding(message, **where) for message in faults]
        quote = None
        if claim.locator is None:
            done.without_locator += 1
        elif source is not None and not faults:
            quote = _quote(claim, source, texts, where, done)
        done.claims.append(Quoted(identifier, claim, quote))
    return stated, told


def _wrong_ids(claim: Claim, identifier: str, fact: str, model: Model) -> Iterator[str]:
    if claim.id != identifier:
        yield f"was changed: what it says has the id {claim.id}"
    if claim.relation is not None and claim.relation not in model.relations:
        yield f"the model knows no relation {claim.relation}"
    elif claim.fact_id(model) != fact:
        yield f"stands under the fact {fact}, but speaks of {claim.fact_id(model)}"


def _quote(
    claim: Claim,
    source: Source,
    texts: SourceTexts | None,
    where: Mapping[str, str | None],
    done: Verification,
) -> str | None:
    """The claim's words, with a fault where there are none and a note where they do not show what it says."""
    quote = texts.quote(claim, source) if texts is not None else None
    if texts is None or quote is None:
        done.without_text += 1
        return None
    if not quote:
        done.faults.append(Finding("its span holds nothing but white space", **where))
        return None
    around = quote
    if claim.context is not None:
        around += texts.span(claim.context, source) or ""
    for wanted in _to_be_read(claim, source):
        if _folded(wanted) not in _folded(around):
            done.notes.append(Finding(f"{wanted!r} does not stand in its words", **where))
    return quote


def _to_be_read(claim: Claim, source: Source) -> Iterator[str]:
    """What of a claim should stand in its words as it is: names in the text's language, and figures and
    dates whose wording the editor kept."""
    value = claim.value
    written_zh = isinstance(value, str) and any(unicodedata.name(c, "").startswith("CJK") for c in value)
    if claim.property in _NAMES and not claim.inferred and written_zh == (source.lang == "zh"):
        yield str(value)
    if claim.note is not None:
        yield from (match.strip() for match in _AS_WRITTEN.findall(claim.note))
    for name in ("value_text", "date_text"):
        if isinstance(claim.attributes.get(name), str):
            yield str(claim.attributes[name])


def _folded(text: str) -> str:
    """Without white space, width and case: hard line wraps run through words."""
    return "".join(unicodedata.normalize("NFKC", joined(text)).split()).casefold()


# -- what is shown -----------------------------------------------------------------------------


def _check_shown(
    store: Store,
    model: Model,
    sources: Mapping[str, Source],
    stated: Mapping[str, tuple[str, str | None]],
    done: Verification,
) -> None:
    """Facts, nodes and edges against a fresh projection of the live claims."""
    nodes = {
        row["id"]: (row["p"], set(row["labels"]) - {"Entity"})
        for row in pages(store, "MATCH (n:Entity)", "properties(n) AS p, labels(n) AS labels")
    }
    done.entities = len(nodes)
    by_subject: dict[str, list[Fact]] = defaultdict(list)
    expected_edges: dict[str, dict[str, Any]] = {}
    shown: set[str] = set()
    facts = iter(pages(store, "MATCH (n:Fact)", "properties(n) AS p"))
    while part := {row["id"]: row["p"] for row in islice(facts, _FACTS_PER_READ)}:
        shown.update(part)
        groups: dict[str, list[Claim]] = defaultdict(list)
        for identifier, claim in live_claims_of(store, part):
            if claim.relation is None or claim.relation in model.relations:
                groups[identifier].append(claim)
        fresh = [fact for i in part if (fact := project(groups[i], model, sources)) is not None]
        for fact in fresh:
            if fact.relation is None:
                by_subject[fact.subject].append(fact)
        expected: dict[str, dict[str, Any]] = {}
        for statement in statements.put_facts(fresh, model, 0):
            for row in statement.parameters["rows"]:
                (expected_edges if "a" in row else expected)[row["id"]] = row
        for identifier, properties in part.items():
            if identifier not in expected:
                done.faults.append(Finding("is shown, but no live claim states it", fact=identifier))
            else:
                done.faults += _differing(expected[identifier]["p"], properties, {"fact": identifier})
    done.facts = len(shown)
    for identifier, ends in stated.items():
        if identifier not in shown and all(end in nodes for end in ends if end is not None):
            done.faults.append(Finding("is stated by a live claim, but not shown", fact=identifier))
    _check_edges(store, model, shown, expected_edges, done)
    _check_nodes(nodes, by_subject, model, done)


def _check_edges(
    store: Store,
    model: Model,
    shown: set[str],
    expected: Mapping[str, Mapping[str, Any]],
    done: Verification,
) -> None:
    """The ids of edges and of relation facts are the same set, and an edge says what its fact says."""
    there: set[str] = set()
    rows = store.read(
        f"MATCH (a:Entity)-[r:{model.relation_pattern}]->(b:Entity) "
        "RETURN r.id AS id, type(r) AS relation, a.id AS a, b.id AS b, properties(r) AS p",
        timeout=_SECONDS,
        max_rows=_ALL_ROWS,
    )
    for row in rows:
        there.add(row["id"])
        edge = expected.get(row["id"])
        if edge is None:
            if row["id"] not in shown:
                said = f"the edge {row['a']} {row['relation']} {row['b']} has no fact"
                done.faults.append(Finding(said, fact=row["id"]))
            continue
        if (row["a"], row["b"]) != (edge["a"], edge["b"]):
            said = f"its edge runs from {row['a']} to {row['b']}, not from {edge['a']} to {edge['b']}"
            done.faults.append(Finding(said, fact=row["id"]))
        done.faults += _differing(edge["p"], row["p"], {"fact": row["id"]}, "its edge: ")
    for identifier in sorted(set(expected) - there):
        done.faults.append(Finding("the fact has no edge", fact=identifier))


def _check_nodes(
    nodes: Mapping[str, tuple[Mapping[str, Any], set[str]]],
    by_subject: Mapping[str, list[Fact]],
    model: Model,
    done: Verification,
) -> None:
    for identifier, (properties, labels) in nodes.items():
        entity = project_entity(by_subject.get(identifier, ()), model)
        if entity is None:
            done.faults.append(Finding("is shown, but no live claim states its kind", entity=identifier))
            continue
        done.faults += _differing(entity.properties, properties, {"entity": identifier})
        if labels != set(entity.labels):
            said = f"has the labels {', '.join(sorted(labels))}, expected {', '.join(sorted(entity.labels))}"
            done.faults.append(Finding(said, entity=identifier))


def _differing(
    expected: Mapping[str, Any], found: Mapping[str, Any], where: Mapping[str, str], head: str = ""
) -> Iterator[Finding]:
    """A fault for each property that is not what the claims give."""
    for name in sorted({*expected, *found} - {"changed"}):
        if expected.get(name) != found.get(name):
            said = f"{head}{name} is {found.get(name)!r}, but its claims give {expected.get(name)!r}"
            yield Finding(said, **where)

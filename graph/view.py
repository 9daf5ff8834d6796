"""Views: the graph of a store as of a day, or as it was known at a time, as a store of its own that every
read can be put to. A view is made from the claims, once for each version of the graph, and kept.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from parkgraph.graph import statements
from parkgraph.graph.asof import View, view_of
from parkgraph.graph.canonical import pages
from parkgraph.graph.claims import Claim, Source, source_from_dict
from parkgraph.graph.dates import PartialDate, parse_date
from parkgraph.graph.errors import BadRequest
from parkgraph.graph.model import Model
from parkgraph.graph.recording import judgements, stored_claim
from parkgraph.graph.register import Register, is_judgement
from parkgraph.graph.store import Statement, Store

KEPT = 4
"""How many views of a store are kept."""
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Moment:
    """A day that is asked about, and a time (epoch seconds) at which that was known; either may be open.

    With `certain`, only what surely held on the day.
    """

    as_of: PartialDate | None = None
    known_at: int | None = None
    certain: bool = False

    def __bool__(self) -> bool:
        return self.as_of is not None or self.known_at is not None

    def to_dict(self) -> dict[str, Any]:
        """The parts that are given, in the form in which they can be asked again."""
        out: dict[str, Any] = {}
        if self.as_of is not None:
            out["as_of"] = self.as_of.text
        if self.certain:
            out["certain"] = True
        if self.known_at is not None:
            out["known_at"] = datetime.fromtimestamp(self.known_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return out


def moment(as_of: Any = None, known_at: Any = None, certain: Any = False) -> Moment:
    """A moment from texts: `as_of` a partial date, `known_at` a date (its last second in UTC), a date with
    time (UTC where it names no zone) or whole epoch seconds.

    Raises BadRequest with a sentence; also for `certain` without `as_of`.
    """
    try:
        day = parse_date(str(as_of)) if as_of not in (None, "") else None
    except ValueError as error:
        raise BadRequest(f"as_of: {error}") from error
    if certain and day is None:
        raise BadRequest("certain: needs as_of, the day on which something surely held")
    return Moment(day, read_time(known_at) if known_at not in (None, "") else None, bool(certain))


def read_time(given: Any) -> int:
    """Epoch seconds of a time as `moment` takes it. Raises BadRequest."""
    text = str(given).strip()
    try:
        if re.fullmatch(r"\d{5,12}", text):
            return int(datetime.fromtimestamp(int(text), UTC).timestamp())
        if re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
            last = str(parse_date(text).latest)
            day = datetime(int(last[:4]), int(last[4:6]), int(last[6:]), tzinfo=UTC)
            return int((day + timedelta(days=1)).timestamp()) - 1
        read = datetime.fromisoformat(text)
        return int((read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, OSError):
        raise BadRequest(
            f"known_at: {text!r} is no time; expected 2026-11-24, 2026-11-24T14:05:00 or epoch seconds"
        ) from None


_views: WeakKeyDictionary[Any, OrderedDict[tuple[Any, ...], Store]] = WeakKeyDictionary()
_making = threading.Lock()


def view_store(store: Store, model: Model, at: Moment) -> Store:
    """The store of a view. Raises StoreError where the store underneath fails."""
    with _making:
        kept = _views.setdefault(store, OrderedDict())
        key = (store.edition(), model.digest, at.as_of, at.known_at, at.certain)
        if key not in kept:
            for old in [k for k in kept if k[0] != key[0]]:
                del kept[old]
            for _ in range(_TRIES):
                edition, version = store.edition(), store.version
                made = _make(store, model, at, version)
                # Where a write came between the reads, the parts may not fit together; read again.
                if store.edition() == edition:
                    break
            key = (edition, *key[1:])
            kept[key] = made
        kept.move_to_end(key)
        while len(kept) > KEPT:
            kept.popitem(last=False)
        return kept[key]


def _make(store: Store, model: Model, at: Moment, version: int) -> Store:
    # Imported here, as in open_store: only the stores know their engines.
    from parkgraph.graph.store_embedded import MemoryStore

    rows = pages(store, "MATCH (n:Source)", "properties(n) AS p")
    sources = {row["id"]: source_from_dict(row["p"]) for row in rows}
    known = dict(_known(store, model, at.known_at))
    claims = (claim for claim, _ in known.values())
    view = view_of(claims, model, sources, at.as_of, certain=at.certain)
    return MemoryStore(store.url, _batch(view, known, sources, model, version), statements.schema(model))


def _known(
    store: Store, model: Model, time_: int | None
) -> Iterator[tuple[str, tuple[Claim, Mapping[str, Any]]]]:
    """The claims that counted at a time, or now, by id, each under the entity that it was then held to be
    about, with the properties of its node."""
    match = "MATCH (n:Claim)" + (" WHERE n.retracted IS NULL" if time_ is None else "")
    register = None
    if time_ is not None:
        register = Register((c for c in judgements(store) if c.known_at(time_)), model)
    for row in pages(store, match, "properties(n) AS p"):
        identifier, properties = row["id"], row["p"]
        claim = stored_claim(properties)
        if register is not None and time_ is not None:
            if not claim.known_at(time_):
                continue
            # It counted then, whatever became of it later.
            then = replace(claim, retracted=None, retraction=None, earlier=())
            claim = register.place(then, identifier).known_as(identifier)
            properties = statements.claim_properties(claim, identifier, claim.fact_id(model))
        yield identifier, (claim, properties)


def _batch(
    view: View,
    known: Mapping[str, tuple[Claim, Mapping[str, Any]]],
    sources: Mapping[str, Source],
    model: Model,
    version: int,
) -> Iterator[Statement]:
    said = sorted({claim.source for claim in view.claims})
    yield Statement(
        "MERGE (m:Meta {id: 'graph'}) SET m.name = 'graph', m.version = $version", {"version": version}
    )
    yield from statements.put_sources(sources[i] for i in said)
    yield from statements.put_entities(view.entities, version)
    yield from statements.put_facts(view.facts, model, version)
    yield from statements.put_claims([known[claim.id][1] for claim in view.claims])
    yield from statements.mark_judgements([c.id for c in view.claims if is_judgement(c, model)])

"""From a name or an identifier in a table to the one entity that is meant: by the register of identity,
never by similarity. A name that several entities bear is refused with them, or queued for judgement.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from parkgraph.graph.claims import is_id
from parkgraph.graph.model import Model
from parkgraph.graph.naming import normalise
from parkgraph.graph.recording import register_of
from parkgraph.graph.snapshot import snapshot_of
from parkgraph.graph.store import Store

_IDS_PER_READ = 2_000
_ALL_ROWS = 50_000_000
_READ_SECONDS = 600.0
_LONGEST_SLUG = 160
_NO_SLUG = re.compile(r"[\s/?#&.]+")
_PLAIN = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]{0,100}(?<!-)")
_SHOWN = 5
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[^\w\s]+(?=\d)")
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Meant:
    """The entity that is meant: its id; `new` where no source spoke of it before. `candidates` are the
    several that a name may mean, with their names; `queued` where they are left to be judged; `known_as`
    is the name that the entity has where it is another, `namesake` one of another kind with the same name."""

    id: str
    new: bool = False
    candidates: tuple[tuple[str, str], ...] = ()
    queued: bool = False
    known_as: str | None = None
    namesake: str | None = None

    @property
    def ambiguous(self) -> bool:
        return bool(self.candidates) and not self.queued

    @property
    def in_words(self) -> str:
        """The candidates, for a sentence."""
        shown = "; ".join(f"{name} ({i})" for i, name in self.candidates[:_SHOWN])
        more = len(self.candidates) - _SHOWN
        return shown + (f"; and {more} more" if more > 0 else "")


def key_of(text: str) -> str:
    """One form of a name, as search has it, but with what stands between digits: 1-1 is not 11."""
    return normalise(_BETWEEN_DIGITS.sub("+", unicodedata.normalize("NFKC", text)))


def slug(text: str, *, fold: bool = False) -> str:
    """The part of an id behind the colon: readable, the same for the same text, and never the same for two
    that differ by more than width, spacing and a hyphen for a space (with `fold` also case)."""
    if _PLAIN.fullmatch(text):
        return text.casefold() if fold else text
    folded = unicodedata.normalize("NFKC", text).strip()
    if fold:
        folded = folded.casefold()
    kept = "".join(c for c in _NO_SLUG.sub("-", folded) if unicodedata.category(c)[0] != "C").strip("-")
    lost = re.sub(r"\s+", "-", folded) != kept
    if len(kept) > _LONGEST_SLUG:
        kept, lost = kept[:_LONGEST_SLUG], True
    if not kept or lost:
        digest = hashlib.sha256((normalise(text) if fold else folded).encode()).hexdigest()[:6]
        kept = f"{kept}-{digest}".strip("-")
    return kept


class Resolver:
    """What is known of entities: by the load itself, and by the store."""

    def __init__(self, model: Model, store: Store | None, *, queue: bool = False) -> None:
        self._model = model
        self._store = store
        self._queue = queue
        self._defined: dict[str, frozenset[str]] = {}
        self._together: dict[tuple[frozenset[str], str], frozenset[str]] = {}
        self._waiting: list[tuple[pl.Series, str]] = []
        self._stored: dict[str, frozenset[str]] = {}
        self._keys: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._labels: dict[str, str] = {}
        self._indexed = store is None
        self._spoken: set[str] | None = None
        self.source: str | None = None
        self._meant: dict[tuple[str, str, tuple[tuple[str, str], ...]], Meant] = {}
        self._own: dict[str, dict[str, str]] = defaultdict(dict)

    # -- what is there -------------------------------------------------------------------------

    def define(self, identifiers: pl.Series, kind: str) -> None:
        """The load says that entities are of a kind. They are put in order when somebody asks."""
        self._waiting.append((identifiers, kind))

    def forget(self) -> None:
        """Forget what the load said of kinds; it is said again without the rows that are refused."""
        self._defined.clear()
        self._waiting.clear()

    def name(self, identifier: str, key: str, text: str) -> None:
        """The load gives an entity a name (key `name`) or an identifier (key its property)."""
        folded = key_of(text) if key == "name" else text
        if folded:
            self._keys[key, folded].add(identifier)
        if key == "name":
            self._labels.setdefault(identifier, text)

    def kinds(self, identifiers: Iterable[str]) -> dict[str, frozenset[str]]:
        """The kinds of those that the load or the store knows."""
        wanted = set(identifiers)
        for told, kind in self._waiting:
            for identifier in told:
                self._defined[identifier] = self._with(self._defined.get(identifier, _NONE), kind)
        self._waiting.clear()
        self._read_kinds(wanted)
        out = {}
        for identifier in wanted:
            kinds = self._kinds_in_store(identifier) | self._defined.get(identifier, _NONE)
            if kinds:
                out[identifier] = kinds
        return out

    def _with(self, kinds: frozenset[str], kind: str) -> frozenset[str]:
        """The kinds and one more; a set that many entities share is held once."""
        return self._together.setdefault((kinds, kind), kinds | {kind})

    def _kinds_in_store(self, identifier: str) -> frozenset[str]:
        """The kinds that the store is known to have of an entity; the index has them under the id shown."""
        return self._stored.get(self._shown(identifier) if self._indexed else identifier, _NONE)

    def _read_kinds(self, identifiers: Iterable[str]) -> None:
        """Learn which kinds the store has of entities; nothing is left to learn once there is an index."""
        if self._store is None or self._indexed:
            return
        register = register_of(self._store, self._model)
        shown = {i: register.canonical(i) for i in identifiers if i not in self._stored}
        found = {i: self._stored[i] for i in shown.values() if i in self._stored}
        listed = sorted(set(shown.values()))
        for start in range(0, len(listed), _IDS_PER_READ):
            for row in self._store.read(
                "UNWIND $ids AS i MATCH (n:Entity {id: i}) RETURN n.id AS id, labels(n) AS labels",
                {"ids": listed[start : start + _IDS_PER_READ]},
            ):
                found[row["id"]] = frozenset(label for label in row["labels"] if label != "Entity")
        self._stored |= {identifier: found.get(canonical, _NONE) for identifier, canonical in shown.items()}

    # -- what is meant -------------------------------------------------------------------------

    def meant(
        self, kind: str | None, name: str | None, identifiers: Mapping[str, str], *, create: bool
    ) -> Meant | None:
        """The entity that a name or identifiers mean, by identifier before by name; None where there is none
        and none may be made."""
        wanted = (kind or "", key_of(name or "") or (name or ""), tuple(sorted(identifiers.items())))
        held = self._meant.get(wanted)
        if held is None:
            held = self._find(kind, name, identifiers, create=create)
            # What is simply new is found again sooner than very many are remembered.
            if held is not None and (not held.new or held.candidates or held.namesake):
                self._meant[wanted] = held
        return held

    def _find(
        self, kind: str | None, name: str | None, identifiers: Mapping[str, str], *, create: bool
    ) -> Meant | None:
        self._index()
        if name is not None and is_id(name) and self._is_of(name, kind) and self._is_known(self._shown(name)):
            return Meant(name)
        by_identifier = {
            found
            for key, value in identifiers.items()
            for found in self._keys.get((key, value), ())
            if self._is_of(found, kind)
        }
        if len(by_identifier) == 1:
            (found,) = by_identifier
            return Meant(found)
        by_name = by_identifier or {
            found for found in self._keys.get(("name", key_of(name or "")), ()) if self._is_of(found, kind)
        }
        own = self._own_id(kind, name, by_name) if create else None
        if own is not None and not by_identifier and self._is_own(own, by_name):
            return Meant(own)
        if not by_name:
            return None if own is None else Meant(own, new=True, namesake=self._namesake(name))
        if len(by_name) == 1:
            (found,) = by_name
            label = self._labels.get(found)
            return Meant(found, known_as=label if name and label and label != name else None)
        candidates = tuple((found, self._labels.get(found, found)) for found in sorted(by_name))
        if own is None or not self._queue:
            return Meant("", candidates=candidates)
        return Meant(own, new=True, candidates=candidates, queued=True)

    def _namesake(self, name: str | None) -> str | None:
        """An entity of another kind that bears the name."""
        found = self._keys.get(("name", key_of(name or "")))
        return min(found) if found else None

    def _own_id(self, kind: str | None, name: str | None, by_name: set[str]) -> str | None:
        """The id that an entity gets from its name; names of one form share that of the first. One that
        another entity has got otherwise is left to that."""
        if kind is None or name is None:
            return None
        key = key_of(name) or name
        own = self._own[kind]
        if key not in own:
            made = f"{self._model.kinds[kind].prefix}:{slug(name, fold=True)}"
            shown = self._shown(made)
            if self._is_known(shown) and shown not in by_name and not self._spoken_of(made):
                made = f"{made}-{hashlib.sha256(key.encode()).hexdigest()[:6]}"
            own[key] = made
        return own[key]

    def _is_own(self, own: str, by_name: set[str]) -> bool:
        """Whether the id that the name makes was given by a load like this one: it stands under another by
        now, or the same source has spoken of it."""
        if self._shown(own) != own:
            return self._shown(own) in by_name
        return self._is_known(own) and self._spoken_of(own)

    def _spoken_of(self, identifier: str) -> bool:
        """Whether the source of this load has spoken of an entity; half of it, where it was interrupted."""
        if self._spoken is None:
            rows = (
                self._store.read(
                    "MATCH (s:Source {id: $source})<-[:STATED_IN]-(c:Claim) "
                    "RETURN DISTINCT c.subject AS subject",
                    {"source": self.source},
                    timeout=_READ_SECONDS,
                    max_rows=_ALL_ROWS,
                )
                if self._store is not None
                else []
            )
            self._spoken = {row["subject"] for row in rows}
        return identifier in self._spoken

    def _shown(self, identifier: str) -> str:
        """The id under which the store shows an entity."""
        if self._store is None:
            return identifier
        return register_of(self._store, self._model).canonical(identifier)

    def _is_known(self, identifier: str) -> bool:
        """Whether the store has an entity."""
        self._read_kinds([identifier])
        return bool(self._kinds_in_store(identifier))

    def _is_of(self, identifier: str, kind: str | None) -> bool:
        return kind is None or kind in self.kinds([identifier]).get(identifier, frozenset())

    def _index(self) -> None:
        """Every name and identifier that the store has."""
        if self._indexed or self._store is None:
            return
        self._indexed = True
        schemes = [p.name for p in self._model.entity_properties.values() if p.type == "identifier"]
        snapshot = snapshot_of(self._store)
        for identifier, node in snapshot.nodes.items():
            properties = node.properties
            self._stored[identifier] = snapshot.labels[identifier]
            self._labels[identifier] = str(properties["name"])
            names = [properties[key] for key in ("name_zh", "name_en") if key in properties]
            names += [text for key in ("alias", "former_name") for text in properties.get(key, ())]
            for text in names:
                if folded := key_of(text):
                    self._keys["name", folded].add(identifier)
            for key in schemes:
                if key in properties:
                    self._keys[key, str(properties[key])].add(identifier)

"""Questions that are answered by rows or figures: the query library, Cypher of one's own, and totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from typing import Any

from parkgraph.graph.claims import Claim, Source
from parkgraph.graph.errors import UnknownName
from parkgraph.graph.model import Model, name_meant
from parkgraph.graph.store import Rows, Table
from parkgraph.queries.amounts import NOT_STATED, figures, stated
from parkgraph.queries.connections import Connections
from parkgraph.queries.cypher_guard import (
    DEFAULT_ROWS,
    DEFAULT_SECONDS,
    MOST_ROWS,
    MOST_SECONDS,
    checked_parameters,
    reading,
    seconds,
)
from parkgraph.queries.explain_rows import explain_rows
from parkgraph.queries.library import Query, RowPlace, query_named
from parkgraph.queries.selection import boolean, is_given, listed, split_moment, whole
from parkgraph.queries.totals import Asked, Total, add_up, read_rates

OF_THE_STORE = (
    *("Entity", "Fact", "Claim", "Judgement", "Source", "Meta"),
    *("REL", "STATED_IN", "ABOUT", "SUPPORTS"),
)
"""Labels and relations that every store has, whatever its model."""
PROPERTIES_OF_THE_STORE = frozenset(
    [
        *(field.name for field in (*fields(Claim), *fields(Source))),
        *("figure", "fact", "version", "born"),
        *(f"value_{part}" for part in ("unit", "currency", "qualifier", "high", "precision", "min", "max")),
    ]
)
"""Properties of claims, sources, the version, and of facts about a property."""
MOST_NOTES = 20


def _strange(of: str, name: str, known: Iterable[str]) -> str:
    """That a query names a label, relation or property which nothing has."""
    near = get_close_matches(name, [*known], 3)
    meant = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"the model knows no {of} {name!r}, so nothing bears it{meant}"


def _labels(model: Model) -> dict[str, list[str]]:
    """Kinds and relations by their labels in small letters."""
    found: dict[str, list[str]] = {}
    for name, entry in (*model.kinds.items(), *model.relations.items()):
        for label in {entry.zh.casefold(), entry.en.casefold()}:
            found.setdefault(label, []).append(name)
    return found


def _keys(value: Any) -> Iterator[str]:
    """The keys of all maps in a parameter."""
    match value:
        case Mapping():
            yield from value
            inner: Iterable[Any] = value.values()
        case list() | tuple():
            inner = value
        case _:
            inner = ()
    for item in inner:
        yield from _keys(item)


class Questions(Connections):
    """What is counted, listed or added up."""

    def query(self, name: str, **parameters: Any) -> Rows:
        """Run a query file; `as_of`, `known_at` and `certain` as for `at`. Raises UnknownName or BadRequest.

        Rows that name a claim also get its `quote` where the sources' texts are at hand; as of a day, rows
        about facts and entities say whether they are `held` certain or possible. Where there are none,
        `rows.explanation` says what was searched, what emptied it and what comes nearest.
        """
        return self.query_page(name, parameters, None)

    def query_page(self, name: str, parameters: Mapping[str, Any], after: RowPlace | None) -> Rows:
        """The page of a query's rows that follows the `next` of another; else as `query`. Raises Conflict
        where a write took the row away that it goes on from."""
        query = query_named(name)
        parameters, moment = split_moment(parameters)
        if is_given(moment):
            return self.at(**moment).query_page(name, parameters, after)
        given = self._named_entities(query.parameters, parameters)
        rows = query.run(self.store, self.model, after=after, **given)
        if self.moment.as_of is not None:
            self._say_whether_held(query, rows)
        if not rows and after is None:
            rows.explanation = explain_rows(
                query,
                query.named(self.model, given),
                lambda others: query.run(self.store, self.model, **others),
                self.snapshot,
                self.model,
                self._sources_about,
                self.whole.snapshot,
                {
                    name: (
                        value,
                        query.run(self._seen(self._parts_of_the_moment()[name]).store, self.model, **given),
                    )
                    for name, value in self.moment.to_dict().items()
                },
            )
        said = next((key for key, column in query.columns.items() if column.type == "claim"), None)
        if said is not None and self.texts is not None:
            for row in rows:
                row["quote"] = self.claim(row[said]).quote
        return rows

    def _say_whether_held(self, query: Query, rows: Rows) -> None:
        """Rows about facts or entities get `held`: possible where anything in them only possibly held."""
        snapshot = self.snapshot
        told = [key for key, column in query.columns.items() if column.type in ("fact", "node")]
        for row in rows if told else ():
            shown = [snapshot.nodes.get(row[key]) or snapshot.edges.get(row[key]) for key in told]
            held = {item.properties.get("held") for item in shown if item is not None}
            row["held"] = "possible" if "possible" in held else "certain"

    def labels(self, name: str, rows: Rows) -> dict[str, dict[str, str]]:
        """What the entities in the rows of a query are called, by id, in each language."""
        nodes = self.snapshot.nodes
        found = sorted(self._nodes_in(query_named(name), rows) & set(nodes))
        return {i: {lang: nodes[i].label(lang) for lang in self.model.languages} for i in found}

    def _nodes_in(self, query: Query, rows: Rows) -> set[str]:
        """The ids in the columns of a query that stand for entities."""
        one = [name for name, column in query.columns.items() if column.type == "node"]
        several = [name for name, column in query.columns.items() if column.type == "nodes"]
        return {row[name] for row in rows for name in one if row[name] is not None} | {
            identifier for row in rows for name in several for identifier in row[name]
        }

    def cypher(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        max_rows: int = DEFAULT_ROWS,
        timeout: float = DEFAULT_SECONDS,
    ) -> Table:
        """The answer to a query of your own in Cypher that only reads: at most `max_rows` rows, in at most
        `timeout` seconds. Parameters are `$name` in the text and hold what JSON can hold.

        Raises RefusedCypher for what does more than read or is not known to, BadRequest for what cannot be
        run or needs too much, TimedOut.
        """
        asked = reading(text)
        known = {*self.model.kinds, *self.model.relations, *OF_THE_STORE}
        for name in sorted(asked.names):
            if not name.isascii():
                # The embedded engine does not read it, and no model can have it.
                raise UnknownName("kind or relation", name, known, spelled=_labels(self.model))
        given = checked_parameters(asked.parameters, parameters or {})
        table = self.store.ask(
            asked.text,
            given,
            timeout=seconds("timeout", timeout, MOST_SECONDS),
            max_rows=whole("max_rows", max_rows, 1, MOST_ROWS),
        )
        columns = asked.called(table.columns)
        if columns != table.columns:
            rows = [dict(zip(columns, row.values(), strict=True)) for row in table.rows]
            table = replace(table, columns=columns, rows=rows)
        notes = [_strange("kind or relation", name, known) for name in sorted(asked.names - known)]
        properties = self.model.stored_properties | PROPERTIES_OF_THE_STORE
        read = asked.properties - {*_keys(given)}
        notes += [_strange("property", name, properties) for name in sorted(read - properties)]
        more = f"{len(notes) - MOST_NOTES} names more that the model does not know"
        return replace(table, notes=(*notes[:MOST_NOTES], *([more] if len(notes) > MOST_NOTES else [])))

    def total(
        self,
        figure: str,
        *,
        status: Iterable[str] | str | None = None,
        currency: str | None = None,
        about: str | None = None,
        mix: bool = False,
        rates: Mapping[str, Any] | Iterable[str] | None = None,
    ) -> Total:
        """The sum of one kind of figure: a money property of entities (`total_size`, `raised`, …), a kind of
        amount (`loan`, `contract`, …), or `amount`, whatever its kind. The answer is false where no source
        states one, and then says what there is.

        `status` is one status or several, `not_stated` for none; `about` keeps the amounts of an entity (id
        or name), of what it set up, signed or is part of, and of its own relations. Amounts of several
        figures, statuses or currencies raise MixedAmounts with the subtotals: `mix` adds them all the same,
        and `rates`, such as `{"USD": 7.1}`, add currencies: in `currency`, or the one without a rate.
        """
        asked = Asked(
            name_meant("figure", figure, figures(self.model), "total"),
            tuple(stated(self.model, name, "total") or NOT_STATED for name in listed(status)),
            currency,
            self.resolve(about).id if about is not None else None,
            boolean("mix", mix),
            read_rates(rates),
        )
        rows = self.store.read(
            "MATCH (f:Fact {contested: true}) WHERE f.property IS NOT NULL "
            "RETURN f.subject AS subject, f.property AS property ORDER BY subject, property"
        )
        contested = frozenset((row["subject"], row["property"]) for row in rows)
        return add_up(self.snapshot, self.model, asked, contested)

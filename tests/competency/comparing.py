"""Asking a question through the public interface and comparing what comes back with its answer: one way
for each type of answer, as ../shared/competency/README.md describes them. Nothing here knows a question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import parkgraph as pg
from parkgraph.graph.claims import parse_locator
from parkgraph.graph.subgraph import Node
from parkgraph.queries.answers import PathAnswer
from parkgraph.queries.library import library

Ask = Mapping[str, Any]
Answer = Mapping[str, Any]
Row = Mapping[str, Any]

_SHORT = (("管理委员会", "管委会"), ("科学技术局", "科技局"), ("科学技术厅", "科技厅"))
_QUALIFIERS = {None: "exact", "up_to": "max"}
_UNITS = {None: "currency_not_stated"}


def normalised(name: str) -> str:
    """A name without what does not tell names apart: width, dashes, spaces, long forms of offices."""
    name = unicodedata.normalize("NFKC", name).casefold()
    name = re.sub(r"[—–―\-]+", "-", name)
    name = re.sub(r"[\s“”\"《》]", "", name)
    for long, short in _SHORT:
        name = name.replace(long, short)
    return name


def names_of(node: Node) -> set[str]:
    properties = node.properties
    names = [properties.get("name_zh"), properties.get("name_en"), properties["name"]]
    return {
        normalised(name)
        for name in (*names, *properties.get("alias", []), *properties.get("former_name", []))
        if name
    }


def as_names(item: Any) -> set[str]:
    """An expected item, a name or a name with aliases, as the names that count for it."""
    if isinstance(item, Mapping):
        return {normalised(name) for name in (item["name"], *item.get("aliases", ()))}
    return {normalised(str(item))}


class Asking:
    """One graph, and the answers to the calls of one question."""

    def __init__(self, graph: pg.Graph, texts: Path | None) -> None:
        self.graph = graph
        self._texts = texts

    # -- calls ---------------------------------------------------------------------------------

    def _of_the_day(self, ask: Ask) -> pg.Graph:
        """The graph, or the graph as of the day that the call names."""
        if "at" not in ask:
            return self.graph
        at: Callable[..., Any] = self.graph.at
        graph: pg.Graph = at(**ask["at"])
        return graph

    def rows(self, ask: Ask) -> list[dict[str, Any]]:
        """The rows of a call: of a query, of an entity's neighbours, or of a search."""
        graph = self._of_the_day(ask)
        if "query" in ask:
            found: list[dict[str, Any]] = graph.query(ask["query"], **ask.get("with", {}))
        elif "neighbours" in ask:
            part = graph.neighbours(ask["neighbours"], **ask.get("with", {}))
            found = [{"entity": node.id} for node in part.nodes if node.id not in part.meta["focus"]]
        elif "subgraph" in ask:
            found = [{"entity": node.id} for node in graph.subgraph(ask["subgraph"]).nodes]
        else:
            found = [
                {"entity": match.node.id} for match in graph.search(ask["search"], **ask.get("with", {}))
            ]
        where = ask.get("where", {})
        return [row for row in found if all(self._fits(row[key], value) for key, value in where.items())]

    def paths(self, ask: Ask) -> PathAnswer:
        graph = self._of_the_day(ask)
        return graph.paths(*ask["paths"], **ask.get("with", {}))

    def _fits(self, value: Any, wanted: Any) -> bool:
        """A cell against what is wanted: the value, one of a list, or a name of the entity it stands for."""
        if isinstance(wanted, list):
            return any(self._fits(value, item) for item in wanted)
        if value == wanted:
            return True
        return isinstance(wanted, str) and normalised(wanted) in self.called(value)

    def called(self, value: Any) -> set[str]:
        """The names of a cell: of the entity or the entities it stands for, else what it says."""
        if value is None:
            return set()
        if isinstance(value, list):
            return {name for item in value for name in self.called(item)}
        node = self.graph.snapshot.nodes.get(value) if isinstance(value, str) else None
        return names_of(node) if node is not None else {normalised(str(value))}

    def cells(self, rows: Iterable[Row], columns: str | list[str]) -> list[Any]:
        """The values of one or several columns, lists laid open, each once."""
        found: dict[Any, None] = {}
        for row in rows:
            for column in [columns] if isinstance(columns, str) else columns:
                value = row[column]
                for item in value if isinstance(value, list) else [value]:
                    if item is not None:
                        found[item] = None
        return list(found)

    def same_set(self, found: Iterable[Any], wanted: Iterable[Any], optional: Iterable[Any] = ()) -> None:
        """Every wanted item is found, and everything found is wanted or optional."""
        called = {item: self.called(item) for item in found}
        wanted, optional = list(wanted), list(optional)
        missing = [w for w in wanted if not any(as_names(w) & names for names in called.values())]
        allowed = [as_names(item) for item in (*wanted, *optional)]
        strange = [item for item, names in called.items() if not any(names & ok for ok in allowed)]
        assert (missing, strange) == ([], [])

    # -- comparisons, by the type of the answer --------------------------------------------------

    def compare(self, answer: Answer, ask: Ask) -> None:
        compare: Callable[[Answer, Ask], None] = getattr(self, f"_{answer['type']}")
        compare(answer, ask)

    def _set(self, answer: Answer, ask: Ask) -> None:
        found = self.cells(self.rows(ask), ask["column"])
        self.same_set(found, answer["items"], answer.get("optional", ()))

    def _rows(self, answer: Answer, ask: Ask) -> None:
        """`columns` maps the answer's columns to the query's; only the key's are compared."""
        columns = ask["columns"]
        found = [{key: self.called(row[columns[key]]) for key in answer["key"]} for row in self.rows(ask)]

        def fits(row: Mapping[str, set[str]], item: Row) -> bool:
            return all(
                row[key] & as_names(item[key]) if item[key] is not None else not row[key]
                for key in answer["key"]
            )

        optional = answer.get("optional", [])
        assert [item for item in answer["items"] if not any(fits(row, item) for row in found)] == []
        assert [row for row in found if not any(fits(row, i) for i in (*answer["items"], *optional))] == []
        for item in answer["items"]:
            of_key = [row for row, names in zip(self.rows(ask), found, strict=True) if fits(names, item)]
            for key in set(columns) - set(answer["key"]):
                assert any(str(row[columns[key]] or "").startswith(str(item[key])) for row in of_key), item

    def _numbers(self, answer: Answer, ask: Ask) -> None:
        """`items` says for each label where its figure stands; `absent` is what no row means."""
        for item in answer["items"]:
            read = {"query": ask.get("query"), **ask["items"][item["label"]]}
            rows = self.rows(read)
            if not rows:
                assert read.get("absent") == item["value"], item
                continue
            assert sum(row[read["value"]] for row in rows) == item["value"], item
            if "unit" in read:
                unit = rows[0][read["unit"]]
                assert _UNITS.get(unit, unit) == item["unit"], item
            if "qualifier" in read:
                qualifier = rows[0][read["qualifier"]]
                assert _QUALIFIERS.get(qualifier, qualifier) == item.get("qualifier", "exact"), item

    def _number(self, answer: Answer, ask: Ask) -> None:
        self._numbers({"items": [{**answer, "label": "it"}]}, {"items": {"it": ask}})

    def _agreement(self, answer: Answer, ask: Ask) -> None:
        (row,) = self.rows(ask)
        assert row["status"] in (answer["status"], *answer.get("status_accept", ()))
        wanted = answer.get("date")
        assert (row["date"] or "").startswith(wanted) if wanted else row["date"] is None
        columns = ask.get("parties", ["parties", "groups"])
        self.same_set(self.cells([row], columns), answer["parties"])

    def _collective(self, answer: Answer, ask: Ask) -> None:
        (row,) = self.rows(ask)
        assert (row["count"], row["listed"]) == (answer["count"], answer["listed"])
        assert row["unit"] == answer.get("unit", row["unit"])
        if "group" in answer:
            assert normalised(answer["group"]) in self.called(row["collective"])
        self.same_set(row["named"], answer.get("named", []))
        self.same_set(row["inferred_members"], [], answer.get("acceptable_inferred_members", []))

    def _status(self, answer: Answer, ask: Ask) -> None:
        statuses = self.cells(self.rows(ask), ask.get("column", "status"))
        assert statuses
        assert set(statuses) <= {answer["value"], *answer.get("accept", ())}

    def _boolean(self, answer: Answer, ask: Ask) -> None:
        """True where there is a row. A no must explain itself."""
        rows = self.rows(ask)
        assert bool(rows) == answer["value"]
        if not rows and "where" not in ask:
            explanation = self.graph.query(ask["query"], **ask.get("with", {})).explanation
            assert explanation is not None
            assert explanation.reasons

    def _booleans(self, answer: Answer, ask: Ask) -> None:
        for item in answer["items"]:
            read = {"query": ask.get("query"), **ask["items"][item["label"]]}
            rows = self.rows(read)
            assert bool(rows) == item["value"], item
            for key, column in read.get("columns", {}).items():
                said = self.rows({key: value for key, value in read.items() if key != "at"})[0][column]
                assert str(said or "").startswith(str(item[key])) or as_names(item[key]) & self.called(said)

    def _path(self, answer: Answer, ask: Ask) -> None:
        found = self.paths(ask)
        assert found, found.explanation
        accepted = [list(map(normalised, names)) for names in answer["accepted_node_sequences"]]
        accepted += [names[::-1] for names in accepted]
        for path in found.paths[:1]:
            assert len(path) == answer["length"]
            nodes = [path[0].start, *(hop.end for hop in path)]
            named = [names_of(node) for node in nodes]
            assert any(
                len(names) == len(named) and all(name in own for name, own in zip(names, named, strict=True))
                for names in accepted
            ), [node.label("zh") for node in nodes]
            for hop in path:
                assert hop.claims
                assert self.graph.model.relations[hop.fact.relation].passable

    def _none(self, answer: Answer, ask: Ask) -> None:
        """No path, or nothing stated: said plainly, with what is stated instead."""
        if answer["answer"] == "no_path":
            found = self.paths(ask)
            assert not found
            assert found.explanation is not None
            assert all(reason.zh and reason.en for reason in found.explanation.reasons)
            return
        rows = self.rows(ask)
        if not rows:
            explanation = self.graph.query(ask["query"], **ask.get("with", {})).explanation
            assert all(reason.zh and reason.en for reason in explanation.reasons)
            return
        columns = library()[ask["query"]].columns
        for name in ask["unstated"]:
            assert columns[name].sought, f"{name}: null does not read as not stated"
            assert [row[name] for row in rows] == [None] * len(rows)
        for name, value in ask.get("stated", {}).items():
            assert [row[name] for row in rows] == [value] * len(rows)

    def _shared(self, answer: Answer, ask: Ask) -> None:
        """`via` and `others` are columns; without a column for the others, the rows themselves are they."""
        rows = self.rows(ask)
        assert rows
        self.same_set(self.cells(rows, ask["via"]), _listed(answer["via"]), answer.get("optional", ()))
        self.same_set(self.cells(rows, ask["others"]), _listed(answer["others"]), answer.get("optional", ()))

    def _spans(self, answer: Answer, ask: Ask) -> None:
        spans = [
            (row["file"], *parse_locator(row["locator"]))
            for row in self.rows(ask)
            if row["locator"] is not None
        ]
        words = re.search(r"contains (\S+)", answer.get("rule", ""))
        for item in answer["items"]:
            over = [
                (start, end)
                for file, start, end in spans
                if file == item["seed"] and start < item["end"] and item["start"] < end
            ]
            assert over, item
            if words is not None and self._texts is not None:
                text = (self._texts / item["seed"]).read_text("utf-8")
                quotes = ["".join(text[start:end].split()) for start, end in over]
                assert any(words[1] in quote for quote in quotes), quotes

    def _identity(self, answer: Answer, ask: Ask) -> None:
        """`names` are resolved to entities: as many as the answer says are one, or all of them apart;
        `holds` are further calls that must find something."""
        nodes = [self.graph.resolve(name) for name in ask.get("names", ())]
        if "same" in answer and nodes:
            assert (len({node.id for node in nodes}) == 1) == answer["same"]
        if "nodes" in answer and isinstance(answer["nodes"], int):
            assert len({node.id for node in nodes}) == answer["nodes"]
        if "canonical" in answer:
            assert normalised(nodes[0].label("zh")) == normalised(answer["canonical"])
        for key in ("en", "abbr", "distinct_from"):
            if key in answer:
                named = nodes[1] if key == "distinct_from" else nodes[0]
                assert normalised(answer[key]) in names_of(named)
        for further in ask.get("holds", ()):
            self.compare(further["answer"], further)

    def _conditional(self, answer: Answer, ask: Ask) -> None:
        """Each case with the call that asks it."""
        for case, read in zip(answer["cases"], ask["cases"], strict=True):
            inner = case.get("answer")
            self.compare(inner if isinstance(inner, Mapping) else case, read)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""What the command line prints: tables, records, paths and reports, in the language asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import parkgraph as pg
from parkgraph.graph.store import DEFAULT_URL, Rows
from parkgraph.graph.subgraph import Edge
from parkgraph.ingest.load import Report
from parkgraph.queries.answers import EntityView, PathAnswer, Proof
from parkgraph.queries.explain import Reason
from parkgraph.queries.library import Query

# Ids have colons, which rich would read as names of emoji.
out = Console(soft_wrap=True, highlight=False, emoji=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)


@dataclass(slots=True)
class Options:
    """The options that hold for every command."""

    store: str = DEFAULT_URL
    model: Path | None = None
    texts: Path | None = None
    lang: str = "en"
    json: bool = False
    quiet: bool = False


options = Options()


def show_report(report: Report) -> None:
    """What a load or a check did, as a line or as JSON."""
    if options.json:
        print(as_json(report.to_dict()))
        return
    show_findings(report.findings)
    if options.quiet:
        return
    if report.outcome is None:
        out.print(
            f"{report.rows} rows, {report.claims} claims from {report.sources} sources; "
            f"{report.refused} rows refused"
        )
        return
    outcome = report.outcome
    out.print(
        f"{report.rows} rows, {report.claims} claims from {report.sources} sources: "
        f"{outcome.added} added, {outcome.unchanged} unchanged, {report.refused} refused; "
        f"graph version {outcome.version}"
    )


def show_findings(findings: Iterable[Any], most: int = 50) -> None:
    """Each finding on a line of stderr."""
    listed = list(findings)
    for finding in listed[:most]:
        err.print(escape(str(finding)))
    if len(listed) > most:
        err.print(f"… and {len(listed) - most} more; --json lists them all")


def show_entity(graph: pg.Graph, view: EntityView) -> None:
    """An entity, its properties and a table of its facts."""
    node, lang = view.node, options.lang
    out.print(f"[bold]{escape(node.label(lang))}[/]  {graph.model.kind(node.kind).label(lang)}  {node.id}")
    show_record({k: v for k, v in node.properties.items() if k not in ("id", "kind", "name")}, indent="  ")
    for fact in view.properties:
        if fact.get("contested"):
            said = "来源说法不一" if lang == "zh" else "sources differ"
            out.print(f"  ! {said}: {fact['property']}  {fact['id']}")
    show_table(
        ("relation", "with", "status", "since", "sources", "fact"),
        [
            (
                relation_label(graph, edge, node.id),
                view.neighbours[edge.object if edge.subject == node.id else edge.subject].label(lang),
                status_label(graph, edge.status) + (" (inferred)" if edge.inferred else ""),
                edge.properties.get("valid_from", ""),
                len(edge.properties["source_ids"]),
                edge.id,
            )
            for edge in view.facts
        ],
    )


def relation_label(graph: pg.Graph, edge: Edge, seen_from: str) -> str:
    """A relation in words, with its direction as seen from one end."""
    label = graph.model.relations[edge.relation].label(options.lang)
    if graph.model.relations[edge.relation].symmetric:
        return f"— {label} —"
    return f"— {label} →" if edge.subject == seen_from else f"← {label} —"


def status_label(graph: pg.Graph, status: str | None) -> str:
    """A status in words; empty where none is stated."""
    if status is None:
        return ""
    return graph.model.statuses[status].label(options.lang)


def show_record(record: Mapping[str, Any], indent: str = "") -> None:
    """A record as indented lines, key by key."""
    for key, value in record.items():
        if isinstance(value, Mapping):
            out.print(f"{indent}{key}:")
            show_record(value, indent + "  ")
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            for item in value:
                out.print(f"{indent}{key}:")
                show_record(item, indent + "  ")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            out.print(f"{indent}{key}: {escape(str(shown))}")


def show_paths(graph: pg.Graph, answer: PathAnswer) -> None:
    """Each path step by step with its proof, or the reasons why there is none."""
    lang = options.lang
    if answer.explanation is not None:
        a, b = answer.source.label(lang), answer.target.label(lang)
        out.print(
            f"[bold]{'没有已知路径' if lang == 'zh' else 'No known path'}[/]: {escape(a)} … {escape(b)}"
        )
        show_reasons(answer.explanation.reasons)
        return
    for number, (steps, weakest) in enumerate(zip(answer.paths, answer.weakest, strict=True), start=1):
        hops = "hop" if len(steps) == 1 else "hops"
        least = status_label(graph, weakest) or ("未说明" if lang == "zh" else "not stated")
        heading = (
            f"路径 {number}，{len(steps)} 跳，最弱一跳：{least}"
            if lang == "zh"
            else f"Path {number}, {len(steps)} {hops}, weakest hop: {least}"
        )
        out.print(f"[bold]{heading}[/]")
        for hop in steps:
            inferred = (" · 推断" if lang == "zh" else " · inferred") if hop.fact.inferred else ""
            if hop.fact.properties.get("contested"):
                inferred += " · 来源说法不一" if lang == "zh" else " · sources differ"
            since = f" · {hop.fact.properties['valid_from']}" if "valid_from" in hop.fact.properties else ""
            out.print(
                f"  {escape(hop.start.label(lang))} {relation_label(graph, hop.fact, hop.start.id)} "
                f"{escape(hop.end.label(lang))}  \\[{status_label(graph, hop.fact.status)}{since}{inferred}]"
            )
            for proof in hop.proofs[hop.fact.id]:
                out.print(f"      {escape(_cited(proof))}")
                if proof.quote is not None:
                    out.print(f"      “{escape(proof.quote)}”", style="italic")
            if len(hop.facts) > 1:
                others = ", ".join(
                    f"{graph.model.relations[fact.relation].label(lang)} ({status_label(graph, fact.status)})"
                    for fact in hop.facts[1:]
                )
                out.print(f"      {'另有' if lang == 'zh' else 'also'}: {escape(others)}", style="dim")
    if answer.cut:
        out.print("the enumeration was cut; narrow the filters", style="dim")


def _cited(proof: Proof) -> str:
    source = proof.source
    parts = [
        source.name,
        source.publisher,
        source.published,
        f"{source.file or source.id}#{proof.claim.locator or ''}".rstrip("#"),
    ]
    basis = f" ({proof.claim.basis})" if proof.claim.basis else ""
    return (
        f"{' · '.join(part for part in parts if part)}{' · inferred' + basis if proof.claim.inferred else ''}"
    )


def show_written(written: Sequence[Path], sub: pg.Subgraph) -> None:
    """The files written, and what is in them."""
    names = [str(path) for path in written]
    if options.json:
        print(as_json({"files": names, "nodes": len(sub.nodes), "edges": len(sub.edges)}))
    elif not options.quiet:
        out.print(f"{', '.join(names)}: {len(sub.nodes)} entities, {len(sub.edges)} facts")


def as_json(value: Any, indent: int | None = 2) -> str:
    """JSON with Hanzi as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


def show_rows(question: Query, rows: Rows, names: Mapping[str, Mapping[str, str]]) -> None:
    """The rows of a question, without the columns that are empty in all of them; or why there are none.

    What the question seeks and no source states is said, never left to look like nothing or 0. Entities in
    a list are called by their names.
    """
    if rows.explanation is not None:
        out.print(f"[bold]{'没有结果' if options.lang == 'zh' else 'No results'}[/]")
        show_reasons(rows.explanation.reasons)
        return
    unstated = "未说明" if options.lang == "zh" else "not stated"

    def shown(name: str, value: Any) -> Any:
        if value is None and _sought(question, name):
            return unstated
        if name in question.columns and question.columns[name].type == "nodes":
            return [names[item][options.lang] if item in names else item for item in value]
        return value

    columns = [
        name
        for name in rows[0]
        if any(row[name] not in (None, []) for row in rows) or _sought(question, name)
    ]
    show_table(columns, [[shown(name, row[name]) for name in columns] for row in rows])


def _sought(question: Query, column: str) -> bool:
    return column in question.columns and question.columns[column].sought


def show_reasons(reasons: Iterable[Reason]) -> None:
    """Sentences why there is nothing, in the language asked for."""
    for reason in reasons:
        out.print(f"  {escape(reason.zh if options.lang == 'zh' else reason.en)}")


def show_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table as wide as the terminal; as wide as its cells where the output is no terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(escape(_cell(cell)) for cell in row))
    (out if out.is_terminal else Console(width=10_000, highlight=False, emoji=False)).print(table)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)

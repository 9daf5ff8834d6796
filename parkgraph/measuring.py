"""The command that computes measures of the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

import parkgraph as pg
from parkgraph.opening import named_values, open_graph
from parkgraph.printing import as_json, in_chinese, options, out, show_reasons, show_table, told

if TYPE_CHECKING:
    from parkgraph.queries.measures import MeasureAnswer


def measure(
    name: Annotated[str | None, typer.Argument(help="Name of a measure; without it all are listed.")] = None,
    parameters: Annotated[
        list[str] | None, typer.Argument(help="Parameters as name=value; lists separated by commas.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="How many rows at most; the same as limit=.")
    ] = None,
    fail_empty: Annotated[
        bool, typer.Option("--fail-empty", help="Exit with 1 when there are no rows.")
    ] = False,
) -> None:
    """Compute a measure of the network, with its definition and what it was computed on.

    Example: parkgraph measure pagerank kinds=Park,Agreement
    """
    if name is None:
        _list()
        return
    given: dict[str, Any] = {**named_values(f"measure {name}", parameters or [])}
    if limit is not None:
        given["limit"] = limit
    with open_graph() as graph:
        answer = graph.measure(name, **given)
        if options.json:
            print(as_json(answer.to_dict()))
        else:
            show_measure(graph, answer)
    if fail_empty and not answer:
        raise typer.Exit(1)


def _list() -> None:
    # What computes them takes longer to import than most questions to answer.
    from parkgraph.queries.measures import measures

    if options.json:
        items = [
            {"name": m.name, "summary": m.summary, "summary_zh": m.summary_zh} for m in measures().values()
        ]
        print(as_json({"items": items}))
        return
    show_table(
        ("name", "summary", "parameters"),
        [
            (m.name, m.summary_zh if options.lang == "zh" else m.summary, ", ".join(m.own))
            for m in measures().values()
        ],
    )


def show_measure(graph: pg.Graph, answer: MeasureAnswer) -> None:
    """What was measured on what, the figures, the rows without columns that are empty in all of them, and
    what must be known of them."""
    zh = options.lang == "zh"
    measure, network = answer.measure, answer.network
    if not options.quiet:
        out.print(f"[bold]{escape(measure.summary_zh if zh else measure.summary)}[/]")
        out.print(
            f"  {escape(measure.definition_zh if zh else measure.definition)} ({escape(measure.source)})"
        )
        counts = (
            "{entities} 个主体，{ties} 条联系，{facts} 条事实（已成 {done}，计划 {planned}，"
            "未说明 {unstated}）"
            if zh
            else "{entities} entities, {ties} ties, {facts} facts ({done} done, {planned} planned, "
            "{unstated} not stated)"
        ).format(**network)
        used = {**answer.parameters, **answer.moment.to_dict()}
        asked = " ".join(f"{key}={written(value)}" for key, value in used.items() if value not in (None, ()))
        out.print(f"  {'计算于' if zh else 'Computed on'}: {counts}")
        out.print(f"  {'参数' if zh else 'With'}: {escape(asked)}")
        of = ("图版本 {}，模型 {}" if zh else "Graph version {}, model {}").format(
            answer.version, answer.model
        )
        out.print(f"  {of}")
    for key, value in answer.figures.items():
        out.print(f"  {escape(in_chinese('figures', key))}: {written(value)}")
    if answer.rows:
        columns, rows = written_rows(graph, answer, options.lang)
        show_table(columns, rows, model=graph.model)
    show_reasons(answer.notes)
    if answer.truncated and not options.quiet:
        told(
            f"共 {answer.total} 行，这是前 {len(answer)} 行；可把 limit= 设大",
            f"{len(answer)} of {answer.total} rows; raise limit=",
        )


def written_rows(graph: pg.Graph, answer: MeasureAnswer, lang: str) -> tuple[list[str], list[list[str]]]:
    """Columns and rows as a person reads them, without the columns that are empty in all rows: entities by
    name with their id, relations and layers by their label, floats to four digits."""
    columns = [
        key
        for key, column in answer.measure.columns.items()
        if any(key in row and (column.sought or row[key] not in (None, [])) for row in answer.rows)
    ]
    return columns, [
        [_shown(graph, answer, key, row.get(key), lang) for key in columns] for row in answer.rows
    ]


_CHOSEN = ("layer", "part", "standing")
"""Columns whose values are words of ours."""


def _shown(graph: pg.Graph, answer: MeasureAnswer, key: str, value: Any, lang: str) -> str:
    column, names, model = answer.measure.columns[key], answer.names, graph.model
    if value is None:
        return ("未说明" if lang == "zh" else "not stated") if column.sought else ""
    if column.type == "node":
        return f"{names[value][lang]} ({value})"
    if column.type == "nodes":
        return ", ".join(names[item][lang] for item in value)
    if key == "relation" and value in model.relations:
        return model.relations[value].label(lang)
    if column.type == "str" and value in model.layers:
        return model.layers[value].label(lang)
    if column.type == "str" and key in _CHOSEN and lang == "zh":
        return in_chinese("choices", value)
    return written(value)


def written(value: Any) -> str:
    """A value of a measure as a person reads it; a dash for what is not defined."""
    match value:
        case None:
            return "-"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.4g}"
        case list() | tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)

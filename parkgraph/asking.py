"""The command that puts a query of one's own, in Cypher, to the graph."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer
from rich.markup import escape

from parkgraph.graph.errors import BadRequest
from parkgraph.opening import open_graph
from parkgraph.printing import as_json, err, options, show_as_named, told
from parkgraph.queries.cypher_guard import DEFAULT_ROWS, DEFAULT_SECONDS, LONGEST_TEXT


def cypher(
    text: Annotated[str, typer.Argument(metavar="QUERY", help="The query; - reads it from the input.")],
    parameters: Annotated[
        list[str] | None,
        typer.Argument(help="Parameters as name=value; a value is JSON, or else a text."),
    ] = None,
    max_rows: Annotated[int, typer.Option(help="How many rows at most, up to 10,000.")] = DEFAULT_ROWS,
    timeout: Annotated[float, typer.Option(help="In how many seconds, up to 60.")] = DEFAULT_SECONDS,
    fail_empty: Annotated[
        bool, typer.Option("--fail-empty", help="Exit with 1 when there are no rows.")
    ] = False,
) -> None:
    """Ask a query of your own in Cypher, which only reads.

    Example: parkgraph cypher 'MATCH (f:Fund {status: $s}) RETURN f.name ORDER BY f.id' s=planned
    """
    if text == "-":
        text = sys.stdin.read(LONGEST_TEXT + 1)
    given = dict(_parameter(pair) for pair in parameters or [])
    with open_graph() as graph:
        table = graph.cypher(text, given, max_rows=max_rows, timeout=timeout)
    if options.json:
        print(as_json(table.to_dict()))
    else:
        show_as_named(table.columns, [[_cell(row[name]) for name in table.columns] for row in table])
        for note in table.notes if not options.quiet else ():
            err.print(escape(note))
        if table.truncated and not options.quiet:
            told(
                "还有更多行；可把 --max-rows 设大，或加上 LIMIT",
                "there are more rows; raise --max-rows, or add LIMIT",
            )
    if fail_empty and not table.rows:
        raise typer.Exit(1)


def _parameter(pair: str) -> tuple[str, Any]:
    name, equals, value = pair.partition("=")
    if not equals or not name:
        raise BadRequest(f"cypher: {pair!r} is no parameter; expected name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _cell(value: Any) -> Any:
    """A list or map as JSON; anything else as a table shows it."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, dict)) else value

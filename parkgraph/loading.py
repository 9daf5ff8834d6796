"""The commands that write: loading and checking files, taking a source back, blank tables to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from parkgraph.graph.errors import BadRequest
from parkgraph.graph.json_schema import json_schema
from parkgraph.graph.model import load_model
from parkgraph.ingest.dataset import bundled
from parkgraph.opening import open_graph
from parkgraph.printing import as_json, options, out

_FILES = (
    "Files (.csv .tsv .xlsx .xls .ods .json .jsonl .parquet .zip), folders, Data Packages, claims files, "
    "plans; - is standard input"
)
Mapping = Annotated[
    Path | None, typer.Option(help="A mapping file (YAML): which column of a foreign table is what.")
]
Accept = Annotated[
    bool, typer.Option("--accept", help="Take the mapping that is proposed by the names of the columns.")
]
KindOption = Annotated[
    str | None,
    typer.Option("--kind", help="What a table is about whose columns do not say it, such as Park."),
]
Queue = Annotated[
    bool,
    typer.Option("--queue", help="Keep an ambiguous name apart until it is judged, instead of refusing."),
]
ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write the report there: .html, .csv or .json.")
]


def load(
    paths: Annotated[
        list[Path] | None, typer.Argument(help=f"{_FILES}; the bundled dataset without.")
    ] = None,
    mapping: Mapping = None,
    write_mapping: Annotated[
        Path | None,
        typer.Option("--write-mapping", help="Write the proposed mapping there, and load nothing."),
    ] = None,
    accept: Accept = False,
    kind: KindOption = None,
    queue: Queue = False,
    refused: Annotated[
        Path | None,
        typer.Option(
            "--refused", help="Load what is right; write refused rows there (.csv, .xlsx), to mend and load."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what loading would change, and change nothing.")
    ] = False,
    plan: Annotated[
        Path | None,
        typer.Option("--plan", help="With --dry-run: write the plan there; loading it does exactly that."),
    ] = None,
    report: ReportFile = None,
) -> None:
    """Load tables into the store. A load with any fault changes nothing; the same again adds nothing.

    Example: parkgraph load my-tables/
    """
    if plan is not None and not dry_run:
        raise BadRequest("--plan: is written by --dry-run; give both")
    from parkgraph.load_files import how, load_paths

    load_paths(
        paths or [bundled()],
        how(mapping, accept, kind, queue=queue, skip_refused=refused is not None),
        write_mapping=write_mapping,
        refused=refused,
        dry_run=dry_run,
        plan_file=plan,
        report_file=report,
    )


def check(
    paths: Annotated[list[Path], typer.Argument(help=f"{_FILES}.")],
    mapping: Mapping = None,
    accept: Accept = False,
    kind: KindOption = None,
    queue: Queue = False,
    report: ReportFile = None,
) -> None:
    """Report what loading would refuse, without loading. Exits with 1 when there is anything.

    Example: parkgraph check my-tables/ --report findings.html
    """
    from parkgraph.load_files import check_files, how

    check_files(paths, how(mapping, accept, kind, queue=queue), report)


def retract(
    source: Annotated[str, typer.Argument(help="Id of a source; `parkgraph query sources` lists them.")],
) -> None:
    """Take back everything a source says; the graph is then as if it had never been loaded.

    Example: parkgraph retract source:tspp-forum-2017
    """
    with open_graph() as graph:
        graph.source(source)
    with open_graph(readonly=False) as graph:
        outcome = graph.retract(source)
    if options.json:
        print(as_json({"source": source, "retracted": outcome.retracted, "version": outcome.version}))
    elif not options.quiet:
        out.print(
            f"已撤回 {source} 的 {outcome.retracted} 条陈述；图版本 {outcome.version}"
            if options.lang == "zh"
            else f"{outcome.retracted} claims of {source} retracted; graph version {outcome.version}"
        )


def template(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Tables such as parks or relations; all without.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the blank tables (templates), or the workbook (templates.xlsx).",
        ),
    ] = None,
    xlsx: Annotated[
        bool, typer.Option("--xlsx", help="One workbook with drop-downs, notes and an example row a sheet.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--json-schema", help="Print the JSON Schema of the model instead.")
    ] = False,
) -> None:
    """Write blank tables to fill in, made from the model.

    Example: parkgraph template parks agreements relations sources -o my-tables
    """
    from parkgraph.ingest.templates import write_templates, write_workbook

    model = load_model(options.model)
    if schema:
        print(as_json(json_schema(model)))
        return
    if xlsx or (output is not None and output.suffix == ".xlsx"):
        workbook = output or Path("templates.xlsx")
        write_workbook(workbook, model, tables or None, lang=options.lang)
        written, said = [workbook], f"a workbook to fill in written to {workbook}"
    else:
        written = write_templates(output or Path("templates"), model, tables or None)
        said = f"{len(written)} blank tables written to {output or 'templates'}"
    if options.json:
        print(as_json({"files": [str(path) for path in written]}))
    elif not options.quiet:
        out.print(said)

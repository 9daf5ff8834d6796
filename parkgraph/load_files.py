"""What the loading commands do: read, check, show, plan and record. Imported when one of them runs, for it
takes the table libraries along.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from parkgraph.graph.errors import BadRequest, ParkGraphError, Refused
from parkgraph.graph.model import Model, load_model
from parkgraph.graph.store import Store
from parkgraph.ingest.load import Loading, Options, Report, apply, prepared, refusal
from parkgraph.ingest.load import check as check_paths
from parkgraph.ingest.mapping import read_mapping
from parkgraph.ingest.plan import Plan, plan
from parkgraph.ingest.refused import write_refused
from parkgraph.ingest.report import write_report
from parkgraph.opening import open_for_a_look, open_graph, store_exists
from parkgraph.printing import (
    as_json,
    err,
    options,
    out,
    show_findings,
    show_plan,
    show_proposal,
    show_report,
)


def check_files(paths: Sequence[Path], given: Options, report: Path | None) -> None:
    """Report what loading would refuse. Exits with 1 when there is anything."""
    model = load_model(options.model)
    _spare(paths, report)
    if store_exists():
        with open_for_a_look(model) as store:
            found = check_paths(paths, model, store, given)
    else:
        found = check_paths(paths, model, None, given)
    if report is not None:
        write_report(found, report, model=model, lang=options.lang)
    if found.proposal is not None and found.proposal.mapping is not None and not options.json:
        show_proposal(found.proposal, accepted=given.accept)
    show_report(found)
    if found.errors:
        raise typer.Exit(1)


def how(
    mapping: Path | None, accept: bool, kind: str | None, *, queue: bool, skip_refused: bool = False
) -> Options:
    """How a load goes about it, with its mapping read."""
    model = load_model(options.model)
    read = read_mapping(mapping, model) if mapping is not None else None
    return Options(read, accept, queue, skip_refused, kind)


def load_paths(
    paths: Sequence[Path],
    given: Options | None = None,
    *,
    write_mapping: Path | None = None,
    refused: Path | None = None,
    dry_run: bool = False,
    plan_file: Path | None = None,
    report_file: Path | None = None,
) -> None:
    """Check, then load with a progress bar on stderr, and say what was done."""
    model = load_model(options.model)
    given = given if given is not None else Options()
    again = False
    if refused is not None and refused.exists():
        raise ParkGraphError(f"{refused}: is there already; nothing was loaded")
    _spare(paths, report_file)
    with ExitStack() as stack:
        store: Store | None = None
        if dry_run or write_mapping is not None:
            store = stack.enter_context(open_for_a_look(model))
        elif store_exists():
            store = stack.enter_context(open_graph(readonly=False)).store
        loading = stack.enter_context(prepared(paths, model, store, given))
        if write_mapping is not None:
            _write_mapping(loading, write_mapping)
            return
        if dry_run:
            assert store is not None
            made = plan(loading, store, model, plan_file)
            _write_refused(loading, loading.report(made.claims), refused)
            _show_plan(loading, made, model, report_file, plan_file, accepted=given.accept)
            return
        _show_proposal(loading, given.accept)
        again = _agreed(loading, given)
        if not again:
            if report_file is not None:
                write_report(loading.report(), report_file, model=model, lang=options.lang)
            _refuse(loading)
            if store is None:
                # A load that is refused leaves no new, empty store behind.
                store = stack.enter_context(open_graph(readonly=False)).store
            _record(loading, store, model, refused)
    if again:
        load_paths(paths, replace(given, accept=True), refused=refused, report_file=report_file)


def _spare(paths: Sequence[Path], report: Path | None) -> None:
    """Refuse a report that would be written over what is to be read. Raises BadRequest."""
    if report is not None and any(
        path.exists() and report.exists() and path.samefile(report) for path in paths
    ):
        raise BadRequest(f"--report: {report} is a file to be read; name another")


def _refuse(loading: Loading) -> None:
    """Raise Refused where anything is wrong, after every finding was shown."""
    try:
        loading.refuse()
    except Refused as error:
        if not options.json:
            show_findings(error.findings)
        raise


def _record(loading: Loading, store: Store, model: Model, refused: Path | None) -> None:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=options.quiet or options.json or not err.is_terminal,
        transient=True,
    ) as progress:
        task = progress.add_task("claims", total=None)
        report = apply(
            store,
            loading,
            model,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    show_report(report)
    _write_refused(loading, report, refused)


def _write_refused(loading: Loading, report: Report, target: Path | None) -> None:
    """Write the refused rows where that was asked, and say so."""
    written = write_refused(loading, target) if target is not None and report.refused else 0
    if written and not options.quiet and not options.json:
        err.print(
            f"{written} 行被拒绝，已写入 {escape(str(target))}；改正后载入该文件"
            if options.lang == "zh"
            else f"{written} refused rows written to {escape(str(target))}; mend them and load it"
        )


def _show_plan(
    loading: Loading,
    made: Plan,
    model: Model,
    report_file: Path | None,
    plan_file: Path | None,
    *,
    accepted: bool,
) -> None:
    report = loading.report(made.claims)
    if report_file is not None:
        write_report(report, report_file, model=model, lang=options.lang, plan=made)
    if options.json:
        print(as_json({"report": report.to_dict(), "plan": made.to_dict()}))
    else:
        _show_proposal(loading, accepted)
        show_findings(report.findings)
        if not options.quiet:
            show_plan(made)
            if plan_file is not None and made.refused:
                err.print(
                    f"计划 {escape(str(plan_file))} 只含正确的行"
                    if options.lang == "zh"
                    else f"the plan {escape(str(plan_file))} has only the rows that are right"
                )
    if report.errors:
        raise typer.Exit(1)


def _write_mapping(loading: Loading, target: Path) -> None:
    proposal = loading.proposal
    if proposal is None or proposal.mapping is None:
        if loading.has_errors:
            raise refusal(loading.report())
        raise BadRequest("--write-mapping: there is no table here that needs a mapping")
    try:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(proposal.to_yaml(options.lang))
    except FileExistsError as error:
        raise ParkGraphError(f"{target}: is there already; nothing was written") from error
    if options.json:
        print(as_json({"files": [str(target)], **proposal.to_dict()}))
        return
    _show_proposal(loading, accepted=True)
    if not options.quiet:
        name = escape(str(target))
        out.print(
            f"映射已写入 {name}；核对后用 --mapping {name} 载入"
            if options.lang == "zh"
            else f"mapping written to {name}; look at it, then load with --mapping {name}"
        )


def _show_proposal(loading: Loading, accepted: bool) -> None:
    proposal = loading.proposal
    if proposal is not None and proposal.mapping is not None and not options.json:
        show_proposal(proposal, accepted=accepted)


def _agreed(loading: Loading, given: Options) -> bool:
    """Whether somebody at the terminal takes the mapping that is proposed, where nothing else is wrong."""
    if (
        given.accept
        or loading.proposal is None
        or any(f.rule != "not-mapped" for f in loading.report().errors)
    ):
        return False
    if options.json or options.quiet or not (sys.stdin.isatty() and err.is_terminal):
        return False
    return typer.confirm(
        "用此映射载入？" if options.lang == "zh" else "Load with this mapping?", default=False, err=True
    )

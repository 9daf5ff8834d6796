"""What the command line prints: tables, records, paths and reports, in the language asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import parkgraph as pg
from parkgraph.graph.model import Labelled, Model, Property
from parkgraph.graph.quantities import Quantity
from parkgraph.graph.store import DEFAULT_URL, Rows
from parkgraph.graph.subgraph import Edge
from parkgraph.graph.verification import Finding, Verification
from parkgraph.graph.view import Moment
from parkgraph.ingest.findings import SEVERITIES
from parkgraph.queries.amounts import figures
from parkgraph.queries.answers import EntityView, PathAnswer, Proof
from parkgraph.queries.explain import Reason
from parkgraph.queries.history import History
from parkgraph.queries.library import Query
from parkgraph.queries.robustness import Robustness
from parkgraph.queries.search import Found
from parkgraph.queries.totals import Total
from parkgraph.queries.wording import figure, label, names_in_chinese, said, value_in_words

if TYPE_CHECKING:
    # The table libraries take longer to import than most questions to answer.
    from parkgraph.ingest.load import Report
    from parkgraph.ingest.plan import Plan
    from parkgraph.ingest.recognising import Proposal

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
    moment: Moment = field(default_factory=Moment)
    json: bool = False
    quiet: bool = False


options = Options()


def show_report(report: Report) -> None:
    """What a load or a check did, as a line or as JSON."""
    if options.json:
        print(as_json(report.to_dict()))
        return
    if not options.quiet:
        _show_tables(report.tables)
    show_findings(report.findings)
    if not options.quiet:
        what = "checked" if report.outcome is None else "loaded"
        claims = "—" if report.claims is None else report.claims
        out.print(_REPORT[what, options.lang].format(report=report, claims=claims, outcome=report.outcome))


_REPORT = {
    ("checked", "en"): "{report.rows} rows, {claims} claims from {report.sources} sources; "
    "{report.refused} rows refused",
    ("checked", "zh"): "{report.rows} 行，{claims} 条陈述，{report.sources} 个来源；拒绝 {report.refused} 行",
    (
        "loaded",
        "en",
    ): "{report.rows} rows, {claims} claims from {report.sources} sources: {outcome.added} added, "
    "{outcome.unchanged} unchanged, {report.refused} refused; graph version {outcome.version}",
    ("loaded", "zh"): "{report.rows} 行，{claims} 条陈述，{report.sources} 个来源：新增 {outcome.added} 条，"
    "不变 {outcome.unchanged} 条，拒绝 {report.refused} 行；图版本 {outcome.version}",
}


def _show_tables(tables: Iterable[Mapping[str, Any]]) -> None:
    """On stderr how each table was read, where that is worth saying."""
    from parkgraph.ingest.report import read_as_in_chinese

    for table in tables:
        read_as = str(table.get("read_as") or "")
        if read_as and (table.get("sheet") or not read_as.startswith("UTF-8")):
            sheet = f" {table['sheet']}" if table.get("sheet") else ""
            if options.lang == "zh":
                said = f"：{read_as_in_chinese(read_as)}，{table['rows']} 行"
            else:
                said = f": {read_as}, {table['rows']} rows"
            err.print(escape(f"{table['file']}{sheet}{said}"))


_MARKS = {"warning": ("warning", "警告"), "note": ("note", "说明")}


def show_findings(findings: Iterable[Any], most: int = 50) -> None:
    """Each finding on stderr: a line each, at a terminal a table; warnings and notes behind errors, and
    none of these when quiet."""
    listed = [f for f in findings if f.severity == "error" or not options.quiet]
    listed.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    zh = options.lang == "zh"
    if err.is_terminal and listed:
        table = Table(box=None, pad_edge=False)
        for name in ("", "位置", "列", "问题") if zh else ("", "where", "column", "what is wrong"):
            table.add_column(name, overflow="fold")
        for f in listed[:most]:
            mark = {"error": "[red]✗[/]", "warning": "[yellow]![/]", "note": "·"}[f.severity]
            table.add_row(
                mark,
                escape(f.place.in_words(options.lang)),
                escape(f.column),
                escape(f.sentence(options.lang)),
            )
        err.print(table)
    else:
        for finding in listed[:most]:
            mark = (
                "" if finding.severity == "error" else f"{_MARKS[finding.severity][zh]}{'：' if zh else ': '}"
            )
            column = f"{'，列 ' if zh else ', column '}{finding.column}" if finding.column else ""
            said = finding.sentence(options.lang)
            place = finding.place.in_words(options.lang)
            err.print(escape(f"{mark}{place}{column}{'：' if zh else ': '}{said}"))
    if len(listed) > most:
        more = len(listed) - most
        err.print(
            f"…… 另有 {more} 处；--json 列出全部" if zh else f"… and {more} more; --json lists them all"
        )


def show_proposal(proposal: Proposal, *, accepted: bool) -> None:
    """On stderr what the columns of foreign tables are taken to be, and their first rows; how to take that
    where it was not accepted."""
    zh = options.lang == "zh"
    for name, guesses in proposal.guesses.items():
        err.print(f"[bold]{escape(name)}[/]")
        meant = {guess.column: guess.label(options.lang) for guess in guesses}
        columns = [*meant, *proposal.unknown[name]]
        samples = proposal.samples[name]
        table = Table(box=None, pad_edge=False)
        heads = ("列", "读作", "样例") if zh else ("column", "read as", "first rows")
        for head in heads[:2]:
            table.add_column(head, overflow="fold")
        # The names of columns and what they are read as are whole; the samples take what is left.
        width = min(28, max(8, (err.width - 44) // 3))
        for head in (heads[2], *[""] * (max(len(samples), 1) - 1)):
            table.add_column(head, overflow="ellipsis", no_wrap=True, max_width=width)
        for column in columns:
            taken = meant.get(column, "（未用）" if zh else "(not used)")
            table.add_row(escape(column), escape(taken), *(escape(row.get(column) or "") for row in samples))
        err.print(table)
    if accepted:
        return
    err.print(
        "用 --accept 采用此映射，或用 --write-mapping 文件 写出、核对后以 --mapping 文件 载入"
        if zh
        else "take this mapping with --accept; or write it with --write-mapping FILE, check it, and load "
        "with --mapping FILE"
    )


_PLAN = {
    "zh": "{made.rows} 行，拒绝 {made.refused} 行；陈述：新增 {claims[new]}，不变 {claims[unchanged]}；"
    "事实：新增 {facts[new]}，改变 {facts[changed]}，新增来源 {facts[confirmed]}；新实体 {entities}；"
    "可能相同 {many} 对，待判断 {identities[queued]}；图版本 {made.version}，未作改动",
    "en": "{made.rows} rows, {made.refused} refused; claims: {claims[new]} new, {claims[unchanged]} there; "
    "facts: {facts[new]} new, {facts[changed]} changed, {facts[confirmed]} with a further source; "
    "{entities} new entities; identities: {many} proposed, {identities[queued]} queued; graph version "
    "{made.version}, nothing was changed",
}


def show_plan(made: Plan) -> None:
    """What a load would change: counts, then the first differences."""
    zh = options.lang == "zh"
    told = made.to_dict()
    claims, facts, identities = told["claims"], told["facts"], told["identities"]
    proposed = identities["proposed"]
    together = {"claims": claims, "facts": facts, "identities": identities}
    said = _PLAN[options.lang].format(
        made=made, entities=told["entities"]["new"], many="—" if proposed is None else proposed, **together
    )
    out.print(escape(said))
    changed = [d for d in made.listed if d.change == "changed"]
    if changed:
        heads = ("主体", "内容", "原为", "将为") if zh else ("subject", "fact", "before", "after")
        show_table(
            heads,
            [(d.subject, f"{d.name} {d.object or ''}".strip(), d.before, d.after) for d in changed[:20]],
        )
    for pair in (made.identities or [])[:10]:
        out.print(f"{escape(pair.a)} ~ {escape(pair.b)}: {escape(pair.sentence(options.lang))}")


def show_entity(graph: pg.Graph, view: EntityView) -> None:
    """An entity, its properties, a table of its facts, and the histories of those on which sources differ."""
    node, lang = view.node, options.lang
    out.print(f"[bold]{escape(node.label(lang))}[/]  {graph.model.kind(node.kind).label(lang)}  {node.id}")
    show_table(
        ("property", "value", "sources", "fact"),
        [
            (
                _property_label(graph, node.kind, fact["property"]),
                _property_value(graph, fact) + _held(fact),
                len(fact["source_ids"]),
                fact["id"],
            )
            for fact in view.properties
        ],
    )
    inferred, differ = ("推断", "来源说法不一") if lang == "zh" else ("inferred", "sources differ")
    show_table(
        ("relation", "with", "status", "since", "sources", "fact"),
        [
            (
                relation_label(graph, edge, node.id),
                view.neighbours[edge.object if edge.subject == node.id else edge.subject].label(lang),
                status_label(graph, edge.status)
                + (f" ({inferred})" if edge.inferred else "")
                + (f" ({differ})" if edge.properties.get("contested") else "")
                + held_label(edge),
                edge.properties.get("valid_from", ""),
                len(edge.properties["source_ids"]),
                edge.id,
            )
            for edge in view.facts
        ],
    )
    differing = [fact["id"] for fact in view.properties if fact.get("contested")]
    differing += [edge.id for edge in view.facts if edge.properties.get("contested")]
    if differing:
        out.print(f"[bold]{'来源说法不一' if lang == 'zh' else 'Sources differ'}[/]")
    for identifier in differing:
        show_history(graph.history(identifier))


def _property_label(graph: pg.Graph, kind: str, name: str) -> str:
    prop = graph.model.properties_of(kind).get(name) or graph.model.entity_properties.get(name)
    return prop.label(options.lang) if prop is not None else ("类别" if options.lang == "zh" else name)


def _property_value(graph: pg.Graph, fact: Mapping[str, Any]) -> str:
    """The value of a property fact in words, and whether sources differ on it or it was inferred."""
    prop = graph.model.entity_properties.get(fact["property"])
    value = fact["value"]
    if prop is not None and prop.is_figure:
        value = Quantity(value, fact.get("value_unit"), fact.get("value_qualifier", "exact"))
    kind = graph.model.kinds.get(str(value)) if fact["property"] == "kind" else None
    shown = kind.label(options.lang) if kind is not None else value_in_words(prop, value, graph.model)
    marks = [
        zh if options.lang == "zh" else en
        for flag, zh, en in (
            ("inferred", "推断", "inferred"),
            ("contested", "来源说法不一", "sources differ"),
        )
        if fact.get(flag)
    ]
    return said(shown, options.lang) + (f" ({', '.join(marks)})" if marks else "")


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


def _stated(graph: pg.Graph, status: str | None) -> str:
    """A status in words, also that none is stated."""
    return status_label(graph, status) or ("未说明" if options.lang == "zh" else "not stated")


def held_label(edge: Edge) -> str:
    """A mark on what only possibly held on the day that is asked about."""
    return _held(edge.properties)


def _held(properties: Mapping[str, Any]) -> str:
    if properties.get("held") != "possible":
        return ""
    return "（可能）" if options.lang == "zh" else " (possible)"


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
        word = "hop" if len(steps) == 1 else "hops"
        least = _stated(graph, weakest)
        heading = (
            f"路径 {number}，{len(steps)} 跳，最弱一跳：{least}"
            if lang == "zh"
            else f"Path {number}, {len(steps)} {word}, weakest hop: {least}"
        )
        out.print(f"[bold]{heading}[/]")
        for hop in steps:
            inferred = (" · 推断" if lang == "zh" else " · inferred") if hop.fact.inferred else ""
            if hop.fact.properties.get("contested"):
                inferred += " · 来源说法不一" if lang == "zh" else " · sources differ"
            since = f" · {hop.fact.properties['valid_from']}" if "valid_from" in hop.fact.properties else ""
            out.print(
                f"  {escape(hop.start.label(lang))} {relation_label(graph, hop.fact, hop.start.id)} "
                f"{escape(hop.end.label(lang))}  "
                f"\\[{_stated(graph, hop.fact.status)}{held_label(hop.fact)}{since}{inferred}]"
            )
            for proof in hop.proofs[hop.fact.id]:
                out.print(f"      {escape(_cited(proof))}")
                if proof.quote is not None:
                    out.print(f"      “{escape(proof.quote)}”", style="italic")
            if len(hop.facts) > 1:
                others = ", ".join(
                    f"{graph.model.relations[fact.relation].label(lang)} "
                    f"({_stated(graph, fact.status)}) {fact.id}"
                    for fact in hop.facts[1:]
                )
                out.print(f"      {'另有' if lang == 'zh' else 'also'}: {escape(others)}", style="dim")
    hops = {frozenset((hop.start.id, hop.end.id)): hop.facts for steps in answer.paths for hop in steps}
    possible = sum(
        all(fact.properties.get("held") == "possible" for fact in facts) for facts in hops.values()
    )
    if possible:
        day = answer.moment.to_dict()["as_of"]
        out.print(
            f"截至 {day}，{len(hops)} 跳中有 {possible} 跳只是可能成立，来源没有说定；--certain 不计这些"
            if lang == "zh"
            else f"hops that were only possible as of {day}, as no source settles it: "
            f"{possible} of {len(hops)}; --certain leaves them out",
            style="dim",
        )
    if answer.robustness is not None:
        _show_robustness(answer, answer.robustness)
    if answer.cut:
        out.print(
            "路径过多，未能逐一查看；请收紧筛选"
            if lang == "zh"
            else "there were too many paths to look at all; narrow the filters",
            style="dim",
        )


def _show_robustness(answer: PathAnswer, robust: Robustness) -> None:
    """How many paths share nothing, and what alone cuts the connection."""
    lang = options.lang
    name = {identifier: node.label(lang) for identifier, node in answer.nodes.items()}
    hops = [f"{name[a]} — {name[b]}" for a, b in robust.critical_hops or robust.least_hops]
    nodes = [name[i] for i in robust.critical_nodes or robust.least_nodes or ()]
    if lang == "zh":
        lines = [f"互不共用任何一跳的路径：{robust.hop_disjoint}；互不共用途经实体的：{robust.node_disjoint}"]
        lines += [f"{'失去其一即断' if robust.critical_hops else '一并失去即断'}：{'；'.join(hops)}"]
        lines += [
            f"{'途经者失去其一即断' if robust.critical_nodes else '途经者一并失去即断'}：{'；'.join(nodes)}"
        ]
    else:
        lines = [
            f"paths that share no hop: {robust.hop_disjoint}; "
            f"that share no entity on the way: {robust.node_disjoint}"
        ]
        lines += [
            f"{'each alone cuts it' if robust.critical_hops else 'together they cut it'}: {'; '.join(hops)}"
        ]
        lines += [
            f"{'each alone cuts it' if robust.critical_nodes else 'together they cut it'}, "
            f"if lost on the way: {'; '.join(nodes)}"
        ]
    for line in lines[: 3 if nodes else 2]:
        out.print(escape(line))


def show_total(graph: pg.Graph, answer: Total) -> None:
    """A sum with what it is made of and what must be known of it, or why there is none."""
    lang = options.lang
    labels = figures(graph.model)
    side = 0 if lang == "zh" else 1
    if answer.sum is not None:
        heading = f"{labels[answer.figure][side]}: {answer.total:,} {answer.currency}"
        out.print(f"[bold]{escape(heading)}[/]")
        show_table(
            ("figure", "of", "status", "amount"),
            [
                (
                    labels[group.figure][side],
                    answer.nodes[amount.of].label(lang),
                    status_label(graph, amount.status),
                    said(figure(amount.quantity, graph.model), lang),
                )
                for group in answer.groups
                for amount in group.amounts
            ],
        )
    for note in answer.notes:
        out.print(f"  {escape(note.zh if lang == 'zh' else note.en)}")


def _cited(proof: Proof) -> str:
    source = proof.source
    parts = [
        source.name,
        source.publisher,
        source.published,
        f"{source.file or source.id}#{proof.claim.locator or ''}".rstrip("#"),
    ]
    if proof.claim.inferred:
        word = "推断" if options.lang == "zh" else "inferred"
        parts.append(f"{word} ({proof.claim.basis})" if proof.claim.basis else word)
    return " · ".join(part for part in parts if part)


def show_written(written: Sequence[Path], sub: pg.Subgraph) -> None:
    """The files written, and what is in them."""
    names = [str(path) for path in written]
    if options.json:
        print(as_json({"files": names, "nodes": len(sub.nodes), "edges": len(sub.edges)}))
    elif not options.quiet:
        out.print(f"{', '.join(names)}: {len(sub.nodes)} entities, {len(sub.edges)} facts")


def show_history(history: History) -> None:
    """What the sources say of a fact, a line for each claim, and what the graph shows of it."""
    zh = options.lang == "zh"

    def line(reason: Reason) -> str:
        return escape(reason.zh if zh else reason.en)

    out.print(f"[bold]{line(history.about)}[/]  {history.fact}")
    for told in history.told:
        day = told.day or ("日期不详" if zh else "undated")
        out.print(f"  {day}  {line(told.sentence)}", style="dim" if told.retracted else None)
        if told.proof.quote is not None:
            out.print(f"      “{escape(told.proof.quote)}”", style="italic")
    out.print(f"  {line(history.outcome)}")


def show_verification(done: Verification, *, claims: bool) -> None:
    """What a verification counted, its faults, and where asked for its notes and each claim's quote."""
    if claims:
        show_table(
            ("claim", "source", "locator", "quote"),
            [(q.id, q.claim.source, q.claim.locator, q.quote) for q in done.claims],
        )
        _show_checked("notes", done.notes)
    _show_checked("faults", done.faults)
    if options.quiet:
        return
    counts = (len(done.claims), done.quoted, done.without_text, done.without_locator)
    shown = (done.facts, done.entities, len(done.faults), len(done.notes))
    if options.lang == "zh":
        out.print(
            "查验说法 {} 条：引出原文 {} 条，原文不在手边 {} 条，表格与登记 {} 条；".format(*counts)
            + "事实 {} 条、实体 {} 个；错误 {} 处，留意 {} 处".format(*shown)
        )
        return
    out.print(
        "{} claims checked: {} quoted, {} without the text at hand, {} of tables and registers; ".format(
            *counts
        )
        + "{} facts and {} entities; faults: {}, notes: {}".format(*shown)
    )


def _show_checked(title: str, findings: Sequence[Finding]) -> None:
    if findings:
        out.print(f"[bold]{title}[/]")
        show_table(
            ("source", "claim, fact or entity", "locator", "what"),
            [(f.source, f.claim or f.fact or f.entity, f.locator, f.message) for f in findings],
        )


def as_json(value: Any, indent: int | None = 2) -> str:
    """JSON with Hanzi as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=str)


_CHOSEN = ("direction", "held", "what")
"""Columns whose values are choices of parameters, or words of ours."""


def show_rows(question: Query, rows: Rows, names: Mapping[str, Mapping[str, str]], model: Model) -> None:
    """The rows of a question, without the columns that are empty in all of them; or why there are none.

    What the question seeks and no source states is said, never left to look like nothing or 0. Entities are
    called by their names in the language asked for, in a list and in the column after that of their id.
    """
    if rows.explanation is not None:
        out.print(f"[bold]{'没有结果' if options.lang == 'zh' else 'No results'}[/]")
        show_reasons(rows.explanation.reasons)
        return
    unstated = "未说明" if options.lang == "zh" else "not stated"
    entities = _named_beside(question)

    def shown(name: str, row: Mapping[str, Any]) -> Any:
        value = row[name]
        if value is None and _sought(question, name):
            return unstated
        if name in question.columns and question.columns[name].type == "nodes":
            return [names[item][options.lang] if item in names else item for item in value]
        if name in entities and row[entities[name]] in names:
            return names[row[entities[name]]][options.lang]
        return _in_chinese(question, name, value, model) if options.lang == "zh" else value

    columns = [
        name
        for name in rows[0]
        if any(row[name] not in (None, []) for row in rows) or _sought(question, name)
    ]
    show_table(columns, [[shown(name, row) for name in columns] for row in rows], model=model)


def _named_beside(question: Query) -> dict[str, str]:
    """The columns that name the entity in the column before them, each with that one."""
    return {
        after: before
        for before, after in pairwise(question.columns)
        if question.columns[before].type == "node" and after in ("name", f"{before}_name")
    }


def _sought(question: Query, column: str) -> bool:
    return column in question.columns and question.columns[column].sought


def show_reasons(reasons: Iterable[Reason]) -> None:
    """Sentences why there is nothing, in the language asked for."""
    for reason in reasons:
        out.print(f"  {escape(reason.zh if options.lang == 'zh' else reason.en)}")


def show_found(graph: pg.Graph, found: Found, *, facets: bool) -> None:
    """The matches of a search; with `facets` how many there are of each kind and in each place."""
    show_table(
        ("id", "name", "kind", "matched"),
        [
            (
                m.node.id,
                m.node.label(options.lang),
                graph.model.kind(m.node.kind).label(options.lang),
                m.text,
            )
            for m in found.items
        ],
    )
    for column, counted in (("kind", found.kinds), ("place", found.places)) if facets else ():
        out.print()
        rows = [(facet.value, facet.label(options.lang), str(facet.count)) for facet in counted]
        show_table((column, "name", "matches"), rows)


def show_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, model: Model | None = None) -> None:
    """A table as wide as the terminal; as wide as its cells where the output is no terminal. Its columns are
    named in the language asked for; properties need the model for it."""
    show_as_named([head(column, model) for column in columns], rows)


def told(zh: str, en: str) -> None:
    """A remark on stderr in the language asked for."""
    err.print(escape(zh if options.lang == "zh" else en))


def in_chinese(group: str, name: str) -> str:
    """A name of a group of words_zh.yaml, where Chinese is asked for."""
    return names_in_chinese()[group].get(name, name) if options.lang == "zh" else name


def head(column: str, model: Model | None) -> str:
    """What a column is called in the language asked for."""
    if options.lang != "zh":
        return column
    prop = _property(column, model)
    named = in_chinese("heads", column)
    if named == column:
        named = in_chinese("columns", column)
    return prop.zh if named == column and prop is not None else named


def _property(name: str, model: Model | None) -> Property | None:
    """How the model declares a property of that name."""
    if model is None:
        return None
    blocks = (
        model.entity_properties,
        model.relation_common,
        *(r.properties for r in model.relations.values()),
    )
    return next((block[name] for block in blocks if name in block), None)


def _in_chinese(question: Query, column: str, value: Any, model: Model) -> Any:
    """A value of a question as the model calls it, or the interface."""
    groups: Mapping[str, Mapping[str, Labelled]] = {
        "relation": model.relations,
        "status": model.statuses,
        "own_status": model.statuses,
        "says": model.statuses,
        "kind": model.kinds,
        "modality": model.modalities,
    }
    if not isinstance(value, str):
        return value
    if column in groups:
        return said(label(groups[column].get(value), value), "zh")
    if column in _CHOSEN:
        return in_chinese("choices", value)
    parameter = question.parameters.get(column)
    codes = parameter.codes(model) if parameter is not None else None
    if codes and value in codes:
        return codes[value][0]
    return said(value_in_words(_property(column, model), value, model), "zh")


def show_as_named(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table whose columns are called as they are."""
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
        return ("是" if value else "否") if options.lang == "zh" else ("yes" if value else "no")
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)

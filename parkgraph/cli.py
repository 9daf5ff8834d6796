"""The command line. Options that hold for every command (--store, --json, …) may stand anywhere."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import TextIOWrapper
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.markup import escape

import parkgraph as pg
from parkgraph import asking, judging, loading, measuring, tokens
from parkgraph.export.formats import FORMATS
from parkgraph.graph.canonical import canonical_lines, live_claims
from parkgraph.graph.dates import parse_date
from parkgraph.graph.errors import (
    BadRequest,
    NotFound,
    ParkGraphError,
)
from parkgraph.graph.model import load_model
from parkgraph.graph.store import DEFAULT_URL
from parkgraph.graph.view import moment
from parkgraph.ingest.dataset import bundled
from parkgraph.opening import named_values, open_graph
from parkgraph.printing import (
    as_json,
    err,
    held_label,
    options,
    out,
    show_entity,
    show_found,
    show_history,
    show_paths,
    show_record,
    show_rows,
    show_table,
    show_total,
    show_verification,
    show_written,
    status_label,
    told,
)
from parkgraph.queries.library import library, query_named
from parkgraph.queries.search import Found

app = typer.Typer(
    help="A knowledge graph of science-park cooperation: every edge shows who said it, and where.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# The usage error of the click that typer brings or imports.
UsageError: Any = typer.BadParameter.__mro__[1]


# Global options, and whether each takes a value: `main` moves them to the front.
_GLOBAL = {
    "--store": True,
    "--model": True,
    "--texts": True,
    "--lang": True,
    "--as-of": True,
    "--known-at": True,
    "--certain": False,
    "--json": False,
    "--quiet": False,
}


_INTERRUPTED = 130
"""What typer returns for a KeyboardInterrupt."""


def main() -> None:
    """Run the command line: exit 0 when fine, 1 when refused, 2 for wrong usage; never a traceback."""
    warnings.showwarning = lambda message, *_, **__: err.print(f"note: {escape(str(message))}")
    # The driver logs what the error then says.
    logging.getLogger("neo4j").addHandler(logging.NullHandler())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    arguments = _hoisted(sys.argv[1:]) or ["--help"]
    # Known before anything is parsed, so that what cannot be parsed is said in JSON too.
    options.json = "--json" in takewhile(lambda argument: argument != "--", arguments)
    try:
        _refuse_empty(arguments)
        code = app(args=arguments, prog_name="parkgraph", standalone_mode=False)
        sys.stdout.flush()
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
    except ParkGraphError as error:
        _say(error)
        code = error.exit_code
    except UsageError as error:
        command = error.ctx.command_path if error.ctx is not None else "parkgraph"
        _say(BadRequest(f"{command}: {error.format_message().rstrip('.')}; {command} --help shows how"))
        code = BadRequest.exit_code
    except BrokenPipeError:
        # What waits in the buffer must not fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except OSError as error:
        _say(ParkGraphError(f"{error.filename or 'input or output'}: {error.strerror or error}"))
        code = ParkGraphError.exit_code
    except KeyboardInterrupt:
        err.print("interrupted; what was begun is finished by the same command again")
        code = _INTERRUPTED
    sys.exit(code)


def _say(error: ParkGraphError) -> None:
    """One sentence on stderr, or the same in JSON."""
    if options.json:
        problem = {"code": error.code, "message": error.message, **error.details}
        print(as_json({"error": problem}), file=sys.stderr)
    else:
        err.print(f"[bold red]error[/]: {escape(error.message)}")


def _refuse_empty(arguments: Sequence[str]) -> None:
    """An option without a value, as of a variable that is not set, would ask for something else unnoticed."""
    given = list(takewhile(lambda argument: argument != "--", arguments))
    for argument, value in zip(given, [*given[1:], "-"], strict=True):
        option, equals, written = argument.partition("=")
        if option.startswith("-") and option != "-" and not (written if equals else value).strip():
            raise BadRequest(f"{option}: is empty; expected a value, or leave the option out")


def _hoisted(arguments: Sequence[str]) -> list[str]:
    """Global options to the front, wherever they were written."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name = argument.split("=", 1)[0]
        if argument == "--":
            return [*front, *rest, argument, *waiting]
        if name in _GLOBAL:
            front.append(argument)
            if _GLOBAL[name] and "=" not in argument:
                front.extend(value for value in [next(waiting, None)] if value is not None)
        else:
            rest.append(argument)
    return [*front, *rest]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"parkgraph {pg.__version__}")
        raise typer.Exit


@app.callback()
def _globals(
    store: Annotated[
        str, typer.Option(envvar="PARKGRAPH_STORE", help="embedded:PATH, neo4j://HOST or bolt://HOST.")
    ] = DEFAULT_URL,
    model: Annotated[
        Path | None, typer.Option(envvar="PARKGRAPH_MODEL", help="A model file of your own (YAML).")
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option(envvar="PARKGRAPH_TEXTS", help="A folder with the sources' texts, to quote from."),
    ] = None,
    lang: Annotated[
        str | None,
        typer.Option(envvar="PARKGRAPH_LANG", help="Language of labels: zh or en; by default the locale's."),
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Answer as of this day: 2019, 2019-05 or 2019-05-10.")
    ] = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", help="Answer as it was known at this date or time.")
    ] = None,
    certain: Annotated[
        bool, typer.Option("--certain", help="With --as-of: only what surely held on that day.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Answer in JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only results and errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del version
    options.json, options.quiet = json, quiet
    if lang is None:
        locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
        lang = "zh" if locale.startswith("zh") else "en"
    if lang not in ("zh", "en"):
        raise BadRequest(f"--lang: {lang!r} is neither zh nor en")
    options.store, options.model, options.texts, options.lang = store, model, texts, lang
    options.moment = moment(as_of, known_at, certain)


for command in (loading.load, loading.check, loading.retract, loading.template, asking.cypher):
    app.command()(command)
app.add_typer(judging.identity, name="identity")
app.add_typer(tokens.token, name="token")


# -- asking ------------------------------------------------------------------------------------


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="A name in Chinese, English or pinyin.")],
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind; may be given again.")] = None,
    place: Annotated[str | None, typer.Option(help="Only what is this or lies in it; id or name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    facets: Annotated[bool, typer.Option("--facets", help="Also count them by kind and by place.")] = False,
    fail_empty: Annotated[bool, typer.Option("--fail-empty", help="Exit with 1 when there is none.")] = False,
) -> None:
    """Find entities by name; where no name matches, those that do but for a typo.

    Example: parkgraph search zhangjiang
    """
    with open_graph() as graph:
        found = graph.find(text, kinds=kind or (), place=place, limit=limit)
        if options.json:
            print(as_json(found.to_dict()))
        elif found.items:
            show_found(graph, found, facets=facets)
        elif not options.quiet:
            told(
                f"没有名称与“{text}”相符{_elsewhere_zh(found)}",
                f"no name matches {text!r}{_elsewhere(found)}",
            )
        if found.fuzzy and not (options.json or options.quiet):
            told(f"没有名称与“{text}”相符，以下相近", f"no name matches {text!r}; these are near")
    if fail_empty and not found.items:
        raise typer.Exit(1)


def _elsewhere(found: Found) -> str:
    """What the filters leave out, where they leave out everything."""
    if found.kinds:
        return f" of this kind; there are {', '.join(f'{f.count} {f.value}' for f in found.kinds)}"
    places = [f"{facet.count} in {facet.value}" for facet in found.places[:3]]
    return f" there; there are {', '.join(places)}" if places else ""


def _elsewhere_zh(found: Found) -> str:
    facets, where = (found.kinds, "别的类别") if found.kinds else (found.places[:3], "别处")
    counted = "、".join(f"{facet.label('zh')} {facet.count}" for facet in facets)
    return f"；{where}有：{counted}" if counted else ""


@app.command()
def show(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="An entity by id or name, or a fact, claim or source by id.")
    ],
) -> None:
    """Show one entity, fact, claim or source with what it rests on.

    Example: parkgraph show 成都高新区
    """
    with open_graph() as graph:
        prefix = identifier.split(":", 1)[0]
        if prefix == "fact":
            record: Mapping[str, Any] = graph.fact(identifier)
        elif prefix == "claim":
            record = graph.claim(identifier).to_dict()
        elif prefix == "source":
            record = graph.source(identifier).to_dict()
        else:
            view = graph.entity(identifier)
            if not options.json:
                show_entity(graph, view)
                return
            record = view.to_dict()
        if options.json:
            print(as_json(record))
        else:
            show_record(record)


@app.command()
def path(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FROM",
            help="Id or name; several as 'A|B'; all of a kind in a place as Park@成都, or by the kind's "
            "label as 园区@成都 or parks@Chengdu.",
        ),
    ],
    target: Annotated[str, typer.Argument(metavar="TO", help="The same.")],
    k: Annotated[int, typer.Option("--k", "-k", help="How many paths.")] = 3,
    all_shortest: Annotated[
        bool, typer.Option("--all-shortest", help="All paths of the shortest length instead.")
    ] = False,
    robustness: Annotated[
        bool,
        typer.Option("--robustness", help="Also how many paths share nothing, and what cuts the connection."),
    ] = False,
    relation: Annotated[
        list[str] | None, typer.Option(help="Only this relation; may be given again.")
    ] = None,
    layer: Annotated[list[str] | None, typer.Option(help="Only this layer; may be given again.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only this kind on the way; may be given again.")
    ] = None,
    status: Annotated[
        str, typer.Option(help="Lowest status that counts, by name or label: signed, 已签.")
    ] = "planned",
    inferred: Annotated[bool, typer.Option(help="Whether inferred facts count.")] = True,
    confidence: Annotated[float, typer.Option(min=0, max=1, help="Lowest confidence that counts.")] = 0.0,
    via: Annotated[list[str] | None, typer.Option(help="Must lie on the path.")] = None,
    avoid: Annotated[list[str] | None, typer.Option(help="Must not lie on the path.")] = None,
    max_hops: Annotated[int, typer.Option(help="Longest path.")] = 8,
    max_degree: Annotated[
        int | None, typer.Option(help="Not through hubs: what has more partners than this is not passed.")
    ] = None,
    fail_empty: Annotated[bool, typer.Option("--fail-empty", help="Exit with 1 when there is none.")] = False,
) -> None:
    """How two entities are connected, with the proof of each hop, or why they are not.

    Example: parkgraph path 'BP&C' 布鲁内尔大学 --texts folder-with-the-texts
    """
    with open_graph() as graph:
        answer = graph.paths(
            source,
            target,
            k=k,
            all_shortest=all_shortest,
            robustness=robustness,
            relations=relation,
            layers=layer,
            kinds=kind,
            status=status,
            inferred=inferred,
            confidence=confidence,
            via=via,
            avoid=avoid,
            max_hops=max_hops,
            max_degree=max_degree,
        )
        if options.json:
            print(as_json(answer.to_dict()))
        else:
            show_paths(graph, answer)
    if fail_empty and not answer:
        raise typer.Exit(1)


@app.command()
def neighbours(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="Id or name.")],
    depth: Annotated[int, typer.Option(help="How many steps.")] = 1,
    relation: Annotated[
        list[str] | None, typer.Option(help="Only this relation; may be given again.")
    ] = None,
    status: Annotated[
        str | None, typer.Option(help="Lowest status that counts, by name or label: signed, 已签.")
    ] = None,
    inferred: Annotated[bool, typer.Option(help="Whether inferred facts count.")] = True,
) -> None:
    """What is tied to an entity.

    Example: parkgraph neighbours 中英智慧质量工程技术研究院
    """
    with open_graph() as graph:
        sub = graph.neighbours(
            identifier, depth=depth, relations=relation or (), status=status, inferred=inferred
        )
        if options.json:
            print(as_json(sub.to_dict()))
            return
        label = {node.id: node.label(options.lang) for node in sub.nodes}
        show_table(
            ("subject", "relation", "object", "status", "fact"),
            [
                (
                    label[e.subject],
                    graph.model.relations[e.relation].label(options.lang),
                    label[e.object],
                    status_label(graph, e.status) + held_label(e),
                    e.id,
                )
                for e in sub.edges
            ],
        )


@app.command()
def query(
    name: Annotated[str | None, typer.Argument(help="Name of a query; without it all are listed.")] = None,
    parameters: Annotated[list[str] | None, typer.Argument(help="Parameters as name=value.")] = None,
    fail_empty: Annotated[
        bool, typer.Option("--fail-empty", help="Exit with 1 when there are no rows.")
    ] = False,
) -> None:
    """Ask one of the questions in queries/.

    Example: parkgraph query funds status=planned
    """
    if name is None:
        questions = [
            (q.name, q.summary_zh if options.lang == "zh" else q.summary, ", ".join(q.parameters))
            for q in library().values()
        ]
        if options.json:
            print(as_json({"items": [{"name": n, "summary": s} for n, s, _ in questions]}))
        else:
            show_table(("name", "summary", "parameters"), questions)
        return
    given = named_values(f"query {name}", parameters or [])
    question = query_named(name)
    with open_graph() as graph:
        rows = graph.query(name, **given)
        names = graph.labels(name, rows)
    if options.json:
        none = rows.explanation.to_dict() if rows.explanation is not None else None
        print(as_json({"rows": rows, "truncated": rows.truncated, "names": names, "none": none}))
    else:
        show_rows(question, rows, names, graph.model)
        if rows.truncated and not options.quiet:
            told("可能还有更多行；可把 limit= 设大", "there may be more rows; raise limit=")
    if fail_empty and not rows:
        raise typer.Exit(1)


@app.command()
def total(
    figure: Annotated[
        str,
        typer.Argument(
            help="total_size, planned_size, raised, loan, contract, …; or amount, whatever its kind."
        ),
    ],
    status: Annotated[
        list[str] | None, typer.Option(help="Only this status, or not_stated; may be given again.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="Only this currency; with --rate the currency of the sum.")
    ] = None,
    about: Annotated[
        str | None, typer.Option(help="Only what this entity is, set up, signed or gave; id or name.")
    ] = None,
    mix: Annotated[
        bool, typer.Option("--mix", help="Add across figures and statuses, and say what was mixed.")
    ] = False,
    rate: Annotated[
        list[str] | None, typer.Option(help="Worth of a currency, as USD=7.1; may be given again.")
    ] = None,
    fail_empty: Annotated[
        bool, typer.Option("--fail-empty", help="Exit with 1 when no amount is stated.")
    ] = False,
) -> None:
    """Add up amounts of money. Planned and done, kinds of figure and currencies are not added unasked.

    Example: parkgraph total total_size --status operating
    """
    with open_graph() as graph:
        answer = graph.total(figure, status=status, currency=currency, about=about, mix=mix, rates=rate)
        if options.json:
            print(as_json(answer.to_dict()))
        else:
            show_total(graph, answer)
    if fail_empty and not answer:
        raise typer.Exit(1)


app.command()(measuring.measure)


# -- taking away and seeing --------------------------------------------------------------------

Selection = Annotated[
    str, typer.Argument(help="all, entity:ID, neighbours:ID?depth=2, path:FROM..TO, query:NAME?…")
]


@app.command()
def export(
    selection: Selection,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write; its ending gives the format.")
    ],
    format: Annotated[str | None, typer.Option("--format", help=", ".join(FORMATS))] = None,
) -> None:
    """Write a part of the graph to a file that other tools read.

    Example: parkgraph export all -o parkgraph.gexf
    """
    with open_graph() as graph:
        sub = graph.subgraph(selection)
        written = sub.save(output, format)
    show_written(written, sub)


@app.command()
def view(
    selection: Selection,
    output: Annotated[Path, typer.Option("--output", "-o", help="A .html page, or a .png or .svg picture.")],
) -> None:
    """Draw a part of the graph. The page works by itself and calls nobody.

    Example: parkgraph view 'neighbours:成都高新区' -o chengdu.html
    """
    with open_graph() as graph:
        sub = graph.subgraph(selection)
        written = sub.draw(output, lang=options.lang)
    show_written([written], sub)


# -- the store ---------------------------------------------------------------------------------


@app.command()
def stats() -> None:
    """Counts, the graph's version, and its content hash.

    Example: parkgraph stats --json
    """
    with open_graph() as graph:
        figures = graph.stats()
    if options.json:
        print(as_json(figures))
    else:
        show_record(figures)


@app.command()
def verify(
    sources: Annotated[
        Path | None,
        typer.Option(help="The folder with the sources' texts; by default --texts or PARKGRAPH_TEXTS."),
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="List each claim with its quote, and notes.")] = False,
) -> None:
    """Check that every claim is where it says, and that what is shown is what the claims say. Exits with
    1 when there is any fault.

    Example: parkgraph verify --sources folder-with-the-texts
    """
    with open_graph() as graph:
        done = graph.verify(sources)
    if options.json:
        listed = {"claims": [item.to_dict() for item in done.claims]} if show else {}
        print(as_json(done.to_dict() | listed))
    else:
        show_verification(done, claims=show)
    if done.faults:
        raise typer.Exit(1)


@app.command()
def log(
    identifier: Annotated[
        str | None,
        typer.Argument(metavar="FACT", help="The life of this fact, or of every fact of an entity."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="With a fact or an entity: only what speaks of this day or later.")
    ] = None,
    canonical: Annotated[
        bool, typer.Option("--canonical", help="The canonical dump, whose SHA-256 is the content hash.")
    ] = False,
) -> None:
    """What sources have said of a fact over time, sentence by sentence, also what was taken back; or the
    live claims of the whole graph, one JSON object a line; or its canonical dump.

    Example: parkgraph log 中英智慧质量工程技术研究院
    """
    if canonical and identifier is not None:
        raise BadRequest("log: --canonical is of the whole graph; leave out either it or the fact")
    if options.moment and identifier is not None:
        raise BadRequest("log: a history is told whole; leave out --as-of and --known-at, or use --since")
    if since is not None and identifier is None:
        raise BadRequest("log: --since is of a fact or an entity; name one before it")
    with open_graph() as graph:
        if identifier is not None:
            _log_of(graph, identifier, since)
            return
        lines: Iterable[str]
        if canonical:
            lines = canonical_lines(graph.store)
        else:
            lines = (as_json({"id": c.id, **c.to_dict()}, None) for c in live_claims(graph.store))
        for line in lines:
            sys.stdout.write(f"{line}\n")


def _log_of(graph: pg.Graph, identifier: str, since: str | None) -> None:
    """The histories of one fact or of an entity's facts; with --json their claims, one a line."""
    found = [graph.history(identifier)] if identifier.startswith("fact:") else graph.histories(identifier)
    if since is not None:
        try:
            day = parse_date(since).earliest
        except ValueError as error:
            raise BadRequest(f"--since: {error}") from error
        found = [history for history in (h.since(day) for h in found) if history.told]
    for history in found:
        if options.json:
            for told in history.told:
                sys.stdout.write(f"{as_json(told.proof.to_dict(), None)}\n")
        else:
            show_history(history)
    if not found and not options.quiet:
        err.print("no source speaks of it since then" if since is not None else "no source speaks of it")


# -- serving -----------------------------------------------------------------------------------

Port = Annotated[
    int, typer.Option(envvar="PARKGRAPH_PORT", min=0, max=65535, help="Port; 0 picks a free one.")
]


@app.command()
def serve(
    host: Annotated[
        str,
        typer.Option(envvar="PARKGRAPH_HOST", help="Address; other than loopback needs a key."),
    ] = "127.0.0.1",
    port: Port = 8000,
    editable: Annotated[
        bool,
        typer.Option(
            "--edit",
            envvar="PARKGRAPH_EDITABLE",
            help="Whether identity may be judged and files loaded over HTTP.",
        ),
    ] = False,
) -> None:
    """Serve the API, its docs and the explorer.

    Example: parkgraph serve --port 8080
    """
    _serve(host, port, editable=editable)


@app.command()
def demo(
    port: Port = 8000,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Whether to serve after loading.")] = True,
) -> None:
    """Load the bundled dataset and serve it with the explorer.

    Example: parkgraph demo
    """
    sock = _listening("127.0.0.1", port) if serve else None
    from parkgraph.load_files import load_paths

    load_paths([bundled()])
    if sock is not None:
        _serve("127.0.0.1", port, sock)


def _listening(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises BadRequest or ParkGraphError with a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen()
    except (OSError, OverflowError) as error:
        sock.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise ParkGraphError(
            f"cannot listen on {host} port {port}: {reason}; "
            "choose another with --port or PARKGRAPH_PORT; 0 is a free one"
        ) from error
    return sock


def _serve(host: str, port: int, sock: socket.socket | None = None, *, editable: bool = False) -> None:
    import uvicorn

    from parkgraph.api import logs
    from parkgraph.api.app import create_app
    from parkgraph.api.app import open_graph as served_graph
    from parkgraph.api.settings import Settings

    try:
        settings = Settings(
            store=options.store,
            model=options.model,
            texts=options.texts,
            host=host,
            port=port,
            editable=editable,
        )
    except ValueError as error:
        problem = error.errors()[0] if isinstance(error, ValidationError) else {"loc": (), "msg": str(error)}
        name = "_".join(("PARKGRAPH", *(str(part).upper() for part in problem["loc"])))
        raise BadRequest(f"setting {name}: {problem['msg']}") from error
    settings.check_reach()
    sock = sock if sock is not None else _listening(host, port)
    graph = served_graph(settings)
    if graph.version == 0:
        graph.close()
        raise NotFound(f"store {graph.store.url}: is empty; parkgraph load data/ or parkgraph demo fills it")
    shown = f"[{host}]" if ":" in host else host
    said = f"ParkGraph is at http://{shown}:{sock.getsockname()[1]}/  (API docs at /docs; Ctrl-C stops it)"

    class Server(uvicorn.Server):
        """Says where it is once it answers, and can be interrupted."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            print(said, flush=True)

    logs.install(settings)
    config = uvicorn.Config(
        create_app(graph, settings), log_config=None, access_log=False, timeout_graceful_shutdown=3
    )
    with suppress(KeyboardInterrupt):
        Server(config).run(sockets=[sock])
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        # What a thread still computes cannot be stopped, and Python would wait for it; the store is closed by
        # now, so that nothing can be lost.
        logging.shutdown()
        os._exit(0)


@app.command()
def docs(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the documents.")] = Path("docs"),
) -> None:
    """Write the reference pages that are made from the product: model, commands, HTTP, queries.

    Example: parkgraph docs -o docs
    """
    from parkgraph.reference import write_reference

    written = write_reference(output, load_model(options.model))
    if not options.quiet:
        out.print(", ".join(str(path) for path in written))

"""The reference pages, made from the product itself: the model, the commands, the HTTP interface, the
query files with what they answer. A test holds docs/ to what this writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import parkgraph as pg
from parkgraph.export.formats import FORMATS
from parkgraph.graph.model import Model, Property, Relation, Towards
from parkgraph.graph.store import Rows
from parkgraph.graph.store_embedded import MOST_WORK
from parkgraph.measuring import written, written_rows
from parkgraph.queries.cypher_guard import (
    DEFAULT_ROWS,
    DEFAULT_SECONDS,
    FUNCTIONS,
    MOST_ROWS,
    MOST_SECONDS,
    PROCEDURES,
    START,
)
from parkgraph.queries.library import Column, Parameter, library
from parkgraph.queries.measures import measures
from parkgraph.queries.measures.defined import LIMIT, NETWORK, Measure

_SHOWN = 3
"""Rows of an answer that a page shows."""
_WIDEST = 60
_ITEMS = 2
_OWN_QUERY = f"""\
## A query of your own

`parkgraph cypher 'MATCH …' name=value`, `POST /v1/cypher` and `graph.cypher(text, parameters)` take Cypher
that only reads, and that both engines understand:

```sh
parkgraph cypher 'MATCH (f:Fund {{status: $s}}) RETURN f.name AS fund ORDER BY f.id LIMIT 10' s=planned
```

Over HTTP (with keys by one of the role `analyst`):

```sh
curl http://127.0.0.1:8000/v1/cypher -H 'Content-Type: application/json' \\
  -d '{{"query": "MATCH (f:Fund {{status: $s}}) RETURN f.name AS fund", "parameters": {{"s": "planned"}}}}'
```

`--as-of`, `--known-at` and `--certain`, or the parameters of these names, ask as of a moment. A label, a
relation or a property that the model does not know is told in `notes`.

A query begins with {", ".join(f"`{word}`" for word in sorted(START))},
and so does a subquery in `CALL`, `EXISTS` or `COUNT`. What writes, reads files (`LOAD CSV`), chooses a
database, administers or plans is refused with the word and its place, and so is what is not known to read.
A name that looks like a keyword is written in backticks. In a string `\\\\`, `\\'`, `\\n` and `\\u5f20` are
escapes; outside strings there are none.

At most {DEFAULT_ROWS:,} rows come back, in {DEFAULT_SECONDS:g} seconds, unless more is asked for: up to
{MOST_ROWS:,} rows in {MOST_SECONDS:g} seconds.
On the embedded engine a query runs in a process of its own, which opens no file, may take one GiB beside
the graph and go through {MOST_WORK:,} rows on its way. Neo4j reads in a read session; have the server keep
`db.memory.transaction.max`, and `dbms.security.allow_csv_import_from_file_urls=false` as a second fence.

A node comes as `{{id, labels, properties}}`, a relationship as `{{id, type, properties}}` with the id of its
fact, a path as `{{nodes, relationships}}`, dates and times in ISO 8601. Labels and relations are those of
[the model](model.md), beside `Entity`, `Fact`, `Claim` and `Source`.
"""

MADE = "<!-- Made by `parkgraph docs`; change the source, not this page. -->"


def write_reference(folder: str | Path, model: Model) -> list[Path]:
    """Write every page into a folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in reference(model).items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def reference(model: Model) -> dict[str, str]:
    """File name to text."""
    return {
        "model.md": _page("The model", _model_page(model)),
        "commands.md": _page("The command line", _command_page()),
        "http.md": _page("The HTTP interface", _http_page(model)),
        "queries.md": _page("The questions", _query_page(model)),
        "measures.md": _page("The measures", _measure_page(model)),
    }


def _page(title: str, lines: Iterable[str]) -> str:
    return "\n".join([f"# {title}", "", MADE, "", *lines]).rstrip() + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(_cell(cell) for cell in row)} |"
    yield ""


def _cell(value: Any) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _model_page(model: Model) -> Iterator[str]:
    yield f"Model `{model.name}`, version {model.version}. It is one file, `graph/model.yaml`."
    yield "A file of your own that begins with `extends: parkgraph` adds to it:"
    yield "`parkgraph --model own.yaml …`."
    yield ""
    yield "## States"
    yield ""
    yield from _table(
        ("status", "rank", "中文", "meaning", "words that are evidence"),
        (
            (f"`{name}`", "ends it" if s.terminal else s.rank, s.zh, s.description, "、".join(s.words))
            for name, s in model.statuses.items()
        ),
    )
    yield "## Kinds"
    yield ""
    yield from _table(
        ("kind", "中文", "table", "a path may pass", "what it is"),
        (
            (
                f"[`{name}`](#{name.lower()})",
                k.zh,
                f"`{k.table}.csv`",
                "yes" if k.through else "no",
                k.description,
            )
            for name, k in model.kinds.items()
        ),
    )
    yield (
        "Wherever a kind is named in a question, its name, table, label or another word for it will do, in "
        "any case and in the plural: `Park`, `parks`, `园区`, `science parks`. A relation, status, layer or "
        "code of a vocabulary goes by its name or label (`signed`, `已签`), a country by its code or name."
    )
    yield ""
    yield "Every kind has these properties:"
    yield ""
    yield from _property_table(model.common.values())
    for name, kind in model.kinds.items():
        yield f"### {name}"
        yield ""
        called = f" Also called {', '.join(f'`{word}`' for word in kind.words)}." if kind.words else ""
        yield f"{kind.zh}. {kind.description}{called}"
        yield ""
        if kind.properties:
            yield from _property_table(kind.properties.values())
        if kind.links:
            columns = ", ".join(f"`{column}` ({relation})" for column, relation in kind.links.items())
            yield f"Columns that hold an entity's id: {columns}."
            yield ""
    yield "## Relations"
    yield ""
    yield from _table(
        ("relation", "中文", "from", "to", "partnership path", "layer"),
        (
            (
                f"`{name}`{' (symmetric)' if r.symmetric else ''}{' (derived)' if r.derived else ''}",
                r.zh,
                ", ".join(r.domain),
                ", ".join(r.range),
                _passable(r),
                ", ".join(f"{v} (to {k})" for k, v in r.layer.items())
                if isinstance(r.layer, dict)
                else r.layer or "",
            )
            for name, r in model.relations.items()
        ),
    )
    actors = ", ".join(sorted(model.members(("actor",))))
    yield f"`actor` stands for {actors}; `any` for every kind."
    yield ""
    yield "Every relation may carry:"
    yield ""
    yield from _property_table(model.relation_common.values())
    own = [(name, prop) for name, r in model.relations.items() for prop in r.properties.values()]
    yield "Some carry more:"
    yield ""
    yield from _table(
        ("relation", "property", "type", "中文", "values"),
        ((f"`{name}`", f"`{p.name}`", p.type, p.zh, _values(p)) for name, p in own),
    )
    yield "## Identifiers"
    yield ""
    yield from _table(
        ("scheme", "name", "form"),
        ((f"`{name}`", s.en, f"`{s.pattern}`") for name, s in model.schemes.items()),
    )


def _passable(relation: Relation) -> str:
    if isinstance(relation.passable, Towards):
        return f"to {', '.join(relation.passable.to)}"
    return "yes" if relation.passable else "no"


def _property_table(properties: Iterable[Property]) -> Iterator[str]:
    yield from _table(
        ("property", "type", "中文", "values or meaning"),
        (
            (f"`{p.name}`", f"{p.type}, several" if p.multiple else p.type, p.zh, _values(p) or p.description)
            for p in properties
        ),
    )


def _values(prop: Property) -> str:
    if prop.type == "status":
        return "see [States](#states)"
    return ", ".join(f"`{code}` {zh}" for code, (zh, _) in prop.vocabulary.items())


def _command_page() -> Iterator[str]:
    import typer

    from parkgraph.cli import app

    group = typer.main.get_command(app)
    yield "`parkgraph COMMAND --help` says the same. These options may stand anywhere:"
    yield ""
    yield from _option_table(group.params)
    yield "Exit codes: 0 fine; 1 refused, or nothing found with `--fail-empty`; 2 wrong usage."
    yield ""
    commands = dict(group.commands)  # type: ignore[attr-defined]
    for name in list(commands):
        for inner, command in getattr(commands[name], "commands", {}).items():
            commands[f"{name} {inner}"] = command
    for name, command in sorted(commands.items()):
        text, _, shown = (command.help or "").partition("Example:")
        yield f"## {name}"
        yield ""
        yield " ".join(text.split())
        yield ""
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        usage = " ".join(_argument(p) for p in arguments)
        yield "```sh"
        yield f"parkgraph {name} {usage}".rstrip() + (
            " [OPTIONS]" if len(command.params) > len(arguments) else ""
        )
        if shown.strip():
            yield " ".join(shown.split())
        yield "```"
        yield ""
        yield from _option_table(command.params)


def _argument(param: Any) -> str:
    name = param.metavar or str(param.name).upper()
    name = f"{name}..." if param.nargs == -1 else name
    return name if param.required else f"[{name}]"


def _option_table(params: Iterable[Any]) -> Iterator[str]:
    rows = [
        (", ".join(f"`{o}`" for o in [*p.opts, *p.secondary_opts]), p.help or "", p.envvar or "")
        for p in params
        if p.param_type_name == "option" and p.name != "help"
    ]
    if rows:
        yield from _table(("option", "meaning", "variable"), rows)


def _body_fields(body: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    """The fields of a body by its schema, or by the one that it refers to."""
    named = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]] if "$ref" in body else body
    required = named.get("required", ())
    for name, field in named["properties"].items():
        optional = "" if name in required else " (optional)"
        default = field.get("default")
        yield f"`{name}`{optional}", field.get("description", ""), "" if default is None else default


def _http_page(model: Model) -> Iterator[str]:
    from parkgraph.api.app import create_app
    from parkgraph.api.problems import problem_kinds
    from parkgraph.api.settings import Settings

    graph = pg.Graph.__new__(pg.Graph)
    graph.model = model
    schema = create_app(graph, Settings(_env_file=None)).openapi()  # type: ignore[call-arg]
    yield "Errors are `application/problem+json` with a stable `code` ([all of them](#problems)) and a"
    yield "sentence in `detail`."
    yield "Chinese in an address is percent-encoded, as browsers and HTTP libraries do by themselves:"
    yield ""
    yield "```sh"
    yield "curl -G 'http://127.0.0.1:8000/v1/paths' --data-urlencode from=张江 --data-urlencode to=武进"
    yield "```"
    yield ""
    yield "The server shows the same with forms to try at `/docs`; the document is at `/openapi.json`."
    yield ""
    yield from _http_customs()
    for path, operations in schema["paths"].items():
        # Questions and measures have pages of their own.
        for method, operation in (
            operations.items() if not path.startswith(("/v1/queries/", "/v1/measures/")) else ()
        ):
            yield f"## {method.upper()} {path}"
            yield ""
            yield f"{operation['summary']}."
            yield ""
            if operation.get("parameters"):
                yield from _table(
                    ("parameter", "in", "meaning", "default"),
                    (
                        (
                            f"`{p['name']}`{'' if p.get('required') else ' (optional)'}",
                            p["in"],
                            p.get("description", ""),
                            p["schema"].get("default", ""),
                        )
                        for p in operation["parameters"]
                    ),
                )
            for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
                yield f"The body is `{media_type}`:"
                yield ""
                yield from _table(("field", "meaning", "default"), _body_fields(content["schema"], schema))
    yield "## GET /v1/queries/{name}"
    yield ""
    yield "The answer to [a question](queries.md), whose parameters go into the address; and `cursor`,"
    yield "`format`, `fields`, `lang`, `as_of`, `known_at`, `certain` as elsewhere."
    yield ""
    yield "## GET /v1/measures/{name}"
    yield ""
    yield "[A measure](measures.md), with its definition and what it was computed on; its parameters go into"
    yield "the address, and `format`, `fields`, `lang`, `as_of`, `known_at`, `certain` as elsewhere."
    yield ""
    yield "## Problems"
    yield ""
    yield "`type` of a problem is `/problems/{code}`, which the server answers."
    yield ""
    yield from _table(
        ("code", "status", "中文", "meaning"),
        ((f"`{kind.code}`", kind.status, kind.title_zh, kind.meaning) for kind in problem_kinds().values()),
    )
    yield "## Formats of /v1/subgraph"
    yield ""
    yield from _table(
        ("format", "media type", "file", "what it cannot hold"),
        (
            (f"`{f.name}`", f.media_type, ", ".join(f"`{ending}`" for ending in f.parts), f.loses)
            for f in FORMATS.values()
        ),
    )
    yield "## Settings"
    yield ""
    yield from _table(
        ("variable", "meaning", "default"),
        (
            (
                f"`PARKGRAPH_{name.upper()}`",
                field.description or "",
                "" if field.default is None else field.default,
            )
            for name, field in Settings.model_fields.items()
        ),
    )


_CUSTOMS = """## What holds everywhere

**Pages.** A list answers `items`, `next` (the cursor of the page after it, null on the last one), `total`
where it is known without reading them, and a header `Link: <…>; rel="next"`. Ask with `limit` and with
`cursor`, which is `next` of the page before and belongs to its question: with other parameters it is refused.
What is written between two pages makes none repeat or skip what stays, but in `/v1/search`, whose pages count
matches. The rows of a question go on from a row; where that is gone the answer is 409 `conflict`.

**Streams.** With `Accept: application/x-ndjson` or `format=ndjson` a list, a question, neighbours or a
subgraph comes line by line, made while it is read: first `{"meta": …}`, then the items (of a part of the
graph `{"node": …}`, `{"edge": …}`, each `{"source": …}` before what names it), last `{"end": …}` with the
number of `items`. Where it fails on the way, the last line is `{"problem": …}`; without either it was cut
off. Without `limit` a list is given whole.

**Fields.** `fields=name,status` leaves out all else but `id`; dots lead deeper. In a list and in rows they
are those of an item (`fields=subject,source.name`), else they begin at the top of the answer
(`fields=entity.name,facts.relation`).

**Empty parameters.** A parameter without a value (`status=`) counts as not given, as forms send them.

**Languages.** `lang=zh` or `lang=en` adds `label`, `kind_label`, `relation_label`, `status_label`,
`property_label`, and leaves out sentences in the other language. Without it both are there. An address gives
the same answer to everybody: `Accept-Language` decides only pages and the `title` of problems.

**Time.** `as_of` (a day), `certain=true` (only what surely held then) and `known_at` (what had been recorded
by a time) go with every question about the graph.
"""


def _http_customs() -> Iterator[str]:
    yield from _CUSTOMS.splitlines()
    yield ""


@cache
def _answers() -> tuple[Mapping[str, Rows], Mapping[str, Sequence[str]]]:
    """What the bundled dataset answers to the example of each query file, and of each measure as a page
    shows it."""
    with TemporaryDirectory(prefix="parkgraph-") as folder, pg.open(f"embedded:{folder}/graph.kgl") as graph:
        graph.load_bundled()
        rows = {query.name: graph.query(query.name, **query.example) for query in library().values()}
        return rows, {measure.name: [*_measured(graph, measure)] for measure in measures().values()}


def _measured(graph: pg.Graph, measure: Measure) -> Iterator[str]:
    answer = graph.measure(measure.name, **measure.example)
    network = ", ".join(f"{value} {key}" for key, value in answer.network.items())
    figures = "".join(f"; {key} {written(value)}" for key, value in answer.figures.items())
    yield f"{network}{figures}."
    yield ""
    yield from _table(*written_rows(graph, answer, "en"))


def _answer(rows: Rows) -> Iterator[str]:
    """The first rows of an answer, without the columns that are empty in them."""
    shown = rows[:_SHOWN]
    columns = [name for name in shown[0] if any(row[name] not in (None, "", []) for row in shown)]
    count = f"{len(rows)} rows" if len(rows) > 1 else "One row"
    more = f", of which the first {_SHOWN}" if len(rows) > _SHOWN else ""
    yield f"{count}{' (as many as the limit lets through)' if rows.truncated else ''}{more}:"
    yield ""
    yield from _table(columns, ([_short(row[name]) for name in columns] for row in shown))


def _short(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list():
            more = f", … ({len(value)})" if len(value) > _ITEMS else ""
            return ", ".join(_short(item) for item in value[:_ITEMS]) + more
        case _:
            text = str(value)
            return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _query_page(model: Model) -> Iterator[str]:
    yield 'Each is a file in `queries/`: a method in Python (`graph.funds(status="planned")`), a command'
    yield "(`parkgraph query funds status=planned`) and an address (`/v1/queries/funds?status=planned`)."
    yield "An answer without rows says why. Null in a column that may be *not stated* is an answer: no source"
    yield "says it. `published` bounds what is undated: it had been said by then."
    yield ""
    for query in library().values():
        yield f"## {query.name}"
        yield ""
        yield f"{query.summary}. {query.summary_zh}。"
        yield ""
        if query.parameters:
            yield from _parameter_table(query.parameters, model)
        yield from _table(
            ("column", "type", "meaning"),
            (
                (
                    f"`{name}`",
                    c.type + (", or not stated" if c.sought else ", may be empty" if c.nullable else ""),
                    c.description or c.unit or "",
                )
                for name, c in query.columns.items()
            ),
        )
        given = " ".join(f"{key}={value}" for key, value in query.example.items())
        yield "```sh"
        yield f"parkgraph query {query.name} {given}".rstrip()
        yield "```"
        yield ""
        yield from _answer(_answers()[0][query.name])
    yield from _OWN_QUERY.splitlines()
    yield ""
    yield f"Functions: {', '.join(f'`{name}`' for name in sorted(FUNCTIONS.values(), key=str.casefold))}."
    yield ""
    yield f"Procedures, which list the names that an engine keeps: {', '.join(f'`{n}`' for n in PROCEDURES)}."


def _measure_page(model: Model) -> Iterator[str]:
    yield 'Each is a call in Python (`graph.measure("pagerank", kinds=["Park"])`), a command (`parkgraph'
    yield "measure pagerank kinds=Park`) and an address (`/v1/measures/pagerank?kinds=Park`). Every answer"
    yield "carries its definition, all parameters used, the selection, the graph version, what the network is"
    yield "made of, and notes on what must be known of it. The same question gives the same answer: what is"
    yield "drawn at random is drawn by a seed. Values are given to twelve significant digits."
    yield ""
    yield "The network is that of the facts that may be hops of a path: facts of the least status `planned`"
    yield "between two entities, whichever way they point; all facts between the same two make one tie."
    yield "Entities without a tie are left out. Planned is never silently counted as done: every answer says"
    yield "how many of its facts are done, planned, and of no stated status, and every count of facts has a"
    yield "column for each. With `status=signed` only what is done counts. Every measure takes `as_of`,"
    yield "`known_at` and `certain`, and those of these that would change it:"
    yield ""
    yield from _parameter_table({**NETWORK, "limit": LIMIT}, model)
    _, examples = _answers()
    for measure in measures().values():
        yield f"## {measure.name}"
        yield ""
        yield f"{measure.summary}. {measure.summary_zh}。"
        yield ""
        yield f"{measure.definition} ({measure.source})"
        yield ""
        yield measure.definition_zh
        yield ""
        if measure.own:
            yield from _parameter_table(measure.own, model)
        yield from _table(
            ("column", "type", "meaning"),
            (
                (f"`{name}`", c.type + (", or not stated" if c.sought else ""), _meaning(c))
                for name, c in measure.columns.items()
            ),
        )
        if measure.figures:
            yield from _table(
                ("figure", "type", "meaning"),
                ((f"`{name}`", c.type, _meaning(c)) for name, c in measure.figures.items()),
            )
        given = " ".join(f"{key}={value}" for key, value in measure.example.items())
        yield "On the bundled dataset:"
        yield ""
        yield "```sh"
        yield f"parkgraph measure {measure.name} {given}".rstrip()
        yield "```"
        yield ""
        yield from examples[measure.name]


def _meaning(column: Column) -> str:
    return f"{column.description} ({column.unit})" if column.unit else column.description


def _parameter_table(parameters: Mapping[str, Parameter], model: Model) -> Iterator[str]:
    def meaning(parameter: Parameter) -> str:
        choices = parameter.choices or [*(parameter.codes(model) or ())]
        return parameter.description + (f"; one of {', '.join(choices)}" if choices else "")

    yield from _table(
        ("parameter", "type", "meaning", "default"),
        (
            (
                f"`{name}`{' (required)' if p.required else ''}",
                f"{p.type}, several" if getattr(p, "several", False) else p.type,
                meaning(p),
                "" if p.default is None else str(p.default).lower() if p.type == "bool" else p.default,
            )
            for name, p in parameters.items()
        ),
    )

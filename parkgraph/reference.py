"""The reference pages, made from the product itself: the model, the commands, the HTTP interface, the
query files. A test holds docs/ to what this writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from parkgraph.export.formats import FORMATS
from parkgraph.graph.model import Model, Property, Relation, Towards
from parkgraph.queries.library import library

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
        "queries.md": _page("The questions", _query_page()),
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
    yield "Every kind has these properties:"
    yield ""
    yield from _property_table(model.common.values())
    for name, kind in model.kinds.items():
        yield f"### {name}"
        yield ""
        yield f"{kind.zh}. {kind.description}"
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
    """The fields of a body by its schema, which refers to one that has a name."""
    named = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    required = named.get("required", ())
    for name, field in named["properties"].items():
        optional = "" if name in required else " (optional)"
        default = field.get("default")
        yield f"`{name}`{optional}", field.get("description", ""), "" if default is None else default


def _http_page(model: Model) -> Iterator[str]:
    from parkgraph.api.app import create_app
    from parkgraph.api.problems import problem_kinds
    from parkgraph.api.settings import Settings
    from parkgraph.queries.graph import Graph

    graph: Graph = Graph.__new__(Graph)
    graph.model = model
    schema = create_app(graph, Settings(_env_file=None)).openapi()  # type: ignore[call-arg]
    yield "Errors are `application/problem+json` with a stable `code` ([all of them](#problems)) and a sentence"
    yield "in `detail`."
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
        # Each question has a page of its own, docs/queries.md.
        for method, operation in operations.items() if not path.startswith("/v1/queries/") else ():
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
    yield "The answer to [a question](queries.md), whose parameters go into the address; and `cursor`, `format`,"
    yield "`fields`, `lang`, `as_of`, `known_at`, `certain` as elsewhere."
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
What is written between two pages makes none repeat or skip what stays. The rows of a question go on from a
row; where that is gone the answer is 409 `conflict`.

**Streams.** With `Accept: application/x-ndjson` or `format=ndjson` a list, a question, neighbours or a
subgraph comes line by line, made while it is read: first `{"meta": …}`, then the items (of a part of the
graph `{"node": …}`, `{"edge": …}`, each `{"source": …}` before what names it), last `{"end": …}` with the
number of `items`. Where it fails on the way, the last line is `{"problem": …}`; without either it was cut
off. Without `limit` a list is given whole.

**Fields.** `fields=name,status` leaves out all else but `id`; dots lead deeper. In a list and in rows they
are those of an item (`fields=subject,source.name`), else they begin at the top of the answer
(`fields=entity.name,facts.relation`).

**Languages.** `lang=zh` or `lang=en` adds `label`, `kind_label`, `relation_label`, `status_label`,
`property_label`, and leaves out sentences in the other language. Without it both are there. An address gives
the same answer to everybody: `Accept-Language` decides only pages and the `title` of problems.

**Time.** `as_of` (a day), `certain=true` (only what surely held then) and `known_at` (what had been recorded
by a time) go with every question about the graph.
"""


def _http_customs() -> Iterator[str]:
    yield from _CUSTOMS.splitlines()
    yield ""


def _query_page() -> Iterator[str]:
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
            yield from _table(
                ("parameter", "type", "meaning", "default"),
                (
                    (
                        f"`{name}`{' (required)' if p.required else ''}",
                        p.type,
                        p.description,
                        "" if p.default is None else p.default,
                    )
                    for name, p in query.parameters.items()
                ),
            )
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

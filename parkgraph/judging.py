"""The commands that judge which entities are one, and take a judgement back."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from parkgraph.graph.errors import BadRequest, UnknownName
from parkgraph.graph.identity import VERDICTS, Judgement, in_utc
from parkgraph.opening import open_graph
from parkgraph.printing import as_json, options, out, show_record, show_table, told

identity = typer.Typer(
    help="Which entities are one: proposals, judgements, and taking them back.\n\n"
    "Example: parkgraph identity candidates --verdict related"
)


def _me() -> str:
    """The user of this machine, as the one who judges where nobody is named."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise BadRequest("--by: say who judges") from None


By = Annotated[
    str,
    typer.Option(
        "--by", envvar="PARKGRAPH_JUDGE", default_factory=_me, help="Who judges.", show_default="you"
    ),
]
Why = Annotated[str | None, typer.Option("--why", help="For what reason.")]
AcrossKinds = Annotated[
    bool, typer.Option("--across-kinds", help="Also where the two are of different kinds.")
]


@identity.command("candidates")
def identity_candidates(
    entity: Annotated[str | None, typer.Argument(help="Only pairs with this entity, by id or name.")] = None,
    verdict: Annotated[
        str | None, typer.Option(help="Only pairs that may be the same, or that may be related.")
    ] = None,
    certain: Annotated[
        bool, typer.Option("--by-identifier", help="Only pairs that share a checked identifier.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 50,
) -> None:
    """Pairs that may be one, or may have a tie that no source states, with the reason. Nothing is merged.

    Example: parkgraph identity candidates --verdict same
    """
    with open_graph() as graph:
        found = graph.identity.candidates(entity, verdict=verdict, certain=certain)
    if options.json:
        items = [candidate.to_dict() for candidate in found[:limit]]
        print(as_json({"items": items, "truncated": len(found) > limit}))
    elif found:
        show_table(
            ("a", "b", "verdict", "score", "because", "ids"),
            [
                (
                    c.a.label(options.lang),
                    c.b.label(options.lang),
                    c.proposal.relation or c.proposal.verdict,
                    c.proposal.score,
                    c.proposal.sentence(options.lang),
                    f"{c.a.id} {c.b.id}",
                )
                for c in found[:limit]
            ],
        )
        if len(found) > limit and not options.quiet:
            told(
                f"共 {len(found)} 对，这是前 {limit} 对；可把 --limit 设大",
                f"the first {limit} of {len(found)}; raise --limit",
            )
    elif not options.quiet:
        told("没有看起来是同一个的实体", "no two entities look like one")


@identity.command("judge")
def identity_judge(
    a: Annotated[str, typer.Argument(help="Id or name.")],
    b: Annotated[str, typer.Argument(help="Id or name.")],
    verdict: Annotated[str, typer.Argument(help="same, different or unsure.")],
    by: By,
    why: Why = None,
    across_kinds: AcrossKinds = False,
) -> None:
    """Record whether two entities are one. Of the same, the second one stays.

    Example: parkgraph identity judge 常州高新区 武进高新区 different --why 两个园区
    """
    if verdict not in VERDICTS:
        raise UnknownName("verdict", verdict, VERDICTS)
    with open_graph(readonly=False) as graph:
        judged = graph.identity.judge(a, b, verdict, by=by, why=why, across_kinds=across_kinds)
        _show_judgement(judged)


@identity.command("merge")
def identity_merge(
    by: By,
    a: Annotated[
        str | None, typer.Argument(help="Id or name of the one that goes; its id still leads on.")
    ] = None,
    into: Annotated[str | None, typer.Argument(help="Id or name of the one that stays.")] = None,
    why: Why = None,
    across_kinds: AcrossKinds = False,
    by_identifier: Annotated[
        bool,
        typer.Option("--by-identifier", help="Instead of two: all that share a checked identifier."),
    ] = False,
) -> None:
    """Put everything that is said of one entity under another.

    Example: parkgraph identity merge 晋中开发区 晋中经济开发区 --why 同一开发区
    """
    if by_identifier == (a is not None) or (a is None) != (into is None):
        raise BadRequest(
            "identity merge: expected the one that goes and the one that stays, or --by-identifier"
        )
    with open_graph(readonly=False) as graph:
        if a is not None and into is not None:
            _show_judgement(graph.identity.merge(a, into, by=by, why=why, across_kinds=across_kinds))
            return
        made = graph.identity.merge_certain(by=by)
    if options.json:
        print(as_json({"items": [judgement.to_dict() for judgement in made]}))
    elif not options.quiet:
        out.print(f"{len(made)} merged by their identifiers; parkgraph identity log lists them")


@identity.command("split")
def identity_split(
    entity: Annotated[str, typer.Argument(help="Id or name of the one that is really two.")],
    into: Annotated[str, typer.Argument(help="Id of the other one, such as park:other-park.")],
    by: By,
    source: Annotated[str | None, typer.Option(help="What this source says is about the other one.")] = None,
    claim: Annotated[
        list[str] | None, typer.Option(help="This claim is about the other one; may be given again.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the other one where nothing names it.")] = None,
    why: Why = None,
) -> None:
    """Put what one source, or some claims, say of an entity under another.

    Example: parkgraph identity split 白银高新区 park:baiyin-other --source source:stdaily-2018-lanbai
    """
    with open_graph(readonly=False) as graph:
        split = graph.identity.split(
            entity, into, by=by, source=source, claims=claim or (), name=name, why=why
        )
        _show_judgement(split)


@identity.command("undo")
def identity_undo(
    judgement: Annotated[str, typer.Argument(help="Id of a judgement; `parkgraph identity log` lists them.")],
    by: By,
    why: Why = None,
) -> None:
    """Take a judgement back; the graph is then as if it had never been made.

    Example: parkgraph identity undo claim:0123456789abcdef01234567 --why 看错了
    """
    with open_graph(readonly=False) as graph:
        _show_judgement(graph.identity.undo(judgement, by=by, why=why))


@identity.command("log")
def identity_log(
    entity: Annotated[
        str | None, typer.Argument(help="Only judgements on this entity, by id or name.")
    ] = None,
) -> None:
    """Every judgement with who, when and why; undone ones too.

    Example: parkgraph identity log
    """
    with open_graph() as graph:
        judged = graph.identity.log(entity)
    if options.json:
        print(as_json({"items": [judgement.to_dict() for judgement in judged]}))
        return
    show_table(
        ("judgement", "verdict", "subject", "object", "by", "when", "why", "undone"),
        [
            (j.id, j.verdict, j.subject, j.object, j.by, in_utc(j.recorded), j.why, j.undone_in_words)
            for j in judged
        ],
    )


def _show_judgement(judgement: Judgement) -> None:
    if options.json:
        print(as_json(judgement.to_dict()))
    elif not options.quiet:
        show_record({key: value for key, value in judgement.to_dict().items() if value is not None})

"""Groups of entities by kind, country, place or community, and who brokers within and between them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from parkgraph.queries.explain import Reason
from parkgraph.queries.library import Column
from parkgraph.queries.measures.defined import SEED, Computed, Context, Measure, Parameter
from parkgraph.queries.measures.position import triangles
from parkgraph.queries.measures.structure import leiden
from parkgraph.queries.walk import PLACE_DEPTH

ROLES = ("coordinator", "gatekeeper", "representative", "consultant", "liaison")


def groups_of(context: Context, by: str) -> tuple[NDArray[np.int64], list[str]]:
    """For every entity of the network the code of its group (-1 where it has none), and the groups' names."""
    net, nodes = context.network, context.snapshot.nodes
    match by:
        case "kind":
            names: list[str | None] = [nodes[i].kind for i in net.ids]
        case "community":
            label = leiden(context, net.adjacency(), 1.0, trials=3)
            return label - 1, [str(number) for number in range(1, int(label.max(initial=0)) + 1)]
        case _:
            names = _nearest(context, by)
    known = sorted({name for name in names if name is not None})
    code = {name: number for number, name in enumerate(known)}
    return np.array([-1 if name is None else code[name] for name in names], dtype=np.int64), known


def _nearest(context: Context, by: str) -> list[str | None]:
    """The country or the place that an entity states or is in: its own, else the nearest up the chain of
    LOCATED_IN and PART_OF, of equally near ones the first by name."""
    arrays, snapshot = context.arrays, context.snapshot
    up = np.isin(
        arrays.relation,
        [arrays.relations.index(r) for r in ("LOCATED_IN", "PART_OF") if r in arrays.relations],
    )
    up &= arrays.rank >= 0
    above: dict[int, list[int]] = {}
    for inner, outer in zip(arrays.subject[up].tolist(), arrays.object[up].tolist(), strict=True):
        above.setdefault(inner, []).append(outer)

    def own(at: int) -> str | None:
        node = snapshot.nodes[arrays.ids[at]]
        if by == "place":
            return node.id if node.kind == "Place" else None
        stated = node.properties.get("country")
        if stated is None and node.kind == "Place" and node.properties.get("place_type") == "country":
            stated = node.properties.get("iso3166")
        return str(stated) if stated is not None else None

    found: list[str | None] = []
    for start in context.network.entities.tolist():
        front, seen, name = {start}, {start}, None
        for _ in range(PLACE_DEPTH + 1):
            named = sorted({name for name in map(own, front) if name is not None})
            if named:
                name = named[0]
                break
            front = {outer for inner in front for outer in above.get(inner, ())} - seen
            seen |= front
        found.append(name)
    return found


def roles(arcs: sparse.csr_array, group: NDArray[np.int64], corners: Any) -> NDArray[np.int64]:
    """For every entity how often it holds each of ROLES, (n, 5): pairs a, c with a to it, it to c, and no
    arc a to c. `arcs` is (n, n) of ones; `corners` yields the triples that are all tied. Entities of group -1
    take no part.
    """
    n = len(group)
    known = np.flatnonzero(group >= 0)
    count = int(group.max(initial=-1)) + 1
    member = sparse.csr_array((np.ones(len(known)), (known, group[known])), shape=(n, max(count, 1)))
    take = sparse.diags_array((group >= 0).astype(float))
    arcs = (take @ arcs @ take).tocsr()
    arcs.eliminate_zeros()
    out, into = (arcs @ member).tocsr(), (arcs.T @ member).tocsr()
    mutual = arcs.multiply(arcs.T).tocsr() @ member

    def own(matrix: Any) -> NDArray[np.float64]:
        found = np.zeros(n)
        found[known] = np.asarray(matrix.tocsr()[known, group[known]]).ravel()
        return found

    def total(matrix: Any) -> NDArray[np.float64]:
        return np.asarray(matrix.sum(axis=1)).ravel()

    in_own, out_own, mutual_own = own(into), own(out), own(mutual)
    in_other, out_other = total(into) - in_own, total(out) - out_own
    same = total(into.multiply(out)) - in_own * out_own
    table = np.stack(
        (
            in_own * out_own - mutual_own,
            in_other * out_own,
            in_own * out_other,
            same - (total(mutual) - mutual_own),
            in_other * out_other - same,
        ),
        axis=1,
    )
    rows = np.repeat(np.arange(n), np.diff(arcs.indptr))
    arcs.sort_indices()
    keys = rows * n + arcs.indices

    def is_arc(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
        if not len(keys):
            return np.zeros(len(a), dtype=bool)
        wanted = a * n + b
        return np.asarray(keys[np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)] == wanted)

    # Of those pairs, what is tied itself needs no broker.
    for three in corners:
        for a, b, c in ((0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1), (0, 2, 1), (1, 2, 0)):
            first, broker, last = three[a], three[b], three[c]
            closed = is_arc(first, broker) & is_arc(broker, last) & is_arc(first, last)
            first, broker, last = first[closed], broker[closed], last[closed]
            before, after = group[first] == group[broker], group[broker] == group[last]
            role = np.select(
                [before & after, after, before, group[first] == group[last]], [0, 1, 2, 3], default=4
            )
            np.subtract.at(table, (broker, role), 1)
    return np.asarray(np.rint(table), dtype=np.int64)


def _brokerage(context: Context) -> Computed:
    net, values = context.network, context.values
    group, names = groups_of(context, values["by"])
    directed = values["directed"]
    arcs = net.arcs() if directed else net.adjacency()
    table = roles(arcs, group, triangles(net, context.check))
    if not directed:
        # Every pair was counted from both sides; the gate is passed once inwards and once outwards.
        table[:, [0, 3, 4]] //= 2
        total = table.sum(axis=1) - table[:, 2]
    else:
        total = table.sum(axis=1)
    brokers = np.flatnonzero(total > 0)
    order = brokers[np.lexsort((brokers, -total[brokers]))][: context.limit]
    rows = [
        {
            "id": net.ids[i],
            "group": names[group[i]],
            "total": int(total[i]),
            **dict(zip(ROLES, table[i].tolist(), strict=True)),
        }
        for i in order.tolist()
    ]
    notes = []
    left_out = int((group < 0).sum())
    if left_out:
        notes.append(
            Reason(
                f"{left_out} 个主体没有所属群体（{values['by']}），未计入",
                f"{left_out} entities have no {values['by']} and take no part",
            )
        )
    return Computed(rows, len(brokers), {"groups": len(names), "in_no_group": left_out}, notes)


BROKERAGE = Measure(
    name="brokerage",
    summary="Who stands between others that are not tied themselves, within and between groups",
    summary_zh="谁介于彼此没有联系的主体之间：群体之内与群体之间的中介角色",
    definition="For every two entities a and c with a tied to b, b tied to c and a not tied to c, b holds "
    "one role: coordinator (all three of one group), gatekeeper (b and c of one, a of another), "
    "representative (a and b of one, c of another), consultant (a and c of one, b of another), liaison "
    "(all of different groups). Without direction every pair counts once, and gatekeeper and "
    "representative are the same pairs, once in the total; with directed=true ties lead from subject to "
    "object. Country and place: the entity's own, else the nearest it is located in or part of.",
    definition_zh="对每对 a、c：a 连 b、b 连 c 而 a 不连 c，则 b 担任一种角色：协调者（三者同组）、守门人（"
    "b、c 同组，a 他组）、代理人（a、b 同组，c 他组）、顾问（a、c 同组，b 他组）、联络人（三者各异）。不计"
    "方向时每对只计一次，守门人与代理人为同一批对，总数只计一次；directed=true 时由主语到宾语。国家与地点："
    "自身所述，否则取所在或所属的最近者。",
    source="Gould & Fernandez 1989, Structures of mediation",
    own={
        "by": Parameter(
            type="str",
            default="country",
            choices=("kind", "country", "place", "community"),
            description="what makes a group; communities as the measure communities finds them",
        ),
        "directed": Parameter(
            type="bool", default=False, description="whether ties lead only from subject to object"
        ),
        "seed": SEED,
    },
    columns={
        "id": Column(type="node", description="the broker"),
        "group": Column(type="str", description="its group"),
        "total": Column(type="int", description="pairs it brokers"),
        "coordinator": Column(type="int", description="within its own group"),
        "gatekeeper": Column(type="int", description="from another group into its own"),
        "representative": Column(type="int", description="from its own group to another"),
        "consultant": Column(type="int", description="within another group"),
        "liaison": Column(type="int", description="between two other groups"),
    },
    compute=_brokerage,
    figures={
        "groups": Column(type="int", description="how many groups there are"),
        "in_no_group": Column(type="int", description="entities without a group, which take no part"),
    },
    without=("isolated",),
    example={"fold": "Agreement,Alliance,Programme,Platform", "limit": 5},
)

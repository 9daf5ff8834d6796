"""Two-mode projections: actors tied by what they share, such as parks by agreements or institutions by
programmes, with the weighting stated.
"""

from __future__ import annotations

import numpy as np

from parkgraph.queries.library import Column
from parkgraph.queries.measures.defined import Computed, Context, Measure, Parameter, number, rounded
from parkgraph.queries.measures.network import DONE, of_kinds, pairs_within


def _projection(context: Context) -> Computed:
    net, values = context.network, context.values
    by = of_kinds(context.arrays, values["via"])[net.entities]
    actor = of_kinds(context.arrays, values["actors"])[net.entities] if values["actors"] else ~by
    actor &= ~by
    forth, back = by[net.object] & actor[net.subject], by[net.subject] & actor[net.object]
    used = forth | back
    where = np.where(forth, net.object, net.subject)[used]
    who = np.where(forth, net.subject, net.object)[used]
    done = net.standing[used] == DONE
    # Several facts of one actor with one affiliation are one membership, done where one of them is.
    keys, of = np.unique(where * net.n + who, return_inverse=True)
    is_done = np.zeros(len(keys), dtype=bool)
    is_done[of[done]] = True
    where, who = keys // max(net.n, 1), keys % max(net.n, 1)
    left, right = pairs_within(where, f"measure {context.name}: via {', '.join(values['via'])}")
    context.check()
    size = np.bincount(where, minlength=net.n)
    reach = np.bincount(who, minlength=net.n)
    pair, at = np.unique(who[left] * net.n + who[right], return_inverse=True)
    a, b = pair // max(net.n, 1), pair % max(net.n, 1)
    common = np.bincount(at, minlength=len(pair))
    both_done = np.bincount(at[is_done[left] & is_done[right]], minlength=len(pair))
    match values["weight"]:
        case "count":
            weight = common.astype(float)
        case "newman":
            weight = np.bincount(at, weights=1.0 / (size[where[left]] - 1), minlength=len(pair))
        case _:
            weight = common / (reach[a] + reach[b] - common)
    weight = rounded(weight)
    order = np.lexsort((b, a, -common, -weight))[: context.limit]
    # Affiliations of the pairs that are shown, in the order of ids.
    shown = np.isin(at, order)
    through: dict[int, list[str]] = {}
    for pair_at, place in sorted(zip(at[shown].tolist(), where[left[shown]].tolist(), strict=True)):
        through.setdefault(pair_at, []).append(net.ids[place])
    rows = [
        {
            "a": net.ids[a[i]],
            "b": net.ids[b[i]],
            "weight": float(weight[i]),
            "common": int(common[i]),
            "done": int(both_done[i]),
            "via": through[i],
        }
        for i in order.tolist()
    ]
    actors = len(np.unique(who))
    possible = actors * (actors - 1) // 2
    figures = {
        "actors": actors,
        "affiliations": len(np.unique(where)),
        "memberships": len(keys),
        "pairs": len(pair),
        "density": number(len(pair) / possible) if possible else None,
    }
    return Computed(rows, len(pair), figures)


PROJECTION = Measure(
    name="projection",
    summary="Actors tied by what they share: parks by agreements, institutions by programmes",
    summary_zh="以共同参与相连的主体：园区经协议、机构经计划（二模网络投影）",
    definition="Two actors are tied where both have a fact with the same entity of the kinds in via, "
    "whichever way it points. The weight is by count the number of such entities; by newman the sum over "
    "them of 1/(k-1), k being how many actors each has, so that a table of two binds more than one of "
    "twenty; by jaccard their number divided by those that either actor has. done: those where both "
    "actors' facts are done.",
    definition_zh="两个主体都与 via 所列类别的同一实体有事实（不论方向）即相连。权重 count 为这种实体的数目"
    "；newman 为其 1/(k-1) 之和，k 为该实体的参与者数，两方协议比二十方的更紧；jaccard 为共同者除以任一方所"
    "有者。done 为双方事实均已成者。",
    source="Breiger 1974; weighting 1/(k-1): Newman 2001",
    own={
        "via": Parameter(
            type="kind",
            several=True,
            required=True,
            description="kinds that tie the actors, such as Agreement",
        ),
        "actors": Parameter(
            type="kind", several=True, description="kinds of the actors, such as Park; not given: all others"
        ),
        "weight": Parameter(
            type="str",
            default="newman",
            choices=("count", "newman", "jaccard"),
            description="weighting of a pair",
        ),
    },
    columns={
        "a": Column(type="node", description="one actor"),
        "b": Column(type="node", description="the other"),
        "weight": Column(type="float", description="by the weighting asked for"),
        "common": Column(type="int", description="entities that they share"),
        "done": Column(type="int", description="of these, with both facts done"),
        "via": Column(type="nodes", description="the entities that they share"),
    },
    compute=_projection,
    figures={
        "actors": Column(type="int", description="actors with at least one such entity"),
        "affiliations": Column(type="int", description="such entities"),
        "memberships": Column(type="int", description="pairs of an actor and such an entity"),
        "pairs": Column(type="int", description="pairs of actors that are tied"),
        "density": Column(type="float", description="share of all pairs of actors", nullable=True),
    },
    without=("fold", "isolated"),
    example={"via": "Agreement", "weight": "newman", "limit": 5},
)

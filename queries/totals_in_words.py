"""What a sum of money, its refusal or its absence must say, in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations

from parkgraph.graph.errors import MixedAmounts
from parkgraph.graph.snapshot import Snapshot
from parkgraph.graph.subgraph import Node
from parkgraph.queries.amounts import STANDINGS, Group, Sum
from parkgraph.queries.explain import Reason

_NAMED = 6
Labels = Mapping[str, tuple[str, str]]


def _money_in_words(value: int, currency: str | None) -> str:
    return f"{value:,} {currency or ''}".rstrip()


def _label(labels: Labels, name: str, lang: int) -> str:
    return labels[name][lang] if name in labels else name


def _standing_label(name: str, lang: int) -> str:
    return STANDINGS[name][lang] if name in STANDINGS else name


def _group_in_words(group: Group, labels: Labels, lang: int) -> str:
    parts = (_label(labels, group.figure, lang), _standing_label(group.standing, lang))
    amount = _money_in_words(group.sum.total, group.currency)
    return f"{'，'.join(parts)}：{amount}" if lang == 0 else f"{', '.join(parts)}: {amount}"


def refusal(figure: str, groups: Sequence[Group], spans: Sequence[str], labels: Labels) -> MixedAmounts:
    """The refusal: the groups with their subtotals, and how to ask."""
    shown = "; ".join(_group_in_words(group, labels, 1) for group in groups[:_NAMED])
    more = f"; and {len(groups) - _NAMED} more" if len(groups) > _NAMED else ""
    ways = []
    if "figure" in spans:
        names = dict.fromkeys(group.figure for group in groups if group.figure != figure)
        ways.append(f"one figure ({', '.join(names)})")
    if "standing" in spans:
        sets = dict.fromkeys(",".join(group.statuses) for group in groups)
        ways.append(f"one status (status={' or status='.join(sets)})")
    if "currency" in spans:
        codes = sorted({group.currency for group in groups})
        foreign = next((code for code in codes if code != "CNY"), codes[0])
        ways.append(
            f"one currency (currency={' or currency='.join(codes)}), or give rates (rate={foreign}=7.1)"
        )
    mix = (
        "" if set(spans) == {"currency"} else "; or add them all the same with mix, which says what it mixed"
    )
    return MixedAmounts(
        f"total {figure}: not added together are {shown}{more}. Ask for {' and '.join(ways)}{mix}",
        spans=list(spans),
        groups=[
            {key: value for key, value in group.to_dict().items() if key != "amounts"} for group in groups
        ],
    )


def said_of_mixing(
    spans: Sequence[str],
    groups: Sequence[Group],
    labels: Labels,
    rates: Mapping[str, Decimal],
    currency: str,
) -> Iterator[Reason]:
    what: dict[str, tuple[str, str, Callable[[Group, int], str]]] = {
        "figure": ("金额类型", "kinds of figure", lambda g, lang: _label(labels, g.figure, lang)),
        "standing": ("状态", "statuses", lambda g, lang: _standing_label(g.standing, lang)),
    }
    parts = [name for name in spans if name in what]
    if parts:
        said = [
            [
                f"{what[name][lang]}{'（' if lang == 0 else ' ('}"
                f"{('、', ', ')[lang].join(dict.fromkeys(what[name][2](g, lang) for g in groups))}"
                f"{'）' if lang == 0 else ')'}"
                for name in parts
            ]
            for lang in (0, 1)
        ]
        not_done = "standing" in parts
        yield Reason(
            f"此合计混合了不同的{'与'.join(said[0])}{'；计划的并不等于已实现的' if not_done else ''}。",
            f"This sum mixes different {' and '.join(said[1])}"
            f"{'; what is planned is not done' if not_done else ''}.",
        )
    for code, rate in sorted(rates.items()):
        yield Reason(
            f"按给定汇率 1 {code} = {rate} {currency} 折算。",
            f"{code} is counted at the rate that was given, 1 {code} = {rate} {currency}.",
        )


def said_of_sum(whole: Sum, currency: str) -> Iterator[Reason]:
    low = None if whole.low is None else _money_in_words(whole.low, currency)
    high = None if whole.high is None else _money_in_words(whole.high, currency)
    if low is not None and high is None:
        yield Reason(f"合计不少于 {low}，上限未说明。", f"It is at least {low}; no upper bound is stated.")
    elif low is None and high is not None:
        yield Reason(f"合计不多于 {high}，下限未说明。", f"It is at most {high}; no lower bound is stated.")
    elif low is not None and low != high:
        yield Reason(f"合计在 {low} 与 {high} 之间。", f"It lies between {low} and {high}.")
    if whole.precision is not None and whole.precision > 1:
        yield Reason(
            f"所加数字中最粗的一项精确到 {whole.precision:,.0f} {currency}。",
            f"The coarsest figure in it is rounded to {whole.precision:,.0f} {currency}.",
        )


def _names(nodes: Sequence[Node], lang: str) -> str:
    shown = ("、" if lang == "zh" else ", ").join(node.label(lang) for node in nodes[:_NAMED])
    if len(nodes) <= _NAMED:
        return shown
    return f"{shown}{f' 等 {len(nodes)} 个' if lang == 'zh' else f' and {len(nodes) - _NAMED} more'}"


def said_of_amounts(groups: Sequence[Group], snapshot: Snapshot) -> Iterator[Reason]:
    amounts = [amount for group in groups for amount in group.amounts]
    restated = sum(len(amount.restated) for amount in amounts)
    if restated:
        yield Reason(
            f"有 {restated} 条关系重述了其中的金额，未重复计入。",
            f"Relations state these amounts again ({restated}); each is counted once.",
        )
    contested = [snapshot.nodes[a.of] for a in amounts if a.contested]
    if contested:
        yield Reason(
            f"来源说法不一：{_names(contested, 'zh')}；计入的是图中采用的数字。",
            f"Sources differ on {_names(contested, 'en')}; counted is the figure that the graph shows.",
        )
    members = sorted({amount.of for amount in amounts})
    for part, whole in _parts(members, snapshot):
        yield Reason(
            f"“{part.label('zh')}”属于“{whole.label('zh')}”，两者的金额可能重叠。",
            f"{part.label('en')} is part of {whole.label('en')}; their amounts may overlap.",
        )
    for a, b in combinations(members, 2):
        if any(
            edge.relation == "POSSIBLY_SAME_AS" and b in (edge.subject, edge.object)
            for edge in snapshot.incident.get(a, ())
        ):
            yield Reason(
                f"“{snapshot.nodes[a].label('zh')}”与“{snapshot.nodes[b].label('zh')}”可能是同一个，"
                "金额可能重复。",
                f"{snapshot.nodes[a].label('en')} and {snapshot.nodes[b].label('en')} may be the same; "
                "the amount may be counted twice.",
            )


def _parts(members: Sequence[str], snapshot: Snapshot) -> Iterator[tuple[Node, Node]]:
    """Each member with another of which it is a part, over any number of steps."""
    among = set(members)
    for member in members:
        seen, frontier = {member}, [member]
        while frontier:
            wholes = {
                edge.object
                for i in frontier
                for edge in snapshot.incident.get(i, ())
                if edge.relation == "PART_OF" and edge.subject == i
            }
            frontier = sorted(wholes - seen)
            seen |= wholes
        for whole in sorted((seen & among) - {member}):
            yield snapshot.nodes[member], snapshot.nodes[whole]


def said_of_silence(silent: Sequence[Node]) -> Iterator[Reason]:
    if silent:
        yield Reason(
            f"没有来源说明此项金额，未按 0 计入：{_names(silent, 'zh')}。",
            f"No source states this figure of {_names(silent, 'en')}; it is not counted as 0.",
        )


def said_of_nothing(
    figure: str, labels: Labels, same_figure: Sequence[Group], others: Sequence[Group]
) -> Iterator[Reason]:
    """Why there is nothing to add, and what there is instead: of the same figure outside what was asked,
    else of any figure."""
    yield Reason(
        f"没有符合条件的“{labels[figure][0]}”。",
        f"No amount that fits what was asked is stated as {labels[figure][1]}.",
    )
    there = same_figure or others
    if there:
        head = ("此类金额另有：", "Of this figure there is: ") if same_figure else ("图中有：", "There is: ")
        zh = "；".join(_group_in_words(group, labels, 0) for group in there)
        en = "; ".join(_group_in_words(group, labels, 1) for group in there)
        yield Reason(f"{head[0]}{zh}。", f"{head[1]}{en}.")


def said_of_possible(groups: Sequence[Group], snapshot: Snapshot) -> Iterator[Reason]:
    """Amounts of what only possibly was there on the day that is asked about."""
    possible = set()
    for amount in (amount for group in groups for amount in group.amounts):
        edges = [snapshot.edges[fact].properties for fact in amount.facts]
        if any(held.get("held") == "possible" for held in (snapshot.nodes[amount.of].properties, *edges)):
            possible.add(amount.of)
    if possible:
        zh, en = (
            join.join(snapshot.nodes[i].label(lang) for i in sorted(possible))
            for lang, join in (("zh", "、"), ("en", ", "))
        )
        yield Reason(
            f"在所问之日只是可能：{zh}；只计确定者须加“只看确定的”（certain）。",
            f"On the day asked about only possible: {en}; ask for what is certain to leave it out.",
        )

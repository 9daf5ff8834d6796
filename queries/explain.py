"""Why there is no path, in words: sentences in both languages, the most telling first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from parkgraph.graph.model import Model
from parkgraph.graph.snapshot import Snapshot
from parkgraph.queries.paths import NoPath
from parkgraph.queries.walk import DEFAULT_FLOOR, meets_floor


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence in both languages."""

    zh: str
    en: str

    def to_dict(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}


_FILTER_NAMES = {
    "inferred": ("采用推断的事实", "using inferred facts"),
    "status": ("放宽状态下限到“计划”", "lowering the status floor to planned"),
    "as_of": ("不限日期", "dropping the date"),
    "known_at": ("计入后来才知道的", "counting what was known only later"),
    "certain": ("接受可能成立的事实", "accepting facts that possibly held then"),
    "relations": ("不限关系", "allowing every relation"),
    "layers": ("不限层面", "allowing every layer"),
    "kinds": ("不限途经类别", "allowing every kind on the way"),
    "confidence": ("不限置信度", "dropping the confidence floor"),
    "via": ("不要求途经", "dropping the required way"),
    "avoid": ("不避开实体", "not avoiding anything"),
    "max_hops": ("放宽跳数上限", "allowing more hops"),
    "max_degree": ("允许途经枢纽", "passing hubs"),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A NoPath in words, for the names the caller knows."""

    none: NoPath
    reasons: tuple[Reason, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        reach = self.none.reach
        return {
            "connected": self.none.connected,
            "restores": [{"filter": name, "hops": hops} for name, hops in self.none.restores],
            "together": [{"filters": list(names), "hops": hops} for names, hops in self.none.together],
            "reach": {"from": reach[0], "to": reach[1]} if reach is not None else None,
            "near_miss": list(self.none.near_miss),
            "nearest": self.none.nearest.to_dict() if self.none.nearest is not None else None,
            "reasons": [reason.to_dict() for reason in self.reasons],
        }


def explain_in_words(
    none: NoPath,
    snapshot: Snapshot,
    model: Model,
    ends: tuple[Mapping[str, str], Mapping[str, str]],
    sources_read: int,
    *,
    cut: bool = False,
    absent: Iterable[str] = (),
) -> Explanation:
    """The reasons as sentences, the most telling first. `ends` are what the two are called in each language;
    `absent` are entities that were not there at the moment that is asked about."""

    def name(node: str, lang: str) -> str:
        return snapshot.nodes[node].label(lang)

    (a_zh, a_en), (b_zh, b_en) = ((end["zh"], end["en"]) for end in ends)
    reasons = []
    if cut:
        reasons.append(
            Reason(
                "路径过多，未能逐一查看，因此这里的“没有”并不确定；请收紧筛选。",
                "There were too many paths to try, so this none is not certain; narrow the filters.",
            )
        )
    for node in absent:
        reasons.append(
            Reason(
                f"在所问的时间，图中没有“{name(node, 'zh')}”。",
                f"{name(node, 'en')} is not in the graph at the time asked about.",
            )
        )
    for names, hops in (*(((name,), hops) for name, hops in none.restores), *none.together):
        zh = "并".join(_FILTER_NAMES[name][0] for name in names)
        en = " and ".join(_FILTER_NAMES[name][1] for name in names)
        reasons.append(
            Reason(f"若{zh}，则有一条 {hops} 跳的路径。", f"There is a path of {hops} hops when {en}.")
        )
    if none.connected and not none.restores and not none.together:
        reasons.append(
            Reason(
                "去掉任何一项或两项筛选都不够；全部去掉则相连。",
                "No one filter and no two are to blame; with all of them off the two are connected.",
            )
        )
    if not none.connected and not none.restores:
        reasons.append(
            Reason(
                f"已知的合作事实没有把“{a_zh}”与“{b_zh}”相连。",
                f"No known partnership facts connect {a_en} and {b_en}.",
            )
        )
    if none.reach is not None:
        reasons.append(
            Reason(
                f"从“{a_zh}”可到达 {none.reach[0]} 个实体，"
                f"从“{b_zh}”可到达 {none.reach[1]} 个；共查阅 {sources_read} 个来源。",
                f"{a_en} reaches {none.reach[0]} entities, "
                f"{b_en} reaches {none.reach[1]}; {sources_read} sources were read.",
            )
        )
    if none.near_miss:
        reasons.append(_near_miss_reason(none, snapshot, model, name))
    if none.nearest is not None:
        tie = none.nearest
        pairs = ((tie.start, tie.away[0], a_zh, a_en), (tie.end, tie.away[1], b_zh, b_en))
        ends_zh = [f"“{name(i, 'zh')}”" + (f"（距“{of}” {n} 步）" if n else "") for i, n, of, _ in pairs]
        ends_en = [
            name(i, "en") + (f" ({n} {'step' if n == 1 else 'steps'} from {of})" if n else "")
            for i, n, _, of in pairs
        ]
        reasons.append(
            Reason(
                f"最近的相连一对：{ends_zh[0]}与{ends_zh[1]}，相隔 {tie.hops} 跳。",
                f"The nearest pair that is connected: {ends_en[0]} and {ends_en[1]}, {tie.hops} "
                f"{'hop' if tie.hops == 1 else 'hops'} apart.",
            )
        )
    return Explanation(none, tuple(reasons))


def _near_miss_reason(
    none: NoPath, snapshot: Snapshot, model: Model, name: Callable[[str, str], str]
) -> Reason:
    chain_zh = " — ".join(name(node, "zh") for node in none.near_miss)
    chain_en = " — ".join(name(node, "en") for node in none.near_miss)
    blocked = [node for node in none.near_miss[1:-1] if _only_ends(node, snapshot, model)]
    if blocked:
        node = snapshot.nodes[blocked[0]]
        kind = model.kinds.get(node.kind)
        why_zh = f"其中“{node.label('zh')}”（{kind.zh if kind else node.kind}）只能作端点，不能途经"
        why_en = (
            f"{node.label('en')} ({kind.en if kind else node.kind}) may end a path but not lie on its way"
        )
    else:
        weak = [
            edge
            for edge in snapshot.edges.some(none.near_miss_facts)
            if not model.relations[edge.relation].passable_to(snapshot.labels[edge.object])
            or not meets_floor(edge.status, DEFAULT_FLOOR, model)
        ]
        zh = "、".join(sorted({model.relations[e.relation].zh for e in weak}))
        en = ", ".join(sorted({model.relations[e.relation].en for e in weak}))
        why_zh, why_en = (
            f"其中“{zh}”不算合作，或只是建议，或已终止、取消",
            f"“{en}” is no partnership there, or is only proposed, ended or cancelled",
        )
    return Reason(f"最接近的联系：{chain_zh}；{why_zh}。", f"The nearest tie: {chain_en}; {why_en}.")


def _only_ends(node: str, snapshot: Snapshot, model: Model) -> bool:
    """Whether a path may end at an entity but never pass it."""
    kinds = (model.kinds[label] for label in snapshot.labels[node] if label in model.kinds)
    return bool(snapshot.nodes[node].properties.get("end_only")) or not all(kind.through for kind in kinds)

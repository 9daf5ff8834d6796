"""The life of a fact as its sources tell it: a sentence for each claim, the oldest day first, also for
claims that were taken back; and in the end what the graph shows, and by which rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from parkgraph.graph.claims import Claim, Source, position
from parkgraph.graph.dates import parse_date
from parkgraph.graph.model import Model
from parkgraph.graph.projection import Fact, makes_fact, preference, project, spoken_of, status_of
from parkgraph.graph.snapshot import Snapshot
from parkgraph.queries.answers import Proof
from parkgraph.queries.explain import Reason
from parkgraph.queries.wording import Text, label, rows, said, value_in_words

_RULES = (
    # What `preference` sorts by, in its order.
    Reason("编者评定更高", "an editor ranks it higher"),
    Reason("说的日期更晚", "it speaks of a later day"),
    Reason("状态更高", "its status is higher"),
    Reason("明说先于推断", "stated goes before inferred"),
    Reason("按来源标识的次序", "by the order of source ids"),
    Reason("按说法标识的次序", "by the order of claim ids"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One claim as a sentence. `day` is the day it speaks of, as written; None where neither it nor its
    source is dated. `contradicts` names the live claims it does not agree with."""

    day: str | None
    sentence: Reason
    proof: Proof
    contradicts: tuple[str, ...] = ()

    @property
    def retracted(self) -> bool:
        return self.proof.claim.retracted is not None

    def to_dict(self) -> dict[str, Any]:
        return {
            "day": self.day,
            **self.sentence.to_dict(),
            "retracted": self.retracted,
            "contradicts": list(self.contradicts),
            "claim": self.proof.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class History:
    """A fact's claims in the order of the days they speak of, undated ones first; `outcome` says what the
    graph shows of them and why."""

    fact: str
    about: Reason
    told: tuple[Told, ...]
    outcome: Reason

    def since(self, day: int) -> History:
        """Only what speaks of a day (yyyymmdd) or a later one."""
        kept = (item for item in self.told if item.day and parse_date(item.day).latest >= day)
        return replace(self, told=tuple(kept))

    def to_dict(self) -> dict[str, Any]:
        return {
            "fact": self.fact,
            "about": self.about.to_dict(),
            "told": [item.to_dict() for item in self.told],
            "outcome": self.outcome.to_dict(),
        }


def history_of(proofs: Iterable[Proof], model: Model, snapshot: Snapshot, *, shown: bool) -> History:
    """The history that all claims of one fact make, at least one; `shown` where the graph shows the fact."""
    every = list(proofs)
    sources = {proof.source.id: proof.source for proof in every}
    live = [proof.claim for proof in every if proof.claim.retracted is None]
    against = _contradictions(live, model, sources)
    every.sort(key=lambda p: (spoken_of(p.claim, sources), p.source.id, position(p.claim.locator), p.id))
    told = tuple(
        Told(
            p.claim.as_of or p.source.published,
            _sentence(p, against.get(p.id, ()), sources, model),
            p,
            tuple(claim.id for claim in against.get(p.id, ())),
        )
        for p in every
    )
    first = every[0].claim
    return History(
        first.fact_id(model),
        _about(first, model, snapshot),
        told,
        _outcome(live, model, sources) if shown else _not_shown(live, model),
    )


def _contradictions(
    live: Sequence[Claim], model: Model, sources: Mapping[str, Source]
) -> dict[str, tuple[Claim, ...]]:
    """For each claim the others it does not agree with: the two alone would make a contested fact."""
    whole = project(live, model, sources)
    if whole is None or not whole.contested:
        return {}
    found: dict[str, list[Claim]] = defaultdict(list)
    for i, one in enumerate(live):
        for other in live[i + 1 :]:
            both_said = project((one, other), model, sources)
            if both_said is not None and both_said.contested:
                found[one.id].append(other)
                found[other.id].append(one)
    return {identifier: tuple(others) for identifier, others in found.items()}


# -- in words ----------------------------------------------------------------------------------


def _about(claim: Claim, model: Model, snapshot: Snapshot) -> Reason:
    """What the fact is of: its ends and relation, or the entity and its property."""

    def name(identifier: str, lang: str) -> str:
        node = snapshot.nodes.get(identifier)
        return node.label(lang) if node is not None else identifier

    if claim.relation is None:
        prop = model.entity_properties.get(claim.property or "")
        zh, en = (prop.zh, prop.en) if prop is not None else (str(claim.property),) * 2
        if claim.property == "kind":
            zh, en = "类别", "kind"
        return Reason(f"{name(claim.subject, 'zh')}：{zh}", f"{name(claim.subject, 'en')}: {en}")
    relation = model.relations[claim.relation]
    more = f" ({claim.disc})" if claim.disc else ""
    return Reason(
        *(
            f"{name(claim.subject, lang)} — {relation.label(lang)}{more} — {name(claim.object or '', lang)}"
            for lang in ("zh", "en")
        )
    )


def _sentence(proof: Proof, against: Sequence[Claim], sources: Mapping[str, Source], model: Model) -> Reason:
    """Source: what it says (where)."""
    claim, source = proof.claim, proof.source
    parts = list(_says(claim, model))
    if claim.inferred:
        basis_zh = f"推断，依据：{claim.basis}" if claim.basis else "推断"
        basis_en = f"inferred: {claim.basis}" if claim.basis else "inferred"
        parts.append(Reason(basis_zh, basis_en))
    if claim.rank:
        parts.append(Reason("编者推荐", "preferred by an editor") if claim.rank > 0 else _DOUBTED)
    for name, where in dict.fromkeys((sources[c.source].name, c.locator or "") for c in against):
        at = f" {where}" if where else ""
        parts.append(Reason(f"与《{name}》的另一说法不合{at}", f'at odds with another claim of "{name}"{at}'))
    if claim.retracted is not None:
        day = datetime.fromtimestamp(claim.retracted, UTC).date().isoformat()
        parts.append(Reason(f"已于 {day} 撤回", f"taken back on {day}"))
    dated = Reason(source.published or "", source.published or "")
    if source.published_inferred:
        dated = Reason(f"{source.published}，推断", f"{source.published}, inferred")
    zh = "，".join(filter(None, [source.publisher, dated.zh]))
    en = ", ".join(filter(None, [source.publisher, dated.en]))
    says_zh, says_en = "；".join(part.zh for part in parts), "; ".join(part.en for part in parts)
    at_zh, at_en = (f"（{claim.locator}）", f" ({claim.locator})") if claim.locator else ("", "")
    return Reason(
        f"{source.name}{f'（{zh}）' if zh else ''}：{says_zh}{at_zh}",
        f"{source.name}{f' ({en})' if en else ''}: {says_en}{at_en}",
    )


_DOUBTED = Reason("编者存疑", "doubted by an editor")


def _says(claim: Claim, model: Model) -> Iterator[Reason]:
    """What a claim says, part by part."""
    if claim.modality != "asserted":
        yield _reason(label(model.modalities.get(claim.modality), claim.modality))
    status = status_of(claim)
    if claim.relation is not None:
        named = model.statuses.get(status or "")
        yield (
            _reason(label(named, status))
            if status is not None
            else Reason("说有此事，未说明状态", "says so, without a status")
        )
    else:
        prop = model.entity_properties.get(claim.property or "")
        if claim.property == "kind":
            yield _reason(label(model.kinds.get(str(claim.value)), str(claim.value)))
        else:
            yield _reason(value_in_words(prop, claim.value, model))
    yield from _when(claim.valid_from, claim.valid_to, claim.as_of)
    if claim.relation is not None:
        yield from _attributes(claim.relation, claim.attributes, model)


def _attributes(relation: str, attributes: Mapping[str, Any], model: Model) -> Iterator[Reason]:
    for row in rows(attributes, model.relation_properties(relation), model):
        name, value = row["label"], row["value"]
        yield Reason(f"{said(name, 'zh')} {said(value, 'zh')}", f"{said(name, 'en')} {said(value, 'en')}")


def _when(start: str | None, end: str | None, as_of: str | None) -> Iterator[Reason]:
    for text, zh, en in ((start, "起始", "from"), (end, "终止", "until"), (as_of, "截至", "as of")):
        if text is not None:
            yield Reason(f"{zh} {text}", f"{en} {text}")


def _reason(text: Text) -> Reason:
    return Reason(said(text, "zh"), said(text, "en"))


def _outcome(live: Sequence[Claim], model: Model, sources: Mapping[str, Source]) -> Reason:
    """What the graph shows, and by which rule the first claim goes before the first that says otherwise."""
    key = preference(model, sources)
    ordered = sorted(live, key=key)
    fact = project(ordered, model, sources)
    assert fact is not None
    shown = list(_shown(fact, model))
    first = ordered[0]
    other = next((c for c in ordered[1:] if _core(c) != _core(first)), None)
    if len(ordered) == 1:
        rule = Reason("只有这一条说法", "this is the only claim")
    elif other is None:
        rule = Reason("各条说法一致", "the claims agree")
    else:
        step = next(i for i, (a, b) in enumerate(zip(key(first), key(other), strict=True)) if a != b)
        why = _RULES[step]
        rule = Reason(
            f"采信《{sources[first.source].name}》的说法：{why.zh}",
            f'"{sources[first.source].name}" is followed: {why.en}',
        )
    if fact.contested:
        rule = Reason(f"{rule.zh}；来源说法不一", f"{rule.en}; sources differ")
    return Reason(
        f"图中显示：{'；'.join(p.zh for p in shown)}。{rule.zh}。",
        f"The graph shows: {'; '.join(p.en for p in shown)}. {rule.en[0].upper()}{rule.en[1:]}.",
    )


def _core(claim: Claim) -> tuple[Any, ...]:
    """What two claims must share to say the same, beside dates that only refine each other."""
    return status_of(claim), claim.value, tuple(sorted((k, str(v)) for k, v in claim.attributes.items()))


def _shown(fact: Fact, model: Model) -> Iterator[Reason]:
    if fact.relation is not None:
        yield (
            _reason(label(model.statuses.get(fact.status), fact.status))
            if fact.status is not None
            else Reason("未说明状态", "no status is stated")
        )
    elif fact.property == "kind":
        yield _reason(label(model.kinds.get(str(fact.value)), str(fact.value)))
    else:
        yield _reason(value_in_words(model.entity_properties.get(fact.property or ""), fact.value, model))
    yield from _when(fact.valid_from, fact.valid_to, None)
    if fact.relation is not None:
        yield from _attributes(fact.relation, fact.attributes, model)
    if fact.inferred:
        yield Reason("推断", "inferred")


def _not_shown(live: Sequence[Claim], model: Model) -> Reason:
    if not live:
        return Reason(
            "图中不再显示：说法都已撤回。", "The graph no longer shows it: every claim was taken back."
        )
    if not makes_fact(live[0], model):
        return Reason(
            "图中未显示：这是关于谁是同一个的判断，或者其两端已判为同一个。",
            "The graph does not show it: it judges who is one, or its two ends were judged the same.",
        )
    return Reason(
        "图中未显示：没有来源说明其一端是什么。",
        "The graph does not show it: no source says what one of its ends is.",
    )

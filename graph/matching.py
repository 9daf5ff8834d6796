"""Which organisations may be one: proposals from shared identifiers and from names, never merges.

Names are composed, not measured: every word of one name has to be answered by the other, and what is left
over decides. Another place, ordinal, direction, discipline or kind of body makes another organisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from parkgraph.graph.blocking import candidates
from parkgraph.graph.identifiers import has_valid_check
from parkgraph.graph.model import Model, default_model
from parkgraph.graph.name_matching import Found, Verdict, compare_names, may_agree, spelled_places
from parkgraph.graph.naming import Name, is_chinese, lexicon, normalise, pinyin, read_name, stem

# The least score that is proposed.
DEFAULT = 0.6
# So many words make a name that two bodies hardly share.
_TELLING = 3
# A branch or a part in brackets has at most so many characters; what is longer is another name.
_BRANCH = 3

# Reasons in Chinese and English.
REASONS: Mapping[str, tuple[str, str]] = {
    "identifier": ("有相同的标识符", "They share an identifier"),
    "equal-name": ("名称相同", "Their names are equal"),
    "variant": ("名称只在可省略的字词上不同", "Their names differ only in words that may be left out"),
    "short-form": ("一个名称是另一个的简称", "One name is a short form of the other"),
    "translation": ("一个名称是另一个的翻译", "One name translates the other"),
    "acronym": ("一个名称是另一个的字母缩写", "One name is an acronym of the other"),
    "pinyin": ("一个名称是另一个的拼音", "One name is the pinyin of the other"),
    "spelling": ("名称拼写相近", "Their names are spelled nearly alike"),
    "committee": ("管委会与其园区", "A committee and its park"),
    "local-government": ("地方政府与当地园区", "A local government and a park of its place"),
    "place": ("地点与以其命名的园区", "A place and a park named after it"),
    "part": ("一个名称以另一个为上级", "One name has the other as its parent"),
    "shared-name": ("共用专名而性质不同", "They share a proper name and differ in kind"),
}

# What is never one and the same because of its name (model.md: an agreement is not identified by name).
_NAMELESS = frozenset({"Agreement", "Observation", "Target", "Indicator", "Event", "Person", "Project"})
# Kinds that one organisation may be filed under by two editors.
_KINDRED = (
    frozenset({"Institution", "Platform", "Government"}),
    frozenset({"Institution", "Company", "Platform"}),
    frozenset({"Park", "Platform"}),
    frozenset({"Park", "Place"}),
    frozenset({"Company", "Fund"}),
)
# Schemes of registers that give one number to one body. A division code is shared by all bodies of a place.
_REGISTERS = frozenset({"ror", "uscc", "lei", "wikidata", "zone_code", "amac"})


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as it is compared: kinds, every name, identifiers by scheme, places it lies in."""

    id: str
    kinds: frozenset[str]
    names: tuple[str, ...]
    identifiers: Mapping[str, str] = field(default_factory=dict, hash=False)
    places: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two parties that may be one (`same`) or have a tie (`related`), with a score in 0 to 1.

    `relation` is the relation of the model to propose between related ones, `a` its subject. `certain` is
    true only where a register gives both one checked identifier and nothing contradicts it.
    """

    a: str
    b: str
    verdict: Verdict
    score: float
    reasons: tuple[str, ...]
    relation: str | None = None
    certain: bool = False

    def sentence(self, lang: str) -> str:
        """The reasons as words."""
        spoken = []
        for reason in self.reasons:
            code, _, detail = reason.partition(":")
            text = REASONS[code][0 if lang == "zh" else 1]
            spoken.append(f"{text} ({detail})" if detail else text)
        return ("；" if lang == "zh" else "; ").join(spoken)


def party_of(
    id: str, labels: Iterable[str], properties: Mapping[str, Any], model: Model | None = None
) -> Party:
    """A stored entity as a party: its names, aliases, former names, and identifiers by scheme."""
    model = model or default_model()
    names = [properties[key] for key in ("name_zh", "name_en") if properties.get(key)]
    names += [text for key in ("alias", "former_name") for text in properties.get(key) or ()]
    identifiers = {
        prop.scheme: str(properties[name])
        for name, prop in model.entity_properties.items()
        if prop.type == "identifier" and prop.scheme and properties.get(name)
    }
    places = frozenset(str(properties[key]) for key in ("city", "place") if properties.get(key))
    kinds = frozenset(labels) & frozenset(model.kinds)
    return Party(id, kinds, tuple(dict.fromkeys(names)), identifiers, places)


# ---------------------------------------------------------------------- two parties


def compare(a: Party, b: Party) -> Proposal | None:
    """What is proposed about two parties, or None. The order of the two does not matter."""
    if a.id == b.id:
        return None
    if (b.id, b.names) < (a.id, a.names):
        a, b = b, a
    shared = sorted(
        scheme
        for scheme in a.identifiers.keys() & b.identifiers.keys() & _REGISTERS
        if a.identifiers[scheme].strip() and b.identifiers[scheme].strip()
    )
    equal = [scheme for scheme in shared if a.identifiers[scheme] == b.identifiers[scheme]]
    contradicted = len(equal) < len(shared)
    if equal and not contradicted:
        certain = any(has_valid_check(scheme, a.identifiers[scheme]) for scheme in equal)
        return Proposal(
            a.id,
            b.id,
            "same",
            1.0 if certain else 0.9,
            tuple(f"identifier:{s}" for s in equal),
            None,
            certain,
        )
    if (a.kinds | b.kinds) & _NAMELESS:
        return None
    names_a, names_b = _names(a), _names(b)
    agreed = [(x, y, own) for x in names_a for y in names_b if (own := _by_name(x, y, a, b)) is not None]
    if _denied(names_a, names_b, agreed):
        agreed = [(x, y, own) for x, y, own in agreed if own.verdict != "same" or _is_telling(x, y, own)]
    found = _best(own for _, _, own in agreed)
    if found is None or (found.verdict == "same" and contradicted):
        return None
    first, second = (b, a) if found.swapped else (a, b)
    return Proposal(
        first.id, second.id, found.verdict, round(found.score, 3), (found.reason,), found.relation, False
    )


def _denied(
    names_a: Iterable[Name], names_b: Iterable[Name], agreed: Iterable[tuple[Name, Name, Found]]
) -> bool:
    """Whether both parties have Chinese names and no two of these agree: 山西 and 陕西 are spelled alike,
    and are two."""
    return (
        any(name.script == "zh" for name in names_a)
        and any(name.script == "zh" for name in names_b)
        and not any(
            x.script == y.script == "zh" and own.verdict == "same" and own.reason != "acronym"
            for x, y, own in agreed
        )
    )


def _is_telling(x: Name, y: Name, found: Found) -> bool:
    """Whether an agreement outweighs Chinese names that differ: one full name of several words, such as that
    of an institute that was renamed in Chinese."""
    return found.reason == "equal-name" and min(len(x.units), len(y.units)) >= _TELLING


def _names(party: Party) -> list[Name]:
    return [name for text in party.names if (name := read_name(text)).key]


def _best(found: Iterable[Found | None]) -> Found | None:
    """The best by verdict, score and reason: one equal name decides, whatever the others say."""
    kept = [one for one in found if one is not None]
    return min(kept, key=lambda f: (f.verdict != "same", -f.score, f.reason, f.swapped), default=None)


def _by_name(x: Name, y: Name, a: Party, b: Party) -> Found | None:
    if not may_agree(x, y):
        return None
    tie = _tie(x, y, a.kinds, b.kinds)
    if tie is not None:
        return tie
    if x.script == y.script and x.aside and y.aside and set(x.aside).isdisjoint(y.aside):
        return None
    same = compare_names(x, y, a.kinds | b.kinds)
    if same is None or same.verdict == "related":
        return same
    if not _kinds_agree(a.kinds, b.kinds) or not _places_agree(a.places, b.places):
        return None
    apart = x.script == y.script == "zh" and bool(x.aside) != bool(y.aside)
    if apart and same.reason in ("equal-name", "variant") and _is_part(x.aside or y.aside):
        return Found("related", same.score, "part", "PART_OF", not x.aside)
    return same


def _is_part(aside: Iterable[str]) -> bool:
    """Whether what stands in brackets tells a part or a branch: a place or a word of few characters, and
    not another name."""
    return any(is_chinese(text) and len(text) <= _BRANCH for text in aside)


def _kinds_agree(a: frozenset[str], b: frozenset[str]) -> bool:
    return not a or not b or bool(a & b) or any(a & kindred and b & kindred for kindred in _KINDRED)


@lru_cache(maxsize=1 << 12)
def _place_keys(place: str) -> frozenset[str]:
    """A place as it may be written in either language, and the province it lies in."""
    if not is_chinese(place):
        name = read_name(place)
        word = "".join(unit.text for unit in name.units if unit.role not in ("level", "head"))
        return frozenset({word, *(p for w in spelled_places().get(word, ()) for p in _place_keys(w))})
    bare = _bare_place(normalise(place))
    province = lexicon().province_of.get(bare)
    return frozenset(
        {bare, "".join(pinyin(bare)), *([province, "".join(pinyin(province))] if province else ())}
    )


def _bare_place(text: str) -> str:
    known = lexicon().province_of
    for ending in ("特别行政区", "自治区", "自治州", "地区", "省", "市", "州"):
        bare = text.removesuffix(ending)
        if bare in known:
            return bare
    return text


def _places_agree(a: frozenset[str], b: frozenset[str]) -> bool:
    if not a or not b:
        return True
    return bool(
        frozenset().union(*(_place_keys(p) for p in a)) & frozenset().union(*(_place_keys(p) for p in b))
    )


# ---------------------------------------------------------------------- ties


def _tie(x: Name, y: Name, kinds_x: frozenset[str], kinds_y: frozenset[str]) -> Found | None:
    """A relation that the two names state, whichever comes first."""
    for first, second, kinds, other, swapped in (
        (x, y, kinds_x, kinds_y, False),
        (y, x, kinds_y, kinds_x, True),
    ):
        governs = "Government" in kinds or not kinds
        if _group(first) == "committee" and governs and _group(second) != "committee":
            seat = _without_last_head(first)
            if seat is not None:
                inner = compare_names(seat, second, frozenset({"Park"}))
                if (
                    inner is not None
                    and inner.verdict == "same"
                    and inner.reason != "acronym"
                    and not (seat.script == second.script and set(seat.aside) != set(second.aside))
                ):
                    return Found("related", inner.score, "committee", "ADMINISTERS", swapped)
        seats = _places_of(first) if _is_local_government(first) else []
        if seats and ("Park" in other or _group(second) == "zone") and _places_of(second)[:1] == seats[-1:]:
            return Found("related", 0.7, "local-government", None, swapped)
        if "Place" in kinds and "Park" in other and first.script == second.script == "zh":
            bare = [u for u in first.units if u.role in ("place", "proper")]
            if len(bare) == 1 and bare[0].text in [
                u.text for u in second.units if u.role in ("place", "proper")
            ]:
                return Found("related", 0.65, "place", "LOCATED_IN", not swapped)
    return None


@lru_cache(maxsize=1 << 16)
def _group(name: Name) -> str:
    head = name.head
    if head is None:
        return ""
    if name.script == "en":
        texts = {unit.text for unit in name.units}
        if stem("administration") in texts and (stem("committee") in texts or stem("commission") in texts):
            return "committee"
        if stem("zone") in texts or stem("park") in texts:
            return "zone"
        return ""
    return head.group


def _without_last_head(name: Name) -> Name | None:
    """The park that a committee's name names."""
    if name.script == "en":
        gone = {stem(w) for w in ("administration", "management", "committee", "commission")}
        units = tuple(unit for unit in name.units if unit.text not in gone)
        return Name(name.text, "en", name.key, name.core, name.aside, units)
    head = name.head
    if head is None or not name.core.endswith(head.text) or name.script != "zh":
        return None
    aside = "".join(f"({part})" for part in name.aside)
    return read_name(name.core.removesuffix(head.text) + aside)


@lru_cache(maxsize=1 << 16)
def _is_local_government(name: Name) -> bool:
    texts = [unit.text for unit in name.units]
    named = texts[-1:] in (["人民政府"], ["政府"]) or (name.script == "en" and stem("government") in texts)
    return named and all(unit.role in ("place", "level", "head", "proper") for unit in name.units)


def _places_of(name: Name) -> list[str]:
    """The places of a name by their pinyin, so that both languages meet."""
    return [
        "".join(pinyin(unit.text)) if name.script != "en" else unit.text
        for unit in name.units
        if unit.role == "place"
    ]


# ---------------------------------------------------------------------- many parties


def propose(parties: Iterable[Party], *, least: float = DEFAULT) -> list[Proposal]:
    """The proposals among many parties, best first, then by ids; the order given does not matter.

    Only parties that share a telling word, a spelling, an acronym or an identifier are compared.
    """
    listed = sorted(parties, key=lambda party: (party.id, party.names))
    found = []
    for i, j in candidates(listed):
        proposal = compare(listed[i], listed[j])
        if proposal is not None and proposal.score >= least:
            found.append(proposal)
    return sorted(found, key=lambda p: (-p.score, p.a, p.b))

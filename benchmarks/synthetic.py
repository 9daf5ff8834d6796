"""A synthetic graph of any size, for tests and benchmarks that need more than the five texts hold.

Every place and organisation in it is invented. It keeps to the model and is derived from it: every kind
and relation occurs, with two hubs of power-law degree, small components, partial dates, statuses that
many sources tell over time, contradictions, renames, and organisations that stand under two ids.

Run: python benchmarks/synthetic.py 100000 -o synthetic.claims.jsonl, then parkgraph load that file.
The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any

from parkgraph.graph.claims import Attribute, Claim, Source, Value, canonical_json
from parkgraph.graph.dates import parse_date
from parkgraph.graph.model import Model, Property, Relation, default_model
from parkgraph.graph.quantities import Quantity

_TWO_COMMUNITIES_FROM = 60
"""Entities from which on there is a second hub, and small components beside the two large ones."""
_TWIN_EVERY = 40
_BRIDGE_EVERY = 150

_KIND_WEIGHTS = {"Park": 8, "Company": 16, "Institution": 10, "Agreement": 10, "Observation": 6, "Person": 5}
_RELATION_WEIGHTS = {"SIGNED": 8, "PARTNERS_WITH": 8, "LOCATED_IN": 5, "MEMBER_OF": 4, "POSSIBLY_SAME_AS": 0}
_RARE = {
    "name_en": 0.3,
    "alias": 0.2,
    "former_name": 0.0,  # told with the rename
    "description": 0.03,
    "end_only": 0.01,
    "collective": 0.03,
    "count": 0.0,  # told with the collective
    "listed": 0.0,
    "layer": 0.05,
    "also_kind": 0.0,
    "status": 0.4,
}
_OFTEN = {("FUNDS", "amount"), ("ESTABLISHED", "amount"), ("LEADS", "role"), ("SIGNED", "role")}

_FIRST = [
    ("霁", "Ji"),
    ("岚", "Lan"),
    ("沅", "Yuan"),
    ("砚", "Yan"),
    ("榆", "Yu"),
    ("澜", "Lan"),
    ("珩", "Heng"),
]
_FIRST += [
    ("芷", "Zhi"),
    ("旻", "Min"),
    ("翎", "Ling"),
    ("檀", "Tan"),
    ("汐", "Xi"),
    ("昀", "Yun"),
    ("苓", "Ling"),
]
_SECOND = [
    ("陌", "mo"),
    ("浦", "pu"),
    ("川", "chuan"),
    ("屿", "yu"),
    ("泽", "ze"),
    ("坞", "wu"),
    ("渚", "zhu"),
]
_SECOND += [("畈", "fan"), ("岑", "cen"), ("埠", "bu"), ("汀", "ting"), ("墅", "shu"), ("澳", "ao")]
_TRADES = [("光电", "Photonics"), ("生物", "Biotech"), ("智造", "Manufacturing"), ("航天", "Aerospace")]
_TRADES += [
    ("软件", "Software"),
    ("新材", "Materials"),
    ("医药", "Pharma"),
    ("能源", "Energy"),
    ("传感", "Sensors"),
]
_TAILS: dict[str, tuple[str, str, str]] = {
    # kind: the end of its full Chinese name, of its short one, and of its English one
    "Park": ("高新技术产业开发区", "高新区", "High-tech Zone"),
    "Government": ("科学技术局", "科技局", "Science and Technology Bureau"),
    "Institution": ("大学", "大", "University"),
    "Company": ("科技有限公司", "科技", "Technology Co., Ltd."),
    "Fund": ("创业投资基金", "创投基金", "Venture Fund"),
    "Agreement": ("合作框架协议", "合作协议", "Framework Agreement"),
    "Alliance": ("科技园区联盟", "园区联盟", "Park Alliance"),
    "Platform": ("技术创新中心", "创新中心", "Innovation Centre"),
    "Person": ("某", "某", "M."),
    "Place": ("市", "市", "City"),
}
_UNITS = ["park", "company", "project", "percent", None]
_CURRENCIES = ["CNY", "CNY", "CNY", "USD", "EUR", "ILS"]
_PUBLISHERS = ["合成日报", "合成科技报", "园区通讯", "Synthetic Times", None]
_PURPOSES = ["联合研发", "技术转移", "人才交流", "园区共建", "招商对接", "标准互认"]


def synthetic(
    entities: int,
    *,
    seed: int = 0,
    facts_per_entity: float = 3,
    sources: int | None = None,
    model: Model | None = None,
) -> tuple[list[Source], Iterator[Claim]]:
    """Sources, and the claims one after the other: nothing of the graph but its plan is held.

    `facts_per_entity` is the number of relation facts for each entity, about; `sources` is a tenth of
    the entities unless told. Some entities stand for one organisation: `same_organisations`. Raises
    ValueError for a number that makes no graph.
    """
    if entities < 1 or facts_per_entity < 0 or (sources is not None and sources < 1):
        raise ValueError(
            f"no graph has {entities} entities, {facts_per_entity} facts for each and {sources} sources; "
            "expected at least 1, 0 and 1"
        )
    chosen = model if model is not None else default_model()
    plan = _Plan(entities, seed, chosen)
    told = _sources(sources if sources is not None else max(3, entities // 10), seed)
    return told, _Writer(plan, told, seed, facts_per_entity).claims()


def same_organisations(entities: int, *, seed: int = 0, model: Model | None = None) -> list[tuple[str, str]]:
    """The truth about identity: pairs of ids under which `synthetic` tells of one organisation.

    Every other pair of ids is of two, however alike their names are.
    """
    plan = _Plan(entities, seed, model if model is not None else default_model())
    return [(plan.ids[first], plan.ids[twin]) for twin, first in plan.twin_of.items()]


def lines(sources: Iterable[Source], claims: Iterable[Claim]) -> Iterator[str]:
    """A claims file, line by line without line ends, as `parkgraph load` takes it."""
    for source in sources:
        yield canonical_json({"record": "source"} | source.to_dict())
    for claim in claims:
        yield canonical_json({"record": "claim"} | claim.to_dict())


class _Plan:
    """Which entities there are: the id, kind and community of each, and which are one organisation.

    Communities 0 and 1 each begin with a hub, a park, and one entity of every kind; the others are small.
    """

    def __init__(self, entities: int, seed: int, model: Model) -> None:
        rng = random.Random(f"plan {seed}")  # noqa: S311 - an example, no secret
        self.model = model
        every = sorted(model.kinds, key=lambda kind: kind != "Park")
        weights = list(accumulate(_KIND_WEIGHTS.get(kind, 3) for kind in every))
        self.organisations = sorted(
            name for name, kind in model.kinds.items() if kind.through and "actor" in kind.groups
        )
        self.kinds: list[str] = []
        self.community: list[int] = []
        self.twin_of: dict[int, int] = {}
        two = entities >= _TWO_COMMUNITIES_FROM
        small, left = 1, 0
        for number in range(entities):
            place, beginning = divmod(number, len(every))
            if place == 0 or (two and place == 1):
                kind, community = every[beginning], place
            elif number % _TWIN_EVERY == _TWIN_EVERY - 1 and self._may_be_twin(number - 1):
                kind, community = self.kinds[-1], self.community[-1]
                self.twin_of[number] = number - 1
            elif left or (two and rng.random() < 0.02):
                if not left:
                    small, left = small + 1, rng.randint(2, 8)
                left -= 1
                kind, community = self.organisations[int(rng.random() * len(self.organisations))], small
            else:
                kind = every[bisect(weights, rng.random() * weights[-1])]
                community = int(two and rng.random() < 0.35)
            self.kinds.append(kind)
            self.community.append(community)
        self.ids = [f"{model.kinds[kind].prefix}:synthetic-{i}" for i, kind in enumerate(self.kinds)]
        self._pools: dict[tuple[int, frozenset[str]], list[int]] = {}

    def _may_be_twin(self, number: int) -> bool:
        return (
            number not in self.twin_of
            and self.community[number] < 2
            and self.kinds[number] in self.organisations
        )

    @cached_property
    def _members(self) -> dict[int, list[int]]:
        members: dict[int, list[int]] = {}
        for number, community in enumerate(self.community):
            members.setdefault(community, []).append(number)
        return members

    def pool(self, community: int, kinds: frozenset[str]) -> list[int]:
        """The entities of a community that are of one of the kinds, the hub first."""
        key = (community, kinds)
        found = self._pools.get(key)
        if found is None:
            found = [number for number in self._members.get(community, ()) if self.kinds[number] in kinds]
            if community < 2:
                self._pools[key] = found
        return found

    def hub(self, community: int) -> int | None:
        """The park that a large community stands around."""
        parks = self.pool(community, frozenset(["Park"]))
        return parks[0] if parks else None


class _Writer:
    """What the sources say of the planned entities."""

    def __init__(self, plan: _Plan, sources: Sequence[Source], seed: int, facts_per_entity: float) -> None:
        self.plan = plan
        self.model = plan.model
        self.sources = sources
        self.facts_per_entity = facts_per_entity
        self.rng = random.Random(f"claims {seed}")  # noqa: S311 - an example, no secret
        self.random = self.rng.random
        self.day = [parse_date(s.published).latest if s.published else 0 for s in sources]
        ordered = sorted(self.model.statuses, key=lambda name: (self.model.statuses[name].rank, name))
        self.ladder = [name for name in ordered if not self.model.statuses[name].terminal]
        self.ends = [name for name in ordered if self.model.statuses[name].terminal]
        # Observations and targets tie themselves to their one subject; nobody else ties them to more.
        self.links = {relation for kind in self.model.kinds.values() for relation in kind.links.values()}
        self.ties = {kind: self._ties_of(kind) for kind in self.model.kinds}
        self.properties = {
            kind: [
                (name, prop, _RARE.get(name, 0.15 if prop.type == "identifier" else 0.12))
                for name, prop in self.model.properties_of(kind).items()
                if name not in ("name_zh",) and _can_make(prop)
            ]
            for kind in self.model.kinds
        }

    def _ties_of(self, kind: str) -> tuple[list[tuple[Relation, bool, frozenset[str]]], list[float]]:
        """The relations an entity of a kind may bear, each with its side and the kinds at the other end."""
        ties: list[tuple[Relation, bool, frozenset[str]]] = []
        weights: list[float] = []
        for relation in self.model.ties.values():
            domain, range_ = self.model.members(relation.domain), self.model.members(relation.range)
            for here, other, outgoing in ((domain, range_, True), (range_, domain, False)):
                if kind in here and not (relation.symmetric and not outgoing):
                    ties.append((relation, outgoing, other))
                    weight = _RELATION_WEIGHTS.get(relation.name, 0.3 if relation.derived else 2)
                    weight = 0 if relation.name in self.links else weight
                    # What may stand at anything would otherwise crowd out what is particular.
                    weights.append(weight * (0.2 if not outgoing and "any" in relation.domain else 1))
        return ties, list(accumulate(weights))

    def claims(self) -> Iterator[Claim]:
        for number in range(len(self.plan.ids)):
            yield from self._entity(number)
        yield from self._one_of_each_relation()
        yield from self._bridge(self.plan.pool(0, frozenset(["Platform"])))
        for number in range(len(self.plan.ids)):
            yield from self._ties(number)

    # -- who says it, and where ----------------------------------------------------------------

    def _source(self) -> int:
        """The number of a source; a few say much, most say little."""
        return int(len(self.sources) * self.random() ** 1.5)

    def _told_by(self, number: int) -> dict[str, Any]:
        """Source and locator of a claim."""
        source = self.sources[number]
        if source.kind != "text":
            return {"source": source.id}
        first, last = source.start or 0, source.end or source.length or 1
        start = first + int(self.random() * (last - first - 40))
        told: dict[str, Any] = {"source": source.id, "locator": f"char={start},{start + 5 + start % 30}"}
        if self.random() < 0.02:
            told["context"] = f"char={first},{first + 20}"
        return told

    def _manner(self) -> dict[str, Any]:
        """Whether it is inferred, and what an editor thinks of it."""
        drawn = self.random()
        if drawn < 0.08:
            return {"inferred": True, "basis": "合成：由上下文推断", "confidence": 0.5}
        if drawn < 0.09:
            return {"rank": 1}
        if drawn < 0.10:
            return {"rank": -1, "note": "合成：编者存疑"}
        return {}

    def _date(self, low: int = 2003, high: int = 2019) -> str:
        """A partial date of one of the three precisions."""
        drawn = self.random()
        year = low + int(self.random() * (high - low + 1))
        if drawn < 0.4:
            return f"{year}"
        month = 1 + int(self.random() * 12)
        if drawn < 0.65:
            return f"{year}-{month:02d}"
        return f"{year}-{month:02d}-{1 + int(self.random() * 28):02d}"

    # -- entities ------------------------------------------------------------------------------

    def _entity(self, number: int) -> Iterator[Claim]:
        plan = self.plan
        subject, kind = plan.ids[number], plan.kinds[number]
        first = plan.twin_of.get(number)
        zh, short, en = names(kind, number if first is None else first, self.model)
        said = self._told_by(self._source())
        yield Claim(subject, property="kind", value=kind, **said)
        if first is not None:
            # The same organisation under another id: by its short name, sometimes with an alias in common.
            yield Claim(subject, property="name_zh", value=short, **said)
            if self.random() < 0.5:
                yield Claim(subject, property="alias", value=en, **self._told_by(self._source()))
        elif self.random() < 0.03:
            yield from self._renamed(subject, zh, en)
        else:
            yield Claim(subject, property="name_zh", value=zh, **said)
        for name, prop, chance in self.properties[kind]:
            if self.random() >= chance:
                continue
            if name in ("name_en", "alias"):
                value: Value = en if name == "name_en" else short
                if value != zh:
                    yield Claim(subject, property=name, value=value, **self._told_by(self._source()))
            elif name == "status":
                yield from self._statuses(subject)
            elif name == "collective":
                yield Claim(subject, property="collective", value=True, **said)
                count = Quantity(2 + int(self.random() * 400), None, self._of(self.model.qualifiers))
                yield Claim(subject, property="count", value=count, **said)
                yield Claim(subject, property="listed", value=False, **said)
            elif prop.type == "identifier":
                # Both ids of one organisation bear one identifier, where they bear it.
                yield Claim(
                    subject,
                    property=name,
                    value=_IDENTIFIERS[prop.scheme or ""](number if first is None else first),
                    **said,
                )
            else:
                yield from self._told_value(subject, name, prop)
        if self.random() < 0.01 and kind in ("Park", "Company"):
            yield Claim(subject, property="also_kind", value="Project", **said)

    def _renamed(self, subject: str, zh: str, en: str) -> Iterator[Claim]:
        """An older source knows the old name, a newer one the new name, and one tells of the change."""
        older, newer = self._by_day(2)
        before = f"{zh[:2]}老{zh[2:]}"
        yield Claim(subject, property="name_zh", value=before, **self._told_by(older))
        yield Claim(subject, property="name_zh", value=zh, **self._told_by(newer))
        yield Claim(
            subject, property="former_name", value=before, valid_to=self._date(), **self._told_by(newer)
        )
        yield Claim(subject, property="former_name", value=f"Old {en}", **self._told_by(newer))

    def _told_value(self, subject: str, name: str, prop: Property) -> Iterator[Claim]:
        value = self._value(name, prop)
        yield Claim(subject, property=name, value=value, **self._told_by(self._source()), **self._manner())
        # Another source now and then says the same, or something else.
        drawn = self.random()
        if drawn < 0.1:
            if drawn < 0.04:
                value = self._value(name, prop)
            yield Claim(subject, property=name, value=value, **self._told_by(self._source()))

    def _statuses(self, subject: str) -> Iterator[Claim]:
        """The life of an entity as sources tell it, in the order of their days."""
        steps = self._life()
        for source, status in zip(self._by_day(len(steps)), steps, strict=False):
            as_of = self._date() if self.random() < 0.3 else None
            yield Claim(subject, property="status", value=status, as_of=as_of, **self._told_by(source))

    def _life(self) -> list[str]:
        """Steps up the ladder, one for each time that it is told; some lives end, some end early."""
        drawn = self.random()
        count = 1 if drawn < 0.72 else 2 if drawn < 0.9 else 3 if drawn < 0.98 else 4
        steps = sorted(int(self.random() * len(self.ladder)) for _ in range(count))
        life = [self.ladder[step] for step in steps]
        if self.random() < 0.06:
            life.append(self._of(self.ends))
        return life

    def _by_day(self, count: int) -> list[int]:
        """As many sources in the order of the days they were published."""
        return sorted((self._source() for _ in range(count)), key=lambda number: self.day[number])

    # -- relations -----------------------------------------------------------------------------

    def _one_of_each_relation(self) -> Iterator[Claim]:
        for relation in self.model.ties.values():
            subjects = self.plan.pool(0, self.model.members(relation.domain))
            objects = self.plan.pool(0, self.model.members(relation.range))
            pair = next(((s, o) for s in subjects[:2] for o in objects[:2] if s != o), None)
            if pair is not None:
                yield from self._tie(relation, *pair)

    def _bridge(self, numbers: Sequence[int]) -> Iterator[Claim]:
        """The first of the entities partners with both hubs, and few others do: it is a cut vertex."""
        for hub in (self.plan.hub(0), self.plan.hub(1)):
            if numbers and hub is not None:
                yield Claim(
                    self.plan.ids[numbers[0]],
                    relation="PARTNERS_WITH",
                    object=self.plan.ids[hub],
                    status="operating",
                    valid_from=self._date(),
                    **self._told_by(self._source()),
                )

    def _ties(self, number: int) -> Iterator[Claim]:
        kind, community = self.plan.kinds[number], self.plan.community[number]
        count = int(self.facts_per_entity + self.random())
        # An observation without subject and indicator, an agreement without parties, says little.
        needed = list(self.model.kinds[kind].links.values())
        if kind == "Agreement":
            needed += ["SIGNED", "SIGNED"]
        for name in needed[:count]:
            relation = self.model.relations[name]
            outgoing = name != "SIGNED"
            ends = self.model.members(relation.range if outgoing else relation.domain)
            yield from self._tie_to_some(number, relation, outgoing, ends, community)
        if number % _BRIDGE_EVERY == _BRIDGE_EVERY // 2 and community < 2:
            community = 1 - community
        ties, weights = self.ties[kind]
        for _ in range(count - len(needed)):
            relation, outgoing, ends = ties[bisect(weights, self.random() * weights[-1])]
            yield from self._tie_to_some(number, relation, outgoing, ends, community)
            community = self.plan.community[number]
        twin_of = self.plan.twin_of.get(number)
        if twin_of is not None and self.random() < 0.3:
            yield from self._tie(self.model.relations["POSSIBLY_SAME_AS"], twin_of, number)

    def _tie_to_some(
        self, number: int, relation: Relation, outgoing: bool, ends: frozenset[str], community: int
    ) -> Iterator[Claim]:
        pool = self.plan.pool(community, ends)
        for _ in range(4):
            if not pool:
                return
            # The first of a pool is chosen far more often: degrees follow a power law.
            other = pool[int(len(pool) * self.random() ** 3)]
            if other != number:
                yield from self._tie(relation, *((number, other) if outgoing else (other, number)))
                return

    def _tie(self, relation: Relation, subject: int, object: int) -> Iterator[Claim]:
        """What the sources say of one relation, over time and against each other."""
        ends: dict[str, Any] = {
            "subject": self.plan.ids[subject],
            "relation": relation.name,
            "object": self.plan.ids[object],
        }
        if self.random() < 0.02:
            ends["disc"] = f"第{2 + int(self.random() * 3)}期"
        if relation.name in self.links or relation.derived:
            yield Claim(**ends, **self._told_by(self._source()), **self._manner())
            return
        start = self._date() if self.random() < 0.6 else None
        life = self._life()
        attributes = self._attributes(relation)
        claim: Claim | None = None
        for source, status in zip(self._by_day(len(life)), life, strict=True):
            terminal = self.model.statuses[status].terminal
            claim = Claim(
                **ends,
                status=status,
                modality=_MODALITIES.get(status, "asserted"),
                valid_from=start,
                valid_to=self._date(2020, 2024) if terminal and self.random() < 0.7 else None,
                as_of=self._date(2008, 2024) if self.random() < 0.4 else None,
                attributes=attributes,
                **self._told_by(source),
                **self._manner(),
            )
            yield claim
        if claim is not None and self.random() < 0.05:
            yield from self._contradicted(claim, relation)

    def _contradicted(self, claim: Claim, relation: Relation) -> Iterator[Claim]:
        """Another source that does not agree: on the status of one day, on the year, or on the amount."""
        told = {"locator": None, "context": None} | self._told_by(self._source())
        other = replace(claim, **told)
        match int(self.random() * 3):
            case 0:
                day = "2018-01-29"
                yield replace(claim, as_of=day)
                yield replace(other, as_of=day, status=self._of(self.ladder), valid_to=None)
            case 1:
                yield replace(other, valid_from=f"{1995 + int(self.random() * 8)}", valid_to=None)
            case _:
                amount = self.model.relation_properties(relation.name)["amount"]
                yield replace(other, attributes={**claim.attributes, "amount": self._value("amount", amount)})
                yield replace(claim, attributes={**claim.attributes, "amount": self._value("amount", amount)})

    def _attributes(self, relation: Relation) -> dict[str, Attribute]:
        out: dict[str, Attribute] = {}
        for name, prop in self.model.relation_properties(relation.name).items():
            if prop.of is not None:
                if prop.of in out:
                    out[name] = self._value(name, prop)
            elif self.random() < (0.5 if (relation.name, name) in _OFTEN else 0.04) and _can_make(prop):
                value = self._value(name, prop)
                out[name] = (str(value),) if prop.multiple else value
        return out

    # -- values --------------------------------------------------------------------------------

    def _of(self, choices: Sequence[str] | Mapping[str, Any]) -> str:
        listed = choices if isinstance(choices, Sequence) else list(choices)
        return str(listed[int(self.random() * len(listed))])

    def _value(self, name: str, prop: Property) -> str | int | float | bool | Quantity:
        match prop.type:
            case "boolean":
                return self.random() < 0.8
            case "integer":
                return 2005 + int(self.random() * 20)
            case "date":
                late = name.endswith(("_to", "_end", "ended", "due"))
                return self._date(2020, 2030) if late else self._date()
            case "country":
                return self._of(["CN", "CN", "CN", "IL", "GB", "DE", "FI"])
            case "vocabulary" | "status":
                return self._of(prop.vocabulary)
            case "kind":
                return self._of(self.plan.organisations)
            case "identifier":
                return _IDENTIFIERS[prop.scheme or ""](int(self.random() * 10**9))
            case "money":
                figure = (1 + int(self.random() * 99)) * 10 ** (4 + int(self.random() * 6))
                return Quantity(figure, self._of(_CURRENCIES), self._qualifier())
            case "quantity":
                unit = _UNITS[int(self.random() * len(_UNITS))]
                tenths = 1 + int(self.random() * 5000)
                whole = unit != "percent" or tenths % 10 == 0
                return Quantity(tenths // 10 + 1 if whole else tenths / 10, unit, self._qualifier())
            case "string":
                return self._of(_PURPOSES)

    def _qualifier(self) -> str:
        return self._of(self.model.qualifiers) if self.random() < 0.25 else "exact"


_MODALITIES = {"proposed": "recommended", "planned": "intended"}


def names(kind: str, number: int, model: Model) -> tuple[str, str, str]:
    """The full Chinese name, the short one and the English one of an entity, each its own.

    Names are alike as real ones are: the same place in many of them, the same end in all of a kind.
    """
    turn, first = divmod(number, len(_FIRST))
    turn, second = divmod(turn, len(_SECOND))
    turn, trade = divmod(turn, len(_TRADES))
    zh = _FIRST[first][0] + _SECOND[second][0]
    en = _FIRST[first][1] + _SECOND[second][1]
    if turn or trade:
        zh += _TRADES[trade][0]
        en += f" {_TRADES[trade][1]}"
    # Two of the first syllables are written alike in Latin letters, so the number is told in any case.
    serial_zh, serial_en = (f"{turn}号" if turn else ""), f" {number}"
    tail = _TAILS.get(kind)
    if tail is None:
        label = model.kinds[kind]
        tail = (label.zh, label.zh, label.en)
    return f"{zh}{serial_zh}{tail[0]}", f"{zh}{serial_zh}{tail[1]}", f"{en} {tail[2]}{serial_en}"


def _sources(count: int, seed: int) -> list[Source]:
    """Texts, some of them two articles of one file, tables and registers; dated to a day, a month, a
    year or not at all."""
    rng = random.Random(f"sources {seed}")  # noqa: S311 - an example, no secret
    told: list[Source] = []
    for number in range(count):
        published: str | None = f"{2005 + int(rng.random() * 20)}-{1 + int(rng.random() * 12):02d}"
        drawn = rng.random()
        if drawn < 0.08:
            published = None
        elif drawn < 0.15:
            published = str(published)[:4]
        elif drawn > 0.3:
            published = f"{published}-{1 + int(rng.random() * 28):02d}"
        source = Source(
            f"source:synthetic-{number}",
            f"合成来源第{number}号",
            publisher=_PUBLISHERS[int(rng.random() * len(_PUBLISHERS))],
            published=published,
            published_inferred=published is not None and rng.random() < 0.05,
            kind=("editorial", "table")[number % 20 == 10] if number % 10 == 0 and number else "text",
            lang="en" if number % 9 == 4 else "zh",
        )
        if source.kind == "text":
            before = told[-1] if told else None
            if number % 7 == 3 and before is not None and before.kind == "text" and before.length:
                half = before.length // 2
                told[-1] = replace(before, article=1, start=0, end=half)
                source = replace(
                    source,
                    file=before.file,
                    sha256=before.sha256,
                    length=before.length,
                    article=2,
                    start=half,
                    end=before.length,
                )
            else:
                digest = hashlib.sha256(f"{seed} {source.id}".encode()).hexdigest()
                length = 1000 + int(rng.random() * 19000)
                source = replace(source, file=f"synthetic-{number}.txt", sha256=digest, length=length)
        told.append(source)
    return told


# -- identifiers, with their check digits ------------------------------------------------------

_USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"


def uscc(number: int) -> str:
    """A Unified Social Credit Code; source: GB 32100-2015, weights 3^i modulo 31."""
    body = f"91510100MA{_in_base(number, _USCC, 6)}" + "X"
    total = sum(_USCC.index(char) * pow(3, place, 31) for place, char in enumerate(body))
    return body + _USCC[-total % 31]


def lei(number: int) -> str:
    """A Legal Entity Identifier; source: ISO 17442, check digits by ISO 7064 MOD 97-10."""
    body = f"SYNT00{number:012d}"
    digits = "".join(str(int(char, 36)) for char in f"{body}00")
    return f"{body}{98 - int(digits) % 97:02d}"


def ror(number: int) -> str:
    """A ROR id; source: https://ror.readme.io/docs/identifier, Crockford base 32 and MOD 97-10."""
    number %= 32**6
    return f"0{_in_base(number, _CROCKFORD, 6)}{98 - number * 100 % 97:02d}"


def _in_base(number: int, alphabet: str, width: int) -> str:
    out = ""
    for _ in range(width):
        number, digit = divmod(number, len(alphabet))
        out = alphabet[digit] + out
    return out


_IDENTIFIERS: Mapping[str, Callable[[int], str]] = {
    "wikidata": lambda number: f"Q{9_000_000_000 + number}",
    "ror": ror,
    "uscc": uscc,
    "lei": lei,
    "zone_code": lambda number: f"S{number % 10**8:08d}",
    "gbt2260": lambda number: f"{number % 900_000 + 100_000}",
    "amac": lambda number: f"S{_in_base(number, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', 5)}",
    "document_number": lambda number: f"合成函〔2020〕{number}号",
    "project_code": lambda number: f"2020-510100-{number:06d}",
    "iso3166": lambda number: f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number % 26]}X-{number % 100}",
}


def _can_make(prop: Property) -> bool:
    """Whether a value of a property can be made up: an identifier needs its scheme's form."""
    return prop.type != "identifier" or prop.scheme in _IDENTIFIERS


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a synthetic graph as a file of claims.")
    parser.add_argument("entities", type=int, nargs="?", default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--facts-per-entity", type=float, default=3)
    parser.add_argument("--sources", type=int)
    parser.add_argument("-o", "--output", type=Path, help="A .claims.jsonl file; without it only timed.")
    given = parser.parse_args()
    start = time.perf_counter()
    try:
        sources, claims = synthetic(
            given.entities, seed=given.seed, facts_per_entity=given.facts_per_entity, sources=given.sources
        )
    except ValueError as error:
        parser.error(str(error))
    count = 0
    if given.output is None:
        count = sum(1 for _ in claims)
    else:
        with given.output.open("w", encoding="utf-8", newline="\n") as file:
            for line in lines(sources, claims):
                file.write(f"{line}\n")
                count += 1
        count -= len(sources)
    seconds = time.perf_counter() - start
    print(f"{given.entities} entities, {len(sources)} sources, {count} claims in {seconds:.1f} s")


if __name__ == "__main__":
    main()

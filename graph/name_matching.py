"""Whether two names may name one organisation, by composing them word for word.

Every word of one name has to be answered by the other; what is left over decides. Another place, ordinal,
direction, discipline or kind of body makes another organisation, however near the letters are.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import takewhile
from typing import Literal

from rapidfuzz.distance import Indel

from parkgraph.graph.naming import (
    WEIGHTS,
    Name,
    Unit,
    english_words,
    is_chinese,
    lexicon,
    normalise,
    pinyin,
    read_name,
    renderings,
    split_pinyin,
    stem,
    word_list,
)

Verdict = Literal["same", "related"]


@dataclass(frozen=True, slots=True)
class Found:
    """What two names say: the verdict, why, and which of the two is the relation's subject."""

    verdict: Verdict
    score: float
    reason: str
    relation: str | None = None
    swapped: bool = False


@lru_cache(maxsize=1)
def spelled_places() -> dict[str, list[str]]:
    """English spelling to the Chinese places of the lexicon that are written so."""
    spelled: dict[str, list[str]] = {}
    words = lexicon()
    for place in words.province_of:
        for english in words.words[place].english:
            spelled.setdefault("".join(english), []).append(place)
    return spelled


_TELLING = frozenset({"place", "proper", "topic"})


def _tells(name: Name) -> bool:
    """Whether a name says which body is meant: 高新区 and 第一人民医院 do not."""
    return any(is_telling(unit) for unit in name.units) or _is_national(name)


def _is_national(name: Name) -> bool:
    """中国人民大学 tells by its country, 第一人民医院 by nothing."""
    texts = {unit.text for unit in name.units}
    if texts & {"部", "ministry"}:
        return any(unit.role == "plain" for unit in name.units)
    return bool(texts & {"中国", "中华", "国家", "china", "natio"}) and len(texts) > 2


def is_telling(unit: Unit) -> bool:
    """发改委 and its like tell by themselves what they are for."""
    return (
        unit.role in _TELLING
        or unit.role == "direction"
        or (unit.group == "government" and len(unit.text) == 3 and unit.text.endswith("委"))
    )


@lru_cache(maxsize=1 << 16)
def word_set(name: Name) -> frozenset[str]:
    """What a name is made of: characters of a Chinese one, words of another; what may be left out is not."""
    kept = [unit.text for unit in name.units if unit.role not in ("level", "legal")]
    return frozenset("".join(kept) if name.script == "zh" else kept)


_MOST_UNANSWERED = {"zh": 3, "en": 2}


def may_agree(x: Name, y: Name) -> bool:
    """Whether two names of one script are near enough to be read on: one of them has next to nothing that
    the other has not. Quick, and true of all that `compare_names` finds."""
    if x.script != y.script or x.script == "pinyin" or x.aside or y.aside:
        return True
    most = _MOST_UNANSWERED[x.script]
    one, other = word_set(x), word_set(y)
    return len(one - other) <= most or len(other - one) <= most or is_acronym(x) or is_acronym(y)


def compare_names(x: Name, y: Name, kinds: frozenset[str]) -> Found | None:
    if not _tells(x) or not _tells(y):
        if x.script == "en" and y.script == "en":
            return None
        if not (is_acronym(x) or is_acronym(y)):
            return None
    if x.key == y.key:
        return Found("same", 0.98, "equal-name")
    scripts = {x.script, y.script}
    found: Found | None
    if scripts == {"zh"}:
        found = _chinese(x, y, kinds)
    elif scripts == {"zh", "pinyin"} or scripts == {"pinyin"}:
        found = _spelled_alike(x, y)
    elif scripts == {"en"}:
        found = _english(x, y, kinds)
    else:
        found = _translated(x, y, kinds) if y.script == "en" else _flip(_translated(y, x, kinds))
    if found is None or found.verdict == "related":
        short = _acronym(x, y) or _acronym(y, x)
        return short or found
    return found


def _flip(found: Found | None) -> Found | None:
    if found is None or found.verdict == "same":
        return found
    return Found(found.verdict, found.score, found.reason, found.relation, not found.swapped)


def _spelled_alike(x: Name, y: Name) -> Found | None:
    """A name and its pinyin, whatever the spacing; a slip of one letter in a long name is forgiven."""
    left, right = ("".join(pinyin(n.core)) if n.script == "zh" else "".join(n.syllables) for n in (x, y))
    if left == right:
        if (
            "shanxi" in left
            and _which_shanxi(x) != _which_shanxi(y)
            and _which_shanxi(x)
            and _which_shanxi(y)
        ):
            return None
        return Found("same", 0.92, "pinyin")
    longest = max(len(left), len(right))
    if longest >= 12 and Indel.distance(left, right) <= 2:
        return Found("same", 0.75, "pinyin")
    return None


def _which_shanxi(name: Name) -> str:
    """山西 and 陕西 differ in tone alone."""
    if name.script == "zh":
        return "陕" if "陕西" in name.core else "山"
    marked = unicodedata.normalize("NFC", name.text).casefold()
    return "陕" if "shǎn" in marked else "山" if "shān" in marked else ""


# -- Chinese and Chinese


def _chinese(x: Name, y: Name, kinds: frozenset[str]) -> Found | None:
    if len(x.core) > len(y.core):
        return _flip(_chinese(y, x, kinds))
    left, right, matched = _leftover(x, y)
    found = _judge(x, y, left, right, matched, kinds)
    if found is not None and found.verdict == "same":
        return _with_asides(x, y, found, kinds)
    if "Company" in kinds and _is_chinese_company(x, y):
        return Found("same", 0.66, "short-form")
    if x.aside or y.aside:
        # 揭阳市人民医院（中山大学附属揭阳医院） bears two names.
        for one, other in ((x, y), (y, x)):
            for part in one.aside:
                if len(part) >= 4 and read_name(part).head is not None:
                    inner = compare_names(read_name(part), read_name(other.core), kinds)
                    if inner is not None and inner.verdict == "same":
                        return Found("same", inner.score - 0.05, inner.reason)
    if _has_two_parents(x, y):
        return Found("same", 0.62, "short-form")
    if _abbreviates(x, y):
        return Found("same", 0.75 if len(x.core) > 2 else 0.62, "short-form")
    return found


def _is_chinese_company(x: Name, y: Name) -> bool:
    """中石油 for 中国石油天然气集团."""
    return (
        3 <= len(x.core) <= 4
        and x.core[0] == "中"
        and y.core.startswith(f"中国{x.core[1:]}")
        and y.units[-1].role == "legal"
    )


def _with_asides(x: Name, y: Name, found: Found, kinds: frozenset[str]) -> Found | None:
    """What brackets add: a district of a zone, another name, or a campus that is another body."""
    if set(x.aside) == set(y.aside):
        return found
    extra_x = [p for p in x.aside if p not in y.aside and p not in y.core]
    extra_y = [p for p in y.aside if p not in x.aside and p not in x.core]
    if extra_x and extra_y:
        return None
    extra = extra_x or extra_y
    if not extra:
        return found
    group = x.head.group if x.head else ""
    units = [unit for part in extra for unit in read_name(part).units]
    if group == "zone":
        return Found("same", min(found.score, 0.8), "variant")
    if all(unit.role in ("level", "legal") for unit in units):
        return found
    if any(unit.role == "place" for unit in units) and not any(unit.role == "head" for unit in units):
        short = x if extra_y else y
        if "Company" in kinds and not any(unit.role == "legal" for unit in short.units):
            return Found("same", min(found.score, 0.75), "short-form")
        return Found("related", 0.75, "part", "PART_OF", bool(extra_y))
    if any(unit.role == "head" for unit in units):
        own = read_name("".join(extra))
        if own.head is not None and own.head.group == "branch":
            return Found("related", 0.75, "part", "PART_OF", bool(extra_y))
    return Found("same", min(found.score, 0.8), "variant")


def _leftover(x: Name, y: Name) -> tuple[list[Unit], list[Unit], list[Unit]]:
    """The units that only one of two Chinese names has, and those that both have."""
    rest = y.core
    left: list[Unit] = []
    matched: list[Unit] = []
    for unit in sorted(x.units, key=lambda u: -len(u.text)):
        at = rest.find(unit.text)
        if unit.role == "head":
            at = rest.rfind(unit.text)
        if at < 0:
            left.append(unit)
            continue
        rest = rest[:at] + "\0" * len(unit.text) + rest[at + len(unit.text) :]
        matched.append(unit)
    left = [unit for unit in x.units if unit in left]
    right: list[Unit] = []
    at = 0
    for unit in y.units:
        piece = rest[at : at + len(unit.text)]
        at += len(unit.text)
        if piece == unit.text:
            right.append(unit)
        elif kept := piece.replace("\0", ""):
            right += [
                Unit(u.text, "proper" if unit.role == "proper" else u.role, u.group)
                for u in read_name(kept).units
            ]
    for one in list(left):
        other = next((unit for unit in right if _synonyms(one, unit)), None)
        if other is not None:
            left.remove(one)
            right.remove(other)
            matched.append(one)
    return left, right, matched


_SCIENCE_PARKS = frozenset({"科技园", "科技园区", "科学园", "科学园区"})


def _synonyms(one: Unit, other: Unit) -> bool:
    """Two Chinese words of one kind with the same first English one; a place and its one-character name."""
    words = lexicon()
    if one.role == "place" or other.role == "place":
        return (
            words.short_places.get(one.text) == other.text or words.short_places.get(other.text) == one.text
        )
    if one.role != other.role or one.role not in ("topic", "head") or one.group != other.group:
        return False
    if {one.text, other.text} <= _SCIENCE_PARKS:
        return True
    if one.group in ("zone", "government", "university", "committee", "branch"):
        return False
    first, second = words.words.get(one.text), words.words.get(other.text)
    return bool(first and second and len(one.text) > 1 and first.english[:1] == second.english[:1])


def _has_two_parents(x: Name, y: Name) -> bool:
    """One institute under the parent it has and the one it had: what follows the parents tells it."""
    shared = 0
    for one, other in zip(reversed(x.units), reversed(y.units), strict=False):
        if one != other:
            break
        shared += 1
    fronts = [name.units[: len(name.units) - shared] for name in (x, y)]
    own = x.units[len(x.units) - shared :]
    named = sum(unit.role in ("place", "proper") for unit in own)
    return (
        all(front and front[-1].role == "head" for front in fronts)
        and named > 0
        and sum(is_telling(unit) for unit in own) > 1
        and not any(unit.role == "ordinal" for front in fronts for unit in front)
    )


def may_be_abbreviation(name: Name) -> bool:
    """Whether a name is short as 哈工大 is: few characters, and no whole word for a body."""
    whole = any(unit.role == "head" and len(unit.text) > 1 for unit in name.units)
    return name.script == "zh" and 2 <= len(name.core) <= 5 and not name.aside and not whole


def _abbreviates(x: Name, y: Name) -> bool:
    """哈工大 for 哈尔滨工业大学: something of every word, in order."""
    if not may_be_abbreviation(x) or len(y.core) < len(x.core) + 2 or any(len(a) > 2 for a in y.aside):
        return False
    if y.head is None and y.units[-1].role != "legal":
        return False
    if y.head is not None and y.head.group == "zone" and x.core[-1] != "区":
        return False
    parts = [u for u in y.units if u.role != "legal" and (u.role != "level" or u.text in _COUNTRIES)]
    return len(parts) > 1 and _takes(x.core, [u.text for u in parts], [u.role for u in parts])


_COUNTRIES = frozenset({"中国", "中华", "国家"})


def _takes(short: str, parts: Sequence[str], roles: Sequence[str]) -> bool:
    """Whether a short form takes from every part, in order: its beginning, its end or the whole."""
    if not parts:
        return not short
    part = parts[0]
    for length in range(1, min(len(part), len(short)) + 1):
        piece = short[:length]
        inside = part.startswith(piece) or (length == 1 and roles[0] != "proper" and piece in part)
        if inside and _takes(short[length:], parts[1:], roles[1:]):
            return True
    skipped = roles[0] in ("plain", "topic") and len(parts) == 2 and len(short) == 1
    return skipped and _takes(short, parts[1:], roles[1:])


# -- what is left over


def _judge(
    x: Name,
    y: Name,
    left: Sequence[Unit],
    right: Sequence[Unit],
    matched: Sequence[Unit],
    kinds: frozenset[str],
) -> Found | None:
    """Two names of one language, by what only one of them has."""
    if not matched:
        return None
    both = (*left, *right)
    bare = "Park" in kinds and len(kinds) == 1
    for longer, shorter, rest in ((x, y, left), (y, x, right)):
        if bare and x.script == "zh" and len(rest) == len(both) and _is_bare_park(longer, shorter, rest):
            return Found("same", 0.66, "short-form")
        if x.script == "zh" and len(rest) == len(both) and _is_part(longer, shorter, rest):
            return Found("related", 0.8, "part", "PART_OF", longer is y)
    if any(u.role == "ordinal" for u in both):
        return None
    levels = [{u.text for u in side if u.role == "level"} & _RANKS for side in (left, right)]
    if levels[0] and levels[1]:
        return None
    telling = [u for u in matched if is_telling(u)]
    strong = [[u for u in side if u.role not in ("level", "legal")] for side in (left, right)]
    if not telling and (both or not _is_national(x)):
        return None
    if not strong[0] and not strong[1]:
        return Found("same", 0.95 - 0.01 * min(len(both), 5), "variant")
    if strong[0] and strong[1]:
        return _other_heads(strong[0], strong[1], matched, x)
    rest = strong[0] or strong[1]
    longer, shorter = (x, y) if strong[0] else (y, x)
    swapped = longer is y  # the part is the longer name, and subject of PART_OF
    return _one_sided(longer, shorter, rest, matched, kinds, swapped=swapped)


_RANKS = frozenset(
    {
        "省",
        "市",
        "县",
        "区",
        "国家",
        "自治区",
        "自治州",
        "国家级",
        "省级",
        "市级",
        "provi",
        "city",
        "natio",
        "distr",
        "count",
    }
)


@lru_cache(maxsize=1)
def _school_heads() -> frozenset[str]:
    return frozenset(stem(w) for w in ("university", "college", "institute", "academy", "school"))


@lru_cache(maxsize=1)
def _provinces() -> frozenset[str]:
    return frozenset(lexicon().province_of.values())


def _renamed_school(left: Sequence[Unit], right: Sequence[Unit]) -> bool:
    """医学院 became 医科大学, 中医学院 中医药大学."""
    one, other = ("".join(u.text for u in side if u.text not in _TIERS) for side in (left, right))
    tiers = [any(u.text in _TIERS for u in side) for side in (left, right)]
    return all(tiers) and (one, other) in _FIELDS


_TIERS = frozenset({"大学", "学院", "院"})
_FIELDS = frozenset(
    pair
    for one, other in [
        ("", "学"),
        ("医", "医科"),
        ("医学", "医科"),
        ("医", "医学"),
        ("", "科"),
        ("中医", "中医药"),
        ("", "药"),
    ]
    for pair in ((one, other), (other, one))
)


def _other_heads(
    left: Sequence[Unit], right: Sequence[Unit], matched: Sequence[Unit], x: Name
) -> Found | None:
    """Both names have a word the other has not: one body only where it is a college and a university
    of one place and one discipline."""
    if x.script == "zh" and _renamed_school(left, right):
        return Found("same", 0.62, "variant")
    if not all(u.role == "head" for u in (*left, *right)):
        return None
    names = {u.text for u in (*left, *right)}
    roles = {u.role for u in matched}
    if x.script == "en" and names <= _school_heads():
        if "topic" in roles or ("proper" in roles and names == _schools()):
            return Found("same", 0.65, "variant")
        # Wuhan University and Institute of Technology are two; Suqian University and College one.
        places = [_chinese_place(u, x) for u in matched if u.role == "place"]
        if roles <= {"place", "level"} and names == _schools() and not set(places) & _provinces():
            return Found("same", 0.62, "variant")
    provincial = _provinces() & {u.text for u in matched}
    # A vocational college becomes a vocational university; abroad the two words render one.
    renamed = any(is_unlisted(u) or u.text == "职业" for u in matched)
    told = "topic" in roles or (renamed and "plain" in roles)
    if x.script != "en" and names == {"大学", "学院"} and told and not provincial:
        return Found("same", 0.62, "variant")
    if names == {"委员会", "管委会"} and "topic" in roles:
        return Found("same", 0.75, "variant")
    if x.script == "zh" and names <= {"学院", "学校", "院", "大学"} and "topic" in roles and not provincial:
        return Found("same", 0.62, "variant")
    if names in ({"委员会", "厅"}, {"委员会", "局"}) and {"topic", "place"} <= roles:
        return Found("same", 0.62, "variant")
    return None


def _is_part(longer: Name, shorter: Name, rest: Sequence[Unit]) -> bool:
    """Whether a Chinese name goes on, after a whole other name, to a body of its own."""
    return (
        any(u.role == "head" for u in rest)
        and any(u.role in ("head", "legal") for u in shorter.units)
        and longer.core.startswith(shorter.core)
        and _tells(shorter)
    )


# Bodies that a park's proper name alone stands for: 中关村 for its demonstration zone, not its software park.
_UNSAID = frozenset({"自创区", "高新区", "新片区", "开发区", "科技园区"})


def _is_bare_park(longer: Name, shorter: Name, rest: Sequence[Unit]) -> bool:
    own = [u for u in shorter.units if u.role != "level"]
    return (
        len(own) == 1
        and (own[0].role == "proper" or is_unlisted(own[0]))
        and all(u.role in ("place", "level") or u.text in _UNSAID for u in rest)
        and longer.core.endswith(tuple(_UNSAID))
    )


def _leading_places(units: Sequence[Unit]) -> list[str]:
    """The places and ranks that a name begins with."""
    return [u.text for u in takewhile(lambda u: u.role in ("place", "level"), units)]


def _one_sided(
    longer: Name,
    shorter: Name,
    rest: Sequence[Unit],
    matched: Sequence[Unit],
    kinds: frozenset[str],
    *,
    swapped: bool,
) -> Found | None:
    """One name says more than the other: a place before it, a parent before it, a part after it."""
    telling = [u for u in matched if is_telling(u)]
    head = shorter.head
    group = head.group if head else ""
    heads = [u for u in rest if u.role == "head"]
    proper = [u for u in matched if u.role == "proper" or is_unlisted(u)]
    if "Company" in kinds and not proper and longer.script == "zh":
        # A brand may be a word (商汤, 平安): the first that is no place.
        before = "".join(_leading_places(longer.units))
        proper = [
            u
            for u in matched
            if u.role == "topic" and len(u.text) > 1 and longer.core.startswith(before + u.text)
        ]
    if all(u.role == "place" for u in rest):
        if _may_leave_out(rest, [*telling, *(Unit(u.text, "proper") for u in proper)], longer):
            return Found("same", 0.85, "variant")
        told = sum(u.role == "topic" for u in telling)
        if "Company" in kinds and longer.script == "en" and longer.units[0] in rest and told > 1:
            return Found("same", 0.75, "variant")
        foreign = [u for u in telling if u.role == "place" and u.text not in lexicon().province_of]
        if longer.script == "zh" and group == "university" and foreign:
            return Found("related", 0.65, "part", None, swapped)
        return None
    if longer.script == "zh":
        if heads and longer.core.endswith(shorter.core) and head is not None:
            before = longer.core.removesuffix(shorter.core)
            parent = read_name(before).units
            weight = sum(u.weight for u in telling)
            whole = (parent and parent[-1].role == "head") or before.endswith(("附属", "直属"))
            if whole and weight >= 3.0 and (proper or len(telling) > 1):
                return Found("same", 0.7, "short-form")
        if not heads and longer.core.endswith(shorter.core) and group == "university":
            return None
    elif heads and shorter.head is not None:
        return None
    if heads:
        return None
    if any(u.role == "place" for u in rest):
        places = [u for u in rest if u.role == "place"]
        if not _may_leave_out(places, telling, longer):
            return None
        rest = [u for u in rest if u.role != "place"]
    if all(u.role == "plain" for u in rest):
        if longer.script == "en":
            named = any(u.role in ("place", "proper") for u in telling)
            if named and len(rest) == 1 and group not in _school_heads():
                return Found("same", 0.72, "short-form")
        elif ("Company" in kinds and proper) or (
            group != "university"
            and any(u.role in ("proper", "topic") or is_unlisted(u) for u in telling)
            and sum(u.weight for u in rest) <= 0.34 * sum(u.weight for u in matched)
        ):
            return Found("same", 0.72, "short-form")
    elif "Company" in kinds and proper and longer.script == "zh" and longer.units[-1].role == "legal":
        # A brand, and the registered name with its trade: 阿里云 is 阿里云计算有限公司.
        trades = [u for u in rest if u.role == "topic"]
        own = [u for u in shorter.units if u.role in ("topic", "legal") and u not in proper]
        if all(u.role in ("topic", "plain") for u in rest) and len(trades) == 1 and not own:
            return Found("same", 0.66, "short-form")
    elif (
        head is not None
        and head.text in _SHORTENED_ZONES
        and longer.script == "zh"
        and all(u.role in ("topic", "plain") for u in rest)
        and longer.core.startswith(shorter.core[:2])
    ):
        return Found("same", 0.68, "short-form")
    return None


def is_unlisted(unit: Unit) -> bool:
    """A place below the prefectures, or abroad: a brand may be called like it."""
    return unit.role == "place" and is_chinese(unit.text) and unit.text not in lexicon().province_of


# Zones whose name is usually told without what they are for; 开发区 only after a proper name.
_SHORTENED_ZONES = frozenset({"示范区", "试验区", "新片区", "新区", "科学城", "科技城"})


def _may_leave_out(rest: Sequence[Unit], telling: Sequence[Unit], longer: Name) -> bool:
    """Whether a place may be left out of a name: the province of a city that is named too, or the place
    of a body that has a proper name of its own."""
    words = lexicon()
    provinces = words.province_of
    kept = [_chinese_place(u, longer) for u in telling if u.role == "place"]
    for unit in rest:
        place = _chinese_place(unit, longer)
        inside = [p for p in kept if provinces.get(p) == place and p != place]
        unlisted = [p for p in kept if p not in provinces]
        if inside:
            continue
        if place not in provinces:
            # Israel before Haifa: the country of a place that is named too.
            if longer.script == "zh" and unlisted and longer.units[0] == unit:
                continue
            return False
        if unlisted and (longer.head is None or longer.head.group != "university"):
            continue
        own = [u for u in telling if u.role == "proper"]
        if not own or kept:
            return False
    return True


def _chinese_place(unit: Unit, name: Name) -> str:
    if name.script != "en":
        return unit.text
    return next(iter(spelled_places().get(unit.text, ())), unit.text)


# -- English and English


def _english(x: Name, y: Name, kinds: frozenset[str]) -> Found | None:
    school = not (_schools().isdisjoint(word_set(x)) and _schools().isdisjoint(word_set(y)))
    units = [_as_topic(unit, school) for unit in x.units]
    left, right = list(units), [_as_topic(unit, school) for unit in y.units]
    matched: list[Unit] = []
    for unit in units:
        other = next((u for u in right if u.text == unit.text), None)
        if other is not None:
            left.remove(unit)
            right.remove(other)
            matched.append(unit)
    # Xi'an Jiao Tong, Xi'an Jiaotong: words written together or apart.
    if "".join(u.text for u in left) == "".join(u.text for u in right) and left:
        matched += left
        left, right = [], []
    for unit in list(left):
        other = next(
            (
                u
                for u in right
                if u.role == unit.role == "proper"
                and len(unit.text) >= 6
                and Indel.distance(u.text, unit.text) <= 1
            ),
            None,
        )
        if other is not None:
            left.remove(unit)
            right.remove(other)
            matched.append(unit)
    aside_x, aside_y = set(x.aside) - {u.text for u in y.units}, set(y.aside) - {u.text for u in x.units}
    if (aside_x - aside_y - _COUNTRY) or (aside_y - aside_x - _COUNTRY):
        extra = (aside_x ^ aside_y) - _COUNTRY
        if any(lexicon().role(w) in ("place", "proper", "ordinal", "direction") for w in extra):
            return None
    found = _judge(x, y, left, right, matched, kinds)
    if found is None:
        # Chaoyang Hospital, Capital Medical University: the parent stands behind a comma.
        for longer, shorter in ((x, y), (y, x)):
            first, comma, _ = longer.core.partition(",")
            own = [u for u in shorter.units if is_telling(u)]
            if comma and normalise(first) == shorter.key and own and _has_parent(longer):
                return Found("same", 0.7, "short-form")
    return found


def _has_parent(name: Name) -> bool:
    """Whether what stands behind the comma of an English name is its parent, not its part or its campus."""
    first, comma, rest = name.core.partition(",")
    own, above = set(english_words(first)), set(english_words(rest))
    parents = {stem(word) for word in word_list("parents")}
    telling = sum(is_telling(unit) for unit in name.units if unit.text in own)
    return bool(comma and above & parents and not own & parents and telling > 1)


_COUNTRY = frozenset({"china", "taiwan", "singa", "hong", "kong", "macau", "singapore"})


# -- Chinese and English


def _translated(x: Name, y: Name, kinds: frozenset[str]) -> Found | None:
    """A Chinese (or pinyin) name and an English one: which characters render which words."""
    words = list(y.units)
    bag = Counter(unit.text for unit in words)
    cover, used = _cover(x, bag)
    if not any(cover):
        return None
    for word in list((bag - used).elements()):
        # The country in brackets, and the country of a Chinese body, go without saying.
        if word == "china" and not used[word]:
            used[word] += 1
    lost = _uncovered(x, cover)
    asides: list[Unit] = []
    en_left: list[Unit] = []
    spent = Counter(used)
    for unit in words:
        if spent[unit.text] > 0:
            spent[unit.text] -= 1
        else:
            en_left.append(unit)
    school = any(unit.text in _schools() for unit in words)
    # The country goes without saying once, and not beside another mention.
    en_left = [_as_topic(u, school) if u.text != "china" else Unit("china", "topic") for u in en_left]
    # A slip of one letter in a name (Shangdong) is forgiven, unless it makes another place.
    for i in list(lost):
        if x.script != "zh" or x.units[i].role not in ("place", "proper"):
            continue
        spelled = "".join(pinyin(x.units[i].text))
        for unit in list(en_left):
            if unit.role == "proper" and len(unit.text) >= 6 and Indel.distance(unit.text, spelled) == 1:
                en_left.remove(unit)
                lost.remove(i)
                break
    aside = [w for w in y.aside if w not in _COUNTRY]
    if aside:
        told = {w for part in x.aside for w in _all_renderings(part)}
        for w in aside:
            if w not in told and lexicon().role(w) in ("place", "proper", "ordinal", "direction"):
                en_left.append(Unit(w, lexicon().role(w)))
    if x.aside:
        for part in x.aside:
            units = read_name(part).units
            if len(units) == 1 and units[0].role == "place":
                if not (_all_renderings(part) & ({u.text for u in en_left} | set(y.aside))):
                    asides.append(units[0])
                else:
                    en_left = [u for u in en_left if u.text not in _all_renderings(part)]
    found = _judge_translation(x, y, lost, asides, en_left)
    first, comma, _ = y.core.partition(",")
    if found is None and comma and not aside and _has_parent(y):
        # Chaoyang Hospital, Capital Medical University: the parent stands behind a comma.
        inner = read_name(first)
        if inner.script == "en":
            found = _translated(x, inner, kinds)
            return found and Found("same", min(found.score, 0.7), "short-form")
    return found


@lru_cache(maxsize=1)
def _schools() -> frozenset[str]:
    return frozenset({stem("university"), stem("college")})


def _as_topic(unit: Unit, school: bool) -> Unit:
    """City and County say which university it is; in City Bureau it is a rank."""
    if school and unit.text in ("city", stem("county"), stem("district")):
        return Unit(unit.text, "topic")
    return unit


@lru_cache(maxsize=1 << 12)
def _all_renderings(text: str) -> frozenset[str]:
    name = read_name(text)
    return frozenset(
        word for options in renderings(name).values() for _, _, option in options for word in option
    )


# How a Chinese name is rendered up to a place: weight, stretches, English words spent.
_Step = tuple[float, tuple[tuple[int, int], ...], tuple[str, ...]]


def _cover(x: Name, bag: Counter[str]) -> tuple[list[bool], Counter[str]]:
    """The stretches of a Chinese name that words of an English one render, best in weight; every English
    word is used once."""
    length = len(x.core) if x.script == "zh" else len(x.syllables)
    weights = _weights(x, length)
    role = lexicon().role
    options: dict[int, list[tuple[int, float, tuple[str, ...]]]] = {}
    # The one word for a body is for the last one that the Chinese name has.
    heads = sum(count for word, count in bag.items() if role(word) == "head")
    last = _start_of_last_head(x)
    known = renderings(x)
    for first in bag:
        for start, end, rendering in known.get(first, ()):
            if len(rendering) > 1 and not _within(rendering, bag):
                continue
            if heads == 1 and end <= last and any(role(word) == "head" for word in rendering):
                continue
            # Of equal ways the later: what stands first may be the parent, which is left out.
            value = (
                sum(weights[start:end])
                + (end == length)
                + 0.001 * sum(range(start, end))
                + 0.6 * sum(WEIGHTS[role(w)] for w in rendering)
            )
            options.setdefault(end, []).append((start, value, rendering))
    best: list[list[_Step]] = [[(0.0, (), ())]]
    for end in range(1, length + 1):
        steps: list[_Step] = list(best[end - 1])
        for start, value, rendering in options.get(end, ()):
            for total, spans, spent in best[start]:
                combined = (*spent, *rendering)
                if _within(combined, bag):
                    steps.append((total + value, (*spans, (start, end)), combined))
        steps.sort(key=lambda step: (-step[0], step[1], step[2]))
        best.append(steps[:6])
    _, chosen, spent = best[length][0]
    covered = [False] * length
    for start, end in chosen:
        covered[start:end] = [True] * (end - start)
    return covered, Counter(spent)


def _within(words: Sequence[str], bag: Mapping[str, int]) -> bool:
    """Whether every one of the words is in the bag, as often as it is here."""
    return all(word in bag for word in words) and (
        len(set(words)) == len(words) or all(words.count(word) <= bag[word] for word in words)
    )


def _start_of_last_head(x: Name) -> int:
    at = start = 0
    for unit in x.units:
        if unit.role == "head" and unit.group != "branch":
            start = at
        at += _size(x, unit)
    return start


def _weights(x: Name, length: int) -> list[float]:
    weights: list[float] = []
    for unit in x.units:
        size = _size(x, unit)
        weights += [unit.weight / size] * size
    return (weights + [0.0] * length)[:length]


def _size(x: Name, unit: Unit) -> int:
    return len(unit.text) if x.script == "zh" or is_chinese(unit.text) else 1


def _uncovered(x: Name, covered: Sequence[bool]) -> list[int]:
    """Which units of a Chinese name no English word renders; a proper name has to be rendered whole, another
    word for the most part, a word between words not at all."""
    lost = []
    at = 0
    for i, unit in enumerate(x.units):
        size = _size(x, unit)
        share = sum(covered[at : at + size]) / size
        at += size
        if share < (1.0 if unit.role == "proper" else 0.6) and unit.group != "joining":
            lost.append(i)
    return lost


# Bodies whose kind is translated freely, once what they are for is told: university and institute.
_FREE_HEADS: Mapping[str, str] = {
    "university": "university institute academy school college polytechnic",
    "school": "university institute academy school college",
    "academy": "institute academy center laboratory college school",
    "association": "association society council institute federation foundation center",
}


@cache
def _free_heads(group: str) -> frozenset[str]:
    return frozenset(stem(word) for word in _FREE_HEADS.get(group, "").split())


# How much of two names has to be answered, by whether a describing word of the Chinese and of the English
# one is not: a word more on the English side is a word that no Chinese one can be.
_LEAST = {(False, False): 0.74, (True, False): 0.74, (False, True): 0.82, (True, True): 0.72}


def _judge_translation(
    x: Name, y: Name, lost: Sequence[int], asides: Sequence[Unit], en_left: Sequence[Unit]
) -> Found | None:
    """A Chinese name and an English one, by what neither renders: `lost` are the places among the units
    of the Chinese name, `asides` what its brackets add."""
    parent = parent_units(x, lost)
    # An unknown word inside a name is one that the dictionary lacks, at its beginning a proper name.
    start = next((i for i, u in enumerate(x.units) if i >= parent and u.role not in ("place", "level")), 0)
    zh_left = [
        Unit(u.text, "topic") if u.role == "proper" and i > start else u
        for i, u in enumerate(x.units)
        if i in lost and i >= parent
    ] + list(asides)
    telling = [u for i, u in enumerate(x.units) if i not in lost and is_telling(u)]
    if not telling and (zh_left or en_left or not _is_national(x)):
        return None
    if any(u.role in ("ordinal", "direction") for u in (*zh_left, *en_left)):
        return None
    if any(x.units[i].role == "ordinal" for i in lost):
        return None
    rich = [u for u in telling if u.role != "place"]
    ranks = [{u.text for u in side if u.role == "level"} & _RANKS for side in (zh_left, en_left)]
    if ranks[0] and ranks[1]:
        return None
    plain = sum(u.role == "plain" and i not in lost for i, u in enumerate(x.units))
    if parent and not rich and (plain < 2 or not telling):
        return None
    named = [[u for u in side if u.role in ("place", "proper")] for side in (zh_left, en_left)]
    if x.head is not None and x.head.group == "branch" and not named[0] and not named[1]:
        # English names the campus by its place alone.
        zh_left = [u for u in zh_left if u != x.head]
    topics = [[u for u in side if u.role == "topic"] for side in (zh_left, en_left)]
    if (named[0] and (named[1] or topics[1])) or (named[1] and topics[0]):
        return None
    head = x.head
    en_heads = [u for u in en_left if u.role == "head"]
    if head is not None and head in zh_left:
        free = _free_heads(head.group)
        described = len(rich) + sum(
            u.role == "plain" and u.text != "研究" for i, u in enumerate(x.units) if i not in lost
        )
        if len(en_heads) != 1 or en_heads[0].text not in free or described < (1 if rich else 2):
            return None
    else:
        # The college or university that a hospital belongs to.
        inner = [u for u in zh_left if u.role == "head"]
        if len(inner) == len(en_heads) == 1 and en_heads[0].text in _free_heads(inner[0].group):
            en_heads, inner = [], []
        if inner and head not in inner:
            return None
    if head not in zh_left and en_heads:
        return None
    unanswered = [u.weight for u in (*zh_left, *en_left) if u.role != "level"]
    if len(telling) == 1 and telling[0].role == "topic" and sum(unanswered) > 1.0:
        # One describing word is little to go by.
        return None
    lost_zh, lost_en = (sum(u.weight for u in side) for side in (zh_left, en_left))
    if head is not None and head in zh_left:
        lost_zh -= 0.6 * head.weight
        lost_en -= 0.6 * en_heads[0].weight
    weight_zh = sum(u.weight for u in x.units[parent:]) or 1.0
    weight_en = sum(u.weight for u in y.units) or 1.0
    places = [[u for u in side if u.role == "place"] for side in named]
    if places[0]:
        loose = head is None or head.group in ("association", "company")
        whole = loose and not en_left and sum(u.role == "topic" for u in rich) > 1
        if not whole and not _may_leave_out(places[0], telling, x):
            return None
        lost_zh -= 0.7 * sum(u.weight for u in places[0])
    if places[1]:
        if not _may_leave_out(places[1], _spelled_places(telling, x), y):
            return None
        lost_en -= 0.7 * sum(u.weight for u in places[1])
    if any(u.role == "proper" for u in zh_left):
        return None
    if named[1] and not any(u.role in ("place", "proper") for u in telling):
        return None
    school = head is not None and head.group == "university"
    describes = [u for u in rich if u.role == "topic" or (u.role == "proper" and not school)]
    if any(u.role in ("topic", "plain") for u in (*zh_left, *en_left)) and not describes:
        return None
    if parent and any(u.role not in ("level", "legal") for u in (*zh_left, *en_left)):
        return None
    share_zh, share_en = 1 - lost_zh / weight_zh, 1 - lost_en / weight_en
    score = 2 * share_zh * share_en / max(share_zh + share_en, 0.01)
    least = _LEAST[any(u.role in ("topic", "proper") for u in zh_left), bool(topics[1])]
    if min(share_zh, share_en) < 0.5 or score < least:
        return None
    return Found("same", (0.93 if not parent else 0.8) * min(1.0, score), "translation")


def _spelled_places(telling: Sequence[Unit], x: Name) -> list[Unit]:
    """The places of a Chinese name as an English name spells them."""
    return [
        Unit(stem("".join(pinyin(u.text))), u.role) if x.script == "zh" and u.role == "place" else u
        for u in telling
    ]


def parent_units(x: Name, lost: Sequence[int]) -> int:
    """How many units of a Chinese name are the parent it begins with, left out whole by the other name."""
    end = 0
    for i, unit in enumerate(x.units[:-1]):
        if i not in lost and unit.role != "level":
            break
        if unit.role == "head" or unit.text in ("附属", "直属"):
            end = i + 1
    return end


# ---------------------------------------------------------------------- acronyms

_ACRONYM = re.compile(r"[A-Za-z][A-Za-z&.\-]{1,9}")


@lru_cache(maxsize=1 << 16)
def is_acronym(name: Name) -> bool:
    """A single word with more capitals than a name has: NJUCM, XDZ, NJTech."""
    text = name.core.strip()
    if not _ACRONYM.fullmatch(text):
        return False
    capitals = sum(char.isupper() for char in text)
    return capitals >= 2 and 3 <= len(text.replace(".", "").replace("-", "").replace("&", "")) <= 8


def letters_of(name: Name) -> str:
    return re.sub(r"[^a-z]", "", name.core.casefold())


def _acronym(short: Name, long: Name) -> Found | None:
    if not is_acronym(short) or is_acronym(long) or set(short.aside) - _COUNTRY:
        return None
    letters = letters_of(short)
    if any(_spells(letters, parts) for parts in letter_orders(long)):
        return Found("same", 0.7, "acronym")
    return None


# What a part of a name may give to an acronym, and whether it may give nothing.
Part = tuple[frozenset[str], bool]


def _spells(letters: str, parts: Sequence[Part]) -> bool:
    """Whether letters are what the parts give, one after the other."""
    technical = letters.endswith("tech")

    @cache
    def rest(at: int, part: int) -> bool:
        if part == len(parts):
            return at == len(letters)
        given, optional = parts[part]
        if (optional or (technical and "u" in given)) and rest(at, part + 1):
            return True
        return any(letters.startswith(piece, at) and rest(at + len(piece), part + 1) for piece in given)

    return rest(0, 0)


@lru_cache(maxsize=1 << 15)
def letter_orders(long: Name) -> tuple[tuple[Part, ...], ...]:
    """The orders in which the parts of a name may give letters: as they stand; in English the body may
    come first or after the place, and the place or the parent last."""
    if long.script == "en":
        parts = _english_parts(long)
        told = sum(not optional for _, optional in parts)
        return (parts,) if 2 <= told <= 9 else ()
    parent = parent_units(long, range(len(long.units)))
    head = next((i for i in range(len(long.units) - 1, -1, -1) if long.units[i].role == "head"), None)
    if head is not None and head < parent:
        return ()
    units = [(i, u) for i, u in enumerate(long.units) if u.group != "joining" and u.role != "legal"]
    above = tuple(_part(u) for i, u in units if i < parent)
    inner = [(i, u) for i, u in units if i >= parent and i != head]
    # A research institute keeps its two words together.
    searching = head is not None and long.units[head - 1].text == "研究" and head > parent
    body = () if head is None else (_part(long.units[head]),)
    if searching and head is not None:
        body = (_part(long.units[head - 1]), *body)
        inner = [(i, u) for i, u in inner if i != head - 1]
    places = tuple(_part(u) for _, u in inner if u.role in ("place", "level", "direction"))
    rest = tuple(_part(u) for _, u in inner if u.role not in ("place", "level", "direction"))
    if len(places) + len(rest) + len(above) > 8 or not (places + rest):
        return ()
    # Of may give its letter too: MOF.
    after_of = tuple(
        (given | {f"o{piece}" for piece in given}, optional) if i == 0 else (given, optional)
        for i, (given, optional) in enumerate(rest)
    )
    orders = [
        (*places, *rest, *body),
        (*places, *body, *after_of),
        (*body, *after_of, *places),
    ]
    if len(above) > 2:
        turned = (*above[:-2], above[-1], above[-2])
        orders = [
            o
            for order in orders
            for o in (order, (*order, *above), (*order, *turned), (*above, *order), (*turned, *order))
        ]
    elif above:
        orders = [o for order in orders for o in (order, (*order, *above), (*above, *order))]
    return tuple(dict.fromkeys(orders))


def _part(unit: Unit) -> Part:
    spelled = pinyin(unit.text)
    letters = {"".join(s[0] for s in spelled if s)}
    own = lexicon().words.get(unit.text)
    if unit.role == "place":
        letters |= {spelled[0][:1], spelled[0][:2]}
    elif unit.role == "proper":
        letters.add(spelled[0][:1])
    for rendering in own.english if own else ():
        letters.add("".join(word[0] for word in rendering))
        if unit.role == "plain" and rendering == ("technology",):
            letters.add("tech")
    if own is None and unit.role == "topic":
        known = lexicon().word(unit.text)
        letters |= {"".join(w[0] for w in r) for r in (known.english[:3] if known else ())}
    if unit.group == "zone":
        letters |= set(word_list("zone_letters"))
    if unit.text == "工程":
        letters.add("t")
    optional = unit.role == "level" or unit.text in ("研究", "科学", "职业")
    return frozenset(re.sub(r"[^a-z]", "", part) for part in letters) - {""}, optional


def _english_parts(long: Name) -> tuple[Part, ...]:
    """For every word of an English name the letters it may give; a word in pinyin its syllables' too."""
    parts: list[Part] = []
    for word in re.findall(r"[a-z]+", re.sub(r"['’]", "", long.core.casefold())):
        letters = {word[0]}
        syllables = split_pinyin(word) or ()
        if len(syllables) > 1:
            letters |= {"".join(s[0] for s in syllables), word[:2]}
        if word.startswith("tech"):
            letters.add("tech")
        parts.append((frozenset(letters), word in word_list("unlettered")))
    return tuple(parts)

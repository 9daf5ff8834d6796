"""Whole columns at once: what every cell says in the model's own form, and which cells say nothing it knows.

Almost every cell of a real table is right or is one of few words, so the texts of a column are made unique,
those that are in the model's form are found by one expression, and only the rest is read one by one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any

import polars as pl

from parkgraph.graph.claims import ENTITY_ID, SOURCE_ID, holds_control, is_id
from parkgraph.graph.countries import countries_like, country_code, country_codes
from parkgraph.graph.errors import UnknownName
from parkgraph.graph.identifiers import CHECKS, has_valid_check
from parkgraph.graph.model import Model, Property, read_value
from parkgraph.graph.quantities import LARGEST, parse_quantity
from parkgraph.ingest.findings import Finding
from parkgraph.ingest.mapping import PLACEHOLDER, Cell
from parkgraph.ingest.readers import ROW, Sheet
from parkgraph.ingest.written_dates import read_date

INVISIBLE = r"[\p{Cc}\p{Cf}]"
_TRUE = frozenset(("true", "yes", "y", "1", "是", "√", "✓", "✔", "对"))
_FALSE = frozenset(("false", "no", "n", "0", "否", "×", "✗", "✘"))
_ISO_DATE = r"^[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?)?$"
_ISO_DAY_LENGTH = 10
_SHOWN = 80


Judged = tuple[str | None, str | None, str | None, str | None, str | None]


class CellFault(ValueError):
    """A cell that says nothing the model knows: the rule, a sentence, what would be right, and the sentence
    in Chinese where the rule does not make one."""

    def __init__(self, rule: str, message: str, expected: str | None = None, zh: str | None = None) -> None:
        super().__init__(message)
        self.rule = rule
        self.expected = expected
        self.zh = zh


@dataclass(frozen=True, slots=True)
class Form:
    """How the cells of a column are read: `ready` makes of the texts an expression that is true where one is
    in the model's form already; `read` brings any other into it, or raises CellFault. `known`
    are the texts that were read before."""

    ready: Callable[[pl.Expr], pl.Expr]
    read: Callable[[str], str]
    known: dict[str, Judged] = field(default_factory=dict)

    def judge(self, text: str) -> Judged:
        """What becomes of a text that is not ready: its form in the model, the rule that it breaks or that
        says how it was read, a sentence, what would be right, and the sentence in Chinese."""
        if text not in self.known:
            self.known[text] = self._judge(text)
        return self.known[text]

    def _judge(self, text: str) -> Judged:
        try:
            canonical = self.read(text)
        except CellFault as fault:
            return None, fault.rule, str(fault), fault.expected, fault.zh
        if not canonical:
            # Such as a date that is no span, of which the end is asked.
            return None, "nothing", None, None, None
        # 17.0 for 17 is no other reading.
        rule = "read-as" if canonical not in (text, _shortest(text)) else None
        return canonical, rule, None, None, None


@dataclass(slots=True)
class Column:
    """What a column says: a text, or a list of texts, for each row of a chunk; null where it says nothing.
    `bad` are the positions of rows with a fault."""

    values: pl.Series
    bad: pl.Series
    findings: list[Finding] = field(default_factory=list)


def texts_of(frame: pl.DataFrame, cell: Cell, *, clean: bool = False) -> pl.Series:
    """The texts of the cells before anything is split or replaced; null where nothing is written."""
    if cell.value is not None:
        return pl.Series("text", [cell.value], dtype=pl.String).new_from_index(0, len(frame))
    alone = PLACEHOLDER.fullmatch(cell.template or "")
    if cell.column is not None or alone is not None:
        column = _trimmed(pl.col(cell.column or (alone[1] if alone is not None else "")), clean=clean)
    else:
        parts = [
            pl.lit(part) if i % 2 == 0 else _written(_trimmed(pl.col(part), clean=clean))
            for i, part in enumerate(PLACEHOLDER.split(cell.template or ""))
        ]
        column = _trimmed(pl.concat_str(parts, ignore_nulls=False), clean=clean)
    return _without_blanks(frame.select(column.alias("text")))["text"]


def _trimmed(column: pl.Expr, *, clean: bool) -> pl.Expr:
    if clean:
        # A line that breaks between two Chinese characters breaks no word.
        column = column.str.replace_all(r"(\p{Han})[ \t]*[\r\n]+[ \t]*(\p{Han})", "${1}${2}")
        column = column.str.replace_all(r"[\r\n\t\v\f]+", " ").str.replace_all(INVISIBLE, "")
    return column.str.strip_chars()


def _written(trimmed: pl.Expr) -> pl.Expr:
    """Null for what is empty."""
    return pl.when(trimmed == "").then(None).otherwise(trimmed)


def _without_blanks(trimmed: pl.DataFrame) -> pl.DataFrame:
    """Null for what is empty; few columns hold such, and only they are made again."""
    blank = trimmed.select((pl.all() == "").any()).row(0, named=True)
    return trimmed.with_columns(_written(pl.col(name)).alias(name) for name, some in blank.items() if some)


def all_ready(form: Form, text: pl.Expr) -> pl.Expr:
    """Whether every text is in the model's form."""
    return form.ready(text).fill_null(value=True).all()


def ready_columns(
    frame: pl.DataFrame, cells: Iterable[tuple[Cell, Form]], *, clean: bool
) -> dict[int, pl.Series]:
    """The texts of those cells that are columns, read as they are, and right throughout; by the cell's id.
    All at once: most columns of most tables are so."""
    plain = [(cell, form) for cell, form in cells if cell.is_plain and cell.column is not None]
    if not plain:
        return {}
    texts = _without_blanks(
        frame.select(
            _trimmed(pl.col(cell.column or ""), clean=clean).alias(str(i))
            for i, (cell, _) in enumerate(plain)
        )
    )
    right = texts.select(all_ready(form, pl.col(str(i))).alias(str(i)) for i, (_, form) in enumerate(plain))
    return {id(cell): texts[str(i)] for i, (cell, _) in enumerate(plain) if right[str(i)].item()}


def read_column(frame: pl.DataFrame, cell: Cell, form: Form, sheet: Sheet, *, clean: bool = False) -> Column:
    """Read a column of a chunk."""
    texts = texts_of(frame, cell, clean=clean)
    several = cell.split is not None
    if cell.is_plain and texts.to_frame("text").select(all_ready(form, pl.col("text"))).item():
        return Column(texts, pl.Series("at", [], dtype=pl.UInt32))
    long = pl.DataFrame({"at": pl.int_range(len(frame), dtype=pl.UInt32, eager=True), "text": texts})
    if several:
        long = (
            long.with_columns(pl.col("text").str.split(cell.split))
            .explode("text")
            .with_columns(_written(_trimmed(pl.col("text"), clean=False)).alias("text"))
        )
    long = long.filter(pl.col("text").is_not_null()).with_columns(pl.col("text").alias("said"))
    column = cell.column or ", ".join(cell.columns)
    if cell.pattern is not None:
        found = pl.col("text").str.extract(cell.pattern, 1)
        long = long.with_columns(found if cell.otherwise is None else found.fill_null(cell.otherwise))
    if cell.values is not None:
        long = long.with_columns(_replaced(pl.col("text"), cell))
    # What says nothing by the mapping is empty; null is what does not fit the pattern.
    long = long.filter(pl.col("text").ne_missing(""))
    if cell.unit is not None or cell.decimal == ",":
        long = long.with_columns(_with_unit(pl.col("text"), cell))
    ready = bool(long.select(all_ready(form, pl.col("text"))).item()) if len(long) else True
    bad = pl.Series("at", [], dtype=pl.UInt32)
    findings: list[Finding] = []
    if not ready or cell.pattern is not None:
        table = _judged(long, form, cell)
        long = long.join(table, on="text", how="left", nulls_equal=True, maintain_order="left")
        long = long.with_columns(pl.coalesce("canonical", pl.when(pl.col("rule").is_null()).then("text")))
        wrong = long.filter(~pl.col("rule").fill_null("read-as").is_in(["read-as", "nothing"]))
        bad = wrong["at"].unique()
        findings = _findings(wrong, frame, sheet, column)
        findings += _read_as(long.filter(pl.col("rule") == "read-as"), frame, sheet, column)
        long = long.with_columns(pl.col("canonical").alias("text"))
    long = long.filter(pl.col("text").fill_null("") != "")
    rows = pl.DataFrame({"at": pl.int_range(len(frame), dtype=pl.UInt32, eager=True)})
    if several:
        long = long.unique(["at", "text"], keep="first", maintain_order=True)
        grouped = long.group_by("at", maintain_order=True).agg(pl.col("text"))
        values = rows.join(grouped, on="at", how="left", maintain_order="left")["text"]
    elif len(long) == len(frame):
        values = long["text"]
    else:
        values = rows.join(long.select("at", "text"), on="at", how="left", maintain_order="left")["text"]
    return Column(values, bad, findings)


def _replaced(text: pl.Expr, cell: Cell) -> pl.Expr:
    """The words of the mapping in place of those of the table; empty where they say nothing."""
    given = cell.values or {}
    new = ["" if word is None else word for word in given.values()]
    default = text if cell.otherwise is None else pl.when(text.is_not_null()).then(pl.lit(cell.otherwise))
    return (
        text.replace_strict(list(given), new, default=default, return_dtype=pl.String) if given else default
    )


def _with_unit(text: pl.Expr, cell: Cell) -> pl.Expr:
    if cell.decimal == ",":
        text = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    if cell.unit is None:
        return text
    # Only behind what ends in a number; a cell may bring a unit of its own.
    if not cell.unit.isascii():
        return pl.when(text.str.contains(r"[\d０-９]$")).then(text + pl.lit(cell.unit)).otherwise(text)
    bare = text.str.replace(r"^(约|about )?\$\s*", "${1}")
    ends = r"(?i)(?:[\d０-９万亿]|thousand|million|billion|[\d.](?:k|m|mn|b|bn))$"
    return pl.when(bare.str.contains(ends)).then(bare + pl.lit(f" {cell.unit}")).otherwise(text)


def _judged(long: pl.DataFrame, form: Form, cell: Cell) -> pl.DataFrame:
    """For every unique text that is not ready: its form in the model, or the rule that it breaks."""
    unique = long.select("text").unique(maintain_order=True)
    # Made a column first: polars cannot filter a large frame by a constant.
    ready = form.ready(pl.col("text")).fill_null(value=False).alias("ready")
    waiting = unique.with_columns(ready).filter(~pl.col("ready"))["text"]
    unfit = f"does not fit the mapping's pattern {cell.pattern}"
    judged = [
        (text, *(form.judge(text) if text is not None else (None, "bad-pattern", unfit, cell.pattern, None)))
        for text in waiting
    ]
    names = ("text", "canonical", "rule", "message", "expected", "zh")
    return pl.DataFrame(judged, schema=dict.fromkeys(names, pl.String), orient="row")


def _shortest(text: str) -> str:
    """Numbers without zeros behind the last decimal."""
    return re.sub(r"(\.\d*?)0+(?=\D|$)", lambda match: match[1] if match[1] != "." else "", text)


def _findings(wrong: pl.DataFrame, frame: pl.DataFrame, sheet: Sheet, column: str) -> list[Finding]:
    rows = frame[ROW]
    return [
        Finding(sheet.place(rows[at]), column, message, rule, _shortened(said), expected, zh=zh)
        for at, said, rule, message, expected, zh in wrong.select(
            "at", "said", "rule", "message", "expected", "zh"
        ).iter_rows()
    ]


def _read_as(read: pl.DataFrame, frame: pl.DataFrame, sheet: Sheet, column: str) -> list[Finding]:
    """One note a column and chunk on how its cells were read otherwise than written."""
    if not len(read):
        return []
    at, said, canonical = read.select("at", "said", "canonical").row(0)
    place = sheet.place(frame[ROW][at])
    message = f"{said!r} is read as {canonical!r}"
    return [Finding(place, column, message, "read-as", _shortened(said), canonical, more=len(read) - 1)]


def _shortened(text: str | None) -> str | None:
    return text if text is None or len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


# ---------------------------------------------------------------------- forms


def _never(text: pl.Expr) -> pl.Expr:
    """For what has no form that an expression could tell."""
    return text.is_null()


def _fits(text: pl.Expr, pattern: str) -> pl.Expr:
    return text.str.contains(pattern) & ~text.str.contains(INVISIBLE)


def form_of(prop: Property, cell: Cell, model: Model) -> Form:
    """How the cells of a property are read."""

    def visible(read: Callable[[str], str]) -> Callable[[str], str]:
        def checked(said: str) -> str:
            if not said.isprintable() and holds_control(said):
                raise _invisible(said, prop.name)
            return read(said)

        return checked

    match prop.type:
        case "string":
            return Form(lambda text: ~text.str.contains(INVISIBLE), visible(lambda said: said))
        case "date":
            return Form(
                _never if cell.part == "end" else _is_date, visible(lambda said: _date(said, prop.name, cell))
            )
        case "boolean":
            return Form(
                lambda text: text.is_in(["true", "false"]), visible(lambda said: _boolean(said, prop.name))
            )
        case "integer":
            return Form(
                lambda text: text.str.contains(r"^[+-]?[0-9]{1,15}$"),
                visible(lambda s: _integer(s, prop, model)),
            )
        case "country":
            return Form(lambda text: text.is_in(country_codes()), visible(lambda s: _country(s, prop.name)))
        case "vocabulary" | "status":
            return Form(
                lambda text: text.is_in(list(prop.vocabulary)), visible(lambda s: _word(s, prop, model))
            )
        case "kind":
            return Form(lambda text: text.is_in(list(model.kinds)), visible(lambda s: _kind(s, prop, model)))
        case "identifier":
            pattern = f"^(?:{model.schemes[prop.scheme or ''].pattern})$"
            ready = partial(_fits, pattern=pattern) if prop.scheme not in CHECKS else _never
            return Form(ready, visible(lambda s: _identifier(s, prop, model)))
        case "money" | "quantity":
            return Form(_never, _amount_reader(prop, cell, model))


def _invisible(said: str, name: str) -> CellFault:
    seen = "".join(" " if char.isspace() else "" if holds_control(char) else char for char in said)
    return CellFault(
        "invisible-character",
        f"{name}: {said!r} holds a control or invisible character",
        " ".join(seen.split()),
    )


def _is_date(text: pl.Expr) -> pl.Expr:
    is_day = text.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    real = (text.str.len_bytes() < _ISO_DAY_LENGTH) | is_day
    return text.str.contains(_ISO_DATE) & real & ~text.str.starts_with("0000")


def _date(said: str, name: str, cell: Cell) -> str:
    try:
        start, end = read_date(said, cell.date)
    except ValueError as error:
        raise CellFault("bad-date", str(error), "2019, 2019-05, 2019-05-10") from None
    if cell.part == "end":
        return end or ""
    if end is None or cell.part == "start":
        return start
    raise CellFault(
        "bad-date",
        f"{name}: {said!r} is a span of two dates; take one end of it (part: start or end in the mapping)",
        f"{start} / {end}",
    )


def _boolean(said: str, name: str) -> str:
    folded = unicodedata.normalize("NFKC", said).casefold()
    if folded in _TRUE or said in _TRUE:
        return "true"
    if folded in _FALSE or said in _FALSE:
        return "false"
    raise CellFault("bad-boolean", f"{name}: {said!r} is neither true nor false", "true / false, 是 / 否")


def _integer(said: str, prop: Property, model: Model) -> str:
    folded = unicodedata.normalize("NFKC", said).removesuffix("年")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+", folded):
        folded = folded.replace(",", "")
    try:
        return str(read_value(prop, folded, model))
    except ValueError:
        raise CellFault("bad-number", f"{prop.name}: {said!r} is not a whole number", "2017") from None


def _country(said: str, name: str) -> str:
    code = country_code(said)
    if code is None:
        near = countries_like(said, 0.8)
        raise CellFault(
            "bad-country",
            f"{name}: {said!r} is not a country code of ISO 3166-1, such as CN or IL, nor a country's name",
            near[0] if near else "CN, IL, …",
        )
    return code


def _word(said: str, prop: Property, model: Model) -> str:
    found = _words(prop, model).get(unicodedata.normalize("NFKC", said).casefold())
    if found is None:
        words = _words(prop, model)
        close = get_close_matches(said.casefold(), words, n=1, cutoff=0.6)
        raise CellFault(
            "off-vocabulary",
            f"{prop.name}: {said!r} is not one of {', '.join(prop.vocabulary)}"
            + (f"; perhaps {words[close[0]]}" if close else ""),
            words[close[0]] if close else ", ".join(prop.vocabulary),
            f"“{said}”不在词表内，应为：{'、'.join(zh for zh, _ in prop.vocabulary.values())}"
            + (f"；或即“{prop.vocabulary[words[close[0]]][0]}”" if close else ""),
        )
    return found


@lru_cache(maxsize=256)
def _words_of(vocabulary: tuple[tuple[str, tuple[str, str]], ...]) -> dict[str, str]:
    words = {code.casefold(): code for code, _ in vocabulary}
    for code, labels in vocabulary:
        for label in labels:
            words.setdefault(label.casefold(), code)
    return words


def _words(prop: Property, model: Model) -> dict[str, str]:
    """The codes of a vocabulary by themselves, by their labels, and of a status by the words that tell it."""
    words = _words_of(tuple(prop.vocabulary.items()))
    if prop.type == "status":
        said = {word.casefold(): code for code, status in model.statuses.items() for word in status.words}
        return said | words
    return words


def _kind(said: str, prop: Property, model: Model) -> str:
    try:
        return model.kind(said).name
    except UnknownName:
        raise CellFault(
            "off-vocabulary",
            f"{prop.name}: {said!r} is not one of {', '.join(model.kinds)}",
            ", ".join(model.kinds),
        ) from None


def _identifier(said: str, prop: Property, model: Model) -> str:
    scheme = model.schemes[prop.scheme or ""]
    text = unicodedata.normalize("NFKC", said)
    if scheme.url is not None:
        text = text.removeprefix(scheme.url.format("")).removeprefix(
            scheme.url.format("").replace("https", "http")
        )
    pattern = re.compile(scheme.pattern)
    for form in (text, text.upper(), re.sub(r"[\s-]", "", text).upper()):
        if pattern.fullmatch(form):
            if not has_valid_check(prop.scheme or "", form):
                raise CellFault(
                    "check-digit",
                    f"{prop.name}: {said!r} is no {scheme.en}; its check digits are wrong, so it is mistyped",
                )
            return form
    hint = ""
    if re.fullmatch(r"[\d.]+E\+\d+", text):
        hint = "; a spreadsheet has made a number of it and lost its last digits: format the column as text"
    raise CellFault(
        "bad-identifier",
        f"{prop.name}: {said!r} is no {scheme.en}; expected the form {scheme.pattern}{hint}",
        scheme.pattern,
    )


def _amount_reader(prop: Property, cell: Cell, model: Model) -> Callable[[str], str]:
    def read(said: str) -> str:
        if holds_control(said):
            raise _invisible(said, prop.name)
        try:
            return str(read_value(prop, _rounded(said) if cell.round else said, model))
        except ValueError as error:
            shown = "5600000000 CNY, 约5亿元" if prop.type == "money" else "35 park, 20余家"
            raise CellFault("bad-amount", str(error), shown) from None

    return read


def _rounded(said: str) -> str:
    """A figure to the whole unit, half a unit away from zero; what is whole stays as it is. Raises ValueError
    where it is no figure."""
    figure = parse_quantity(said)
    ends = [figure.value, *([figure.high] if figure.high is not None else [])]
    if all(end % 1 == 0 for end in ends):
        return said
    whole = [int(Decimal(str(end)).quantize(Decimal(1), ROUND_HALF_UP)) for end in ends]
    high = whole[1] if len(set(whole)) == 2 else None
    return str(replace(figure, value=whole[0], high=high, precision=max(1, figure.precision or 1)))


# ---------------------------------------------------------------------- columns of claims


def whole_number(text: str) -> int:
    """A whole number that a store can hold. Raises CellFault."""
    try:
        value = int(text)
    except ValueError:
        value = LARGEST + 1
    if abs(value) > LARGEST:
        raise CellFault("bad-number", f"{text!r} is not a number, or too large", "2017")
    return value


def _number_reader(of: Callable[[str], float], holds: Callable[[Any], bool], said: str) -> Form:
    def read(text: str) -> str:
        try:
            value = of(text)
        except CellFault:
            raise
        except ValueError:
            raise CellFault("bad-number", f"{text!r} is not a number, or too large", said) from None
        if not holds(value):
            raise CellFault("bad-number", f"{text} {said}", said)
        return text

    return Form(_never, read)


def claim_form(name: str, cell: Cell, model: Model) -> Form:
    """How the cells of a column of claims are read: `status`, `valid_from`, `inferred`, …"""
    if name in ("valid_from", "valid_to", "as_of"):
        return form_of(Property(name=name, type="date", zh=name, en=name), cell, model)
    if name == "inferred":
        return form_of(Property(name=name, type="boolean", zh=name, en=name), cell, model)
    if name == "status":
        statuses = model.vocabularies["statuses"]
        return form_of(Property(name=name, type="status", values=statuses, zh=name, en=name), cell, model)
    if name == "modality":
        values = {code: (one.zh, one.en) for code, one in model.modalities.items()}
        return form_of(Property(name=name, type="vocabulary", values=values, zh=name, en=name), cell, model)
    if name == "confidence":
        return _number_reader(float, lambda v: 0 <= v <= 1, "is not between 0 and 1")
    if name == "rank":
        return _number_reader(whole_number, lambda v: v in (-1, 0, 1), "is not -1, 0 or 1")
    if name == "source":
        return Form(partial(_fits, pattern=f"^{SOURCE_ID.pattern}$"), _source_id)
    return form_of(Property(name=name, type="string", zh=name, en=name), cell, model)


def _source_id(said: str) -> str:
    if not is_id(said, SOURCE_ID):
        raise CellFault(
            "unknown-source", f"{said!r} is not the id of a source; expected source:slug", "source:…"
        )
    return said


def id_form() -> Form:
    """How the id of an entity is read."""

    def read(said: str) -> str:
        if not is_id(said):
            raise CellFault(
                "bad-id", f"{said!r} is not an id; expected kind:slug such as park:my-park", "park:my-park"
            )
        return said

    return Form(partial(_fits, pattern=f"^(?:{ENTITY_ID.pattern})$"), read)

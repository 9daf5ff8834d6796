"""Who is meant in each row of a table: by an id that the row says, one made from its cells, a name or an
identifier.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from parkgraph.ingest.chunks import NAMES, Context, Part, column_of, origin
from parkgraph.ingest.columns import texts_of
from parkgraph.ingest.mapping import PLACEHOLDER, Cell, EntityMapping, TableMapping
from parkgraph.ingest.resolving import Meant, slug

_PLAIN_ID = r"^[A-Za-z0-9_\x{4e00}-\x{9fff}-]+$"
"""What stands in an id as it is."""
_LONGEST_PLAIN_ID = 160


class Identifying:
    """Tells for the rows of one table whom they speak of."""

    def __init__(self, mapping: TableMapping, context: Context) -> None:
        self._mapping = mapping
        self._context = context

    def ids(self, part: Part, entity: EntityMapping, columns: Mapping[str, pl.Series]) -> pl.Series:
        """The id of each row, or a list of several; what cannot be told is found."""
        if entity.id is not None:
            return self.given(part, entity)
        self._check_names(part, entity, columns)
        names = [columns[name] for name in NAMES if name in columns]
        known = self._context.model.entity_properties
        identifiers = {n: columns[n] for n in entity.properties if known[n].type == "identifier"}
        return self._by_name(part, entity, names, identifiers)

    # -- ids from cells ------------------------------------------------------------------------

    def given(self, part: Part, entity: EntityMapping) -> pl.Series:
        """Ids that are made from the cells of a row by a template."""
        columns = PLACEHOLDER.findall(entity.id or "")
        clean = self._mapping.clean
        texts = texts_of(part.frame, Cell(template=entity.id), clean=clean)
        if entity.split is not None:
            texts = self._several(part.frame, entity, columns[0])
        if entity.create and any(part.frame[column].null_count() < len(part) for column in columns):
            for row in texts.is_null().arg_true().to_list():
                said = "is empty, and makes the id"
                part.say(row, ", ".join(columns), said, "empty", zh="未填写，无法得到编号")
        if entity.split is None:
            return self._made(texts, entity)
        at = pl.Series("at", range(len(part)), dtype=pl.UInt32)
        long = pl.DataFrame([at, texts.alias("text")]).explode("text")
        long = long.with_columns(self._made(long["text"], entity).alias("id"))
        several = pl.col("id").drop_nulls().unique(maintain_order=True)
        return long.group_by("at", maintain_order=True).agg(several)["id"]

    def _several(self, frame: pl.DataFrame, entity: EntityMapping, column: str) -> pl.Series:
        """The texts of ids where one cell names several entities; null where it names none."""
        head, _, tail = PLACEHOLDER.split(entity.id or "")
        one = pl.element().str.strip_chars()
        named = texts_of(frame, Cell(column=column), clean=self._mapping.clean).str.split(entity.split or "")
        texts = named.to_frame("text").select(
            pl.col("text").list.eval(pl.concat_str(pl.lit(head), one.filter(one != ""), pl.lit(tail)))
        )
        return texts.select(pl.when(pl.col("text").list.len() > 0).then("text"))["text"]

    def _made(self, texts: pl.Series, entity: EntityMapping) -> pl.Series:
        """The ids that texts make: as they are where they begin as ids do, else behind the kind's prefix."""
        kinds = self._context.model.kinds
        prefixes = [kinds[entity.kind].prefix] if entity.kind else [kind.prefix for kind in kinds.values()]
        text = pl.col("text")
        as_ids = ((text.str.len_bytes() <= _LONGEST_PLAIN_ID) & text.str.contains(_PLAIN_ID)).fill_null(
            value=True
        )
        all_plain, made = texts.to_frame("text").select(
            as_ids.all().alias("plain"), pl.format(f"{prefixes[0]}:{{}}", text).alias("made")
        )
        if all_plain.all():
            return made
        plain = texts.to_frame("text").select(as_ids)["text"]
        others: dict[str, str] = {}
        for said in texts.filter(~plain).unique():
            whole = any(said.startswith(f"{prefix}:") for prefix in prefixes)
            head, _, rest = said.partition(":") if whole else (prefixes[0], "", said)
            others[said] = f"{head}:{slug(rest)}"
        new = list(others.values())
        replaced = texts.replace_strict(list(others), new, default=None, return_dtype=pl.String)
        return pl.DataFrame({"made": made, "other": replaced, "plain": plain}).select(
            pl.when("plain").then("made").otherwise("other").alias("id")
        )["id"]

    # -- names ---------------------------------------------------------------------------------

    def _by_name(
        self, part: Part, entity: EntityMapping, names: list[pl.Series], identifiers: Mapping[str, pl.Series]
    ) -> pl.Series:
        """Ids by name or identifier, each name of the part looked up once."""
        text = pl.lit(None, pl.String).alias("text")
        spoken = pl.DataFrame([series.alias(str(i)) for i, series in enumerate(names)])
        keys = pl.DataFrame(
            [
                pl.Series("at", range(len(part)), dtype=pl.UInt32),
                *(series.alias(f"={key}") for key, series in identifiers.items()),
            ]
        ).with_columns(spoken.select(pl.coalesce(pl.all()).alias("text"))["text"] if names else text)
        if keys["text"].dtype == pl.List:
            keys = keys.explode("text")
        marks = [column for column in keys.columns if column.startswith("=")]
        groups = keys.group_by("text", *marks, maintain_order=True).agg(pl.col("at").first(), pl.len())
        found: list[str | None] = []
        wrong: dict[int, Meant | None] = {}
        for group, (said, *values, row, times) in enumerate(groups.iter_rows()):
            found.append(None)
            if said is None and not any(values):
                if self._needs_one(entity):
                    wrong[group] = None
                continue
            meant = self._means(entity, said, marks, values)
            if meant is None or meant.ambiguous:
                wrong[group] = meant
                continue
            found[group] = meant.id
            self._say_of(part, row, meant, origin(entity), said, times)
        ids = pl.Series("id", found, dtype=pl.String)
        if entity.kind is not None and entity.create:
            self._context.resolver.define(ids.drop_nulls(), entity.kind)
        groups = groups.with_columns(ids, pl.Series("group", range(len(groups)), dtype=pl.UInt32))
        keys = keys.join(
            groups.drop("at", "len"), on=["text", *marks], how="left", nulls_equal=True, maintain_order="left"
        )
        if wrong:
            lost = keys.filter(pl.col("group").is_in(list(wrong))).select("at", "text", "group", *marks)
            for row, said, group, *values in lost.iter_rows():
                self._say_nobody(part, row, said, _marked(marks, values), wrong[group], entity)
        if len(keys) == len(part):
            return keys["id"]
        return keys.group_by("at", maintain_order=True).agg(pl.col("id").drop_nulls())["id"]

    def _means(
        self, entity: EntityMapping, said: str | None, marks: list[str], values: list[Any]
    ) -> Meant | None:
        create = entity.create and said is not None
        return self._context.resolver.meant(entity.kind, said, _marked(marks, values), create=create)

    def _needs_one(self, entity: EntityMapping) -> bool:
        """Whether every row must say who is meant: of the first entity of a table, whom it is about."""
        return entity is next(iter(self._mapping.entities.values())) and entity.create and not entity.when

    def _check_names(self, part: Part, entity: EntityMapping, columns: Mapping[str, pl.Series]) -> None:
        """Names in two languages, several in one cell each, are as many in both."""
        several = [name for name in NAMES if name in columns and columns[name].dtype == pl.List]
        if len(several) < 2:
            return
        one, other = (columns[name].list.len() for name in several)
        first, second = (column_of(entity.properties[name]) for name in several)
        for row in (one != other).fill_null(value=False).arg_true().to_list():
            said = f"has {other[row]} names, and {first} {one[row]}"
            zh = f"有 {other[row]} 个名称，“{first}”有 {one[row]} 个"
            part.say(row, second, said, "bad-value", zh=zh)

    # -- what is said of names -----------------------------------------------------------------

    def _say_of(self, part: Part, row: int, meant: Meant, column: str, said: str | None, times: int) -> None:
        """What is worth saying of a name that was understood: that it waits for judgement, or is another."""
        more = times - 1
        if meant.queued and meant.id not in self._context.queued:
            self._context.queued[meant.id] = meant
            message = f"{said!r} may be {meant.in_words}; it is kept apart as {meant.id} until judged"
            zh = f"“{said}”可能是 {meant.in_words}；在判断之前另存为 {meant.id}"
            part.say(row, column, message, "queued", said, _ids(meant), more=more, zh=zh)
        elif meant.namesake is not None:
            message = f"{said!r} becomes a new entity, {meant.id}, though {meant.namesake} has the same name"
            zh = f"“{said}”成为新实体 {meant.id}，而 {meant.namesake} 也叫此名"
            part.say(row, column, message, "namesake", said, meant.namesake, more=more, zh=zh)
        elif said is not None and meant.known_as not in (None, said):
            message = f"{said!r} is read as {meant.known_as} ({meant.id})"
            part.say(row, column, message, "read-as", said, meant.id, more=more)

    def _say_nobody(
        self,
        part: Part,
        row: int,
        text: str | None,
        marks: Mapping[str, str],
        meant: Meant | None,
        entity: EntityMapping,
    ) -> None:
        column = origin(entity)
        said = text if text is not None else ", ".join(f"{k} {v}" for k, v in marks.items())
        if meant is not None:
            many = len(meant.candidates)
            message = (
                f"{said!r} may mean {many} entities: {meant.in_words}; give the id, or have it queued for "
                "judgement"
            )
            zh = f"“{said}”可能指 {many} 个实体：{meant.in_words}；请写其编号，或留待判断（queue）"
            part.say(row, column, message, "ambiguous-name", said, _ids(meant), zh=zh)
        elif text is None and not marks:
            part.say(row, column, "is empty", "empty", zh="未填写")
        elif text is None and entity.create:
            message = f"is empty; a new {entity.kind} needs a name"
            part.say(row, column, message, "empty", zh="未填写；新实体须有名称")
        else:
            message = f"there is no {entity.kind or 'entity'} {said!r} here or in the store"
            part.say(row, column, message, "unknown-entity", said)


def _marked(marks: list[str], values: list[Any]) -> dict[str, str]:
    """Identifiers by their property; the columns of keys are marked by =."""
    return {mark[1:]: value for mark, value in zip(marks, values, strict=True) if value is not None}


def _ids(meant: Meant) -> str:
    return ", ".join(identifier for identifier, _ in meant.candidates)

"""Whether what the rows of a table refer to is there, and may stand where it does."""

from __future__ import annotations

from collections.abc import Mapping

from parkgraph.graph.claims import Claim
from parkgraph.graph.validation import locator_problems
from parkgraph.ingest.chunks import Chunk, Context, Entities, Part, Ties, origin
from parkgraph.ingest.mapping import EntityMapping, TableMapping

Wrong = Mapping[str, tuple[str, str]]
"""By id the sentence that says what is wrong with it, and the rule."""


class Referring:
    """Checks what the rows of one table refer to. `made` says that ids of what the rows describe were made
    for it, and so are right."""

    def __init__(self, mapping: TableMapping, context: Context, *, made: bool) -> None:
        self._mapping = mapping
        self._context = context
        self._model = context.model
        self._made = made

    @property
    def is_needed(self) -> bool:
        """Whether rows refer to what they do not themselves describe, or may tie something with itself."""
        entities = self._mapping.entities
        return (
            "source" in self._mapping.claims
            or not all(self._is_sure(entity) for entity in entities.values())
            or any(entities[t.subject].kind == entities[t.object].kind for t in self._mapping.relations)
        )

    def _is_sure(self, entity: EntityMapping) -> bool:
        return self._made and entity.create and entity.kind is not None

    def check(self, part: Part, chunk: Chunk) -> None:
        """Say of the rows of a whole chunk what is wrong."""
        for alias, entities in chunk.entities.items():
            if not self._is_sure(entities.mapping):
                self._say(part, alias, chunk.ids_at(alias), self._strange(entities))
        for tie in chunk.ties:
            self._check_ends(part, tie, chunk)
        self._check_sources(part, chunk)

    def _say(self, part: Part, alias: str, ids_at: Mapping[int, tuple[str, ...]], wrong: Wrong) -> None:
        column = origin(self._mapping.entities[alias])
        for position, ids in ids_at.items() if wrong else ():
            for identifier in ids:
                if identifier in wrong:
                    message, rule = wrong[identifier]
                    part.say(position, column, message, rule, identifier)

    def _strange(self, entities: Entities) -> Wrong:
        """Those that are not there, or not of the kind that the mapping says."""
        model, mapping = self._model, entities.mapping
        wrong = {}
        every = entities.every().to_list()
        kinds = self._context.resolver.kinds(every)
        for identifier in every:
            have = kinds.get(identifier)
            if have is None:
                if not mapping.create:
                    said = f"there is no {mapping.kind or 'entity'} {identifier!r} here or in the store"
                    wrong[identifier] = (said, "unknown-entity")
                continue
            are = " and ".join(sorted(have))
            if mapping.kind is None:
                strange = [
                    n for n in mapping.properties if not any(n in model.properties_of(k) for k in have)
                ]
                if strange:
                    wrong[identifier] = (f"a {are} has no property {strange[0]!r}", "bad-value")
            elif mapping.kind not in have:
                said = f"{identifier} is a {are}, and no {mapping.kind}"
                wrong[identifier] = (said, "unknown-entity")
            elif identifier.partition(":")[0] not in {model.kinds[kind].prefix for kind in have}:
                prefix = model.kinds[mapping.kind].prefix
                said = f"the id of a {mapping.kind} begins with {prefix}:, but this is {identifier!r}"
                wrong[identifier] = (said, "bad-id")
        return wrong

    def _check_ends(self, part: Part, tie: Ties, chunk: Chunk) -> None:
        relation = self._model.relations[tie.mapping.relation]
        ends = []
        for alias, place, allowed in (
            (tie.mapping.subject, "domain", relation.domain),
            (tie.mapping.object, "range", relation.range),
        ):
            ids_at = chunk.ids_at(alias)
            ids_at = {position: ids_at.get(position, ()) for position in tie.at}
            ends.append(ids_at)
            members = self._model.members(allowed)
            entity = self._mapping.entities[alias]
            if entity.create and entity.kind in members:
                continue
            wrong = {}
            kinds = self._context.resolver.kinds({one for ids in ids_at.values() for one in ids})
            for identifier, have in kinds.items():
                if have.isdisjoint(members):
                    said = (
                        f"{identifier} is a {' and '.join(sorted(have))}, outside the {place} of "
                        f"{relation.name}: {', '.join(allowed)}"
                    )
                    wrong[identifier] = (said, f"outside-{place}")
            self._say(part, alias, ids_at, wrong)
        subjects, objects = ends
        column = origin(self._mapping.entities[tie.mapping.object])
        for position in tie.at:
            one, other = subjects[position], objects[position]
            if one != other and len(one) <= 1 and len(other) <= 1:
                continue
            for identifier in sorted(set(one) & set(other)):
                said = f"{relation.name} of {identifier} with itself"
                part.say(position, column, said, "itself", identifier)

    def _check_sources(self, part: Part, chunk: Chunk) -> None:
        """Whether sources are described, and what a locator points to is inside them."""
        if "source" not in chunk.claims:
            return
        judged: dict[tuple[str, str | None, str | None], list[tuple[str, str]]] = {}
        none: list[str | None] = [None] * len(chunk.rows)
        columns = (chunk.claims.get(name, none) for name in ("source", "locator", "context"))
        for position, (source, locator, context) in enumerate(zip(*columns, strict=True)):
            if source is None:
                continue
            key = (source, locator, context)
            if key not in judged:
                claim = Claim("", source, locator=locator, context=context)
                judged[key] = list(locator_problems(claim, self._context.sources.get(source)))
            for column, message in judged[key]:
                if column == "source":
                    part.say(position, column, message, "unknown-source", source)
                else:
                    part.say(position, column, message, "bad-locator", locator)

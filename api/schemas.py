"""The shapes of the answers, for OpenAPI. Answers are built by the graph; a test holds them to these."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Open(BaseModel):
    """Further properties are those of the model (`GET /v1/model`)."""

    model_config = ConfigDict(extra="allow")


class ModelOut(_Open):
    """The model file as it was read; `digest` changes when it does."""

    name: str
    version: str
    digest: str
    languages: dict[str, str]
    statuses: dict[str, Any]
    layers: dict[str, Any]
    kinds: dict[str, Any]
    relations: dict[str, Any]


class JsonSchema(_Open):
    """A JSON Schema (2020-12) with a definition for every kind and every relation."""

    title: str
    dialect: str = Field(alias="$schema")
    definitions: dict[str, Any] = Field(alias="$defs")


class NodeOut(_Open):
    id: str
    kind: str
    name: str
    name_zh: str | None = None
    name_en: str | None = None


class SourceOut(_Open):
    id: str
    name: str
    kind: str = "text"
    publisher: str | None = None
    published: str | None = None
    sha256: str | None = None
    length: int | None = None


class ClaimOut(_Open):
    id: str
    subject: str
    source: SourceOut
    relation: str | None = None
    object: str | None = None
    property: str | None = None
    locator: str | None = None
    quote: str | None = None


class EdgeOut(_Open):
    id: str
    subject: str
    relation: str
    object: str
    status: str | None = None
    valid_from: str | None = None
    n_claims: int
    source_ids: list[str]
    inferred: bool
    contested: bool


class ProvenEdgeOut(EdgeOut):
    claims: list[ClaimOut]


class FactOut(_Open):
    id: str
    subject: str
    relation: str | None = None
    object: str | None = None
    property: str | None = None
    claims: list[ClaimOut]


class MatchOut(BaseModel):
    id: str
    kind: str
    name: str
    name_zh: str | None
    name_en: str | None
    matched: str
    score: float


class Matches(BaseModel):
    items: list[MatchOut]


class Entities(BaseModel):
    items: list[NodeOut]
    next: str | None


class EntityOut(BaseModel):
    entity: NodeOut
    facts: list[EdgeOut]
    neighbours: list[NodeOut]
    properties: list[dict[str, Any]]


class EntityFacts(BaseModel):
    items: list[EdgeOut]


class Sources(BaseModel):
    items: list[SourceOut]


class HopOut(BaseModel):
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    facts: list[ProvenEdgeOut]


class PathOut(BaseModel):
    length: int
    status: str | None
    nodes: list[str]
    hops: list[HopOut]


class Reasons(BaseModel):
    connected: bool
    restores: list[dict[str, Any]]
    reach: dict[str, int]
    near_miss: list[str]
    reasons: list[dict[str, str]]


class Paths(BaseModel):
    source: NodeOut = Field(alias="from")
    target: NodeOut = Field(alias="to")
    filters: dict[str, Any]
    version: int
    cut: bool
    nodes: list[NodeOut]
    paths: list[PathOut]
    none: Reasons | None


class SubgraphOut(BaseModel):
    meta: dict[str, Any]
    nodes: list[NodeOut]
    edges: list[EdgeOut]
    sources: list[SourceOut]


class QueryOut(BaseModel):
    name: str
    summary: str
    summary_zh: str
    params: dict[str, Any]
    columns: dict[str, Any]
    example: dict[str, Any]


class Queries(BaseModel):
    items: list[QueryOut]


class NoRowsOut(BaseModel):
    searched: int
    restores: list[dict[str, Any]]
    nearest: dict[str, Any] | None
    sources: list[str]
    reasons: list[dict[str, str]]


class Answer(BaseModel):
    rows: list[dict[str, Any]]
    truncated: bool
    names: dict[str, dict[str, str]]
    none: NoRowsOut | None


class Health(BaseModel):
    status: str
    version: str


class Ready(BaseModel):
    status: str
    store: str
    version: int


class Problem(_Open):
    """RFC 9457. `code` is stable; `detail` says what, where and what was expected."""

    type: str
    title: str
    status: int
    code: str
    detail: str

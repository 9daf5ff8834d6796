"""The shapes of the answers, for OpenAPI. Answers are built by the graph; a test holds them to these."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel

from parkgraph.queries.cypher_guard import DEFAULT_ROWS, DEFAULT_SECONDS, MOST_ROWS, MOST_SECONDS


def _only_the_id_is_sure(schema: dict[str, Any]) -> None:
    """`fields` may leave out all but the id, so a client cannot count on the rest."""
    sure = [name for name in schema.pop("required", ()) if name == "id"]
    if sure:
        schema["required"] = sure


class _Record(BaseModel):
    """What `fields` may make smaller. Without it the answer has all that is no optional field here."""

    model_config = ConfigDict(json_schema_extra=_only_the_id_is_sure)


class _Open(_Record):
    """Further properties are those of the model (`GET /v1/model`); with `lang` also labels."""

    model_config = ConfigDict(extra="allow")


class _Page(BaseModel):
    """A page of a list. `next` is the cursor of the page after it, null for the last; `total` counts the
    items of all pages where that is known without reading them."""

    next: str | None
    total: int | None = None


class ModelOut(BaseModel):
    """The model file as it was read; `digest` changes when it does."""

    model_config = ConfigDict(extra="allow")

    name: str
    version: str
    digest: str
    languages: dict[str, str]
    statuses: dict[str, Any]
    layers: dict[str, Any]
    kinds: dict[str, Any]
    relations: dict[str, Any]


class JsonSchema(BaseModel):
    """A JSON Schema (2020-12) with a definition for every kind and every relation."""

    model_config = ConfigDict(extra="allow")

    title: str
    dialect: str = Field(alias="$schema")
    definitions: dict[str, Any] = Field(alias="$defs")


class NodeOut(_Open):
    id: str
    kind: str
    name: str
    name_zh: str | None = None
    name_en: str | None = None
    label: str | None = None
    kind_label: str | None = None
    held: str | None = None
    labels: list[str] | None = None


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


class _Shown(_Open):
    """What every fact says of itself. `held` is said of a fact as of a day; `from_min` to `to_max` bound as
    yyyymmdd when it began and ended."""

    id: str
    status: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    as_of: str | None = None
    held: str | None = None
    modality: str
    confidence: float
    n_claims: int
    source_ids: list[str]
    inferred: bool
    contested: bool
    from_min: int
    from_max: int
    to_min: int
    to_max: int
    relation_label: str | None = None
    property_label: str | None = None
    status_label: str | None = None


class EdgeOut(_Shown):
    subject: str
    relation: str
    object: str


class ProvenEdgeOut(EdgeOut):
    claims: list[ClaimOut]


class PropertyOut(_Shown):
    """A fact about one entity: what a property of it is, with what belongs to a figure."""

    subject: str
    property: str
    value: str | float | int | bool | list[str]
    value_unit: str | None = None
    value_qualifier: str | None = None
    value_high: float | None = None
    value_precision: float | None = None
    value_min: int | None = None
    value_max: int | None = None


class FactOut(_Shown):
    """A relation between two entities, or a property of one."""

    subject: str
    relation: str | None = None
    object: str | None = None
    property: str | None = None
    value: str | float | int | bool | list[str] | None = None
    claims: list[ClaimOut]


class SentenceOut(_Record):
    """A sentence in both languages; with `lang` in that one only."""

    zh: str
    en: str


class ToldOut(SentenceOut):
    day: str | None
    retracted: bool
    contradicts: list[str]
    claim: ClaimOut


class HistoryOut(_Record):
    fact: str
    about: SentenceOut
    told: list[ToldOut]
    outcome: SentenceOut


class MatchedNode(_Record):
    id: str
    kind: str
    name: str
    name_zh: str | None
    name_en: str | None


Range = Annotated[list[int], Field(min_length=2, max_length=2)]


class SuggestionOut(MatchedNode):
    """`highlight` are the ranges [start, end) of `matched` that were met; `fuzzy` where only nearly."""

    matched: str
    highlight: list[Range]
    fuzzy: bool


class Suggestions(BaseModel):
    items: list[SuggestionOut]


class MatchOut(SuggestionOut):
    score: float


class FacetOut(BaseModel):
    """A kind or the id of a place, and how many matches are left with it as the filter."""

    value: str
    zh: str
    en: str
    count: int


class FacetsOut(BaseModel):
    """`kind` counts the matches in the place asked for, `place` those of the kinds asked for."""

    kind: list[FacetOut]
    place: list[FacetOut]


class Matches(BaseModel):
    """`total` counts all pages, `next` is the offset of the next one, null after the last."""

    items: list[MatchOut]
    total: int
    next: int | None
    fuzzy: bool
    facets: FacetsOut


class KindRef(BaseModel):
    id: str
    name: str


class ServicePath(BaseModel):
    service_url: str
    service_path: str


class SuggestServices(BaseModel):
    entity: ServicePath
    type: ServicePath
    property: ServicePath


class ViewTemplate(BaseModel):
    url: str


class PreviewTemplate(ViewTemplate):
    width: int
    height: int


class ExtensionService(BaseModel):
    propose_properties: ServicePath
    property_settings: list[Any]


class Manifest(BaseModel):
    """What a reconciliation service offers; Reconciliation Service API 0.2. `batchSize` is the most queries
    that are answered at once."""

    versions: list[str]
    name: str
    identifierSpace: str  # noqa: N815 - names of the specification
    schemaSpace: str  # noqa: N815
    documentation: str
    view: ViewTemplate
    preview: PreviewTemplate
    defaultTypes: list[KindRef]  # noqa: N815
    suggest: SuggestServices
    extend: ExtensionService
    batchSize: int  # noqa: N815


class FeatureOut(BaseModel):
    id: str
    value: bool | float


class ReconciliationCandidate(BaseModel):
    """`score` is up to 100; `match` where a whole name means this one alone, or an identifier is equal."""

    id: str
    name: str
    description: str
    type: list[KindRef]
    score: float
    match: bool
    features: list[FeatureOut]


class ReconciliationResult(BaseModel):
    result: list[ReconciliationCandidate]


class Reconciled(RootModel[dict[str, ReconciliationResult]]):
    """The candidates of each query, by its key."""


class PropertyRef(BaseModel):
    id: str
    name: str
    description: str = ""


class Extension(BaseModel):
    """For each id and each property asked for its values, as a data extension writes them."""

    meta: list[PropertyRef]
    rows: dict[str, dict[str, list[dict[str, Any]]]]


class Reconciliation(RootModel[Manifest | Extension | Reconciled]):
    """The manifest, the answer to `extend` or the answer to `queries`."""


class Proposed(BaseModel):
    properties: list[PropertyRef]
    limit: int
    type: str | None = None


class SuggestedEntity(KindRef):
    description: str
    notable: list[KindRef]


class SuggestedEntities(BaseModel):
    result: list[SuggestedEntity]


class SuggestedType(KindRef):
    description: str


class SuggestedTypes(BaseModel):
    result: list[SuggestedType]


class SuggestedProperties(BaseModel):
    result: list[PropertyRef]


class Entities(_Page):
    items: list[NodeOut]


class EntityOut(_Record):
    entity: NodeOut
    facts: list[EdgeOut]
    neighbours: list[NodeOut]
    properties: list[PropertyOut]


class Claims(_Page):
    items: list[ClaimOut]


class Facts(_Page):
    items: list[EdgeOut]


class Sources(_Page):
    items: list[SourceOut]


class HopOut(_Record):
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    facts: list[ProvenEdgeOut]


class PathOut(_Record):
    length: int
    status: str | None
    nodes: list[str]
    hops: list[HopOut]


class Tie(_Record):
    """Two entities that a path connects; `away` are the steps of any kind from the ends to them."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    hops: int
    away: list[int]


class Reasons(_Record):
    """`restores` are the single filters whose removal brings a path, `together` the pairs where no single
    one does; `near_miss` is a chain that is no path, `nearest` the nearest pair that is connected."""

    connected: bool
    restores: list[dict[str, Any]]
    together: list[dict[str, Any]]
    reach: dict[str, int] | None
    near_miss: list[str]
    nearest: Tie | None
    reasons: list[SentenceOut]


class EndOut(NodeOut):
    """One entity, or a group with its `members`."""

    members: list[str] | None = None


class RobustnessOut(_Record):
    """How many paths share no hop and how many no entity, as few of each whose loss cuts the connection, and
    those whose loss alone does. `least_nodes` is null where a hop leads from end to end."""

    hop_disjoint: int
    node_disjoint: int
    least_hops: list[list[str]]
    least_nodes: list[str] | None
    critical_hops: list[list[str]]
    critical_nodes: list[str]


class Paths(_Record):
    source: EndOut = Field(alias="from")
    target: EndOut = Field(alias="to")
    filters: dict[str, Any]
    version: int
    cut: bool
    nodes: list[NodeOut]
    paths: list[PathOut]
    robustness: RobustnessOut | None
    none: Reasons | None


class ToldClaimOut(_Open):
    """A claim whose source is given by its id; the answer has the sources beside."""

    id: str
    subject: str
    source: str
    relation: str | None = None
    object: str | None = None
    property: str | None = None
    locator: str | None = None


class ProvenNodeOut(NodeOut):
    claims: list[ToldClaimOut]


class ToldEdgeOut(EdgeOut):
    claims: list[ToldClaimOut]


class SubgraphOut(_Record):
    meta: dict[str, Any]
    nodes: list[ProvenNodeOut]
    edges: list[ToldEdgeOut]
    sources: list[SourceOut]


class NeighboursOut(SubgraphOut):
    """`next` and `total` are of its entities; a tie is on the page of the later of its two ends."""

    next: str | None
    total: int


class NodeLinkEdgeOut(ToldEdgeOut):
    source: str
    target: str
    key: str


class NodeLinkOut(_Record):
    """The node-link form that networkx reads; `graph` has what made it, and the sources."""

    directed: bool
    multigraph: bool
    graph: dict[str, Any]
    nodes: list[ProvenNodeOut]
    edges: list[NodeLinkEdgeOut]


class QueryOut(_Record):
    name: str
    summary: str
    summary_zh: str
    params: dict[str, Any]
    columns: dict[str, Any]
    example: dict[str, Any]


class Queries(BaseModel):
    items: list[QueryOut]


class NoRowsOut(_Record):
    searched: int
    restores: list[dict[str, Any]]
    nearest: dict[str, Any] | None
    sources: list[str]
    reasons: list[SentenceOut]


class Answer(BaseModel):
    """`truncated` says whether there are more rows, `next` is the cursor of the page with them; `names` are
    those of the entities in the rows."""

    rows: list[dict[str, Any]]
    next: str | None
    truncated: bool
    names: dict[str, dict[str, str]]
    none: NoRowsOut | None


class CandidateOut(_Open):
    a: MatchedNode
    b: MatchedNode
    verdict: str
    score: float
    certain: bool
    reasons: list[str]
    because: SentenceOut


class Candidates(_Page):
    items: list[CandidateOut]


class JudgementOut(_Open):
    id: str
    verdict: str
    subject: str
    object: str
    by: str
    why: str | None
    when: str
    live: bool


class Judgements(_Page):
    items: list[JudgementOut]


class JudgementIn(BaseModel):
    """Of the same, `b` is the one that stays."""

    model_config = ConfigDict(extra="forbid")

    a: str = Field(description="Id or name", examples=["晋中开发区"])
    b: str = Field(description="Id or name", examples=["晋中经济开发区"])
    verdict: str = Field(description="same, different or unsure", examples=["same"])
    by: str = Field(description="Who judges", examples=["李老师"])
    why: str | None = Field(default=None, description="For what reason", examples=["同一开发区"])
    across_kinds: bool = Field(
        default=False, description="Also where the two are of different kinds", examples=[False]
    )


class SplitIn(BaseModel):
    """Either a source or claims say what is split off."""

    model_config = ConfigDict(extra="forbid")

    entity: str = Field(description="Id or name of the one that is really two", examples=["白银高新区"])
    into: str = Field(description="Id of the other one", examples=["park:baiyin-other"])
    source: str | None = Field(default=None, description="A source", examples=["source:stdaily-2018-lanbai"])
    claims: list[str] = Field(default=[], description="Ids of claims", examples=[[]])
    name: str | None = Field(default=None, description="Name of the other one", examples=["白银另一园区"])
    by: str = Field(description="Who judges", examples=["李老师"])
    why: str | None = Field(default=None, description="For what reason", examples=["两个园区"])


class LoadIn(BaseModel):
    """How a load is to be checked again."""

    model_config = ConfigDict(extra="forbid")

    mapping: str | None = Field(default=None, description="A mapping (YAML)", examples=[None])
    accept: bool = Field(default=False, description="Take the mapping that is proposed", examples=[True])
    queue: bool = Field(
        default=False, description="Keep an ambiguous name apart until it is judged", examples=[False]
    )
    skip_refused: bool = Field(
        default=False, description="Plan what is right, and leave the rest", examples=[False]
    )
    kind: str | None = Field(default=None, description="What an unnamed table is about", examples=["Park"])


class LoadOut(_Record):
    """`state` is waiting, checking, refused, planned, applying, applied, failed or discarded. `sources` are
    those that the files describe; `report` lists its first findings, and all of them are at /report."""

    id: str
    state: str
    created: str
    files: list[str]
    mapping: str | None
    accept: bool
    queue: bool
    skip_refused: bool
    kind: str | None
    progress: dict[str, int]
    sources: list[str]
    refused_rows: int
    report: dict[str, Any] | None
    proposal: dict[str, Any] | None
    plan: dict[str, Any] | None
    error: dict[str, str] | None


class Loads(_Page):
    items: list[LoadOut]


class AmountOut(_Record):
    """One amount. `facts` are the relations that state it, none where it is a property of `of`; `restated`
    are those that state it again."""

    of: str
    value: int
    currency: str
    qualifier: str = "exact"
    high: int | None = None
    precision: float | None = None
    status: str | None
    facts: list[str]
    restated: list[str]
    contested: bool


class AmountGroup(_Record):
    """What is added without asking: one figure, one standing, one currency."""

    figure: str
    standing: str
    statuses: list[str]
    currency: str
    total: int
    low: int | None
    high: int | None
    precision: float | None
    count: int
    amounts: list[AmountOut]


class TotalOut(_Record):
    """`total` is null where no amount is stated. `low` and `high` are what qualifiers and ranges allow, null
    where they set no bound; `precision` is the coarsest step that a figure in it is rounded to."""

    figure: str
    currency: str | None
    total: int | None
    low: int | None
    high: int | None
    precision: float | None
    mixed: list[str]
    rates: dict[str, str]
    groups: list[AmountGroup]
    not_stated: list[str]
    notes: list[SentenceOut]
    nodes: list[NodeOut]
    version: int


class MeasureDescribed(_Record):
    name: str
    summary: str
    summary_zh: str
    definition: str
    definition_zh: str
    source: str
    params: dict[str, Any]
    columns: dict[str, Any]
    figures: dict[str, Any]
    example: dict[str, Any]


class Measures(BaseModel):
    items: list[MeasureDescribed]


class MeasureOut(_Record):
    """`parameters` are those used, defaults included; `network` counts what it was computed on, done and
    planned apart; `total` is the number of rows before the limit cut them."""

    measure: str
    definition: str
    definition_zh: str
    source: str
    parameters: dict[str, Any]
    selection: str
    version: int
    model: str
    network: dict[str, int]
    figures: dict[str, Any]
    rows: list[dict[str, Any]]
    total: int
    truncated: bool
    notes: list[SentenceOut]
    names: dict[str, dict[str, str]]


class Health(BaseModel):
    status: str
    version: str


class Ready(BaseModel):
    """`editable` says whether identity may be judged and files loaded here."""

    status: str
    store: str
    version: int
    editable: bool


class Problem(BaseModel):
    """RFC 9457. `code` is stable, `type` leads to what it means; `detail` says what, where and what was
    expected."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str
    detail: str


class CypherIn(BaseModel):
    """A query that only reads. Its parameters, `$name` in the text, hold what JSON can hold."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        description="The query, of at most 20,000 characters",
        examples=[
            "MATCH (f:Fund) WHERE f.status = $status RETURN f.id AS fund, f.name AS name ORDER BY fund"
        ],
        json_schema_extra={"format": "cypher"},
    )
    parameters: dict[str, Any] = Field(
        default={}, description="The parameters that the query uses", examples=[{"status": "planned"}]
    )
    max_rows: int = Field(
        default=DEFAULT_ROWS, ge=1, le=MOST_ROWS, description="How many rows at most", examples=[100]
    )
    timeout: float = Field(
        default=DEFAULT_SECONDS, gt=0, le=MOST_SECONDS, description="In how many seconds", examples=[10]
    )


class CypherOut(BaseModel):
    """The rows by column; a node is {id, labels, properties}, a relationship {id, type, properties}, a path
    {nodes, relationships}. `truncated` where there are more rows; `notes` are sentences about labels,
    relations and properties that the query names and the model does not know."""

    columns: list[str]
    rows: list[dict[str, Any]]
    truncated: bool
    version: int
    notes: list[str]


class ProblemKindOut(BaseModel):
    """A code that a problem may have. `status` is the one that it mostly comes with."""

    type: str
    code: str
    status: int
    title: dict[str, str]
    meaning: str


class ProblemKinds(BaseModel):
    items: list[ProblemKindOut]

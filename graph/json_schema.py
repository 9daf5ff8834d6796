"""JSON Schema (2020-12) of the records of the graph, derived from the model: the entity of each kind
and the claim of each relation, as the API and the JSON export give them.
"""

from __future__ import annotations

from typing import Any

from parkgraph.graph.model import Model, Property

_DATE = {"type": "string", "pattern": r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}


def json_schema(model: Model) -> dict[str, Any]:
    """`$defs` has `<Kind>` for every kind and `<RELATION>` for every relation."""
    definitions: dict[str, Any] = {}
    for name, kind in model.kinds.items():
        properties: dict[str, Any] = {
            "id": {"type": "string", "pattern": "^[a-z][a-z0-9]*:"},
            "kind": {"const": name},
            "name": {"type": "string"},
        }
        for prop in model.properties_of(name).values():
            properties |= _property(prop, model)
        definitions[name] = {
            "title": kind.en,
            "description": kind.description,
            "type": "object",
            "properties": properties,
            "required": ["id", "kind", "name"],
            "additionalProperties": False,
        }
    for name, relation in model.relations.items():
        properties = {
            "id": {"type": "string"},
            "subject": {"type": "string"},
            "relation": {"const": name},
            "object": {"type": "string"},
            "status": {"enum": list(model.statuses)},
            "valid_from": _DATE,
            "valid_to": _DATE,
        }
        for prop in model.relation_properties(name).values():
            properties |= _property(prop, model)
        definitions[name] = {
            "title": relation.en,
            "description": relation.description,
            "type": "object",
            "properties": properties,
            "required": ["id", "subject", "relation", "object"],
        }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{model.name} {model.version}",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in definitions],
        "$defs": definitions,
    }


def _property(prop: Property, model: Model) -> dict[str, Any]:
    """A property with its companions: a figure has a unit, a qualifier, the upper end of a range and the
    step of its last digit, a date its bounds."""
    shape: dict[str, Any]
    match prop.type:
        case "boolean":
            shape = {"type": "boolean"}
        case "integer":
            shape = {"type": "integer"}
        case "money":
            shape = {"type": "integer"}
        case "quantity":
            shape = {"type": "number"}
        case "date":
            shape = dict(_DATE)
        case "country":
            shape = {"type": "string", "pattern": "^[A-Z]{2}$"}
        case "vocabulary" | "status":
            shape = {"enum": list(prop.vocabulary)}
        case "kind":
            shape = {"enum": list(model.kinds)}
        case "identifier":
            assert prop.scheme is not None
            shape = {"type": "string", "pattern": f"^(?:{model.schemes[prop.scheme].pattern})$"}
        case "string":
            shape = {"type": "string"}
    if prop.multiple:
        shape = {"type": "array", "items": shape}
    shape = {"title": prop.en, **({"description": prop.description} if prop.description else {}), **shape}
    out = {prop.name: shape}
    if prop.is_figure:
        out[prop.unit_key] = {"type": "string"}
        out[f"{prop.name}_qualifier"] = {"enum": list(model.qualifiers)}
        out[f"{prop.name}_high"] = {"type": "integer" if prop.type == "money" else "number"}
        out[f"{prop.name}_precision"] = {"type": "number", "exclusiveMinimum": 0}
    if prop.type == "date" and not prop.multiple:
        out[f"{prop.name}_min"] = out[f"{prop.name}_max"] = {"type": "integer"}
    return out

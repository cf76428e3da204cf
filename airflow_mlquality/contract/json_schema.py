"""The JSON Schema of contracts, for editors; everything in it comes from the check classes and the parts."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks import CHECKS
from airflow_mlquality.contract.check_values import SCHEMA_WORDS
from airflow_mlquality.contract.descriptions import DescribedSchema
from airflow_mlquality.contract.options import (
    checks_under,
    is_flag_under,
    is_whole_part,
    options,
    short_option,
    takes_bare_value,
)
from airflow_mlquality.contract.parts import ColumnPart, DriftPart, Head, LabelsPart, Part, SchemaPart, TablePart

if TYPE_CHECKING:
    from pydantic import BaseModel

    from airflow_mlquality.checks.base import Check, Scope

Schema = dict[str, Any]

_GROUPED = "^[-+]?[0-9]{1,3}(_[0-9]{3})+$"
"""Whole numbers such as 9_000, which is text to the YAML of editors."""


def json_schema() -> Schema:
    """Return the JSON Schema (2020-12) of a contract.

    Examples
    --------
    >>> schema = json_schema()
    >>> schema["$defs"]["between"]["properties"]["min"]["description"]
    'Smallest allowed value; dates and times as ISO 8601 text.'
    """
    definitions: Schema = {}
    for name, check in CHECKS.items():
        definitions[name] = _options_schema(check, definitions)
    head = _model_schema(Head, definitions)
    head["properties"] |= {
        "schema": _part_schema(SchemaPart, "schema", definitions),
        "columns": _optional(
            {
                "type": "object",
                "description": "What must hold for each column; those not optional must be there.",
                "additionalProperties": _part_schema(ColumnPart, "column", definitions),
            }
        ),
        "rows": _optional(
            {
                "type": "array",
                "description": "What must hold between the columns of a row.",
                "items": {"anyOf": [_row_schema(check, definitions) for check in checks_under("rows").values()]},
            }
        ),
        "table": _part_schema(TablePart, "table", definitions),
        "labels": _part_schema(LabelsPart, "labels", definitions),
        "drift": _part_schema(DriftPart, "drift", definitions),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Contract of airflow_mlquality",
        **head,
        "$defs": definitions,
    }


# ---- checks ----


def _options_schema(check: type[Check], definitions: Schema) -> Schema:
    """Return the schema of the options of a check."""
    whole = _model_schema(check, definitions)
    known = options(check)
    required = [key for key, field in known.items() if field in whole.get("required", ())]
    return {
        "type": "object",
        "description": _first_paragraph(check),
        "additionalProperties": False,
        "properties": {key: whole["properties"][field] for key, field in known.items()},
        **({"required": required} if required else {}),
    }


def _check_schema(check: type[Check], scope: Scope, definitions: Schema) -> Schema:
    """Return the schema of what may stand behind the name of a check."""
    reference = {"$ref": f"#/$defs/{check.name()}"}
    forms: list[Schema] = [reference, {"type": "array", "items": reference, "minItems": 1}]
    if is_flag_under(check, scope):
        forms.append({"const": True})
    if takes_bare_value(check, scope):
        forms.append(_short_schema(check, definitions))
    if scope == "schema":
        forms += [{"enum": list(SCHEMA_WORDS)}, {"type": "integer", "minimum": 0}]
    return {"description": _first_paragraph(check), "anyOf": forms}


def _short_schema(check: type[Check], definitions: Schema) -> Schema:
    return dict(definitions[check.name()]["properties"][short_option(check)])


def _row_schema(check: type[Check], definitions: Schema) -> Schema:
    """Return the schema of an item of rows: options, and the name of the check among them."""
    name = check.name()
    own = definitions[name]
    if name in own["properties"]:
        return {"$ref": f"#/$defs/{name}"}
    rest = {key: value for key, value in own["properties"].items() if options(check)[key] != check.short}
    forms = [{"$ref": f"#/$defs/{name}"}, *([_short_schema(check, definitions)] if check.short else [])]
    forms += [{"const": True}] if is_flag_under(check, "rows") else []
    named = {name: {"description": own["description"], "anyOf": forms}}
    return {**own, "properties": named | rest, "required": [name]}


# ---- parts ----


def _part_schema(part: type[Part], scope: Scope, definitions: Schema) -> Schema:
    schema = _model_schema(part, definitions)
    properties = schema.setdefault("properties", {})
    for name, check in checks_under(scope).items():
        if is_whole_part(check):
            properties |= {
                key: value for key, value in definitions[name]["properties"].items() if key not in properties
            }
        else:
            properties[name] = _check_schema(check, scope, definitions)
    return _optional(schema)


def _optional(schema: Schema) -> Schema:
    """Return the schema of a part that may have nothing behind its colon."""
    return {**schema, "type": [schema["type"], "null"]}


# ---- models ----


def _model_schema(model: type[BaseModel], definitions: Schema) -> Schema:
    """Return pydantic's schema of a model without titles; what it refers to goes to the definitions."""
    schema: Schema = _tidy(model.model_json_schema(ref_template="#/$defs/{model}", schema_generator=DescribedSchema))
    for name, each in schema.pop("$defs", {}).items():
        definitions.setdefault(name, each)
    schema["description"] = _first_paragraph(model)
    return schema


def _tidy(node: Any, *, is_names: bool = False) -> Any:
    """Return a schema without titles and defaults that say nothing, whose whole numbers may be grouped."""
    if isinstance(node, list):
        return [_tidy(each) for each in node]
    if not isinstance(node, dict):
        return node
    drop = () if is_names else ("title", "default")
    tidy = {
        key: _tidy(value, is_names=key in ("properties", "$defs")) for key, value in node.items() if key not in drop
    }
    if not is_names and tidy.get("type") == "integer":
        tidy |= {"type": ["integer", "string"], "pattern": _GROUPED}
    return tidy


def _first_paragraph(model: type[BaseModel]) -> str:
    return " ".join((inspect.getdoc(model) or "").split("\n\n")[0].split())

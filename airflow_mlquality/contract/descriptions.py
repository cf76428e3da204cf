"""What the fields of a model mean: the docstring under each, read from the source only when a schema is asked for."""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from pydantic_core import core_schema


class DescribedSchema(GenerateJsonSchema):
    """JSON Schema of models whose fields are described by the docstrings under them."""

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        """Return the schema of a model, each property with its description."""
        described = super().model_schema(schema)
        for name, description in descriptions(schema["cls"]).items():
            if name in described.get("properties", {}):
                described["properties"][name].setdefault("description", description)
        return described


def descriptions(model: type[BaseModel]) -> dict[str, str]:
    """Return what the fields of a model mean, by name; a subclass may say it anew.

    >>> from airflow_mlquality.checks import Between
    >>> descriptions(Between)["max"]
    'Largest allowed value.'
    """
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= _own_descriptions(each)
    return found


def _own_descriptions(model: type[BaseModel]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    lines = definition.body if isinstance(definition, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(lines)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and isinstance(text.value.value, str)
    }

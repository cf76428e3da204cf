"""A gate for columns and their types, written in Python alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.audited import AuditedOperator
from airflow_mlquality.operators.gate import QualityGateOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class SchemaCheckOperator(QualityGateOperator):
    """Let the DAG go on only when the columns are there, with the types that they should have.

    What happens on each decision is told at `QualityGateOperator`.

    Parameters
    ----------
    columns
        Column to logical type, such as ``{"age": "integer", "city": "string"}``; None where any type will do.
    optional
        Columns that may be missing.
    extra_columns
        What a column beyond `columns` is: `warn`, `fail`, or None for nothing; or ``{"warn": 0, "fail": 5}``.
    **kwargs
        See `QualityGateOperator`.

    Notes
    -----
    Templated: `columns`, and what `AuditedOperator` templates.
    """

    template_fields: Sequence[str] = ("columns", *AuditedOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **AuditedOperator.template_fields_renderers,
        "columns": "json",
    }

    def __init__(
        self,
        *,
        columns: Mapping[str, str | None],
        optional: Sequence[str] = (),
        extra_columns: str | Mapping[str, int] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(contract=None, **kwargs)
        self.columns = columns
        self.optional = optional
        self.extra_columns = extra_columns

    def required(self, context: Context) -> dict[str, Any]:  # noqa: ARG002  the contract lies in the arguments
        """Return the contract that the arguments make."""
        optional = {name: {"optional": True} for name in self.optional}
        typed = {name: {"type": type_} if type_ else {} for name, type_ in self.columns.items()}
        contract: dict[str, Any] = {
            "version": 1,
            "contract": self.task_id,
            "columns": {name: typed.get(name, {}) | optional.get(name, {}) for name in [*typed, *optional]},
        }
        if self.extra_columns is not None:
            given = self.extra_columns
            contract["schema"] = {"extra_columns": given if isinstance(given, str) else dict(given)}
        return contract

"""A gate for plausible values, written in Python alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.audited import AuditedOperator
from airflow_mlquality.operators.gate import QualityGateOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class PlausibilityCheckOperator(QualityGateOperator):
    """Let the DAG go on only when the values are plausible.

    What happens on each decision is told at `QualityGateOperator`.

    Parameters
    ----------
    columns
        Column to its checks, in the words of a contract: ``{"age": {"between": {"min": 16, "max": 110}}}``.
    rows
        Checks between columns: ``[{"id": "in_order", "rule": "departed <= arrived"}]``.
    table
        Checks of the whole: ``{"row_count": {"fail": [1_000, None]}}``.
    **kwargs
        See `QualityGateOperator`.

    Notes
    -----
    Templated: `columns`, `rows`, `table`, and what `AuditedOperator` templates.
    """

    template_fields: Sequence[str] = ("columns", "rows", "table", *AuditedOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **AuditedOperator.template_fields_renderers,
        "columns": "json",
        "rows": "json",
        "table": "json",
    }

    def __init__(
        self,
        *,
        columns: Mapping[str, Mapping[str, Any]] | None = None,
        rows: Sequence[Mapping[str, Any]] | None = None,
        table: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(contract=None, **kwargs)
        self.columns = columns
        self.rows = rows
        self.table = table
        if not (columns or rows or table):
            msg = f"{self.task_id}: nothing to check. Give columns, rows or table"
            raise ValueError(msg)

    def required(self, context: Context) -> dict[str, Any]:  # noqa: ARG002  the contract lies in the arguments
        """Return the contract that the arguments make."""
        parts = {"columns": self.columns, "rows": self.rows, "table": self.table}
        return {"version": 1, "contract": self.task_id, **{name: part for name, part in parts.items() if part}}

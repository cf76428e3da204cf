"""A gate for drift, written in Python alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.audited import AuditedOperator
from airflow_mlquality.operators.gate import QualityGateOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class DriftCheckOperator(QualityGateOperator):
    """Let the DAG go on only when the columns are distributed as in a reference.

    What happens on each decision is told at `QualityGateOperator`.

    Parameters
    ----------
    reference
        What to compare with: the name of a stored profile (see `ProfileOperator`), a path of a profile or report,
        or rows.
    columns
        `all`, or the columns.
    warn, fail
        Distance above which it warns or fails; by default as the check's `method` has it.
    method
        Such as `psi`; by default the check's.
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
        reference: Any,
        columns: str | Sequence[str] = "all",
        warn: float | None = None,
        fail: float | None = None,
        method: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(contract=None, reference=reference, **kwargs)
        self.columns = columns
        self.warn = warn
        self.fail = fail
        self.method = method

    def required(self, context: Context) -> dict[str, Any]:  # noqa: ARG002  the contract lies in the arguments
        """Return the contract that the arguments make."""
        options = {"warn": self.warn, "fail": self.fail, "method": self.method}
        columns = self.columns if isinstance(self.columns, str) else list(self.columns)
        drift = {"columns": columns, **{name: option for name, option in options.items() if option is not None}}
        return {"version": 1, "contract": self.task_id, "drift": drift}

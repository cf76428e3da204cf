"""A gate for labels, written in Python alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.audited import AuditedOperator
from airflow_mlquality.operators.gate import QualityGateOperator

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class LabelPriorCheckOperator(QualityGateOperator):
    """Let the DAG go on only when the classes of a label have the shares that they should have.

    What happens on each decision is told at `QualityGateOperator`.

    Parameters
    ----------
    column
        The label.
    expected
        Class to share: ``{True: 0.2, False: 0.8}``.
    warn, fail
        Total variation distance from the expected shares above which it warns or fails.
    missing_share
        Levels for labels that are missing: ``{"warn": 0.01, "fail": 0.05}``.
    allowed
        The classes that there may be.
    **kwargs
        See `QualityGateOperator`.

    Notes
    -----
    Templated: `column`, `expected`, and what `AuditedOperator` templates.
    """

    template_fields: Sequence[str] = ("column", "expected", *AuditedOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **AuditedOperator.template_fields_renderers,
        "expected": "json",
    }

    def __init__(
        self,
        *,
        column: str,
        expected: Mapping[Any, float],
        warn: float | None = None,
        fail: float | None = None,
        missing_share: Mapping[str, float] | float | None = None,
        allowed: Sequence[Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(contract=None, **kwargs)
        self.column = column
        self.expected = expected
        self.warn = warn
        self.fail = fail
        self.missing_share = missing_share
        self.allowed = allowed

    def required(self, context: Context) -> dict[str, Any]:  # noqa: ARG002  the contract lies in the arguments
        """Return the contract that the arguments make."""
        levels = {name: level for name, level in (("warn", self.warn), ("fail", self.fail)) if level is not None}
        labels: dict[str, Any] = {"column": self.column, "prior": {"expected": dict(self.expected), **levels}}
        if self.missing_share is not None:
            labels["missing_share"] = self.missing_share
        if self.allowed is not None:
            labels["allowed"] = list(self.allowed)
        return {"version": 1, "contract": self.task_id, "labels": labels}

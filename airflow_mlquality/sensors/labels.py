"""Waiting until the labels of a past partition have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.audited import AuditedOperator
from airflow_mlquality.sensors.quality import QualitySensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context


class LabelMaturitySensor(QualitySensor):
    """Wait until enough rows of a past partition, or of a window of time, have their label.

    Labels such as a return, a default or a cancellation come days later. Training on rows whose labels are still on
    their way learns that nothing ever happens.

    What happens on each decision is told at `QualitySensor`: enough labels are a pass. A source or partition without
    rows, or without a row that is old enough, has no labels to wait for yet, and is waited for too.

    Parameters
    ----------
    column
        Of the label. NULL, NaN and infinities are no labels.
    share
        Of the rows, the share that has to have a label.
    time
        The column that says when a row happened; with `after`, only rows that are old enough count. None: all rows of
        the source, or of its `partition`.
    after
        Age from which on a row should have its label: ``30d``, or a number of hours.
    window
        How much further back rows count: ``10d``; all of them when it is not given.
    least_rows
        How many rows there have to be, so that a partition that is half there does not pass.
    **kwargs
        See `QualitySensor` and `AuditedOperator`: `source`, `partition`, `as_of`, `deferrable`, `timeout` …

    Notes
    -----
    Templated: `column`, and what `AuditedOperator` templates.

    Where a label is written as "no event yet" from the first day on, every row has one at once, and nothing is waited
    for.
    """

    template_fields: Sequence[str] = ("column", *AuditedOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = AuditedOperator.template_fields_renderers

    def __init__(
        self,
        *,
        column: str,
        share: float = 0.95,
        time: str | None = None,
        after: str | float | None = None,
        window: str | float | None = None,
        least_rows: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(contract=None, **kwargs)
        if not 0 < share <= 1:
            msg = f"share={share}: give a share of the rows, above 0 and at most 1"
            raise ValueError(msg)
        if (time is None) != (after is None) or (window is not None and time is None):
            msg = f"time={time!r}, after={after!r}, window={window!r}: rows of an age need both time and after"
            raise ValueError(msg)
        self.column = column
        self.share = share
        self.time = time
        self.after = after
        self.window = window
        self.least_rows = least_rows

    def required(self, context: Context) -> dict[str, Any]:  # noqa: ARG002  the contract lies in the arguments
        """Return the contract that the arguments make."""
        lacking = round(1 - self.share, 12)
        check: dict[str, Any] = {"missing_share": {"fail": lacking}}
        if self.time is not None:
            window = {"window": self.window} if self.window is not None else {}
            check = {
                "label_maturity": {"time": self.time, "after": self.after, **window, "warn": None, "fail": lacking}
            }
        return {
            "version": 1,
            "contract": self.task_id,
            "table": {"row_count": {"fail": [self.least_rows, None]}},
            "labels": {"column": self.column, **check},
        }

"""``@task.quality_gate``: a function's rows are handed on when the gate lets them pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.bases.decorator import task_decorator_factory

from airflow_mlquality.decorators.rows import RowsOfFunction, plain
from airflow_mlquality.operators.gate import QualityGateOperator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.sdk import Context
    from airflow.sdk.bases.decorator import TaskDecorator

    from airflow_mlquality.operators.audited import Audited


class QualityGateDecoratedOperator(RowsOfFunction, QualityGateOperator):
    """Call a function, audit the rows that it returns, and hand them on only when the DAG goes on.

    See `quality_gate_task`.
    """

    custom_operator_name: str = "@task.quality_gate"
    template_fields: Sequence[str] = (
        *RowsOfFunction.template_fields,
        *(name for name in QualityGateOperator.template_fields if name != "source"),
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **RowsOfFunction.template_fields_renderers,
        **QualityGateOperator.template_fields_renderers,
    }
    shallow_copy_attrs: Sequence[str] = RowsOfFunction.shallow_copy_attrs

    def __init__(self, *, python_callable: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(python_callable=python_callable, source=None, **kwargs)

    def execute(self, context: Context) -> Any:
        """Call the function, audit, act; return what the function returned."""
        value = self.called(context)
        self.source = plain(value)
        super().execute(context)
        return value

    def leave(self, context: Context, audited: Audited) -> None:
        """Leave nothing as the function's value: it was not let pass."""


def quality_gate_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> TaskDecorator:
    """Make a function a gate for the rows that it returns: a dataframe, a path, or a list of paths.

    ::

        @task.quality_gate(contract="contracts/features.yaml", on_fail="skip")
        def features() -> str:
            ...
            return path

    What happens on each decision
    -----------------------------
    - the DAG goes on: what the function returned is the task's value, for the tasks downstream.
    - it does not: the task acts as `on_fail` and the other words say, see `QualityGateOperator`, and has no value. When
      it fails and is tried again the function is called again.

    The summary of the report is under `quality_report` either way. Mapped over inputs there is a verdict for each; in a
    mapped task group what follows an instance follows its verdict.

    Parameters
    ----------
    python_callable
        The function.
    **kwargs
        See `QualityGateOperator`, but for `source`, which is what the function returns.
    """
    return task_decorator_factory(
        python_callable=python_callable,
        decorated_operator_class=QualityGateDecoratedOperator,
        **kwargs,
    )

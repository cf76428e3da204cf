"""``@task.profile``: the profile of a function's rows is kept, and the rows are handed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.bases.decorator import task_decorator_factory

from airflow_mlquality.decorators.rows import RowsOfFunction, plain
from airflow_mlquality.operators.profile import ProfileOperator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow.sdk import Context
    from airflow.sdk.bases.decorator import TaskDecorator

PROFILE_KEY = "quality_profile"
"""XCom key under which the summary of the profile is left."""


class ProfileDecoratedOperator(RowsOfFunction, ProfileOperator):
    """Call a function, keep the profile of the rows that it returns, and hand them on.

    See `profile_task`.
    """

    custom_operator_name: str = "@task.profile"
    template_fields: Sequence[str] = (
        *RowsOfFunction.template_fields,
        *(name for name in ProfileOperator.template_fields if name != "source"),
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **RowsOfFunction.template_fields_renderers,
        **ProfileOperator.template_fields_renderers,
    }
    shallow_copy_attrs: Sequence[str] = RowsOfFunction.shallow_copy_attrs

    def __init__(self, *, python_callable: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(python_callable=python_callable, source=None, **kwargs)

    def execute(self, context: Context) -> Any:
        """Call the function, measure and keep; return what the function returned."""
        value = self.called(context)
        self.source = plain(value)
        summary = super().execute(context)
        if self.do_xcom_push:
            context["ti"].xcom_push(key=PROFILE_KEY, value=summary)
        return value


def profile_task(python_callable: Callable[..., Any] | None = None, **kwargs: Any) -> TaskDecorator:
    """Keep the profile of the rows that a function returns: a dataframe, a path, or a list of paths.

    ::

        @task.profile(name="train")
        def training_rows() -> str:
            ...
            return path

    What happens on each decision
    -----------------------------
    Nothing is judged. What the function returned is the task's value; the summary of the profile is under
    `quality_profile`. Rows that cannot be read fail the task, which is tried again, and the function called again.

    Parameters
    ----------
    python_callable
        The function.
    **kwargs
        See `ProfileOperator`, but for `source`, which is what the function returns.
    """
    return task_decorator_factory(
        python_callable=python_callable,
        decorated_operator_class=ProfileDecoratedOperator,
        **kwargs,
    )

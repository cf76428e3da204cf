"""What all tasks share that read the rows of a stage: which rows, with what, and stopping when they are killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_mlquality.operators.in_memory import Veiled, unveiled
from airflow_mlquality.operators.measuring import stop_measuring

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from airflow.sdk import Context


class StageOperator(BaseOperator):
    """A task that reads the rows of a stage; what it does with them is its subclass's.

    Parameters
    ----------
    source
        The rows: a path, a glob, an `ObjectStoragePath`, `Sql`, or the output of a task that returns a dataframe.
    environment
        Such as `serve`; the contract may say which columns are absent there.
    partition
        Column to value: only these rows are read.
    sources
        Name to rows, for checks between tables.
    as_of
        The moment for which ages are counted; by default now.
    store
        Where reports and profiles are kept; by default ``[mlquality] store``.
    memory_limit
        Such as `2GB`; by default ``[mlquality] memory_limit``.
    threads
        By default ``[mlquality] threads``.
    spill
        Folder for what does not fit into memory; by default ``[mlquality] spill``.
    """

    template_fields: Sequence[str] = ("source", "environment", "partition", "sources", "as_of", "store")
    template_fields_renderers: ClassVar[dict[str, str]] = {"partition": "json", "sources": "json"}
    source = Veiled()
    sources = Veiled()

    def __init__(  # noqa: PLR0913  each is one independent, named option
        self,
        *,
        source: Any,
        environment: str = "",
        partition: Mapping[str, Any] | None = None,
        sources: Mapping[str, Any] | None = None,
        as_of: datetime | str | None = None,
        store: Any = None,
        memory_limit: str | None = None,
        threads: int | None = None,
        spill: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.environment = environment
        self.partition = partition
        self.sources = sources
        self.as_of = as_of
        self.store = store
        self.memory_limit = memory_limit
        self.threads = threads
        self.spill = spill

    def source_rows(self, context: Context) -> Any:
        """Return the rows as an engine opens them."""
        from airflow_mlquality.operators.locations import located
        from airflow_mlquality.operators.measuring import asked_by

        return located(unveiled(self.source), asked_by(context))

    def reading_options(self, context: Context) -> dict[str, Any]:
        """Return the arguments that every function takes which reads a stage."""
        from airflow_mlquality.operators.locations import located
        from airflow_mlquality.operators.measuring import asked_by, progress_logger
        from airflow_mlquality.operators.moments import moment
        from airflow_mlquality.operators.settings import engine_settings

        return {
            "environment": self.environment or "",
            "partition": self.partition or None,
            "sources": located(unveiled(self.sources), asked_by(context)) or None,
            "as_of": moment(self.as_of),
            "settings": engine_settings(self.memory_limit, self.threads, self.spill),
            "on_progress": progress_logger(self.log),
        }

    def subject_of(self, context: Context) -> dict[str, str]:
        """Return which task instance this is, and which moment its data is about."""
        from airflow_mlquality.operators.moments import moment, moments

        ti = context["ti"]
        return {
            "dag_id": ti.dag_id,
            "task_id": ti.task_id,
            "run_id": ti.run_id,
            "map_index": str(-1 if ti.map_index is None else ti.map_index),
            "try_number": str(ti.try_number),
            **moments(context, moment(self.as_of)),
        }

    def on_kill(self) -> None:
        """Stop what is running, on the other side too: a task that was killed decides nothing."""
        stop_measuring()

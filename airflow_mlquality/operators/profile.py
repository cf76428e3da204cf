"""Taking a reference: measure every column of a source and keep the profile under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk import BaseOperator

from airflow_mlquality.operators.in_memory import unveiled, veiled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context


class ProfileOperator(BaseOperator):
    """Measure every column of a source, and keep the profile as a reference of that name.

    Nothing is judged. A source that cannot be read fails the task, which is retried. Gates find the newest profile
    of a name with ``reference="name"``.

    Parameters
    ----------
    source
        The rows: a path, a glob, an `ObjectStoragePath`, or the output of a task that returns a dataframe.
    name
        Under which the profile is kept.
    contract
        Tells how to read the source: the columns' types, how CSV is written.
    partition
        Column to value: only these rows are measured.
    store
        Where profiles are kept; by default ``[mlquality] store``.
    memory_limit, threads
        By default as configured under ``[mlquality]``.
    **kwargs
        See Airflow's `BaseOperator`.

    Notes
    -----
    Templated: `source`, `name`, `contract`, `partition`, `store`.

    XCom: ``{"name": …, "profile": address, "rows": …, "columns": …}``.
    """

    template_fields: Sequence[str] = ("source", "name", "contract", "partition", "store")
    template_fields_renderers: ClassVar[dict[str, str]] = {"contract": "yaml", "partition": "json"}
    ui_color = "#e6eef0"

    def __init__(
        self,
        *,
        source: Any,
        name: str,
        contract: Any = None,
        partition: Mapping[str, Any] | None = None,
        store: Any = None,
        memory_limit: str | None = None,
        threads: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.source = source
        self.name = name
        self.contract = contract
        self.partition = partition
        self.store = store
        self.memory_limit = memory_limit
        self.threads = threads

    @property
    def source(self) -> Any:
        """The rows."""
        return self._source

    @source.setter
    def source(self, value: Any) -> None:
        self._source = veiled(value)

    def execute(self, context: Context) -> dict[str, Any]:
        """Measure and keep."""
        from airflow_mlquality.audit import take_profile
        from airflow_mlquality.errors import ContractError, UsageError
        from airflow_mlquality.measurements import RowCount
        from airflow_mlquality.operators.audited import asked_by, progress_logger
        from airflow_mlquality.operators.contracts import beside
        from airflow_mlquality.operators.endings import WrongUsage
        from airflow_mlquality.operators.locations import located
        from airflow_mlquality.operators.settings import engine_settings, store_from_config

        store = store_from_config(self.store)
        try:
            profile = take_profile(
                located(unveiled(self.source), asked_by(context)),
                contract=beside(context["dag"].folder, self.contract),
                partition=self.partition or None,
                settings=engine_settings(self.memory_limit, self.threads),
                on_progress=progress_logger(self.log),
            )
        except (ContractError, UsageError) as error:
            raise WrongUsage(str(error)) from None
        address = store.write_profile(self.name, profile)
        rows, columns = profile[RowCount()], len(profile.schema.names)
        self.log.info("Profile '%s': %s rows, %s columns of %s", self.name, f"{rows:,}", columns, profile.source)
        self.log.info("Kept: %s", store.location(address))
        return {"name": self.name, "profile": address, "rows": rows, "columns": columns}

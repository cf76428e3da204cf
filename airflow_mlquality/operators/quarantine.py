"""Putting bad rows aside: a task that splits a source in two, and counts what is lost by reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.stage import StageOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_mlquality.quarantine import Quarantined

LOST_KEY = "lost_by_reason"
"""XCom key under which lost rows by their first reason are left; they add up to all that are lost."""


class QuarantineOperator(StageOperator):
    """Put the rows that keep a contract in one place, those that do not in another, and count what is lost by reason.

    The bad rows have a column more, with the ids of the checks that they break. What of a contract is no matter of
    single rows (counts, distributions, drift) is not judged here: a `QualityGateOperator` on the good rows does that.

    What happens on each decision
    -----------------------------
    - the share of lost rows is at most the ceiling: both places are written, the task succeeds, its outlets are
      published.
    - it is above the ceiling, the source has no rows and the contract does not allow that, or a column that a check of
      rows needs is missing or of another type where the policy stops at that: nothing is written, what stood there
      stays, the task fails and is never retried.
    - the source cannot be read, a place cannot be written, or the counts cannot be kept: the task fails and is retried.

    Parameters
    ----------
    contract
        A path (looked for beside the DAG file first), inline YAML, a dict, or a `Contract`.
    source
        The rows: files, `Sql(conn_id=…, table=…)`, or the output of a task that returns a dataframe.
    good, bad
        Where rows go: paths or URLs; a file where it ends in `.parquet`, else a folder, partitioned as the source is.
        Where the source is `Sql`, names of tables of its connection.
    ceiling
        Share of lost rows above which nothing is written; by default a tenth.
    checks
        Ids of the checks to use; by default all that single rows show.
    reason_column
        Name of the column that the bad rows have more; by default `quarantine_reasons`.
    environment, partition, sources, as_of
        As for a gate. Of a table, only the rows of the partition are replaced.
    store
        Where the counts are kept; by default ``[mlquality] store``.
    memory_limit, threads, spill
        By default as configured under ``[mlquality]``.
    **kwargs
        See Airflow's `BaseOperator`.

    Notes
    -----
    Templated: `contract`, `source`, `good`, `bad`, `checks`, `environment`, `partition`, `sources`, `as_of`, `store`.

    XCom: what was counted as return value, with `rows`, `kept`, `lost`, `reasons`, `good` and `bad`; under
    `lost_by_reason` the lost rows by their first reason, which a `StageConservationOperator` takes as `dropped`.

    `airflow_mlquality.quarantine.losses` tells from the store what was lost over time.
    """

    template_fields: Sequence[str] = (
        "contract",
        "source",
        "good",
        "bad",
        "checks",
        "environment",
        "partition",
        "sources",
        "as_of",
        "store",
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **StageOperator.template_fields_renderers,
        "contract": "yaml",
    }
    ui_color = "#efe6e0"

    def __init__(
        self,
        *,
        contract: Any,
        good: Any,
        bad: Any,
        ceiling: float | None = None,
        checks: Sequence[str] | None = None,
        reason_column: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.contract = contract
        self.good = good
        self.bad = bad
        self.ceiling = ceiling
        self.checks = checks
        self.reason_column = reason_column

    def execute(self, context: Context) -> dict[str, Any]:
        """Put rows apart, keep the counts, show them."""
        from airflow_mlquality.operators.endings import DataFailure

        done = self._quarantined(context)
        document, location = self._remember(context, done)
        summary = {**done.to_json(), "document": document}
        if self.do_xcom_push:
            context["ti"].xcom_push(key=LOST_KEY, value=done.lost_by_reason)
        self._tell(done, location)
        if done.stopped:
            if self.do_xcom_push:  # failing loses what execute returns
                context["ti"].xcom_push(key="return_value", value=summary)
            self.log.info("Next: this task fails, without a retry; what was written before stays as it is.")
            raise DataFailure(done.headline())
        return summary

    def _quarantined(self, context: Context) -> Quarantined:
        from airflow_mlquality.errors import ContractError, EngineError, SourceError, UsageError
        from airflow_mlquality.operators.contracts import beside
        from airflow_mlquality.operators.endings import InfrastructureError, WrongUsage
        from airflow_mlquality.operators.locations import located
        from airflow_mlquality.quarantine import CEILING, REASON_COLUMN, quarantine

        try:
            return quarantine(
                beside(context["dag"].folder, self.contract),
                self.source_rows(context),
                located(self.good),
                located(self.bad),
                ceiling=CEILING if self.ceiling is None else self.ceiling,
                checks=self.checks or None,
                reason_column=self.reason_column or REASON_COLUMN,
                **self.reading_options(context),
            )
        except (ContractError, UsageError) as error:
            raise WrongUsage(str(error)) from None
        except (SourceError, EngineError) as error:
            raise InfrastructureError(str(error)) from None

    def _remember(self, context: Context, done: Quarantined) -> tuple[str, str]:
        """Keep the counts; return their address, and the place of it."""
        from airflow_mlquality.operators.endings import InfrastructureError
        from airflow_mlquality.operators.settings import store_from_config
        from airflow_mlquality.quarantine import remember

        store = store_from_config(self.store)
        try:
            address = remember(store, done, self.subject_of(context))
        except Exception as error:  # noqa: BLE001  every storage raises its own errors
            msg = f"what was lost could not be kept in {store.root}: {type(error).__name__}: {error}"
            raise InfrastructureError(msg) from None
        return address, store.location(address)

    def _tell(self, done: Quarantined, location: str) -> None:
        from airflow_mlquality.operators.told import group

        self.log.log(30 if done.lost else 20, "%s", done.headline())
        if done.lost:
            with group(self.log, f"Lost by reason: {len(done.lost_by_reason)} checks"):
                self.log.info("%s", "\n" + done.table())
        if done.not_used:
            with group(self.log, f"Not used for splitting: {len(done.not_used)} checks"):
                self.log.info("%s", "\n" + "\n".join(f"{name}: {why}" for name, why in done.not_used.items()))
        if not done.stopped:
            self.log.info("Good: %s", done.good)
            self.log.info("Bad: %s", done.bad)
        self.log.info("Kept: %s", location)

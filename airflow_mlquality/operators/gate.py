"""The gate: audit a stage, then go on, fail, or skip what lies downstream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow_mlquality.operators.acting import Act, Acting, Words, acting_on, first_wrong_word
from airflow_mlquality.operators.audited import AuditedOperator
from airflow_mlquality.operators.skipping import SkipMixin, expanded, not_stopped_by_a_skip, to_skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_mlquality.operators.audited import Audited


class QualityGateOperator(AuditedOperator, SkipMixin):
    """Audit a stage against a contract, and let the DAG go on only when the decision says so.

    What happens on each decision
    -----------------------------
    - proceed: the task succeeds and its outlets are published.
    - degrade: the task succeeds; its outlets are not published. A branch can choose a fallback instead.
    - stop: the task acts as `on_fail` says, and its outlets are not published.

    An error, such as a source that cannot be read, is no verdict on the data: the task fails and is retried. A data
    failure and a wrong contract are never retried. Where several things stop at once, a failure of the data
    decides, then an error, then an undecided check, then a warning.

    In a mapped task or a mapped task group Airflow cannot short-circuit. There, `skip` and `skip_direct` skip the
    gate's own instance, and what lies downstream follows by its trigger rules; where a trigger rule would let a task
    run all the same, the gate fails instead.

    Parameters
    ----------
    contract
        A path (looked for beside the DAG file first), inline YAML, a dict, or a `Contract`.
    on_fail
        How a stop acts: `fail`; `skip`, all tasks downstream whatever their trigger rules, teardown excluded;
        `skip_direct`, only the direct ones; `proceed`, a failure stops nothing.
    on_warn, on_undecided
        By default the contract's policy decides whether it stops, and a stop acts like `on_fail`. When given, they
        override the policy: `proceed` never stops, any other word always stops, that way.
    on_error
        The same for errors; by default, and with `fail`, a stop is retried while retries are left. Any other word
        acts at once.
    **kwargs
        See `AuditedOperator`, and Airflow's `BaseOperator`.

    Notes
    -----
    Templated: `contract`, `source`, `reference`, `environment`, `partition`, `sources`, `as_of`, `store`.

    XCom: the summary of the report, at most 16 KB, as return value and under `quality_report`, also when the gate
    stops.
    """

    inherits_from_skipmixin = True
    template_fields: Sequence[str] = ("contract", *AuditedOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **AuditedOperator.template_fields_renderers,
        "contract": "yaml",
    }

    def __init__(
        self,
        *,
        contract: Any,
        on_fail: str = "fail",
        on_warn: str | None = None,
        on_undecided: str | None = None,
        on_error: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.contract = contract
        self.on_fail = on_fail
        self.on_warn = on_warn
        self.on_undecided = on_undecided
        self.on_error = on_error
        wrong = first_wrong_word(on_fail=on_fail, on_warn=on_warn, on_undecided=on_undecided, on_error=on_error)
        if wrong:
            raise ValueError(wrong)

    def required(self, context: Context) -> Any:
        """Return the contract; a relative path is looked for beside the DAG file first."""
        from airflow_mlquality.operators.contracts import beside

        return beside(context["dag"].folder, self.contract)

    def execute(self, context: Context) -> dict[str, Any]:
        """Audit, then act."""
        audited = self.audited(context)
        words = Words(
            on_fail=self.on_fail, on_warn=self.on_warn, on_undecided=self.on_undecided, on_error=self.on_error
        )
        self.act(context, audited, acting_on(audited.report.decision, audited.report.verdicts, words))
        return audited.summary

    def act(self, context: Context, audited: Audited, acting: Acting) -> None:
        """Do what was chosen; returns only when the task succeeds."""
        from airflow_mlquality.operators.endings import InfrastructureError
        from airflow_mlquality.operators.publishing import publish

        proceeds = acting.act is Act.PROCEED
        publishes = publish(self, context, audited, proceeds=proceeds)
        self.notify(context, audited, stops=not proceeds, retried=acting.act is Act.RETRY)
        if not proceeds:
            self.leave(context, audited)
            self._stop(context, audited, acting)
        elif audited.lost:
            raise InfrastructureError(audited.lost)
        else:
            withheld = " The outlets are not published." if self._has_outlets(context) and not publishes else ""
            self.log.info("Next: the DAG goes on.%s", withheld)

    def leave(self, context: Context, audited: Audited) -> None:
        """Leave what `execute` would return: skipping and failing lose it."""
        if self.do_xcom_push:
            context["ti"].xcom_push(key="return_value", value=audited.summary)

    def _stop(self, context: Context, audited: Audited, acting: Acting) -> None:
        from airflow_mlquality.operators.endings import DataFailure, InfrastructureError

        if acting.act is Act.FAIL:
            self.log.info("Next: this task fails, without a retry, because of %s.", _named(acting))
            raise DataFailure(message(audited, acting))
        if acting.act is Act.RETRY:
            self.log.info("Next: this task fails, and is tried again while retries are left.")
            raise InfrastructureError(message(audited, acting))
        self._skip(context, audited, acting)

    def _skip(self, context: Context, audited: Audited, acting: Acting) -> None:
        from airflow_mlquality.operators.endings import DownstreamTasksSkipped

        ti = context["ti"]
        tasks = to_skip(context["task"], direct=acting.act is Act.SKIP_DIRECT)
        if ti.map_index is not None and ti.map_index >= 0:
            self._skip_itself(tasks, audited, acting)
        instances = expanded(ti, tasks)
        names = ", ".join(task.task_id for task in tasks) or "nothing, for nothing is downstream"
        self.log.info("Next: because of %s this skips %s.", _named(acting), names)
        try:
            self.skip(ti=ti, tasks=tasks)
        except DownstreamTasksSkipped as skipped:
            raise DownstreamTasksSkipped(  # type: ignore[no-untyped-call]  # Airflow's own has no types
                tasks=[*skipped.tasks, *instances]
            ) from None

    def _skip_itself(self, tasks: Sequence[Any], audited: Audited, acting: Acting) -> NoReturn:
        from airflow_mlquality.operators.endings import AirflowSkipException, DataFailure

        if running := not_stopped_by_a_skip(tasks):
            msg = (
                f"{message(audited, acting)}\nThis gate is mapped, where Airflow cannot skip tasks downstream, and a "
                f"skip of the gate itself would not stop {', '.join(running)}. So it fails. Give these tasks the "
                "trigger rule all_success, or set on_fail='skip_direct' when only the direct ones must not run"
            )
            raise DataFailure(msg)
        self.log.info("Next: because of %s this mapped instance is skipped, and what follows it.", _named(acting))
        raise AirflowSkipException(audited.report.headline())

    @staticmethod
    def _has_outlets(context: Context) -> bool:
        return bool(context.get("outlets"))


def message(audited: Audited, acting: Acting) -> str:
    """Return what an exception says: the headline, then why, the first five reasons."""
    reasons = {verdict.id: verdict.reason for verdict in audited.report.verdicts}
    shown = [f"{name}: {reasons[name]}" for name in acting.because[:5]]
    more = len(acting.because) - len(shown)
    lines = [audited.report.headline(), *shown, *([f"and {more:,} more"] if more else [])]
    if audited.report.contract.runbook:
        lines.append(f"What to do: {audited.report.contract.runbook}")
    return "\n".join(lines)


def _named(acting: Acting) -> str:
    more = len(acting.because) - 5
    names = ", ".join(acting.because[:5]) + (f" and {more:,} more" if more > 0 else "")
    return f"{names} ({acting.cause})"

"""The branch: quality decides which way the DAG goes, such as which model serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.acting import Act, Acting, Words, acting_on
from airflow_mlquality.operators.audited import AuditedOperator
from airflow_mlquality.operators.gate import message
from airflow_mlquality.operators.skipping import SkipMixin, teardowns_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from airflow.sdk import Context

    from airflow_mlquality.operators.audited import Audited

ON_ERROR = ("fail", "if_stop")


class QualityBranchOperator(AuditedOperator, SkipMixin):
    """Audit a stage against a contract, and follow the branch that the decision names.

    What happens on each decision
    -----------------------------
    - proceed: the tasks of `if_pass` run; the outlets are published.
    - degrade: the tasks of `if_degraded` run; the outlets are not published.
    - stop: the tasks of `if_stop` run; the outlets are not published.

    All other tasks directly downstream are skipped. Where branches join again, the joining task needs the trigger
    rule `none_failed_min_one_success`.

    An error is no verdict on the data: the task fails and is retried, unless `on_error` is `if_stop`. In a mapped
    task or a mapped task group Airflow cannot branch, so that this operator fails there at once.

    Parameters
    ----------
    contract
        A path (looked for beside the DAG file first), inline YAML, a dict, or a `Contract`.
    if_pass, if_degraded, if_stop
        A task id, the id of a task group, or a list of them; `if_degraded` is by default `if_stop`.
    on_error
        What a stop because of an error does: `fail`, after the retries, or `if_stop`, follow that branch at once.
    **kwargs
        See `AuditedOperator`, and Airflow's `BaseOperator`.

    Notes
    -----
    Templated: `contract`, `if_pass`, `if_degraded`, `if_stop`, and what `AuditedOperator` templates.

    XCom: the branch as return value; the summary of the report, at most 16 KB, under `quality_report`.
    """

    inherits_from_skipmixin = True
    template_fields: Sequence[str] = (
        "contract",
        "if_pass",
        "if_degraded",
        "if_stop",
        *AuditedOperator.template_fields,
    )
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **AuditedOperator.template_fields_renderers,
        "contract": "yaml",
    }

    def __init__(
        self,
        *,
        contract: Any,
        if_pass: str | Sequence[str],
        if_stop: str | Sequence[str],
        if_degraded: str | Sequence[str] | None = None,
        on_error: str = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.contract = contract
        self.if_pass = if_pass
        self.if_degraded = if_degraded
        self.if_stop = if_stop
        self.on_error = on_error
        if on_error not in ON_ERROR:
            from airflow_mlquality.errors import UsageError

            raise ValueError(str(UsageError.unknown_choice("on_error", on_error, ON_ERROR)))

    def required(self, context: Context) -> Any:
        """Return the contract; a relative path is looked for beside the DAG file first."""
        from airflow_mlquality.operators.contracts import beside

        return beside(context["dag"].folder, self.contract)

    def execute(self, context: Context) -> str | Sequence[str]:
        """Audit, then branch."""
        from airflow_mlquality.operators.endings import InfrastructureError
        from airflow_mlquality.operators.publishing import publish

        self._refuse_to_be_mapped(context)
        audited = self.audited(context)
        report = audited.report
        acting = acting_on(report.decision, report.verdicts, Words())
        publish(self, context, audited, proceeds=report.decision.action == "proceed")
        retried = acting.act is Act.RETRY and self.on_error == "fail"
        self.notify(context, audited, stops=report.decision.action != "proceed", retried=retried)
        if retried:
            self.log.info("Next: this task fails, and is tried again while retries are left.")
            raise InfrastructureError(message(audited, acting))
        branch = self._branch(audited, acting)
        tasks = list(self._tasks(context, branch))
        if self.do_xcom_push:  # skipping loses what execute returns
            context["ti"].xcom_push(key="return_value", value=branch)
        self.log.info("Next: %s: the DAG goes on with %s.", report.decision.action, ", ".join(tasks))
        self.skip_all_except(context["ti"], [*tasks, *teardowns_of(context["task"])])
        return branch

    def _branch(self, audited: Audited, acting: Acting) -> str | list[str]:
        from airflow_mlquality.operators.endings import InfrastructureError

        if acting.act is Act.PROCEED and audited.lost and audited.report.decision.action == "proceed":
            raise InfrastructureError(audited.lost)
        degraded = self.if_stop if self.if_degraded is None else self.if_degraded
        branches = {"proceed": self.if_pass, "degrade": degraded, "stop": self.if_stop}
        branch = branches[audited.report.decision.action.value]
        return branch if isinstance(branch, str) else list(branch)

    def _tasks(self, context: Context, branch: str | list[str]) -> Iterator[str]:
        from airflow_mlquality.operators.endings import WrongUsage

        dag, direct = context["dag"], context["task"].downstream_task_ids
        for name in [branch] if isinstance(branch, str) else branch:
            group = dag.task_group_dict.get(name)
            ids = [root.task_id for root in group.roots] if group else [name]
            for task_id in ids:
                if task_id not in direct:
                    from airflow_mlquality.errors import did_you_mean

                    msg = f"branch '{task_id}' is not directly downstream of {self.task_id}."
                    raise WrongUsage(msg + did_you_mean(task_id, direct))
                yield task_id

    def _refuse_to_be_mapped(self, context: Context) -> None:
        from airflow_mlquality.operators.endings import WrongUsage

        if (context["ti"].map_index or 0) < 0 or context["ti"].map_index is None:
            return
        msg = (
            f"{self.task_id} is mapped, or in a mapped task group, where Airflow skips no branch: every branch would "
            "run. Put a QualityGateOperator with on_fail='skip_direct' before each way instead, or branch after the "
            "mapped part"
        )
        raise WrongUsage(msg)

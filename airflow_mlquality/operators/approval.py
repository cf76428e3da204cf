"""Ask a person: a gate that waits for somebody to decide when the data is not good."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from airflow_mlquality.operators.acting import Act, Acting, Words, acting_on
from airflow_mlquality.operators.asking import OPTIONS, answer_of, approval_folder, awaiting_input, hitl_trigger
from airflow_mlquality.operators.gate import QualityGateOperator
from airflow_mlquality.operators.skipping import teardowns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import timedelta

    from airflow.sdk import Context

    from airflow_mlquality.operators.audited import Audited

APPROVAL_KEY = "quality_approval"
"""XCom key of what was answered."""
ASKED = ("warn", "fail", "undecided")
STOPS = ("fail", "skip", "skip_direct")
FORMAT = "mlquality.approval/1"


class QualityApprovalOperator(QualityGateOperator):
    """Audit a stage, and ask a person before the DAG goes on with data that is not good.

    The task waits under *Required actions* without a worker slot; the question shows the report's table. Who answered
    is kept in the store beside the report, and in the XCom.

    What happens on each decision
    -----------------------------
    - the outcome is not among `ask_on`, and the decision is proceed or degrade: the task succeeds, as that of a
      `QualityGateOperator` does.
    - it is not among `ask_on`, and the decision is stop: the task acts as `on_stop` says.
    - it is among `ask_on`: it waits for an answer.

      - approve: the task succeeds. Its outlets are published, and say by `approved_by` who let them go.
      - use fallback: the tasks of `if_fallback` run, all other direct ones are skipped. Nothing is published.
      - stop: the task acts as `on_stop` says. Nothing is published.

    Nobody is asked about an error, such as a source that cannot be read: the task fails and is retried.

    In a mapped task or a mapped task group Airflow skips no branch: with `if_fallback` this operator fails there at
    once. Without, each instance asks for itself, and a stop acts as that of a mapped `QualityGateOperator`.

    Parameters
    ----------
    contract
        A path (looked for beside the DAG file first), inline YAML, a dict, or a `Contract`.
    ask_on
        Outcomes about which somebody is asked: any of `warn`, `fail`, `undecided`.
    if_fallback
        Task id or task group id, or a list of them, directly downstream; without it, nobody is offered a fallback.
        When these do not run, they are skipped.
    on_stop
        `fail`, without a retry; `skip`, all tasks downstream; `skip_direct`, only the direct ones.
    default
        What counts as the answer when nobody answers in time: `stop`, `fallback` or `approve`.
    response_timeout
        How long somebody may take; by default as long as it needs.
    assigned_users
        Who may answer, as ``{"id": …, "name": …}``; by default everybody who may answer for the DAG.
    subject
        Title of the question; by default the headline of the report.
    **kwargs
        See `QualityGateOperator`, whose `on_fail` is here `on_stop`, and Airflow's `BaseOperator`.

    Notes
    -----
    Templated: `if_fallback`, `subject`, and what `QualityGateOperator` templates.

    XCom: the summary of the report as return value and under `quality_report`; under `quality_approval` what was
    answered: ``{"choice": …, "by": …, "at": …, "timed_out": …, "document": address}``.

    On Airflow 3.3 and later the task waits in the state `awaiting_input`. Before, it is deferred, which needs a
    triggerer, and the standard provider.
    """

    template_fields: Sequence[str] = ("if_fallback", "subject", *QualityGateOperator.template_fields)

    def __init__(
        self,
        *,
        contract: Any,
        ask_on: Iterable[str] = ASKED,
        if_fallback: str | Sequence[str] | None = None,
        on_stop: str = "fail",
        default: str = "stop",
        response_timeout: timedelta | None = None,
        assigned_users: Sequence[Mapping[str, str]] = (),
        subject: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(contract=contract, on_fail=on_stop, **kwargs)
        self.ask_on = tuple(ask_on)
        self.if_fallback = if_fallback
        self.on_stop = on_stop
        self.default = default
        self.response_timeout = response_timeout
        self.assigned_users = assigned_users
        self.subject = subject
        self.waits_in_triggerer = awaiting_input() is None
        answers = [word for word in OPTIONS if word != "fallback" or if_fallback]
        words = [*(("ask_on", word, ASKED) for word in self.ask_on), ("on_stop", on_stop, STOPS)]
        for name, word, known in (*words, ("default", default, answers)):
            if word not in known:
                from airflow_mlquality.errors import UsageError

                raise ValueError(str(UsageError.unknown_choice(name, word, known)))

    # ---- ask ----

    def execute(self, context: Context) -> dict[str, Any]:
        """Audit; then go on, stop, or ask."""
        if self.if_fallback:
            self._refuse_to_be_mapped(context)
            self._followed(context, self.if_fallback)  # a wrong name is found before anybody is asked
        audited = self.audited(context)
        report = audited.report
        words = Words(
            on_fail=self.on_fail, on_warn=self.on_warn, on_undecided=self.on_undecided, on_error=self.on_error
        )
        acting = acting_on(report.decision, report.verdicts, words)
        is_asked = (acting.cause or report.outcome) in self.ask_on and acting.act is not Act.RETRY
        if is_asked and not audited.lost:  # nobody decides about what is not kept
            self.notify(context, audited, stops=True)
            self._ask(context, audited)
        self.act(context, audited, acting)
        self._skip_other(context, audited, "proceed")
        return audited.summary

    def _ask(self, context: Context, audited: Audited) -> NoReturn:
        from airflow.sdk.execution_time.hitl import upsert_hitl_detail

        from airflow_mlquality.operators.told import page
        from airflow_mlquality.pages.markdown import report_markdown

        ti: Any = context["ti"]
        users: Any = [dict(user) for user in self.assigned_users]
        upsert_hitl_detail(
            ti_id=ti.id,
            options=self._options(),
            subject=self.subject or audited.report.headline()[:200],
            body=report_markdown(audited.report, page(ti)),
            defaults=[OPTIONS[self.default]],
            multiple=False,
            params={},
            **({"assigned_users": users} if users else {}),
        )
        self.log.info("Next: this waits for somebody to decide, under Required actions.")
        self._wait(ti, {"report": audited.summary["report"]})

    def _wait(self, ti: Any, kept: dict[str, Any]) -> NoReturn:
        awaiting = None if self.waits_in_triggerer else awaiting_input()
        if awaiting is not None:
            raise awaiting(method_name="execute_complete", kwargs=kept, timeout=self.response_timeout)
        from datetime import UTC, datetime

        until = datetime.now(UTC) + self.response_timeout if self.response_timeout else None
        trigger = hitl_trigger()(
            ti_id=ti.id,
            options=self._options(),
            params={},
            defaults=[OPTIONS[self.default]],
            multiple=False,
            timeout_datetime=until,
        )
        self.defer(trigger=trigger, method_name="execute_complete", kwargs=kept)

    def _options(self) -> list[str]:
        return [label for word, label in OPTIONS.items() if word != "fallback" or self.if_fallback]

    # ---- go on with the answer ----

    def execute_complete(self, context: Context, event: Mapping[str, Any], report: str = "") -> dict[str, Any]:
        """Do what was answered.

        Parameters
        ----------
        context
            Of the task.
        event
            The answer.
        report
            Address of the report that was asked about.
        """
        from airflow_mlquality.operators.endings import InfrastructureError

        audited = self._asked_about(context, report)
        if "error" in event:
            msg = f"the answer cannot be read: {event['error']}"
            raise InfrastructureError(msg)
        answer = answer_of(event)
        answer["document"] = self._remember_answer(context, audited, answer)
        self.log.info("Answered: %s, by %s", OPTIONS[answer["choice"]], answer["by"])
        if self.do_xcom_push:
            context["ti"].xcom_push(key=APPROVAL_KEY, value=answer)
            context["ti"].xcom_push(key="return_value", value=audited.summary)
        return self._follow(context, audited, answer)

    def _follow(self, context: Context, audited: Audited, answer: Mapping[str, Any]) -> dict[str, Any]:
        from airflow_mlquality.operators.publishing import publish

        choice = answer["choice"]
        approved_by = answer["by"] if choice == "approve" else ""
        publish(self, context, audited, proceeds=choice == "approve", approved_by=approved_by)
        if choice == "stop":
            because = audited.report.decision.because
            self._stop(
                context, audited, Acting(act=Act(self.on_stop), cause=f"stopped by {answer['by']}", because=because)
            )
        else:
            self._skip_other(context, audited, choice)
        return audited.summary

    def _asked_about(self, context: Context, address: str) -> Audited:
        from airflow_mlquality.operators.audited import Audited
        from airflow_mlquality.operators.settings import store_from_config

        ti, store = context["ti"], store_from_config(self.store)
        index = -1 if ti.map_index is None else ti.map_index
        if not address:
            address = store.report_addresses(ti.dag_id, ti.task_id, ti.run_id, index)[-1]
        report = store.read_report(address)
        self._audited = Audited(report=report, summary=report.summary(address), store=store)
        return self._audited

    def _remember_answer(self, context: Context, audited: Audited, answer: Mapping[str, Any]) -> str:
        ti = context["ti"]
        document = {"format": FORMAT, "report": audited.summary["report"], **answer}
        folder = approval_folder(ti.dag_id, ti.task_id, ti.run_id, -1 if ti.map_index is None else ti.map_index)
        return audited.store.write_document(folder, json.dumps(document, separators=(",", ":")))

    # ---- the fallback ----

    def _skip_other(self, context: Context, audited: Audited, choice: str) -> None:
        """Skip the fallback, or everything but the fallback; where there is none, nothing is skipped."""
        if not self.if_fallback:
            return
        fallback = self._followed(context, self.if_fallback)
        others = sorted(set(context["task"].downstream_task_ids) - set(fallback))
        tasks = fallback if choice == "fallback" else others
        self.log.info("Next: the DAG goes on with %s.", ", ".join(tasks) or "nothing")
        if self.do_xcom_push:  # skipping loses what execute returns
            context["ti"].xcom_push(key="return_value", value=audited.summary)
        self.skip_all_except(context["ti"], [*tasks, *teardowns_of(context["task"])])

    def _followed(self, context: Context, branch: str | Sequence[str]) -> list[str]:
        from airflow_mlquality.errors import did_you_mean
        from airflow_mlquality.operators.endings import WrongUsage

        dag, direct = context["dag"], context["task"].downstream_task_ids
        names = [branch] if isinstance(branch, str) else list(branch)
        groups = [(name, dag.task_group_dict.get(name)) for name in names]
        ids = [task_id for name, group in groups for task_id in ([r.task_id for r in group.roots] if group else [name])]
        for task_id in ids:
            if task_id not in direct:
                msg = f"if_fallback: '{task_id}' is not directly downstream of {self.task_id}."
                raise WrongUsage(msg + did_you_mean(task_id, direct))
        return ids

    def _refuse_to_be_mapped(self, context: Context) -> None:
        from airflow_mlquality.operators.endings import WrongUsage

        if context["ti"].map_index is not None and context["ti"].map_index >= 0:
            msg = (
                f"{self.task_id} is mapped, or in a mapped task group, where Airflow skips no branch: the fallback and "
                "what it stands in for would both run. Leave if_fallback out, or ask after the mapped part"
            )
            raise WrongUsage(msg)

"""What all gates share: arguments, measuring and judging, keeping the evidence, telling people."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.links import ReportLink
from airflow_mlquality.operators.in_memory import Veiled, unveiled
from airflow_mlquality.operators.stage import StageOperator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import BaseNotifier, BaseOperatorLink, Context

    from airflow_mlquality.report import Report
    from airflow_mlquality.store import Store

REPORT_KEY = "quality_report"
"""XCom key under which every operator leaves the summary of its report."""


@dataclass(frozen=True, kw_only=True)
class Audited:
    """What one audit left.

    Parameters
    ----------
    report
        The whole.
    summary
        What travels by XCom.
    store
        Where the report is kept.
    lost
        Why the evidence could not be kept; empty when it was.
    """

    report: Report
    summary: dict[str, Any]
    store: Store
    lost: str = ""


class AuditedOperator(StageOperator):
    """A task that measures and judges a stage; what it does then is its subclass's.

    Parameters
    ----------
    reference
        What to compare with: the name of a stored profile, a path of a profile or report, or rows; `last_passed`,
        `previous_partition` or `same_weekday`, of this gate's runs about earlier moments; ``MODEL@ALIAS``, what a
        model registered in MLflow was trained on.
    whole_profile
        Take the facts of every column in the same scan, so that the report can serve as a reference.
    notifiers
        Airflow notifiers that are told of everything that is not good: a stop of any kind, and a warn, fail or error
        that goes on all the same. A short-circuit is a success for Airflow, so that `on_failure_callback` is silent.
        Their templates know the summary as `quality`, such as ``{{ quality.headline }}``.
    **kwargs
        See `StageOperator`, and Airflow's `BaseOperator`.
    """

    template_fields: Sequence[str] = ("source", "reference", "environment", "partition", "sources", "as_of", "store")
    template_fields_renderers: ClassVar[dict[str, str]] = StageOperator.template_fields_renderers
    reference = Veiled()
    operator_extra_links: Sequence[BaseOperatorLink] = (ReportLink(),)
    ui_color = "#e6f0ea"

    def __init__(
        self,
        *,
        reference: Any = None,
        whole_profile: bool = False,
        notifiers: Sequence[BaseNotifier] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.reference = reference
        self.whole_profile = whole_profile
        self.notifiers = notifiers
        self._audited: Audited | None = None

    # ---- audit ----

    @abstractmethod
    def required(self, context: Context) -> Any:
        """Return the contract: a path, inline YAML, a dict or a `Contract`."""

    def audited(self, context: Context) -> Audited:
        """Measure, judge, keep the report and show it.

        Raises
        ------
        WrongUsage
            When the contract or the call is wrong.
        """
        from airflow_mlquality.operators.settings import store_from_config
        from airflow_mlquality.operators.told import show

        store = store_from_config(self.store)
        report = self._report(context, store)
        address, lost = "", ""
        try:
            address = store.write_report(report)
        except Exception as error:
            lost = f"the report could not be kept in {store.root}: {type(error).__name__}: {error}"
            self.log.exception("%s", lost)
        if address:
            lost = self._remember(report, address, store)
        summary = report.summary(address)
        if self.do_xcom_push:
            context["ti"].xcom_push(key=REPORT_KEY, value=summary)
        show(self.log, report, store.location(address) if address else "", context["ti"])
        self._audited = Audited(report=report, summary=summary, store=store, lost=lost)
        return self._audited

    def _remember(self, report: Report, address: str, store: Any) -> str:
        """Add the run to the gate's history; return why that failed."""
        from airflow_mlquality.history import History, run_of

        run = run_of(report, address)
        try:
            if run is not None:
                History.of(store, report.subject).remember(run)
        except Exception as error:
            lost = f"the run could not be added to its history in {store.root}: {type(error).__name__}: {error}"
            self.log.exception("%s", lost)
            return lost
        return ""

    def _report(self, context: Context, store: Any) -> Report:
        from airflow_mlquality.audit import audit
        from airflow_mlquality.errors import ContractError, UnusableReferenceError, UsageError
        from airflow_mlquality.operators.endings import WrongUsage
        from airflow_mlquality.operators.locations import located
        from airflow_mlquality.operators.measuring import asked_by, given, training_profile

        try:
            return audit(
                self.required(context),
                self.source_rows(context),
                reference=located(given(unveiled(self.reference)), asked_by(context)),
                store=store,
                subject=self.subject_of(context),
                whole_profile=self.whole_profile,
                models=training_profile,
                **self.reading_options(context),
            )
        except (ContractError, UnusableReferenceError, UsageError) as error:
            raise WrongUsage(str(error)) from None

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002  OpenLineage's signature
        """Return what OpenLineage is told of the data, however the gate acted; its listener asks."""
        from airflow_mlquality.operators.lineage import lineage_of

        return lineage_of(self._audited, unveiled(self.source))

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> Any:
        """Return what OpenLineage is told of the data when the gate failed."""
        return self.get_openlineage_facets_on_complete(task_instance)

    def notify(self, context: Context, audited: Audited, *, stops: bool, retried: bool = False) -> None:
        """Tell the notifiers of anything that is not good; one that raises changes nothing.

        One whose class says `every_run = True` is told of good runs too, and decides itself what is worth a message.

        Parameters
        ----------
        context
            Of the task.
        audited
            What the gate found.
        stops
            Whether the DAG does not go on.
        retried
            Whether the task fails in a way that is tried again while retries are left.
        """
        is_bad = stops or audited.report.outcome in ("warn", "fail", "error")
        ti = context["ti"]
        told = {
            **context,
            "quality": audited.summary,
            "quality_audited": audited,
            "quality_stops": stops,
            "quality_retried": retried and ti.try_number <= ti.max_tries,
        }
        for notifier in self.notifiers:
            if not is_bad and not getattr(notifier, "every_run", False):
                continue
            try:
                notifier(told)
            except Exception:
                self.log.exception("The notifier %s failed; the gate acts as it would have", type(notifier).__name__)

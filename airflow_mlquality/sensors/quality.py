"""Waiting until a source is good."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.audited import REPORT_KEY, Audited, AuditedOperator
from airflow_mlquality.operators.in_memory import InMemory, unveiled
from airflow_mlquality.sensors.kept import Kept, verdicts_digest
from airflow_mlquality.sensors.waiting import Look, WaitingSensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

    from airflow_mlquality.contract import Contract
    from airflow_mlquality.report import Report
    from airflow_mlquality.store import Store
    from airflow_mlquality.triggers.watching import ChangeTrigger

UNTIL = ("proceed", "pass")


class QualitySensor(AuditedOperator, WaitingSensor):
    """Wait until a source keeps its contract: until it has arrived, is fresh, complete and plausible.

    What happens on each decision
    -----------------------------
    - proceed: the task succeeds, its outlets are published, the run enters the gate's history.
    - degrade, stop: the task waits on, and measures again when the source has changed.
    - timeout: the task fails without a retry, or is skipped with `soft_fail`; the message ends with what the last
      report found. The notifiers are told, and the run enters the history as what it was.

    Files are compared by name, size and time or checksum, and measured again only when one of them changed: those of
    the source and of `sources`. What has no files, such as a table behind a connection, is measured at each look. A
    source that changed while it was measured has not passed: it is measured again. A contract that was edited is seen
    when a worker looks, at the latest an hour later. A table that was not made yet cannot be told from one that cannot
    be read.

    A wrong contract fails the task at once, without a retry, whatever `soft_fail` says, also while the source is not
    there. A source or a store that cannot be read is logged and looked at again; if it still cannot be read at the
    timeout, the task fails and is retried, and is never skipped.

    With ``deferrable=True`` a worker looks once, and then the triggerer watches the files; it measures nothing, and
    wakes a worker when they changed. The triggerer has to see the files: what lies on a worker's own disk is looked at
    once an hour only.

    Parameters
    ----------
    contract
        A path (looked for beside the DAG file first), inline YAML, a dict, or a `Contract`.
    until
        `proceed`: until the decision is to proceed, as for a gate. `pass`: until every check passed; a warning, or a
        check that could not decide, is waited out.
    deferrable, poke_interval, timeout, mode, soft_fail
        See `WaitingSensor`. A deferred sensor should look no oftener than every 10 seconds.
    **kwargs
        See `AuditedOperator`, and Airflow's `BaseSensorOperator`.

    Notes
    -----
    Templated: `contract`, `source`, `reference`, `environment`, `partition`, `sources`, `as_of`, `store`.

    XCom: the summary of the report, at most 16 KB, as return value and under `quality_report`, there also after a
    timeout. One report is kept for each distinct set of verdicts, and the last one.
    """

    template_fields: Sequence[str] = ("contract", *AuditedOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **AuditedOperator.template_fields_renderers,
        "contract": "yaml",
    }

    def __init__(self, *, contract: Any, until: str = "proceed", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.contract = contract
        self.until = until
        self._seen = ""
        if until not in UNTIL:
            from airflow_mlquality.errors import UsageError

            raise ValueError(str(UsageError.unknown_choice("until", until, UNTIL)))

    def required(self, context: Context) -> Any:
        """Return the contract; a relative path is looked for beside the DAG file first."""
        from airflow_mlquality.operators.contracts import beside

        return beside(context["dag"].folder, self.contract)

    # ---- looking ----

    def look(self, context: Context) -> Look:
        """Measure the source if it changed, and judge it."""
        from airflow_mlquality.engines.fingerprints import ABSENT
        from airflow_mlquality.operators.settings import store_from_config
        from airflow_mlquality.sensors.seeing import as_one, seen_each

        agreed = self._agreed(context)
        watched, chosen = self._watched(agreed), self._chosen()
        each = seen_each(watched, chosen)
        self._seen = as_one(each)
        if each[0] == ABSENT:
            return Look(is_done=False, reason=f"{watched[0]} is not there")
        store = store_from_config(self.store)
        kept = Kept.latest(store, context["ti"])
        if kept and self._seen and (kept.seen, kept.contract) == (self._seen, agreed.digest):
            return Look(is_done=False, reason=f"{kept.reason} (unchanged since)")
        report = self._report(context, store)
        if report.outcome == "error" and report.decision.action != "proceed":
            return Look(is_done=False, reason=told(report), failed=True)
        has_passed = report.outcome == "pass" if self.until == "pass" else report.decision.action == "proceed"
        if has_passed and self._seen and as_one(seen_each(watched, chosen)) != self._seen:
            return Look(is_done=False, reason="it changed while it was measured, and is measured again")
        if has_passed:
            return self._passed(context, store, report)
        return self._not_yet(context, store, report, kept, agreed)

    def _not_yet(self, context: Context, store: Store, report: Report, kept: Kept | None, agreed: Contract) -> Look:
        """Keep what was found, unless it was found before."""
        verdicts = verdicts_digest(report)
        is_new = kept is None or kept.verdicts != verdicts
        address = store.write_report(report) if is_new or kept is None else kept.report
        found = Kept(seen=self._seen, contract=agreed.digest, verdicts=verdicts, reason=told(report), report=address)
        # what has no fingerprint is measured at each look, and its numbers may differ each time
        if kept is None or replace(kept, reason=found.reason) != found:
            found.keep(store, context["ti"])
        if is_new:
            self._tell(context, report, address, store)
        return Look(is_done=False, reason=found.reason)

    def change(self, context: Context, waiting: dict[str, Any]) -> ChangeTrigger:
        """Return the trigger that watches the files."""
        from airflow_mlquality.triggers.watching import SourceTrigger

        # what was seen before it was measured: a change since then wakes the task at the trigger's first look
        seen = "" if self._last.failed else self._seen
        return SourceTrigger(
            sources=self._watched(self._agreed(context)), partition=self._chosen(), seen=seen, **waiting
        )

    def _watched(self, agreed: Contract) -> list[str]:
        """Return the paths of the sources, that of the stage first; empty of what has none."""
        from airflow_mlquality.operators.endings import WrongUsage
        from airflow_mlquality.sensors.seeing import watchable

        if isinstance(self.source, InMemory):
            msg = f"source={self.source}: rows in memory never change, so that waiting is in vain. Use a gate"
            raise WrongUsage(msg)
        related = {**agreed.sources, **(unveiled(self.sources) or {})}
        return [watchable(self.source), *map(watchable, related.values())]

    def _chosen(self) -> dict[str, str]:
        return {name: str(value) for name, value in (self.partition or {}).items()}

    def _agreed(self, context: Context) -> Contract:
        """Return the contract, so that a wrong one is told before the source is there."""
        from airflow_mlquality.contract import Contract
        from airflow_mlquality.errors import ContractError, UsageError
        from airflow_mlquality.operators.endings import WrongUsage

        try:
            agreed = Contract.of(self.required(context))
            agreed.checks_for(self.environment or "")
        except (ContractError, UsageError) as error:
            raise WrongUsage(str(error)) from None
        return agreed

    # ---- ending ----

    def _passed(self, context: Context, store: Store, report: Report) -> Look:
        from airflow_mlquality.operators.publishing import publish

        address = store.write_report(report)  # a store that cannot be written to is no pass: it is looked at again
        lost = self._remember(report, address, store)
        if lost:
            return Look(is_done=False, reason=lost, failed=True)
        self._audited = audited = Audited(report=report, summary=report.summary(address), store=store)
        self._tell(context, report, address, store)
        publish(self, context, audited, proceeds=True)
        self.notify(context, audited, stops=False)
        return Look(is_done=True, reason=report.headline(), value=audited.summary)

    def at_timeout(self, context: Context) -> None:
        """Keep what the source was at last, and tell the notifiers."""
        from airflow_mlquality.operators.settings import store_from_config

        store = store_from_config(self.store)
        kept = Kept.latest(store, context["ti"])
        if kept:
            report, address = store.read_report(kept.report), kept.report
        else:  # it never came: the report says so
            report = self._report(context, store)
            address = store.write_report(report)
            self._tell(context, report, address, store)
        lost = self._remember(report, address, store)
        summary = report.summary(address)
        if self.do_xcom_push:
            context["ti"].xcom_push(key=REPORT_KEY, value=summary)
        self._audited = Audited(report=report, summary=summary, store=store, lost=lost)
        self.notify(context, self._audited, stops=True)

    def _tell(self, context: Context, report: Report, address: str, store: Store) -> None:
        from airflow_mlquality.operators.told import show

        if self.do_xcom_push:
            context["ti"].xcom_push(key=REPORT_KEY, value=report.summary(address))
        show(self.log, report, store.location(address), context["ti"])


def told(report: Report) -> str:
    """Return why a report is not good: its headline, and the first three reasons."""
    bad = [verdict for verdict in report.worst_first() if verdict.outcome != "pass"]
    reasons = "; ".join(f"{verdict.id}: {verdict.reason}" for verdict in bad[:3])
    more = f"; and {len(bad) - 3:,} more" if len(bad) > 3 else ""  # noqa: PLR2004  the first three
    return f"{report.headline()}; {reasons}{more}" if bad else report.headline()

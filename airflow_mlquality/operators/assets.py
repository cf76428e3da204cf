"""For those who consume an asset: only what was found good, fail-closed; and only the good partitions go on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator

from airflow_mlquality.operators.publishing import AIRFLOWS, OURS
from airflow_mlquality.operators.skipping import SkipMixin, expanded, not_stopped_by_a_skip, to_skip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Asset, Context

ON_FAIL = ("fail", "skip", "skip_direct")
WHICH = ("every", "last")


@dataclass(frozen=True, kw_only=True)
class EventQuality:
    """What an asset event says of the data's quality.

    Parameters
    ----------
    score
        Share of checks that passed, from 0 to 1; None when it says nothing.
    outcome, decision, report, approved_by
        Of a gate of ours; empty when somebody else wrote the event.
    """

    score: float | None = None
    outcome: str = ""
    decision: str = ""
    report: str = ""
    approved_by: str = ""

    @classmethod
    def of(cls, extra: Mapping[str, Any] | None) -> EventQuality:
        """Read the extra of an asset event, written by a gate of ours or by Airflow's own provider.

        >>> EventQuality.of({"airflow.dataquality.result": {"score": 0.9}}).score
        0.9
        >>> EventQuality.of(None).score is None
        True
        """
        found = extra if hasattr(extra, "get") else {}
        ours, theirs = found.get(OURS), found.get(AIRFLOWS)  # type: ignore[union-attr]  # just looked
        ours = ours if isinstance(ours, dict) else {}
        number = theirs.get("score") if isinstance(theirs, dict) else None
        is_score = isinstance(number, int | float) and not isinstance(number, bool)
        return cls(
            score=float(number) if is_score else None,  # type: ignore[arg-type]  # just looked
            **{name: str(ours.get(name) or "") for name in ("outcome", "decision", "report", "approved_by")},
        )

    def is_good(self, min_score: float | None = None) -> bool:
        """Return whether the data may be used; what says nothing may not.

        Parameters
        ----------
        min_score
            The least score. None: a gate of ours must have let it go on, or a person; of others every check must
            have passed.

        >>> EventQuality(decision="proceed", outcome="warn", score=0.9).is_good()
        True
        >>> EventQuality(score=0.9).is_good(), EventQuality(score=0.9).is_good(0.8), EventQuality().is_good(0)
        (False, True, False)
        """
        if min_score is not None:
            return self.score is not None and self.score >= min_score
        if self.decision:
            return bool(self.approved_by) or (self.decision == "proceed" and self.outcome not in ("fail", "error"))
        return self.score is not None and self.score >= 1.0


def good_events(
    triggering_asset_events: Mapping[Any, Sequence[Any]], asset: Asset, *, min_score: float | None = None
) -> list[Any]:
    """Return those events of an asset that started this run whose data was found good, the oldest first.

    An event that says nothing of quality is not among them.

    Parameters
    ----------
    triggering_asset_events
        From the task's context.
    asset
        Which asset, or asset alias.
    min_score
        See `EventQuality.is_good`.
    """
    events = triggering_asset_events.get(asset, ())
    return [event for event in events if EventQuality.of(event.extra).is_good(min_score)]


class RequireQualityOperator(BaseOperator, SkipMixin):
    """Go on only when the data that started this run was found good.

    What happens on each decision
    -----------------------------
    - every triggering event of the asset was found good: the task succeeds.
    - one was not, says nothing of quality, or there is none (as in a run by hand): the task acts as `on_fail`
      says, and its outlets are not published.

    It reads what the gates of this package publish, and what Airflow's own data-quality provider does.

    Parameters
    ----------
    asset
        The asset, or asset alias, that the DAG is scheduled by.
    min_score
        The least share of checks that passed. By default a gate must have let the data go on, or a person; of what
        others publish every check must have passed.
    which
        `every` triggering event must be good, or only the `last` one.
    on_fail
        `skip`, all tasks downstream; `skip_direct`, only the direct ones; `fail`, without a retry. In a mapped task
        or a mapped task group Airflow cannot skip downstream: there the instance itself is skipped, and fails where
        that would not stop what follows.
    **kwargs
        See Airflow's `BaseOperator`.

    Notes
    -----
    Templated: nothing.

    XCom: ``{"is_good": …, "why": …, "reports": [address, …]}``, also when it stops.
    """

    inherits_from_skipmixin = True
    ui_color = "#e6f0ea"

    def __init__(
        self,
        *,
        asset: Any,
        min_score: float | None = None,
        which: str = "every",
        on_fail: str = "skip",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.asset = asset
        self.min_score = min_score
        self.which = which
        self.on_fail = on_fail
        for name, word, words in (("which", which, WHICH), ("on_fail", on_fail, ON_FAIL)):
            if word not in words:
                from airflow_mlquality.errors import UsageError

                raise ValueError(str(UsageError.unknown_choice(name, word, words)))
        if min_score is not None and not 0 <= min_score <= 1:
            msg = f"min_score={min_score!r}: takes a number from 0 to 1"
            raise ValueError(msg)

    def execute(self, context: Context) -> dict[str, Any]:
        """Look at the events, then act."""
        known: Any = context
        events = list((known.get("triggering_asset_events") or {}).get(self.asset, ()))
        if self.which == "last" and events:  # Airflow hands them over in any order
            events = [max(events, key=lambda event: event.timestamp)]
        found = [EventQuality.of(event.extra) for event in events]
        why = self._why_not(found)
        told = {"is_good": not why, "why": why, "reports": [each.report for each in found if each.report]}
        self.log.info("Quality of '%s': %s", self.asset.name, why or f"good, in {len(found):,} events")
        if why:
            if self.do_xcom_push:  # skipping and failing lose what execute returns
                context["ti"].xcom_push(key="return_value", value=told)
            self._stop(context, f"'{self.asset.name}': {why}")
        return told

    def _why_not(self, found: Sequence[EventQuality]) -> str:
        if not found:
            return "no event of it started this run"
        bad = [each for each in found if not each.is_good(self.min_score)]
        if not bad:
            return ""
        silent = sum(each.score is None and not each.decision for each in bad)
        told = f"{len(bad):,} of {len(found):,} events that started this run are not good"
        return f"{told}; {silent:,} of them say nothing of quality" if silent else told

    def _stop(self, context: Context, why: str) -> None:
        from airflow_mlquality.operators.endings import AirflowSkipException, DataFailure, DownstreamTasksSkipped
        from airflow_mlquality.operators.publishing import withhold

        if self.on_fail == "fail":
            raise DataFailure(why)
        withhold(self, context)
        ti = context["ti"]
        tasks = to_skip(context["task"], direct=self.on_fail == "skip_direct")
        if ti.map_index is not None and ti.map_index >= 0:
            if running := not_stopped_by_a_skip(tasks):
                msg = (
                    f"{why}. This task is mapped, where Airflow cannot skip tasks downstream, and a skip of itself "
                    f"would not stop {', '.join(running)}. So it fails"
                )
                raise DataFailure(msg)
            raise AirflowSkipException(why)
        instances = expanded(ti, tasks)
        try:
            self.skip(ti=ti, tasks=tasks)
        except DownstreamTasksSkipped as skipped:
            raise DownstreamTasksSkipped(  # type: ignore[no-untyped-call]  # Airflow's own has no types
                tasks=[*skipped.tasks, *instances]
            ) from None


def require_quality(asset: Any, **options: Any) -> RequireQualityOperator:
    """Return a task that goes on only when the data that started this run was found good.

    Parameters
    ----------
    asset
        The asset, or asset alias, that the DAG is scheduled by.
    **options
        See `RequireQualityOperator`; its `task_id` is by default `require_quality_` and the asset's name.
    """
    name = re.sub(r"[^\w.-]+", "_", asset.name)
    return RequireQualityOperator(asset=asset, **{"task_id": f"require_quality_{name}", **options})


def publish_good_partitions(asset: Asset, gate: str, keys: Sequence[str]) -> list[str]:
    """Publish those partitions of an asset whose instance of a mapped gate let them go on; return their keys.

    Call it in a task whose outlet is the asset, behind the gate and with the trigger rule `all_done`, in a DAG whose
    schedule is `PartitionedAtRuntime`. Bad instances of the gate fail; a skip would not stop a task that is to run when
    all are done. An instance of which nothing is known counts as bad.

    Parameters
    ----------
    asset
        An outlet of the task that calls this.
    gate
        Task id of the mapped gate.
    keys
        The partition key of each instance, in the order of their map index.

    Raises
    ------
    AirflowSkipException
        When no partition is good: a task that succeeded would publish the asset all the same.
    """
    from airflow.sdk import get_current_context

    from airflow_mlquality.operators.audited import REPORT_KEY
    from airflow_mlquality.operators.endings import AirflowSkipException, WrongUsage

    context = get_current_context()
    accessor = context["outlet_events"][asset]
    if not hasattr(accessor, "add_partitions"):
        msg = "an asset event cannot name partitions before Airflow 3.3. Publish one asset per partition there"
        raise WrongUsage(msg)
    ti = context["ti"]
    summaries = {key: ti.xcom_pull(task_ids=gate, key=REPORT_KEY, map_indexes=index) for index, key in enumerate(keys)}
    good = {key: summary for key, summary in summaries.items() if _let_go_on(summary)}
    if not good:
        msg = f"none of {len(keys):,} partitions is good: nothing is published"
        raise AirflowSkipException(msg)
    accessor.add_partitions(list(good))
    partitions: Any = {
        key: {name: summary[name] for name in ("outcome", "rows", "report")} for key, summary in good.items()
    }
    worst = min(_score(summary) for summary in good.values())
    accessor.extra[OURS] = {"decision": "proceed", "outcome": _worst(good.values()), "partitions": partitions}
    accessor.extra[AIRFLOWS] = {"score": worst}
    return list(good)


def _let_go_on(summary: Any) -> bool:
    if not isinstance(summary, dict):
        return False
    quality = EventQuality(outcome=str(summary.get("outcome")), decision=str(summary.get("decision")))
    return quality.is_good()


def _score(summary: Mapping[str, Any]) -> float:
    number = sum(summary["counts"].values())
    return summary["counts"].get("pass", 0) / number if number else 0.0


def _worst(summaries: Any) -> str:
    from airflow_mlquality.verdict import Outcome, worst

    return worst(Outcome(summary["outcome"]) for summary in summaries).value

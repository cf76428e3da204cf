"""Waiting until a source is fresh."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.in_memory import InMemory, Veiled, unveiled
from airflow_mlquality.sensors.waiting import Look, WaitingSensor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_mlquality.report import Report
    from airflow_mlquality.triggers.watching import ChangeTrigger


class FreshnessSensor(WaitingSensor):
    """Wait until the newest row of a source, or its newest file, is young enough, or the delivery that is due is there.

    What happens on each decision
    -----------------------------
    - Fresh: the task succeeds, its outlets are published.
    - Too old, or a delivery that is due is not there: the task waits; the log says by how much it is late, how many
      deliveries are missing, and when the next one is due. A delivery that came early is there.
    - timeout: the task fails without a retry, or is skipped with `soft_fail`; the message says the same.

    A source that cannot be read is logged and looked at again; if it still cannot be read at the timeout, the task
    fails and is retried, and is never skipped.

    Parameters
    ----------
    source
        A path, a glob, an `ObjectStoragePath`, or, with `column`, a table behind a connection.
    column
        The column of times whose newest value counts; times of the future do not. None: when the newest file was
        written.
    max_age
        How old the newest may be.
    every
        Time between two deliveries. One of it and `max_age` is needed; with both, both have to hold.
    anchor
        A moment at which a delivery is due, such as the first one. None: each is due `every` after the one before it
        came, so that a late one moves those after it.
    grace
        How much later than due a delivery may come before it is late; as much earlier it counts as early.
    partition
        Column to value: only these rows, and files whose path says so, count.
    as_of
        The moment for which ages are counted; by default now.
    **kwargs
        See `WaitingSensor`: `deferrable`, `poke_interval`, `timeout`, `mode`, `soft_fail`.

    Notes
    -----
    Templated: `source`, `column`, `partition`, `as_of`.

    XCom: ``{"newest": …, "age_hours": …, "state": "on time", "next_due": …}`` as return value.
    """

    template_fields: Sequence[str] = ("source", "column", "partition", "as_of")
    template_fields_renderers: ClassVar[dict[str, str]] = {"partition": "json"}
    ui_color = "#e6f0ea"

    source = Veiled()

    def __init__(
        self,
        *,
        source: Any,
        column: str | None = None,
        max_age: timedelta | None = None,
        every: timedelta | None = None,
        anchor: datetime | None = None,
        grace: timedelta = timedelta(0),
        partition: Mapping[str, Any] | None = None,
        as_of: datetime | str | None = None,
        **kwargs: Any,
    ) -> None:
        from airflow_mlquality.sensors.feeds import Feed

        super().__init__(**kwargs)
        if max_age is None and every is None:
            msg = "max_age=None, every=None: nothing would ever be too old. Give one of them"
            raise ValueError(msg)
        if anchor is not None and anchor.tzinfo is None:
            anchor = anchor.replace(tzinfo=UTC)
        self.source = source
        self.column = column
        self.max_age = max_age
        self.feed = Feed(every=every, anchor=anchor, grace=grace) if every is not None else None
        self.partition = partition
        self.as_of = as_of
        self._seen = ""

    # ---- looking ----

    def look(self, context: Context) -> Look:
        """Find the newest, and hold it against its age and its feed."""
        from airflow_mlquality.operators.moments import moment
        from airflow_mlquality.sensors.seeing import as_one, seen_each, watchable

        chosen = self._chosen()
        self._seen = as_one(seen_each([watchable(self.source)], chosen))
        at = moment(self.as_of) or datetime.now(UTC)
        newest = self._newest_row(context, at) if self.column else self._newest_file()
        standing = self.feed.standing(newest, at) if self.feed else None
        if newest is None:
            return Look(is_done=False, reason=f"there is no {self._what()} yet{f'; {standing}' if standing else ''}")
        age = at - newest
        is_young = self.max_age is None or age <= self.max_age
        allowed = f", {self.max_age} allowed" if self.max_age is not None else ""
        reason = f"the newest {self._what()} is {timedelta(seconds=int(age.total_seconds()))} old{allowed}"
        told = f"{reason}; {standing}" if standing else reason
        if not is_young or (standing and standing.lacking):
            return Look(is_done=False, reason=told)
        value = {
            "newest": newest.isoformat(),
            "age_hours": round(age.total_seconds() / 3600, 4),
            "state": str(standing.state) if standing else "",
            "next_due": standing.next_due.isoformat() if standing and standing.next_due else "",
        }
        return Look(is_done=True, reason=told, value=value)

    def change(self, context: Context, waiting: dict[str, Any]) -> ChangeTrigger:  # noqa: ARG002  others need it
        """Return the trigger that watches the files: what does not change does not become fresh."""
        from airflow_mlquality.sensors.seeing import watchable
        from airflow_mlquality.triggers.watching import SourceTrigger

        seen = "" if self._last.failed else self._seen
        return SourceTrigger(sources=[watchable(self.source)], partition=self._chosen(), seen=seen, **waiting)

    def _what(self) -> str:
        return f"'{self.column}'" if self.column else "file"

    def _chosen(self) -> dict[str, str]:
        return {name: str(value) for name, value in (self.partition or {}).items()}

    def _newest_file(self) -> datetime | None:
        from airflow_mlquality.engines.fingerprints import newest_file
        from airflow_mlquality.operators.endings import WrongUsage
        from airflow_mlquality.operators.locations import located
        from airflow_mlquality.sensors.seeing import watchable

        path = watchable(self.source)
        if not path:
            msg = f"source={self.source}: it has no files that tell when they were written. Give column="
            raise WrongUsage(msg)
        return newest_file(located(path), self._chosen())

    def _newest_row(self, context: Context, at: datetime) -> datetime | None:
        from airflow_mlquality.engines.fingerprints import ABSENT, seen
        from airflow_mlquality.operators.locations import located
        from airflow_mlquality.sensors.seeing import watchable

        self._refuse_memory()
        path = watchable(self.source)
        if path and seen(located(path), self._chosen()) == ABSENT:
            return None
        report = self._report(context, at)
        verdict = next((each for each in report.verdicts if each.check == "freshness"), None)
        if verdict is None or verdict.outcome == "error" or report.rows is None:
            from airflow_mlquality.operators.endings import InfrastructureError

            raise InfrastructureError(report.worst_first()[0].reason)
        newest = verdict.evidence.get("newest")
        return datetime.fromisoformat(newest) if newest else None

    def _report(self, context: Context, at: datetime) -> Report:
        from airflow_mlquality.audit import audit
        from airflow_mlquality.errors import ContractError, UsageError
        from airflow_mlquality.operators.endings import WrongUsage
        from airflow_mlquality.operators.locations import located
        from airflow_mlquality.operators.measuring import asked_by
        from airflow_mlquality.operators.settings import engine_settings

        contract = {
            "version": 1,
            "contract": self.task_id,
            "columns": {self.column: {"freshness": {"fail": "1000000w"}}},  # only its age is asked for
        }
        try:
            return audit(
                contract,
                located(unveiled(self.source), asked_by(context)),
                partition=self._chosen() or None,
                as_of=at,
                settings=engine_settings(),
            )
        except (ContractError, UsageError) as error:
            raise WrongUsage(str(error)) from None

    def _refuse_memory(self) -> None:
        from airflow_mlquality.operators.endings import WrongUsage

        if isinstance(self.source, InMemory):
            msg = f"source={self.source}: rows in memory never change, so that waiting is in vain. Use a gate"
            raise WrongUsage(msg)

    def on_kill(self) -> None:
        """Stop what is measured, on the other side too."""
        from airflow_mlquality.operators.measuring import stop_measuring

        stop_measuring()

"""Recording a choice, then applying it: in this order, so that whoever comes after a task that died knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from airflow_mlquality.operators.endings import InfrastructureError, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

    from airflow_mlquality.fallback import Choice, Record
    from airflow_mlquality.operators.fallback import ModelFallbackOperator
    from airflow_mlquality.store import Store


class Applying:
    """One run of a fallback, and the choices that were made before it.

    Parameters
    ----------
    task
        The operator.
    context
        Of the task.
    store
        Where choices are kept.

    Attributes
    ----------
    name
        Under which choices are remembered.
    at
        The moment that the choice is about.
    choices
        Those that were made.
    """

    def __init__(self, task: ModelFallbackOperator, context: Context, store: Store) -> None:
        from airflow_mlquality.fallback import Choices
        from airflow_mlquality.operators.moments import moment, moments

        ti = context["ti"]
        own = task.name or f"{ti.dag_id}.{ti.task_id}"
        self.name = own if ti.map_index in (None, -1) else f"{own}[{ti.map_index}]"
        self._at_text = moments(context, moment(task.as_of))["at"]
        self.at = datetime.fromisoformat(self._at_text)
        self.choices = Choices(store, self.name, dry=task.is_dry_run)
        self._task = task
        self._run_id = ti.run_id

    def recorded(self, choice: Choice, reports: Mapping[str, Sequence[str]]) -> tuple[Record, str]:
        """Keep the choice with what is to become of it; return the record and its address."""
        from airflow_mlquality.fallback import Record
        from airflow_mlquality.fallback.choices import DRY, INTENDED, WITHHELD

        record = Record.of(
            choice,
            name=self.name,
            at=self._at_text,
            run_id=self._run_id,
            reports=reports,
            target=str(self._task.target),
        )
        later = self._later()
        if not choice.name:
            record = replace(record, state=WITHHELD, why_withheld="no candidate can be trusted")
        elif self._task.is_dry_run:
            record = replace(record, state=DRY, why_withheld="a dry run applies nothing")
        elif later:
            self._make_up(record, later)
            record = replace(record, state=WITHHELD, why_withheld=_superseded(later))
        else:
            record = replace(record, state=INTENDED)
        return self._kept(record)

    def applied(self, record: Record) -> tuple[Record, str]:
        """Apply a record that is to be applied; return it as it ended, and its address.

        Between the look for something newer and the request to the target, a run about a later moment may apply its
        own choice, which this one then overwrites. So it looks again, and sends the newer choice once more.
        """
        from airflow_mlquality.fallback.choices import APPLIED, WITHHELD

        later, is_sent = self._later(), False
        if later is None:
            is_sent = self._send(record, self.choices.last_applied())
            later = self._later()
            if later is None:
                return self._kept(replace(record, state=APPLIED))
        if is_sent:
            self._send(later, f"instead of {record.at} {record.candidate}")
        self._task.log.warning("Not applied: %s", _superseded(later))
        return self._kept(replace(record, state=WITHHELD, why_withheld=_superseded(later)))

    def _later(self) -> Record | None:
        """Return the newest choice, if it is about a later moment and this one must not take its place."""
        if self._task.apply_backfills or self._task.is_dry_run:
            return None
        newest = self.choices.newest(str(self._task.target))
        return newest if newest is not None and newest.moment > self.at else None

    def _make_up(self, record: Record, later: Record) -> None:
        """Send the newer choice again, where an earlier try about this moment died and may have overwritten it."""
        from airflow_mlquality.fallback.choices import INTENDED

        tried = self.choices.about(record.moment)
        if tried and tried[0].state == INTENDED:
            self._send(later, f"instead of {record.at} {tried[0].candidate}")

    def _send(self, record: Record, after: str) -> bool:
        """Apply a record; return whether anything was sent."""
        target, log = self._task.target, self._task.log
        if target is None:
            return False
        is_sent = target.apply(record, after)
        log.info(
            "%s %s '%s'",
            target,
            "serves now" if is_sent else "serves already, so that nothing was sent:",
            record.candidate,
        )
        return is_sent

    def _kept(self, record: Record) -> tuple[Record, str]:
        try:
            address, kept = self.choices.write(record)
        except OSError as failed:
            why = f"{type(failed).__name__}: {failed}"
            msg = (
                f"the choice '{record.candidate}' could not be kept in {self.choices.store.root} ({why}). See that it "
                "is reachable and may be written, and run the task again"
            )
            raise InfrastructureError(msg) from None
        except (TypeError, ValueError):
            msg = f"candidate '{record.candidate}': its ref is no JSON, so that it cannot be kept. Give text or numbers"
            raise WrongUsage(msg) from None
        return kept, address


def _superseded(later: Record) -> str:
    return (
        f"there is a choice about a later moment ({later.at}: '{later.candidate}'), which serves. To let the past "
        "decide all the same, set apply_backfills"
    )

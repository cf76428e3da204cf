"""What all sensors share: looking, waiting in a worker or in the triggerer, and how they end."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from airflow.sdk import BaseSensorOperator, PokeReturnValue

from airflow_mlquality.operators.endings import AirflowSkipException, InfrastructureError, WrongUsage
from airflow_mlquality.sensors.endings import AirflowSensorTimeout, Certain, TaskDeferralError, TaskDeferralTimeout

if TYPE_CHECKING:
    from airflow.sdk import Context

    from airflow_mlquality.triggers.watching import ChangeTrigger

SHORTEST = 10.0
"""Seconds: a deferred task that wakes sooner can be taken for a failed one by Airflow's scheduler."""
_GRACE = timedelta(minutes=5)
"""By how much Airflow's own timeout of a deferral is later than ours, which says why."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look found.

    Parameters
    ----------
    is_done
        Whether what is waited for is there.
    reason
        Why, or why not yet.
    value
        The task's return value, when done.
    failed
        Whether it could not be seen at all: infrastructure, which is no verdict.
    """

    is_done: bool
    reason: str
    value: Any = None
    failed: bool = False


class WaitingSensor(BaseSensorOperator):
    """A task that looks until what it waits for is there.

    A wrong contract or call fails the task at once, without a retry, whatever `soft_fail`, `never_fail` and
    `silent_fail` say. What cannot be reached is logged, and looked for again; when it still cannot be reached at the
    timeout, the task fails and is retried: it is not skipped, since nobody knows. A timeout is never retried, and is a
    skip with `soft_fail`. Its message ends with what the last look found.

    Parameters
    ----------
    deferrable
        Look once in the worker, and then leave waiting to the triggerer, which wakes a worker when something changed.
        By default ``[operators] default_deferrable``.
    **kwargs
        See Airflow's `BaseSensorOperator`: `poke_interval` (60 seconds), `timeout` (7 days), `mode`, `soft_fail`. In
        the triggerer `exponential_backoff` means nothing.
    """

    def __init__(self, *, deferrable: bool | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if deferrable is None:
            from airflow.configuration import conf

            deferrable = conf.getboolean("operators", "default_deferrable", fallback=False)
        self.deferrable = deferrable
        self._last = Look(is_done=False, reason="")

    # ---- what a subclass says ----

    @abstractmethod
    def look(self, context: Context) -> Look:
        """Return what there is to be seen; raise `WrongUsage` for what waiting cannot mend, anything for the rest."""

    @abstractmethod
    def change(self, context: Context, waiting: dict[str, Any]) -> ChangeTrigger:
        """Return the trigger that watches while the task sleeps.

        Parameters
        ----------
        context
            Of the task.
        waiting
            The arguments of every trigger but `seen`: how often to look, since when, until when.
        """

    def at_timeout(self, context: Context) -> None:
        """Leave what is known when time is up; by default nothing."""

    # ---- looking ----

    def poke(self, context: Context) -> PokeReturnValue:
        """Look once."""
        self._last = self._looked(context)
        return PokeReturnValue(is_done=self._last.is_done, xcom_value=self._last.value)

    def _looked(self, context: Context) -> Look:
        try:
            found = self.look(context)
        except WrongUsage as wrong:
            raise Certain(wrong) from None
        except Exception as error:
            self.log.exception("Could not look; it is tried again in %s seconds", self.poke_interval)
            return Look(is_done=False, reason=f"could not look: {type(error).__name__}: {error}", failed=True)
        self.log.info("%s: %s", "There" if found.is_done else "Not yet", found.reason)
        return found

    # ---- waiting ----

    def execute(self, context: Context) -> Any:
        """Look; then wait as `mode` and `deferrable` say."""
        try:
            return self._deferring(context, datetime.now(UTC)) if self.deferrable else self._poking(context)
        except Certain as wrong:
            raise wrong.error from None

    def _poking(self, context: Context) -> Any:
        try:
            return super().execute(context)
        except (AirflowSensorTimeout, AirflowSkipException):
            self._end(context)

    def resumed(self, context: Context, event: dict[str, Any]) -> Any:
        """Look again after the trigger woke the task."""
        return self._deferring(context, datetime.fromisoformat(event["started"]))

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        """Go on after a deferral; a trigger that broke is no timeout, and no skip."""
        try:
            return self._resuming(next_method, next_kwargs, context)
        except Certain as wrong:
            raise wrong.error from None
        except TaskDeferralError as broken:
            msg = f"the trigger failed while the task waited: {broken}"
            raise InfrastructureError(msg) from None

    def _resuming(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context) -> Any:
        try:
            # past the sensor's own, which makes a skip of every exception
            return super(BaseSensorOperator, self).resume_execution(next_method, next_kwargs, context)
        except TaskDeferralTimeout:
            if self.poke(context).is_done:
                return self._last.value
            self._end(context)

    def _deferring(self, context: Context, started: datetime) -> Any:
        return self._last.value if self.poke(context).is_done else self._sleep(context, started)

    def _sleep(self, context: Context, started: datetime) -> NoReturn:
        deadline = started + timedelta(seconds=self.timeout)
        left = deadline - datetime.now(UTC)
        if left <= timedelta(0):
            self._end(context)
        if self.poke_interval < SHORTEST:
            self.log.warning(
                "poke_interval=%s: a deferred task that wakes within %s seconds can be taken for a failed one by the "
                "scheduler. Give more, or deferrable=False",
                self.poke_interval,
                SHORTEST,
            )
        waiting = {
            "poke_interval": self.poke_interval,
            "started": started.isoformat(),
            "deadline": deadline.isoformat(),
        }
        self.log.info("Waiting in the triggerer, until %s at the latest", f"{deadline:%Y-%m-%d %H:%M:%S} UTC")
        self.defer(trigger=self.change(context, waiting), method_name="resumed", timeout=left + _GRACE)

    # ---- ending ----

    def _end(self, context: Context) -> NoReturn:
        """End at the timeout.

        Raises
        ------
        InfrastructureError
            When the last look could not see: nobody knows whether it came.
        """
        text = f"waited {timedelta(seconds=self.timeout)} in vain. {self._last.reason}"
        if self._last.failed:
            raise InfrastructureError(text)
        self.at_timeout(context)
        if self.soft_fail or self.never_fail:
            raise AirflowSkipException(text)
        raise AirflowSensorTimeout(text)

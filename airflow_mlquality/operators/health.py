"""Whether a candidate can serve, whatever its data: its endpoint answers, its version is ready."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from airflow_mlquality.operators.endings import WrongUsage

if TYPE_CHECKING:
    from airflow_mlquality.fallback import Health


class CandidateHealth(ABC):
    """What tells whether a candidate can serve. Making one asks nothing; it is asked when the task runs."""

    @abstractmethod
    def of(self, ref: Any) -> Health:
        """Return what was found.

        Parameters
        ----------
        ref
            The candidate's reference.

        Raises
        ------
        NoAnswerError
            When it cannot be known now; a retry may help.
        """


class EndpointAnswers(CandidateHealth):
    """The model's endpoint answers a GET with 200 to 299, in time.

    One that does not answer is not well: that is what was asked, and no reason to wait.

    Parameters
    ----------
    conn_id
        Airflow connection of the type `mlquality_endpoint`, or any that names a web service.
    path
        By default that of the connection (`health` in its extra), else ``/``.
    """

    def __init__(self, conn_id: str, path: str = "") -> None:
        self.conn_id = conn_id
        self.path = path

    def __repr__(self) -> str:
        """Return what it is."""
        return f"EndpointAnswers('{self.conn_id}'{f', {self.path!r}' if self.path else ''})"

    def of(self, ref: Any) -> Health:  # noqa: ARG002  the endpoint is the candidate's, whatever it serves
        """Return whether it answers."""
        from airflow_mlquality.fallback import Health
        from airflow_mlquality.hooks.endpoint import EndpointHook

        try:
            is_good, why = EndpointHook(self.conn_id).is_healthy(self.path)
        except WrongUsage as wrong:
            is_good, why = False, str(wrong)
        return Health(is_good=is_good, why=why)


class MlflowReady(CandidateHealth):
    """The version that the candidate's `ref` names is registered in MLflow, and ready.

    Parameters
    ----------
    model
        Name of the registered model, where `ref` is a bare version.
    conn_id
        Airflow connection to MLflow.
    """

    def __init__(self, model: str = "", conn_id: str = "mlflow_default") -> None:
        self.model = model
        self.conn_id = conn_id

    def __repr__(self) -> str:
        """Return what it is."""
        return f"MlflowReady({repr(self.model) if self.model else ''})"

    def of(self, ref: Any) -> Health:
        """Return whether it is ready."""
        from airflow_mlquality.fallback import Health
        from airflow_mlquality.hooks.mlflow import MlflowHook, ModelRef

        named = ModelRef.of(ref, self.model)
        if named is None:
            return Health(is_good=False, why=f"ref={ref!r} names no version of a model in MLflow")
        try:
            found = MlflowHook(self.conn_id).find(named)
        except WrongUsage as wrong:
            return Health(is_good=False, why=str(wrong))
        which = f"version {named.version}" if named.version else f"alias {named.alias}"
        if found is None:
            return Health(is_good=False, why=f"MLflow knows no {which} of the model '{named.model}'")
        said = f"MLflow says that version {found.version} of '{named.model}' is {found.status or 'in no state'}"
        return Health(is_good=found.is_ready, why=said)

"""Where a chosen model is made to serve: an alias in MLflow, an endpoint, a Variable of Airflow."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from airflow_mlquality.operators.endings import InfrastructureError, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.fallback import Record
    from airflow_mlquality.hooks.endpoint import EndpointHook
    from airflow_mlquality.hooks.mlflow import MlflowHook

SENT = ("choice", "ref")
METHODS = ("PUT", "POST", "PATCH")


class UnservableError(Exception):
    """A candidate's reference names nothing that the target could serve."""


class Target(ABC):
    """Where a choice is applied. Making one asks nothing; it is asked when the task runs.

    Attributes
    ----------
    template_fields
        Its templated fields.
    """

    template_fields: Sequence[str] = ()

    def resolved(self, ref: Any) -> Any:
        """Return what would be served for a candidate's reference, such as the version behind an alias.

        Raises
        ------
        UnservableError
            When there is no such thing.
        """
        return ref

    @abstractmethod
    def holds(self, record: Record) -> bool:
        """Return whether it is as chosen already."""

    @abstractmethod
    def send(self, record: Record, after: str) -> None:
        """Make it as chosen; may be done twice.

        Parameters
        ----------
        record
            The choice.
        after
            What was applied before; tells a repeated request from one for the same choice after another.
        """

    def apply(self, record: Record, after: str) -> bool:
        """Make it as chosen, unless it is so already; return whether anything was sent."""
        if self.holds(record):
            return False
        self.send(record, after)
        return True


class MlflowAlias(Target):
    """An alias of a registered model, which is pointed to the chosen version.

    Each candidate's `ref` is a version's number, or MLflow's ``models:/MODEL/VERSION`` or ``models:/MODEL@ALIAS``, of
    another alias than this one. A candidate whose version is not there cannot be chosen.

    Parameters
    ----------
    model
        Name of the registered model.
    alias
        Such as ``serving``; whoever serves loads ``models:/MODEL@serving``.
    conn_id
        Airflow connection to MLflow.

    Notes
    -----
    Templated: `model`, `alias`, `conn_id`.
    """

    template_fields: Sequence[str] = ("model", "alias", "conn_id")

    def __init__(self, model: str, alias: str, conn_id: str = "mlflow_default") -> None:
        self.model = model
        self.alias = alias
        self.conn_id = conn_id

    def __repr__(self) -> str:
        """Return what it is."""
        return f"MlflowAlias('{self.model}@{self.alias}')"

    def resolved(self, ref: Any) -> str:
        """Return the number of the version that a reference names, as it is now."""
        from airflow_mlquality.hooks.mlflow import ModelRef

        named = ModelRef.of(ref, self.model)
        if named is None or named.model != self.model:
            msg = (
                f"ref={ref!r}: names no version of the model '{self.model}'. Give a version's number, "
                f"models:/{self.model}/VERSION or models:/{self.model}@ALIAS"
            )
            raise UnservableError(msg)
        if named.alias and named.alias == self.alias:
            msg = (
                f"ref={ref!r}: is the alias that this task points to what it chooses, so that it would name itself. "
                "Give the candidate an alias of its own, such as champion beside serving"
            )
            raise WrongUsage(msg)
        found = self._hook().find(named)
        if found is None:
            which = f"version {named.version}" if named.version else f"alias {named.alias}"
            raise UnservableError(f"the model '{self.model}' has no {which}")
        return found.version

    def holds(self, record: Record) -> bool:
        """Return whether the alias names the version already."""
        return self._hook().alias(self.model, self.alias) == str(record.ref)

    def send(self, record: Record, after: str) -> None:  # noqa: ARG002  pointing an alias twice is pointing it once
        """Point the alias to the version."""
        self._hook().set_alias(self.model, self.alias, str(record.ref))

    def _hook(self) -> MlflowHook:
        from airflow_mlquality.hooks.mlflow import MlflowHook

        return MlflowHook(self.conn_id)


class HttpEndpoint(Target):
    """A web service that is told what to serve.

    It is sent ``{"name": candidate, "ref": …, "at": moment}``, or the reference alone, as JSON, with a header
    ``Idempotency-Key`` that is the same for every repetition of one choice.

    Parameters
    ----------
    conn_id
        Airflow connection of the type `mlquality_endpoint`, or any that names a web service.
    path
        Where it takes the choice, such as ``/v1/serving``.
    method
        `PUT`, `POST` or `PATCH`; whichever, the same request may arrive twice.
    current
        Path that answers a GET with what it was last sent, as JSON; when that is the choice already, nothing is sent.
        Without it the choice is sent at every run, so that a service that forgot is told again.
    sends
        `choice`, or `ref` for the reference alone.

    Notes
    -----
    Templated: `conn_id`, `path`, `current`.
    """

    template_fields: Sequence[str] = ("conn_id", "path", "current")

    def __init__(
        self, conn_id: str, path: str, *, method: str = "PUT", current: str = "", sends: str = "choice"
    ) -> None:
        from airflow_mlquality.errors import UsageError

        for name, given, choices in (("method", method, METHODS), ("sends", sends, SENT)):
            if given not in choices:
                raise ValueError(str(UsageError.unknown_choice(name, given, choices)))
        self.conn_id = conn_id
        self.path = path
        self.method = method
        self.current = current
        self.sends = sends

    def __repr__(self) -> str:
        """Return what it is."""
        return f"HttpEndpoint('{self.conn_id}', '{self.path}')"

    def holds(self, record: Record) -> bool:
        """Return whether the service says that it serves that already; what it says otherwise counts for nothing."""
        if not self.current:
            return False
        answer = self._hook().ask("GET", self.current)
        said = answer.json() if answer.is_ok else None
        if self.sends == "ref":
            return record.ref is not None and bool(said == record.ref)
        return isinstance(said, dict) and (said.get("name"), said.get("ref")) == (record.candidate, record.ref)

    def send(self, record: Record, after: str) -> None:
        """Tell the service."""
        hook = self._hook()
        whole = {"name": record.candidate, "ref": record.ref, "at": record.at}
        body = record.ref if self.sends == "ref" else whole
        answer = hook.ask(
            self.method, self.path, body=body, headers={"Idempotency-Key": idempotency_key(record, after)}
        )
        if answer.status == 409:  # noqa: PLR2004  the same request is under way
            msg = f"{self!r}: the same choice is being applied there (409). Run the task again"
            raise InfrastructureError(msg)
        if not answer.is_ok:
            raise hook.refused(answer, f"{self.method} {self.path}")

    def _hook(self) -> EndpointHook:
        from airflow_mlquality.hooks.endpoint import EndpointHook

        return EndpointHook(self.conn_id)


class AirflowVariable(Target):
    """A Variable of Airflow, which scoring tasks read: ``{"name": candidate, "ref": …, "since": moment}`` as JSON.

    Parameters
    ----------
    key
        Of the Variable.

    Notes
    -----
    Templated: `key`.
    """

    template_fields: Sequence[str] = ("key",)

    def __init__(self, key: str) -> None:
        self.key = key

    def __repr__(self) -> str:
        """Return what it is."""
        return f"AirflowVariable('{self.key}')"

    def holds(self, record: Record) -> bool:
        """Return whether the Variable names that candidate already."""
        from airflow.sdk import Variable

        try:
            said = json.loads(Variable.get(self.key, default="") or "null")
        except (TypeError, ValueError):
            return False
        return isinstance(said, dict) and (said.get("name"), said.get("ref")) == (record.candidate, record.ref)

    def send(self, record: Record, after: str) -> None:  # noqa: ARG002  writing it twice is writing it once
        """Write the Variable, and see that readers will find what was written."""
        from airflow.sdk import Variable

        written = json.dumps({"name": record.candidate, "ref": record.ref, "since": record.at})
        Variable.set(self.key, written, description=f"Chosen by '{record.name}'")
        if not self.holds(record):
            msg = (
                f"the Variable '{self.key}' was written and reads otherwise: an environment variable or a secrets "
                "backend names it too, and wins. Remove it there, or name another"
            )
            raise WrongUsage(msg)


def idempotency_key(record: Record, after: str) -> str:
    """Return what is the same for every repetition of one choice: its name, its moment, what was chosen, after what.

    Parameters
    ----------
    record
        The choice.
    after
        What was applied before it; a choice that comes again after another one is not a repetition.
    """
    parts = [record.name, record.at, record.candidate, json.dumps(record.ref, sort_keys=True), after]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]

"""The MLflow model registry, by REST: which version an alias names, and re-pointing it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.hooks.endpoint import EndpointHook
from airflow_mlquality.operators.endings import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.hooks.web import Answer, NoAnswerError

PROFILE_TAG = "mlquality.profile"
"""The tag of a model version that holds the address of the profile it was trained on."""
READY = "READY"
_API = "/api/2.0/mlflow"
_ALIAS = "registered-models/alias"
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")


@dataclass(frozen=True, kw_only=True)
class ModelRef:
    """A version of a registered model as people name it.

    Parameters
    ----------
    model
        Its name.
    version
        Its number, as text; empty when an alias names it.
    alias
        What names it.
    """

    model: str
    version: str = ""
    alias: str = ""

    @classmethod
    def of(cls, ref: Any, model: str = "") -> ModelRef | None:
        """Read a version's number, or MLflow's own ``models:/MODEL/VERSION`` and ``models:/MODEL@ALIAS``.

        Parameters
        ----------
        ref
            What was given.
        model
            Of a bare number.

        Examples
        --------
        >>> ModelRef.of("models:/delays@champion")
        ModelRef(model='delays', version='', alias='champion')
        >>> ModelRef.of(7, "delays") == ModelRef.of("models:/delays/7")
        True
        >>> ModelRef.of("s3://models/delays.pkl", "delays")
        """
        if isinstance(ref, bool) or not isinstance(ref, int | str):
            return None
        text = str(ref).strip()
        if re.fullmatch(r"[0-9]+", text):
            return cls(model=model, version=text) if model else None
        found = re.fullmatch(r"models:/([^/@:]+)(?:/([0-9]+)|@([A-Za-z_][\w-]*))", text)
        return cls(model=found[1], version=found[2] or "", alias=found[3] or "") if found else None


@dataclass(frozen=True, kw_only=True)
class ModelVersion:
    """A version of a registered model.

    Parameters
    ----------
    version
        Its number, as text.
    status
        `READY` when it can be served.
    tags
        Its own.
    """

    version: str
    status: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ready(self) -> bool:
        """Whether it can be served."""
        return self.status == READY


class MlflowHook(EndpointHook):
    """The model registry of an MLflow server, without MLflow's client.

    Parameters
    ----------
    conn_id
        Airflow connection of any type that names `host`, `port`, and `schema` for https; a login and a password, or a
        `token` in its extra.
    **kwargs
        See `EndpointHook`.
    """

    default_conn_name = "mlflow_default"
    conn_type = "mlquality_mlflow"
    hook_name = "MLflow (ML Quality)"
    service_name = "MLflow"

    def __init__(self, conn_id: str = default_conn_name, **kwargs: Any) -> None:
        super().__init__(conn_id, **kwargs)

    def training_profile(self, model: str, alias: str) -> str:
        """Return the address of the profile that a model was trained on; empty when none is known.

        It is what the tag `mlquality.profile` of the model version says.
        """
        found = self._aliased(model, alias)
        return found.tags.get(PROFILE_TAG, "") if found else ""

    def alias(self, model: str, alias: str) -> str:
        """Return the version that an alias names; empty when it names none."""
        found = self._aliased(model, alias)
        return found.version if found else ""

    def set_alias(self, model: str, alias: str, version: str) -> None:
        """Let an alias name a version."""
        self._told("POST", _ALIAS, {"name": model, "alias": alias, "version": str(version)})

    def version(self, model: str, version: str) -> ModelVersion | None:
        """Return a version of a model; None when there is none."""
        return self._version(self._call("GET", "model-versions/get", params={"name": model, "version": str(version)}))

    def find(self, ref: ModelRef) -> ModelVersion | None:
        """Return the version that was named; None when there is none."""
        return self.version(ref.model, ref.version) if ref.version else self._aliased(ref.model, ref.alias)

    def set_tag(self, model: str, version: str, key: str, value: str) -> None:
        """Write a tag of a model version."""
        self._told(
            "POST", "model-versions/set-tag", {"name": model, "version": str(version), "key": key, "value": value}
        )

    def is_healthy(self, path: str = "") -> tuple[bool, str]:
        """Return whether the registry can be asked, and what was found."""
        from airflow_mlquality.hooks.web import NoAnswerError

        if path:
            return super().is_healthy(path)
        try:
            self._call("GET", "registered-models/search", params={"max_results": "1"})
        except (NoAnswerError, WrongUsage) as failed:
            return False, str(failed)
        return True, f"{self.get_conn().name} answers, and the registry may be read"

    # ---- asking ----

    def _aliased(self, model: str, alias: str) -> ModelVersion | None:
        return self._version(self._call("GET", _ALIAS, params={"name": model, "alias": alias}))

    def _version(self, found: Mapping[str, Any] | None) -> ModelVersion | None:
        if found is None:
            return None
        try:
            read = found["model_version"]
            tags = {str(each["key"]): str(each.get("value", "")) for each in read.get("tags") or ()}
            return ModelVersion(version=str(read["version"]), status=str(read.get("status", "")), tags=tags)
        except (AttributeError, KeyError, TypeError):
            raise self._no_mlflow("its answer is no model version") from None

    def _call(
        self, method: str, what: str, *, params: Mapping[str, str] | None = None, body: Any = None
    ) -> Mapping[str, Any] | None:
        """Return what MLflow answers; None when it says that there is no such thing."""
        answer = self.ask(method, f"{_API}/{what}", params=params, body=body)
        content = answer.json()
        if not isinstance(content, dict):
            raise self._no_mlflow(f"it answers {answer.status} and no JSON object")
        if answer.is_ok:
            return content
        if content.get("error_code") in _ABSENT:
            return None
        raise self._refused(answer, content, what)

    def _told(self, method: str, what: str, body: Mapping[str, str]) -> None:
        if self._call(method, what, body=body) is None:
            named = ", ".join(f"{key} '{value}'" for key, value in body.items() if key != "value")
            msg = (
                f"{self.get_conn().name} knows no {named}, or does not take such names. See the model's page in "
                "MLflow, and register the version first"
            )
            raise WrongUsage(msg)

    def _refused(self, answer: Answer, content: Mapping[str, Any], what: str) -> WrongUsage:
        code = str(content.get("error_code", ""))[:80]
        return WrongUsage(
            f"{self.get_conn().name} refuses {what} ({answer.status} {code}). See in MLflow whether that is allowed"
        )

    def _no_mlflow(self, why: str) -> NoAnswerError:
        from airflow_mlquality.hooks.web import NoAnswerError

        service = self.get_conn()
        return NoAnswerError(
            f"{service.name}: {service.address} does not answer as MLflow does ({why}). See that the connection names "
            "the server's host, port and path, without /api, and that nothing in between answers in its place"
        )

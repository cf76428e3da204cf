"""The endpoint of a model: whether it is healthy, and telling it which model to serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseHook

from airflow_mlquality.operators.endings import WrongUsage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.hooks.web import Answer, Service

SCHEMES = ("http", "https")


class EndpointHook(BaseHook):
    """A web service that serves a model.

    The connection names `host` and `port`, and `schema` for https; a login and a password, or a `token` in its extra.
    Its extra may also hold `headers`, `verify` (false, or the path of a certificate authority), `health` (the path
    that tells whether the service is well), `timeout`, `retries` and `pause`.

    Parameters
    ----------
    conn_id
        Airflow connection.
    timeout
        Seconds for one answer; by default the connection's, else 10.
    retries
        How often it is asked again when it does not answer, or that it cannot now; by default the connection's,
        else 3.
    pause
        Seconds before it is asked again, twice as long each time; by default the connection's, else 0.5.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "mlquality_endpoint_default"
    conn_type = "mlquality_endpoint"
    hook_name = "Model endpoint (ML Quality)"
    service_name = "The endpoint"

    def __init__(
        self,
        conn_id: str = default_conn_name,
        *,
        timeout: float | None = None,
        retries: int | None = None,
        pause: float | None = None,
    ) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.timeout = timeout
        self.retries = retries
        self.pause = pause
        self._service: Service | None = None

    def get_conn(self) -> Service:
        """Return the service behind the connection; nothing is asked yet.

        Raises
        ------
        WrongUsage
            When there is no such connection, or it names no service.
        """
        if self._service is None:
            from airflow_mlquality.hooks.web import Patience, Service

            connection = self._connection()
            extra = connection.extra_dejson
            headers = extra.get("headers") or {}
            token = str(extra.get("token") or "")
            self._mask(token, *(str(value) for value in headers.values()))
            self._service = Service(
                name=f"{self.service_name} (connection '{self.conn_id}')",
                address=address_of(connection, self.conn_id),
                login=connection.login or "",
                password=connection.password or "",
                token=token,
                headers={str(name): str(value) for name, value in headers.items()},
                verify=_verify(extra.get("verify", True)),
                patience=Patience(
                    seconds=self._number("timeout", extra, 10.0),
                    retries=int(self._number("retries", extra, 3)),
                    pause=self._number("pause", extra, 0.5),
                ),
            )
        return self._service

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a request that may arrive twice.

        Raises
        ------
        NoAnswerError
            When the service does not answer, or that it cannot now, however often it is asked.
        WrongUsage
            When it is not the service that was meant, or does not let us in.
        """
        service = self.get_conn()
        answer = service.ask(method, f"/{path.lstrip('/')}", params=params, body=body, headers=headers)
        if answer.status in (401, 403):
            msg = (
                f"{service.name} refuses {method} {path} ({answer.status}). See that the connection's login and "
                "password, or its token, are right and may do that"
            )
            raise WrongUsage(msg)
        if 300 <= answer.status < 400:  # noqa: PLR2004  what HTTP calls a redirection
            msg = (
                f"{service.name} sends {method} {path} elsewhere ({answer.status}). Name that address in the connection"
            )
            raise WrongUsage(msg)
        return answer

    def refused(self, answer: Answer, what: str) -> WrongUsage:
        """Return the exception for an answer that no retry makes better.

        Parameters
        ----------
        answer
            Of the service; its text is not shown.
        what
            What was asked, such as ``POST /model``.
        """
        service = self.get_conn()
        return WrongUsage(
            f"{service.name} does not take {what}: it answers {answer.status}. See that {service.address} is the "
            "service that was meant, and that the path and the value are such as it takes"
        )

    def is_healthy(self, path: str = "") -> tuple[bool, str]:
        """Return whether the service says that it is well, and what was found.

        Parameters
        ----------
        path
            By default that of the connection (`health` in its extra), else ``/``. Any answer from 200 to 299 is well.
        """
        from airflow_mlquality.hooks.web import NoAnswerError

        asked = path or str(self._connection().extra_dejson.get("health") or "/")
        try:
            answer = self.ask("GET", asked)
        except (NoAnswerError, WrongUsage) as failed:
            return False, str(failed)
        well = f"{self.get_conn().name} answers GET {asked} with {answer.status}"
        return answer.is_ok, well

    def test_connection(self) -> tuple[bool, str]:
        """Return whether the connection works, and what was found; Airflow's form asks, and somebody waits."""
        try:
            return type(self)(self.conn_id, timeout=self.timeout, retries=0).is_healthy()
        except WrongUsage as wrong:
            return False, str(wrong)

    def _connection(self) -> Any:
        from airflow_mlquality.errors import UsageError
        from airflow_mlquality.operators.endings import AirflowNotFoundException

        try:
            return self.get_connection(self.conn_id)
        except AirflowNotFoundException:
            raise WrongUsage(str(UsageError.no_connection(self.conn_id))) from None

    def _number(self, name: str, extra: Mapping[str, Any], default: float) -> float:
        given = getattr(self, name)
        given = extra.get(name) if given is None else given
        try:
            number = default if given in (None, "") else float(given)
        except (TypeError, ValueError):
            number = -1.0
        if number < 0:
            msg = f"connection '{self.conn_id}': {name} is no number from 0 on. Correct its extra"
            raise WrongUsage(msg)
        return number

    @staticmethod
    def _mask(*secrets: str) -> None:
        from airflow.sdk.log import mask_secret

        for secret in filter(None, secrets):
            mask_secret(secret)


def address_of(connection: Any, conn_id: str) -> str:
    """Return scheme, host, port and path that a connection names, without a slash at its end.

    Raises
    ------
    WrongUsage
        When it names no host, or a scheme that is not the web's.
    """
    host, schema = (connection.host or "").strip(), (connection.schema or "").strip() or "http"
    url = urlsplit(host if "://" in host else f"{schema}://{host}")
    if not url.hostname or url.scheme not in SCHEMES or url.username:
        msg = (
            f"connection '{conn_id}' names no web service. Give its host, such as models.example.com, its port, and "
            "https as its schema where it has a certificate; a login goes into the connection's own fields"
        )
        raise WrongUsage(msg)
    try:
        port = url.port or connection.port
    except ValueError:
        port = connection.port
    name = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{url.scheme}://{name}{f':{port}' if port else ''}{quote(url.path.rstrip('/'), safe='/%')}"


def _verify(given: Any) -> bool | str:
    """Return whether a certificate is checked, or with which authorities; text of a form is read as it was meant."""
    if isinstance(given, str):
        return {"": True, "true": True, "false": False}.get(given.strip().lower(), given)
    return bool(given)

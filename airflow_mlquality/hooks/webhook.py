"""A receiver of messages behind an Airflow connection: a chat's webhook, or any other address that takes JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.sdk import BaseHook

from airflow_mlquality.operators.endings import InfrastructureError, WrongUsage

if TYPE_CHECKING:
    from airflow_mlquality.hooks.web import Answer, Service

SCHEMES = ("http", "https")
OURS = ("mlquality_webhook", "slackwebhook")
"""Connection types whose password is the secret end of the address, or all of it."""
_NO_HEADERS = {
    "allow_redirects",
    "auth_kwargs",
    "auth_type",
    "cert",
    "check_response",
    "max_redirects",
    "proxies",
    "proxy",
    "stream",
    "timeout",
    "trust_env",
    "verify",
}
"""What an `http` connection's extra may say beside headers."""


_VERIFIED = {"true": True, "false": False, "": True}
"""What a form's text says of a certificate; anything else is the path of authorities."""


class NotSentError(InfrastructureError):
    """The receiver did not take the message."""


class WebhookHook(BaseHook):
    """A receiver of messages.

    In a connection of type `mlquality_webhook`, the address is `host` followed by the password: the end of a
    webhook's address, or all of it, is a secret. Its extra may hold `headers`, `verify` (false, or the path of a
    certificate authority) and `token`, sent as ``Authorization: Bearer …``. Of an `http` connection `schema`, `host`,
    `port`, `login`, `password` and the headers in its extra are used, as Airflow's own HTTP hook does.

    Parameters
    ----------
    conn_id
        Airflow connection.
    endpoint
        Path behind the address of the connection.
    timeout
        Seconds for one answer.
    retries
        How often a receiver is asked again that does not answer, or answers 429 or that it cannot now.
    """

    conn_name_attr = "conn_id"
    default_conn_name = "mlquality_webhook_default"
    conn_type = "mlquality_webhook"
    hook_name = "Webhook (ML Quality)"

    def __init__(
        self, conn_id: str = default_conn_name, *, endpoint: str = "", timeout: float = 10.0, retries: int = 3
    ) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.endpoint = endpoint
        self.timeout = timeout
        self.retries = retries

    def get_conn(self) -> Service:
        """Return the receiver behind the connection; nothing is sent yet.

        Raises
        ------
        WrongUsage
            When there is no such connection, or it names no address.
        """
        from airflow.sdk.log import mask_secret

        from airflow_mlquality.hooks.web import Patience, Service

        connection = self._connection()
        extra = connection.extra_dejson
        is_ours = connection.conn_type in OURS
        address, headers = _address(connection, self.endpoint, is_ours=is_ours), _headers(extra, is_ours=is_ours)
        parts = urlsplit(address)
        if parts.scheme not in SCHEMES or not parts.hostname:
            msg = (
                f"Connection '{self.conn_id}' names no address that takes messages. Give its host as in "
                "https://hooks.example.com/services, and the secret end of the address as its password"
            )
            raise WrongUsage(msg)
        for secret in (address, parts.path, *headers.values(), str(extra.get("token") or "")):
            if len(secret) >= 5:  # noqa: PLR2004  masking `/` would mask every path
                mask_secret(secret)
        return Service(
            name=f"The receiver (connection '{self.conn_id}')",
            address=address,
            login="" if is_ours else connection.login or "",
            password="" if is_ours else connection.password or "",
            token=str(extra.get("token") or "") if is_ours else "",
            headers=headers,
            verify=_VERIFIED.get(str(extra.get("verify", True)).lower(), str(extra.get("verify"))),
            patience=Patience(seconds=self.timeout, retries=self.retries, pause=1.0),
        )

    def _connection(self) -> Any:
        from airflow_mlquality.errors import UsageError
        from airflow_mlquality.operators.endings import AirflowNotFoundException

        try:
            return self.get_connection(self.conn_id)
        except AirflowNotFoundException:
            raise WrongUsage(str(UsageError.no_connection(self.conn_id))) from None

    def send(self, body: Any) -> None:
        """Send JSON.

        Parameters
        ----------
        body
            What `json.dumps` takes.

        Raises
        ------
        NotSentError
            When the receiver cannot be reached, or does not take it.
        WrongUsage
            When the connection is wrong.
        """
        from airflow_mlquality.hooks.web import NoAnswerError

        receiver = self.get_conn()
        try:
            answer = receiver.ask("POST", "", body=body)
        except NoAnswerError:  # whose text has the address, which is a secret
            msg = f"{receiver.name} cannot be reached, or cannot take messages now"
            raise NotSentError(msg) from None
        except WrongUsage:
            msg = f"{receiver.name} has an address or headers that cannot be used. Correct the connection"
            raise WrongUsage(msg) from None
        if not answer.is_ok or _is_refusal(answer):
            msg = f"{receiver.name} does not take the message: it answers {answer.status}"
            raise NotSentError(msg)


def _is_refusal(answer: Answer) -> bool:
    """Return whether it was refused although the status is fine; Teams' older webhooks say so in the text."""
    return b"returned HTTP error" in answer.body[:1000]


def _address(connection: Any, endpoint: str, *, is_ours: bool) -> str:
    host, secret = (connection.host or "").strip(), (connection.password or "").strip() if is_ours else ""
    if secret.startswith(("http://", "https://")):
        return _joined(secret, endpoint)
    if not host and connection.conn_type == "slackwebhook":
        host = "https://hooks.slack.com/services"
    if "://" not in host and host:
        default = "https" if is_ours else "http"
        host = f"{connection.schema if connection.schema in SCHEMES else default}://{host}"
    parts = urlsplit(host)
    if connection.port and parts.netloc and parts.port is None:
        host = parts._replace(netloc=f"{parts.netloc}:{connection.port}").geturl()
    return _joined(_joined(host, secret), endpoint)


def _joined(address: str, end: str) -> str:
    if not end or end.startswith("?"):
        return address + end
    return f"{address.rstrip('/')}/{end.lstrip('/')}"


def _headers(extra: dict[str, Any], *, is_ours: bool) -> dict[str, str]:
    given = extra.get("headers") or {} if is_ours else {k: v for k, v in extra.items() if k not in _NO_HEADERS}
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}

"""Asking a web service: with time-outs, again where that may help, and never without an end."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from airflow_mlquality.operators.endings import InfrastructureError, WrongUsage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from requests import PreparedRequest, Response

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes of an answer that are read; more is no answer of a service that is asked for one value."""
LONGEST_PAUSE = 30.0
"""Seconds; a service that asks for a longer pause is asked again by the task's own retry."""
_AGAIN = (408, 425, 429, 500, 502, 503, 504)
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a service is waited for.

    Parameters
    ----------
    seconds
        For one answer, from the connection to its last byte.
    retries
        How often it is asked again when it does not answer, or with 408, 425, 429, 500, 502, 503 or 504.
    pause
        Seconds before it is asked again; twice as long each time, 30 at most, and what ``Retry-After`` says if that
        is longer.
    """

    seconds: float = 10.0
    retries: int = 3
    pause: float = 0.5

    def before(self, attempt: int, asked_for: float = 0.0) -> float:
        """Return the seconds to wait before an attempt; the first one is number 0.

        >>> [Patience(pause=0.5).before(attempt) for attempt in (1, 2, 3, 10)]
        [0.5, 1.0, 2.0, 30.0]
        """
        return min(max(self.pause * 2.0 ** (attempt - 1), asked_for), LONGEST_PAUSE)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a service answered.

    Parameters
    ----------
    status
        HTTP status.
    body
        Its bytes.
    """

    status: int
    body: bytes = b""

    @property
    def is_ok(self) -> bool:
        """Whether it did what was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004  by definition

    def json(self) -> Any:
        """Return the body as JSON; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class NoAnswerError(InfrastructureError):
    """A service did not answer, or only that it could not; a retry of the task may help."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A web service behind an Airflow connection.

    Parameters
    ----------
    name
        For messages, such as ``MLflow (connection 'mlflow_default')``.
    address
        Scheme, host, port and path, without a slash at its end.
    login, password
        For basic authentication.
    token
        Sent as ``Authorization: Bearer …``; wins over a login.
    headers
        Sent with every request.
    verify
        Whether the certificate is checked, or the path of the authorities to check it with.
    patience
        How long it is waited for.
    """

    name: str
    address: str
    login: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    verify: bool | str = True
    patience: Patience = Patience()

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a request, whatever its status; ask again while the service cannot answer.

        Every request must be one that may arrive twice.

        Parameters
        ----------
        method, path
            The path begins with a slash.
        params
            Of the query.
        body
            Sent as JSON.
        headers
            Beside those of the service.

        Raises
        ------
        NoAnswerError
            When it did not answer in time, or only that it cannot now, as often as it was asked.
        WrongUsage
            When there is no asking such an address.
        """
        import requests

        why = ""
        for attempt in range(self.patience.retries + 1):
            asked_for = 0.0
            try:
                answer, asked_for = self._once(method, path, params, body, headers)
            except (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader) as wrong:
                why = type(wrong).__name__
                msg = f"{self.name}: {self.address}{path} cannot be asked ({why}). Correct the connection"
                raise WrongUsage(msg) from None
            except OSError as failed:  # what `requests` raises; and a connection that breaks while it is read
                why = reason(failed)
            else:
                if answer.status not in _AGAIN:
                    return answer
                why = f"it answers {answer.status}"
            if attempt < self.patience.retries:
                pause = self.patience.before(attempt + 1, asked_for)
                log.warning("%s: %s %s: %s; asking again in %.1f s", self.name, method, path, why, pause)
                time.sleep(pause)
        times = self.patience.retries + 1
        msg = (
            f"{self.name} does not do {method} {self.address}{path}: {why}, asked {times} time{'s' * (times > 1)}. "
            "See that it runs and that this machine reaches it, and run the task again"
        )
        raise NoAnswerError(msg)

    def _once(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Any,
        headers: Mapping[str, str] | None,
    ) -> tuple[Answer, float]:
        import requests

        deadline = time.monotonic() + self.patience.seconds
        with (
            requests.Session() as session,
            session.request(
                method,
                f"{self.address}{path}",
                params=dict(params or {}),
                data=None if body is None else json.dumps(body).encode(),
                headers={
                    "Accept": "application/json",
                    **({} if body is None else {"Content-Type": "application/json"}),
                    **self.headers,
                    **(headers or {}),
                },
                auth=self._authorize,
                timeout=self.patience.seconds,
                allow_redirects=False,  # a redirected POST would silently become a GET
                verify=self.verify,
                stream=True,
            ) as response,
        ):
            return Answer(status=response.status_code, body=_read(response, deadline)), _asked_for(response)

    def _authorize(self, request: PreparedRequest) -> PreparedRequest:
        """Add who asks; given as `auth`, so that no ``.netrc`` of the machine takes its place."""
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        elif self.login:
            from requests.auth import HTTPBasicAuth

            HTTPBasicAuth(self.login.encode(), self.password.encode())(request)
        return request


def reason(failed: OSError) -> str:
    """Return why there was no answer, without the address, which a log has already."""
    import requests

    if isinstance(failed, requests.exceptions.SSLError):
        return "its certificate is not trusted, or it speaks no TLS"
    if isinstance(failed, requests.Timeout | TimeoutError):
        return "it did not answer in time"
    if isinstance(failed, requests.ConnectionError):
        return "no connection"
    return f"its answer broke off or is none ({type(failed).__name__})"


def _read(response: Response, deadline: float) -> bytes:
    """Return the body; a service that trickles, or never ends, is one that does not answer."""
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    parts, size = [], 0
    try:
        while part := response.raw.read1(16_384, decode_content=True):  # whatever is there, not so many bytes
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER:
                msg = "answer too large"
                raise OSError(msg)
            if time.monotonic() > deadline:
                raise TimeoutError
    except ReadTimeoutError:
        raise TimeoutError from None
    except HTTPError as broken:
        raise ConnectionError(type(broken).__name__) from None
    return b"".join(parts)


def _asked_for(response: Response) -> float:
    """Return the seconds that a service asks to wait; none when it names a date or nothing."""
    try:
        return max(0.0, float(response.headers.get("Retry-After", "0")))
    except ValueError:
        return 0.0

"""A notifier that tells of a gate's state when it changes, once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseNotifier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

FORMATS = ("slack", "teams", "json", "powerbi")
LEVELS = ("undecided", "warn", "fail", "error")


class QualityWebhookNotifier(BaseNotifier):
    """Tell a chat, or any receiver of JSON, when the state of a gate changes.

    Give it to a gate as one of its `notifiers`. It is told of every run, good ones too, and sends a message when a
    good gate turns bad, when it becomes worse or milder, and when it recovers; a state that was told is not told
    again, by a rerun neither. What was told is kept in the store beside the reports, only once it was sent: what a
    receiver missed is told by the next run. A receiver that is down changes nothing in what the gate does.

    What is grouped is a gate in a DAG run: the instances of a mapped gate make one message, two gates make two. That
    of a mapped gate says what is known when it is sent, of how many instances, and that further ones are on the page;
    a worse instance makes one more. A recovery is told when all instances are good.

    The message says what is wrong and how much (the worst checks, what was observed and the bound), since when,
    what to do (the runbook first), and where to look. It holds no values of rows.

    Parameters
    ----------
    conn_id
        Connection of type `mlquality_webhook`, `http` or `slackwebhook`.
    format
        `slack`, `teams` (an Adaptive Card), `json` (``"format": "mlquality.alert/1"``, the fields of
        `airflow_mlquality.alerting.Alert`), or `powerbi` (a row per check that did not pass, the
        worst eight, or one that says all is good; for a push dataset).
    endpoint
        Path behind the address of the connection.
    cooldown
        For how long a message quiets others that are not worse; a recovery is always told.
    least
        The mildest state to tell of: `undecided` (where missing evidence stops something), `warn`, `fail` or `error`.
    only_changes
        False sends a message for every run, good or bad, and keeps no state; for dashboards.
    tell_backfills
        Whether to tell also of a state that a run about later data has left already.
    receiver
        Name under which is kept what was told; by default the connection's. Two notifiers with one connection that
        should each tell everything need two names.
    settling
        Seconds that the first bad instance of a mapped gate waits for others.
    timeout, retries
        Seconds for one answer of the receiver, and how often it is asked again; between, it waits 1, 2, 4 … seconds,
        or what the receiver asks for by ``Retry-After``, at most 30.

    Notes
    -----
    Templated: `conn_id`, `endpoint`.

    An error that Airflow will try again is not told before the last try.
    """

    every_run = True
    template_fields: Sequence[str] = ("conn_id", "endpoint")

    def __init__(  # noqa: PLR0913  each is one independent, named option
        self,
        conn_id: str = "mlquality_webhook_default",
        *,
        format: str = "slack",  # noqa: A002  the word that users look for
        endpoint: str = "",
        cooldown: timedelta = timedelta(hours=1),
        least: str = "undecided",
        only_changes: bool = True,
        tell_backfills: bool = False,
        receiver: str = "",
        settling: float = 5.0,
        timeout: float = 10.0,
        retries: int = 3,
    ) -> None:
        super().__init__()
        self.conn_id = conn_id
        self.format = format
        self.endpoint = endpoint
        self.cooldown = cooldown
        self.least = least
        self.only_changes = only_changes
        self.tell_backfills = tell_backfills
        self.receiver = receiver
        self.settling = settling
        self.timeout = timeout
        self.retries = retries
        for name, word, words in (("format", format, FORMATS), ("least", least, LEVELS)):
            if word not in words:
                from airflow_mlquality.errors import UsageError

                raise ValueError(str(UsageError.unknown_choice(name, word, words)))

    def notify(self, context: Context) -> None:
        """Send a message if the gate's state changed."""
        from airflow_mlquality.notifications.telling import Telling

        told: Any = context
        if "quality_audited" not in told:
            self.log.warning("QualityWebhookNotifier tells of gates: give it as one of a gate's notifiers")
            return
        if told.get("quality_retried"):
            self.log.info("No message yet: the task is tried again")
            return
        Telling(self, told).tell()

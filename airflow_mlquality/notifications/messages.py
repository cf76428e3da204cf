"""An alert as a receiver wants it: Slack, Teams, plain JSON, or rows of Power BI."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.levels import level_text
from airflow_mlquality.pages.words import plain_number, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from airflow_mlquality.alerting import Alert, Trouble

_SIGNS = {"good": "✅", "undecided": "❔", "warn": "⚠️", "fail": "❌", "error": "💥"}
_COLORS = {"good": "Good", "undecided": "Accent", "warn": "Warning", "fail": "Attention", "error": "Attention"}
_LONGEST_TITLE = 150
_LONGEST_SECTION = 2_900


def title(alert: Alert) -> str:
    """Return the one line that people read first."""
    gate = printable(f"{alert.contract} · {alert.dag_id}.{alert.task_id}")
    if alert.change == "recovered":
        return f"{_SIGNS['good']} RECOVERED {gate}"
    was = f" (was {alert.before})" if alert.change in ("worse", "better") else ""
    return f"{_SIGNS[alert.level]} {alert.level.upper()}{was} {gate}"


def facts(alert: Alert) -> Iterator[tuple[str, str]]:
    """Yield what else people need, each with a label, in the order of need."""
    if alert.runbook:
        yield "What to do", printable(alert.runbook)
    if alert.since:
        yield "Since" if alert.change != "recovered" else "Was bad since", _since(alert)
    yield "Data of", alert.at
    if alert.change != "recovered":
        yield "Next", "the DAG does not go on as planned" if alert.stops else "the DAG goes on"
    if alert.counts:
        counted = ", ".join(f"{count:,} {outcome}" for outcome, count in alert.counts.items())
        rows = "unread rows" if alert.rows is None else f"{alert.rows:,} rows"
        yield "Checks", f"{counted} on {rows}"
    if alert.instances_bad:
        yield "Instances", _instances(alert)
    if alert.owner:
        yield "Owner", printable(alert.owner)


def _since(alert: Alert) -> str:
    runs = f"{alert.runs:,} run{'' if alert.runs == 1 else 's'} in a row"
    return f"{alert.since} ({runs})" if alert.since_is_known else f"before {alert.since} (more than {runs})"


def _instances(alert: Alert) -> str:
    named = ", ".join(printable(each) for each in alert.instances)
    more = alert.instances_bad - len(alert.instances)
    tail = f" and {more:,} more" if more > 0 else ""
    whole = f", of {alert.instances_of:,} in all" if alert.instances_of else ""
    return (
        f"{alert.instances_bad:,} bad of {alert.instances_known:,} known so far{whole}: {named}{tail}; further ones "
        "are on the page"
    )


def trouble_text(trouble: Trouble) -> str:
    """Return what a check observed, and the bound that it was held against."""
    if trouble.observed is None:
        return trouble.cause or trouble.outcome
    unit = "" if trouble.unit in ("", "share") else f" {trouble.unit}"
    between = f" [{', '.join(plain_number(side) for side in trouble.interval)}]" if trouble.interval else ""
    level = trouble.warn if trouble.outcome == "warn" else trouble.fail
    bound = f", {'warn' if trouble.outcome == 'warn' else 'fail'} {level_text(level)}" if level is not None else ""
    places = f", in {trouble.instances:,} instances" if trouble.instances > 1 else ""
    return f"{plain_number(trouble.observed)}{unit}{between}{bound}{places}"


def lines(alert: Alert) -> list[str]:
    """Return the message as plain text."""
    told = [title(alert), *(f"{label}: {text}" for label, text in facts(alert))]
    for trouble in alert.troubles:
        told.append(f"- {trouble.outcome} {printable(trouble.id)}: {printable(trouble_text(trouble))}")
        told.extend(f"  {printable(text)}" for text in (trouble.runbook, trouble.advice) if text)
    if alert.troubles_left_out:
        told.append(f"and {alert.troubles_left_out:,} more checks")
    return [*told, *([f"Page: {alert.page}"] if alert.page else [])]


# ---- Slack ----


def slack(alert: Alert) -> dict[str, Any]:
    """Return a message of Slack: blocks, and a text for notifications."""
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": title(alert)[:_LONGEST_TITLE], "emoji": True}},
        _section("\n".join(f"*{label}*: {_slack_safe(text)}" for label, text in facts(alert))),
    ]
    if alert.troubles:
        blocks.append(_section("\n".join(_slack_trouble(trouble) for trouble in alert.troubles) + _more(alert)))
    if alert.page.startswith(("http://", "https://")):
        blocks.append(_section(f"<{_slack_safe(alert.page)}|Open the report>"))
    return {"text": _slack_safe(title(alert)), "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:_LONGEST_SECTION]}}


def _slack_trouble(trouble: Trouble) -> str:
    name = _slack_safe(trouble.id).replace("`", "'")
    line = f"• `{name}` {_slack_safe(trouble_text(trouble))}"
    return "\n".join([line, *(f"    _{_slack_safe(each)}_" for each in (trouble.runbook, trouble.advice) if each)])


def _slack_safe(text: str) -> str:
    return printable(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# ---- Teams ----


def teams(alert: Alert) -> dict[str, Any]:
    """Return a message of Microsoft Teams: an Adaptive Card."""
    body: list[dict[str, Any]] = [
        {
            "type": "TextBlock",
            "text": _teams_safe(title(alert)),
            "weight": "Bolder",
            "size": "Medium",
            "color": _COLORS[alert.level],
            "wrap": True,
        },
        _fact_set((label, _teams_safe(text)) for label, text in facts(alert)),
    ]
    if alert.troubles:
        body.append(_fact_set((_teams_safe(each.id), _teams_safe(_teams_trouble(each))) for each in alert.troubles))
    if _more(alert):
        body.append({"type": "TextBlock", "text": _more(alert).strip(), "isSubtle": True, "wrap": True})
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if alert.page.startswith(("http://", "https://")):
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the report", "url": alert.page}]
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _fact_set(pairs: Any) -> dict[str, Any]:
    return {"type": "FactSet", "facts": [{"title": label, "value": text} for label, text in pairs]}


def _teams_trouble(trouble: Trouble) -> str:
    return " · ".join(each for each in (trouble_text(trouble), trouble.runbook, trouble.advice) if each)


def _teams_safe(text: str) -> str:
    r"""Return text in which nothing is Markdown.

    >>> print(_teams_safe("[a](http://b) *c* d_e"))
    \[a\]\(http://b\) \*c\* d_e
    """
    return re.sub(r"([\\`*\[\]()<>#~|])", r"\\\1", printable(text))


def _more(alert: Alert) -> str:
    return f"\nand {alert.troubles_left_out:,} more checks" if alert.troubles_left_out else ""


# ---- for programs ----


def plain(alert: Alert) -> dict[str, Any]:
    """Return the alert as it is, ``"format": "mlquality.alert/1"``, and its `text` for people."""
    return {**alert.to_json(), "text": "\n".join(lines(alert))}


def powerbi(alert: Alert) -> dict[str, Any]:
    """Return a row per check that did not pass, at least one, for a push dataset of Power BI."""
    common = {
        "at": alert.at,
        "dag_id": alert.dag_id,
        "task_id": alert.task_id,
        "run_id": alert.run_id,
        "contract": alert.contract,
        "change": alert.change,
        "level": alert.level,
        "before": alert.before,
        "decision": alert.decision,
        "since": alert.since or None,
        "runs": alert.runs,
        "rows": alert.rows,
        "instances_bad": alert.instances_bad,
        "page": alert.page,
    }
    nothing = {"check_id": "", "check": "", "outcome": "", "observed": None, "unit": "", "bound": ""}
    rows = [
        {
            **common,
            "check_id": trouble.id,
            "check": trouble.check,
            "outcome": trouble.outcome,
            "observed": trouble.observed,
            "unit": trouble.unit,
            "bound": level_text(trouble.warn if trouble.outcome == "warn" else trouble.fail),
        }
        for trouble in alert.troubles
    ]
    return {"rows": rows or [{**common, **nothing}]}


FORMATS: dict[str, Callable[[Alert], dict[str, Any]]] = {
    "slack": slack,
    "teams": teams,
    "json": plain,
    "powerbi": powerbi,
}
"""What `format=` of a notifier names."""

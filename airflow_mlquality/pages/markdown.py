"""A report as Markdown: for places of Airflow that show Markdown, such as the question that a person is asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from airflow_mlquality.checks.levels import level_text
from airflow_mlquality.pages.words import counts_text, decision_text, observed_text, printable
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from airflow_mlquality.report import Report

CHECKS_SHOWN = 20
REASONS_SHOWN = 8


def report_markdown(report: Report, page: str = "") -> str:
    """Return the checks that did not pass as a table, why, and where people read the rest.

    Parameters
    ----------
    report
        What to show.
    page
        Address of the report's page.
    """
    return "\n".join(_lines(report, page))


def _lines(report: Report, page: str) -> Iterator[str]:
    bad = [verdict for verdict in report.worst_first() if verdict.outcome is not Outcome.PASS]
    yield f"**{safe(report.headline())}**"
    yield ""
    if report.contract.runbook:
        yield f"What to do: {_linked(report.contract.runbook)}"
        yield ""
    if report.contract.owner:
        yield f"Owner: {safe(report.contract.owner)}"
        yield ""
    if bad:
        yield "| outcome | check | observed | warn | fail | counts or interval |"
        yield "|---|---|---:|---:|---:|---:|"
    for verdict in bad[:CHECKS_SHOWN]:
        cells = (observed_text(verdict), level_text(verdict.warn), level_text(verdict.fail), counts_text(verdict))
        yield f"| {verdict.outcome.value} | {' | '.join(safe(cell) for cell in (verdict.id, *cells))} |"
    if len(bad) > CHECKS_SHOWN:
        yield f"\nand {len(bad) - CHECKS_SHOWN:,} more"
    yield ""
    for verdict in bad[:REASONS_SHOWN]:
        advice = f" *{safe(verdict.advice)}*" if verdict.advice else ""
        yield f"- **{safe(verdict.id)}**: {safe(verdict.reason)}.{advice}"
    yield ""
    yield f"Decision of the contract: {safe(decision_text(report))}"
    if page:
        yield ""
        yield f"[The whole report]({_address(page)})"


def safe(text: str) -> str:
    r"""Return text in which nothing is Markdown or HTML, on one line.

    >>> print(safe("a|b [c](d) <e> *f* g_h"))
    a\|b \[c\]\(d\) &lt;e&gt; \*f\* g\_h
    """
    escaped = re.sub(r"([\\`*_{}\[\]()#|~!])", r"\\\1", printable(text))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _linked(text: str) -> str:
    if not re.fullmatch(r"https?://\S+", text):
        return safe(text)
    return f"[{safe(text)}]({_address(text)})"


def _address(url: str) -> str:
    return re.sub(r"[()<>\\\s]", lambda found: f"%{ord(found[0]):02X}", url)

"""A report as one self-contained HTML document: nothing is fetched, everything from the data is escaped."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow_mlquality.checks.levels import level_text
from airflow_mlquality.pages import charts
from airflow_mlquality.pages.columns import column_rows
from airflow_mlquality.pages.evidence import change_of, classes_of
from airflow_mlquality.pages.words import (
    allowed_text,
    counts_text,
    decision_text,
    interval_text,
    observed_text,
    plain_number,
    printable,
)
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from jinja2 import Environment

    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Verdict

CHARTS_SHOWN = 24
"""Drift is drawn for the columns that moved most; the others are in the table."""
BARS_SHOWN = 200
"""A bar is drawn for so many rows of a table; beyond that the numbers suffice."""
SHAPES_SHOWN = 60
BAD_OPEN = 40
"""So many checks that do not pass are listed; further ones are folded away."""
PASSES_OPEN = 12
"""So many passing checks need not be folded away."""
COLUMNS_OPEN = 40

_HERE = Path(__file__).parent


def report_page(report: Report) -> str:
    """Return a report as one HTML document with its content security policy."""
    verdicts = report.worst_first()
    drifts = _drifts(report)
    drawn = [(verdict, change) for verdict, change in ((each, change_of(each)) for each in drifts) if change]
    template = _environment().get_template("report.html.j2")
    return template.render(
        report=report,
        policy=content_security_policy(),
        bad=[verdict for verdict in verdicts if verdict.outcome is not Outcome.PASS],
        passes=[verdict for verdict in verdicts if verdict.outcome is Outcome.PASS],
        facts=run_facts(report),
        task=task_of(report),
        priors=[(verdict, classes) for verdict in verdicts if (classes := classes_of(verdict))],
        drifts=drifts,
        drawn=drawn[:CHARTS_SHOWN],
        undrawn=len(drawn) - CHARTS_SHOWN,
        columns=column_rows(report.profile, report.rows),
    )


@cache
def content_security_policy() -> str:
    """Return the policy that the page names; a server that serves it may send the same."""
    return (
        f"default-src 'none'; style-src '{_hash(_static('report.css'))}'; script-src '{_hash(_static('report.js'))}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _static(name: str) -> str:
    return (_HERE / "static" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    environment.globals.update(
        css=Markup(_static("report.css")),  # noqa: S704  our own file
        script=Markup(_static("report.js")),  # noqa: S704  our own file
        bound_bar=charts.bound_bar,
        change_chart=charts.change_chart,
        prior_chart=charts.prior_chart,
        shape_spark=charts.shape_spark,
        allowed_text=allowed_text,
        counts_text=counts_text,
        decision_text=decision_text,
        interval_text=interval_text,
        level_text=level_text,
        moment=moment,
        observed_text=observed_text,
        plain_number=plain_number,
        web_link=web_link,
        example_table=example_table,
        BARS_SHOWN=BARS_SHOWN,
        SHAPES_SHOWN=SHAPES_SHOWN,
        BAD_OPEN=BAD_OPEN,
        PASSES_OPEN=PASSES_OPEN,
        COLUMNS_OPEN=COLUMNS_OPEN,
    )
    return environment


def _shown(value: Any) -> Any:
    """Return what an expression of the template gives, fit to show."""
    if value is None:
        return ""
    return value if hasattr(value, "__html__") else printable(str(value), "\n\t")


def web_link(address: str | None) -> str:
    """Return an address where it is one of the web, else nothing: no other scheme may become a link.

    >>> web_link("https://wiki/x"), web_link("javascript:alert(1)"), web_link("the wiki"), web_link("http://[")
    ('https://wiki/x', '', '', '')
    """
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return ""
    return (address or "") if parts.scheme in ("http", "https") and parts.netloc else ""


def moment(text: str) -> str:
    """Return an ISO time to the second, for people.

    >>> moment("2026-11-21T21:04:31.914044+00:00"), moment("yesterday")
    ('2026-11-21 21:04:31 UTC', 'yesterday')
    """
    is_utc = text.endswith(("+00:00", "Z")) and len(text) > 19 and text[10] == "T"  # noqa: PLR2004  lengths of ISO 8601
    return f"{text[:10]} {text[11:19]} UTC" if is_utc else text


@dataclass(frozen=True)
class Fact:
    """One line about the run."""

    label: str
    text: str
    note: str = ""
    link: str = ""
    is_code: bool = False


def run_facts(report: Report) -> list[Fact]:
    """Return what is known of the run beside its verdicts."""
    contract, reference, cost = report.contract, report.reference, report.cost
    facts = [
        Fact("Owner", contract.owner or ""),
        Fact("Runbook", contract.runbook or "", link=web_link(contract.runbook)),
        Fact("Source", report.profile.source, note="" if report.rows is None else _rows(report.rows), is_code=True),
        Fact("Environment", report.environment),
        Fact("Started", moment(report.started_at)),
        Fact("Cost", f"{cost.seconds:,.2f} s", note=f"{_number(cost.scans, 'scan')}, {_number(cost.queries, 'query')}"),
        Fact("Contract", contract.origin, note=contract.digest, is_code=True),
    ]
    if reference:
        taken = f"{_rows(reference.rows)}, taken {moment(reference.taken_at)}"
        facts.insert(3, Fact("Reference", reference.name, note=f"{reference.source}, {taken}"))
    return [fact for fact in facts if fact.text]


def task_of(report: Report) -> list[Fact]:
    """Return which task it was; empty outside Airflow."""
    subject = report.subject
    names = {"dag_id": "DAG", "run_id": "Run", "task_id": "Task", "map_index": "Map index", "try_number": "Try"}
    return [
        Fact(label, str(subject[key]), is_code=key in ("run_id", "task_id"))
        for key, label in names.items()
        if subject.get(key) and not (key == "map_index" and str(subject[key]) == "-1")
    ]


def _rows(number: int) -> str:
    return _number(number, "row")


def _number(number: int, what: str) -> str:
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number:,} {what if number == 1 else many}"


def _drifts(report: Report) -> list[Verdict]:
    """Return the drift verdicts that have something to show, the largest distance first."""
    found = [verdict for verdict in report.verdicts if verdict.family == "drift" and verdict.observed is not None]
    return sorted(found, key=lambda verdict: -(verdict.observed or 0.0))


def example_table(verdict: Verdict) -> tuple[list[str], list[list[str]]]:
    """Return the example rows of a verdict: the headings, and the cells of every row; a database knows no place."""
    columns = list(dict.fromkeys(name for each in verdict.examples for name in (*each.key, *each.values)))
    rows = [[{**each.key, **each.values}.get(name, "") for name in columns] for each in verdict.examples]
    if not any(each.where for each in verdict.examples):
        return columns, rows
    return ["where", *columns], [[each.where, *row] for each, row in zip(verdict.examples, rows, strict=True)]

"""A report as JUnit XML, which every CI server shows: a suite per family, a case per check."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from airflow_mlquality.pages.words import decision_text, printable
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.report import Report
    from airflow_mlquality.verdict import Verdict

_TAGS = {Outcome.FAIL: "failure", Outcome.ERROR: "error", Outcome.UNDECIDED: "skipped"}
_COUNTS = {"failures": Outcome.FAIL, "errors": Outcome.ERROR, "skipped": Outcome.UNDECIDED}


def report_junit(report: Report) -> str:
    """Return a report as an XML document.

    A fail is a failure, an error an error, an undecided check is skipped with its reason; a warning passes, and
    says so in its output.
    """
    name = printable(report.contract.name)
    attributes = {"name": name, **_counts(report.verdicts), "time": f"{report.cost.seconds:.3f}"}
    root = ET.Element("testsuites", attributes)
    families = sorted(report.verdicts, key=lambda verdict: verdict.family)
    for family, verdicts in groupby(families, key=lambda verdict: verdict.family):
        root.append(_suite(report, printable(family), list(verdicts)))
    ET.indent(root)
    return "<?xml version='1.0' encoding='UTF-8'?>\n" + ET.tostring(root, encoding="unicode")


def _counts(verdicts: Sequence[Verdict]) -> dict[str, str]:
    counted = {name: str(sum(verdict.outcome is outcome for verdict in verdicts)) for name, outcome in _COUNTS.items()}
    return {"tests": str(len(verdicts)), **counted}


def _suite(report: Report, family: str, verdicts: Sequence[Verdict]) -> ET.Element:
    contract = printable(report.contract.name)
    attributes = {
        "name": f"{contract}.{family}",
        **_counts(verdicts),
        "time": "0.000",
        "timestamp": printable(report.started_at)[:19],
    }
    suite = ET.Element("testsuite", attributes)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(report).items():
        ET.SubElement(properties, "property", name=name, value=printable(value))
    for verdict in verdicts:
        suite.append(_case(verdict, f"{contract}.{family}"))
    return suite


def _properties(report: Report) -> dict[str, str]:
    return {
        "source": report.profile.source,
        "rows": "" if report.rows is None else str(report.rows),
        "contract": f"{report.contract.origin} {report.contract.digest}".strip(),
        "reference": report.reference.name if report.reference else "",
        "environment": report.environment,
        "decision": decision_text(report),
    }


def _case(verdict: Verdict, classname: str) -> ET.Element:
    case = ET.Element("testcase", name=printable(verdict.id), classname=classname, time="0.000")
    reason = printable(verdict.reason)
    if verdict.outcome is Outcome.WARN:
        ET.SubElement(case, "system-out").text = "\n".join([f"warn: {reason}", *_notes(verdict)])
    elif verdict.outcome is not Outcome.PASS:
        kind = verdict.cause.value if verdict.cause else verdict.check
        said = ET.SubElement(case, _TAGS[verdict.outcome], message=reason)
        if verdict.outcome is not Outcome.UNDECIDED:
            said.set("type", printable(kind))
        said.text = "\n".join([reason, *_notes(verdict)])
    return case


def _notes(verdict: Verdict) -> list[str]:
    notes = {"runbook": verdict.runbook, "advice": verdict.advice, "contract": verdict.at}
    lines = [f"{label}: {text}" for label, text in notes.items() if text]
    return [printable(line) for line in (*lines, *(f"example: {example}" for example in verdict.examples))]

"""Reports written as literals, for the tests of their renderings."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from airflow_mlquality.decision import decide
from airflow_mlquality.measurements import (
    Bins,
    Column,
    KeyCounts,
    Keys,
    LatestFact,
    LatestTime,
    LengthsFact,
    LogicalType,
    Moments,
    MomentsFact,
    NonFinite,
    NonFiniteCounts,
    NullCount,
    RowCount,
    Schema,
    Shape,
    ShapeFact,
    TextLengths,
)
from airflow_mlquality.profile import Profile
from airflow_mlquality.report import ContractInfo, Cost, ReferenceInfo, Report
from airflow_mlquality.verdict import Cause, Example, Outcome, Verdict

HOSTILE = "<script>alert('x')</script>\"&\x1b[31m\x00\u202e\ud800 name"
"""A column name that tries to break out of markup, a terminal, a line and an encoding."""


def parsed(xml: str) -> ET.Element:
    return ET.fromstring(xml)  # noqa: S314  it is what this package wrote


def verdict(id_: str = "age.null_share", outcome: Outcome = Outcome.PASS, **fields) -> Verdict:
    column, _, check = id_.rpartition(".")
    given = {
        "check": check,
        "family": "completeness",
        "place": column or "table",
        "reason": f"{check} of '{column}' is well" if outcome is Outcome.PASS else f"{check} of '{column}' is not well",
        "advice": "" if outcome is Outcome.PASS else "mend it",
    }
    return Verdict(id=id_, outcome=outcome, **{**given, **fields})


def report(*verdicts: Verdict, **fields) -> Report:
    given = {
        "contract": ContractInfo(name="people", origin="people.yaml", digest="0123456789ab"),
        "profile": profile(),
        "verdicts": verdicts,
        "decision": decide(verdicts),
        "started_at": "2026-11-21T21:04:31.914044+00:00",
        "cost": Cost(seconds=0.25, queries=2, scans=1),
    }
    return Report(**{**given, **fields})


def profile() -> Profile:
    columns = (
        Column("id", LogicalType.STRING, "VARCHAR"),
        Column("age", LogicalType.FLOAT, "DOUBLE"),
        Column("at", LogicalType.TIMESTAMP_TZ, "TIMESTAMP WITH TIME ZONE"),
    )
    facts = {
        RowCount(): 1000,
        NullCount("age"): 12,
        Moments("age"): MomentsFact(988, 16.0, 91.0, 41.5, 12.0),
        NonFinite("age"): NonFiniteCounts(1, 0, 0),
        Shape("age"): ShapeFact(Bins("number", (16.0, 40.0, 91.0)), (1, 500, 487, 0), 0, 12),
        TextLengths("id"): LengthsFact(2, 9),
        Keys(("id",)): KeyCounts(1000, 1000),
        LatestTime("at", 1): LatestFact(1_763_758_800_000_000),
    }
    return Profile(Schema(columns), facts, source="people.parquet", taken_at="2026-11-21T21:04:31+00:00")


def number_drift(column: str = "age", outcome: Outcome = Outcome.FAIL, observed: float = 0.4) -> Verdict:
    labels = ("<= 16", "(16, 40]", "(40, 91]", "> 91", "null")
    counts = zip(labels, (1, 500, 480, 4, 15), (0, 200, 700, 40, 60), strict=True)
    return verdict(
        f"{column}.drift",
        outcome,
        family="drift",
        observed=observed,
        unit="PSI",
        interval=(observed * 0.8, observed * 1.2),
        warn=0.1,
        fail=0.25,
        evidence={
            "kind": "number",
            "edges": [16.0, 40.0, 91.0],
            "cells": [{"label": label, "reference": then, "current": now} for label, then, now in counts],
        },
    )


def every_outcome() -> Report:
    """A report with everything that a rendering can show."""
    where = {"at": "people.yaml:7"}
    examples = (
        Example("people.parquet row 3", {"id": "'a9'"}, {"age": "430"}),
        Example("people.parquet row 8", {"id": "'a9'"}, {"age": "-1"}),
    )
    share = {"unit": "share", "fail": 0.0, "evidence": {"violating": 2, "judged": 988}}
    return report(
        verdict("row_count", family="volume", observed=1000, unit="rows", warn=(900, 1100), fail=(1, None)),
        verdict("age.null_share", observed=0.012, unit="share", warn=0.02, fail=0.1, **where),
        verdict("age.between", Outcome.FAIL, observed=2 / 988, family="values", examples=examples, **share, **where),
        verdict("freshness", Outcome.WARN, family="time", observed=7.25, unit="hours", warn=6, fail=24),
        verdict("zip.matches", Outcome.UNDECIDED, family="values", cause=Cause.MISSING_COLUMN, fail=0.0),
        verdict("lives", Outcome.ERROR, family="relations", runbook="https://wiki.example.com/lives"),
        verdict(
            "label.prior",
            Outcome.FAIL,
            family="labels",
            place="churned",
            observed=0.04,
            unit="TVD",
            interval=(0.03, 0.05),
            fail=0.02,
            evidence={
                "classes": [
                    {"label": "yes", "expected": 0.2, "observed": 0.24, "lo": 0.23, "hi": 0.25},
                    {"label": "no", "expected": 0.8, "observed": 0.76, "lo": 0.75, "hi": 0.77},
                ]
            },
        ),
        number_drift(),
        reference=ReferenceInfo(name="train", source="train.parquet", taken_at="2026-11-01T00:00:00+00:00", rows=9000),
        environment="serve",
        subject={"dag_id": "d", "task_id": "gate", "run_id": "r", "map_index": "-1", "try_number": "2"},
        contract=ContractInfo(
            name="people",
            origin="people.yaml",
            digest="0123456789ab",
            owner="team@example.com",
            runbook="https://wiki.example.com/people",
            description="Who we know.",
        ),
    )

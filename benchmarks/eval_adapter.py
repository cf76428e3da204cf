"""A gate for a table that nobody wrote a contract for: learned from accepted partitions, judged by the public checks.

`detect(reference, current, meta)` is the evaluation's interface: paths of accepted partitions, the path of the one to
judge, and what is known of them; it returns what is flagged, by column and by cell, and proposed mappings.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from eval_alone import alone
from eval_learning import Learned, learned, moment
from eval_rows import CODES_AS_DOUBLES, Rows

from airflow_mlquality.audit import audit
from airflow_mlquality.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow_mlquality.verdict import Verdict

MOST_CELLS = 200_000


def detect(reference: Sequence[str], current: str, meta: Mapping[str, Any]) -> dict[str, Any]:
    """Judge a partition by what accepted ones taught, or by itself where there is none."""
    if not reference:
        return alone(current)
    days, span = tuple(meta.get("ref_partitions") or ()), _span(meta)
    known = learned(tuple(reference), days, span)
    day = meta.get("partition")
    with tempfile.TemporaryDirectory() as folder:
        path = _rewritten(current, known, Path(folder))
        report = audit(known.asked(day), path, reference=known.profile, as_of=moment(day, span))
        bad = [verdict for verdict in report.verdicts if verdict.outcome is Outcome.FAIL]
        return _told(bad, known, Rows(_texts(path)))


def _texts(path: str) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])


def _rewritten(current: str, known: Learned, folder: Path) -> str:
    """Return a file in which whole numbers that stand for categories are written without a fraction.

    Whoever writes whole numbers with missing ones among them as doubles writes 1.0 for 1.
    """
    rows = pd.read_csv(current, dtype=str, keep_default_na=False)
    codes = [name for name, kind in known.kinds.items() if kind == "code" and name in rows]
    written = rows.assign(**{name: rows[name].str.replace(CODES_AS_DOUBLES, r"\1", regex=True) for name in codes})
    if written.equals(rows):
        return current
    path = folder / Path(current).name
    written.to_csv(path, index=False)
    return str(path)


def _span(meta: Mapping[str, Any]) -> timedelta | None:
    """Return how far partitions lie apart, where that is known."""
    days = [datetime.fromisoformat(day) for day in (*(meta.get("ref_partitions") or ()), meta.get("partition")) if day]
    steps = [later - earlier for earlier, later in pairwise(days)]
    return max(steps) if steps and min(steps) > timedelta(0) and max(steps) <= 2 * min(steps) else None


# ---- what it says ----


def _told(bad: Sequence[Verdict], known: Learned, rows: Rows) -> dict[str, Any]:
    columns: dict[str, dict[str, Any]] = {}
    cells: list[list[Any]] = []
    for verdict in bad:
        watch = known.watch(verdict.id)
        for name in _blamed(verdict, known):
            score = max(_excess(verdict), columns.get(name, {}).get("score", 0.0))
            columns[name] = {"flag": True, "score": score, "kind": verdict.check}
        if watch is not None:
            mask = _segment_rows(verdict, known, rows) if watch.rows is None else watch.rows(rows)
            places = np.flatnonzero(mask) if mask is not None else ()
            cells += [[int(place), name] for place in places for name in watch.blamed]
    return {
        "flag": bool(bad),
        "score": sum(_excess(verdict) for verdict in bad),
        "columns": columns,
        "cells": cells[:MOST_CELLS],
        "mapping": {
            verdict.place: dict(verdict.evidence["mapping"])
            for verdict in bad
            if verdict.check == "vocabulary" and verdict.evidence.get("mapping")
        },
    }


def _excess(verdict: Verdict) -> float:
    bound = verdict.fail if isinstance(verdict.fail, int | float) else None
    return 1.0 if not bound or verdict.observed is None else float(min(verdict.observed / bound, 100.0))


def _blamed(verdict: Verdict, known: Learned) -> tuple[str, ...]:
    if verdict.check == "swapped_columns":
        return tuple(name for pair in verdict.evidence["swapped"] for name in pair["columns"])
    if verdict.check == "required_columns":
        return ()
    watch = known.watch(verdict.id)
    return watch.blamed if watch else ()


def _segment_rows(verdict: Verdict, known: Learned, rows: Rows) -> pd.Series | None:
    """Return the rows of segments that are on another scale as a whole."""
    watch = known.watch(verdict.id)
    by = getattr(watch.check, "by", None) if watch else None
    if verdict.check != "scale_stable" or not by:
        return None
    moved = {each["segment"].removeprefix(f"{by} ") for each in verdict.evidence["slips"] if each["share"] == 1}
    return rows.text(by).isin(moved)


if __name__ == "__main__":
    import json

    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(detect(asked["reference"], asked["current"], asked["meta"]), default=float), flush=True)

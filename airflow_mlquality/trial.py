"""Trying one check on a handful of values: what the documentation shows, and a quick look for whoever writes one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlquality.audit import audit
from airflow_mlquality.contract import Contract

if TYPE_CHECKING:
    from airflow_mlquality.checks import Check
    from airflow_mlquality.verdict import Verdict

MOMENT = datetime(2026, 2, 1, tzinfo=UTC)
"""The moment for which a trial counts ages."""


@dataclass(frozen=True)
class Trial:
    """The verdict of a trial; prints as its outcome and reason."""

    verdict: Verdict

    def __str__(self) -> str:
        """Return ``outcome: reason``."""
        return f"{self.verdict.outcome.value}: {self.verdict.reason}"


def trial(check: Check, given: Any = "", /, *, reference: Any = None, **columns: Any) -> Trial:
    """Judge one check on values given by column.

    Parameters
    ----------
    check
        Any check.
    given
        CSV text instead of columns, or a source such as an Arrow table.
    reference
        Columns to compare with, or a source.
    columns
        Lists of values; a dict is another source by that name.
    """
    import tempfile
    from pathlib import Path

    import pyarrow as pa

    sources = {name: pa.table(value) for name, value in columns.items() if isinstance(value, dict)}
    rows = {name: value for name, value in columns.items() if not isinstance(value, dict)}
    contract = Contract(name="trial", checks=(check,), allow_empty=True)
    compared = pa.table(reference) if isinstance(reference, dict) else reference
    with tempfile.TemporaryDirectory() as folder:
        source = pa.table(rows) if isinstance(given, str) else given
        if isinstance(given, str) and given:
            source = Path(folder) / "trial.csv"
            source.write_text(given)
        report = audit(contract, source, sources=sources, reference=compared, as_of=MOMENT)
    return Trial(next(verdict for verdict in report.verdicts if verdict.check == check.name()))

"""A gate between two stages, written in Python alone: what went in came out, or was dropped for a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from airflow_mlquality.operators.audited import AuditedOperator
from airflow_mlquality.operators.gate import QualityGateOperator
from airflow_mlquality.operators.in_memory import veiled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from airflow.sdk import Context

BEFORE = "source_in"
"""Name of the stage before, as reasons and reports call it."""


class StageConservationOperator(QualityGateOperator):
    """Let the DAG go on only when rows, sums and keys of two stages add up: in = out + dropped.

    What happens on each decision is told at `QualityGateOperator`.

    Both stages are read by one engine: both are files or dataframes, or both are tables of one connection.

    Parameters
    ----------
    source_in
        The rows of the stage before.
    source_out
        The rows of the stage after.
    dropped
        Reason to number of rows that were dropped for it, or to rows that hold them: a path, a table. A whole dict may
        come from a task, such as ``quarantine.output["lost_by_reason"]``.
    key
        Column that identifies a row in both. Keys that were lost and keys that were invented are counted; where rows
        were dropped a key may be lost, and none may be doubled. Without it a row lost and one doubled cancel out.
    sums
        Columns, numbers, whose sums must add up too: what came out, and what lies in those of `dropped` that are rows.
        Numbers under `dropped` are rows, and say nothing of sums.
    warn, fail
        Share of what went in that may be unexplained; by default it fails at the first row.
    **kwargs
        See `QualityGateOperator`.

    Notes
    -----
    Templated: `dropped`, `key`, and what `AuditedOperator` templates; `source_out` as `source`, and `source_in` among
    `sources`.
    """

    template_fields: Sequence[str] = ("dropped", "key", *AuditedOperator.template_fields)
    template_fields_renderers: ClassVar[dict[str, str]] = {
        **AuditedOperator.template_fields_renderers,
        "dropped": "json",
    }

    def __init__(
        self,
        *,
        source_in: Any,
        source_out: Any,
        dropped: Mapping[str, Any] | None = None,
        key: str | None = None,
        sums: Sequence[str] = (),
        warn: float | None = None,
        fail: float | None = None,
        **kwargs: Any,
    ) -> None:
        sources = {**(kwargs.pop("sources", None) or {}), BEFORE: source_in}
        super().__init__(contract=None, source=source_out, sources=sources, **kwargs)
        self.dropped = dropped
        self.key = key
        self.sums = sums
        self.warn = warn
        self.fail = fail

    @property
    def dropped(self) -> Any:
        """What was dropped, by reason."""
        return self._dropped

    @dropped.setter
    def dropped(self, value: Any) -> None:
        if isinstance(value, dict):
            value = {name: each if isinstance(each, int | float) else veiled(each) for name, each in value.items()}
        self._dropped = value

    def execute(self, context: Context) -> dict[str, Any]:
        """Add the rows that were dropped to the sources, then audit and act."""
        from airflow_mlquality.operators.in_memory import unveiled

        _, elsewhere = self._drops()
        self.sources = {**unveiled(self.sources), **{_named(reason): rows for reason, rows in elsewhere.items()}}
        return super().execute(context)

    def required(self, context: Context) -> dict[str, Any]:  # noqa: ARG002  the contract lies in the arguments
        """Return the contract that the arguments make."""
        numbers, elsewhere = self._drops()
        named = {reason: _named(reason) for reason in elsewhere}
        levels = {name: level for name, level in (("warn", self.warn), ("fail", self.fail)) if level is not None}
        rows = {"id": "rows_conserved", "from": BEFORE, "dropped": {**numbers, **named}, **levels}
        sums = [
            {
                "id": f"{column}_conserved",
                "from": BEFORE,
                "dropped": named,
                "expression": f'sum("{column}")',
                **levels,
            }
            for column in self.sums
        ]
        contract: dict[str, Any] = {"version": 1, "contract": self.task_id, "table": {"conservation": [rows, *sums]}}
        if self.key:
            was_dropped = bool(elsewhere) or any(numbers.values())
            self._with_key(contract, self.key, levels, was_dropped=was_dropped)
        return contract

    @staticmethod
    def _with_key(contract: dict[str, Any], key: str, levels: dict[str, float], *, was_dropped: bool) -> None:
        """Add the checks of keys.

        Where rows were dropped their keys are lost, and rightly so: then it is told how many are, and that no key was
        invented or doubled makes the rest follow from the number of rows.
        """
        reconciled = {"id": "keys_kept", "to": BEFORE, "key": key, "rows": False, **(levels or {"fail": 0.0})}
        if was_dropped:
            reconciled = {**reconciled, "warn": None, "fail": 1.0}
            known = {"id": "keys_invented", "to": BEFORE, "column": key, **levels}
            contract["columns"] = {key: {"relationships": known, "unique": {"id": "keys_doubled", **levels}}}
        contract["table"]["reconciled"] = {name: each for name, each in reconciled.items() if each is not None}

    def _drops(self) -> tuple[dict[str, float], dict[str, Any]]:
        """Return what was dropped as numbers, and as rows that lie elsewhere."""
        numbers: dict[str, float] = {}
        elsewhere: dict[str, Any] = {}
        for reason, given in (self.dropped or {}).items():
            number = _number(given)
            if number is None:
                elsewhere[reason] = given
            else:
                numbers[reason] = number
        return numbers, elsewhere


def _named(reason: str) -> str:
    """Return the name of the source that holds the rows that were dropped for a reason."""
    return f"dropped {reason}"


def _number(given: Any) -> float | None:
    """Return a count, which a template left as text; None of what is none.

    >>> _number("12"), _number(3), _number("bad/day.parquet")
    (12, 3, None)
    """
    if isinstance(given, int | float):
        return given
    text = given.strip() if isinstance(given, str) else ""
    return int(text) if text.isdigit() else None

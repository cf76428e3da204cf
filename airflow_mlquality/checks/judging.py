"""From checks and facts to verdicts, with the guards that every check shares."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from airflow_mlquality.checks.estimates import (
    FALSE_DISCOVERY_RATE,
    Estimate,
    EstimatedCheck,
    shared_error_rate,
)
from airflow_mlquality.checks.literals import NotOfTypeError
from airflow_mlquality.errors import did_you_mean
from airflow_mlquality.measurements import LogicalType
from airflow_mlquality.profile import FactMissingError, NoColumn
from airflow_mlquality.redaction import without_values
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from airflow_mlquality.checks.base import Check, Facts
    from airflow_mlquality.measurements import Schema


def judge(checks: Sequence[Check], facts: Facts, false_discovery_rate: float = FALSE_DISCOVERY_RATE) -> list[Verdict]:
    """Return the verdict of every check, in their order.

    A check that cannot be judged on this schema is undecided; one that breaks is an error, and the others are
    judged all the same. Estimated checks share one budget of false alarms.
    """
    first = [_looked(check, facts) for check in checks]
    estimates = [
        (look, check.alarm_level)
        for check, look in zip(checks, first, strict=True)
        if isinstance(look, Estimate) and isinstance(check, EstimatedCheck)
    ]
    rate = shared_error_rate(estimates, false_discovery_rate)
    return [
        look if isinstance(look, Verdict) else _concluded(check, facts, look, rate)
        for check, look in zip(checks, first, strict=True)
    ]


def _looked(check: Check, facts: Facts) -> Estimate | Verdict:
    facts = replace(facts, masks=set())
    return _guarded(check, facts, partial(_first_look, check, facts))


def _first_look(check: Check, facts: Facts) -> Estimate | Verdict:
    return check.estimate(facts) if isinstance(check, EstimatedCheck) else check.judge(facts)


def _concluded(check: Check, facts: Facts, estimate: Estimate, rate: float) -> Verdict:
    if not isinstance(check, EstimatedCheck):
        return check.error("only an estimated check gives an estimate")
    facts = replace(facts, masks=set())
    verdict = _guarded(check, facts, partial(check.conclude, facts, estimate, rate))
    return verdict if isinstance(verdict, Verdict) else check.error("the check gave no verdict")


def _guarded(check: Check, facts: Facts, look: Callable[[], Estimate | Verdict]) -> Estimate | Verdict:
    impossible = unjudgeable(check, facts.current.schema)
    if impossible is not None:
        return impossible
    try:
        return _with_way_to_see(look(), facts)
    except FactMissingError as missing:
        told = f"{check.name()} of {check.place}: {missing.reason}"
        if isinstance(missing.reason, NoColumn):
            advice = "restore the column in that source, or correct its name in the contract"
            return check.undecided(Cause.MISSING_COLUMN, told, advice=advice)
        return check.error(told)
    except NotOfTypeError as mismatch:
        return check.undecided(
            Cause.WRONG_TYPE,
            f"{check.name()} of {check.place}: {mismatch}",
            advice="correct the value in the contract, or declare the type that the column should have",
        )
    except Exception as broken:  # noqa: BLE001  a check that breaks is an error of that check alone
        return check.error(
            f"{check.name()} of {check.place} could not be judged: "
            f"{type(broken).__name__}: {without_values(str(broken))}"
        )


def _with_way_to_see(look: Estimate | Verdict, facts: Facts) -> Estimate | Verdict:
    """Return a verdict that names values by masks with what shows them; anything else as it is."""
    if not isinstance(look, Verdict) or look.outcome not in (Outcome.WARN, Outcome.FAIL):
        return look
    columns = sorted({column for mask, column in facts.masks if mask in look.reason})
    if not columns:
        return look
    named = ", ".join(f"'{column}'" for column in columns)
    way = f"'samples: allow' on {named} shows the values, where people may see them"
    return replace(look, advice=f"{look.advice}; {way}" if look.advice else way)


def unjudgeable(check: Check, schema: Schema) -> Verdict | None:
    """Return why a check means nothing on a schema, or None when it does: a column is missing, or of a wrong type."""
    for name in check.columns():
        if name not in schema:
            hint = did_you_mean(name, schema.names)
            at = f"{check.at}: " if check.at else ""
            return check.undecided(
                Cause.MISSING_COLUMN,
                f"{at}{check.name()} of {check.place}: column '{name}' does not exist.{hint}",
                advice=f"restore column '{name}' in the source, or correct its name in the contract",
            )
    if check.column in schema:
        column = schema[check.column]
        if column.type is not LogicalType.NULL and not check.accepts(column.type):
            return check.undecided(
                Cause.WRONG_TYPE,
                f"{check.name()} of '{check.column}' means nothing on type {column.type.value}",
                advice=f"declare the type that '{check.column}' should have, or drop the check",
            )
    return None

"""Which checks of a contract single rows show, and by which condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from airflow_mlquality.checks import Facts, Type, judging
from airflow_mlquality.checks.completeness.nulls import NotNull, NullShare
from airflow_mlquality.checks.labels.declared import MissingShare
from airflow_mlquality.checks.literals import NotOfTypeError
from airflow_mlquality.checks.policy import Action, action_of
from airflow_mlquality.checks.shares import ShareCheck
from airflow_mlquality.checks.uniqueness.duplicates import DuplicateRows
from airflow_mlquality.checks.uniqueness.unique import Unique
from airflow_mlquality.errors import UsageError
from airflow_mlquality.measurements import LogicalType
from airflow_mlquality.measurements.counts import RELATED_PREFIX, STAGE
from airflow_mlquality.profile import Profile
from airflow_mlquality.verdict import Cause, Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from airflow_mlquality.checks import Check, Policy
    from airflow_mlquality.engines.engine import Table
    from airflow_mlquality.measurements import Schema


@dataclass(frozen=True)
class Broken:
    """A check that a row breaks by itself.

    Parameters
    ----------
    id
        Of the check.
    condition
        True of a row that breaks it; where it is NULL the row is not judged, and does not.
    """

    id: str
    condition: exp.Expr


@dataclass(frozen=True)
class Repeated:
    """A check that a row breaks beside another one: it repeats its key.

    Parameters
    ----------
    id
        Of the check.
    key
        Columns.
    only_complete
        Whether a row with a NULL in its key is not judged; otherwise NULL equals NULL.
    """

    id: str
    key: tuple[str, ...]
    only_complete: bool


@dataclass(frozen=True)
class Split:
    """By what rows are put apart.

    Parameters
    ----------
    broken, repeated
        The checks that are used.
    not_used
        Checks that single rows do not show, and why.
    impossible
        Checks of rows that mean nothing on these columns, where the policy stops at that, and why.
    """

    broken: tuple[Broken, ...]
    repeated: tuple[Repeated, ...]
    not_used: Mapping[str, str]
    impossible: Mapping[str, str]

    @property
    def ids(self) -> tuple[str, ...]:
        """Of the checks that are used, in the order in which a first reason is told."""
        return (*(each.id for each in self.broken), *(each.id for each in self.repeated))

    def sources(self) -> list[str]:
        """Return the names of the other sources that conditions look into."""
        tables = {table.name for each in self.broken for table in each.condition.find_all(exp.Table)}
        return sorted(name.removeprefix(RELATED_PREFIX) for name in tables if name.startswith(RELATED_PREFIX))


def split_by(
    checks: Sequence[Check],
    table: Table,
    moment: datetime,
    policy: Policy | None = None,
    chosen: Collection[str] | None = None,
    ceiling: float = 1.0,
) -> Split:
    """Return by what the rows of a table are put apart.

    Parameters
    ----------
    checks
        As they stand on the columns of the table.
    moment
        For which ages are counted.
    policy
        The contract's: whether a column that is missing or of a wrong type stops.
    chosen
        Ids of the checks to use; by default all that single rows show. Those of types are always used where rows were
        read from text, for a value that is not of its type would get lost in silence.
    ceiling
        Share of rows that may be lost; a check that allows more than that is not used unless it is chosen.

    Raises
    ------
    UsageError
        When a chosen check is not there, or no single row shows it; or when nothing is left to put rows apart by.
    """
    standing = [*_sniffed_types(table), *checks]
    _refuse_unknown(chosen, [check.verdict_id for check in standing])
    found = {check.verdict_id: _of(check, table.schema, moment, chosen, ceiling) for check in standing}
    refused = {name: each for name, each in found.items() if isinstance(each, Verdict)}
    policies = {check.verdict_id: check.policy for check in standing}
    stopping = [name for name, each in refused.items() if action_of(each, policies[name], policy) is Action.STOP]
    impossible = {name: refused[name].reason for name in stopping}
    not_used = {name: each for name, each in found.items() if isinstance(each, str)}
    not_used |= {name: each.reason for name, each in refused.items() if name not in impossible}
    for name in chosen or ():
        if name in not_used:
            raise UsageError.not_of_rows(name, not_used[name])
    split = Split(
        tuple(each for each in found.values() if isinstance(each, Broken)),
        tuple(each for each in found.values() if isinstance(each, Repeated)),
        not_used,
        impossible,
    )
    if not split.ids and not impossible:
        raise UsageError.nothing_to_split_by(not_used)
    return split


_WHOLE = "it is about the table as a whole"
_NO_ROW = "no single row shows it"
_OTHERS = "it is about rows beside each other"
_TYPED = "the column is of that type, so that every value is"
_LEFT_OUT = "it was not chosen"
_MISSING = "it allows a share of missing values, which are no mistake then; name it under checks to split by it"
_COMMON = "it allows more such rows than the ceiling allows to lose; name it under checks to split by it"


def _of(
    check: Check, schema: Schema, moment: datetime, chosen: Collection[str] | None, ceiling: float
) -> Broken | Repeated | Verdict | str:
    """Return how a check puts rows apart, why it does not, or its verdict on columns that it means nothing on."""
    if not isinstance(check, ShareCheck):
        return _WHOLE
    if isinstance(check, Type):
        return _of_type(check, schema)
    if chosen is not None and check.verdict_id not in chosen:
        return _LEFT_OUT
    if chosen is None and (tolerated := _tolerated(check, ceiling)):
        return tolerated
    refused = judging.unjudgeable(check, schema) or _refusal(check, schema, moment)
    return refused or _of_repeats(check, schema) or _of_rows(check, schema)


def _of_repeats(check: Check, schema: Schema) -> Repeated | None:
    if isinstance(check, Unique):
        return Repeated(check.verdict_id, check.columns(), only_complete=True)
    key = check.looked_at(schema) if isinstance(check, DuplicateRows) else ()
    return Repeated(check.verdict_id, key, only_complete=False) if key else None


def _of_rows(check: ShareCheck, schema: Schema) -> Broken | Verdict | str:
    if isinstance(check, DuplicateRows):  # without columns to look at
        return _NO_ROW
    try:
        condition: exp.Expr | None = check.violation(schema)
    except NotOfTypeError as mismatch:
        return check.undecided(Cause.WRONG_TYPE, f"{check.name()} of {check.place}: {mismatch}")
    if condition is None or condition.find(exp.Column) is None:
        return _NO_ROW
    if any(table.name == STAGE for table in condition.find_all(exp.Table)):
        return _OTHERS
    return Broken(check.verdict_id, condition)


def _of_type(check: Type, schema: Schema) -> Broken | Verdict | str:
    refused = judging.unjudgeable(check, schema)
    if refused is not None:
        return refused
    column = schema[check.column]
    if column.type is not LogicalType.NULL and any(not each.is_untold for each in check.unlike(column)):
        return check.verdict(Outcome.FAIL, f"'{check.column}' is {column.data_type}, not {check.expected}")
    return Broken(check.verdict_id, check.violation(schema)) if column.is_parsed else _TYPED


def _tolerated(check: ShareCheck, ceiling: float) -> str:
    """Return why rows that break a check are no mistake by themselves, by its levels; nothing if they are."""
    allowed = min((level for level in (check.warn, check.fail) if level is not None), default=0.0)
    may_be_missing = isinstance(check, NullShare | MissingShare) and not isinstance(check, NotNull)
    if may_be_missing and allowed > 0:
        return _MISSING
    return _COMMON if allowed > ceiling else ""


def _refusal(check: Check, schema: Schema, moment: datetime) -> Verdict | None:
    """Return what a check says of columns that it means nothing on, before it looks at any fact."""
    try:
        verdict = check.judge(Facts(Profile(schema, {}), moment))
    except Exception:  # noqa: BLE001  it went on to the facts, of which there are none
        return None
    is_refusal = verdict.outcome is Outcome.UNDECIDED and verdict.cause in (Cause.WRONG_TYPE, Cause.MISSING_COLUMN)
    return verdict if is_refusal else None


def _sniffed_types(table: Table) -> Iterable[Check]:
    """Return checks that every value of a text source is of the type that most of its column are."""
    return [
        Type(column=column.name, expected=column.type.value, id=f"{column.name}.sniffed_type")
        for column in table.schema
        if column.name in table.sniffed and column.is_parsed
    ]


def _refuse_unknown(chosen: Collection[str] | None, known: Sequence[str]) -> None:
    for name in chosen or ():
        if name not in known:
            raise UsageError.unknown_choice("checks", name, known)

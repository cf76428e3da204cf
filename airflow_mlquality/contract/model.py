"""The contract itself: what must hold for one stage of a pipeline."""

from __future__ import annotations

import hashlib
import json
from dataclasses import KW_ONLY, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow_mlquality.checks.base import Check
from airflow_mlquality.checks.estimates import FALSE_DISCOVERY_RATE
from airflow_mlquality.checks.policy import Policy
from airflow_mlquality.checks.schema.types import Type
from airflow_mlquality.checks.volume.row_count import RowCount
from airflow_mlquality.contract.options import takes_time
from airflow_mlquality.contract.parts import CsvOptions
from airflow_mlquality.errors import ContractError, Place, Problem, UsageError
from airflow_mlquality.measurements import LogicalType
from airflow_mlquality.measurements.types import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PYTHON = "<python>"


@dataclass(frozen=True)
class Contract:
    """What must hold for one stage of a pipeline.

    Every contract has a `row_count` check that fails on a source without rows, unless `allow_empty` is set.

    Parameters
    ----------
    name
        Letters, digits, `_`, `.` and `-`.
    checks
        In reading order; their ids, given or derived, are unique.
    description, owner, runbook
        For people; the runbook serves every check that has none of its own.
    origin
        The file, ``<inline>``, ``<dict>`` or ``<python>``.
    key
        Columns that identify a row.
    time, partition
        Columns that say when a row happened, and in which partition it comes.
    allow_empty
        Whether a source without rows is fine.
    csv
        How CSV files are written.
    samples
        Columns whose values may be shown.
    sources
        Paths of other sources, by name.
    environments
        Columns that are absent elsewhere, by the name of the environment.
    policy
        What follows from an outcome.
    false_discovery_rate
        Expected share of false alarms among the alarms of one run's estimated checks.
    reference
        Name or path of the profile that drift is counted from.

    Examples
    --------
    >>> from airflow_mlquality.checks import Between
    >>> contract = Contract(name="people", checks=[Between(column="age", min=0, max=120)], key="id")
    >>> [check.verdict_id for check in contract.checks], contract.key
    (['row_count', 'age.between'], ('id',))
    """

    name: str
    checks: tuple[Check, ...] = ()
    _: KW_ONLY
    description: str | None = None
    owner: str | None = None
    runbook: str | None = None
    origin: str = PYTHON
    key: tuple[str, ...] = ()
    time: str | None = None
    partition: str | None = None
    allow_empty: bool = False
    csv: CsvOptions = field(default_factory=CsvOptions)
    samples: frozenset[str] = frozenset()
    sources: Mapping[str, str] = field(default_factory=dict)
    environments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    false_discovery_rate: float = FALSE_DISCOVERY_RATE
    reference: str | None = None

    def __post_init__(self) -> None:
        key: Any = self.key
        self._set("key", (key,) if isinstance(key, str) else tuple(key))
        self._set("samples", frozenset(self.samples))
        self._set("environments", {name: tuple(absent) for name, absent in self.environments.items()})
        checks = tuple(self._filled(check) for check in self.checks)
        self._set("checks", checks if self.allow_empty else _never_empty(checks, self.runbook))
        references = (getattr(check, "reference", None) for check in checks)
        self._set("reference", self.reference or next(filter(None, references), None))
        placed = [(Place(PYTHON, f"checks[{position}]"), check) for position, check in enumerate(checks)]
        problems = [
            Problem.no_time(place, check.name()) for place, check in placed if takes_time(check) and not check.column
        ]
        problems += duplicate_ids(placed)
        if problems:
            raise ContractError(problems)

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _filled(self, check: Check) -> Check:
        """Return a check with what it takes from the contract, where it has nothing of its own."""
        moving = (*self.key, *filter(None, (self.time, self.partition)))
        values: dict[str, Any] = {
            "runbook": self.runbook,
            "moving": tuple(dict.fromkeys(moving)),
            "time": self.time,
            "partition": self.partition,
            "identified_by": self.key,
        }
        if takes_time(check):
            values["column"] = self.time
        missing = {name: value for name, value in values.items() if value and not getattr(check, name, True)}
        return _with(check, **missing) if missing else check

    @classmethod
    def of(cls, given: object) -> Contract:
        """Return the contract that is given as a path, as YAML text, as a dict or as itself.

        Raises
        ------
        ContractError
            With everything that is wrong with it.
        """
        from airflow_mlquality.contract.loading import contract_of

        return contract_of(given)

    @cached_property
    def declared(self) -> Mapping[str, LogicalType]:
        """The type of every column that has one declared; `number` is read as float."""
        types = {check.column: check.wanted.name for check in self.checks if isinstance(check, Type)}
        return {
            column: LogicalType.FLOAT if wanted == NUMBER else LogicalType(wanted) for column, wanted in types.items()
        }

    @cached_property
    def known_values(self) -> frozenset[str]:
        """Every value that the contract itself names, as text."""
        values = [value for check in self.checks for value in check.named_values()]
        return frozenset(text for value in values for text in _texts(value))

    @cached_property
    def digest(self) -> str:
        """Twelve hexadecimal digits that change when anything changes that the contract requires."""
        content = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "origin"}
        content["checks"] = [[check.name(), check.model_dump(mode="json")] for check in self.checks]
        text = json.dumps(content, sort_keys=True, default=_plain)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def checks_for(self, environment: str = "") -> tuple[Check, ...]:
        """Return the checks that mean something in an environment.

        Parameters
        ----------
        environment
            One of `environments`; empty for where every column is there.
        """
        if not environment:
            return self.checks
        if environment not in self.environments:
            raise UsageError.unknown_choice("environment", environment, self.environments)
        absent = frozenset(self.environments[environment])
        return tuple(adapted for check in self.checks if (adapted := check.without(absent)) is not None)


def duplicate_ids(checks: Iterable[tuple[Place, Check]]) -> list[Problem]:
    """Return a problem for every check whose id another one before it has."""
    first: dict[str, str] = {}
    problems = []
    for place, check in checks:
        name = check.verdict_id
        if name in first:
            problems.append(Problem.duplicate_id(place, name, first[name]))
        first.setdefault(name, str(place) if place.line else place.path)
    return problems


def _never_empty(checks: tuple[Check, ...], runbook: str | None) -> tuple[Check, ...]:
    """Return the checks, one of which fails on a source without rows."""
    counts = [check for check in checks if isinstance(check, RowCount)]
    if any(check.fail is not None for check in counts):
        return checks
    if not counts:
        return (RowCount(fail=(1, None), runbook=runbook), *checks)
    return tuple(_with(check, fail=(1, None)) if check is counts[0] else check for check in checks)


def _with(check: Check, **values: Any) -> Check:
    return check.model_copy(update=values)


def _texts(value: object) -> tuple[str, ...]:
    """Return how a value may be written; engines and people differ on true."""
    return (str(value), str(value).lower()) if isinstance(value, bool) else (str(value),)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else sorted(value)

"""The keys of a contract that are no checks; those that are come from the check classes."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, field_validator

from airflow_mlquality.checks.estimates import FALSE_DISCOVERY_RATE
from airflow_mlquality.checks.policy import Policy

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_CURRENT_VERSION = 1


class Part(BaseModel):
    """A mapping of a contract with keys of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CsvOptions(Part):
    """How a CSV file is written, where the reader should not find out by itself."""

    null: tuple[str, ...] = ("",)
    """Texts that stand for no value."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """The character between values."""
    header: StrictBool | None = None
    """Whether the first line names the columns."""
    encoding: str | None = None
    """Encoding of the text, such as `latin-1`."""


def _listed(key: Any) -> Any:
    if isinstance(key, str):
        return [key]
    if not isinstance(key, list | tuple):
        msg = "is not a column and not a list of columns"
        raise ValueError(msg)  # noqa: TRY004  pydantic reports a ValueError with its place
    return key


class Dataset(Part):
    """What the rows are."""

    key: Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])] = ()
    """Column, or columns, that identify a row; shown beside example rows."""
    time: str | None = None
    """Column that says when a row happened."""
    partition: str | None = None
    """Column by which the rows come in partitions."""
    allow_empty: StrictBool = False
    """Whether a source without rows is fine."""
    csv: CsvOptions = CsvOptions()
    """How CSV files of it are written."""


class Head(Part):
    """What must hold for one stage of a pipeline."""

    version: Annotated[Any, Field(json_schema_extra={"const": _CURRENT_VERSION})]
    """Version of the language of contracts: 1."""
    contract: Annotated[str, Field(json_schema_extra={"pattern": f"^{_NAME.pattern}$"})]
    """Its name: letters, digits, `_`, `.` and `-`."""
    description: str | None = None
    """What the stage is, for people."""
    owner: str | None = None
    """Whom to ask."""
    runbook: str | None = None
    """Where people read what to do when it fails; a check may carry its own."""
    dataset: Dataset = Dataset()
    """What the rows are."""
    sources: dict[str, str] = {}
    """Other sources that checks read, by name."""
    policy: Policy = Policy()
    """What follows from an outcome."""
    false_discovery_rate: float = Field(default=FALSE_DISCOVERY_RATE, gt=0, lt=1)
    """Expected share of false alarms among the alarms of one run's estimated checks."""

    @field_validator("version")
    @classmethod
    def _is_read(cls, version: Any) -> Any:
        if version != _CURRENT_VERSION or not isinstance(version, int) or isinstance(version, bool):
            msg = f"is no version of contracts that is read here. Write {_CURRENT_VERSION}"
            raise ValueError(msg)
        return version

    @field_validator("contract")
    @classmethod
    def _is_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            msg = "is no name. Use letters, digits, '_', '.' and '-', at most 200"
            raise ValueError(msg)
        return name


class Environment(Part):
    """Where else the same contract is used."""

    without: tuple[str, ...] = ()
    """Columns that are absent there."""


class SchemaPart(Part):
    """Which columns there are."""

    environments: dict[str, Environment] = {}
    """What is different elsewhere, such as at serving, by the name of the environment."""


class ColumnPart(Part):
    """What must hold for a column."""

    optional: StrictBool = False
    """Whether the column may be missing."""
    samples: Literal["allow", "redact"] = "redact"
    """Whether its values may be shown in logs and pages."""
    description: str | None = None
    """What it means, for people."""


class TablePart(Part):
    """What must hold for the table as a whole."""


class LabelsPart(Part):
    """What must hold for the labels: their column and at least one check of it."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 2})

    column: str
    """The column with the labels."""


class DriftPart(Part):
    """How far the stage may have moved from a reference.

    Every column is compared, unless another check stands here and no option of `drift` itself: `columns: all` asks for
    both.
    """

    reference: str | None = None
    """Name of a stored profile, or path of one."""

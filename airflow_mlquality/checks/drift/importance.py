"""What a column means to the model: how far it may drift before anybody is stopped by it."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from airflow_mlquality.checks.estimates import EstimatedCheck
from airflow_mlquality.checks.levels import bound_text
from airflow_mlquality.checks.wording import near
from airflow_mlquality.verdict import Outcome

Weights = Annotated[
    dict[str, Annotated[float, Field(ge=0, le=1)]],
    BeforeValidator(lambda given: given, json_schema_input_type=dict[str, Annotated[float, Field(ge=0, le=1)]] | str),
]
"""Weight by column, from 0 to 1; or the path of a file that holds them, which is read when the contract is."""


class WeighedCheck(EstimatedCheck):
    """A check of one column whose levels depend on what the column means to the model."""

    importance: Weights = Field(default={})
    """What a column means to the model, from 0 to 1: it fails from ``fail / weight`` on; 1 where nothing is said."""

    @property
    def weight(self) -> float:
        """What the column means to the model, from 0 to 1."""
        return self.importance.get(self.column, 1.0)

    @property
    def alarm_level(self) -> float | None:
        """The distance whose crossing is an alarm."""
        warn, fail = self.levels
        return warn if warn is not None else fail

    @property
    def levels(self) -> tuple[float | None, float | None]:
        """From where on it warns and fails: what weighs less fails later, and warns where it would have failed."""
        if self.weight == 1 or self.fail is None:
            return self.warn, self.fail
        return self.warn or self.fail, self.fail / self.weight if self.weight else math.inf

    @property
    def shown_levels(self) -> dict[str, float | None]:
        """The levels, as a verdict shows them."""
        warn, fail = self.levels
        return {"warn": warn, "fail": None if fail == math.inf else fail}

    @property
    def shown_weight(self) -> dict[str, float]:
        """The weight, as evidence."""
        return {"importance": self.weight} if self.importance else {}

    def bound(self, outcome: Outcome, observed: float) -> str:
        """Return which level decided, and what the column weighs, in words."""
        warn, fail = self.levels
        said = f"; its importance is {near(self.weight)}" if self.weight < 1 else ""
        if fail != math.inf:
            return f"{bound_text(outcome, observed, warn, fail)}{said}"
        if outcome is Outcome.PASS:
            return "which cannot fail; its importance is 0"
        return f"{bound_text(outcome, observed, warn, None)}{said}"


def weights_of_file(path: str) -> dict[str, float]:
    """Return the weights that a file holds, divided by the largest of them, negative ones as 0.

    Importances of models come in any unit: shares, gains, losses by permutation. A JSON file holds one object of
    columns and numbers; a CSV file has a heading and a row per column, its name first and its number second.

    Raises
    ------
    ValueError
        When the file cannot be read, or holds no positive number.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        found = _of_csv(text) if path.lower().endswith(".csv") else _of_json(text)
    except OSError as failed:
        msg = f"'{path}' cannot be read: {failed.strerror}"
        raise ValueError(msg) from None
    except (ValueError, TypeError, AttributeError):
        msg = f"'{path}' is neither a JSON object of columns and numbers nor a CSV file of columns and numbers"
        raise ValueError(msg) from None
    largest = max((weight for weight in found.values() if math.isfinite(weight)), default=0.0)
    if largest <= 0 or not all(map(math.isfinite, found.values())):
        msg = f"'{path}' holds no importance above 0, or one that is not finite"
        raise ValueError(msg)
    return {name: max(0.0, weight / largest) for name, weight in found.items()}


def _of_json(text: str) -> dict[str, float]:
    return {name: float(weight) for name, weight in json.loads(text).items()}


def _of_csv(text: str) -> dict[str, float]:
    _, *rows = [row for row in csv.reader(text.splitlines()) if row]
    return {name: float(weight) for name, weight, *_ in rows}


def with_weights_read(options: dict[str, Any]) -> dict[str, Any]:
    """Return options with the weights of a file that they name; of listed columns, where columns are listed."""
    given = options.get("importance")
    if not isinstance(given, str):
        return options
    weights, listed = weights_of_file(given), options.get("columns_", "all")
    kept = weights if isinstance(listed, str) else {name: each for name, each in weights.items() if name in listed}
    return {**options, "importance": kept}

"""Rows of a partition as texts, numbers and times, and which of them break what a check asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from airflow_mlquality.checks import Check

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

CODES_AS_DOUBLES = r"^(-?\d+)\.0+$"
ISO = r"\d{4}-\d{2}-\d{2}([ T].*)?"


@dataclass
class Rows:
    """A partition; a column that is missing has no value in any row."""

    texts: pd.DataFrame
    _numbers: dict[str, pd.Series] = field(default_factory=dict)
    _times: dict[str, pd.Series] = field(default_factory=dict)

    def text(self, name: str) -> pd.Series:
        """Return a column as it is written."""
        return self.texts[name] if name in self.texts else pd.Series(None, index=self.texts.index, dtype=object)

    def number(self, name: str) -> pd.Series:
        """Return a column as numbers."""
        if name not in self._numbers:
            self._numbers[name] = pd.to_numeric(self.text(name), errors="coerce").astype(float)
        return self._numbers[name]

    def time(self, name: str) -> pd.Series:
        """Return a column as points in time, of texts in the form of ISO 8601 alone."""
        if name not in self._times:
            text = self.text(name)
            text = text.where(text.str.fullmatch(ISO).fillna(value=False).astype(bool))
            self._times[name] = pd.to_datetime(text, errors="coerce")
        return self._times[name]

    def typed(self, kinds: Mapping[str, str]) -> pd.DataFrame:
        """Return the numbers and times."""
        numbers = {name: self.number(name) for name, kind in kinds.items() if kind == "number"}
        return pd.DataFrame(numbers | {name: self.time(name) for name, kind in kinds.items() if kind == "time"})

    def table(self, kinds: Mapping[str, str]) -> pa.Table:
        """Return the rows in the types that the contract declares."""
        columns = {}
        for name in self.texts:
            if kinds.get(name) == "number":
                columns[name] = pa.array(self.number(name), pa.float64(), from_pandas=True)
            elif kinds.get(name) == "time":
                columns[name] = pa.array(self.time(name), pa.timestamp("us"), from_pandas=True)
            else:
                text = self.text(name).astype(object)
                columns[name] = pa.array(text.where(text.notna(), None), pa.string())
        return pa.table(columns)


Mask = Callable[[Rows], "pd.Series | np.ndarray"]


@dataclass(frozen=True)
class Watch:
    """A check, the columns that it blames, and which rows break it; None where it judges no rows."""

    check: Check
    blamed: tuple[str, ...] = ()
    rows: Mask | None = None
    is_found: bool = False
    """Whether it was searched for among many: it is kept only where rows agree in which it was not found."""


def read(path: str) -> pd.DataFrame:
    """Return a file as texts; whole numbers among missing ones, written as doubles, are written whole again."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    return frame.apply(lambda column: column.str.replace(CODES_AS_DOUBLES, r"\1", regex=True))


def kind_of(texts: pd.Series, most_codes: int = 20) -> str:
    """Return what a column holds: times, numbers, codes (few whole numbers), words (few texts), or texts."""
    values = texts.dropna()
    if values.empty:
        return "empty"
    if values.str.fullmatch(ISO).mean() > 0.95:  # noqa: PLR2004  the rest is what is wrong with it
        return "time"
    distinct = values.nunique()
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().mean() > 0.95:  # noqa: PLR2004  as above
        whole = values.str.fullmatch(r"-?\d+").all()
        return "code" if whole and distinct <= most_codes else "number"
    return "word" if distinct <= 10 * most_codes and distinct < len(values) / 10 else "text"

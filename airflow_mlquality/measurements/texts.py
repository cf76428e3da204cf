"""What texts look like in any language: how long they are, of how many words, and with which kinds of characters."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import Measurement
from airflow_mlquality.measurements.types import LogicalType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements.schema import Schema

LENGTHS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
"""Upper ends of the bins of characters; there is one more above."""
BLANKS = (0, 1, 2, 4, 8, 16, 32, 64, 128, 512)
"""Upper ends of the bins of blanks, one fewer than words; there is one more above."""
TRAITS: dict[str, str] = {
    "a digit": "[0-9]",
    "a capital letter": "[A-Z]",
    "a small letter": "[a-z]",
    "a character beyond ASCII": r"[\x{80}-\x{10FFFF}]",
    "punctuation": r"[!-/:-@\x5B-\x60{-~]",
    "a line end": r"[\n\r]",
    "a blank at an end": "^ | $",
    "two blanks in a row": "  ",
    "a letter before a digit": "[A-Za-z][0-9]",
    "a digit before a letter": "[0-9][A-Za-z]",
    "a small before a capital letter": "[a-z][A-Z]",
    "two capital letters in a row": "[A-Z][A-Z]",
    "punctuation before a letter": r"[!-/:-@\x5B-\x60{-~][A-Za-z]",
    "two punctuation marks in a row": r"[!-/:-@\x5B-\x60{-~][!-/:-@\x5B-\x60{-~]",
}
"""What a text may contain: classes of characters, and pairs of classes, so that no language matters."""


@dataclass(frozen=True)
class TextTraitsFact:
    """How many texts lie in each bin of lengths and blanks, and have each trait, in the order of `TRAITS`."""

    lengths: tuple[int, ...] = (0,) * (len(LENGTHS) + 1)
    blanks: tuple[int, ...] = (0,) * (len(BLANKS) + 1)
    traits: tuple[int, ...] = (0,) * len(TRAITS)
    nulls: int = 0

    @property
    def texts(self) -> int:
        """Rows with a text."""
        return sum(self.lengths)


@dataclass(frozen=True)
class TextTraits(Measurement[TextTraitsFact]):
    """How long the texts of a column are, of how many words, and what kinds of characters they have."""

    column: str
    kind: ClassVar[str] = "text_traits"

    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        if schema[self.column].type is not LogicalType.STRING:
            return {}
        text = sql.col(self.column)
        length = exp.Length(this=text)
        others = exp.Length(this=sql.condition(f"REPLACE({sql.text(text)}, ' ', '')"))
        labels: dict[str, exp.Expr] = {
            "rows": exp.Count(this=exp.Star()),
            "present": exp.Count(this=text.copy()),
            "lengths": sql.counts_in_bins(exp.cast(length, "DOUBLE"), LENGTHS),
            "blanks": sql.counts_in_bins(
                exp.cast(exp.paren(exp.Sub(this=length.copy(), expression=others)), "DOUBLE"), BLANKS
            ),
        }
        for i, pattern in enumerate(TRAITS.values()):
            has = exp.RegexpLike(this=text.copy(), expression=sql.literal(pattern))
            labels[f"trait{i}"] = sql.count_where(has)
        return labels

    def read(self, values: Mapping[str, Any]) -> TextTraitsFact:
        if not values:
            return TextTraitsFact()
        present = int(values["present"] or 0)
        lengths, blanks = ((*below, present - sum(below)) for below in (values["lengths"], values["blanks"]))
        traits = tuple(int(values[f"trait{i}"] or 0) for i in range(len(TRAITS)))
        return TextTraitsFact(lengths, blanks, traits, int(values["rows"] or 0) - present)

    def merge(self, left: TextTraitsFact, right: TextTraitsFact) -> TextTraitsFact:
        lengths, blanks, traits = (
            tuple(one + two for one, two in zip(getattr(left, name), getattr(right, name), strict=True))
            for name in ("lengths", "blanks", "traits")
        )
        return TextTraitsFact(lengths, blanks, traits, left.nulls + right.nulls)

    def encode(self, fact: TextTraitsFact) -> Any:
        return asdict(fact)

    def decode(self, value: Any) -> TextTraitsFact:
        return TextTraitsFact(tuple(value["lengths"]), tuple(value["blanks"]), tuple(value["traits"]), value["nulls"])

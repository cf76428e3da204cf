"""A fact of some of the rows of a large stage: enough for an estimate, and much cheaper than that of all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from sqlglot import exp

from airflow_mlquality.measurements import sql
from airflow_mlquality.measurements.base import CannotMergeError, Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_mlquality.measurements.schema import Schema

SAMPLED_ROWS = 200_000
"""About so many rows of a larger stage are looked at."""

_LOOKED_AT = "looked at"


@dataclass(frozen=True)
class SampledFact:
    """A fact, and of how many rows it is.

    Parameters
    ----------
    looked_at
        Rows that the fact is of; those that it counts, and no others.
    rows
        Rows of the stage.
    of
        The fact.
    """

    looked_at: int
    rows: int
    of: Any

    @property
    def is_whole(self) -> bool:
        """Whether every row was looked at."""
        return self.looked_at == self.rows


@dataclass(frozen=True)
class Sampled(Measurement[SampledFact]):
    """A fact of at most about `SAMPLED_ROWS` rows of the stage, for checks that estimate a distribution.

    The embedded engine looks at one row in every k neighbouring ones, where k is the least number that leaves no more
    rows than that; which of them, a hash of its place tells, so that the same file has the same sample again on
    any number of threads. Half of `SAMPLED_ROWS` is the least that it looks at. All sampled facts of a stage are of the
    same rows, but for a summary of a column that is asked of all rows as well: it is that one. A smaller stage is
    looked at whole, and so is every stage on databases and Spark: there the fact is the plain one. A profile that is
    taken by itself holds the plain fact, so that profiles of parts merge.

    What is counted in the rows that were looked at differs from the stage by chance: a share, and a cumulative
    distribution anywhere, by less than 0.0044 at 200,000 rows and by less than 0.0062 at 100,000, except in one sample
    of a thousand (Massart's bound). Checks compute their intervals with the rows that were looked at, so that these
    allow for it.

    Parameters
    ----------
    of
        What is measured; no `Shape`, whose bins would have to be chosen, and no fact of another source. Different
        values are counted and not estimated: there are few enough.

    References
    ----------
    Massart, P. (1990). The tight constant in the Dvoretzky-Kiefer-Wolfowitz inequality. Annals of Probability, 18,
    1269-1283. DOI 10.1214/aop/1176990746
    """

    of: Measurement[Any]
    kind: ClassVar[str] = "sampled"

    def columns(self) -> tuple[str, ...]:
        return self.of.columns()

    def question(self) -> Sampled:
        """Return it with its inner question."""
        return type(self)(self.of.question())

    def select(self, schema: Schema) -> Mapping[str, exp.Expr]:
        inner = {label: _counted(tree) for label, tree in self.of.select(schema).items()}
        return {_LOOKED_AT: exp.Count(this=exp.Star()), **inner}

    def read(self, values: Mapping[str, Any]) -> SampledFact:
        """Make the fact of rows that are all there are, as far as the statement knows."""
        inner = {label: value for label, value in values.items() if label != _LOOKED_AT}
        rows = int(values[_LOOKED_AT] or 0)
        return SampledFact(rows, rows, self.of.read(inner))

    def merge(self, left: SampledFact, right: SampledFact) -> SampledFact:
        """Merge facts of all rows of both parts; shares of samples of different parts do not add up."""
        for part in (left, right):
            if not part.is_whole:
                raise CannotMergeError(
                    f"{self.of.kind} of {', '.join(self.columns()) or 'a part'} is of {part.looked_at:,} of "
                    f"{part.rows:,} rows, and such a part does not merge; judge the rows of the whole"
                )
        return SampledFact(left.looked_at + right.looked_at, left.rows + right.rows, self.of.merge(left.of, right.of))

    def encode(self, fact: SampledFact) -> Any:
        return {"looked_at": fact.looked_at, "rows": fact.rows, "of": self.of.encode(fact.of)}

    def decode(self, value: Any) -> SampledFact:
        return SampledFact(value["looked_at"], value["rows"], self.of.decode(value["of"]))

    def to_json(self) -> dict[str, Any]:
        return {"measurement": self.kind, "of": self.of.to_json()}

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        from airflow_mlquality.measurements import measurement_from_json

        return cls(measurement_from_json(parameters["of"]))


def _counted(tree: exp.Expr) -> exp.Expr:
    """Return an expression that counts different values where another one may estimate them."""
    return exp.Count(this=exp.Distinct(expressions=[tree.this])) if isinstance(tree, sql.DistinctValues) else tree

"""Whether labels agree with what a model, or another source of labels, says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, model_validator

from airflow_mlquality.checks.at_least import AtLeastCheck, turned, with_least_levels
from airflow_mlquality.checks.estimates import Estimate
from airflow_mlquality.checks.labels.classes import Contingency, contingency, rows_by_class
from airflow_mlquality.checks.values.bounds import is_scalar
from airflow_mlquality.checks.wording import percent
from airflow_mlquality.measurements import LogicalType, Measurement, RowCount, Schema
from airflow_mlquality.verdict import Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow_mlquality.checks.base import Facts, Family, Scope
    from airflow_mlquality.stats.agreement import Agreement

_SHOWN = 10
"""Pairs of classes that the evidence holds."""


class ProxyAgreement(AtLeastCheck):
    """The label agrees with a proxy's, beyond chance.

    A proxy is a column that says the same in another way: the prediction of the model in service, a second labelling,
    a business rule. Cohen's kappa is 1 where both always agree, 0 where they agree as often as by chance. Classes are
    compared as text; rows without label or without proxy are not judged.

    Why it matters
    --------------
    Labels that turned, were joined to the wrong rows or come from another definition still have the right shares;
    they no longer agree with anything.

    How it decides
    --------------
    Kappa with an interval, the wider of the large-sample one of Fleiss, Cohen and Everitt and of the exact one of the
    observed agreement: fail when all of it lies at or below `fail`, warn when it lies at or below `warn`, pass when it
    lies above `fail`, otherwise undecided, naming how many rows would decide. Undecided when no row has both, and when
    both know a single class, where agreement says nothing. Measured with three classes: at the bound it alarms in
    1 % of samples of 50 to 5,000 rows or fewer; kappa 0.5 under a bound of 0.6 is found in 98 % of samples of 1,000
    rows.

    When it misleads
    ----------------
    A model that learned from these labels agrees with their errors. Kappa falls where one class is rare, though the
    rows agree; the evidence holds the pairs of classes. Rows are taken as independent.

    References
    ----------
    Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational and Psychological Measurement, 20,
    37-46. DOI 10.1177/001316446002000104

    Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969). Large sample standard errors of kappa and weighted kappa.
    Psychological Bulletin, 72, 323-327. DOI 10.1037/h0028106

    Examples
    --------
    >>> from airflow_mlquality.trial import trial
    >>> check = ProxyAgreement(column="late", proxy="predicted")
    >>> print(trial(check, late=[1, 0, 0, 0] * 50, predicted=[1, 0, 0, 0] * 50))  # doctest: +NORMALIZE_WHITESPACE
    pass: Cohen's kappa of 'late' and 'predicted' is 1 [0.94, 1] (200 rows), within fail [0.4, …]
    >>> print(trial(check, late=[1, 0, 0, 0] * 50, predicted=[0, 1, 0, 0] * 50))  # doctest: +NORMALIZE_WHITESPACE
    fail: Cohen's kappa of 'late' and 'predicted' is -0.33 [-0.56, -0.11] (200 rows), outside fail [0.4, …]; where they
    disagree most: label '#', proxy '#' (25 %), label '#', proxy '#' (25 %)
    >>> print(trial(check, late=[1, 0], predicted=[1, 0]))  # doctest: +NORMALIZE_WHITESPACE
    undecided: Cohen's kappa of 'late' and 'predicted' is 1 [-0.8, 1] (2 rows), too few to tell: about 19 rows would
    decide
    """

    family: ClassVar[Family] = "labels"
    scope: ClassVar[Scope] = "labels"
    short: ClassVar[str | None] = "proxy"

    proxy: str
    """The column that says the same in another way."""
    warn: float | None = Field(default=None, ge=-1, lt=1)
    """Kappa below which it warns; 0.6, unless `fail` is set above that."""
    fail: float | None = Field(default=None, ge=-1, lt=1)
    """Kappa below which it fails; 0.4, unless `warn` is set below that."""

    @staticmethod
    def accepts(type_: LogicalType) -> bool:
        """Return whether a value of that type can be a class: one with parts cannot."""
        return is_scalar(type_)

    @model_validator(mode="before")
    @classmethod
    def _default_levels(cls, given: Any) -> Any:
        return with_least_levels(given, 0.6, 0.4) if isinstance(given, dict) else given

    def columns(self) -> tuple[str, ...]:
        """Return the label and the proxy."""
        return (self.column, self.proxy)

    def needs(self, schema: Schema) -> Sequence[Measurement[Any]]:
        """Ask for rows by pairs of classes."""
        return (RowCount(), rows_by_class(self.columns(), schema)) if is_scalar(schema[self.proxy].type) else ()

    @property
    def _quantity(self) -> str:
        return f"Cohen's kappa of '{self.column}' and '{self.proxy}'"

    def _table(self, facts: Facts) -> Contingency | Verdict:
        schema = facts.current.schema
        if not is_scalar(schema[self.proxy].type):
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self._quantity}: type {schema[self.proxy].type.value} of '{self.proxy}' holds no classes",
                advice="name a column with one class per row",
            )
        fact = facts.current[rows_by_class(self.columns(), schema)]
        if not fact.is_complete:
            return self.undecided(
                Cause.WRONG_TYPE,
                f"{self._quantity}: they have more than 1,000 pairs of values, too many for classes",
                advice="name columns that hold classes",
            )
        if not fact.rows:
            what = "the table has no rows" if facts.current.rows == 0 else "no row has both"
            return self.undecided(
                Cause.NO_DATA, f"{self._quantity}: {what}", advice="find out why labels or proxies are missing"
            )
        return contingency(fact, (schema[self.column].type, schema[self.proxy].type))

    def _agreement(self, table: Contingency) -> Agreement | None:
        from airflow_mlquality.stats.agreement import cohen_kappa

        return cohen_kappa(table.counts)

    def estimate(self, facts: Facts) -> Estimate | Verdict:
        """Return kappa, or why there is none."""
        table = self._table(facts)
        if isinstance(table, Verdict):
            return table
        found = self._agreement(table)
        if found is None:
            return self.undecided(
                Cause.TOO_SMALL,
                f"{self._quantity}: all {table.rows:,} rows are of one class in both, where agreement says nothing",
                advice="judge rows of several classes",
            )
        return Estimate(-found.value, lambda rate: turned(found.interval(rate)))

    def conclude(self, facts: Facts, estimate: Estimate, error_rate: float) -> Verdict:
        """Hold the interval against the levels."""
        table = self._table(facts)
        assert isinstance(table, Contingency)  # noqa: S101  there is an estimate
        apart = self._apart(table, facts)
        most = [f"label {each['label']}, proxy {each['proxy']} ({percent(each['share'])})" for each in apart[:2]]
        return self.held(
            self._quantity,
            estimate,
            error_rate,
            (table.rows, "rows"),
            unit="kappa",
            found=f"; where they disagree most: {', '.join(most)}" if most else "",
            advice=f"see whether '{self.column}' or '{self.proxy}' changed its meaning, or was joined to other rows",
            evidence={**self._evidence(table, facts), "disagreements": apart[:_SHOWN]},
        )

    def _apart(self, table: Contingency, facts: Facts) -> list[dict[str, Any]]:
        """Return the pairs of different classes, most rows first."""
        pairs = [
            (rows, first, second)
            for first, line in zip(table.classes, table.counts, strict=True)
            for second, rows in zip(table.classes, line, strict=True)
            if rows and first != second
        ]
        return [
            {
                "label": facts.display(self.column, first),
                "proxy": facts.display(self.proxy, second),
                "rows": rows,
                "share": rows / table.rows,
            }
            for rows, first, second in sorted(pairs, key=lambda pair: -pair[0])
        ]

    def _evidence(self, table: Contingency, facts: Facts) -> dict[str, Any]:
        """Return of each class how often the proxy agrees with it."""
        classes = [
            {
                "label": facts.display(self.column, name),
                "rows": sum(line),
                "proxy_rows": sum(each[at] for each in table.counts),
                "agreeing": line[at],
            }
            for at, (name, line) in enumerate(zip(table.classes, table.counts, strict=True))
        ]
        agreeing = sum(line[at] for at, line in enumerate(table.counts)) / table.rows
        return {"rows": table.rows, "agreement": agreeing, "classes": classes[: 10 * _SHOWN]}

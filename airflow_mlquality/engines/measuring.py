"""Taking all facts of a table in as few scans as possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from airflow_mlquality.engines.dialects.base import AGAIN, Alone, Form, Grouped, Inline, Listed, UnavailableError
from airflow_mlquality.errors import EngineError, LostError
from airflow_mlquality.measurements import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from airflow_mlquality.engines.dialects.base import Dialect
    from airflow_mlquality.engines.engine import Engine, Table

    Taker = Callable[[Engine, Table, Sequence[Any]], Iterator[tuple[Form, Any]]]

Question = Measurement[Any]
Answers = dict[Form, Any]
"""What forms gave: a fact is read of those that its measurement asked for."""


def measure(
    engine: Engine, table: Table, measurements: Iterable[Question]
) -> tuple[dict[Question, Any], dict[Question, str]]:
    """Return the facts of a table, and why a measurement failed where one did.

    All aggregates go into one statement, so that the rows are read once; counts per place go into a second one where
    the dialect groups them. Where a statement fails, its halves are tried, until the failure is that of single
    measurements.

    Raises
    ------
    LostError
        When the engine is gone.
    """
    measurements = list(measurements)
    engine.prepare(table, measurements)
    facts: dict[Question, Any] = {}
    failures: dict[Question, str] = {}
    asked: list[Asked] = []
    for measurement in measurements:
        try:
            asked.append(Asked.of(engine, table, measurement))
        except UnavailableError as refused:
            failures[filed(measurement)] = str(refused)
    answers: Answers = {}
    lost: dict[Form, str] = {}
    for kind, take in _TAKERS:
        _take(engine, table, _forms(asked, kind), take, answers, lost)
    for each in asked:
        broken = next((lost[form] for form in each.forms.values() if form in lost), None)
        if broken is not None:
            failures[each.filed] = broken
        else:
            facts[each.filed] = each.fact(answers)
    return facts, failures


def filed(measurement: Question) -> Question:
    """Return under what a fact is kept."""
    return measurement.question()


@dataclass(frozen=True)
class Asked:
    """A measurement, the first column that it reads, and the forms in which an engine is asked, by label."""

    measurement: Question
    column: str
    forms: Mapping[str, Form]

    @classmethod
    def of(cls, engine: Engine, table: Table, measurement: Question) -> Asked:
        """Put the expressions of a measurement into the engine's SQL.

        Raises
        ------
        UnavailableError
            When its dialect cannot say one of them.
        """
        trees = measurement.select(table.schema)
        dialect = engine.dialect
        forms = {label: dialect.form(tree, table.schema, engine.relations) for label, tree in trees.items()}
        return cls(measurement, next(iter(measurement.columns()), ""), forms)

    @property
    def filed(self) -> Question:
        """Under what its fact is kept."""
        return filed(self.measurement)

    def fact(self, answers: Answers) -> Any:
        """Make the fact of what its forms gave."""
        return self.measurement.read({label: answers[form] for label, form in self.forms.items()})


# ---- statements ----


def _inline(engine: Engine, table: Table, forms: Sequence[Inline]) -> Iterator[tuple[Form, Any]]:
    names: dict[str, int] = {}
    for form in forms:
        for text in form.texts:
            names.setdefault(text, len(names))
    row = engine.aggregates(table, list(names))
    coarse: dict[Form, Inline] = {}
    for form in forms:
        value = form.read([row[names[text]] for text in form.texts])
        if value is AGAIN and form.instead is not None:
            coarse[form] = form.instead
        else:
            yield form, value
    if coarse:
        fine = dict(_inline(engine, table, list(coarse.values())))
        for coarsely, finely in coarse.items():
            yield coarsely, fine[finely]


def _grouped(engine: Engine, table: Table, forms: Sequence[Grouped]) -> Iterator[tuple[Form, Any]]:
    places = ", ".join(f"{form.place} AS p{number}" for number, form in enumerate(forms))
    names = [f"p{number}" for number in range(len(forms))]
    sets = ", ".join(f"({name})" for name in names)
    rows = engine.measure(
        f"SELECT {', '.join(names)}, COUNT(*) "
        f"FROM (SELECT {places} FROM {table.relation}{engine.dialect.fence}) placed "
        f"GROUP BY GROUPING SETS ({sets})"
    )
    counts = [[0] * (form.places + 1) for form in forms]
    for *row, count in rows:
        for number, place in enumerate(row):
            if place is not None:
                counts[number][int(place)] += int(count)
    for form, counted in zip(forms, counts, strict=True):
        yield form, tuple(counted[1:])


def _alone(engine: Engine, table: Table, forms: Sequence[Alone]) -> Iterator[tuple[Form, Any]]:
    for form in forms:
        ((count,),) = engine.measure(f"SELECT COUNT(*) FROM {table.relation} WHERE {form.where}")
        yield form, count


def _listed(engine: Engine, table: Table, forms: Sequence[Listed]) -> Iterator[tuple[Form, Any]]:
    for form in forms:
        yield form, form.read(engine.measure(form.statement(table.relation)))


_TAKERS = ((Inline, _inline), (Grouped, _grouped), (Alone, _alone), (Listed, _listed))


def _take(
    engine: Engine,
    table: Table,
    forms: list[Any],
    take: Taker,
    answers: Answers,
    lost: dict[Form, str],
) -> None:
    for batch in _batches(forms, engine.dialect):
        _take_batch(engine, table, batch, take, answers, lost)


def _take_batch(
    engine: Engine,
    table: Table,
    batch: Sequence[Any],
    take: Taker,
    answers: Answers,
    lost: dict[Form, str],
) -> None:
    try:
        answers |= dict(take(engine, table, batch))
    except LostError:
        raise
    except EngineError as failed:
        if len(batch) == 1:
            lost[batch[0]] = str(failed)
            return
        middle = len(batch) // 2
        _take_batch(engine, table, batch[:middle], take, answers, lost)
        _take_batch(engine, table, batch[middle:], take, answers, lost)


def _forms(asked: Sequence[Asked], kind: type[Form]) -> list[Form]:
    """Return the forms of a kind, each once, those of one column together so that a split reads no column twice."""
    ordered = sorted(asked, key=lambda each: each.column)
    return list(dict.fromkeys(form for each in ordered for form in each.forms.values() if isinstance(form, kind)))


def _batches(forms: Sequence[Form], dialect: Dialect) -> Iterator[list[Form]]:
    """Return forms in statements that the dialect bears."""
    batch: list[Form] = []
    width = length = 0
    for form in forms:
        more, characters = _size(form, dialect)
        if batch and (width + more > dialect.widest or length + characters > dialect.longest):
            yield batch
            batch, width, length = [], 0, 0
        batch.append(form)
        width += more
        length += characters
    if batch:
        yield batch


def _size(form: Form, dialect: Dialect) -> tuple[int, int]:
    """Return how many of a statement's expressions a form takes, and how many characters."""
    if isinstance(form, Inline):
        return len(form.texts), sum(len(text) + 10 for text in form.texts)
    if isinstance(form, Grouped):
        return max(1, dialect.widest // dialect.sets), len(form.place) + 20
    return dialect.widest, len(form.where) if isinstance(form, Alone) else 0

"""From what a document says to a contract, with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from airflow_mlquality.checks import CHECKS
from airflow_mlquality.contract.check_values import Given, given_options, items_of, schema_options
from airflow_mlquality.contract.model import Contract, duplicate_ids
from airflow_mlquality.contract.options import LEVELS, checks_under, homes, is_whole_part, options, takes_time
from airflow_mlquality.contract.parts import (
    ColumnPart,
    Dataset,
    DriftPart,
    Head,
    LabelsPart,
    Part,
    SchemaPart,
    TablePart,
)
from airflow_mlquality.contract.problems import Places, problems_of, truths_as_numbers
from airflow_mlquality.contract.yaml import Document, Path, path_text
from airflow_mlquality.errors import ContractError, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from airflow_mlquality.checks.base import Check, Scope

AnyPart = TypeVar("AnyPart", bound=Part)

PARTS: tuple[str, ...] = ("schema", "columns", "rows", "table", "labels", "drift")
"""The parts of a document that hold checks, in reading order."""


def contract_from(document: Document, where: str) -> Contract:
    """Return the contract that a document describes.

    Raises
    ------
    ContractError
        With everything that is wrong with it, in the order of the document.
    """
    return _Reader(document, where).contract()


class _Reader:
    """Reads a document once; collects checks and problems on the way."""

    def __init__(self, document: Document, where: str) -> None:
        self.document = document
        self.where = where
        self.problems = list(document.problems)
        self.checks: list[tuple[Place, Check]] = []
        dataset = document.data.get("dataset") if isinstance(document.data, dict) else None
        self.time: Any = dataset.get("time") if isinstance(dataset, dict) else None

    def contract(self) -> Contract:
        data = self.document.data
        if data is None or data == {}:
            raise ContractError([Problem.empty(self.where)])
        if not isinstance(data, Mapping):
            raise ContractError([Problem.wrong_value(self.place(()), data, "a mapping")])
        self._unknown_keys(data, (), [*Head.model_fields, *PARTS])
        head = self._part(Head, data, ())
        columns = self._columns(data.get("columns"))
        schema = self._schema(data.get("schema"), columns)
        self._rows(data.get("rows"))
        self._table(data.get("table"))
        self._labels(data.get("labels"))
        drift = self._drift(data.get("drift"))
        self.problems += duplicate_ids(self.checks)
        self._sources(data.get("sources"))
        if self.problems or head is None:
            raise ContractError(self.problems)
        return Contract(
            name=head.contract,
            checks=tuple(check for _, check in sorted(self.checks, key=lambda each: each[0].line)),
            samples=frozenset(name for name, column in columns.items() if column.samples == "allow"),
            environments={name: each.without for name, each in schema.environments.items()},
            reference=drift.reference,
            origin=self.where,
            **{name: getattr(head, name) for name in _OF_HEAD},
            **{name: getattr(head.dataset, name) for name in Dataset.model_fields},
        )

    # ---- places ----

    def place(self, path: Path) -> Place:
        """Return where a path lies; a path that is not written lies where its parent does."""
        known = path
        while known and known not in self.document.lines:
            known = known[:-1]
        return Place(self.where, path_text(path), self.document.lines.get(known, 0))

    def _places_under(self, base: Path, ways: Mapping[str, Path] | None = None) -> Places:
        def places(path: Path) -> Place:
            way = (ways or {}).get(str(path[0]), path[:1]) if path else ()
            return self.place((*base, *way, *path[1:]))

        return places

    # ---- parts ----

    def _part(self, model: type[AnyPart], data: Any, path: Path) -> AnyPart | None:
        """Return the keys of a part that are no checks; None when they are wrong."""
        given = {key: data[key] for key in model.model_fields if key in data}
        given = {key: value for key, value in given.items() if value is not None}
        try:
            part = model.model_validate(given)
        except ValidationError as error:
            self.problems += problems_of(error, given, model, self._places_under(path))
            return None
        self._truths(given, part, self._places_under(path))
        return part

    def _truths(self, given: Mapping[str, Any], built: Any, places: Places) -> None:
        for path, value in truths_as_numbers(given, built):
            self.problems.append(Problem.wrong_value(places(path), value, "a number"))

    def _mapping(self, data: Any, path: Path) -> dict[str, Any]:
        if data is None:
            return {}
        if isinstance(data, dict):
            return data
        self.problems.append(Problem.wrong_value(self.place(path), data, "a mapping"))
        return {}

    def _columns(self, data: Any) -> dict[str, ColumnPart]:
        columns = {}
        for name, given in self._mapping(data, ("columns",)).items():
            path = ("columns", name)
            values = self._mapping(given, path)
            columns[name] = self._part(ColumnPart, values, path) or ColumnPart()
            self._checks(values, path, "column", ColumnPart, {"column": name})
        return columns

    def _schema(self, data: Any, columns: Mapping[str, ColumnPart]) -> SchemaPart:
        path: Path = ("schema",)
        values = self._mapping(data, path)
        required = tuple(name for name, column in columns.items() if not column.optional)
        fill = {"known": tuple(columns), "required": required}
        part = self._part(SchemaPart, values, path) or SchemaPart()
        self._checks(values, path, "schema", SchemaPart, fill)
        if required and "required_columns" not in values:
            self._build(CHECKS["required_columns"], Given({}), ("columns",), fill)
        return part

    def _rows(self, data: Any) -> None:
        known = checks_under("rows")
        if data is not None and not isinstance(data, list):
            self.problems.append(Problem.wrong_value(self.place(("rows",)), data, "a list"))
            return
        for position, item in enumerate(data or []):
            path: Path = ("rows", position)
            values = self._mapping(item, path)
            names = [name for name in known if name in values]
            if len(names) == 1:
                self._row(known[names[0]], values, path)
            elif names:
                self.problems.append(Problem.many_row_checks(self.place(path), names))
            elif isinstance(item, dict):
                self.problems.append(Problem.no_row_check(self.place(path), known))

    def _row(self, check: type[Check], values: Mapping[str, Any], path: Path) -> None:
        """Read an item of rows: the options of a check, its name among them."""
        name = check.name()
        if name in options(check) and isinstance(values[name], Mapping):
            self.problems.append(Problem.nested_options(self.place((*path, name)), name, values[name]))
            return
        if name in options(check):
            self._build(check, Given(dict(values)), path, {})
            return
        rest = {key: value for key, value in values.items() if key != name}
        for given in self._given(check, values[name], (*path, name), "rows"):
            renamed = {key: (name, *way) for key, way in (given.renamed or {}).items()} or None
            self._build(check, Given({**given.options, **rest}, renamed), path, {})

    def _table(self, data: Any) -> None:
        path: Path = ("table",)
        self._checks(self._mapping(data, path), path, "table", TablePart, {})

    def _labels(self, data: Any) -> None:
        if data is None:
            return
        path: Path = ("labels",)
        values = self._mapping(data, path)
        part = self._part(LabelsPart, values, path) if isinstance(data, dict) else None
        self._checks(values, path, "labels", LabelsPart, {"column": part.column if part else "?"})
        if part and not values.keys() - LabelsPart.model_fields:
            self.problems.append(Problem.no_label_check(self.place(path), part.column, checks_under("labels")))

    def _drift(self, data: Any) -> DriftPart:
        if data is None:
            return DriftPart()
        path: Path = ("drift",)
        values = self._mapping(data, path)
        part = self._part(DriftPart, values, path) or DriftPart()
        others = {name: check for name, check in checks_under("drift").items() if not is_whole_part(check)}
        named = [name for name in others if name in values]
        for name in named:
            self._check(others[name], values[name], (*path, name), "drift", {})
        also = [*DriftPart.model_fields, *others]
        rest = {key: value for key, value in values.items() if key not in also}
        if isinstance(data, dict) and (rest or not named):  # another check alone says nothing of every column
            self._build(CHECKS["drift"], Given(rest), path, {"reference": part.reference}, also=also)
        return part

    # ---- checks ----

    def _checks(
        self, values: Mapping[str, Any], path: Path, scope: Scope, part: type[Part], fill: Mapping[str, Any]
    ) -> None:
        """Read the checks that stand in a part, by their names."""
        known = checks_under(scope)
        for name, value in values.items():
            if name in part.model_fields:
                continue
            place = self.place((*path, name))
            above = Place(place.where, path_text(path), place.line)
            if name in known:
                self._check(known[name], value, (*path, name), scope, fill)
            elif name in CHECKS:
                self.problems.append(Problem.misplaced_check(above, name, homes(CHECKS[name])))
            else:
                self.problems.append(Problem.unknown_check(above, name, [*known, *part.model_fields]))

    def _check(self, check: type[Check], value: Any, path: Path, scope: Scope, fill: Mapping[str, Any]) -> None:
        if scope == "schema" and value is not None:
            value = schema_options(value, self.place(path))
            if value is None:
                return
        if scope == "table" and takes_time(check):
            if self.time is None:
                self.problems.append(Problem.no_time(self.place(path), check.name()))
            fill = {"column": str(self.time)}
        for position, item in enumerate(items_of(value)):
            item_path = (*path, position) if isinstance(value, list) and value is not item else path
            for given in self._given(check, item, item_path, scope):
                self._build(check, given, item_path, fill)

    def _given(self, check: type[Check], value: Any, path: Path, scope: Scope) -> Iterator[Given]:
        found = value
        if not isinstance(value, Problem):
            found = given_options(check, value, self.place(path), scope)
        if isinstance(found, Problem):
            self.problems.append(found)
        else:
            yield found

    def _build(
        self, check: type[Check], given: Given, path: Path, fill: Mapping[str, Any], also: Iterable[str] = ()
    ) -> None:
        """Make a check of its options, or say what is wrong with them."""
        known = options(check)
        place = self.place(path)
        unknown = self._unknown_keys(given.options, path, list(dict.fromkeys([*known, *also])))
        values = {known[key]: value for key, value in given.options.items() if key in known}
        ways = {field: (given.renamed or {}).get(key, (key,)) for key, field in known.items()}
        places = self._places_under(path, ways)
        filled = {key: value for key, value in fill.items() if key in check.model_fields} | {"at": str(place)}
        for level in [name for name in LEVELS if isinstance(values.get(name), bool)]:
            self.problems.append(Problem.wrong_value(places((level,)), values.pop(level), "a number"))
        try:
            built = check.model_validate({**values, **filled})
        except ValidationError as error:
            problems = problems_of(error, values, check, places)
            self.problems += [each for each in problems if not unknown or each.path != place.path]
            return
        self._truths(values, built, places)
        if check.scope == "column" and check.short and not (built.columns() or getattr(built, check.short)):
            self.problems.append(Problem.missing_key(place, check.short))
        if not unknown:
            self.checks.append((place, built))

    def _unknown_keys(self, data: Mapping[str, Any], path: Path, known: list[str]) -> list[str]:
        unknown = [key for key in data if key not in known]
        for key in unknown:
            place = Place(self.where, path_text(path), self.place((*path, key)).line)
            if not path and key in CHECKS:
                self.problems.append(Problem.misplaced_check(place, key, homes(CHECKS[key])))
            else:
                self.problems.append(Problem.unknown_key(place, key, known))
        return unknown

    def _sources(self, declared: Any) -> None:
        """Compare the sources that checks read with those declared; without any, the caller binds them."""
        for place, check in self.checks if isinstance(declared, dict) and declared else []:
            self.problems += [
                Problem.undeclared_source(place, name, declared) for name in check.sources() if name not in declared
            ]


_OF_HEAD = ("description", "owner", "runbook", "sources", "policy", "false_discovery_rate")

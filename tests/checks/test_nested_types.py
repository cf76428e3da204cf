"""Types with parts: how they are written, and how a column is held against one; and what a source declares of NULL."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.checks import Nullable, Type
from airflow_mlquality.checks.schema.expected import WORDS, unlike
from airflow_mlquality.contract import Contract
from airflow_mlquality.contract.json_schema import json_schema
from airflow_mlquality.engines.embedded.types import data_type as of_duckdb
from airflow_mlquality.errors import ContractError
from airflow_mlquality.measurements import Column, DataType, LogicalType, TypeTextError, data_type
from airflow_mlquality.profile import Profile
from airflow_mlquality.trial import trial

# ---- writing and reading ----

PLAIN = [DataType(word) for word in (*LogicalType, "number")]
NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)


def grown(inside: st.SearchStrategy[DataType]) -> st.SearchStrategy[DataType]:
    return st.one_of(
        st.builds(DataType.list_of, inside, st.none() | st.integers(0, 999_999_999)),
        st.builds(DataType.map_of, inside, inside),
        st.dictionaries(NAMES, inside, max_size=3).map(lambda fields: DataType.struct_of(fields.items())),
    )


TYPES = st.recursive(st.sampled_from(PLAIN), grown, max_leaves=8)


@given(TYPES)
def test_a_type_that_is_written_is_read_back(type_: DataType) -> None:
    assert data_type(str(type_)) == type_


@given(TYPES, TYPES)
def test_merging_knows_no_order_but_that_of_fields(one: DataType, two: DataType) -> None:
    def names(type_: DataType) -> Any:
        parts = None if type_.parts is None else {name: names(part) for name, part in type_.parts}
        return type_.name, type_.length, parts

    assert names(one.merged(two)) == names(two.merged(one))
    assert one.merged(one) == one
    assert one.merged(DataType("null")) == one


@given(TYPES.filter(lambda type_: "null" not in str(type_) and "number" not in str(type_)))
def test_every_type_is_what_it_is_and_what_its_first_word_says(type_: DataType) -> None:
    assert list(unlike(type_, type_, "x")) == []
    assert list(unlike(DataType(type_.name), type_, "x")) == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("list<", "a type is missing before its end"),
        ("list<>", "a type is missing before '>'"),
        ("list<integer", "'>' is missing before its end"),
        ("list<integer, many>", "the number of elements is missing before 'many'"),
        ("list<integer>>", "it ends before '>'"),
        ("list<integr>", "'integr' is not known"),
        ("map<string>", "',' is missing before '>'"),
        ("struct<a>", "':' is missing before '>'"),
        ("struct<:integer>", "the name of a field is missing before ':'"),
        ("struct<a:integer, a:date>", "the field 'a' stands twice in it"),
        ("integer<string>", "integer has no parts"),
        ('struct<"a:integer>', "a quote is not closed"),
        ('list<"integer">', "a type is missing before '\"integer\"'"),
        ("", "a type is missing before its end"),
        ("list<" * 5_000, "it has more than 64 types within types"),
    ],
)
def test_a_text_that_is_no_type_says_what_is_wrong_with_it(text: str, what: str) -> None:
    with pytest.raises(TypeTextError) as refused:
        data_type(text)

    assert str(refused.value) == f"is no type: {what}"


def test_types_of_duckdb_are_read_as_deep_as_they_are_written_back() -> None:
    deep = of_duckdb("INTEGER" + "[]" * 200)

    assert data_type(str(deep)) == deep


def test_names_of_fields_may_be_any_text() -> None:
    names = ["a b", 'a "quoted" one', "a,b", "a(b", "a[]", "select", "Größe", "it's", "a:b", "<a>"]
    rows = pa.table({"x": [dict.fromkeys(names, 1)]})
    column = profile_of(rows).schema["x"]

    assert column.nested == DataType.struct_of((name, DataType("integer")) for name in names)
    assert Column.from_json(json.loads(json.dumps(column.to_json()))) == column


def profile_of(source: Any) -> Profile:
    from airflow_mlquality.audit import audit

    report = audit(Contract(name="any", checks=[], allow_empty=True), source, whole_profile=True)
    assert report.profile is not None
    return report.profile


# ---- in a contract ----

ROW = {"id": 1, "home": {"street": "Am Ring", "zip": 89073}, "tags": ["a"], "marks": [{"at": 1.5}]}


@pytest.mark.parametrize(
    ("column", "expected", "outcome", "what"),
    [
        ("tags", "list", "pass", "'tags' is list"),
        ("tags", "list<string>", "pass", "'tags' is list<string>"),
        ("tags", "list<integer>", "fail", "'tags.element' is string, not integer"),
        ("tags", "list<string, 3>", "fail", "'tags' has any number of elements, not 3"),
        ("tags", "struct<a:integer>", "fail", "'tags' is list, not struct<a:integer>"),
        ("home", "struct<street:string>", "pass", "'home' is struct<street:string, zip:integer>"),
        ("home", "struct<zip:number, street:string>", "pass", "'home' is struct<street:string, zip:integer>"),
        (
            "home",
            "struct<zip:string, city:string>",
            "fail",
            "'home.zip' is integer, not string; 'home.city' is missing",
        ),
        ("marks", "list<struct<at:float>>", "pass", "'marks' is list<struct<at:float>>"),
        ("marks", "list<struct<at:list>>", "fail", "'marks.element.at' is float, not list"),
    ],
)
def test_a_nested_type_is_held_against_the_parts_that_are_named(
    column: str, expected: str, outcome: str, what: str
) -> None:
    verdict = trial(Type(column=column, expected=expected), pa.Table.from_pylist([ROW])).verdict

    assert verdict.outcome.value == outcome
    assert verdict.reason.endswith(what)


def test_a_list_that_was_always_empty_does_not_tell_what_it_is_of() -> None:
    rows = pa.table({"tags": pa.array([[], []], pa.list_(pa.null()))})
    verdict = trial(Type(column="tags", expected="list<string>"), rows).verdict

    assert (verdict.outcome.value, verdict.cause) == ("undecided", "no_data")
    assert verdict.reason == "type of 'tags': 'tags.element' has no value to tell its type from"


def test_parts_that_the_source_does_not_tell_are_undecided() -> None:
    untold = list(unlike(data_type("list<integer>"), DataType("list"), "x"))

    assert [(each.told, each.is_untold) for each in untold] == [("the source does not tell the parts of 'x'", True)]


def test_a_contract_writes_types_with_parts_and_keeps_them() -> None:
    contract = Contract.of(
        """
        version: 1
        contract: people
        columns:
          tags: {type: "list< string >", nullable: false}
          home:
            type: struct<street:string, "all tags":list<string>>
          fare: {type: number}
        """
    )
    written = {check.column: check.expected for check in contract.checks if isinstance(check, Type)}

    assert written == {
        "tags": "list<string>",
        "home": 'struct<street:string, "all tags":list<string>>',
        "fare": "number",
    }
    assert contract.declared == {"tags": "list", "home": "struct", "fare": "float"}


NOTHING_TO_CHECK = "is what holds without the line, and nothing to check. Delete it, or write false"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "{type: 'list<integr>'}",
            "columns.tags.type: 'list<integr>' is no type: 'integr' is not known. Did you mean 'integer'?",
        ),
        ("{type: 'map<string>'}", "columns.tags.type: 'map<string>' is no type: ',' is missing before '>'"),
        (
            "{type: 'list<xyz>'}",
            f"columns.tags.type: 'list<xyz>' is no type: 'xyz' is not known. Known are {', '.join(WORDS)}",
        ),
        (
            "{type: 'integer[]'}",
            f"columns.tags.type: 'integer[]' is not one of {', '.join(WORDS)}. Did you mean 'integer'?",
        ),
        (
            "{nullable: true}",
            f"columns.tags.nullable: true {NOTHING_TO_CHECK}",
        ),
        ("{nullable: maybe}", "columns.tags.nullable: 'maybe' is not false"),
    ],
)
def test_a_type_that_is_misspelled_is_told_with_its_place(line: str, message: str) -> None:
    with pytest.raises(ContractError) as refused:
        Contract.of(f"version: 1\ncontract: people\ncolumns:\n  tags: {line}\n")

    assert str(refused.value) == f"<inline>:4: {message}"


def test_editors_are_told_of_types_with_parts() -> None:
    definitions = json_schema()["$defs"]
    expected = definitions["type"]["properties"]["expected"]

    assert expected["anyOf"][0]["enum"] == list(WORDS)
    assert "list|struct|map" in expected["anyOf"][1]["pattern"]
    assert definitions["nullable"]["properties"]["expected"]["const"] is False


# ---- NULL, as the source declares it ----


def test_rows_without_null_are_no_declaration() -> None:
    rows = pa.table({"id": [1, 2]})

    assert trial(Nullable(column="id"), rows).verdict.outcome.value == "fail"
    assert trial(Nullable(column="id"), rows.to_pandas()).verdict.cause == "no_data"


def test_null_in_a_column_that_is_declared_without_is_not_its_matter() -> None:
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False)])
    broken = pa.Table.from_arrays([pa.array([1, None])], schema=schema)

    assert trial(Nullable(column="id"), broken).verdict.outcome.value == "pass"


def test_days_of_which_one_declares_null_may_have_it() -> None:
    def column(**told: Any) -> Column:
        return Column.of("x", data_type("list<integer>"), **told)

    declared = [
        column(is_nullable=each).merged(column(is_nullable=other)).is_nullable
        for each, other in ((False, False), (False, True), (False, None), (True, None))
    ]

    assert declared == [False, True, None, True]


def test_days_with_other_fields_have_the_fields_of_both() -> None:
    one, two = (profile_of(pa.table({"x": [row]})) for row in ({"a": 1}, {"a": 2, "b": ["t"]}))

    assert str(one.merge(two).schema["x"].nested) == "struct<a:integer, b:list<string>>"

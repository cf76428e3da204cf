"""How columns changed, and which was renamed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import SchemaStable
from airflow_mlquality.checks.schema.evolution import changes_of
from airflow_mlquality.contract import Contract
from airflow_mlquality.measurements import Column, Sampled, data_type
from airflow_mlquality.taking import take_profile
from airflow_mlquality.trial import trial


def kinds(now: dict[str, Any], was: dict[str, Any], **options: Any) -> dict[str, int]:
    found: dict[str, int] = trial(SchemaStable(**options), **now, reference=was).verdict.evidence["kinds"]
    return found


def test_wider_types_do_not_break_and_narrower_do() -> None:
    whole, broken = {"x": [1, 2], "y": [0]}, {"x": [1.5, 2.0], "y": [0]}
    whole["y"] = broken["y"] = [1, 2]

    assert kinds(broken, whole) == {"widened": 1}
    assert kinds(whole, broken) == {"narrowed": 1}


def test_another_order_is_told_and_counts_only_where_it_is_asked() -> None:
    assert kinds({"b": [1], "a": [2]}, {"a": [1], "b": [2]}) == {"reordered": 1}
    verdict = trial(SchemaStable(breaking=["reordered"]), b=[1], a=[2], reference={"a": [1], "b": [2]}).verdict
    assert verdict.outcome.value == "fail"
    assert verdict.reason.endswith("above fail 0: columns reordered: 'b' stands where 'a' was")
    assert verdict.advice == "read columns by name, not by place, or take a new reference if it is meant"


def test_the_reason_says_of_which_kind_a_change_is_and_the_advice_fits_it() -> None:
    was = {"x": [1, 2], "y": [1.5, 2.5], "z": [1, 2], "w": ["a", "b"]}
    verdict = trial(SchemaStable(), x=[1.5, 2.5], y=[1, 2], z=["a", "b"], reference=was).verdict

    assert verdict.reason == (
        "3 breaking changes of columns, above fail 0: 'w' removed, 'y' narrowed float -> integer, "
        "'z' retyped integer -> string; 'x' widened integer -> float"
    )
    assert verdict.advice == (
        "restore what is gone at the source, cast at the source to the type that it had, or where it is read, "
        "or take a new reference if it is meant"
    )


def nested(before: str, now: str) -> list[tuple[str, str]]:
    """Return kind and path of what changed between two types of a column `x`."""
    was, is_ = (Column.of("x", data_type(each)) for each in (before, now))
    return [(each.kind, each.column) for each in changes_of(was, is_)]


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        ("struct<a:integer>", "struct<a:integer, b:date>", [("added", "x.b")]),
        ("struct<a:integer, b:date>", "struct<a:integer>", [("removed", "x.b")]),
        ("struct<a:integer, b:date>", "struct<b:date, a:integer>", [("reordered", "x")]),
        ("struct<a:struct<b:integer>>", "struct<a:struct<b:string>>", [("retyped", "x.a.b")]),
        ("struct<a:integer, b:float>", "struct<a:float, b:integer>", [("widened", "x.a"), ("narrowed", "x.b")]),
        ("list<integer>", "list<string>", [("retyped", "x.element")]),
        ("list<integer>", "list<decimal>", [("widened", "x.element")]),
        ("list<struct<a:integer>>", "list<struct<b:integer>>", [("removed", "x.element.a"), ("added", "x.element.b")]),
        ("map<string, integer>", "map<integer, integer>", [("retyped", "x.key")]),
        ("map<string, integer>", "map<string, list<integer>>", [("retyped", "x.value")]),
        ("list<float, 384>", "list<float, 768>", [("retyped", "x")]),
        ("list<float, 384>", "list<float>", [("widened", "x")]),
        ("list<float>", "list<float, 384>", [("narrowed", "x")]),
        ("list<null>", "list<string>", []),
        ("list", "list<string>", []),
        ("list<integer>", "struct<a:integer>", [("retyped", "x")]),
        ("list<integer>", "list<integer>", []),
    ],
)
def test_parts_of_nested_types_change_as_columns_do(before: str, now: str, changes: list[tuple[str, str]]) -> None:
    assert nested(before, now) == changes


def test_a_field_that_is_gone_breaks_and_one_that_came_does_not() -> None:
    home = {"street": "Am Ring", "zip": "89073"}
    fewer = trial(SchemaStable(), home=[{"street": "Am Ring"}], reference={"home": [home]}).verdict
    more = trial(SchemaStable(), home=[home], reference={"home": [{"street": "Am Ring"}]}).verdict

    assert (fewer.outcome.value, fewer.evidence["changes"][0]["told"]) == ("fail", "'home.zip' removed")
    assert (more.outcome.value, more.evidence["changes"][0]["told"]) == ("pass", "added 'home.zip' (string)")


def test_a_part_of_a_column_can_be_left_out() -> None:
    was, now = {"x": [{"a": 1, "b": [2]}]}, {"x": [{"a": 1, "b": ["2"]}]}

    assert kinds(now, was) == {"retyped": 1}
    assert kinds(now, was, ignore=["x.b.element"]) == {}


def test_an_embedding_of_another_model_is_another_type() -> None:
    was, now = ({"v": pa.array([[0.0] * size], pa.list_(pa.float32(), size))} for size in (3, 4))

    assert kinds(now, was) == {"retyped": 1}


def test_null_where_there_was_none_declared_is_told_and_counts_only_where_it_is_asked() -> None:
    def people(*, nullable: bool) -> pa.Table:
        return pa.table({"id": [1, 2]}, schema=pa.schema([pa.field("id", pa.int64(), nullable=nullable)]))

    strict, loose = people(nullable=False), people(nullable=True)
    told = trial(SchemaStable(), loose, reference=strict).verdict
    asked = trial(SchemaStable(breaking=["nullable"]), loose, reference=strict).verdict
    back = trial(SchemaStable(), strict, reference=loose).verdict

    assert (told.outcome.value, told.evidence["kinds"]) == ("pass", {"nullable": 1})
    assert "'id' may be NULL, and was NOT NULL" in told.reason
    assert asked.outcome.value == "fail"
    assert back.evidence["kinds"] == {"not_nullable": 1}


def test_a_source_that_declares_nothing_changed_nothing() -> None:
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False)])
    strict = pa.table({"id": [1, 2]}, schema=schema)

    assert trial(SchemaStable(), strict.to_pandas(), reference=strict).verdict.evidence["kinds"] == {}
    assert trial(SchemaStable(), strict, reference=strict.to_pandas()).verdict.evidence["kinds"] == {}


def test_a_profile_of_before_parts_were_known_is_compared_by_the_engines_own_words() -> None:
    old = Column.from_json({"name": "x", "type": "list", "native": "BIGINT[]", "is_parsed": False})
    same, other = (Column.of("x", data_type("list<integer>"), native) for native in ("BIGINT[]", "INTEGER[]"))

    assert (old.nested, old.is_nullable) == (None, None)
    assert list(changes_of(old, same)) == []
    assert [each.kind for each in changes_of(old, other)] == ["retyped"]


def test_a_column_that_had_no_value_has_no_type_to_change() -> None:
    assert kinds({"x": ["a"]}, {"x": [None]}) == {}


def test_a_renamed_column_is_found_among_others_by_its_values() -> None:
    draw = np.random.default_rng(3)

    def table(names: list[str], rows: int) -> pa.Table:
        columns = [draw.normal(40, 12, rows), draw.normal(3, 1, rows), draw.exponential(900, rows)]
        columns += [draw.integers(0, 50, rows).astype(str), draw.integers(0, 2**40, rows).astype(str)]
        return pa.table(dict(zip(names, columns, strict=True)))

    was = table(["age", "rooms", "income", "zip", "id"], 2000)
    now = table(["years", "n_rooms", "salary", "area", "key"], 3000)
    report = audit(Contract(name="people", checks=[SchemaStable()]), now, reference=was)
    changes = {each["column"]: each["told"].split("'")[3] for each in report.verdicts[1].evidence["changes"]}

    assert changes == {"age": "years", "rooms": "n_rooms", "income": "salary", "zip": "area", "id": "key"}


# ---- more rows than are looked at ----

LARGE = 250_000


def people(names: list[str], rows: int, seed: int) -> pa.Table:
    """Return columns of many kinds, the same kinds for every seed: the last ones are in between, see `likeness`."""
    draw = np.random.default_rng(seed)
    notes = np.array(["w" * length for length in range(80)], dtype=object)
    columns: list[Any] = [
        draw.normal(40, 12, rows).round(),
        draw.exponential(900, rows),
        draw.integers(0, 2**40, rows),
        draw.integers(0, 50, rows).astype(str),
        draw.integers(10**11, 10**12, rows).astype(str),
        draw.random(rows) < 0.3,
        draw.integers(0, 100_000, rows),  # customers: each a few times
        (100_000 * draw.random(rows) ** 3).astype(int).astype(str),  # words: few are frequent
        notes[np.minimum(draw.geometric(0.2, rows), 79)],  # the longest is in few rows
    ]
    return pa.table(dict(zip(names, columns, strict=True)))


BEFORE = ["age", "income", "number", "zip", "uuid", "member", "customer", "term", "note"]
AFTER = ["years", "salary", "ticket", "area", "key", "paying", "buyer", "word", "remark"]


@pytest.fixture(scope="module")
def large() -> tuple[pa.Table, pa.Table]:
    """Return two stages of more rows than are looked at; every column of the second one has another name."""
    return people(BEFORE, LARGE, 1), people(AFTER, LARGE, 2)


def renamed(now: Any, reference: Any) -> dict[str, str]:
    """Return the new name of each column that was renamed."""
    (verdict,) = audit(Contract(name="people", checks=[SchemaStable()]), now, reference=reference).verdicts[1:]
    changes = [each for each in verdict.evidence["changes"] if each["kind"] == "renamed"]
    return {each["column"]: each["told"].split("'")[3] for each in changes}


def test_columns_are_recognised_by_some_of_their_rows(large: tuple[pa.Table, pa.Table]) -> None:
    contract = Contract(name="people", checks=[SchemaStable()])
    was, now = large

    report = audit(contract, was)

    assert {fact.looked_at for each, fact in report.profile.facts.items() if isinstance(each, Sampled)} == {125_000}
    assert renamed(now, report.profile) == dict(zip(BEFORE, AFTER, strict=True))


@pytest.mark.parametrize("rows", [LARGE, 8_000])
def test_columns_are_recognised_by_some_of_their_rows_and_the_whole_of_a_stored_profile(
    large: tuple[pa.Table, pa.Table], rows: int
) -> None:
    stored = take_profile(people(BEFORE, rows, 3))

    assert not [each for each in stored.facts if isinstance(each, Sampled)]
    assert renamed(large[1], stored) == dict(zip(BEFORE, AFTER, strict=True))


@pytest.mark.parametrize("is_stored", [False, True])
def test_other_columns_are_not_taken_for_renamed_by_some_of_their_rows(
    large: tuple[pa.Table, pa.Table], *, is_stored: bool
) -> None:
    """At every place of the kind there was another column."""
    draw = np.random.default_rng(5)
    was: dict[str, Any] = {
        "height": draw.normal(172, 9, LARGE),
        "debt": draw.exponential(90, LARGE),
        "shop": np.arange(LARGE) % 300,
        "street": draw.integers(0, 20_000, LARGE).astype(str),
        "state": draw.integers(10**11, 10**11 + 50, LARGE).astype(str),
        "gone": pa.array(np.where(draw.random(LARGE) < 0.3, None, np.True_), pa.bool_()),
        "branch": draw.integers(0, 40, LARGE) * 2_500,
        "hash": [f"{number:040}" for number in range(LARGE)],
        "text": [("w" * (90 + number % 300)) for number in range(LARGE)],
    }
    table = pa.table(was)

    assert renamed(large[1], take_profile(table) if is_stored else table) == {}


def test_a_column_without_values_is_recognised_by_its_place() -> None:
    assert kinds({"a": pa.nulls(3, pa.string())}, {"b": pa.nulls(3, pa.string())}) == {"renamed": 1}


def test_columns_of_other_laws_are_not_taken_for_renamed() -> None:
    draw = np.random.default_rng(4)
    taken = 0
    for _ in range(40):
        one, two = (draw.normal(draw.uniform(-50, 50), draw.uniform(1, 20), 500) for _ in range(2))
        found = kinds({"k": [1] * 500, "b": list(two)}, {"k": [1] * 500, "a": list(one)})
        taken += "renamed" in found
    assert taken <= 2


def test_without_recognition_a_rename_is_a_removal_and_an_addition() -> None:
    assert kinds({"b": [1]}, {"a": [1]}, renames=False) == {"removed": 1, "added": 1}


def test_a_stored_profile_suffices_as_reference() -> None:
    was = audit(Contract(name="any", checks=[], allow_empty=True), pa.table({"fare": [2.5, 9.0]}), whole_profile=True)
    verdict = audit(
        Contract(name="any", checks=[SchemaStable()]), pa.table({"price": [2.5, 9.0]}), reference=was.profile
    ).verdicts[1]

    assert verdict.evidence["kinds"] == {"renamed": 1}


def test_it_stands_under_schema() -> None:
    contract = Contract.of("{version: 1, contract: any, schema: {schema_stable: true}}")

    assert [check.name() for check in contract.checks if check.scope == "schema"] == ["schema_stable"]

"""Duplicates, near duplicates, contradicting labels, overlaps and small groups, against Python's own counts."""

from __future__ import annotations

import re
import string
from collections import Counter, defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_mlquality.checks import ConflictingLabels, DuplicateRows, KAnonymity, NearDuplicates, NoOverlap
from airflow_mlquality.trial import trial

NAN = float("nan")
small_rows = st.lists(
    st.tuples(
        st.sampled_from([None, 0.0, 1.5, NAN]), st.sampled_from([None, "a", "A", ""]), st.sampled_from([0, 1, None])
    ),
    min_size=1,
    max_size=30,
)


def columns_of(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate("xyz")}


def key_of(row: tuple[Any, ...]) -> tuple[str, ...]:
    return tuple(repr(each) for each in row)


@settings(max_examples=12, deadline=None)
@given(small_rows)
def test_rows_that_repeat_are_those_of_python(rows: list[tuple[Any, ...]]) -> None:
    verdict = trial(DuplicateRows(), **columns_of(rows)).verdict

    assert verdict.evidence["violating"] == len(rows) - len({key_of(row) for row in rows})


@settings(max_examples=12, deadline=None)
@given(small_rows)
def test_labels_that_contradict_are_those_of_python(rows: list[tuple[Any, ...]]) -> None:
    labels = defaultdict(Counter)
    for row in rows:
        if row[2] is not None:
            labels[key_of(row[:2])][row[2]] += 1
    verdict = trial(ConflictingLabels(column="z"), **columns_of(rows)).verdict

    if labels:
        assert verdict.evidence["violating"] == sum(each.total() for each in labels.values() if len(each) > 1)
        wrong = sum(each.total() - max(each.values()) for each in labels.values())
        assert verdict.evidence["least_error_share"] == pytest.approx(wrong / sum(map(Counter.total, labels.values())))
    else:
        assert verdict.outcome == "undecided"


@settings(max_examples=12, deadline=None)
@given(small_rows, st.integers(2, 4))
def test_small_groups_are_those_of_python(rows: list[tuple[Any, ...]], k: int) -> None:
    sizes = Counter(key_of(row[:2]) for row in rows)
    evidence = trial(KAnonymity(columns=["x", "y"], k=k), **columns_of(rows)).verdict.evidence

    assert evidence["violating"] == sum(size for size in sizes.values() if size < k)
    assert evidence["smallest_group"] == min(sizes.values())


def normal(text: str) -> str:
    plain = "".join(each for each in text.lower() if each not in string.punctuation)
    return re.sub(r" +", " ", re.sub(r"[\t\n\r]", " ", plain)).strip(" ")


@settings(max_examples=12, deadline=None)
@given(st.lists(st.text(alphabet="aAb .,-<>'\t\n&%_\\{}#12", max_size=8), min_size=1, max_size=30))
def test_spellings_that_are_alike_are_those_of_python(texts: list[str]) -> None:
    named = {text for text in texts if normal(text)}
    verdict = trial(NearDuplicates(column="x"), x=texts).verdict

    if named:
        assert verdict.evidence["violating"] == len(named) - len({normal(text) for text in named})
    else:
        assert verdict.outcome == "undecided"


def test_an_entity_may_have_several_columns() -> None:
    check = NearDuplicates(key=["name", "street"])
    names, streets = ["Ann Lee", "ann  lee", "Ann Lee", None], ["Main St.", "main st", "Side St.", "Main St."]

    assert trial(check, name=names, street=streets).verdict.evidence["violating"] == 1


def test_rows_of_nested_columns_repeat_too() -> None:
    assert (
        trial(DuplicateRows(), x=[[1, 2], [1, 2], None], y=[{"a": 1}, {"a": 1}, None]).verdict.evidence["violating"]
        == 1
    )


def test_an_overlap_is_what_the_other_source_holds() -> None:
    check = NoOverlap(column="id", to="train", to_column="key", fail=0.5)

    assert trial(check, id=[1, 2, 2, None], train={"key": [2, None]}).verdict.observed == pytest.approx(2 / 3)

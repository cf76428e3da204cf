"""YAML means what a person reads, every value has its line, and no text does harm."""

from __future__ import annotations

import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlquality.contract.yaml import MOST_NODES, plain, read
from airflow_mlquality.errors import ContractError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((word, word) for word in ("NO", "no", "on", "off", "yes", "Yes", "y", "n", "tRuE", "nUll", "none", "None")),
        *((word, word) for word in ("12:30", "12:30:45", "190:20:30", "2024-01-01", "2024-01-01T00:00:00Z")),
        *((word, word) for word in ("1_000_00", "9_00", "_1", "1_", "0b11", "0o8", "0xG", "1e", "+", "-", ".", "e3")),
        *((word, word) for word in ("1.2.3", "1,000", "12e03x", "=", "٣", "infinity", "nan", "-0x1F")),
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("", "~", "null", "Null", "NULL")),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        (".5", 0.5),
        ("5.", 5.0),
        ("-1.5e+2", -150.0),
        ("0123", 123),
        ("-007", -7),
        ("+12", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("9_000", 9000),
        ("-1_234_567", -1234567),
        (".inf", math.inf),
        ("+.Inf", math.inf),
        ("-.INF", -math.inf),
    ],
)
def test_an_unquoted_word_means_what_the_core_rules_of_yaml_1_2_say(written: str, meant: object) -> None:
    assert (type(plain(written)), plain(written)) == (type(meant), meant)


def test_nan_is_a_number() -> None:
    assert math.isnan(read("a: .nan", "f").data["a"])


def test_a_number_too_long_for_any_column_stays_text() -> None:
    assert plain("1" * 401) == "1" * 401


def test_quotes_make_text_of_anything() -> None:
    text = "a: 'true'\nb: \"12\"\nc: |\n  1\nd: >-\n  null\n"

    assert read(text, "f").data == {"a": "true", "b": "12", "c": "1\n", "d": "null"}


def test_keys_are_text_as_they_are_written() -> None:
    assert read("NO: 1\ntrue: 2\n2013: 3\n1.50: 4\n~: 5", "f").data == {
        "NO": 1,
        "true": 2,
        "2013": 3,
        "1.50": 4,
        "~": 5,
    }


def test_every_key_and_item_has_its_line() -> None:
    document = read("a:\n  b: 1\n  c:\n    - x\n    - {d: 2,\n       e: 3}\n", "f")

    assert document.lines == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 3,
        ("a", "c", 0): 4,
        ("a", "c", 1): 5,
        ("a", "c", 1, "d"): 5,
        ("a", "c", 1, "e"): 6,
    }


def test_aliases_and_merge_keys_are_written_out_and_own_keys_win() -> None:
    text = (
        "base: &base {fail: 1, warn: 0}\nmore: &more {fail: 9, id: x}\na:\n  <<: [*base, *more]\n  warn: 5\nb: *base\n"
    )
    document = read(text, "f")

    assert document.data["a"] == {"fail": 1, "warn": 5, "id": "x"}
    assert document.data["b"] == {"fail": 1, "warn": 0}
    assert {path: line for path, line in document.lines.items() if path[0] == "a"} == {
        ("a",): 3,
        ("a", "fail"): 1,
        ("a", "warn"): 5,
        ("a", "id"): 2,
    }


def test_an_empty_text_says_nothing() -> None:
    assert [read(text, "f").data for text in ("", "# only a comment\n", "---\n", "~")] == [None] * 4


def test_a_key_given_twice_is_a_problem_that_names_both_lines() -> None:
    document = read("a:\n  b: 1\n\n  b: 2\na: 3\n", "f.yaml")

    assert document.data == {"a": {"b": 1}}
    assert [str(problem) for problem in document.problems] == [
        "f.yaml:5: a: given twice, first in line 1. Keep one of them",
        "f.yaml:4: a.b: given twice, first in line 2. Keep one of them",
    ]


ADVICE = "Check brackets, quotes and indentation above"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: b: c",
            (
                "f:1: cannot be read as YAML: mapping values are not allowed here. "
                "A colon inside a text needs quotes around the text; check the indentation too"
            ),
        ),
        ("a:\n - [1, 2", f"f:2: cannot be read as YAML: expected ',' or ']', but got '<stream end>'. {ADVICE}"),
        ("a: 'x", "f:1: cannot be read as YAML: found unexpected end of stream. A quote is not closed"),
        (
            "a:\n\t- 1",
            (
                "f:2: cannot be read as YAML: found character '\\t' that cannot start any token. "
                "Text that starts with a sign such as @, %, ` or a tab needs quotes"
            ),
        ),
        (
            "a: *x",
            (
                "f:1: cannot be read as YAML: found undefined alias 'x'. "
                "Write the anchor (&name) above its alias (*name); text that starts with * or & needs quotes"
            ),
        ),
        ("a: 1\n---\nb: 2", "f:2: cannot be read as YAML: but found another document. Write one contract per file"),
        ("a: \x00", "f:1: cannot be read as YAML: the character U+0000 is not allowed"),
        ("? [a]\n: 1", "f:1: cannot be read as YAML: a key is a word, not a list or mapping"),
        ("a:\n  <<: 5", "f:2: cannot be read as YAML: a merge key takes a mapping or a list of mappings"),
        (
            "a: !!python/object/apply:os.exit [x]",
            (
                "f:1: cannot be read as YAML: the tag 'tag:yaml.org,2002:python/object/apply:os.exit' is not allowed. "
                "Write plain values"
            ),
        ),
        (
            "a: !!str 1",
            "f:1: cannot be read as YAML: the tag 'tag:yaml.org,2002:str' is not allowed. Write plain values",
        ),
        ("a: !x {b: 1}", "f:1: cannot be read as YAML: the tag '!x' is not allowed. Write plain values"),
        ("&a {b: *a}", "f:1: cannot be read as YAML: an alias stands inside its own anchor"),
        ("&a {<<: *a}", "f:1: cannot be read as YAML: an alias stands inside its own anchor"),
        ("[" * 60, "f:1: cannot be read as YAML: it nests deeper than 50 levels"),
        ("{a: " * 5000, "f:1: cannot be read as YAML: it nests deeper than 50 levels"),
        ("a" * 500_001, "f: cannot be read as YAML: it is longer than 500,000 characters"),
    ],
)
def test_text_that_is_no_plain_yaml_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(ContractError) as refused:
        read(text, "f")

    assert str(refused.value) == message


@pytest.mark.parametrize("form", ["[{}]", "{{<<: [{}]}}"])
def test_a_bomb_of_aliases_stops_at_the_limit(form: str) -> None:
    levels = ["a0: &a0 {k0: 1, k1: 1, k2: 1, k3: 1}"]
    levels += [f"a{n}: &a{n} " + form.format(", ".join([f"*a{n - 1}"] * 9)) for n in range(1, 12)]

    with pytest.raises(ContractError, match=f"it has more than {MOST_NODES:,} values, its aliases written out"):
        read("\n".join(levels), "f")


@given(st.text(alphabet=st.sampled_from(list("ab1 \n\t:-[]{},&*!|>'\"#%@`?<~.\\\x00é")), max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ContractError):
        read(text, "f")

"""Drift of texts, of embeddings and of dependence, measured by the embedded engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import Check, DependenceStable, EmbeddingDrift, TextDrift, judge
from airflow_mlquality.contract import Contract
from airflow_mlquality.measurements import Directions, TextTraits
from airflow_mlquality.measurements.texts import TextTraitsFact
from airflow_mlquality.measurements.vectors import VectorFact
from airflow_mlquality.stats.dependence import mutual_information
from airflow_mlquality.trial import trial
from airflow_mlquality.verdict import Cause, Outcome, Verdict
from tests.builders import facts, profile

ALARMS = (Outcome.WARN, Outcome.FAIL)


def verdict(check: Check, now: list[Any], before: list[Any] | None) -> Verdict:
    return trial(check, x=now, reference=None if before is None else {"x": before}).verdict


# ---- texts ----

NOTES = ["Delayed by 3 hours", "on time", "gate B12, please hurry!", "ok"] * 250


@pytest.mark.parametrize(
    ("now", "moved"),
    [
        ([note.upper() for note in NOTES], "texts with a small letter: have it 100 % -> 0 %"),
        ([f"<b>{note}</b>" for note in NOTES], "punctuation"),
        ([note.replace("e", "\u00e9") for note in NOTES], "texts with a character beyond ASCII: have it"),
        ([note[:7] for note in NOTES], "characters"),
        ([note.replace(" ", "_") for note in NOTES], "punctuation before a letter"),
        ([f"{note}\r\n" for note in NOTES], "texts with a line end: have it 0 % -> 100 %"),
        ([f" {note}" for note in NOTES], "texts with a blank at an end: have it 0 % -> 100 %"),
    ],
)
def test_texts_of_other_looks_fail(now: list[str], moved: str) -> None:
    found = verdict(TextDrift(column="x"), now, NOTES)

    assert found.outcome is Outcome.FAIL
    assert moved in found.reason


def test_texts_that_are_gone_are_named() -> None:
    found = verdict(TextDrift(column="x"), [None, *NOTES[:1]] * 300, NOTES[:1] * 300)

    assert found.outcome is Outcome.FAIL
    assert "-> 50 %" in found.reason


def test_other_words_of_the_same_looks_pass_and_no_text_is_kept() -> None:
    found = verdict(TextDrift(column="x"), [note.replace("time", "slot") for note in NOTES], NOTES)

    assert found.outcome is Outcome.PASS
    assert "hurry" not in str(found.to_json())


def test_texts_without_reference_and_without_values_are_undecided() -> None:
    check = TextDrift(column="x")

    assert verdict(check, NOTES, None).cause is Cause.NO_REFERENCE
    assert verdict(check, [None] * 9, ["a"] * 9).cause is Cause.NO_DATA
    (other,) = judge([check], facts(profile(columns={"x": "string"}), profile(columns={"x": "string"})))
    assert "as rows, or as a report of this contract" in other.advice


def test_texts_without_change_never_alarm() -> None:
    rng = np.random.default_rng(1)
    check = TextDrift(column="x")
    for rows in (50, 200, 1_000, 1_000_000):
        for _ in range(40):
            counts = [drawn_traits(rng, size) for size in (20_000, rows)]
            sides = [
                profile(rows=f.texts + f.nulls, columns={"x": "string"}, facts={check.compared: f}) for f in counts
            ]
            (found,) = judge([check], facts(sides[1], sides[0]))
            assert found.outcome not in ALARMS, rows
            assert rows < 1_000_000 or found.outcome is Outcome.PASS


def drawn_traits(rng: np.random.Generator, rows: int) -> TextTraitsFact:
    lengths = rng.multinomial(rows, [1 / 14] * 14)
    blanks = rng.multinomial(rows, [1 / 11] * 11)
    traits = rng.binomial(rows, np.linspace(0, 1, 14))
    whole = [tuple(int(n) for n in each) for each in (lengths, blanks, traits)]
    return TextTraitsFact(whole[0], whole[1], whole[2])


def test_counts_of_texts_merge() -> None:
    rng = np.random.default_rng(2)
    one, two = drawn_traits(rng, 50), drawn_traits(rng, 70)

    merged = TextTraits("x").merge(one, two)

    assert merged.texts == 120
    assert TextTraits("x").decode(TextTraits("x").encode(merged)) == merged


# ---- embeddings ----


def cloud(rows: int, seed: int, towards: float = 0.0, dimensions: int = 16) -> list[list[float]]:
    rng = np.random.default_rng(seed)
    centre = np.ones(dimensions) * (1 - towards) + towards * np.tile([1.0, -1.0], dimensions // 2)
    found: list[list[float]] = (rng.normal(size=(rows, dimensions)) + centre).tolist()
    return found


EMBEDDING = EmbeddingDrift(column="x", dimensions=16)


def test_a_cloud_that_turned_fails_and_one_that_stays_passes() -> None:
    before = cloud(2_000, 1)

    assert verdict(EMBEDDING, cloud(1_000, 2), before).outcome is Outcome.PASS
    turned = verdict(EMBEDDING, cloud(1_000, 3, towards=1.0), before)
    assert turned.outcome is Outcome.FAIL
    assert "cosine with direction" in turned.reason


def test_vectors_that_are_no_longer_normalised_fail_by_their_length() -> None:
    before = [[value / 4 for value in vector] for vector in cloud(500, 1)]

    assert "; length " in verdict(EMBEDDING, cloud(500, 1), before).reason


def test_what_is_no_vector_of_that_size_is_a_cell_of_its_own() -> None:
    wrong: list[Any] = [[1.0], [1.0] * 15 + [None], None, [0.0] * 16, [1.0] * 15 + [float("nan")]]

    found = verdict(EMBEDDING, cloud(300, 1) + wrong * 60, cloud(600, 2))

    assert found.outcome is Outcome.FAIL
    assert found.evidence["features"][0]["current"][-3:] == [60, 180, 60]


@pytest.mark.parametrize("values", [[["a"]] * 9, [1.0] * 9, ["a"] * 9])
def test_what_holds_no_lists_of_numbers_is_undecided(values: list[Any]) -> None:
    assert verdict(EMBEDDING, values, values).cause is Cause.WRONG_TYPE


def test_counts_of_vectors_merge() -> None:
    measurement = Directions("x", 16)
    fact = VectorFact(zero=1, other=2, nulls=3)

    assert measurement.merge(fact, fact) == VectorFact(zero=2, other=4, nulls=6)
    assert measurement.decode(measurement.encode(fact)) == fact


# ---- dependence ----


def pairs(rng: np.random.Generator, rows: int, strength: float, values: int = 3) -> dict[str, list[str]]:
    one = rng.integers(values, size=rows)
    two = np.where(rng.random(rows) < strength, one, rng.integers(values, size=rows))
    return {"a": [f"a{i}" for i in one], "b": [f"b{i}" for i in two]}


@pytest.mark.parametrize("method", ["cramers_v", "conditional"])
def test_a_dependence_that_is_gone_fails_and_one_that_stays_passes(method: Any) -> None:
    rng = np.random.default_rng(5)
    check = DependenceStable(pairs=[("a", "b")], method=method)
    before = pairs(rng, 5_000, 0.8)

    assert trial(check, **pairs(rng, 3_000, 0.8), reference=before).verdict.outcome is Outcome.PASS
    assert trial(check, **pairs(rng, 3_000, 0.1), reference=before).verdict.outcome is Outcome.FAIL
    assert trial(check, **pairs(rng, 8, 0.8), reference=before).verdict.cause is Cause.TOO_SMALL


def test_values_that_swap_their_partners_are_seen_by_the_conditional_change_alone() -> None:
    before: dict[str, list[Any]] = {"a": ["u", "v"] * 500, "b": ["x", "y"] * 500}
    now: dict[str, list[Any]] = {"a": ["u", "v"] * 500, "b": ["y", "x"] * 500}

    by_strength = trial(DependenceStable(pairs=[("a", "b")]), **now, reference=before).verdict
    by_partner = trial(DependenceStable(pairs=[("a", "b")], method="conditional"), **now, reference=before).verdict

    assert by_strength.outcome is Outcome.PASS
    assert by_partner.outcome is Outcome.FAIL


def test_a_shift_of_the_first_column_alone_is_no_change_of_dependence() -> None:
    before = {"a": ["u"] * 500 + ["v"] * 500, "b": ["x", "y"] * 250 + ["x"] * 500}
    now = {"a": ["u"] * 1_600 + ["v"] * 400, "b": ["x", "y"] * 800 + ["x"] * 400}

    found = trial(DependenceStable(pairs=[("a", "b")], method="conditional"), **now, reference=before).verdict

    assert (found.outcome, found.observed) == (Outcome.PASS, 0)


def test_numbers_are_cut_at_edges_and_without_them_undecided() -> None:
    rows: dict[str, list[Any]] = {"a": ["u", "v"] * 500, "n": [1.0, 9.0] * 500}
    cut = DependenceStable(pairs=[("a", "n")], edges={"n": [5, 20]})

    assert trial(cut, **rows, reference=rows).verdict.outcome is Outcome.PASS
    open_ = trial(DependenceStable(pairs=[("a", "n")]), **rows, reference=rows).verdict
    assert open_.cause is Cause.WRONG_TYPE
    assert "'n' is a number without edges" in open_.reason


def test_a_constant_is_undecided_and_values_are_masked() -> None:
    before = {"a": ["Ann", "Bob"] * 500, "b": ["x", "y"] * 500}
    constant = trial(DependenceStable(pairs=[("a", "b")]), a=["Ann"] * 9, b=["x"] * 9, reference=before).verdict

    assert constant.reason.endswith("'a' has a single value")
    found = trial(DependenceStable(pairs=[("a", "b")]), **before, reference=before).verdict
    assert "Ann" not in str(found.to_json())


def test_every_pair_is_a_verdict_of_its_own_and_a_contract_says_so_under_drift() -> None:
    text = "version: 1\ncontract: c\ndrift:\n  reference: train\n  dependence_stable: {pairs: [[a, b], [b, c]]}\n"
    contract = Contract.of(text)
    (check,) = [each for each in contract.checks if isinstance(each, DependenceStable)]

    assert [each.verdict_id for each in check.expand(profile().schema)] == [
        "dependence_stable.a.b",
        "dependence_stable.b.c",
    ]
    left = check.without(frozenset({"a"}))
    assert left is not None
    assert left.columns() == ("b", "c")


# ---- how much one column says of the other ----


def test_evidence_of_a_dependence_tells_bits_then_and_now() -> None:
    pairs = {"plan": ["free", "pro"] * 400, "paid": [False, True] * 400}
    torn = {"plan": ["free", "pro"] * 400, "paid": [False, False, True, True] * 200}
    contract = Contract(name="c", checks=(DependenceStable(pairs=(("plan", "paid"),)),))

    report = audit(contract, pa.table(torn), reference=pa.table(pairs))

    told = next(each for each in report.verdicts if each.check == "dependence_stable").evidence["features"][0]
    assert told["mutual_information"] == {"reference": pytest.approx(1, abs=0.01), "current": 0.0}


@pytest.mark.parametrize("values", [2, 5])
def test_mutual_information_of_independent_columns_is_none_on_average(values: int) -> None:
    draw = np.random.default_rng(3)
    tables = draw.multinomial(400, [1 / values**2] * values**2, size=400).reshape(-1, values, values)

    bits = [mutual_information(table) for table in tables]

    assert np.mean(np.array(bits) == 0) > 0.4
    assert np.mean(bits) < 0.01

"""A classifier tells rows of now from those of another source where something changed, and guesses elsewhere."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

import pyarrow as pa
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.checks import DomainClassifier
from airflow_mlquality.contract import Contract
from airflow_mlquality.engines.embedded.connection import Embedded
from airflow_mlquality.engines.engine import Reading
from airflow_mlquality.engines.measuring import measure
from airflow_mlquality.engines.settings import Settings
from airflow_mlquality.measurements import Separation, SeparationFact
from airflow_mlquality.measurements.classifier import area_under_curve
from airflow_mlquality.measurements.counts import RELATED_PREFIX
from airflow_mlquality.report import Report
from airflow_mlquality.stats.separability import Separability
from airflow_mlquality.verdict import Cause, Outcome, Verdict
from tests.builders import facts, profile


def rows(number: int, seed: int, *, together: bool = True, names: tuple[str, ...] = ("a", "b", "c")) -> pa.Table:
    """Return rows whose two numbers go together, or do not."""
    draw = random.Random(seed)  # noqa: S311  no secret
    x = [draw.gauss(0, 1) for _ in range(number)]
    y = [(value if together else draw.gauss(0, 1)) + draw.gauss(0, 0.3) for value in x]
    name = [draw.choice(names) for _ in range(number)]
    return pa.table({"x": x, "y": y, "name": [None if at % 9 == 0 else each for at, each in enumerate(name)]})


def report_of(current: Any, reference: Any, **options: Any) -> Report:
    check = DomainClassifier(source="train", **options)
    return audit(Contract(name="c", checks=(check,)), current, sources={"train": reference})


def verdict_of(current: Any, reference: Any, **options: Any) -> Verdict:
    return next(each for each in report_of(current, reference, **options).verdicts if each.check == "domain_classifier")


def test_columns_that_no_longer_go_together_fail_and_are_named() -> None:
    verdict = verdict_of(rows(500, 1, together=False), rows(500, 2))

    assert verdict.outcome is Outcome.FAIL
    weights = verdict.evidence["weights"]
    assert list(weights)[2] == "name"
    assert min(weights["x"], weights["y"]) > 0.1 > abs(weights["name"])
    assert "; it leans on '" in verdict.reason


def test_rows_of_one_law_pass() -> None:
    verdict = verdict_of(rows(1_000, 1), rows(1_000, 2))

    assert verdict.outcome is Outcome.PASS
    assert verdict.interval is not None
    assert verdict.interval[0] == 0.5


def test_a_new_value_of_a_text_is_found() -> None:
    verdict = verdict_of(rows(500, 1, names=("a", "b", "d", "e")), rows(500, 2))

    assert verdict.outcome is Outcome.FAIL
    assert next(iter(verdict.evidence["weights"])) == "name"


def test_too_few_rows_are_undecided() -> None:
    verdict = verdict_of(rows(30, 1), rows(1_000, 2))

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, Cause.TOO_SMALL)


def test_few_rows_that_decide_nothing_name_how_many_would() -> None:
    check = DomainClassifier(source="train", columns=["x"])
    fact = SeparationFact(((0.6, 800, 16),) * 5, (0.1,), 4_000, 80)
    asked = Separation(("x",), "train")

    verdict = check.judge(facts(profile(columns={"x": "float"}, facts={asked: fact})))

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, Cause.TOO_SMALL)
    assert verdict.reason == (
        "area under the ROC curve of a classifier that tells rows from those of 'train' is 0.6 [0.5, 0.71] (80 rows "
        "against 4,000), too few to tell: about 720 rows would decide"
    )


def test_a_column_that_the_other_source_has_not_is_told_by_name() -> None:
    verdict = verdict_of(rows(200, 1), rows(200, 2).drop_columns(["y"]))

    assert (verdict.outcome, verdict.cause) == (Outcome.UNDECIDED, Cause.MISSING_COLUMN)
    assert "has no column 'y'" in verdict.reason


def test_nothing_of_a_row_is_kept() -> None:
    report = report_of(rows(300, 1, names=("secret",)), rows(300, 2, names=("secret",)))

    assert "secret" not in report.dumps()
    assert Report.from_json(json.loads(report.dumps())).verdicts == report.verdicts


def test_it_says_what_to_install_where_the_classifier_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    check = DomainClassifier(source="train", columns=["x"])

    verdict = check.judge(facts(profile(columns={"x": "float"})))

    assert verdict.outcome is Outcome.ERROR
    assert verdict.reason.endswith(
        'scikit-learn is not installed. pip install "airflow-provider-mlquality[classifier]"'
    )


def test_columns_that_move_by_themselves_are_left_out() -> None:
    contract = Contract.of({
        "version": 1,
        "contract": "c",
        "dataset": {"key": "id", "time": "at"},
        "drift": {"reference": "train", "domain_classifier": {"source": "train"}},
    })  # fmt: skip
    number = 300
    table = rows(number, 1).append_column("id", [list(range(number))])
    table = table.append_column("at", pa.array(range(number), pa.timestamp("s")))
    other = rows(number, 2).append_column("id", [list(range(9_000, 9_000 + number))])
    other = other.append_column("at", pa.array(range(86_400, 86_400 + number), pa.timestamp("s")))

    report = audit(contract, table, sources={"train": other}, reference=other)

    verdict = next(each for each in report.verdicts if each.check == "domain_classifier")
    assert set(verdict.evidence["weights"]) == {"x", "y", "name"}


# ---- the sample ----


def test_a_sample_is_the_same_again_on_however_many_threads_and_tells_equal_rows_apart() -> None:
    table = pa.table({"x": [1.0] * 5_000 + [2.0] * 5_000})
    asked = Separation(("x",), "train", 1_000)

    def sampled(threads: int) -> list[Any]:
        with Embedded(Settings(threads=threads)) as engine:
            opened = engine.open("stage", table, Reading())
            engine.open(RELATED_PREFIX + "train", table, Reading())
            form = engine.dialect.form(asked.select(opened.schema)["current"], opened.schema, engine.relations)
            return engine.run(form.statement(opened.relation))  # type: ignore[union-attr]  # a list of rows

    one, other = sampled(1), sampled(2)

    assert one == other
    assert len(one) == 1_000
    assert 400 < sum(value == 1.0 for (value,) in one) < 600


def test_areas_of_the_measurement_are_those_of_plain_python() -> None:
    scores, label = [0.1, 0.4, 0.4, 0.9, 0.3], [0, 0, 1, 1, 1]
    pairs = [
        (a, b)
        for a, one in zip(scores, label, strict=True)
        if one
        for b, two in zip(scores, label, strict=True)
        if not two
    ]
    expected = sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)

    import numpy as np

    assert area_under_curve(np.array(scores), np.array(label)) == pytest.approx(expected)


def test_the_fact_has_an_area_per_fold_and_a_weight_per_column() -> None:
    with Embedded(Settings()) as engine:
        opened = engine.open("stage", rows(200, 1), Reading())
        engine.open(RELATED_PREFIX + "train", rows(150, 2), Reading())
        asked = Separation(("x", "name"), "train", 1_000)
        found, failures = measure(engine, opened, [asked])

    assert failures == {}
    fact = found[asked]
    assert (len(fact.folds), len(fact.weights), fact.reference_rows, fact.rows) == (5, 2, 150, 200)
    assert [(before, now) for _, before, now in fact.folds] == [(30, 40)] * 5
    assert asked.decode(json.loads(json.dumps(asked.encode(fact)))) == fact


# ---- calibration ----


def chance_areas(draw: Any, features: int, size: int, folds: int = 5) -> Separability:
    """Return the areas of a linear classifier (difference of means) on two samples of one law, out of fold."""
    import numpy as np

    samples = draw.normal(size=(2, folds, size, features))
    told = []
    for at in range(folds):
        others = [fold for fold in range(folds) if fold != at]
        direction = samples[1, others].mean(axis=(0, 1)) - samples[0, others].mean(axis=(0, 1))
        scores = (samples[:, at] @ direction).ravel()
        told.append((area_under_curve(scores, np.repeat([0, 1], size)), size, size))
    return Separability.of(told)


@pytest.mark.parametrize("features", [1, 3, 30])
def test_without_change_the_lower_end_exceeds_chance_in_at_most_the_error_rate(features: int) -> None:
    import numpy as np

    draw, repetitions = np.random.default_rng(7), 600

    above = sum(chance_areas(draw, features, 40).interval(0.01)[0] > 0.5 for _ in range(repetitions))

    assert above <= 0.01 * repetitions + 3 * (0.0099 * repetitions) ** 0.5


def test_without_change_a_single_law_for_independent_folds_would_alarm_too_often() -> None:
    import numpy as np

    draw = np.random.default_rng(7)
    areas = [chance_areas(draw, 30, 40).area - 0.5 for _ in range(400)]
    alone = ((2 * 200 + 1) / (12 * 200**2)) ** 0.5

    assert 1.25 < np.std(areas) / alone < 1.45

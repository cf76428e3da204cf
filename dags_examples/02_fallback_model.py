"""
# Quality decides which model scores the day

A model tells which flights will arrive late. It leans on air time and origin, so on a day where these are broken it
is worse than useless, and says nothing about it. The gate looks at the day first: if it keeps the contract the model
scores it, if not the baseline does, which knows only how often each carrier was late at each hour.

Trigger it with 16 July (the model serves) and with 17 July, whose air times came in seconds and whose origins came
in lower case (the baseline serves). The log of `publish` tells what the other one would have cost.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import QualityBranchOperator

DAY = f"{DATA}/days/{{{{ params.day }}}}.csv"

with DAG(
    "02_fallback_model",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def fit() -> dict[str, Any]:
        """Fit both on the first half of the year."""
        from delay_models import fit_baseline, fit_model
        from flights import PAST, features

        flights = features(PAST)
        return {"model": fit_model(flights).tolist(), "baseline": fit_baseline(flights)}

    # [START branch]
    choose = QualityBranchOperator(
        task_id="choose",
        contract="contracts/flights.yaml",
        source=DAY,
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
        if_pass="score_with_model",
        if_degraded="score_with_baseline",
        if_stop="score_with_baseline",
    )
    # [END branch]

    def score(served_by: str, fitted: dict[str, Any], day: str) -> dict[str, Any]:
        """Return the mean squared error of both on the day; only the one that serves is published."""
        import numpy as np
        from delay_models import baseline_chances, brier, inputs, model_chances
        from flights import features

        flights = features(day)
        late = flights["delayed"]
        errors = {
            "model": brier(model_chances(np.array(fitted["model"]), inputs(flights)), late),
            "baseline": brier(baseline_chances(fitted["baseline"], flights), late),
        }
        return {"served_by": served_by, "flights": len(late), "brier": errors}

    @task(templates_dict={"day": DAY})
    def score_with_model(fitted: dict[str, Any], *, templates_dict: dict[str, str]) -> dict[str, Any]:
        """Score the day with the model."""
        return score("model", fitted, templates_dict["day"])

    @task(templates_dict={"day": DAY})
    def score_with_baseline(fitted: dict[str, Any], *, templates_dict: dict[str, str]) -> dict[str, Any]:
        """Score the day with the baseline."""
        return score("baseline", fitted, templates_dict["day"])

    @task(trigger_rule="none_failed_min_one_success")
    def publish(by_model: dict[str, Any] | None, by_baseline: dict[str, Any] | None) -> dict[str, Any]:
        """Say which one served, and how well."""
        scored = by_model or by_baseline or {}
        for name, error in scored["brier"].items():
            print(f"{name}: mean squared error {error:.3f}{', served' * (name == scored['served_by'])}")  # noqa: T201  into the task's log
        return scored

    fitted = fit()
    scores = [score_with_model(fitted), score_with_baseline(fitted)]
    choose >> scores
    publish(*scores)

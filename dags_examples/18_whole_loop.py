"""
# The whole loop

Two DAGs keep a delay model honest.

**18_serve** takes a day: ingest → gate → choose a model → score. While the gate passes, the champion scores. On 17
July, whose air times came in seconds, the baseline takes its place at once; it gives the place back by itself after
two good days in a row.

**18_retrain** asks whether the world moved: a `RetrainSensor` reads what the gate of `18_serve` found. One bad day in
three is reason enough here, once in a week. Then: collect, gate, train, compare with the champion, promote. A
candidate that is clearly worse stops; where the numbers are close a person is asked.

Trigger `18_serve` with 16 July and 17 July, then `18_retrain` with 17 July, then `18_serve` with 18 and 19 July.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import (
    ModelFallbackOperator,
    ProfileOperator,
    QualityApprovalOperator,
    QualityGateOperator,
)
from airflow_mlquality.operators.fallback import Candidate, Condition
from airflow_mlquality.operators.targets import AirflowVariable
from airflow_mlquality.retraining import Drifted
from airflow_mlquality.sensors import RetrainSensor

DAY = {"day": Param(CLEAN_DAY, type="string", format="date")}
END_OF_DAY = "{{ params.day }}T23:59:59+00:00"
NO_WORSE = {
    "version": 1,
    "contract": "candidate_no_worse",
    "description": "Squared errors of the candidate, for each of the champion's, on flights that neither has seen",
    "table": {"kpi": {"expression": "sum(candidate) / sum(champion)", "warn": [0, 1.0], "fail": [0, 1.05]}},
}

with DAG("18_serve", schedule=None, params=DAY, doc_md=__doc__, tags=["mlquality"]):

    @task
    def ingest(params: dict[str, str]) -> str:
        """Stand for whatever brings the day's file."""
        return f"{DATA}/days/{params['day']}.csv"

    # [START serve]
    day = ingest()
    gate_day = QualityGateOperator(
        task_id="gate_day",
        contract="contracts/flights.yaml",
        source=day,
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
        as_of=END_OF_DAY,
    )
    choose = ModelFallbackOperator(
        task_id="choose",
        gates=["gate_day"],
        candidates=[
            Candidate("champion", when=[Condition(gates="gate_day")], ref="champion"),
            Candidate("baseline", ref="baseline"),
        ],
        target=AirflowVariable("18_flights_delay_model"),
        back_after=2,
        as_of=END_OF_DAY,
    )
    # [END serve]

    @task
    def score(choice: dict[str, Any], source: str) -> dict[str, Any]:
        """Score the day with the model that serves."""
        from champion import champion_chances
        from delay_models import baseline_chances, brier, fit_baseline
        from flights import features

        flights = features(source)
        if choice["name"] == "champion":
            chances = champion_chances(flights)
        else:
            chances = baseline_chances(fit_baseline(features(LAST_MONTH)), flights)
        return {"served_by": choice["name"], "brier": brier(chances, flights["delayed"])}

    gate_day >> choose
    score(choose.output, day)

with DAG("18_retrain", schedule=None, params=DAY, doc_md=__doc__, tags=["mlquality"]):
    # [START retrain]
    reason = RetrainSensor(
        task_id="reason",
        gates=["18_serve/gate_day"],
        conditions=[Drifted(persistence=(1, 3))],
        cooldown=timedelta(days=7),
        as_of=END_OF_DAY,
        timeout=0,
        soft_fail=True,  # no reason, no run
    )
    # [END retrain]

    @task
    def collect() -> str:
        """Write the features of the last month that is known to be good."""
        from flights import write_features

        return write_features(LAST_MONTH, "18_training")

    @task
    def train(training: str) -> str:
        """Fit the candidate, and say how far off it and the champion are on held-out flights."""
        from champion import train_beside_champion

        return train_beside_champion(training, held_out=f"{DATA}/days/{CLEAN_DAY}.csv")

    @task
    def promote(params: dict[str, str]) -> str:
        """Let the candidate be the champion."""
        from champion import CANDIDATE, CHAMPION

        CANDIDATE.replace(CHAMPION)
        return f"champion of {params['day']}"

    training = collect()
    gate_training = QualityGateOperator(
        task_id="gate_training", contract="contracts/training.yaml", source=training, on_fail="skip"
    )
    errors = train(training)
    # [START approve]
    approve = QualityApprovalOperator(
        task_id="approve",
        contract=NO_WORSE,
        source=errors,
        ask_on=["warn"],  # a little worse: somebody who knows should say
        default="stop",
        response_timeout=timedelta(hours=12),
    )
    # [END approve]
    profile = ProfileOperator(task_id="profile_training", source=training, name="18_training_features")
    reason >> training >> gate_training >> errors >> approve >> promote() >> profile

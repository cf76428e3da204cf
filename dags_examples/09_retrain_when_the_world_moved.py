"""
# Training anew when the world moved, and only then

Every day passes a gate that compares it with the month before. `why` looks at what the gate found on the last days: if
a column drifted, or the model is a month old, the model is fitted anew, and the reason travels with the run. If not,
training is skipped, and the log says what was lacking.

Trigger it with 16 July (no drift: skipped), with 17 July, whose air times came in seconds (it trains, because of
`drift.air_time`), and with 18 July: nothing new happened, the drift of the day before has had its training.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import DAG, Asset, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import QualityGateOperator
from airflow_mlquality.retraining import Age, Drifted
from airflow_mlquality.sensors import RetrainSensor

with DAG(
    "09_retrain_when_the_world_moved",
    schedule=None,  # in production "@daily": then as_of is the run's own, and backfills decide as the days would have
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):
    gate = QualityGateOperator(
        task_id="gate",
        contract="contracts/flights.yaml",
        source=f"{DATA}/days/{{{{ params.day }}}}.csv",
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
        as_of="{{ params.day }}",
        on_fail="proceed",  # what it finds is the reason to train, and no obstacle
    )

    # [START retrain]
    why = RetrainSensor(
        task_id="why",
        gates=["09_retrain_when_the_world_moved/gate"],
        conditions=[
            Drifted(persistence=(1, 3), at_least="fail"),  # in production (3, 5): one odd day is no new world
            Age(after=timedelta(days=30), since=datetime(2013, 7, 1, tzinfo=UTC)),
        ],
        cooldown=timedelta(days=1),
        budget=(2, timedelta(days=30)),
        as_of="{{ params.day }}",
        timeout=0,  # ask once
        soft_fail=True,  # without a reason the rest is skipped
        outlets=[Asset("reasons_to_train")],
    )
    # [END retrain]

    @task
    def train(reason: dict[str, Any]) -> dict[str, Any]:
        """Fit the model, and keep why."""
        from delay_models import fit_model
        from flights import PAST, features

        return {"because": reason["reason"], "weights": fit_model(features(PAST)).tolist()}

    gate >> why
    train(why.output)

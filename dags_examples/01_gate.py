"""
# A gate before training

Every day's flights pass a gate. While they keep the contract `contracts/flights.yaml`, the models are fitted anew
and the asset `approved_flights` is published. When they do not, the gate short-circuits: training is skipped, no
asset event appears, and the log and the report say why.

Trigger it with the default day, 16 July, and with 17 July, whose air times came in seconds and whose origins came in
lower case.
"""

from __future__ import annotations

from airflow.sdk import DAG, Asset, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import QualityGateOperator

with DAG(
    "01_gate",
    schedule=None,  # in production "@daily", and {{ ds }} in place of {{ params.day }}
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):
    # [START gate]
    gate = QualityGateOperator(
        task_id="gate",
        contract="contracts/flights.yaml",
        source=f"{DATA}/days/{{{{ params.day }}}}.csv",
        sources={"planes": f"{DATA}/planes.csv"},
        reference=LAST_MONTH,
        on_fail="skip",
        outlets=[Asset("approved_flights")],
    )
    # [END gate]

    @task
    def train(params: dict[str, str]) -> dict[str, float]:
        """Fit the model on the first half of the year and the approved day."""
        from delay_models import brier, fit_model, inputs, model_chances
        from flights import PAST, features

        flights = features(PAST, f"{DATA}/days/{params['day']}.csv")
        weights = fit_model(flights)
        return {
            "flights": len(flights["delayed"]),
            "brier": brier(model_chances(weights, inputs(flights)), flights["delayed"]),
        }

    gate >> train()

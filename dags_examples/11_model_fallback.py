"""
# The model that serves is changed at once, and comes back only after good days

What serves is named by the Variable `flights_model`. After every day's gate it is chosen anew: the model while the day
keeps the contract; the baseline, which only needs carriers, when it does not; people when nothing can be trusted. Down
goes at once; back up takes two good days in a row, so that what serves does not flap.

Trigger it with 16 July (the model serves), 17 July (its air times came in seconds: the baseline takes over at once),
18 July (good, but only the first good day: the baseline stays) and 19 July (the model is back). Then run 17 July again:
its choice is recorded, and what serves stays, for a day of the past does not rule the present.

In production the target is where models are served: `MlflowAlias("delays", "serving")` points the alias that the
service loads, `HttpEndpoint("model_service", "/v1/serving")` tells the service itself.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import (
    AirflowVariable,
    Candidate,
    Condition,
    ModelFallbackOperator,
    QualityGateOperator,
)

with DAG(
    "11_model_fallback",
    schedule=None,  # in production "@daily", without as_of: a run is about the end of its data interval
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
    )

    # [START fallback]
    choose = ModelFallbackOperator(
        task_id="choose",
        name="flights_model",
        gates=["gate"],
        candidates=[
            Candidate("model", when=Condition(), ref="delays/2"),
            Candidate("baseline", when=Condition(ids=["carrier.not_null", "carrier.length"]), ref="late_by_carrier"),
            Candidate("people"),
        ],
        back_after=2,
        target=AirflowVariable("flights_model"),
        as_of="{{ params.day }}",
    )
    # [END fallback]

    @task
    def score(choice: dict[str, str]) -> str:
        """Stand for whatever scores the day, with what its own day was found good for."""
        return f"{choice['at'][:10]} is scored by the {choice['name']} ({choice['reason']})"

    gate >> choose
    score(choose.output)

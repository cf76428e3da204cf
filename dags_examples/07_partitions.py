"""
# A reference made of days

The reference is the week before. Each of its days is profiled by a mapped task of its own, on the same bins, and the
profiles are merged: no task reads more than one day. The new day is then judged against the week.

Trigger it with 16 July, and then with 17 July, whose air times came in seconds: the second run measures one day of the
week only, the others are unchanged.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, task
from flights import CLEAN_DAY, DATA, LAST_MONTH

from airflow_mlquality.operators import MergeProfilesOperator, ProfileOperator, QualityGateOperator

with DAG(
    "07_partitions",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def week_before(params: dict[str, str]) -> list[dict[str, str]]:
        """Return the parts of the reference: the seven days before the day."""
        from datetime import date, timedelta

        day = date.fromisoformat(params["day"])
        days = [str(day - timedelta(days=back)) for back in range(7, 0, -1)]
        return [{"part": each, "source": f"{DATA}/days/{each}.csv"} for each in days]

    # [START partitions]
    bins = ProfileOperator(
        task_id="bins", source=LAST_MONTH, contract="contracts/flights.yaml", name="flight_bins", bins_only=True
    )
    days = ProfileOperator.partial(
        task_id="profile_day",
        contract="contracts/flights.yaml",
        sources={"planes": f"{DATA}/planes.csv"},
        name="week",
        like="flight_bins",
    ).expand_kwargs(week_before())
    week = MergeProfilesOperator(task_id="merge_week", name="week", profiles=days.output)
    gate = QualityGateOperator(
        task_id="gate",
        contract="contracts/flights.yaml",
        source=f"{DATA}/days/{{{{ params.day }}}}.csv",
        sources={"planes": f"{DATA}/planes.csv"},
        reference="week",
        on_fail="skip",
    )
    # [END partitions]

    @task
    def publish() -> str:
        """Stand for whatever uses the day."""
        return "published"

    bins >> days >> week >> gate >> publish()

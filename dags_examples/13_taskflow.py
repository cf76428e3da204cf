"""
# Gates as functions

A function that returns rows becomes a gate by its decorator: what it returns is handed on only when the contract lets
it pass. Each of three days is an instance of a mapped task group, with a verdict of its own.

Trigger it with 16 July (three days are scored), and with 17 July, whose air times came in seconds: its gate and what
follows it are skipped, and the two days before are scored.
"""

from __future__ import annotations

from airflow.sdk import DAG, Param, task, task_group
from flights import CLEAN_DAY, DATA, LAST_MONTH, write_features

with DAG(
    "13_taskflow",
    schedule=None,
    params={"day": Param(CLEAN_DAY, type="string", format="date")},
    doc_md=__doc__,
    tags=["mlquality"],
):

    @task
    def days(params: dict[str, str]) -> list[str]:
        """Return the day and the two before it."""
        from datetime import date, timedelta

        last = date.fromisoformat(params["day"])
        return [str(last - timedelta(days=back)) for back in (2, 1, 0)]

    # [START taskflow]
    @task.profile(name="training_features", contract="contracts/features.yaml")
    def reference() -> str:
        """Return last month's features; their profile is what the days are held against."""
        return write_features(LAST_MONTH, "last_month")

    @task.quality_gate(contract="contracts/features.yaml", on_fail="skip")
    def features(day: str) -> str:
        """Return the features of a day."""
        return write_features(f"{DATA}/days/{day}.csv", day)

    # [END taskflow]

    @task
    def score(path: str) -> str:
        """Stand for whatever uses the features of a day."""
        return f"scored {path}"

    @task_group
    def of_a_day(day: str) -> None:
        """Build and score the features of one day."""
        score(features(day))

    profiled = reference()
    profiled >> of_a_day.expand(day=days())

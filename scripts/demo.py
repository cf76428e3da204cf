"""Run example 02 in a real Airflow, on a clean day and on a dirty day, and show what happened."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path
from typing import Any

from scripts.flight_data import CLEAN_DAY, DIRTY_DAY, lay_out
from scripts.real_airflow import RealAirflow, owned

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".airflow-demo"
DAG_ID = "02_fallback_model"
EXPECTED = {CLEAN_DAY: "model", DIRTY_DAY: "baseline"}


def main() -> int:
    """Run the demo; the exit code is 0 when each day was served by the right one."""
    begin = time.monotonic()

    def say(text: str) -> None:
        print(f"  {time.monotonic() - begin:4.0f} s  {text}", flush=True)

    with owned(HOME):
        shutil.rmtree(HOME, ignore_errors=True)
        print("Real flights of 2013. On 17 July the air times came in seconds and the origins in lower case.")
        print(f"Starting a real Airflow (API server, scheduler, LocalExecutor) in {HOME.name}/; this takes a minute:")
        with RealAirflow(HOME, lay_out(HOME / "data"), say=say) as airflow:
            airflow.wait_for_dags([DAG_ID])
            say(f"running the DAG {DAG_ID} for {CLEAN_DAY} and for {DIRTY_DAY}")
            runs = {day: airflow.trigger(DAG_ID, day=day) for day in EXPECTED}
            states = {day: airflow.wait_for_run(DAG_ID, run) for day, run in runs.items()}
            say(f"they ended: {', '.join(states.values())}")
            days = {day: Day(airflow, day, run) for day, run in runs.items() if states[day] == "success"}
            for day in days.values():
                day.show()
            print(flush=True)
            say("stopping Airflow")
    say("done")
    if {name: day.served_by for name, day in days.items()} != EXPECTED:
        print(f"\nThis is not as it should be: {states}. Airflow's logs are in {HOME}/logs", file=sys.stderr)
        return 1
    print_ending(days)
    return 0


class Day:
    """What happened on one day."""

    def __init__(self, airflow: RealAirflow, day: str, run_id: str) -> None:
        self.day = day
        self.log = gate_log(airflow.log_lines(DAG_ID, run_id, "choose"))
        self.scored: dict[str, Any] = airflow.xcom(DAG_ID, run_id, "publish")
        self.served_by = str(self.scored["served_by"])
        self.report = HOME / "reports" / airflow.xcom(DAG_ID, run_id, "choose", "quality_report")["report"]
        self.page = HOME / f"report-{day}.html"

    def show(self) -> None:
        """Print the gate's log, and write the report as a page."""
        from airflow_mlquality.pages.html import report_page
        from airflow_mlquality.store import Store

        address = self.report.relative_to(HOME / "reports").as_posix()
        self.page.write_text(report_page(Store(HOME / "reports").read_report(address)), encoding="utf-8")
        print(f"\n{'=' * 120}\n{self.day}: what the task 'choose' logged\n{'=' * 120}\n{self.log}")


def print_ending(days: dict[str, Day]) -> None:
    """Print who served which day, what the other one would have cost, and where the reports lie."""
    print(f"\n{'day':<12}{'served by':<12}{'its error':>10}{'the other':>12}   (mean squared error of the chances)")
    for day in days.values():
        errors = dict(day.scored["brier"])
        own = errors.pop(day.served_by)
        print(f"{day.day:<12}{day.served_by:<12}{own:>10.3f}{next(iter(errors.values())):>12.3f}")
    print("\nThe reports, as a page and as JSON:")
    for day in days.values():
        print(f"  {day.page.relative_to(ROOT)}\n  {day.report.relative_to(ROOT)}")
    print("\n'make ui' shows these runs in Airflow itself; 'make clean' removes everything.")


def gate_log(lines: list[str]) -> str:
    """Return what the gate itself logged: from its headline on, without Airflow's own lines and folds."""
    first = next((n for n, line in enumerate(lines) if "; decision: " in line), 0)
    last = next((n for n, line in enumerate(lines) if n > first and line.startswith("Next: ")), len(lines) - 1)
    return "\n".join(line for line in lines[first : last + 1] if not line.startswith("::"))


if __name__ == "__main__":
    sys.exit(main())

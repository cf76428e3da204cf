"""Start a real Airflow with the examples, tell where it is, and stop it cleanly on Ctrl-C."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

from scripts.flight_data import DIRTY_DAY, lay_out
from scripts.real_airflow import COMPONENTS, TRIGGERER, AirflowDidNotStartError, RealAirflow, free_port, is_free, owned

HOME = Path(__file__).parents[1] / ".airflow-demo"
"""That of the demo, so that its runs can be looked at."""
PORT = 28080


def main() -> int:
    """Serve until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with owned(HOME):
        port = PORT if is_free(PORT) else free_port()
        airflow = RealAirflow(HOME, lay_out(HOME / "data"), port=port, say=say)
        print(f"Starting a real Airflow in {HOME.name}/; this takes a minute:", flush=True)
        try:
            airflow.start({**COMPONENTS, **TRIGGERER})
            tell(airflow)
            while airflow.are_running():
                time.sleep(1)
            print(f"a component has ended by itself; see {HOME / 'logs'}", file=sys.stderr)
        except AirflowDidNotStartError as error:
            print(error, file=sys.stderr)
        except KeyboardInterrupt:
            return 0
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave components behind
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            say("stopping every component")
            airflow.stop()
            say("stopped")
    return 1


def say(text: str) -> None:
    """Print what is being done."""
    print(f"  {text}", flush=True)


def tell(airflow: RealAirflow) -> None:
    """Print where Airflow is, and what to do there."""
    print(f"\n  address   {airflow.address}\n  login     admin\n  password  {airflow.password}\n")
    print(f"Trigger an example with the day it offers, and with the dirty one, {DIRTY_DAY}.")
    print("Each gate's report is on the tab 'Quality' of its task instance. Ctrl-C stops everything.", flush=True)


if __name__ == "__main__":
    sys.exit(main())

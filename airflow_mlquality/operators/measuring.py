"""What tasks that measure share: who asks, how far it is, and stopping when the task is killed."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

SECONDS_BETWEEN_PROGRESS = 30.0


def training_profile(model: str, alias: str) -> str:
    """Return the address of the profile that a registered model was trained on; empty when none is known."""
    from airflow_mlquality.hooks.mlflow import MlflowHook

    return MlflowHook().training_profile(model, alias)


def stop_measuring() -> None:
    """Stop what engines of this process run; called by the handler of a signal."""
    engines = sys.modules.get("airflow_mlquality.engines.engine")  # importing it here could be in the midst of that
    stop = getattr(engines, "stop_running", None)
    if stop is not None:
        stop()


def asked_by(context: Context) -> str:
    """Return which task asks, for the other side's own lists of what runs."""
    ti = context["ti"]
    mapped = "" if ti.map_index in (None, -1) else f" map_index={ti.map_index}"
    return f"mlquality dag={ti.dag_id} task={ti.task_id} run={ti.run_id}{mapped} try={ti.try_number}"


def given(reference: Any) -> Any:
    """Return a reference; a template that rendered to nothing is none."""
    return None if isinstance(reference, str) and reference.strip() in ("", "None") else reference


def progress_logger(log: Any) -> Callable[[float], None]:
    """Return a listener that logs how far measuring has come, now and then."""
    last = time.monotonic()

    def on_progress(share: float) -> None:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_PROGRESS:
            last = time.monotonic()
            log.info("Measuring: %.0f %%", 100 * share)

    return on_progress

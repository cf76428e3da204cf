"""The rows and arguments that lead each operator to every decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from airflow.sdk import Asset
from pyarrow import csv, parquet

from airflow_mlquality.audit import take_profile
from airflow_mlquality.history import Finding, History, Run
from airflow_mlquality.retraining import Drifted, Firing
from airflow_mlquality.retraining.firings import Firings
from airflow_mlquality.store import Store

LATER, EARLIER = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 1, 10, tzinfo=UTC)
"""The moments that a backfill is about: it goes back from the one to the other."""


BROKEN = "this is no parquet"
GOOD = "id,age\n" + "".join(f"{n},{20 + n}\n" for n in range(1, 6))
BAD = "id,age\n1,21\n2,98765\n3,23\n"
CONTRACT = {"version": 1, "contract": "people", "columns": {"age": {"between": {"min": 16, "max": 110}}}}
ONCE = {"timeout": 0, "poke_interval": 0.1}
"""A sensor that looks once."""


@dataclass(frozen=True)
class Place:
    """Where an operator works.

    Parameters
    ----------
    folder
        Of its own.
    decision
        That its rows and arguments lead to.
    """

    folder: Path
    decision: str

    def write(self, **texts: str) -> str:
        """Write the rows of the decision, given as CSV, and return their path; without rows, nothing is there."""
        path = self.folder / "rows.parquet"
        if texts.get(self.decision) == BROKEN:
            path.write_text(BROKEN)
        elif self.decision in texts:
            write_rows(path, texts[self.decision])
        return str(path)


def write_rows(path: Path, text: str) -> None:
    """Write rows that are given as CSV as Parquet, of which no type has to be guessed."""
    options = csv.ConvertOptions(strings_can_be_null=True)
    parquet.write_table(csv.read_csv(BytesIO(text.encode()), convert_options=options), path)


def people(place: Place, **options: Any) -> dict[str, Any]:
    """Rows of people, and their contract."""
    contract = {**CONTRACT, "policy": {"fail": "degrade"}} if place.decision == "degrade" else CONTRACT
    return {"source": place.write(proceed=GOOD, degrade=BAD, stop=BAD), "contract": contract, **options}


def quarantine(place: Place) -> dict[str, Any]:
    """Rows, and where they go."""
    return people(place, good=f"{place.folder}/kept.parquet", bad=f"{place.folder}/lost.parquet")


def profile(place: Place) -> dict[str, Any]:
    """Rows, and a name."""
    return {"source": place.write(proceed=GOOD, degrade=BAD, stop=BAD), "name": str(place.folder)}


def schema(place: Place) -> dict[str, Any]:
    """Rows that have their columns, one more, or one less."""
    source = place.write(proceed=GOOD, degrade="id,age,new\n1,20,3\n", stop="id\n1\n")
    return {"source": source, "columns": {"id": "integer", "age": "integer"}, "extra_columns": "warn"}


def plausibility(place: Place) -> dict[str, Any]:
    """Rows whose ages can be, or not."""
    levels = {"warn": 0, "fail": 0.9} if place.decision == "degrade" else {}
    source = place.write(proceed=GOOD, degrade=BAD, stop=BAD)
    return {"source": source, "columns": {"age": {"between": {"max": 110, **levels}}}}


def labels(place: Place) -> dict[str, Any]:
    """Labels as frequent as expected, less so, or one class alone."""

    def rows(yes: int) -> str:
        return "label\n" + "yes\n" * yes + "no\n" * (1_000 - yes)

    source = place.write(proceed=rows(500), degrade=rows(700), stop=rows(990))
    return {"source": source, "column": "label", "expected": {"yes": 0.5, "no": 0.5}, "warn": 0.1, "fail": 0.4}


def drift(place: Place) -> dict[str, Any]:
    """Amounts like those before, moved a little, or elsewhere."""

    def rows(shift: int) -> str:
        return "amount\n" + "".join(f"{(n * 37) % 500 + shift}\n" for n in range(500))

    reference = place.folder / "reference.parquet"
    write_rows(reference, rows(0))
    fail = 1_000.0 if place.decision == "degrade" else 0.5
    source = place.write(proceed=rows(0), degrade=rows(150), stop=rows(5_000))
    return {"source": source, "reference": str(reference), "warn": 0.2, "fail": fail}


def stages(place: Place) -> dict[str, Any]:
    """Rows before and after, of which one was lost."""
    before = place.folder / "before.parquet"
    write_rows(before, GOOD)
    less = GOOD.removesuffix("5,25\n")
    levels = {"warn": 0.0, "fail": 0.9} if place.decision == "degrade" else {}
    return {
        "source_in": str(before),
        "source_out": place.write(proceed=GOOD, degrade=less, stop=less),
        "key": "id",
        **levels,
    }


def parts(place: Place) -> dict[str, Any]:
    """The profiles of two parts, or of one."""
    store = Store(str(place.folder / "store"))
    part_of_it = place.folder / "part.parquet"
    write_rows(part_of_it, GOOD)
    addresses = [store.write_part("whole", take_profile(str(part_of_it), part=part)) for part in ("a", "b")]
    if place.decision == "error":
        Path(store.location(addresses[1])).write_text("{")
    found = addresses[:1] if place.decision in ("degrade", "stop") else addresses
    absent = ["b"] if place.decision == "degrade" else []
    return {
        "name": "whole",
        "profiles": found,
        "parts": ["a", "b"],
        "absent": absent,
        "store": str(place.folder / "store"),
    }


def required(place: Place, **options: Any) -> dict[str, Any]:
    """The asset of the events that started the run."""
    return {"asset": Asset(f"required {place.folder.name}"[:100]), "which": "every", **options}


EVENTS: dict[str, list[dict[str, Any]]] = {
    "proceed": [{"mlquality": {"outcome": "pass", "decision": "proceed"}}],
    "degrade": [{"rows": 3}],
    "stop": [{"airflow.dataquality.result": {"score": 0.5}}],
    "error": [],
}
"""Extras of the asset events that started the run."""


def waiting(place: Place, **options: Any) -> dict[str, Any]:
    """Rows of people, as a sensor waits for them."""
    contract = people(place)["contract"]
    source = place.write(proceed=GOOD, degrade=BAD, stop=BAD, error=BROKEN)
    return {"source": source, "contract": contract, **ONCE, **options}


def fresh(place: Place) -> dict[str, Any]:
    """A row of yesterday, none, or an old one."""
    source = place.write(proceed="at\n2026-03-01\n", stop="at\n2026-02-01\n", error=BROKEN)
    return {"source": source, "column": "at", "max_age": timedelta(days=2), "as_of": "2026-03-02", **ONCE}


def matured(place: Place) -> dict[str, Any]:
    """Labels of all rows, or of one."""
    source = place.write(proceed="id,paid\n1,yes\n2,no\n", stop="id,paid\n1,yes\n2,\n", error=BROKEN)
    return {"source": source, "column": "paid", **ONCE}


def retrain(place: Place) -> dict[str, Any]:
    """Runs of a gate that drifts, or not."""
    store = Store(str(place.folder / "store"))
    drift = Finding(id="drift.age", check="drift", family="drift", outcome="fail", observed=0.7, unit="PSI")
    for moment in (EARLIER, LATER):
        at = (moment - timedelta(days=1)).isoformat()
        is_bad = place.decision != "stop"
        run = Run(
            dag_id="d", task_id="gate", map_index=-1, run_id=at, at=at, since=at, contract="c", digest="a",
            outcome="fail" if is_bad else "pass", decision="stop" if is_bad else "proceed", rows=100,
            report="runs/d/gate/1", written_at=at, findings=(drift,) if is_bad else (),
        )  # fmt: skip
        History(store, "d", "gate").remember(run)
    if place.decision == "degrade":
        before = (EARLIER - timedelta(days=2)).isoformat()
        firing = Firing(
            name="model", dag_id="d", task_id="t", run_id="r", map_index=-1, at=before, reason="was", evidence=()
        )
        Firings(store, "model").claim(firing, ())
    (place.folder / "file").write_text("no folder")
    return {
        "gates": "d/gate",
        "conditions": [Drifted()],
        "cooldown": timedelta(days=36_500) if place.decision == "degrade" else None,
        "name": "model",
        "store": str(place.folder / ("file" if place.decision == "error" else "store")),
        **ONCE,
    }

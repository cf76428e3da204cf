"""What a DAG file with sensors costs while it is parsed, and what the provider tells of them."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.shell.test_parsing import HEAVY, loaded_by


def test_a_dag_with_sensors_and_conditions_loads_nothing_heavy():
    code = """
from datetime import timedelta
from airflow.sdk import DAG
from airflow_mlquality.retraining import *
from airflow_mlquality.sensors import *
with DAG("d", schedule=None):
    QualitySensor(task_id="wait", contract="c.yaml", source="a.csv", deferrable=True)
    RetrainSensor(task_id="why", gates=["a/b"], conditions=[Drifted(persistence=(3, 5)), NewLabels(rows=10)])
    FreshnessSensor(task_id="fresh", source="a.csv", every=timedelta(days=1))
    LabelMaturitySensor(task_id="labels", source="a.csv", column="y")
"""

    loaded = loaded_by(code)

    assert loaded & (HEAVY - {"jinja2.nativetypes"}) == set()
    assert {"airflow_mlquality.audit", "airflow_mlquality.store", "airflow.triggers.base"} & loaded == set()


def test_a_dag_that_a_gate_starts_loads_nothing_heavy():
    code = """
from airflow.sdk import DAG, Asset, AssetWatcher
from airflow_mlquality.triggers import QualityEventTrigger
asset = Asset("a", watchers=[AssetWatcher(name="w", trigger=QualityEventTrigger(dag_id="a", task_id="b"))])
DAG("d", schedule=[asset])
"""

    assert loaded_by(code) & {"pandas", "numpy", "scipy", "pyarrow", "duckdb", "sqlglot", "polars"} == set()


@pytest.mark.parametrize("name", ["sensors", "triggers"])
def test_every_public_name_is_there_and_the_provider_tells_of_it(name):
    from airflow_mlquality.get_provider_info import get_provider_info

    module = import_module(f"airflow_mlquality.{name}")

    assert sorted(module.__all__) == sorted(module._MODULES)  # noqa: SLF001  the other half of the same list
    assert [getattr(module, each).__name__ for each in module.__all__] == module.__all__
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = module.Nothing
    assert get_provider_info()[name] == [{"integration-name": "ML Quality", "python-modules": [module.__name__]}]


def test_a_trigger_that_wakes_a_sensor_has_to_fit_airflows_own_order_of_arguments():
    """Airflow makes a trigger anew from keyword arguments alone; whatever it is given has to be JSON."""
    import json
    from datetime import UTC, datetime

    from airflow_mlquality.triggers import RunsTrigger, SourceTrigger

    waiting = {"seen": "x", "poke_interval": 60.0, "started": str(datetime.now(UTC)), "deadline": ""}
    for trigger in (
        SourceTrigger(sources=["a.csv"], partition={"day": "1"}, **waiting),
        RunsTrigger(store="", gates=["a/b"], **waiting),
    ):
        _, arguments = trigger.serialize()
        assert json.loads(json.dumps(arguments)) == arguments

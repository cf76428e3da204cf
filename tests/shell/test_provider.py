from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import airflow
import jsonschema

from airflow_mlquality.get_provider_info import get_provider_info
from airflow_mlquality.operators.settings import engine_settings, store_from_config


def test_the_provider_describes_itself_as_airflow_wants_it():
    schema = json.loads((Path(airflow.__file__).parent / "provider_info.schema.json").read_text())

    jsonschema.validate(get_provider_info(), schema)


def test_what_the_provider_names_is_there():
    info = get_provider_info()
    named = [*info["extra-links"], *(plugin["plugin-class"] for plugin in info["plugins"])]

    for path in named:
        module, _, name = path.rpartition(".")
        assert getattr(import_module(module), name).__name__ == name
    for operators in info["operators"]:
        assert [import_module(module).__name__ for module in operators["python-modules"]] == operators["python-modules"]


def test_the_plugin_goes_by_the_name_that_the_provider_tells():
    from airflow_mlquality.ui.plugin import MLQualityPlugin

    assert [plugin["name"] for plugin in get_provider_info()["plugins"]] == [MLQualityPlugin.name]


def test_the_views_of_the_plugin_are_such_as_airflow_takes():
    from airflow.api_fastapi.core_api.datamodels.plugins import ExternalViewResponse

    from airflow_mlquality.ui.plugin import MLQualityPlugin

    views = [ExternalViewResponse.model_validate(view) for view in MLQualityPlugin.external_views]

    assert [(view.name, view.destination) for view in views] == [("Quality", "task_instance")]


def test_the_store_lies_under_airflow_home_unless_it_is_set(monkeypatch):
    from airflow.configuration import AIRFLOW_HOME

    assert store_from_config("/a/b").root == Path("/a/b")
    assert str(store_from_config("memory://quality/reports").root) == "memory://quality/reports"
    monkeypatch.setenv("AIRFLOW__MLQUALITY__STORE", "/configured")
    assert store_from_config().root == Path("/configured")
    monkeypatch.setenv("AIRFLOW__MLQUALITY__STORE", "")
    assert store_from_config().root == Path(AIRFLOW_HOME) / "mlquality"


def test_the_engine_takes_what_is_given_then_what_is_configured(monkeypatch):
    monkeypatch.setenv("AIRFLOW__MLQUALITY__MEMORY_LIMIT", "3GB")
    monkeypatch.setenv("AIRFLOW__MLQUALITY__THREADS", "2")
    monkeypatch.setenv("AIRFLOW__MLQUALITY__SPILL", "/spill")

    configured, given = engine_settings(), engine_settings("1GB", 1)

    assert (configured.memory_limit, configured.threads, configured.spill) == ("3GB", 2, "/spill")
    assert (given.memory_limit, given.threads) == ("1GB", 1)

from __future__ import annotations

import subprocess
import sys
import time

HEAVY = {"pandas", "numpy", "scipy", "pyarrow", "duckdb", "sqlglot", "fastapi", "polars", "jinja2.nativetypes"}


def loaded_by(code: str) -> set[str]:
    program = f"{code}\nimport sys; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


def test_importing_the_operators_loads_nothing_heavy():
    code = "from airflow_mlquality.operators import *\nimport airflow_mlquality.links"

    assert loaded_by(code) & (HEAVY - {"jinja2.nativetypes"}) == set()


def test_a_dag_with_gates_loads_nothing_heavy():
    code = """
from airflow.sdk import DAG
from airflow_mlquality.operators import *
with DAG("d", schedule=None):
    QualityGateOperator(task_id="gate", contract="c.yaml", source="a.csv", on_warn="skip")
    LabelPriorCheckOperator(task_id="labels", source="a.csv", column="y", expected={True: 0.5, False: 0.5})
    QualityBranchOperator(task_id="branch", contract={}, source="a.csv", if_pass="a", if_stop="b")
"""

    loaded = loaded_by(code)

    assert loaded & (HEAVY - {"jinja2.nativetypes"}) == set()
    assert "airflow_mlquality.audit" not in loaded


def test_importing_the_plugin_loads_no_web_framework():
    loaded = loaded_by("import airflow_mlquality.ui.plugin, airflow_mlquality.get_provider_info")

    assert loaded & {"fastapi", "airflow_mlquality.ui.app", "airflow.api_fastapi.core_api.security"} == set()


def test_every_public_operator_is_there():
    import airflow_mlquality.operators as module

    assert sorted(module.__all__) == sorted(module._MODULES)  # noqa: SLF001  the other half of the same list
    assert [getattr(module, name).__name__ for name in module.__all__] == module.__all__


def test_fifty_gates_are_parsed_about_as_fast_as_fifty_bash_tasks():
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG

    from airflow_mlquality.operators import QualityGateOperator

    def seconds(build) -> float:
        def once() -> float:
            start = time.process_time()
            with DAG("fifty", schedule=None):
                for n in range(50):
                    build(f"task_{n}")
            return time.process_time() - start

        return min(once() for _ in range(5))

    bash = seconds(lambda name: BashOperator(task_id=name, bash_command="true"))
    gates = seconds(lambda name: QualityGateOperator(task_id=name, contract="c.yaml", source="a.csv"))

    assert gates < 4 * bash

from __future__ import annotations

import textwrap

from airflow.sdk import DAG, ObjectStoragePath, task

from airflow_mlquality.operators import PlausibilityCheckOperator, QualityGateOperator
from tests.shell.runs import run_dag

YAML = """
version: 1
contract: people
columns:
  age: {between: {min: "{{ params.youngest }}", max: 110}}
"""


def test_source_partition_and_an_inline_contract_are_templated(dag, tmp_path, bad):
    dag.params = {"folder": str(tmp_path), "city": "Oslo", "youngest": 16}
    with dag:
        QualityGateOperator(
            task_id="gate",
            contract=YAML.replace('"', ""),
            source="{{ params.folder }}/bad.csv",
            partition={"city": "{{ params.city }}"},
            as_of="{{ run_id and '2026-01-01T00:00:00+00:00' }}",
        )

    run = run_dag(dag)

    assert run.states == {"gate": "success"}
    assert run.xcom("gate")["rows"] == 2
    shown = run.rendered("gate")
    assert (shown["source"], shown["partition"]) == (bad, {"city": "Oslo"})


def test_a_relative_contract_lies_beside_the_dag_file(dag, good, tmp_path):
    (tmp_path / "dags" / "contracts").mkdir(parents=True)
    (tmp_path / "dags" / "contracts" / "people.yaml").write_text(
        "version: 1\ncontract: beside\ncolumns:\n  age: {between: {max: 110}}\n"
    )
    dag.fileloc = str(tmp_path / "dags" / "a_dag.py")
    with dag:
        QualityGateOperator(task_id="gate", contract="contracts/people.yaml", source=good)

    assert run_dag(dag).xcom("gate")["contract"] == "beside"


def test_a_contract_may_be_an_object_built_in_python(dag, good):
    from airflow_mlquality.checks import Between
    from airflow_mlquality.contract import Contract

    with dag:
        contract = Contract(name="python", checks=[Between(column="age", min=16, max=110)])
        QualityGateOperator(task_id="gate", contract=contract, source=good)

    run = run_dag(dag)

    assert run.states == {"gate": "success"}
    assert run.xcom("gate")["contract"] == "python"


def test_a_serialised_dag_is_the_same_at_every_parse(good):
    from airflow.serialization.serialized_objects import DagSerialization

    from airflow_mlquality.checks import Between
    from airflow_mlquality.contract import Contract

    def parsed():
        with DAG("parsed_twice", schedule=None) as dag:
            contract = Contract(name="python", checks=[Between(column="age", min=16, max=110)])
            QualityGateOperator(task_id="gate", contract=contract, source=ObjectStoragePath(f"file://{good}"))
            PlausibilityCheckOperator(task_id="check", source=good, columns={"age": {"between": {"min": 1}}})
        return DagSerialization.to_dict(dag)

    assert parsed() == parsed()


def test_a_dag_file_with_gates_is_read_without_errors(tmp_path, good):
    from airflow.dag_processing.dagbag import DagBag

    (tmp_path / "gates.py").write_text(
        textwrap.dedent(f"""
            from airflow.sdk import DAG
            from airflow_mlquality.operators import QualityGateOperator, DriftCheckOperator

            with DAG("gates", schedule=None):
                QualityGateOperator(task_id="gate", contract="people.yaml", source={good!r})
                DriftCheckOperator.partial(task_id="drift", reference="train").expand(source=["a.csv", "b.csv"])
        """)
    )

    bag = DagBag(tmp_path)

    assert bag.import_errors == {}
    assert bag.dags["gates"].task_ids == ["gate", "drift"]


def test_a_path_object_is_a_source(dag, good, contract):
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=ObjectStoragePath(f"file://{good}"))

    assert run_dag(dag).states == {"gate": "success"}


def test_a_dataframe_of_a_task_upstream_is_a_source_and_its_rows_are_not_shown(dag, contract):
    with dag:

        @task
        def frame():
            import pandas as pd

            return pd.DataFrame({"age": [30, 41], "name": ["Ann Example", "Bob Example"]})

        QualityGateOperator(task_id="gate", contract=contract, source=frame(), sources={"same": frame()})

    run = run_dag(dag)

    assert run.states["gate"] == "success"
    assert run.xcom("gate")["rows"] == 2
    shown = run.rendered("gate")
    assert (shown["source"], shown["sources"]) == ("<DataFrame in memory>", {"same": "<DataFrame in memory>"})


def test_the_same_holds_for_a_mapped_gate(dag, contract):
    with dag:

        @task
        def frames():
            import pandas as pd

            return [pd.DataFrame({"age": [30]}), pd.DataFrame({"age": [999]})]

        QualityGateOperator.partial(task_id="gate", contract=contract).expand(source=frames())

    run = run_dag(dag)

    assert (run.states["gate[0]"], run.states["gate[1]"]) == ("success", "failed")
    assert run.rendered("gate", 1)["source"] == "<DataFrame in memory>"


def test_a_moment_that_is_none_is_wrong_usage(dag, good, contract, ended):
    with dag:
        QualityGateOperator(
            task_id="gate", contract=contract, source=good, as_of="yesterday", on_failure_callback=ended
        )

    run_dag(dag)

    assert str(ended.context["exception"]) == (
        "as_of='yesterday': not a moment. Give one as in 2026-01-31T12:00:00+00:00, or {{ data_interval_end }}"
    )

"""``@task.quality_gate`` and ``@task.profile`` under a real Airflow."""

from __future__ import annotations

import pandas as pd
import pytest
from airflow.sdk import Asset, task

from airflow_mlquality.store import Store
from tests.shell.conftest import CONTRACT
from tests.shell.runs import run_dag
from tests.shell.test_parsing import HEAVY, loaded_by

SECRET = 98765
"""A value of a row that nothing but the rows themselves may show."""


def people(*ages: int) -> pd.DataFrame:
    return pd.DataFrame({"id": range(len(ages)), "age": ages, "city": "Oslo"})


@task
def count(rows) -> int:
    return len(rows)


def test_a_dataframe_that_keeps_the_contract_is_handed_on(dag):
    with dag:

        @task.quality_gate(contract=CONTRACT)
        def load():
            return people(20, 30, 40)

        count(load())

    run = run_dag(dag)

    assert run.states == {"load": "success", "count": "success"}
    assert run.xcom("count") == 3
    assert run.xcom("load", "quality_report")["outcome"] == "pass"


def test_a_path_and_a_list_of_paths_are_handed_on(dag, good, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("id,age,city\n9,60,Rome\n")
    with dag:

        @task.quality_gate(contract=CONTRACT)
        def one() -> str:
            return good

        @task.quality_gate(contract=CONTRACT)
        def several() -> list[str]:
            return [good, str(other)]

        one()
        several()

    run = run_dag(dag)

    assert run.states == {"one": "success", "several": "success"}
    assert (run.xcom("one"), run.xcom("several")) == (good, [good, str(other)])
    assert (run.xcom("one", "quality_report")["rows"], run.xcom("several", "quality_report")["rows"]) == (5, 6)


@pytest.mark.parametrize(
    ("word", "states"),
    [
        ("fail", {"load": "failed", "count": "upstream_failed"}),
        ("skip", {"load": "success", "count": "skipped"}),
        ("skip_direct", {"load": "success", "count": "skipped"}),
        ("proceed", {"load": "success", "count": "success"}),
    ],
)
def test_bad_rows_act_as_the_word_says_and_are_no_value_unless_the_dag_goes_on(dag, word, states):
    with dag:

        @task.quality_gate(contract=CONTRACT, on_fail=word, retries=2, outlets=[Asset("people")])
        def load():
            return people(20, SECRET)

        count(load())

    run = run_dag(dag)

    assert run.states == states
    assert (run.xcom("load") is None) == (word != "proceed")
    assert run.xcom("load", "quality_report")["outcome"] == "fail"
    assert run.events() == []
    assert run.tries["load"] == 1


def test_mapped_over_inputs_there_is_a_verdict_for_each_and_the_good_ones_go_on(dag):
    with dag:

        @task.quality_gate(contract=CONTRACT, on_fail="skip")
        def load(age: int):
            return people(20, age)

        @task(trigger_rule="all_done")
        def gather(rows) -> int:
            return len([each for each in rows if each is not None])

        done = load.expand(age=[30, SECRET, 40])
        gather(done)

    run = run_dag(dag)

    # a trigger rule that would let a task run behind a skipped instance makes that instance fail instead
    assert run.states == {"load[0]": "success", "load[1]": "failed", "load[2]": "success", "gather": "success"}
    assert [run.xcom("load", "quality_report", index)["outcome"] for index in range(3)] == ["pass", "fail", "pass"]
    assert run.xcom("gather") == 2


def test_what_a_mapped_gate_lets_pass_is_mapped_on(dag):
    with dag:

        @task.quality_gate(contract=CONTRACT, on_fail="skip")
        def load(age: int) -> int:
            return people(20, age)

        count.expand(rows=load.expand(age=[30, SECRET]))

    run = run_dag(dag)

    assert (run.states["load[0]"], run.states["load[1]"]) == ("success", "skipped")
    assert {state for name, state in run.states.items() if name.startswith("count")} <= {"success", "skipped"}


def test_rows_are_shown_in_no_template_and_no_log(dag, capfd):
    with dag:

        @task(show_return_value_in_logs=False)  # Airflow's own would show it
        def read():
            return people(20, SECRET)

        @task.quality_gate(contract=CONTRACT, on_fail="proceed")
        def load(rows, *, label: str):
            return rows.assign(label=label)

        @task.profile(name="taskflow_people")
        def keep(rows):
            return rows

        keep(load(read(), label="{{ dag.dag_id }}"))

    run = run_dag(dag)
    told = capfd.readouterr()

    assert set(run.states.values()) == {"success"}
    shown = run.rendered("load")
    assert "DataFrame in memory" in str(shown["op_args"])
    assert dag.dag_id in str(shown["op_kwargs"])
    assert str(SECRET) not in f"{shown}{run.rendered('keep')}{told.out}{told.err}"


def test_a_function_that_returns_no_rows_fails_without_a_retry(dag):
    with dag:

        @task.quality_gate(contract=CONTRACT, retries=3)
        def load():
            return None

        load()

    run = run_dag(dag)

    assert run.states == {"load": "failed"}
    assert run.tries["load"] == 1


def test_a_function_that_breaks_is_tried_again(dag, tmp_path):
    with dag:

        @task.quality_gate(contract=CONTRACT, retries=1, retry_delay=0)
        def load():
            mark = tmp_path / "tried"
            if not mark.exists():
                mark.touch()
                raise OSError
            return people(20)

        count(load())

    run = run_dag(dag)

    assert run.states == {"load": "success", "count": "success"}
    assert (run.tries["load"], run.xcom("count")) == (2, 1)


def test_a_profile_is_kept_and_the_rows_are_handed_on(dag, tmp_path):
    store = str(tmp_path / "store")
    with dag:

        @task.profile(name="train", store=store)
        def load():
            return people(20, 30)

        count(load())

    run = run_dag(dag)

    assert run.states == {"load": "success", "count": "success"}
    assert run.xcom("count") == 2
    assert run.xcom("load", "quality_profile")["rows"] == 2
    assert Store(store).latest_profile("train").rows == 2


def test_a_dag_file_with_both_decorators_loads_nothing_heavy():
    code = """
from airflow.sdk import DAG, task
with DAG("d", schedule=None):
    @task.quality_gate(contract="c.yaml", on_fail="skip")
    def rows(): ...
    @task.profile(name="train")
    def profiled(rows): ...
    profiled(rows())
"""

    assert loaded_by(code) & (HEAVY - {"jinja2.nativetypes"}) == set()

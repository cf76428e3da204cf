"""Which model serves: by real gates and reports, for real services, through everything that goes wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import task_group

from airflow_mlquality.audit import audit
from airflow_mlquality.contract import Contract
from airflow_mlquality.fallback import Choices, Record
from airflow_mlquality.fallback.choices import APPLIED, INTENDED
from airflow_mlquality.operators import (
    AirflowVariable,
    Candidate,
    Condition,
    EndpointAnswers,
    HttpEndpoint,
    ModelFallbackOperator,
    QualityGateOperator,
)
from airflow_mlquality.operators.settings import store_from_config
from tests.servers import free_port
from tests.shell.runs import run_dag
from tests.shell.services import ModelService, connection

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
AGAIN = {"retries": 1, "retry_delay": timedelta(0)}
MODELS = [
    Candidate("champion", when=Condition(), ref=7),
    Candidate("baseline", ref="table"),
]


def day(number):
    return FIRST + timedelta(days=number)


@pytest.fixture
def reports(good, bad, contract):
    """Addresses of a good report and of a bad one."""
    store = store_from_config()
    return [store.write_report(audit(Contract.of(contract), rows, store=store)) for rows in (bad, good)]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ModelService(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def service(running, monkeypatch):
    running.manners({})
    (running.folder / "log").unlink(missing_ok=True)
    monkeypatch.setenv("AIRFLOW_CONN_MODEL", running.connection())
    return running


@pytest.fixture
def variable(request):
    """A key that no other test uses, and what it holds."""
    from airflow.models.variable import Variable

    class Held(str):
        __slots__ = ()

        def value(self):
            held = Variable.get(self, default_var=None)
            return held and json.loads(held)

    return Held(f"serving_{request.node.name}")


class Daily:
    """A fallback that is run for days by hand, each with a report that was good or bad."""

    def __init__(self, dag, reports, **options):
        self.dag, self.reports, self.target = dag, reports, options.get("target")
        with dag:
            ModelFallbackOperator(
                task_id="choose",
                **{"candidates": MODELS, "gates": ["{{ dag_run.conf['report'] }}"], "name": dag.dag_id, **options},
            )
        self.choices = Choices(store_from_config(options.get("store")), dag.dag_id, dry=options.get("dry_run", False))

    def run(self, number, report=1):
        given = self.reports[report] if isinstance(report, int) else report
        return run_dag(self.dag, {"report": given}, logical_date=day(number))

    def chosen(self, number, report=1):
        return self.run(number, report).xcom("choose", "model_choice")["name"]

    def records(self, number):
        """Return what is kept about a day, the newest first."""
        return self.choices.about(day(number))

    def states(self, number):
        return [record.state for record in self.records(number)]


# ---- gates ----


def gate_and_choose(dag, contract, source, **options):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=source)
        choose = ModelFallbackOperator(task_id="choose", candidates=MODELS, gates=["gate"], **options)
        gate >> choose >> EmptyOperator(task_id="score", trigger_rule="none_failed")


def test_a_good_gate_lets_the_champion_serve(dag, good, contract, variable):
    gate_and_choose(dag, contract, good, target=AirflowVariable(variable))

    run = run_dag(dag, logical_date=day(0))

    left = run.xcom("choose", "model_choice")
    assert run.xcom("choose") == left
    assert (left["name"], left["ref"], left["state"], left["at"]) == ("champion", 7, "applied", day(0).isoformat())
    assert left["candidates"] == [{"name": "champion", "why_not": ""}, {"name": "baseline", "why_not": ""}]
    assert variable.value() == {"name": "champion", "ref": 7, "since": day(0).isoformat()}
    record = store_from_config().read_document(left["choice"])
    assert (record["state"], record["run_id"]) == ("applied", run.run_id)
    assert record["reports"] == {"gate": [run.xcom("gate", "quality_report")["report"]]}
    assert run.states["score"] == "success"


def test_a_failed_gate_lets_the_baseline_serve_at_once(dag, bad, contract, variable):
    gate_and_choose(dag, contract, bad, target=AirflowVariable(variable))

    run = run_dag(dag)

    assert run.states == {"choose": "success", "gate": "failed", "score": "success"}
    left = run.xcom("choose", "model_choice")
    assert left["name"] == "baseline"
    assert left["candidates"][0]["why_not"] == "gate 'gate' decided to stop (fail), because of age.between"
    assert variable.value()["name"] == "baseline"


def test_a_gate_that_never_measured_is_no_evidence(dag, tmp_path, contract, variable):
    broken = {**contract, "columns": {"age": {"betwen": {"min": 1}}}}
    gate_and_choose(dag, broken, str(tmp_path / "nothing.csv"), target=AirflowVariable(variable))

    left = run_dag(dag).xcom("choose", "model_choice")

    assert left["name"] == "baseline"
    assert left["candidates"][0]["why_not"] == (
        "there is no evidence of gate 'gate': it left no report: it was skipped, did not run, or failed before it had "
        "measured"
    )


def test_behind_a_short_circuit_with_a_task_in_between_it_still_chooses(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail="skip_direct")
        choose = ModelFallbackOperator(task_id="choose", candidates=MODELS, gates=["gate"])
        gate >> EmptyOperator(task_id="score_with_champion") >> choose

    run = run_dag(dag)

    assert run.states == {"choose": "success", "gate": "success", "score_with_champion": "skipped"}
    assert run.xcom("choose")["name"] == "baseline"


@pytest.mark.parametrize("broken", ["bad", "nothing"])
def test_of_a_mapped_gate_every_instance_counts_also_one_that_left_nothing(dag, good, bad, contract, broken):
    contracts = [contract, contract, contract if broken == "bad" else {"version": 1}]
    with dag:
        gate = QualityGateOperator.partial(task_id="gate").expand_kwargs(
            [
                {"contract": each, "source": bad if broken == "bad" and place == 2 else good}
                for place, each in enumerate(contracts)
            ]
        )
        gate >> ModelFallbackOperator(task_id="choose", candidates=MODELS, gates=["gate"])

    run = run_dag(dag)

    assert run.states["gate[2]"] == "failed"
    left = run.xcom("choose")
    assert left["name"] == "baseline"
    why = {"bad": "decided to stop (fail)", "nothing": "only 2 of its 3 mapped instances left a report"}
    assert why[broken] in left["candidates"][0]["why_not"]


def test_in_a_mapped_group_each_instance_has_a_choice_of_its_own(dag, good, bad, contract, variable):
    @task_group
    def region(source):
        gate = QualityGateOperator(task_id="gate", contract=contract, source=source)
        gate >> ModelFallbackOperator(
            task_id="choose",
            name=dag.dag_id,
            candidates=MODELS,
            gates=["region.gate"],
            target=AirflowVariable(f"{variable}_{{{{ ti.map_index }}}}"),
        )

    with dag:
        region.expand(source=[good, bad])

    run = run_dag(dag)

    assert [run.xcom("region.choose", map_index=index)["name"] for index in (0, 1)] == ["champion", "baseline"]
    assert [type(variable)(f"{variable}_{index}").value()["name"] for index in (0, 1)] == ["champion", "baseline"]
    folders = store_from_config().folders(["choices"])
    assert [f"{dag.dag_id}%5B{index}%5D" in folders for index in (0, 1)] == [True, True]


def test_what_a_gate_returned_may_be_given_too(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad)
        needs = Candidate("champion", when=Condition(gates="gate", families="values", outcomes="pass"))
        ModelFallbackOperator(task_id="choose", candidates=[needs, Candidate("people")], gates=[gate.output])

    run = run_dag(dag)

    assert run.xcom("choose")["candidates"][0]["why_not"] == "gate 'gate': age.between is fail"


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        (["gat"], "gates: there is no task 'gat' in this DAG. Did you mean 'gate'?"),
        (["other"], "gates: 'other' is not upstream of choose, which would not wait for it. Put it upstream"),
        ([7], "gates[0]: int is no gate. Give the id of a task upstream, also of a mapped one"),
    ],
)
def test_a_gate_that_is_none_fails_at_once(dag, ended, good, contract, gates, message):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=good)
        EmptyOperator(task_id="other")
        gate >> ModelFallbackOperator(
            task_id="choose", candidates=[Candidate("people")], gates=gates, on_failure_callback=ended, **AGAIN
        )

    run = run_dag(dag)

    assert (run.states["choose"], run.tries["choose"]) == ("failed", 1)
    assert str(ended.context["exception"]) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"candidates": []}, r"candidates=\[\]: give at least one, each with a name of its own"),
        ({"candidates": [Candidate("a"), Candidate("a")]}, r"candidates=\['a', 'a'\]: give at least one"),
        ({"candidates": MODELS, "gates": []}, "candidate 'champion' has a condition, and there are no gates"),
        ({"candidates": MODELS, "back_after": 0}, "back_after=0: takes a whole number from 1 on"),
        (
            {"candidates": [Candidate("a", when=Condition(gates="gat"))]},
            "candidate 'a': 'gat' is not among the gates gate. Did you mean 'gate'?",
        ),
    ],
)
def test_a_wrong_call_is_told_while_the_file_is_parsed(options, message):
    with pytest.raises(ValueError, match=message):
        ModelFallbackOperator(task_id="choose", **{"gates": ["gate"], **options})


# ---- days ----


def test_a_better_one_comes_back_after_its_good_days_whatever_is_rerun(dag, reports):
    daily = Daily(dag, reports, back_after=2)

    assert [daily.chosen(number, report) for number, report in enumerate([1, 0, 1, 1])] == [
        "champion",
        "baseline",
        "baseline",
        "champion",
    ]
    assert daily.chosen(2, 1) == "baseline", "a rerun sees what its day saw"
    assert daily.chosen(4, 1) == "champion"


def test_a_day_that_is_run_again_and_again_is_one_good_day(dag, reports):
    daily = Daily(dag, reports, back_after=3)

    assert [daily.chosen(0, 0), *(daily.chosen(1) for _ in range(4))] == ["baseline"] * 5
    assert [daily.chosen(2), daily.chosen(3)] == ["baseline", "champion"]


def test_a_backfill_is_recorded_and_changes_nothing_that_serves(dag, reports, variable):
    daily = Daily(dag, reports, target=AirflowVariable(variable))
    daily.run(5, 1)

    left = daily.run(2, 0).xcom("choose")

    assert (left["name"], left["state"]) == ("baseline", "withheld")
    assert variable.value()["name"] == "champion"
    assert "there is a choice about a later moment" in daily.records(2)[0].why_withheld
    assert daily.chosen(6) == "champion"


def test_a_choice_that_is_applied_elsewhere_takes_nobodys_place(dag, reports, variable):
    daily = Daily(dag, reports, target=AirflowVariable(f"{variable}_{{{{ ds_nodash }}}}"))
    daily.run(5, 1)

    assert daily.run(2, 0).xcom("choose")["state"] == "applied"
    assert [type(variable)(f"{variable}_2026030{place}").value()["name"] for place in (6, 3)] == [
        "champion",
        "baseline",
    ]


def test_a_backfill_may_be_applied_when_that_is_meant(dag, reports, variable):
    daily = Daily(dag, reports, target=AirflowVariable(variable), apply_backfills=True)
    daily.run(5, 1)

    assert daily.run(2, 0).xcom("choose")["state"] == "applied"
    assert variable.value()["name"] == "baseline"


def test_a_dry_run_changes_nothing_and_remembers_apart(dag, reports, variable):
    daily = Daily(dag, reports, target=AirflowVariable(variable), back_after=2, dry_run=True)

    states = [daily.run(number, report).xcom("choose") for number, report in enumerate([1, 0, 1, 1])]

    assert [each["name"] for each in states] == ["champion", "baseline", "baseline", "champion"]
    assert {each["state"] for each in states} == {"dry"}
    assert variable.value() is None
    assert Choices(store_from_config(), dag.dag_id).newest(f"AirflowVariable('{variable}')") is None


def test_when_none_can_be_trusted_the_task_fails_at_once_and_what_serves_stays(dag, reports, variable, ended):
    only = [Candidate("champion", when=Condition(), ref=7)]
    daily = Daily(dag, reports, candidates=only, target=AirflowVariable(variable), on_failure_callback=ended, **AGAIN)
    daily.run(0, 1)

    run = daily.run(1, 0)

    assert (run.states["choose"], run.tries["choose"]) == ("failed", 1)
    assert variable.value()["name"] == "champion"
    assert run.xcom("choose", "model_choice")["name"] == ""
    message = str(ended.context["exception"])
    assert "no candidate can be trusted, and what serves stays as it is.\nchampion: gate 'people'" in message
    assert "put a candidate without conditions at the end" in message


@pytest.mark.parametrize("document", [None, '{"format": "mlqua', "[1]", '{"format": "mlquality.report/99"}'])
def test_a_report_that_is_gone_or_damaged_is_no_evidence(dag, reports, document):
    path = store_from_config().root / reports[1]
    path.unlink() if document is None else path.write_text(document)

    left = Daily(dag, reports).run(0).xcom("choose")

    assert left["name"] == "baseline"
    assert "there is no evidence of gate" in left["candidates"][0]["why_not"]


def test_a_store_that_is_away_is_waited_for_and_nothing_is_promoted(dag, reports, variable, tmp_path, ended):
    away = tmp_path / "store"
    away.symlink_to(away)
    daily = Daily(dag, reports, store=str(away), target=AirflowVariable(variable), on_failure_callback=ended, **AGAIN)

    run = daily.run(0)

    assert (run.states["choose"], run.tries["choose"]) == ("failed", 2)
    assert "See that it is reachable and may be read, and run again" in str(ended.context["exception"])
    assert variable.value() is None
    away.unlink()
    away.symlink_to(store_from_config().root)
    assert daily.chosen(0) == "champion"
    assert variable.value()["name"] == "champion"


def test_a_store_that_takes_nothing_promotes_nothing(dag, reports, variable, ended):
    models = [Candidate("baseline")]
    options = {"candidates": models, "gates": [], "target": AirflowVariable(variable), "on_failure_callback": ended}
    daily = Daily(dag, reports, store="/proc/nothing can be made here", **options)

    assert daily.run(0).states["choose"] == "failed"
    message = str(ended.context["exception"])
    assert message.startswith("the choice 'baseline' could not be kept in")
    assert message.endswith("See that it is reachable and may be written, and run the task again")
    assert variable.value() is None


def test_a_variable_that_something_else_shadows_is_told(dag, reports, variable, ended, monkeypatch):
    monkeypatch.setenv(f"AIRFLOW_VAR_{variable.upper()}", "{}")
    daily = Daily(dag, reports, target=AirflowVariable(variable), on_failure_callback=ended)

    assert daily.run(0).states["choose"] == "failed"
    assert "was written and reads otherwise" in str(ended.context["exception"])
    assert daily.states(0) == ["intended"]


# ---- a service ----


def test_a_service_is_told_what_to_serve_each_time_with_a_key_of_its_own(dag, reports, service):
    daily = Daily(dag, reports, target=HttpEndpoint("model", "/v1/serving"))

    for number, report in enumerate([1, 1, 0]):
        daily.run(number, report)

    assert [(each["name"], each["ref"]) for each in service.sent()] == [
        ("champion", 7),
        ("champion", 7),
        ("baseline", "table"),
    ]
    assert len({each["Idempotency-Key"] for each in service.requests()}) == 3
    assert daily.states(2) == ["applied", "intended"]


def test_a_service_that_serves_it_already_is_sent_nothing(dag, reports, service):
    daily = Daily(dag, reports, target=HttpEndpoint("model", "/v1", current="/v1"))

    for number in range(3):
        daily.run(number)

    assert service.asked() == ["GET /v1", "PUT /v1", "GET /v1", "GET /v1"]
    assert daily.states(2) == ["applied", "intended"]


def test_a_service_that_talks_rubbish_about_itself_is_told(dag, reports, service):
    service.manners({"body": "<html>"})
    daily = Daily(dag, reports, target=HttpEndpoint("model", "/v1", current="/v1", method="POST", sends="ref"))

    daily.run(0)

    assert service.asked() == ["GET /v1", "POST /v1"]
    assert service.sent() == [7]


def test_a_service_that_fails_is_told_again_with_the_same_key(dag, reports, service):
    service.manners({"status": 500}, {"status": 500}, {"status": 503}, {"status": 200})
    daily = Daily(dag, reports, target=HttpEndpoint("model", "/v1"), **AGAIN)

    run = daily.run(0)

    assert (run.states["choose"], run.tries["choose"]) == ("success", 2)
    assert len(service.requests()) == 4
    assert len({each["Idempotency-Key"] for each in service.requests()}) == 1
    assert daily.states(0) == ["applied", "intended", "intended"]


@pytest.mark.parametrize("down", [{"after": 4}, {"cut": True}, {"status": 500}], ids=["slow", "cut", "broken"])
def test_a_service_that_is_out_of_order_is_nothing_lost(dag, reports, service, ended, down):
    service.manners(down)
    daily = Daily(dag, reports, target=HttpEndpoint("model", "/v1"), on_failure_callback=ended)

    assert daily.run(0).states["choose"] == "failed"
    assert "See that it runs and that this machine reaches it, and run the task again" in str(
        ended.context["exception"]
    )
    assert daily.states(0) == ["intended"]
    service.manners({})
    assert daily.run(0).xcom("choose")["state"] == "applied"
    assert daily.states(0) == ["applied", "intended", "intended"]
    assert len({each["Idempotency-Key"] for each in service.requests()}) == 1


@pytest.mark.parametrize(("status", "tries"), [(422, 1), (409, 2)])
def test_a_service_that_refuses_is_told_of(dag, reports, service, ended, status, tries):
    service.manners({"status": status})
    daily = Daily(dag, reports, target=HttpEndpoint("model", "/v1"), on_failure_callback=ended, **AGAIN)

    run = daily.run(0)

    assert (run.states["choose"], run.tries["choose"]) == ("failed", tries)
    advice = {422: "does not take PUT /v1: it answers 422. See that", 409: "(409). Run the task again"}
    assert advice[status] in str(ended.context["exception"])


def test_a_model_whose_endpoint_does_not_answer_does_not_serve(dag, reports, service, monkeypatch):
    monkeypatch.setenv("AIRFLOW_CONN_GONE", connection(free_port()))
    models = [
        Candidate("champion", when=Condition(), health=EndpointAnswers("gone")),
        Candidate("previous", health=EndpointAnswers("nobody")),
        Candidate("broken", health=EndpointAnswers("model", "/broken")),
        Candidate("people", health=EndpointAnswers("model", "/health")),
    ]
    service.manners({"status": 404}, {"status": 200})

    left = Daily(dag, reports, candidates=models).run(0).xcom("choose")

    assert left["name"] == "people"
    why = [each["why_not"] for each in left["candidates"]]
    assert "no connection, asked 2 times" in why[0]
    assert why[1] == "connection 'nobody' is not defined. Add it under Admin, Connections, or name another"
    assert why[2] == "The endpoint (connection 'model') answers GET /broken with 404"
    assert service.asked() == ["GET /broken", "GET /health"]


# ---- two at once ----


def later_choice(daily, service):
    """Do what a run about the next day does: record, tell the service, record."""
    import requests

    record = Record(
        name=daily.dag.dag_id,
        at=day(1).isoformat(),
        run_id="later",
        candidate="later",
        ref=8,
        reason="",
        state=INTENDED,
        target=str(daily.target),
    )
    daily.choices.write(record)
    requests.put(f"http://127.0.0.1:{service.port}/v1", json={"name": "later", "ref": 8, "at": record.at}, timeout=30)
    daily.choices.write(Record(**{**record.__dict__, "state": APPLIED}))


def serving(service):
    import requests

    return requests.get(f"http://127.0.0.1:{service.port}/v1", timeout=30).json()["name"]


def test_of_two_at_once_the_later_moment_wins_even_when_the_earlier_is_slower(dag, reports, service, tmp_path):
    go = tmp_path / "go"
    service.manners({"wait_for": str(go)}, {})
    daily = Daily(dag, reports, target=HttpEndpoint("model", "/v1"))

    def another():
        while not service.asked():
            time.sleep(0.02)
        later_choice(daily, service)
        go.touch()

    thread = threading.Thread(target=another)
    thread.start()
    left = daily.run(0).xcom("choose")
    thread.join()

    assert left["state"] == "withheld"
    assert [each["name"] for each in service.sent()] == ["champion", "later", "later"]
    assert serving(service) == "later"
    assert daily.states(0) == ["withheld", "intended"]


def test_a_try_that_died_after_it_was_overtaken_is_made_up_for(dag, reports, service):
    """Its request arrived after the later one; then it died. The rerun sets right what it may have overwritten."""
    daily = Daily(dag, reports, target=HttpEndpoint("model", "/v1", current="/v1"))
    daily.run(0)
    later_choice(daily, service)
    record = Record(
        name=dag.dag_id,
        at=day(0).isoformat(),
        run_id="dead",
        candidate="champion",
        ref=7,
        reason="",
        state=INTENDED,
        target=str(daily.target),
    )
    daily.choices.write(record)
    import requests

    requests.put(
        f"http://127.0.0.1:{service.port}/v1", json={"name": "champion", "ref": 7, "at": record.at}, timeout=30
    )

    assert serving(service) == "champion"
    assert daily.run(0).xcom("choose")["state"] == "withheld"
    assert serving(service) == "later"


def test_an_example_keeps_its_templates_between_runs(dag, reports, variable):
    models = [Candidate("champion", when=Condition(), ref="{{ dag_run.conf['report'] }}"), Candidate("baseline")]
    daily = Daily(dag, reports, candidates=models, target=AirflowVariable(f"{variable}_{{{{ ds_nodash }}}}"))

    refs = [daily.run(number).xcom("choose")["ref"] for number in (0, 1)]

    assert refs == [reports[1], reports[1]]
    assert [type(variable)(f"{variable}_{FIRST + timedelta(days=n):%Y%m%d}").value()["name"] for n in (0, 1)] == [
        "champion",
        "champion",
    ]
    assert Path(store_from_config().root / "choices" / dag.dag_id).is_dir()


def test_a_dag_file_with_a_fallback_loads_nothing_heavy():
    program = """
import sys
from airflow.sdk import DAG
from airflow_mlquality.operators import *
with DAG("d", schedule=None):
    ModelFallbackOperator(
        task_id="choose",
        gates=["gate"],
        candidates=[Candidate("champion", when=Condition(families="drift"), health=MlflowReady("m"), ref=1),
                    Candidate("people", health=EndpointAnswers("c"))],
        target=MlflowAlias("m", "serving"),
    )
    HttpEndpoint("c", "/v1"), AirflowVariable("k")
heavy = {"requests", "pandas", "numpy", "scipy", "pyarrow", "duckdb", "sqlglot", "fastapi", "polars"}
core = {name for name in sys.modules if name.startswith("airflow_mlquality.fallback")}
print(sorted(heavy & set(sys.modules)), sorted(core))
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert done.stdout.splitlines()[-1] == (
        "[] ['airflow_mlquality.fallback', 'airflow_mlquality.fallback.conditions']"
    )


def test_a_reference_that_is_no_json_is_told(dag, reports, ended):
    daily = Daily(dag, reports, candidates=[Candidate("baseline", ref={7})], on_failure_callback=ended, **AGAIN)

    run = daily.run(0)

    assert (run.states["choose"], run.tries["choose"]) == ("failed", 1)
    assert str(ended.context["exception"]) == (
        "candidate 'baseline': its ref is no JSON, so that it cannot be kept. Give text or numbers"
    )

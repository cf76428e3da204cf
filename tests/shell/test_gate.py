from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, AssetAlias, BaseNotifier, task, task_group

from airflow_mlquality.operators import QualityGateOperator
from airflow_mlquality.operators.settings import store_from_config
from tests.shell.runs import run_dag

RETRIES = {"retries": 2, "retry_delay": timedelta(0)}
BROKEN = {"version": 1, "contract": "people", "columns": {"age": {"betwen": {"min": 16}}}}


def then(dag, gate):
    """Put behind a gate: a task, one behind it, one that runs whatever happened."""
    with dag:
        train = EmptyOperator(task_id="train")
        gate >> train >> EmptyOperator(task_id="behind") >> EmptyOperator(task_id="done", trigger_rule="all_done")


def test_good_data_goes_on_and_leaves_its_summary(dag, good, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=good)
    then(dag, gate)

    run = run_dag(dag)

    assert run.states == {"behind": "success", "done": "success", "gate": "success", "train": "success"}
    summary = run.xcom("gate")
    assert (summary["outcome"], summary["decision"], summary["rows"]) == ("pass", "proceed", 5)
    assert run.xcom("gate", "quality_report") == summary


def test_a_report_is_kept_under_the_name_of_the_task_instance(dag, good, contract):
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=good)

    run = run_dag(dag)

    store = store_from_config()
    assert store.report_addresses(dag.dag_id, "gate", run.run_id) == [run.xcom("gate")["report"]]
    report = store.read_report(run.xcom("gate")["report"])
    named = {name: report.subject[name] for name in ("dag_id", "task_id", "run_id", "map_index", "try_number")}
    assert named == {
        "dag_id": dag.dag_id,
        "task_id": "gate",
        "run_id": run.run_id,
        "map_index": "-1",
        "try_number": "1",
    }
    assert {*report.subject} - {*named} == {"at", "since", "partition_key"}


def test_bad_data_fails_the_task_at_once_in_spite_of_retries(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, **RETRIES)
    then(dag, gate)

    run = run_dag(dag)

    assert run.states == {"behind": "upstream_failed", "done": "success", "gate": "failed", "train": "upstream_failed"}
    assert run.tries["gate"] == 1
    assert run.xcom("gate")["outcome"] == "fail"


def test_skip_skips_all_tasks_downstream_whatever_their_trigger_rules_but_not_teardown(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail="skip")
        up = EmptyOperator(task_id="up").as_setup()
        down = EmptyOperator(task_id="down").as_teardown(setups=up)
        up >> gate >> down
    then(dag, gate)

    run = run_dag(dag)

    assert run.states == {
        "behind": "skipped",
        "done": "skipped",
        "down": "success",
        "gate": "success",
        "train": "skipped",
        "up": "success",
    }
    assert run.xcom("gate")["decision"] == "stop"


def test_skip_direct_leaves_the_tasks_behind_to_their_trigger_rules(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail="skip_direct")
    then(dag, gate)

    run = run_dag(dag)

    assert run.states == {"behind": "skipped", "done": "success", "gate": "success", "train": "skipped"}


def test_a_gate_with_nothing_downstream_succeeds_when_it_skips(dag, bad, contract):
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail="skip")

    run = run_dag(dag)

    assert run.states == {"gate": "success"}
    assert run.xcom("gate")["outcome"] == "fail"


def test_skip_reaches_mapped_tasks_that_are_expanded_already_and_those_that_are_not(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail="skip")
        listed = task(lambda: [1, 2], task_id="listed")()
        direct = EmptyOperator.partial(task_id="direct").expand(doc=["a", "b"])
        behind = EmptyOperator.partial(task_id="behind", trigger_rule="all_done").expand(doc=["a", "b"])
        later = task(lambda x: x, task_id="later", trigger_rule="all_done").expand(x=listed)

        @task_group
        def each(x):
            first = task(lambda y: y, task_id="first")(x)
            first >> EmptyOperator(task_id="last", trigger_rule="all_done")

        gate >> direct >> [behind, later]
        gate >> each.expand(x=[1, 2])

    run = run_dag(dag)

    assert run.states == {
        "behind[0]": "skipped",
        "behind[1]": "skipped",
        "direct[0]": "skipped",
        "direct[1]": "skipped",
        "each.first[0]": "skipped",
        "each.first[1]": "skipped",
        "each.last[0]": "skipped",
        "each.last[1]": "skipped",
        "gate": "success",
        "later": "skipped",
        "listed": "success",
    }


def test_proceed_lets_a_failure_go_on(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail="proceed")
    then(dag, gate)

    run = run_dag(dag)

    assert set(run.states.values()) == {"success"}
    assert run.xcom("gate")["outcome"] == "fail"


@pytest.mark.parametrize(("word", "state"), [("proceed", "success"), ("skip", "skipped"), ("fail", "upstream_failed")])
def test_a_warning_stops_only_when_told_to(dag, bad, word, state):
    contract = {"version": 1, "contract": "p", "columns": {"age": {"between": {"max": 110, "warn": 0, "fail": 0.9}}}}
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, on_warn=word)
    then(dag, gate)

    run = run_dag(dag)

    assert run.xcom("gate")["outcome"] == "warn"
    assert run.states["train"] == state


@pytest.mark.parametrize(("words", "state"), [({}, "upstream_failed"), ({"on_undecided": "proceed"}, "success")])
def test_missing_evidence_stops_unless_told_otherwise(dag, good, words, state):
    contract = {"version": 1, "contract": "p", "columns": {"income": {"optional": True, "not_null": True}}}
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=good, **words)
    then(dag, gate)

    run = run_dag(dag)

    assert run.xcom("gate")["outcome"] == "undecided"
    assert run.states["train"] == state


# ---- errors ----


def test_a_source_that_cannot_be_read_is_retried(dag, tmp_path, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=str(tmp_path / "no.csv"), **RETRIES)
    then(dag, gate)

    run = run_dag(dag)

    assert run.states["gate"] == "failed"
    assert run.tries["gate"] == 3
    assert run.xcom("gate", "quality_report")["outcome"] == "error"
    store = store_from_config()
    assert [address.rsplit("/", 1)[1][:5] for address in store.report_addresses(dag.dag_id, "gate", run.run_id)] == [
        "0001-",
        "0002-",
        "0003-",
    ]


def test_a_retry_that_finds_the_source_goes_on(dag, tmp_path, contract):
    late = tmp_path / "late.csv"

    def arrive(_):
        late.write_text("age\n30\n")

    with dag:
        gate = QualityGateOperator(
            task_id="gate", contract=contract, source=str(late), on_retry_callback=arrive, **RETRIES
        )
    then(dag, gate)

    run = run_dag(dag)

    assert (run.states["gate"], run.tries["gate"], run.states["train"]) == ("success", 2, "success")


def test_an_error_can_be_told_to_skip(dag, tmp_path, contract):
    with dag:
        gate = QualityGateOperator(
            task_id="gate", contract=contract, source=str(tmp_path / "no.csv"), on_error="skip", **RETRIES
        )
    then(dag, gate)

    run = run_dag(dag)

    assert (run.states["gate"], run.tries["gate"], run.states["train"]) == ("success", 1, "skipped")


def test_a_wrong_contract_is_not_retried_and_every_problem_is_told(dag, good, ended):
    with dag:
        QualityGateOperator(task_id="gate", contract=BROKEN, source=good, on_failure_callback=ended, **RETRIES)

    run = run_dag(dag)

    assert (run.states["gate"], run.tries["gate"]) == ("failed", 1)
    error = ended.context["exception"]
    assert type(error).__name__ == "WrongUsage"
    assert "unknown check 'betwen'. Did you mean 'between'?" in str(error)


def test_the_exception_of_a_failure_starts_with_the_headline_and_names_the_reason(dag, bad, contract, ended):
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=bad, on_failure_callback=ended)

    run_dag(dag)

    error = ended.context["exception"]
    assert type(error).__name__ == "DataFailure"
    headline, reason = str(error).splitlines()
    assert headline.startswith("FAIL people: 1 fail")
    assert reason.startswith("age.between: ")
    assert "98765" not in str(error)


def test_a_pass_whose_report_cannot_be_kept_is_retried(dag, good, contract, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with dag:
        gate = QualityGateOperator(
            task_id="gate",
            contract=contract,
            source=good,
            store=str(tmp_path / "file"),
            outlets=[Asset("lost")],
            **RETRIES,
        )
    then(dag, gate)

    run = run_dag(dag)

    assert (run.states["gate"], run.tries["gate"], run.states["train"]) == ("failed", 3, "upstream_failed")
    assert run.events() == []


def test_a_stop_stops_even_when_its_report_cannot_be_kept(dag, bad, contract, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with dag:
        gate = QualityGateOperator(
            task_id="gate", contract=contract, source=bad, store=str(tmp_path / "file"), on_fail="skip"
        )
    then(dag, gate)

    run = run_dag(dag)

    assert (run.states["gate"], run.states["train"]) == ("success", "skipped")
    assert run.xcom("gate")["report"] == ""


# ---- mapped ----


def test_a_mapped_gate_skips_its_own_instance_and_what_follows(dag, good, bad, contract):
    with dag:
        gate = QualityGateOperator.partial(task_id="gate", contract=contract, on_fail="skip").expand(source=[good, bad])
        gate >> EmptyOperator(task_id="train")

    run = run_dag(dag)

    assert run.states == {"gate[0]": "success", "gate[1]": "skipped", "train": "skipped"}
    assert run.xcom("gate", map_index=1)["outcome"] == "fail"


@pytest.mark.parametrize("word", ["skip", "skip_direct"])
def test_in_a_mapped_group_only_the_good_partitions_go_on(dag, good, bad, contract, word):
    with dag:

        @task_group
        def day(source):
            gate = QualityGateOperator(task_id="gate", contract=contract, source=source, on_fail=word)
            gate >> EmptyOperator(task_id="train") >> EmptyOperator(task_id="behind")

        day.expand(source=[good, bad])

    run = run_dag(dag)

    assert run.states == {
        "day.behind[0]": "success",
        "day.behind[1]": "skipped",
        "day.gate[0]": "success",
        "day.gate[1]": "skipped",
        "day.train[0]": "success",
        "day.train[1]": "skipped",
    }


def test_a_mapped_gate_that_a_skip_would_not_stop_fails_instead(dag, good, bad, contract, ended):
    with dag:

        @task_group
        def day(source):
            gate = QualityGateOperator(
                task_id="gate", contract=contract, source=source, on_fail="skip", on_failure_callback=ended
            )
            gate >> EmptyOperator(task_id="train", trigger_rule="none_failed")

        day.expand(source=[good, bad])

    run = run_dag(dag)

    assert run.states == {
        "day.gate[0]": "success",
        "day.gate[1]": "failed",
        "day.train[0]": "success",
        "day.train[1]": "upstream_failed",
    }
    assert str(ended.context["exception"]).splitlines()[-1] == (
        "This gate is mapped, where Airflow cannot skip tasks downstream, and a skip of the gate itself would not stop "
        "day.train (none_failed). So it fails. Give these tasks the trigger rule all_success, or set "
        "on_fail='skip_direct' when only the direct ones must not run"
    )


def test_skip_direct_in_a_mapped_group_lets_a_joining_task_collect_the_good_partitions(dag, good, bad, contract):
    with dag:

        @task_group
        def day(source):
            gate = QualityGateOperator(task_id="gate", contract=contract, source=source, on_fail="skip_direct")
            gate >> EmptyOperator(task_id="train")

        day.expand(source=[good, bad]) >> EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")

    run = run_dag(dag)

    assert (run.states["day.train[1]"], run.states["join"]) == ("skipped", "success")


# ---- asset events ----


def test_good_data_is_published_with_what_was_found(dag, good, contract):
    with dag:
        QualityGateOperator(
            task_id="gate", contract=contract, source=good, outlets=[Asset("good_data"), AssetAlias("good_alias")]
        )

    run = run_dag(dag)

    summary = run.xcom("gate")
    keys = ("contract", "digest", "outcome", "decision", "rows", "report")
    ((name, extra),) = run.events()
    assert name == "good_data"
    assert {key: extra["mlquality"][key] for key in keys} == {key: summary[key] for key in keys}


@pytest.mark.parametrize("word", ["fail", "skip", "skip_direct", "proceed"])
def test_bad_data_is_never_published(dag, bad, contract, word):
    with dag:
        QualityGateOperator(
            task_id="gate", contract=contract, source=bad, on_fail=word, outlets=[Asset(f"bad_data_{word}")]
        )

    assert run_dag(dag).events() == []


def test_data_that_only_degrades_goes_on_but_is_not_published(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(
            task_id="gate",
            contract={**contract, "policy": {"fail": "degrade"}},
            source=bad,
            outlets=[Asset("degraded_data")],
        )
    then(dag, gate)

    run = run_dag(dag)

    assert run.xcom("gate")["decision"] == "degrade"
    assert run.states["train"] == "success"
    assert run.events() == []


def test_a_mapped_gate_publishes_its_good_instances_only(dag, good, bad, contract):
    with dag:
        QualityGateOperator.partial(
            task_id="gate", contract=contract, on_fail="skip", outlets=[Asset("mapped_data")]
        ).expand(source=[good, bad])

    assert [extra["mlquality"]["outcome"] for _, extra in run_dag(dag).events()] == ["pass"]


# ---- what it leaves ----


@pytest.mark.parametrize(
    ("word", "state"), [("fail", "failed"), ("skip", "success"), ("proceed", "success"), (None, "skipped")]
)
def test_the_link_to_the_report_is_there_however_the_task_ends(dag, bad, contract, word, state):
    with dag:
        if word:
            QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail=word)
        else:
            QualityGateOperator.partial(task_id="gate", contract=contract, on_fail="skip").expand(source=[bad])

    run = run_dag(dag)

    map_index = -1 if word else 0
    assert set(run.states.values()) == {state}
    run_id = run.run_id.replace(":", "%3A").replace("+", "%2B")
    assert run.xcom("gate", "_link_ReportLink", map_index) == (
        f"/team-a/af/mlquality/runs/{dag.dag_id}/gate/{run_id}/{map_index}/report"
    )


def test_the_summary_of_a_thousand_failures_fits_into_16_kb(dag, good):
    names = [f"a_column_with_a_long_name_{n}" for n in range(1000)]
    contract = {"version": 1, "contract": "wide", "columns": {name: {"not_null": True} for name in names}}
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=good, on_fail="skip")

    summary = run_dag(dag).xcom("gate")

    assert summary["counts"]["undecided"] == 1000
    assert len(json.dumps(summary)) <= 16_384
    assert summary["verdicts_left_out"] > 900


def test_nothing_is_pushed_when_airflow_is_told_not_to(dag, bad, contract):
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail="skip", do_xcom_push=False)
    then(dag, gate)

    run = run_dag(dag)

    assert run.states["train"] == "skipped"
    assert (run.xcom("gate"), run.xcom("gate", "quality_report")) == (None, None)


def test_the_log_has_the_headline_then_a_folded_table_then_the_decision(dag, bad, contract, capsys):
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail="skip")

    run_dag(dag)

    events = re.split(r"^(?=\d{4}-\d\d-\d\dT)", capsys.readouterr().out, flags=re.MULTILINE)
    form = re.compile(r"\S+ \[(\w+) *\] (.*?) *\[[\w.]+QualityGateOperator\].*", flags=re.DOTALL)
    told = [found.groups() for event in events if (found := form.fullmatch(event))]
    levels, texts = zip(*told, strict=True)
    assert texts[0] == "FAIL people: 1 fail, 2 pass of 3 checks on 3 rows; decision: stop"
    assert levels[0] == "error"
    assert texts[1] == "::group::Quality of people: 1 fail, 2 pass"
    assert texts[2].startswith("\nFAIL people")
    assert "age.between" in texts[2]
    assert texts[3] == "::endgroup::"
    assert texts[4] == "Decision: stop, because of age.between"
    assert texts[5].startswith(f"Report: {store_from_config().root}/runs/")
    assert texts[6].startswith("Page: http://airflow.test:8080/team-a/af/mlquality/runs/")
    assert texts[7] == "Next: because of age.between (fail) this skips nothing, for nothing is downstream."
    assert not any("98765" in text for text in texts)


# ---- notifiers ----


class Note(BaseNotifier):
    """Writes what it was told into a file."""

    template_fields = ("text",)

    def __init__(self, path: str, text: str = "{{ quality.headline }} in {{ ti.task_id }}") -> None:
        super().__init__()
        self.path = path
        self.text = text

    def notify(self, context):  # noqa: ARG002  Airflow's signature
        with Path(self.path).open("a") as file:
            file.write(f"{self.text}\n")


class Broken(BaseNotifier):
    """Cannot be reached."""

    def notify(self, context):  # noqa: ARG002  Airflow's signature
        raise ConnectionError


def told(tmp_path):
    path = tmp_path / "notes.txt"
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize("word", ["fail", "skip", "proceed"])
def test_notifiers_are_told_of_bad_data_however_the_gate_acts(dag, bad, contract, tmp_path, word):
    notifiers = [Broken(), Note(str(tmp_path / "notes.txt"))]
    with dag:
        gate = QualityGateOperator(task_id="gate", contract=contract, source=bad, on_fail=word, notifiers=notifiers)
    then(dag, gate)

    run = run_dag(dag)

    assert told(tmp_path) == [f"{run.xcom('gate')['headline']} in gate"]
    assert run.states["train"] == {"fail": "upstream_failed", "skip": "skipped", "proceed": "success"}[word]


def test_notifiers_are_not_told_of_good_data(dag, good, contract, tmp_path):
    with dag:
        QualityGateOperator(
            task_id="gate", contract=contract, source=good, notifiers=[Note(str(tmp_path / "notes.txt"))]
        )

    run_dag(dag)

    assert told(tmp_path) == []


# ---- construction ----


def test_an_unknown_word_is_refused_when_the_dag_is_parsed(good):
    with pytest.raises(ValueError, match=r"on_fail='stop': takes one of fail, skip, skip_direct, proceed\."):
        QualityGateOperator(task_id="gate", contract={}, source=good, on_fail="stop")

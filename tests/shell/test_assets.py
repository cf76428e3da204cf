from __future__ import annotations

from datetime import UTC, datetime

import pytest
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, task, task_group

from airflow_mlquality.operators import (
    QualityGateOperator,
    RequireQualityOperator,
    good_events,
    publish_good_partitions,
    require_quality,
)
from airflow_mlquality.operators.assets import EventQuality
from tests.shell.runs import run_dag

GOOD = {"mlquality": {"outcome": "pass", "decision": "proceed", "report": "runs/a"}}
WARNED = {
    "mlquality": {"outcome": "warn", "decision": "proceed", "report": "runs/b"},
    "airflow.dataquality.result": {"score": 0.75},
}
APPROVED = {
    "mlquality": {"outcome": "fail", "decision": "stop", "report": "runs/c", "approved_by": "Ada"},
    "airflow.dataquality.result": {"score": 0.0},
}
BAD = {"mlquality": {"outcome": "fail", "decision": "stop", "report": "runs/d"}}
THEIRS = {"airflow.dataquality.result": {"score": 1.0}}
THEIRS_LOW = {"airflow.dataquality.result": {"score": 0.8}}
SILENT = {"rows": 3}


# ---- what a gate publishes ----


def test_an_event_says_what_airflows_own_readers_look_for_too(dag, good, contract):
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=good, outlets=[Asset("scored")])

    run = run_dag(dag)

    ((_, extra),) = run.events()
    assert extra["airflow.dataquality.result"] == {"score": 1.0}
    assert extra["mlquality"]["profile"] == extra["mlquality"]["report"] == run.xcom("gate")["report"]
    assert extra["mlquality"]["digest"] == run.xcom("gate")["digest"]


def test_a_warning_that_goes_on_has_a_lower_score(dag, bad):
    contract = {"version": 1, "contract": "p", "columns": {"age": {"between": {"max": 110, "warn": 0, "fail": 0.9}}}}
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=bad, outlets=[Asset("warned")])

    run = run_dag(dag)

    ((_, extra),) = run.events()
    counts = run.xcom("gate")["counts"]
    assert extra["airflow.dataquality.result"]["score"] == counts["pass"] / (counts["pass"] + counts["warn"])


def test_the_profile_that_an_event_names_serves_as_a_reference(dag, good, contract):
    with dag:
        gate = QualityGateOperator(
            task_id="gate", contract=contract, source=good, whole_profile=True, outlets=[Asset("named")]
        )
        again = QualityGateOperator(
            task_id="again",
            contract={"version": 1, "contract": "p", "drift": {"columns": "all"}},
            source=good,
            reference="{{ ti.xcom_pull('gate')['report'] }}",
        )
        gate >> again

    assert run_dag(dag).states["again"] == "success"


def test_the_asset_itself_names_its_last_good_profile_and_a_backfill_does_not_lead_back(dag, good, bad, contract):
    asset = Asset("pointing")
    with dag:
        QualityGateOperator(
            task_id="gate",
            contract=contract,
            source="{{ dag_run.conf.source }}",
            as_of="{{ dag_run.conf.day }}",
            outlets=[asset],
        )

        @task(inlets=[asset], trigger_rule="all_done")
        def pointer(asset_state_store=None):
            return asset_state_store[asset].get("mlquality")

        dag.task_dict["gate"] >> pointer()

    reports, named = [], []
    for source, day in ((good, 5), (bad, 6), (good, 2)):
        run = run_dag(dag, {"source": source, "day": f"2026-03-0{day}"})
        reports.append(run.xcom("gate")["report"])
        named.append(run.xcom("pointer")["report"])

    assert named == [reports[0]] * 3


# ---- what a consumer requires ----


def consumer(dag, asset, extras, **options):
    """Make a DAG whose run was started by events, and return what requires that they are good."""
    name = asset.name

    @task
    def arrive(dag_run=None):
        from airflow.models.asset import AssetEvent, AssetModel
        from airflow.models.dagrun import DagRun
        from airflow.utils.session import create_session
        from sqlalchemy import select

        with create_session() as session:
            model = session.scalars(select(AssetModel).where(AssetModel.name == name)).one()
            run = session.scalars(select(DagRun).filter_by(dag_id=dag_run.dag_id, run_id=dag_run.run_id)).one()
            for second, extra in enumerate(extras):
                moment = datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC)
                event = AssetEvent(asset_id=model.id, extra=extra, timestamp=moment)
                session.add(event)
                run.consumed_asset_events.append(event)

    with dag:
        EmptyOperator(task_id="makes_the_asset_known", outlets=[asset])
        gate = require_quality(asset, **{"task_id": "require", **options})
        train = EmptyOperator(task_id="train")
        arrive() >> gate >> train >> EmptyOperator(task_id="behind", trigger_rule="all_done")
    return gate


@pytest.mark.parametrize(
    ("extras", "options", "state", "why"),
    [
        ([GOOD, WARNED, APPROVED, THEIRS], {}, "success", ""),
        ([GOOD, BAD], {}, "skipped", "1 of 2 events that started this run are not good"),
        ([BAD, GOOD], {"which": "last"}, "success", ""),
        (
            [SILENT, GOOD],
            {},
            "skipped",
            "1 of 2 events that started this run are not good; 1 of them say nothing of quality",
        ),
        ([], {}, "skipped", "no event of it started this run"),
        ([WARNED, APPROVED], {"min_score": 0.7}, "skipped", "1 of 2 events that started this run are not good"),
        ([WARNED], {"min_score": 0.7, "on_fail": "fail"}, "success", ""),
        ([SILENT], {"min_score": 0.0, "on_fail": "fail"}, "upstream_failed", None),
    ],
)
def test_only_what_was_found_good_goes_on(dag, request, extras, options, state, why):
    consumer(dag, Asset(f"consumed {request.node.callspec.id}"[:60]), extras, **options)

    run = run_dag(dag)

    assert run.states["train"] == state
    if why is not None:
        told = run.xcom("require")
        assert (told["is_good"], told["why"]) == (not why, why)


def test_a_mapped_requirement_skips_its_own_instance(dag):
    with dag:

        @task_group
        def each(number):  # noqa: ARG001  only how many there are
            gate = RequireQualityOperator(task_id="require", asset=Asset("mapped requirement"))
            gate >> EmptyOperator(task_id="train")

        each.expand(number=["a", "b"])

    assert set(run_dag(dag).states.values()) == {"skipped"}


class Event:
    """An asset event as a task sees it."""

    def __init__(self, extra) -> None:
        self.extra = extra


def test_events_that_say_nothing_are_not_among_the_good_ones():
    asset, other = Asset("a"), Asset("b")
    events = [Event(each) for each in (GOOD, SILENT, BAD, THEIRS_LOW, THEIRS, APPROVED, None, {})]

    good = good_events({asset: events}, asset)

    assert [event.extra for event in good] == [GOOD, THEIRS, APPROVED]
    assert [event.extra for event in good_events({asset: events}, asset, min_score=0.8)] == [THEIRS_LOW, THEIRS]
    assert good_events({asset: events}, other) == []


@pytest.mark.parametrize(
    "extra",
    [
        {"airflow.dataquality.result": {"score": True}},
        {"airflow.dataquality.result": {"score": "1.0"}},
        {"airflow.dataquality.result": 1.0},
        {"mlquality": "pass"},
        {"mlquality": {"outcome": "pass"}},
        {"mlquality": {"outcome": "error", "decision": "proceed"}},
        "text",
    ],
)
def test_what_cannot_be_read_is_not_good(extra):
    assert not EventQuality.of(extra).is_good()


def test_a_score_that_is_no_share_is_refused():
    with pytest.raises(ValueError, match="min_score=2: takes a number from 0 to 1"):
        RequireQualityOperator(task_id="a", asset=Asset("a"), min_score=2)


# ---- partitions ----


def partitioned(name, contract, sources, **gate):
    """Return a DAG that publishes the partitions whose gate passed."""
    from airflow.sdk import PartitionedAtRuntime

    asset = Asset(name)
    keys = [f"2026-03-0{day}" for day in range(1, len(sources) + 1)]
    with DAG(name, schedule=PartitionedAtRuntime(), start_date=datetime(2026, 1, 1, tzinfo=UTC)) as dag:
        gates = QualityGateOperator.partial(task_id="gate", contract=contract, **gate).expand(source=sources)

        @task(outlets=[asset], trigger_rule="all_done")
        def publish():
            return publish_good_partitions(asset, gate="gate", keys=keys)

        gates >> publish()
    return dag


def published(run):
    from airflow.models.asset import AssetEvent
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        events = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run.run_id)).all()
        return sorted(
            (event.partition_key, event.extra["airflow.dataquality.result"]["score"])
            for event in events
            if event.source_dag_id == run.dag_id
        )


@pytest.mark.parametrize("word", ["fail", "skip", "proceed"])
def test_only_the_partitions_whose_gate_passed_go_on(good, bad, contract, tmp_path, word):
    missing = str(tmp_path / "no.csv")
    run = run_dag(partitioned(f"partitions_{word}", contract, [good, bad, missing, good], on_fail=word))

    assert published(run) == [("2026-03-01", 1.0), ("2026-03-04", 1.0)]
    assert run.xcom("publish") == ["2026-03-01", "2026-03-04"]


def test_where_no_partition_is_good_nothing_is_published(bad, contract):
    run = run_dag(partitioned("no_partitions", contract, [bad, bad], on_fail="skip"))

    assert run.states["publish"] == "skipped"
    assert published(run) == []

"""`StageConservationOperator`: rows, sums and keys of two stages add up, or the gate says what does not."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit
from airflow_mlquality.operators import StageConservationOperator
from tests.shell.runs import run_dag

IN = [(1, 10.0), (2, 20.0), (3, 30.0), (4, 40.0)]


def rows(*pairs):
    return pa.table({"id": [each[0] for each in pairs], "amount": [each[1] for each in pairs]})


@pytest.fixture
def outcomes():
    """What the gate says of two stages, by id: the contract that it makes is audited as it stands."""

    def found(out, dropped=None, **options):
        gate = StageConservationOperator(
            task_id="conserved", source_in="-", source_out="-", dropped=dropped, key="id", sums=["amount"], **options
        )
        numbers = {name: each for name, each in (dropped or {}).items() if isinstance(each, pa.Table)}
        sources = {"source_in": rows(*IN), **{f"dropped {name}": each for name, each in numbers.items()}}
        report = audit(gate.required({}), out, sources=sources)
        return {each.id: each for each in report.verdicts}

    return found


def bad(found):
    return {name for name, verdict in found.items() if verdict.outcome.value not in ("pass", "undecided")}


def test_stages_that_are_alike_pass_and_the_keys_are_counted(outcomes):
    found = outcomes(rows(*IN))

    assert bad(found) == set()
    assert {"rows_conserved", "amount_conserved", "keys_kept"} <= set(found)


def test_rows_that_were_dropped_for_a_reason_add_up_by_their_rows(outcomes):
    found = outcomes(rows(*IN[:3]), {"too late": rows(IN[3])})

    assert bad(found) == set()
    assert "1 keys lost, 0 invented" in found["keys_kept"].reason


def test_a_row_that_got_lost_and_one_that_was_doubled_are_seen_by_their_key(outcomes):
    found = outcomes(rows(IN[0], IN[0], IN[2]), {"too late": 1})

    assert bad(found) == {"amount_conserved", "keys_doubled"}


def test_a_row_that_came_from_nowhere_is_seen(outcomes):
    assert bad(outcomes(rows(*IN[:3], (9, 40.0)))) == {"keys_kept"}
    assert bad(outcomes(rows(*IN[:2], (9, 30.0)), {"too late": rows(IN[3])})) == {"keys_invented"}


def test_a_row_that_was_dropped_in_silence_is_seen_and_a_share_may_be_allowed(outcomes):
    assert bad(outcomes(rows(*IN[:3]))) == {"rows_conserved", "amount_conserved", "keys_kept"}
    assert bad(outcomes(rows(*IN[:3]), fail=0.5)) == set()


def test_the_gate_fails_where_stages_do_not_add_up(dag, tmp_path):
    before, after, gone = (str(tmp_path / f"{name}.parquet") for name in ("before", "after", "gone"))
    pq.write_table(rows(*IN), before)
    pq.write_table(rows(*IN[:2]), after)
    pq.write_table(rows(IN[3]), gone)
    stages = {"source_in": before, "source_out": after, "key": "id", "sums": ["amount"]}
    with dag:
        StageConservationOperator(task_id="short", **stages, dropped={"late": gone})
        StageConservationOperator(task_id="counted", **stages, dropped={"late": "{{ 1 + 1 }}"}, on_fail="proceed")

    run = run_dag(dag)

    assert run.states == {"short": "failed", "counted": "success"}
    short = {each["id"]: each["reason"] for each in run.xcom("short", "quality_report")["verdicts"]}
    assert "of 4 rows of source_in 2 came out, 1 dropped as late; 1 (25 %) unexplained" in short["rows_conserved"]
    counted = run.xcom("counted", "quality_report")["verdicts"]
    assert {each["id"] for each in counted if each["outcome"] == "fail"} == {"amount_conserved"}

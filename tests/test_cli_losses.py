"""`mlquality losses`: how much data a quarantine loses over time, told in a shell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airflow_mlquality.cli import main
from airflow_mlquality.quarantine import quarantine, remember
from airflow_mlquality.store import Store

CONTRACT = {
    "version": 1,
    "contract": "people",
    "columns": {"id": {"not_null": True}, "age": {"between": {"min": 16, "max": 110}}},
}
CLEAN, ODD, BAD = "1,20\n2,30\n3,40\n4,50\n", "1,20\n2,98765\n,30\n4,40\n", "1,98765\n2,98765\n3,98765\n4,98765\n"


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """Three days of a quarantine: a clean one, an odd one that ran twice, and one above its ceiling."""
    monkeypatch.chdir(tmp_path)
    kept = Store("kept")
    for run, day, rows in (("odd", 2, BAD), ("odd", 2, ODD), ("clean", 1, CLEAN), ("bad", 3, BAD)):
        lose(kept, run, day, rows)
    return kept


def lose(store, run, day, rows, map_index="-1"):
    """Quarantine the rows of a day, as a `QuarantineOperator` does."""
    Path("rows.csv").write_text(f"id,age\n{rows}")
    done = quarantine(CONTRACT, "rows.csv", "good.csv", "bad.csv", ceiling=0.6)
    at = f"2026-03-0{day}T06:00:00+00:00"
    remember(store, done, {"dag_id": "d", "task_id": "t", "run_id": run, "map_index": map_index, "at": at})


ALL = """\
d/t: 2 of 8 rows lost, 0.25, in 2 runs; 1 run stopped and wrote nothing

data of            rows   lost   share   lost to
------------------------------------------------------------------------------------
2026-03-03 06:00      4      4       1   stopped, nothing was written, age.between 4
2026-03-02 06:00      4      2     0.5   age.between 1, id.not_null 1
2026-03-01 06:00      4      0       0

lost to       rows   share
--------------------------
age.between      1   0.125
id.not_null      1   0.125
"""


def test_each_run_is_told_by_the_moment_of_its_data_and_a_rerun_counts_once(capsys):
    assert main(["losses", "d/t", "--store", "kept"]) == 0

    said = capsys.readouterr()
    assert said.out == ALL
    assert said.err == ""


def test_json_holds_every_number_of_every_run(capsys):
    main(["losses", "d/t", "--store", "kept", "--format", "json"])

    bad, odd, clean = json.loads(capsys.readouterr().out)
    assert odd == {
        "at": "2026-03-02T06:00:00+00:00",
        "run_id": "odd",
        "map_index": -1,
        "rows": 4,
        "kept": 2,
        "lost": 2,
        "lost_share": 0.5,
        "by_reason": {"id.not_null": 1, "age.between": 1},
        "stopped": "",
    }
    assert (clean["lost"], clean["lost_share"], clean["by_reason"]) == (0, 0, {})
    assert (bad["lost"], bool(bad["stopped"])) == (4, True)


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (["--last", "1"], ["2026-03-03"]),
        (["--since", "2026-03-02"], ["2026-03-03", "2026-03-02"]),
        (["--until", "2026-03-03T06:00:00Z"], ["2026-03-02", "2026-03-01"]),
        (["--until", "2026-03-03T06:00:00Z", "--last", "1"], ["2026-03-02"]),
    ],
)
def test_only_the_runs_that_were_asked_for_are_told(capsys, options, days):
    main(["losses", "d/t", "--store", "kept", "--format", "json", *options])

    assert [each["at"][:10] for each in json.loads(capsys.readouterr().out)] == days


def test_the_instances_of_a_mapped_quarantine_are_told_apart(store, capsys):
    lose(store, "odd", 2, BAD.replace("98765", "30", 3), map_index="7")

    main(["losses", "d/t", "--store", "kept", "--since", "2026-03-02", "--until", "2026-03-03"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "d/t: 3 of 8 rows lost, 0.375, in 2 runs"
    assert lines[2].split() == ["data", "of", "index", "rows", "lost", "share", "lost", "to"]
    assert sorted(line.split()[2:4] for line in lines[4:6]) == [["-1", "4"], ["7", "4"]]


def test_a_file_may_be_written(capsys):
    assert main(["losses", "d/t", "--store", "kept", "--output", "losses.txt"]) == 0

    assert Path("losses.txt").read_text(encoding="utf-8") == ALL
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("arguments", [["d/other"], ["d/t", "--since", "2026-04-01"]])
def test_where_no_run_is_known_nobody_is_told_that_nothing_was_lost(capsys, arguments):
    assert main(["losses", *arguments, "--store", "kept"]) == 4

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"mlquality: store: there is no run of a quarantine {arguments[0]} in kept, of the moments that were asked "
        "for. Check the names, as in DAG/TASK, and that its QuarantineOperator keeps to this store\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["t", "--store", "kept"], "argument DAG/TASK: 't' is not of the form DAG/TASK"),
        (["d/t"], "the following arguments are required: --store"),
        (["d/t", "--store", "kept", "--last", "0"], "argument --last: '0' is no whole number of at least 1"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(capsys, arguments, message):
    assert main(["losses", *arguments]) == 64

    assert capsys.readouterr().err.splitlines()[-1] == f"mlquality losses: {message}"


def test_no_value_of_a_row_is_told(capsys):
    for form in ("table", "json"):
        assert main(["losses", "d/t", "--store", "kept", "--format", form]) == 0

    assert "98765" not in capsys.readouterr().out

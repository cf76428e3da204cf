"""The command line, in this process and as programs of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airflow_mlquality import __version__
from airflow_mlquality.cli import main
from airflow_mlquality.report import Report
from tests.pages.reports import parsed

ROOT = Path(__file__).parents[1]

CONTRACT = """\
version: 1
contract: people
columns:
  age: {type: integer, between: {min: 16, max: 110}}
"""

GOOD = """\
PASS people: 4 pass of 4 checks on 3 rows; decision: proceed
source    good.csv

outcome   check               observed   warn     fail   counts or interval
---------------------------------------------------------------------------
pass      row_count             3 rows          [1, …]
pass      required_columns   0 columns               0
pass      age.type                   0               0          0 of 3 rows
pass      age.between                0               0          0 of 3 rows
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Contracts and rows in a folder of their own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    rows = {
        "good.csv": "id,age,city\n1,20,Oslo\n2,30,Rome\n3,40,Oslo\n",
        "old.csv": "id,age,city\n1,20,Oslo\n2,430,Rome\n3,40,Oslo\n",
        "unknown.csv": "id,age,city\n1,,Oslo\n2,,Rome\n",
        "cities.csv": "name\nOslo\nRome\n",
    }
    for name, text in rows.items():
        Path(name).write_text(text)
    Path("people.yaml").write_text(CONTRACT)
    Path("mild.yaml").write_text(CONTRACT.replace("max: 110", "max: 110, warn: 0"))
    return tmp_path


def program(*arguments, **options):
    """Run the command line as a program."""
    command = [sys.executable, "-m", "airflow_mlquality", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.run(command, capture_output=True, check=False, env=environment, **options)


# ---- exit codes ----


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("people.yaml", "good.csv"), 0),
        (("mild.yaml", "old.csv"), 1),
        (("people.yaml", "old.csv"), 2),
        (("people.yaml", "unknown.csv"), 3),
        (("people.yaml", "nowhere.csv"), 4),
        (("nowhere.yaml", "good.csv"), 64),
        (("people.yaml",), 64),
        (("people.yaml", "good.csv", "--format", "pdf"), 64),
        (("people.yaml", "good.csv", "--environment", "moon"), 64),
    ],
)
def test_each_outcome_has_its_exit_code(arguments, code):
    assert main(["check", *arguments]) == code


def test_the_exit_code_is_that_of_the_program():
    assert [program("check", "people.yaml", name).returncode for name in ("good.csv", "old.csv")] == [0, 2]
    assert program().returncode == 64


def test_help_and_version_are_no_errors(capsys):
    assert [main(["--help"]), main(["check", "--help"]), main(["--version"])] == [0, 0, 0]

    said = capsys.readouterr()
    assert said.out.endswith(f"\nmlquality {__version__}\n")
    assert "exit codes: 0 pass, 1 warn, 2 fail, 3 undecided, 4 error, 64 wrong usage or a wrong contract" in " ".join(
        said.out.split()
    )
    assert said.err == ""


# ---- check ----


def test_standard_output_carries_the_report_alone(capsys):
    assert main(["check", "people.yaml", "good.csv"]) == 0

    said = capsys.readouterr()
    assert said.out == GOOD
    assert said.err == ""


def test_a_program_prints_the_same():
    done = program("check", "people.yaml", "good.csv", env={"PYTHONIOENCODING": "utf-8"})

    assert done.stdout.decode() == GOOD
    assert done.stderr == b""


def test_a_stream_that_cannot_hold_a_character_gets_it_written_out():
    done = program("check", "people.yaml", "good.csv", env={"PYTHONIOENCODING": "ascii"})

    assert done.stdout.decode() == GOOD.replace("…", r"\u2026")
    assert done.returncode == 0


def test_json_is_the_whole_report(capsys):
    main(["check", "people.yaml", "old.csv", "--format", "json"])

    report = Report.from_json(json.loads(capsys.readouterr().out))
    assert report.headline() == "FAIL people: 1 fail, 3 pass of 4 checks on 3 rows; decision: stop"


def test_junit_names_the_failure(capsys):
    main(["check", "people.yaml", "old.csv", "--format", "junit"])

    root = parsed(capsys.readouterr().out)
    assert {case.get("name") for case in root.iter("testcase") if case.find("failure") is not None} == {"age.between"}


def test_the_page_goes_to_standard_output_too(capsys):
    main(["check", "people.yaml", "old.csv", "--format", "html"])

    assert capsys.readouterr().out.startswith("<!doctype html>\n")


@pytest.mark.parametrize(
    ("name", "start"),
    [("r.html", "<!doctype html>"), ("r.json", '{"format"'), ("r.xml", "<?xml"), ("r.txt", "FAIL people")],
)
def test_the_name_of_the_file_tells_the_form(capsys, name, start):
    assert main(["check", "people.yaml", "old.csv", "--output", name]) == 2

    assert Path(name).read_text(encoding="utf-8").startswith(start)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "FAIL people: 1 fail, 3 pass of 4 checks on 3 rows; decision: stop\n"


def test_a_given_form_wins_over_the_name_of_the_file():
    main(["check", "people.yaml", "good.csv", "--output", "r.html", "--format", "json"])

    assert Path("r.html").read_text(encoding="utf-8").startswith('{"format"')


def test_quiet_leaves_standard_error_empty(capsys):
    main(["check", "people.yaml", "good.csv", "--quiet", "--store", "kept", "--output", "r.txt"])

    assert capsys.readouterr() == ("", "")


def test_a_file_that_cannot_be_written_is_an_error(capsys):
    assert main(["check", "people.yaml", "good.csv", "--output", "missing/r.html"]) == 4

    assert capsys.readouterr().err == "mlquality: [Errno 2] No such file or directory: 'missing/r.html'\n"


def test_only_rows_of_the_partition_are_looked_at(capsys):
    main(["check", "people.yaml", "good.csv", "--partition", "city=Oslo"])

    assert "4 checks on 2 rows" in capsys.readouterr().out


def test_a_source_that_the_contract_names_may_lie_elsewhere():
    Path("cities.yaml").write_text(
        "version: 1\ncontract: c\nsources: {places: nowhere.csv}\n"
        "columns: {city: {type: string, relationships: {to: places, column: name}}}\n"
    )

    assert main(["check", "cities.yaml", "good.csv"]) == 4
    assert main(["check", "cities.yaml", "good.csv", "--source", "places=cities.csv"]) == 0


def test_ages_are_counted_from_the_moment_that_is_given():
    Path("fresh.yaml").write_text(
        "version: 1\ncontract: f\ndataset: {time: at}\n"
        "columns: {at: {type: timestamp}}\ntable: {freshness: {fail: 6h}}\n"
    )
    Path("at.csv").write_text("at\n2026-01-01 00:00:00\n")

    def code(moment):
        return main(["check", "fresh.yaml", "at.csv", "--as-of", moment])

    assert [code("2026-01-01T05:00:00"), code("2026-01-01T07:00:00Z"), code("2026-01-01T08:00:00+02:00")] == [0, 2, 0]


# ---- what goes wrong ----


def test_every_problem_of_a_contract_is_told_and_nothing_else(capsys):
    Path("bad.yaml").write_text("version: 1\ncontract: x\ncolumns:\n  a: {betwen: 1}\n  b: {uniqe: true}\n")

    assert main(["check", "bad.yaml", "good.csv"]) == 64

    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split(": ")[:2] for line in said.err.splitlines()] == [
        ["bad.yaml:4", "columns.a"],
        ["bad.yaml:5", "columns.b"],
    ]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--partition", "city"), "argument --partition: 'city' is not of the form NAME=VALUE"),
        (("--source", "=x"), "argument --source: '=x' is not of the form NAME=VALUE"),
        (("--as-of", "noon"), "argument --as-of: 'noon' is no ISO 8601 time, such as 2026-11-21T06:00:00+00:00"),
        (("--threads", "0"), "argument --threads: '0' is no whole number of at least 1"),
        (("--memory-limit", "much"), "argument --memory-limit: 'much' is no size of memory, such as 2GB"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(capsys, option, message):
    assert main(["check", "people.yaml", "good.csv", *option]) == 64

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1] == f"mlquality check: {message}"


def test_a_reader_that_leaves_early_is_no_error():
    command = [sys.executable, "-m", "airflow_mlquality", "check", "people.yaml", "old.csv", "--format", "html"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running:
        running.stdout.close()
        complaints = running.stderr.read()

    assert complaints == b""
    assert running.returncode == 2


def test_a_crash_is_an_error_with_its_traceback_and_never_looks_like_a_warning():
    code = (
        "import sys, airflow_mlquality.audit as module\n"
        "def audit(*_, **__): raise ZeroDivisionError('nobody foresaw this')\n"
        "module.audit = audit\n"
        "from airflow_mlquality.cli import main\n"
        "sys.exit(main(['check', 'people.yaml', 'good.csv']))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)

    assert done.returncode == 4
    assert done.stderr.splitlines()[-1] == "ZeroDivisionError: nobody foresaw this"


# ---- store ----


def test_a_kept_report_is_shown_again_by_its_address_or_location(capsys):
    main(["check", "people.yaml", "good.csv", "--store", "kept"])
    said = capsys.readouterr()
    location = said.err.removeprefix("report: ").strip()

    assert said.out == GOOD
    assert Path(location).is_file()
    for address in (location.removeprefix("kept/"), location):
        assert main(["report", address, "--store", "kept"]) == 0
        assert capsys.readouterr() == (GOOD, "")
    assert main(["report", location]) == 0
    assert capsys.readouterr() == (GOOD, "")


def test_a_failed_report_is_shown_again_without_failing(capsys):
    main(["check", "people.yaml", "old.csv", "--output", "r.json"])

    assert main(["report", "r.json", "--format", "junit"]) == 0
    assert 'failures="1"' in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "{", "[]", "{}", '"x"', '{"format": "mlquality.report/1"}', "\x00"])
def test_what_is_no_report_is_told_in_one_line(capsys, content):
    if content is not None:
        Path("r.json").write_text(content)

    for arguments in (["r.json"], ["r.json", "--store", "."]):
        assert main(["report", *arguments]) == 4
        assert capsys.readouterr() == ("", "mlquality: store: there is no report at r.json\n")


# ---- profile ----


def test_a_profile_is_printed_written_or_kept(capsys):
    assert main(["profile", "good.csv"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert (printed["format"], [column["name"] for column in printed["columns"]]) == (
        "mlquality.profile/1",
        ["id", "age", "city"],
    )

    assert main(["profile", "good.csv", "--output", "p.json"]) == 0
    assert json.loads(Path("p.json").read_text())["facts"] == printed["facts"]
    assert capsys.readouterr() == ("", "")

    assert main(["profile", "good.csv", "--name", "train", "--store", "kept"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    kept = Path(said.err.removeprefix("profile: ").strip())
    assert kept.parent == Path("kept/profiles/train")
    assert json.loads(kept.read_text())["facts"] == printed["facts"]


@pytest.mark.parametrize("half", [("--name", "train"), ("--store", "kept")])
def test_a_name_needs_a_store_and_a_store_a_name(capsys, half):
    assert main(["profile", "good.csv", *half]) == 64

    assert capsys.readouterr().err.splitlines()[-1] == (
        "mlquality profile: --name and --store go together: a profile is kept under a name"
    )


def test_a_source_that_is_not_there_has_no_profile(capsys):
    assert main(["profile", "nowhere.csv"]) == 4

    assert capsys.readouterr().err == (
        "mlquality: source nowhere.csv: no such file. Check the path, and whether the task that writes it has run\n"
    )


def test_profiles_of_parts_are_merged_and_judged_without_rows(capsys):
    assert main(["profile", "good.csv", "--bins-only", "-o", "bins.json"]) == 0
    for name in ("good", "old"):
        command = ["profile", f"{name}.csv", "--contract", "people.yaml", "--like", "bins.json", "--part", name]
        assert main([*command, "-o", f"{name}.json"]) == 0
    assert main(["merge", "good.json", "old.json", "-o", "all.json"]) == 0
    assert capsys.readouterr() == ("", "")
    for name in ("good.csv", "old.csv"):
        Path(name).unlink()

    assert [part["name"] for part in json.loads(Path("all.json").read_text())["parts"]] == ["good", "old"]
    assert main(["check", "people.yaml", "all.json"]) == 2
    said = capsys.readouterr().out
    assert "source    profile of 2 parts: good, old, taken " in said
    assert "1 of 6 rows" in said


def test_what_the_parts_do_not_tell_of_the_whole_is_said(capsys):
    main(["profile", "good.csv", "--part", "people", "-o", "good.json"])
    main(["profile", "cities.csv", "--part", "cities", "-o", "cities.json"])

    assert main(["merge", "good.json", "cities.json", "--name", "all", "--store", "kept"]) == 0

    said = capsys.readouterr().err
    assert "left open: column 'age' is not in cities\n" in said
    assert "profile: kept/profiles/all/" in said


def test_a_part_that_is_not_there_is_not_left_out(capsys):
    main(["profile", "good.csv", "-o", "good.json"])

    assert main(["merge", "good.json", "nowhere.json"]) == 4

    assert capsys.readouterr().err == (
        "mlquality: store: there is no profile at nowhere.json. "
        "Take it first, with a ProfileOperator or 'mlquality profile'\n"
    )


# ---- schema, imports ----


def test_the_schema_is_json(capsys):
    assert main(["schema"]) == 0

    assert json.loads(capsys.readouterr().out)["type"] == "object"


def loaded(*arguments, among):
    """Return which modules a run of the command line loads."""
    code = f"""
import json, sys
from airflow_mlquality.cli import main
code = main({list(arguments)!r})
print(json.dumps([code, sorted(set({among!r}) & set(sys.modules))]), file=sys.stderr)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return json.loads(done.stderr.splitlines()[-1])


def test_help_loads_next_to_nothing():
    among = ["duckdb", "jinja2", "numpy", "pandas", "pyarrow", "pydantic", "rich", "scipy", "sqlglot", "yaml"]

    assert loaded("--help", among=among) == [0, []]


def test_a_small_check_loads_only_what_it_needs():
    among = ["airflow", "jinja2", "numpy", "pandas", "pyarrow", "rich.progress", "scipy", "upath"]

    assert loaded("check", "people.yaml", "good.csv", among=among) == [0, []]

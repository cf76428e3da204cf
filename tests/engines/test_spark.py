"""Spark, classic and Connect: the same facts and verdicts as in memory, and nothing left behind."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from airflow_mlquality.audit import audit, take_profile
from airflow_mlquality.checks import (
    AcceptedValues,
    Between,
    Check,
    Drift,
    Freshness,
    Length,
    Matches,
    NotNull,
    NullShare,
    Prior,
    Relationships,
    Rule,
    Type,
    Unique,
)
from airflow_mlquality.contract import Contract, CsvOptions
from airflow_mlquality.engines.sources import SparkSource
from airflow_mlquality.engines.spark.connection import SparkEngine
from airflow_mlquality.engines.spark.failures import failure
from airflow_mlquality.errors import CancelledError, EngineError, LostError, SourceError
from airflow_mlquality.measurements import Moments, MomentsFact

if TYPE_CHECKING:
    from airflow_mlquality.profile import Profile
    from airflow_mlquality.report import Report

ROWS = 60
SECRET = "Ann-Marie Example 1972"


def hard_rows() -> pa.Table:
    """Rows with everything that engines see differently, times to the microsecond."""
    moment = datetime(2026, 1, 1, 23, 30, 0, 123456, tzinfo=UTC)
    floats = [math.nan, math.inf, -math.inf, -0.0, 0.0, None, 1.5, 1e300, -7.25, 5e-324]
    texts = ["a", "A", "ä", "\U0001f600", "a ", "", None, "b'\"\\", "a", "${x}"]
    return pa.table(
        {
            "id": pa.array(range(ROWS), pa.int64()),
            "small": pa.array([None if i % 7 == 0 else i % 5 for i in range(ROWS)], pa.int32()),
            "x": pa.array([floats[i % len(floats)] for i in range(ROWS)], pa.float64()),
            "single": pa.array([floats[i % 7] for i in range(ROWS)], pa.float32()),
            "price": pa.array(
                [None if i % 11 == 0 else Decimal(i).scaleb(-10) + 10**20 for i in range(ROWS)], pa.decimal128(38, 10)
            ),
            "name": pa.array([texts[i % len(texts)] for i in range(ROWS)]),
            "day": pa.array([None if i % 13 == 0 else date(2026, 1, 1) + timedelta(i) for i in range(ROWS)]),
            "naive": pa.array([(moment + timedelta(hours=i)).replace(tzinfo=None) for i in range(ROWS)]),
            "zoned": pa.array([moment - timedelta(hours=i) for i in range(ROWS)], pa.timestamp("us", "UTC")),
            "old": pa.array([datetime(1960, 3, 1, 1, 2, 3, 4)] * ROWS),  # noqa: DTZ001  a time without zone
            "flag": pa.array([None if i % 9 == 0 else i % 2 == 0 for i in range(ROWS)]),
            "many": pa.array([None if i % 8 == 0 else [i, i + 1] for i in range(ROWS)]),
            "nothing": pa.array([None] * ROWS, pa.float64()),
        }
    )


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hard") / "rows.parquet"
    pq.write_table(hard_rows(), path)
    return path


def told(profile: Profile) -> dict[str, Any]:
    """Return the facts by the text of their questions; means and deviations to nine digits."""
    return {json.dumps(each.to_json()): rounded(each.encode(fact)) for each, fact in profile.facts.items()}


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items() if name != "sketch"}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return float(f"{value:.9g}") if isinstance(value, float) else value


def conclusions(report: Report) -> list[tuple[str, str, Any, str]]:
    return [(each.id, each.outcome.value, rounded(each.observed), each.reason) for each in report.verdicts]


def reason(report: Report) -> str:
    return next(each.reason for each in report.verdicts if each.outcome.value in ("error", "fail"))


# ---- the same as in memory ----


def test_facts_of_files_that_spark_reads_equal_those_of_duckdb(spark: Any, hard: Path) -> None:
    expected = take_profile(hard)

    profile = take_profile(SparkSource(session=spark, path=str(hard)))

    assert profile.source == f"spark:{hard}"
    assert [(each.name, each.type) for each in profile.schema] == [(each.name, each.type) for each in expected.schema]
    assert told(profile) == told(expected)


def test_a_table_of_nothing_has_the_facts_of_nothing(spark: Any, hard: Path) -> None:
    expected = take_profile(hard_rows().slice(0, 0))

    profile = take_profile(spark.read.parquet(str(hard)).where("id < 0"))

    assert told(profile) == told(expected)
    assert profile[Moments("x")] == MomentsFact()


CHECKS: list[Check] = [
    *(NotNull(column=name) for name in ("small", "x", "name", "day", "naive", "flag", "many", "nothing")),
    NullShare(column="price", fail=0.05),
    Between(column="x", min=-10, max=10),
    Between(column="small", min=1),
    Between(column="price", max="100000000000000000000.0000000030"),
    Between(column="day", max="2026-01-20"),
    Between(column="zoned", min="2026-01-01T00:00:00Z"),
    Between(column="naive", max="2026-01-02 00:00:00"),
    AcceptedValues(column="name", values=["a", "ä", "\U0001f600", "b'\"\\", "${x}"]),
    AcceptedValues(column="flag", values=[True]),
    AcceptedValues(column="small", values=[1, 2]),
    Matches(column="name", pattern=r"[a-z]\s?"),
    Matches(column="name", pattern=r"\$\{x\}", id="dollar"),
    Length(column="name", min=1, max=2),
    Unique(column="id"),
    Unique(column="name"),
    Unique(key=("small", "flag")),
    Type(column="name", expected="integer"),
    Rule(id="ratio", rule="small / id < 0.1"),
    Rule(id="either", rule="flag or x > 1"),
    Rule(id="length", rule="length(name) = 1"),
    Freshness(column="zoned", fail="24h"),
    Prior(column="flag", expected={True: 0.9, False: 0.1}, fail=0.1),
    Prior(column="name", expected={"a": 1.0}, fail=0.1),
    Relationships(column="small", to="sizes", to_column="size"),
]
AS_OF = datetime(2026, 1, 4, tzinfo=UTC)


def contract(*checks: Check, **others: Any) -> Contract:
    return Contract(name="hard", checks=list(checks), **others)


def test_every_verdict_equals_that_on_the_rows_in_memory(spark: Any, hard: Path) -> None:
    sizes = pa.table({"size": pa.array([1, 2, None], pa.int32())})
    spark_sizes = spark.sql("SELECT * FROM VALUES (1), (2), (NULL) AS sizes(size)")
    all_checks = contract(*CHECKS, key=("id",))

    expected = audit(all_checks, hard_rows(), sources={"sizes": sizes}, as_of=AS_OF)
    report = audit(all_checks, spark.read.parquet(str(hard)), sources={"sizes": spark_sizes}, as_of=AS_OF)

    assert conclusions(report) == conclusions(expected)
    assert "error" not in {verdict.outcome.value for verdict in report.verdicts}


def test_drift_against_rows_of_the_other_engine_is_none(spark: Any, hard: Path) -> None:
    source = SparkSource(session=spark, path=str(hard))

    here = audit(contract(Drift()), source, reference=hard)
    there = audit(contract(Drift()), hard, reference=source)

    assert {verdict.outcome.value for verdict in [*here.verdicts, *there.verdicts]} <= {"pass", "undecided"}
    assert [each.observed for each in here.verdicts] == [each.observed for each in there.verdicts]


def test_however_many_checks_fail_the_rows_are_read_twice(spark: Any, hard: Path) -> None:
    checks = [*(NotNull(column=name) for name in ("small", "x", "name", "day")), Between(column="x", max=1)]

    report = audit(contract(*checks), SparkSource(session=spark, path=str(hard)))

    assert report.cost.scans == 2
    assert [len(verdict.examples) for verdict in report.verdicts[1:]] == [5] * 5


# ---- sources ----


def people(folder: Path, text: str = "id,age,name\n1,30,Ann\n2,abc,\n3,,Bob\n4,400,NA\n") -> Path:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_text_in_a_column_of_numbers_is_counted_and_not_lost(spark: Any, tmp_path: Path) -> None:
    checks = [Type(column="age", expected="integer"), Between(column="age", max=110), NotNull(column="name")]
    ages = contract(*checks, key=("id",), csv=CsvOptions(null=("NA", "")), samples=frozenset({"id"}))
    path = people(tmp_path)

    expected = audit(ages, path)
    report = audit(ages, SparkSource(session=spark, path=str(path), format="csv"))

    assert conclusions(report) == conclusions(expected)
    assert report.verdicts[1].outcome.value == "fail"
    assert [str(each) for each in report.verdicts[1].examples] == ["id=2, age='xxx'"]
    assert [str(each) for each in report.verdicts[2].examples] == ["id=4, age='###'"]


def test_undeclared_types_of_text_are_told_from_the_values(spark: Any, tmp_path: Path) -> None:
    rows = "".join(f'{i};{i / 4};2026-01-{i % 28 + 1:02};"a\nb";true\n' for i in range(1, 60))
    path = people(tmp_path, f"\ufeffid;x;day;note;ok\n{rows}")

    expected = take_profile(path)
    profile = take_profile(SparkSource(session=spark, path=str(path), format="csv"))

    assert [(each.name, each.type) for each in profile.schema] == [(each.name, each.type) for each in expected.schema]
    assert told(profile) == told(expected)


@pytest.mark.parametrize("line", ["3,Bob,secret", "3"])
def test_a_line_of_text_with_too_many_or_too_few_values_is_an_error_that_shows_none(
    spark: Any, tmp_path: Path, line: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = people(tmp_path, f"id,name\n1,Ann\n{line}\n")

    report = audit(contract(NotNull(column="id")), SparkSource(session=spark, path=str(path), format="csv"))

    assert (report.outcome.value, report.decision.action.value) == ("error", "stop")
    assert "MALFORMED_RECORD_IN_PARSING" in reason(report)
    assert "secret" not in report.dumps() + "".join(capfd.readouterr())


def test_files_whose_headers_differ_are_an_error(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,age\n1,30\n")
    (tmp_path / "b.csv").write_text("age,id\n30,1\n")

    report = audit(contract(NotNull(column="id")), SparkSource(session=spark, path=str(tmp_path), format="csv"))

    assert report.outcome.value == "error"


def test_a_missing_table_is_named(spark: Any) -> None:
    report = audit(contract(NotNull(column="id")), SparkSource(session=spark, table="lake.nope", name="lake"))

    assert reason(report) == ("source lake:lake.nope: there is no table 'lake.nope', or this user may not read it.")


def test_a_missing_path_is_named(spark: Any) -> None:
    with pytest.raises(SourceError) as refused:
        take_profile(SparkSource(session=spark, path="/no/such.parquet"))

    assert str(refused.value) == (
        "source spark:/no/such.parquet: no such file. Check the path, and whether the task that writes it has run"
    )


def test_a_format_that_spark_does_not_know_is_an_error_in_its_words(spark: Any, hard: Path) -> None:
    with pytest.raises(SourceError, match=rf"^source spark:{hard}: DATA_SOURCE_NOT_FOUND: Failed to find the data"):
        take_profile(SparkSource(session=spark, path=str(hard), format="nope"))


def test_a_query_is_measured_and_a_command_is_none(spark: Any, hard: Path) -> None:
    query = f"WITH r AS (SELECT * FROM parquet.`{hard}`) SELECT id, x FROM r WHERE id < 10 -- the first"  # noqa: S608

    assert take_profile(SparkSource(session=spark, query=query)).rows == 10
    with pytest.raises(SourceError, match=r"^source spark:query: PARSE_SYNTAX_ERROR"):
        take_profile(SparkSource(session=spark, query="DROP TABLE flights"))


@pytest.fixture
def table(spark: Any, hard: Path) -> Any:
    name = f"t{uuid.uuid4().hex}"
    spark.read.parquet(str(hard)).selectExpr("id", "x", "name", "id % 3 AS part").write.partitionBy("part").saveAsTable(
        name
    )
    yield name
    spark.sql(f"DROP TABLE {name}")


def test_a_table_of_the_catalogue_by_partition(spark: Any, table: str) -> None:
    source = SparkSource(session=spark, table=table)

    first = audit(contract(Between(column="id", max=100)), source, partition={"part": "1"})
    wrong = audit(contract(), source, partition={"prt": "1"})
    typed = audit(contract(), source, partition={"part": "x"})

    assert (first.rows, first.outcome.value) == (20, "pass")
    assert reason(wrong) == f"source spark:{table}: partition column 'prt' does not exist. Did you mean 'part'?"
    assert reason(typed) == f"source spark:{table}: partition part=x: the column is of type integer"


def test_a_column_that_some_files_lack_is_null_there(spark: Any, tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": [1]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"id": [2], "x": [1.0]}), tmp_path / "b.parquet")

    report = audit(contract(NotNull(column="x")), SparkSource(session=spark, path=str(tmp_path)))

    assert reason(report) == "null share of 'x' is 0.5 (1 of 2 rows), above fail 0"


def test_two_columns_of_one_name_are_an_error(spark: Any) -> None:
    with pytest.raises(SourceError, match=r"it has more than one column 'ID'"):
        take_profile(spark.sql("SELECT 1 AS id, 2 AS ID"))


def test_related_rows_of_another_session_are_the_error_of_their_check_alone(spark: Any, hard: Path) -> None:
    check = Relationships(column="small", to="sizes", to_column="size")
    elsewhere = spark.newSession().sql("SELECT 1 AS size")

    reports = [
        audit(contract(check, NotNull(column="id")), spark.read.parquet(str(hard)), sources={"sizes": other})
        for other in (elsewhere, str(hard), pa.table({"size": [1]}))
    ]

    for report in reports:
        assert {verdict.id: verdict.outcome.value for verdict in report.verdicts} == {
            "row_count": "pass",
            "small.relationships": "error",
            "id.not_null": "pass",
        }
        assert "lies outside" in reason(report)


def test_a_text_of_a_contract_is_no_variable_of_spark(spark: Any) -> None:
    text = "${spark:spark.app.name}"
    frame = spark.sql("SELECT '\\u0024{spark:spark.app.name}' AS name")

    report = audit(contract(AcceptedValues(column="name", values=[text])), frame)

    assert report.outcome.value == "pass"


# ---- whose session ----


def settings_of(spark: Any) -> dict[str, str]:
    return dict(spark.conf.getAll)


def test_a_session_that_was_given_is_left_as_it_was(spark: Any, hard: Path) -> None:
    before = settings_of(spark)

    report = audit(contract(*CHECKS[:5], Drift()), SparkSource(session=lambda: spark, path=str(hard)))

    assert report.outcome.value == "fail"
    assert settings_of(spark) == before
    assert [each.name for each in spark.catalog.listTables() if each.name.startswith("mlquality")] == []
    assert spark.sql("SELECT 1").collect()[0][0] == 1


@pytest.mark.parametrize("setting", ["spark.sql.ansi.enabled=false", "spark.sql.session.timeZone=Asia/Tokyo"])
def test_facts_do_not_depend_on_the_settings_of_a_session(spark: Any, hard: Path, setting: str) -> None:
    name, value = setting.split("=")
    expected = take_profile(hard)
    session = spark.newSession()
    session.conf.set(name, value)

    assert told(take_profile(SparkSource(session=session, path=str(hard)))) == told(expected)


def test_a_session_whose_texts_mean_something_else_is_refused(spark: Any) -> None:
    session = spark.newSession()
    session.conf.set("spark.sql.parser.escapedStringLiterals", "true")

    report = audit(contract(), session.range(1))

    assert reason(report) == (
        "source pyspark DataFrame: its session is set to spark.sql.parser.escapedStringLiterals=true, and texts in "
        "statements mean something else there. Give a session without it"
    )


def test_a_function_that_raises_is_a_source_that_cannot_be_reached(hard: Path) -> None:
    def refuse() -> Any:
        raise OSError(SECRET)

    report = audit(contract(), SparkSource(session=refuse, path=str(hard)))

    assert reason(report) == f"source spark:{hard}: cannot connect: OSError. Check the connection"


# ---- trouble ----


def test_a_statement_that_fails_at_a_value_does_not_show_it(spark: Any, capfd: pytest.CaptureFixture[str]) -> None:
    frame = spark.sql(f"SELECT CAST(name AS INT) AS number FROM VALUES ('1'), ('{SECRET}') AS people(name)")  # noqa: S608

    report = audit(contract(NotNull(column="number"), Between(column="number", max=3)), frame)

    assert {verdict.outcome.value for verdict in report.verdicts if verdict.id != "row_count"} == {"error"}
    assert "CAST_INVALID_INPUT" in reason(report)
    assert SECRET not in report.dumps() + "".join(capfd.readouterr())


def test_examples_are_redacted_unless_the_contract_allows_them(spark: Any) -> None:
    frame = spark.sql(f"SELECT 1 AS id, '{SECRET}' AS name")
    check = Length(column="name", max=3)

    hidden = audit(contract(check, key=("id",)), frame)
    shown = audit(contract(check, key=("id",), samples=frozenset({"name", "id"})), frame)

    assert [str(each) for each in hidden.verdicts[1].examples] == ["id='#', name='Xxx-Xxxxx Xxxxxxx ####'"]
    assert [str(each) for each in shown.verdicts[1].examples] == [f"id=1, name={SECRET}"]


LONG = "SELECT COUNT(*) FROM RANGE(100000000000) WHERE SQRT(id) = 0.3"


def wait_for_a_job(spark: Any) -> None:
    until = time.monotonic() + 30
    while not spark.sparkContext.statusTracker().getActiveJobsIds():
        assert time.monotonic() < until, "the job never began"
        time.sleep(0.05)


def wait_for_no_job(spark: Any) -> None:
    until = time.monotonic() + 10
    while spark.sparkContext.statusTracker().getActiveJobsIds():
        assert time.monotonic() < until, "a job is left running"
        time.sleep(0.05)


def test_cancelling_from_another_thread_leaves_no_job_running(spark: Any) -> None:
    raised: list[BaseException] = []

    def measure() -> None:
        try:
            engine.run(LONG)
        except CancelledError as error:
            raised.append(error)

    with SparkEngine(spark.range(1)) as engine:
        thread = threading.Thread(target=measure)
        thread.start()
        wait_for_a_job(spark)
        engine.cancel()
        thread.join(10)

        assert [type(each) for each in raised] == [CancelledError]
        wait_for_no_job(spark)


class KilledError(Exception):
    """What Airflow raises in a task that is killed or runs too long."""


def test_a_signal_ends_the_wait_at_once_and_leaves_no_job_running(spark: Any) -> None:
    def kill(*_: Any) -> None:
        raise KilledError

    before = signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, 2)
    started = time.monotonic()
    try:
        with pytest.raises(KilledError), SparkEngine(spark.range(1)) as engine:
            engine.run(LONG)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert time.monotonic() - started < 8
    wait_for_no_job(spark)


def test_jobs_tell_which_task_they_are_for_and_how_far_they_are(spark: Any) -> None:
    shares: list[float] = []
    source = SparkSource(session=spark, query="SELECT 1 AS id", comment="mlquality dag=flights task=gate run=r1")
    with SparkEngine(source, on_progress=shares.append) as engine:
        engine.run("SELECT COUNT(*) FROM RANGE(0, 200000000, 1, 40) WHERE SQRT(id) = 0.3")
        (job, *_) = spark.sparkContext.statusTracker().getJobIdsForGroup(engine.session.group)

        assert job >= 0
        description = engine.do(lambda: spark.sparkContext.getLocalProperty("spark.job.description"))
        assert description == "mlquality dag=flights task=gate run=r1"
    assert all(0 < share <= 1 for share in shares)


def test_a_session_whose_java_is_gone_is_lost() -> None:
    from py4j.protocol import Py4JNetworkError

    lost = failure(Py4JNetworkError("Answer from Java side is empty"), "lake:flights", "")

    assert isinstance(lost, LostError)
    assert str(lost) == "source lake:flights: the connection was lost: Py4JNetworkError"


def test_a_session_that_was_stopped_is_lost_and_one_that_complains_is_not() -> None:
    stopped = RuntimeError("Cannot call methods on a stopped SparkContext.")

    assert isinstance(failure(stopped, "lake:flights", ""), LostError)
    assert isinstance(failure(RuntimeError("no"), "lake:flights", ""), EngineError)


# ---- Connect ----

CONNECT = Path(__file__).with_name("connect_program.py")


@pytest.fixture(scope="module")
def connect(hard: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a program of its own finds with Spark Connect: one process cannot have both kinds of session."""
    folder = tmp_path_factory.mktemp("connect")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(CONNECT), str(hard), str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin", "SPARK_LOCAL_IP": "127.0.0.1", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "log": done.stdout + done.stderr}


def test_facts_by_connect_equal_those_of_duckdb(connect: dict[str, Any], hard: Path) -> None:
    assert connect["facts"] == json.loads(json.dumps(told(take_profile(hard))))


def test_verdicts_by_connect_equal_those_in_memory(connect: dict[str, Any]) -> None:
    expected = audit(contract(*CHECKS[:-1], key=("id",)), hard_rows(), as_of=AS_OF)

    assert [tuple(each) for each in connect["verdicts"]] == [tuple(each) for each in conclusions(expected)]


def test_connect_leaves_nothing_and_shows_no_value(connect: dict[str, Any]) -> None:
    assert connect["views"] == []
    assert connect["missing"] == ("source spark:nope: there is no table 'nope', or this user may not read it.")
    assert connect["cast"].startswith("the engine could not measure this: CAST_INVALID_INPUT")
    assert SECRET not in connect["log"]


def test_a_cancelled_statement_of_connect_has_ended_on_the_server(connect: dict[str, Any]) -> None:
    assert connect["cancelled"] == "CancelledError"
    assert connect["seconds_to_cancel"] < 10


def test_a_connect_session_that_was_closed_is_lost(connect: dict[str, Any]) -> None:
    assert connect["lost"].startswith("LostError: source pyspark DataFrame: the connection was lost")

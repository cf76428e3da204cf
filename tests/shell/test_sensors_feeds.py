"""Waiting for fresh data, and for labels."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest

from airflow_mlquality.errors import UsageError
from airflow_mlquality.sensors import FreshnessSensor, LabelMaturitySensor
from airflow_mlquality.sensors.feeds import Feed, State
from tests.shell.runs import run_dag

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIX = datetime(2026, 2, 1, 6, tzinfo=UTC)
ONCE = {"timeout": 0, "poke_interval": 0.1}


# ---- feeds ----


@pytest.mark.parametrize(
    ("newest", "moment", "state", "lacking"),
    [
        (SIX, SIX, State.ON_TIME, 0),
        (SIX, SIX + DAY, State.ON_TIME, 0),
        (SIX, SIX + DAY + HOUR, State.LATE, 1),
        (SIX + DAY + 2 * HOUR, SIX + DAY + 3 * HOUR, State.ON_TIME, 0),
        (SIX, SIX + 3 * DAY + 2 * HOUR, State.MISSING, 3),
        (SIX + DAY - HOUR, SIX + DAY - HOUR / 2, State.EARLY, 0),
        (SIX + DAY - 2 * HOUR, SIX + DAY + 2 * HOUR, State.LATE, 1),
    ],
)
def test_a_feed_with_an_anchor_is_early_on_time_late_or_missing(newest, moment, state, lacking):
    standing = Feed(every=DAY, anchor=SIX - 30 * DAY, grace=HOUR).standing(newest, moment)

    assert (standing.state, standing.lacking) == (state, lacking)


def test_the_next_delivery_is_the_first_that_is_neither_due_nor_there():
    feed = Feed(every=DAY, anchor=SIX, grace=HOUR)

    assert feed.standing(SIX, SIX + HOUR).next_due == SIX + DAY
    assert feed.standing(SIX + DAY - HOUR, SIX + DAY - HOUR / 2).next_due == SIX + 2 * DAY
    assert feed.standing(SIX, SIX + 3 * DAY + 2 * HOUR).next_due == SIX + 4 * DAY
    assert feed.standing(SIX, SIX + 3 * DAY + 2 * HOUR).due == SIX + DAY


def test_a_feed_without_anchor_is_due_a_period_after_its_newest_delivery():
    feed = Feed(every=DAY, grace=HOUR)

    assert feed.standing(SIX, SIX + DAY).state == State.ON_TIME
    assert str(feed.standing(SIX, SIX + DAY + 2 * HOUR)) == (
        "late, due since 2026-02-02 06:00 UTC; the next one is due 2026-02-03 06:00 UTC"
    )


def test_a_feed_that_never_delivered_is_missing():
    assert str(Feed(every=DAY).standing(None, SIX)) == "missing"
    assert str(Feed(every=DAY, anchor=SIX).standing(None, SIX)) == "missing; the next one is due 2026-02-02 06:00 UTC"


def test_a_grace_as_long_as_the_period_is_refused():
    with pytest.raises(UsageError, match="give a grace that is shorter than the time between two deliveries"):
        Feed(every=DAY, grace=DAY)


# ---- freshness ----


@pytest.fixture
def events(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("at,n\n2026-01-31T06:00:00,1\n2026-02-01T05:50:00,2\n2030-01-01T00:00:00,3\n")
    return path


@pytest.mark.parametrize("how", [{}, {"deferrable": True}, {"mode": "reschedule"}], ids=str)
@pytest.mark.parametrize(("hours", "state"), [(7, "success"), (5, "failed")])
def test_the_newest_row_has_to_be_young_enough_and_rows_of_the_future_do_not_count(
    dag, events, capsys, hours, state, how
):
    with dag:
        FreshnessSensor(
            task_id="fresh",
            source=str(events),
            column="at",
            max_age=hours * HOUR,
            as_of="2026-02-01T12:00:00+00:00",
            **ONCE,
            **how,
        )

    run = run_dag(dag)

    assert run.states == {"fresh": state}
    assert f"the newest 'at' is 6:10:00 old, {hours}:00:00 allowed" in capsys.readouterr().out


def test_it_says_when_the_delivery_was_due_and_when_the_next_one_is(dag, events, capsys):
    with dag:
        for name, at in {"early": "2026-02-01T06:30:00", "late": "2026-02-02T08:00:00"}.items():
            FreshnessSensor(
                task_id=name,
                source=str(events),
                column="at",
                every=DAY,
                anchor=datetime(2026, 1, 1, 6),  # noqa: DTZ001  without a zone it is UTC
                grace=HOUR,
                as_of=at,
                soft_fail=True,
                **ONCE,
            )

    run = run_dag(dag)

    assert run.states == {"early": "success", "late": "skipped"}
    assert run.xcom("early") == {
        "newest": "2026-02-01T05:50:00+00:00",
        "age_hours": 0.6667,
        "state": "early",
        "next_due": "2026-02-02T06:00:00+00:00",
    }
    assert "; late, due since 2026-02-02 06:00 UTC; the next one is due 2026-02-03 06:00 UTC" in capsys.readouterr().out


def test_without_a_column_the_newest_file_counts(dag, tmp_path, capsys):
    for name, moment in {"a.csv": SIX, "b.csv": SIX + DAY, "_SUCCESS": SIX + 9 * DAY}.items():
        path = tmp_path / name
        path.write_text("n\n1\n")
        os.utime(path, (moment.timestamp(), moment.timestamp()))
    with dag:
        FreshnessSensor(
            task_id="fresh", source=str(tmp_path), max_age=2 * HOUR, as_of=str(SIX + DAY + HOUR), soft_fail=True, **ONCE
        )
        FreshnessSensor(
            task_id="old", source=str(tmp_path), max_age=2 * HOUR, as_of=str(SIX + 2 * DAY), soft_fail=True, **ONCE
        )

    run = run_dag(dag)

    assert run.states == {"fresh": "success", "old": "skipped"}
    assert run.xcom("fresh")["newest"] == (SIX + DAY).isoformat()
    assert "the newest file is 1 day, 0:00:00 old, 2:00:00 allowed" in capsys.readouterr().out


def test_a_file_behind_a_url_tells_when_it_was_written():
    import fsspec

    from airflow_mlquality.engines.fingerprints import newest_file, seen

    before = datetime.now(UTC)
    with fsspec.open("memory://feeds/day.csv", "w") as file:
        file.write("n\n1\n")

    assert before <= newest_file("memory://feeds/*.csv") <= datetime.now(UTC)
    assert newest_file("memory://feeds/*.json") is None
    assert seen("memory://feeds/*.json") == seen("memory://feeds/nowhere.csv") == "absent"


def test_a_source_that_is_not_there_is_told_with_its_due_date(dag, tmp_path, capsys):
    with dag:
        FreshnessSensor(
            task_id="fresh", source=str(tmp_path / "no.csv"), column="at", every=DAY, anchor=SIX, as_of=str(SIX), **ONCE
        )

    assert run_dag(dag).states == {"fresh": "failed"}
    assert "there is no 'at' yet; missing; the next one is due 2026-02-02 06:00 UTC" in capsys.readouterr().out


def test_a_source_that_cannot_be_read_is_never_skipped(dag, tmp_path, ended):
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1 no parquet")
    with dag:
        FreshnessSensor(
            task_id="fresh",
            source=str(path),
            column="at",
            max_age=HOUR,
            soft_fail=True,
            on_failure_callback=ended,
            **ONCE,
        )

    assert run_dag(dag).states == {"fresh": "failed"}
    assert type(ended.context["exception"]).__name__ == "InfrastructureError"


@pytest.mark.parametrize("column", [None, "at"])
def test_rows_in_memory_are_refused(dag, ended, column):
    with dag:
        FreshnessSensor(
            task_id="fresh", source=[1], column=column, max_age=HOUR, soft_fail=True, on_failure_callback=ended, **ONCE
        )

    assert run_dag(dag).states == {"fresh": "failed"}
    assert type(ended.context["exception"]).__name__ == "WrongUsage"


def test_a_sensor_for_which_nothing_is_too_old_is_refused_when_the_dag_is_parsed():
    with pytest.raises(ValueError, match="nothing would ever be too old"):
        FreshnessSensor(task_id="fresh", source="a.csv")


# ---- labels ----


@pytest.fixture
def orders(tmp_path):
    """Ten orders a day, of which those of the second day lack four labels."""
    path = tmp_path / "orders.csv"
    rows = [f"2026-01-0{1 + n // 10}T12:00:00,{'' if n >= 16 else n % 2}" for n in range(20)]
    path.write_text("sold,returned\n" + "\n".join(rows) + "\n")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "state"),
    [
        ({"share": 0.8}, "success"),
        ({"share": 0.81}, "skipped"),
        ({"share": 0.8, "least_rows": 21}, "skipped"),
        ({"share": 1.0, "time": "sold", "after": "10d"}, "success"),
        ({"share": 0.6, "time": "sold", "after": "9d"}, "success"),
        ({"share": 0.7, "time": "sold", "after": "9d", "window": "1d"}, "skipped"),
        ({"share": 0.1, "time": "sold", "after": "30d"}, "skipped"),
    ],
    ids=str,
)
def test_labels_are_waited_for_until_enough_rows_have_one(dag, orders, arguments, state):
    with dag:
        LabelMaturitySensor(
            task_id="labels",
            source=orders,
            column="returned",
            as_of="2026-01-11T18:00:00",
            soft_fail=True,
            **arguments,
            **ONCE,
        )

    assert run_dag(dag).states == {"labels": state}


def test_labels_of_a_partition_are_waited_for_by_themselves(dag, tmp_path):
    for number, labels in {1: "1\n0\n", 2: "1\n\n"}.items():
        folder = tmp_path / f"day={number}"
        folder.mkdir()
        (folder / "a.csv").write_text("n,returned\n" + "".join(f"1,{each}\n" for each in labels.split("\n")[:2]))
    with dag:
        for number in (1, 2):
            LabelMaturitySensor(
                task_id=f"day_{number}",
                source=f"{tmp_path}/day=*/*.csv",
                partition={"day": number},
                column="returned",
                soft_fail=True,
                **ONCE,
            )

    run = run_dag(dag)

    assert run.states == {"day_1": "success", "day_2": "skipped"}
    assert run.xcom("day_1")["rows"] == 2


@pytest.mark.parametrize(
    "wrong", [{"share": 0}, {"share": 1.1}, {"time": "sold"}, {"after": "3d"}, {"window": "3d"}], ids=str
)
def test_arguments_that_do_not_fit_together_are_refused_when_the_dag_is_parsed(wrong):
    with pytest.raises(ValueError, match=r"give a share of the rows|need both time and after"):
        LabelMaturitySensor(task_id="labels", source="a.csv", column="y", **wrong)

from __future__ import annotations

from dataclasses import replace

from airflow_mlquality.pages.table import report_table
from airflow_mlquality.verdict import Outcome
from tests.pages.reports import HOSTILE, every_outcome, report, verdict

WHOLE = """\
ERROR people: 1 error, 3 fail, 1 warn, 1 undecided, 2 pass of 8 checks on 1,000 rows; decision: stop
source    people.parquet
reference train, 9,000 rows, taken 2026-11-01T00:00:00+00:00
decision  stop, because of age.between, zip.matches, lives, label.prior, age.drift

outcome     check              observed           warn     fail   counts or interval
------------------------------------------------------------------------------------
error       lives
fail        age.between        0.002024                       0        2 of 988 rows
fail        label.prior        0.04 TVD                    0.02         [0.03, 0.05]
fail        age.drift           0.4 PSI            0.1     0.25         [0.32, 0.48]
warn        freshness        7.25 hours              6       24
undecided   zip.matches                                       0
pass        row_count        1,000 rows   [900, 1,100]   [1, …]
pass        age.null_share        0.012           0.02      0.1

Why

error lives
    lives of '' is not well
    runbook  https://wiki.example.com/lives
    advice   mend it

fail age.between
    between of 'age' is not well
    advice   mend it
    contract people.yaml:7
    examples people.parquet row 3: id='a9', age=430
             people.parquet row 8: id='a9', age=-1

fail label.prior
    prior of 'label' is not well
    advice   mend it

fail age.drift
    drift of 'age' is not well
    advice   mend it

warn freshness
    freshness of '' is not well
    advice   mend it

undecided zip.matches
    matches of 'zip' is not well
    advice   mend it"""


def test_the_worst_checks_come_first_then_the_reasons():
    assert report_table(every_outcome()) == WHOLE


def test_a_clean_report_needs_no_reasons():
    expected = """\
PASS people: 1 pass of 1 check on 1,000 rows; decision: proceed
source    people.parquet

outcome   check            observed   warn   fail   counts or interval
----------------------------------------------------------------------
pass      age.null_share      0.012             1"""

    assert report_table(report(verdict(observed=0.012, unit="share", fail=1))) == expected


def test_a_report_without_checks_is_its_heading():
    expected = "PASS people: nothing of 0 checks on 1,000 rows; decision: proceed\nsource    people.parquet"

    assert report_table(report()) == expected


def test_three_thousand_passing_checks_are_named_up_to_forty_and_counted():
    passes = [verdict(f"c{number}.not_null") for number in range(3000)]

    shown = report_table(report(*passes, verdict("x.unique", Outcome.FAIL)))

    assert shown.count("\npass ") == 20
    assert "\n2,980 more checks pass: c20.not_null, c21.not_null, " in shown
    assert shown.split("\nWhy\n")[0].rstrip().endswith("c59.not_null and 2,940 more")
    assert len(shown.splitlines()) < 50


def test_every_check_that_does_not_pass_is_shown_with_its_reason():
    bad = [verdict(f"c{number}.unique", Outcome.FAIL) for number in range(500)]

    shown = report_table(report(*bad))

    assert shown.count("is not well") == 500
    assert all(f"unique of 'c{number}' is not well" in shown for number in range(500))


def test_no_line_is_wider_than_asked_for():
    long = verdict("a_rather_long_column_name_of_a_feature_store." * 3 + "drift", Outcome.FAIL, reason="so " * 90)

    for width in (60, 80, 120):
        assert max(map(len, report_table(report(long, verdict()), width=width).splitlines())) <= width


def test_names_cannot_move_the_cursor_or_break_a_line():
    bad = verdict(f"{HOSTILE}\n", Outcome.FAIL, reason=f"{HOSTILE}\r\nis not unique", advice=HOSTILE)

    shown = report_table(report(bad))

    written = "<script>alert('x')</script>\"&\\x1b[31m\\x00\\u202e\\ud800 name"
    assert f"\nfail {written}\\n\n    {written}\\r\\nis not unique\n    advice   {written}" in shown
    assert not any(char in shown for char in "\x1b\x00\r\u202e\ud800")
    assert shown.encode()


def test_markup_of_the_terminal_library_is_text():
    assert "[bold]x[/bold].unique :smile:" in report_table(report(verdict("[bold]x[/bold].unique :smile:")))


def test_only_colour_adds_escape_codes():
    plain, coloured = (report_table(every_outcome(), color=color) for color in (False, True))

    assert "\x1b" not in plain
    assert "\x1b[31mfail" in coloured


def test_the_surroundings_do_not_change_a_log(monkeypatch):
    for name, value in (("FORCE_COLOR", "1"), ("COLUMNS", "50"), ("TERM", "dumb"), ("JUPYTER_COLUMNS", "40")):
        monkeypatch.setenv(name, value)

    assert report_table(every_outcome()) == WHOLE


def test_checks_that_go_on_without_evidence_are_named():
    undecided = every_outcome()
    decision = replace(undecided.decision, without_evidence=tuple(f"c{number}.drift" for number in range(7)))

    shown = report_table(replace(undecided, decision=decision))

    assert "\ngoes on   without evidence from c0.drift, c1.drift, c2.drift, c3.drift, c4.drift and 2 more\n" in shown

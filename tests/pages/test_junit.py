from __future__ import annotations

from airflow_mlquality.pages.junit import report_junit
from airflow_mlquality.verdict import Outcome
from tests.pages.reports import HOSTILE, every_outcome, parsed, report, verdict


def test_a_suite_per_family_and_a_case_per_check():
    expected = """\
<?xml version='1.0' encoding='UTF-8'?>
<testsuites name="people" tests="2" failures="1" errors="0" skipped="0" time="0.250">
  <testsuite name="people.completeness" tests="2" failures="1" errors="0" skipped="0" time="0.000" \
timestamp="2026-11-21T21:04:31">
    <properties>
      <property name="source" value="people.parquet" />
      <property name="rows" value="1000" />
      <property name="contract" value="people.yaml 0123456789ab" />
      <property name="reference" value="" />
      <property name="environment" value="" />
      <property name="decision" value="stop, because of id.not_null" />
    </properties>
    <testcase name="age.null_share" classname="people.completeness" time="0.000" />
    <testcase name="id.not_null" classname="people.completeness" time="0.000">
      <failure message="not_null of 'id' is not well" type="not_null">not_null of 'id' is not well
advice: mend it
contract: people.yaml:3</failure>
    </testcase>
  </testsuite>
</testsuites>"""

    assert report_junit(report(verdict(), verdict("id.not_null", Outcome.FAIL, at="people.yaml:3"))) == expected


def test_each_outcome_has_its_element():
    root = parsed(report_junit(every_outcome()))

    elements = {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}
    assert elements == {
        "row_count": [],
        "age.null_share": [],
        "age.between": ["failure"],
        "freshness": ["system-out"],
        "zip.matches": ["skipped"],
        "lives": ["error"],
        "label.prior": ["failure"],
        "age.drift": ["failure"],
    }


def test_the_counts_of_the_suites_add_up():
    root = parsed(report_junit(every_outcome()))

    for name, total in {"tests": 8, "failures": 3, "errors": 1, "skipped": 1}.items():
        assert int(root.get(name)) == total
        assert sum(int(suite.get(name)) for suite in root) == total


def test_a_failure_says_what_to_do_and_shows_the_rows():
    root = parsed(report_junit(every_outcome()))

    expected = """\
between of 'age' is not well
advice: mend it
contract: people.yaml:7
example: people.parquet row 3: id='a9', age=430
example: people.parquet row 8: id='a9', age=-1"""
    assert root.find(".//testcase[@name='age.between']/failure").text == expected


def test_control_characters_are_written_out():
    bad = verdict(HOSTILE, Outcome.FAIL, reason=HOSTILE, family=HOSTILE, advice=HOSTILE)

    root = parsed(report_junit(report(bad)))

    written = "<script>alert('x')</script>\"&\\x1b[31m\\x00\\u202e\\ud800 name"
    assert root.find(".//testcase").get("name") == written
    assert root.find(".//failure").get("message") == written

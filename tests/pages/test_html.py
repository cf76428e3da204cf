from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from airflow_mlquality.pages.html import content_security_policy, report_page, web_link
from airflow_mlquality.report import ContractInfo, ReferenceInfo
from airflow_mlquality.verdict import Example, Outcome
from tests.pages.reports import HOSTILE, every_outcome, number_drift, profile, report, verdict

VOID = {"meta", "input", "link", "br", "img"}
WRITTEN = "<script>alert('x')</script>\"&\\x1b[31m\\x00\\u202e\\ud800 name"


class Page(HTMLParser):
    """A document, read strictly: every element is closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"{tag} repeats an attribute"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.inside.setdefault(self.open[-1], []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag):
        return "".join(self.inside.get(tag, []))


def hostile_report():
    example = Example(HOSTILE, {HOSTILE: HOSTILE}, {HOSTILE + "2": HOSTILE})
    drift = number_drift(HOSTILE)
    cells = [{**cell, "label": HOSTILE} for cell in drift.evidence["cells"]]
    classes = [{"label": HOSTILE, "expected": 0.5, "observed": 0.4, "lo": 0.3, "hi": 0.45}]
    texts = dict.fromkeys(("reason", "advice", "at", "place", "unit", "family", "runbook"), HOSTILE)
    plain = profile()
    schema = replace(plain.schema, columns=tuple(replace(each, name=HOSTILE, native=HOSTILE) for each in plain.schema))
    return report(
        verdict(HOSTILE, Outcome.FAIL, observed=1.0, fail=0.5, examples=(example,), **texts),
        replace(drift, evidence={**drift.evidence, "cells": cells}),
        replace(drift, evidence={"kind": "category", "cells": cells}, id="two"),
        verdict("prior", Outcome.WARN, evidence={"classes": classes}, **texts),
        contract=ContractInfo(
            name=HOSTILE, origin=HOSTILE, digest=HOSTILE, owner=HOSTILE, runbook=HOSTILE, description=HOSTILE
        ),
        reference=ReferenceInfo(name=HOSTILE, source=HOSTILE, taken_at=HOSTILE, rows=1),
        environment=HOSTILE,
        started_at=HOSTILE,
        profile=replace(plain, schema=schema, source=HOSTILE),
        subject=dict.fromkeys(("dag_id", "task_id", "run_id", "map_index", "try_number"), HOSTILE),
    )


def test_the_runbook_of_a_check_stands_before_its_advice():
    page = report_page(report(verdict("age.unique", Outcome.FAIL, runbook="runbooks/age")))

    assert page.index("<dt>Runbook</dt><dd>runbooks/age</dd>") < page.index("<dt>Advice</dt><dd>mend it</dd>")


@pytest.mark.parametrize("given", [every_outcome(), hostile_report(), report()], ids=["every", "hostile", "empty"])
class TestEveryPage:
    def test_it_is_one_well_formed_document(self, given):
        page = Page(report_page(given))

        assert [tag for tag, _ in page.elements][:3] == ["html", "head", "meta"]
        assert len(page.all("h1")) == 1

    def test_it_fetches_nothing(self, given):
        page = Page(report_page(given))

        assert [tag for tag, attributes in page.elements if "src" in attributes or tag in ("link", "img", "base")] == []
        addresses = [value for _, attributes in page.elements for name, value in attributes.items() if "href" in name]
        assert [each for each in addresses if not each.startswith(("#i-", "https://wiki.example.com/"))] == []
        assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest", page.text("style") + page.text("script"))

    def test_no_element_has_a_style_or_an_event_attribute(self, given):
        page = Page(report_page(given))

        names = {name for _, attributes in page.elements for name in attributes}
        assert [name for name in names if name == "style" or name.startswith("on")] == []

    def test_its_policy_allows_its_own_style_and_script_alone(self, given):
        page = Page(report_page(given))

        def hashed(tag):
            return base64.b64encode(hashlib.sha256(page.text(tag).encode()).digest()).decode()

        assert len(page.all("script")) == len(page.all("style")) == 1
        policies = [each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
        expected = (
            f"default-src 'none'; style-src 'sha256-{hashed('style')}'; script-src 'sha256-{hashed('script')}'; "
            "img-src data:; base-uri 'none'; form-action 'none'"
        )
        assert policies == [content_security_policy()] == [expected]

    def test_every_name_that_an_element_refers_to_exists_once(self, given):
        page = Page(report_page(given))

        names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        wanted = {each["aria-labelledby"] for _, each in page.elements if "aria-labelledby" in each}
        wanted |= {each["href"].removeprefix("#") for each in page.all("use")}
        assert len(names) == len(set(names))
        assert wanted <= set(names)

    def test_every_picture_has_a_name(self, given):
        pictures = Page(report_page(given)).all("svg")

        assert [each for each in pictures if not each.get("aria-label") and each.get("aria-hidden") != "true"] == []

    def test_it_can_be_written_as_utf_8_without_control_characters(self, given):
        text = report_page(given)

        assert text.encode()
        assert [char for char in text if ord(char) < 32 and char != "\n"] == []


def test_hostile_names_are_shown_as_they_are():
    page = Page(report_page(hostile_report()))

    assert page.text("title").startswith(f"FAIL · {WRITTEN}")
    assert WRITTEN in page.text("h1")
    assert WRITTEN in page.text("td")
    assert page.all("a") == []


def test_a_web_address_becomes_a_link_and_nothing_else_does():
    page = Page(report_page(every_outcome()))

    links = {link["href"]: (link["target"], link["rel"]) for link in page.all("a")}
    outside = ("_blank", "noopener noreferrer")
    assert links == {"https://wiki.example.com/people": outside, "https://wiki.example.com/lives": outside}
    assert [web_link(text) for text in ("javascript:alert(1)", "data:text/html,x", "//host/x", "", None)] == [""] * 5


def test_checks_that_do_not_pass_come_worst_first_then_the_passes():
    page = Page(report_page(every_outcome()))

    outcomes = [row["data-outcome"] for row in page.all("tr") if "data-outcome" in row]
    checks = ["error", "fail", "fail", "fail", "warn", "undecided", "pass", "pass"]
    assert outcomes == [*checks, "fail"]  # the last is the row of the drift table


def test_the_outcomes_that_occur_are_filters():
    filters = [button["data-filter"] for button in Page(report_page(every_outcome())).all("button")]

    assert filters == ["", "error", "fail", "warn", "undecided", "pass"]


def test_a_failed_check_shows_what_to_do_and_its_rows():
    text = report_page(every_outcome())

    for shown in ("<dd>mend it</dd>", '<dd class="mono">people.yaml:7</dd>', "<td>people.parquet row 3</td>",
                  "<td>430</td>"):  # fmt: skip
        assert shown in text


def test_the_task_and_the_run_are_named():
    text = " ".join(report_page(every_outcome()).split())

    for shown in ("team@example.com", "train.parquet, 9,000 rows, taken 2026-11-01 00:00:00 UTC",
                  "2026-11-21 21:04:31 UTC",
                  "<dt>Try</dt><dd>2</dd>", "1 scan, 2 queries", "stop, because of age.between"):  # fmt: skip
        assert shown in text
    assert "Map index" not in text


def test_the_columns_are_shown_as_measured():
    text = report_page(every_outcome())

    for shown in ("1.2%", "16", "41.5", "91", "1 NaN or infinite", "2 to 9 characters, 1,000 distinct",
                  "newest 2025-11-21 21:00:00 UTC", 'title="TIMESTAMP WITH TIME ZONE">timestamp tz<'):  # fmt: skip
        assert shown in text


def test_three_thousand_drifting_columns_stay_readable():
    drifts = [number_drift(f"c{number}", observed=number / 1000) for number in range(3000)]

    text = report_page(report(*drifts))

    page = Page(text)
    assert len(page.all("figure")) == 24
    assert "2,976 more columns that moved less are in the table only." in text
    assert "2,960 more that do not pass" in text
    assert text.index('title="c2999"') < text.index('title="c2976"')
    assert len(text) < 6_000_000


def test_few_passing_checks_are_open_and_many_are_folded_away():
    def is_open(number):
        page = Page(report_page(report(*(verdict(f"c{each}.unique") for each in range(number)))))
        return ["open" in each for each in page.all("details") if "passes" in each["class"]]

    assert (is_open(0), is_open(12), is_open(13)) == ([], [True], [False])


def test_a_source_that_could_not_be_read_has_a_page():
    nothing = replace(profile(), facts={}, schema=replace(profile().schema, columns=()))

    text = report_page(report(verdict("source", Outcome.ERROR), profile=nothing))

    assert "the rows could not be read" in text
    assert '<h2 id="columns">' not in text

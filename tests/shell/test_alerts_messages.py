"""What receivers are sent: the forms of Slack, Teams, Power BI and plain JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from airflow_mlquality.alerting import Alert, Trouble
from airflow_mlquality.get_provider_info import get_provider_info
from airflow_mlquality.hooks.webhook import WebhookHook
from airflow_mlquality.notifications import QualityWebhookNotifier
from airflow_mlquality.notifications.messages import FORMATS, lines, powerbi, slack, teams, trouble_text
from airflow_mlquality.operators.endings import WrongUsage

HOSTILE = "a`b*_<!channel>|[x](http://evil)&\n\x1b[31m"
ALERT = Alert(
    change="bad",
    level="fail",
    before="good",
    dag_id="flights",
    task_id="gate",
    run_id="r",
    contract="features",
    owner="ml@example.com",
    runbook="https://wiki/gate",
    at="2026-03-02T00:00:00+00:00",
    since="2026-03-01T00:00:00+00:00",
    runs=2,
    headline="FAIL features",
    decision="stop",
    stops=True,
    rows=1200,
    counts={"fail": 1, "pass": 3},
    troubles=(
        Trouble(
            id="drift.age", check="drift", outcome="fail", observed=0.4, unit="PSI", interval=(0.3, 0.5), fail=0.25
        ),
        Trouble(
            id="n", check="row_count", outcome="warn", observed=1200, unit="rows", warn=(5000, None), advice="load"
        ),
        Trouble(id="u", check="unique", outcome="undecided", cause="no_data"),
    ),
    troubles_left_out=4,
    instances=("3 (day=2026-03-01)", "4"),
    instances_bad=12,
    instances_known=20,
    page="https://airflow/mlquality/runs/x/report",
)


def test_the_plain_text_says_what_how_bad_since_when_what_to_do_and_where():
    assert lines(ALERT) == [
        "❌ FAIL features · flights.gate",
        "What to do: https://wiki/gate",
        "Since: 2026-03-01T00:00:00+00:00 (2 runs in a row)",
        "Data of: 2026-03-02T00:00:00+00:00",
        "Next: the DAG does not go on as planned",
        "Checks: 1 fail, 3 pass on 1,200 rows",
        "Instances: 12 bad of 20 known so far: 3 (day=2026-03-01), 4 and 10 more; further ones are on the page",
        "Owner: ml@example.com",
        "- fail drift.age: 0.4 PSI [0.3, 0.5], fail 0.25",
        "- warn n: 1,200 rows, warn [5,000, …]",
        "  load",
        "- undecided u: no_data",
        "and 4 more checks",
        "Page: https://airflow/mlquality/runs/x/report",
    ]


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"change": "worse", "before": "warn"}, "❌ FAIL (was warn) features · flights.gate"),
        (
            {"change": "better", "before": "fail", "level": "warn"},
            "⚠️ WARN (was fail) features · flights.gate",
        ),
        ({"change": "recovered", "before": "fail", "level": "good"}, "✅ RECOVERED features · flights.gate"),
    ],
)
def test_the_title_says_what_changed(change, title):
    assert lines(replace(ALERT, **change))[0] == title


def test_a_row_of_bad_runs_whose_begin_is_not_known_is_said_to_be_longer():
    assert "Since: before 2026-03-01T00:00:00+00:00 (more than 2 runs in a row)" in lines(
        replace(ALERT, since_is_known=False)
    )


def test_a_message_of_slack_keeps_its_limits_and_lets_nothing_through():
    many = tuple(Trouble(id=HOSTILE * 20, check="c", outcome="fail", advice=HOSTILE * 20) for _ in range(8))
    message = slack(replace(ALERT, contract=HOSTILE * 50, owner=HOSTILE, troubles=many))

    header, *sections = message["blocks"]
    assert len(header["text"]["text"]) <= 150
    assert all(len(section["text"]["text"]) <= 3000 for section in sections)
    text = json.dumps(message["blocks"][1:])
    assert "<!channel>" not in text
    assert "<http://evil" not in text
    assert "\\u001b" not in text
    assert sections[-1]["text"]["text"] == "<https://airflow/mlquality/runs/x/report|Open the report>"


def test_a_message_of_teams_is_an_adaptive_card_whose_texts_are_no_markdown():
    (attachment,) = teams(replace(ALERT, owner="[x](http://evil) **b**"))["attachments"]

    card = attachment["content"]
    assert (attachment["contentType"], card["type"]) == ("application/vnd.microsoft.card.adaptive", "AdaptiveCard")
    title, known, checks, more = card["body"]
    assert (title["color"], more["text"]) == ("Attention", "and 4 more checks")
    assert {"title": "Owner", "value": r"\[x\]\(http://evil\) \*\*b\*\*"} in known["facts"]
    assert checks["facts"][1] == {"title": "n", "value": r"1,200 rows, warn \[5,000, …\] · load"}
    assert card["actions"] == [
        {"type": "Action.OpenUrl", "title": "Open the report", "url": "https://airflow/mlquality/runs/x/report"}
    ]


def test_the_runbook_of_a_check_stands_before_its_advice():
    trouble = replace(ALERT.troubles[1], runbook="runbooks/rows")
    alert = replace(ALERT, troubles=(trouble,))

    told = lines(alert)
    assert told[told.index("  runbooks/rows") + 1] == "  load"
    assert "    _runbooks/rows_\n    _load_" in slack(alert)["blocks"][2]["text"]["text"]
    (check,) = teams(alert)["attachments"][0]["content"]["body"][2]["facts"]
    assert check["value"].endswith(" · runbooks/rows · load")


def test_a_page_without_a_web_address_is_no_link():
    alert = replace(ALERT, page="/mlquality/runs/x/report")

    assert "actions" not in teams(alert)["attachments"][0]["content"]
    assert len(slack(alert)["blocks"]) == 3


def test_power_bi_gets_a_flat_row_per_check_and_one_when_all_is_good():
    rows = powerbi(ALERT)["rows"]
    good = powerbi(replace(ALERT, troubles=()))["rows"]

    assert [(row["check_id"], row["outcome"], row["observed"]) for row in rows] == [
        ("drift.age", "fail", 0.4),
        ("n", "warn", 1200),
        ("u", "undecided", None),
    ]
    assert [row.keys() for row in good] == [rows[0].keys()]
    assert not any(isinstance(value, dict | list) for row in rows for value in row.values())


@pytest.mark.parametrize("name", FORMATS)
def test_every_form_is_json_in_every_state(name):
    for change in ("bad", "worse", "better", "recovered", "state"):
        for level in ("good", "undecided", "warn", "fail", "error"):
            alert = replace(ALERT, change=change, level=level, troubles=(), rows=None, counts={}, since="")

            assert json.loads(json.dumps(FORMATS[name](alert), allow_nan=False))


def test_a_check_that_fails_in_many_instances_says_so():
    assert trouble_text(
        Trouble(id="a", check="c", outcome="fail", observed=0.5, unit="share", fail=0.1, instances=7)
    ) == ("0.5, fail 0.1, in 7 instances")


# ---- addresses ----


@pytest.mark.parametrize(
    ("connection", "address"),
    [
        (
            {"host": "https://hooks.slack.com/services", "password": "T0/B0/x"},
            "https://hooks.slack.com/services/T0/B0/x",
        ),
        ({"password": "https://example.com/a?sig=1"}, "https://example.com/a?sig=1"),
        ({"host": "example.com", "port": 8443, "password": "/s"}, "https://example.com:8443/s"),
        ({"host": "example.com", "schema": "http", "password": ""}, "http://example.com"),
        ({"conn_type": "slackwebhook", "password": "T0/B0/x"}, "https://hooks.slack.com/services/T0/B0/x"),
        (
            {"conn_type": "http", "host": "example.com", "port": 81, "password": "p", "login": "l"},
            "http://example.com:81",
        ),
        ({"conn_type": "http", "host": "https://example.com/base"}, "https://example.com/base"),
    ],
)
def test_where_a_connection_leads(monkeypatch, connection, address):
    monkeypatch.setenv("AIRFLOW_CONN_CHAT", json.dumps({"conn_type": "mlquality_webhook", **connection}))

    assert WebhookHook("chat").get_conn().address == address


def test_an_http_connection_gives_its_login_and_its_headers_and_ours_a_token(monkeypatch):
    http = {"conn_type": "http", "host": "h", "login": "l", "password": "p", "extra": {"X-Key": "k", "timeout": 3}}
    ours = {"conn_type": "mlquality_webhook", "host": "h", "extra": {"token": "t0ken", "verify": "false"}}
    monkeypatch.setenv("AIRFLOW_CONN_A", json.dumps(http))
    monkeypatch.setenv("AIRFLOW_CONN_B", json.dumps(ours))

    a, b = WebhookHook("a", endpoint="v1/alerts").get_conn(), WebhookHook("b").get_conn()

    assert (a.address, a.login, a.password, dict(a.headers)) == ("http://h/v1/alerts", "l", "p", {"X-Key": "k"})
    assert (b.login, b.password, b.token, b.verify) == ("", "", "t0ken", False)
    assert "t0ken" not in repr(b)


@pytest.mark.parametrize("connection", [{"host": "ftp://example.com"}, {"password": "only-the-end"}, {}])
def test_a_connection_that_leads_nowhere_is_told(monkeypatch, connection):
    monkeypatch.setenv("AIRFLOW_CONN_CHAT", json.dumps({"conn_type": "mlquality_webhook", **connection}))

    with pytest.raises(WrongUsage, match="Connection 'chat' names no address that takes messages"):
        WebhookHook("chat").get_conn()


def test_a_connection_that_is_not_there_is_told():
    with pytest.raises(WrongUsage, match="nobody"):
        WebhookHook("nobody").get_conn()


# ---- in Airflow ----


def test_a_dag_that_names_our_notifier_and_questions_loads_nothing_heavy():
    code = """
from airflow.sdk import DAG, Asset
import sys
before = set(sys.modules)
from airflow_mlquality.notifications import QualityWebhookNotifier
from airflow_mlquality.operators import QualityApprovalOperator, publish_good_partitions, require_quality
with DAG("d", schedule=None):
    told = QualityWebhookNotifier("chat", format="teams")
    QualityApprovalOperator(task_id="ask", contract="c.yaml", source="a.csv", notifiers=[told])
    require_quality(Asset("a b/c"))
print(" ".join(set(sys.modules) - before))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.splitlines()[-1].split())

    heavy = {"numpy", "pandas", "scipy", "pyarrow", "duckdb", "sqlglot", "fastapi", "requests", "openlineage.client"}
    assert loaded & heavy == set()
    assert loaded.isdisjoint({"airflow_mlquality.alerting", "airflow_mlquality.audit", "airflow.triggers.base"})


def test_the_provider_names_the_notifier_and_the_connection_that_it_takes():
    info = get_provider_info()
    connections = {each["connection-type"]: each["hook-class-name"] for each in info["connection-types"]}

    assert connections[WebhookHook.conn_type] == f"{WebhookHook.__module__}.{WebhookHook.__name__}"
    assert info["notifications"] == [f"{QualityWebhookNotifier.__module__}.{QualityWebhookNotifier.__name__}"]

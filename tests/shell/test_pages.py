from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from airflow_mlquality.operators import QualityGateOperator
from airflow_mlquality.operators.settings import store_from_config
from tests.shell.runs import run_dag, sync

HTML = {"accept": "text/html"}


@pytest.fixture(scope="session")
def client(airflow_database):  # noqa: ARG001  the server reads it
    """An API server that has mounted the plugin's app."""
    from airflow.api_fastapi.app import init_auth_manager
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from airflow_mlquality.ui.plugin import MLQualityPlugin

    server = FastAPI()
    init_auth_manager(server)
    for mounted in MLQualityPlugin.fastapi_apps:
        server.mount(mounted["url_prefix"], mounted["app"])
    return TestClient(server, follow_redirects=False)


def login(user):
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    token = get_auth_manager().generate_jwt(SimpleAuthManagerUser(username=user, role="VIEWER"))
    return {"authorization": f"Bearer {token}", **HTML}


@pytest.fixture
def retried(dag, tmp_path, contract):
    """A run whose gate could not read its source at first, then found bad rows; and the address of its page."""
    late = tmp_path / "late.csv"
    with dag:
        QualityGateOperator(
            task_id="gate",
            contract=contract,
            source=str(late),
            retries=1,
            retry_delay=timedelta(0),
            on_retry_callback=lambda _: late.write_text("age\n30\n999\n"),
        )
    run = run_dag(dag)
    return run, run.xcom("gate", "_link_ReportLink").removeprefix("/team-a/af")


def test_a_page_needs_a_login(client, retried):
    _, path = retried

    assert client.get(path).status_code == 401
    assert client.get(path, headers=HTML).status_code == 401
    assert client.get(path, headers={"authorization": "Bearer nonsense"}).status_code in (401, 403)
    assert client.get("/mlquality/docs").status_code == 404
    assert client.get("/mlquality/openapi.json").status_code == 404


def test_somebody_who_opens_the_page_in_a_tab_of_their_own_is_led_to_the_login(client, retried):
    _, path = retried

    answer = client.get(path, headers={**HTML, "sec-fetch-dest": "document"})

    assert answer.status_code == 302
    assert "login" in answer.headers["location"]


def test_a_reader_of_the_dag_sees_the_report_of_the_latest_try(client, retried):
    run, path = retried

    answer = client.get(path, headers=login(run.dag_id))

    assert answer.status_code == 200
    assert "age.between" in answer.text
    assert '<nav class="tries" aria-label="Tries">Try <a href="?try=1">1</a> · <b>2</b></nav>' in answer.text


def test_an_earlier_try_can_be_asked_for_and_a_wrong_one_is_the_latest(client, retried):
    run, path = retried

    first = client.get(f"{path}?try=1", headers=login(run.dag_id)).text
    wrong = client.get(f"{path}?try=99", headers=login(run.dag_id)).text

    assert "<b>1</b>" in first
    assert "no such file" in first
    assert "<b>2</b>" in wrong


def test_the_tab_of_a_task_that_is_not_mapped_leaves_the_placeholder(client, retried):
    run, path = retried

    answer = client.get(path.replace("/-1/", "/%7BMAP_INDEX%7D/"), headers=login(run.dag_id))

    assert answer.status_code == 200


def test_an_unknown_dag_and_a_forbidden_one_look_the_same(client, retried):
    run, path = retried

    forbidden = client.get(path, headers=login("somebody_else"))
    unknown = client.get(path.replace(run.dag_id, "no_such_dag"), headers=login("no_such_dag"))
    any_dag = client.get(path.replace(run.dag_id, "~"), headers=login("~"))

    assert (forbidden.status_code, unknown.status_code, any_dag.status_code) == (403, 403, 403)
    assert forbidden.text == unknown.text == any_dag.text


def test_a_task_without_a_report_gets_a_friendly_page(client, dag):
    sync(dag)

    answer = client.get(f"/mlquality/runs/{dag.dag_id}/extract/manual__1/-1/report", headers=login(dag.dag_id))

    assert answer.status_code == 404
    assert "<h1>No quality report</h1>" in answer.text
    assert str(store_from_config().root) in answer.text


def test_a_report_that_cannot_be_read_says_so(client, retried):
    run, path = retried
    store = store_from_config()
    address = store.report_addresses(run.dag_id, "gate", run.run_id)[-1]
    Path(store.location(address)).write_text('{"format": "mlquality.report/99"}')

    answer = client.get(path, headers=login(run.dag_id))

    assert answer.status_code == 404
    assert "The report of try 2 cannot be read." in answer.text
    assert '<a href="?try=1">1</a>' in answer.text


@pytest.mark.parametrize("hostile", ["%2e%2e/%2e%2e/etc", "..%2f..%2fetc", "%252e%252e%252f"])
def test_a_hostile_path_reaches_nothing(client, dag, hostile):
    sync(dag)

    answer = client.get(f"/mlquality/runs/{dag.dag_id}/{hostile}/x/-1/report", headers=login(dag.dag_id))

    assert answer.status_code == 404


def test_every_page_comes_with_a_strict_policy_and_may_be_framed_by_airflow_only(client, retried):
    run, path = retried

    for answer in (client.get(path, headers=login(run.dag_id)), client.get(path, headers=HTML)):
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        assert policy.endswith("; frame-ancestors 'self'")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_names_from_the_data_are_escaped(client, dag, tmp_path):
    (tmp_path / "hostile.csv").write_text("<script>alert(1)</script>\n1\n")
    contract = {"version": 1, "contract": "x", "schema": {"extra_columns": "fail"}, "columns": {"age": {}}}
    with dag:
        QualityGateOperator(task_id="gate", contract=contract, source=str(tmp_path / "hostile.csv"))
    run = run_dag(dag)

    path = run.xcom("gate", "_link_ReportLink").removeprefix("/team-a/af")
    page = client.get(path, headers=login(run.dag_id)).text

    assert "alert(1)" in page
    assert "<script>alert(1)" not in page

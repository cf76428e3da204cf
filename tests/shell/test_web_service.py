"""A model's service as it is in life: asked again where that helps, never for ever, and no word about secrets."""

from __future__ import annotations

import logging
import time

import pytest

from airflow_mlquality.hooks.endpoint import EndpointHook
from airflow_mlquality.hooks.web import NoAnswerError
from airflow_mlquality.operators.endings import InfrastructureError, WrongUsage
from tests.servers import free_port
from tests.shell.services import ModelService, connection

NAME = "The endpoint (connection 'model')"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with ModelService(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture
def service(running):
    running.manners({})
    (running.folder / "log").unlink(missing_ok=True)
    return running


@pytest.fixture
def connected(monkeypatch):
    def connect(text):
        monkeypatch.setenv("AIRFLOW_CONN_MODEL", text)
        return EndpointHook("model")

    return connect


def message_of(call, kind):
    with pytest.raises(kind) as raised:
        call()
    assert type(raised.value) is kind
    return str(raised.value)


def test_an_answer_is_an_answer_whatever_its_status(service, connected):
    service.manners({"status": 404, "body": "no"})

    answer = connected(service.connection()).ask("GET", "v1/serving")

    assert (answer.status, answer.is_ok, answer.body, answer.json()) == (404, False, b"no", None)
    assert service.asked() == ["GET /v1/serving"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_one_that_cannot_now_is_asked_again(service, connected, status):
    service.manners({"status": status}, {"status": 200, "body": "[1]"})

    assert connected(service.connection()).ask("GET", "/").json() == [1]
    assert len(service.asked()) == 2


def test_a_connection_that_breaks_is_tried_again(service, connected):
    service.manners({"cut": True}, {"body": "1"})

    assert connected(service.connection()).ask("GET", "/").json() == 1


def test_one_that_never_can_is_an_error_of_infrastructure_that_says_what_to_do(service, connected):
    service.manners({"status": 500})

    message = message_of(lambda: connected(service.connection(retries=2)).ask("PUT", "/v1"), NoAnswerError)

    assert message == (
        f"{NAME} does not do PUT http://127.0.0.1:{service.port}/v1: it answers 500, asked 3 times. See that it runs "
        "and that this machine reaches it, and run the task again"
    )
    assert issubclass(NoAnswerError, InfrastructureError)
    assert service.asked() == ["PUT /v1"] * 3


def test_one_that_is_down_is_no_connection(connected):
    message = message_of(lambda: connected(connection(free_port())).ask("GET", "/"), NoAnswerError)

    assert "no connection, asked 2 times. See that it runs" in message


@pytest.mark.parametrize("manner", [{"after": 5}, {"trickle": 0.05, "body": "x" * 400}], ids=["silent", "trickling"])
def test_one_that_is_slow_is_not_waited_for(service, connected, manner):
    service.manners(manner)
    hook = connected(service.connection(timeout=0.3, retries=0))
    start = time.monotonic()

    message = message_of(lambda: hook.ask("GET", "/"), NoAnswerError)

    assert time.monotonic() - start < 3
    assert "it did not answer in time, asked 1 time. See" in message


def test_an_answer_without_end_is_not_read(service, connected):
    service.manners({"body": "x" * 5_000_000})

    assert "its answer broke off or is none" in message_of(
        lambda: connected(service.connection(timeout=20, retries=0)).ask("GET", "/"), NoAnswerError
    )


def test_a_pause_that_is_asked_for_is_made(service, connected):
    service.manners(
        {"status": 429, "headers": {"Retry-After": "0.4"}}, {"status": 503, "headers": {"Retry-After": "x"}}, {}
    )
    start = time.monotonic()

    connected(service.connection(retries=2)).ask("GET", "/")

    assert time.monotonic() - start >= 0.4


@pytest.mark.parametrize("status", [401, 403])
def test_one_that_does_not_let_us_in_is_not_asked_again(service, connected, status):
    service.manners({"status": status})

    message = message_of(lambda: connected(service.connection()).ask("GET", "/v1"), WrongUsage)

    assert message == (
        f"{NAME} refuses GET /v1 ({status}). See that the connection's login and password, or its token, are right and "
        "may do that"
    )
    assert len(service.asked()) == 1


def test_a_redirection_is_not_followed_for_it_would_make_a_put_a_get(service, connected):
    service.manners({"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}})

    message = message_of(lambda: connected(service.connection()).ask("PUT", "/v1", body=1), WrongUsage)

    assert message == f"{NAME} sends PUT /v1 elsewhere (302). Name that address in the connection"


def test_a_token_wins_over_a_login_and_neither_is_told(service, connected, caplog, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    service.manners({"status": 500})
    secrets = {
        "login": "me",
        "password": "p4ssw0rd-of-mine",
        "token": "t0ken-of-mine",
        "headers": {"X-Key": "k3y-of-mine"},
    }
    caplog.set_level(logging.DEBUG)

    hook = connected(service.connection(**secrets))
    told = message_of(lambda: hook.ask("GET", "/"), NoAnswerError) + caplog.text + repr(hook.get_conn())

    assert {request["Authorization"] for request in service.requests()} == {"Bearer t0ken-of-mine"}
    assert {request["X-Key"] for request in service.requests()} == {"k3y-of-mine"}
    assert [secret for secret in ("p4ssw0rd", "t0ken", "k3y") if secret in told] == []


def test_a_login_is_sent_as_such_and_without_one_nobody_is_named(service, connected, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))

    connected(service.connection(login="me", password="geheim: ä")).ask("GET", "/")
    connected(service.connection()).ask("GET", "/")

    first, second = service.requests()
    assert first["Authorization"] == "Basic bWU6Z2VoZWltOiDDpA=="
    assert "Authorization" not in second


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"conn_type": "http"}', "connection 'model' names no web service. Give its host"),
        ('{"conn_type": "http", "host": "ftp://x"}', "connection 'model' names no web service. Give its host"),
        (
            '{"conn_type": "http", "host": "https://me:secret@x"}',
            "connection 'model' names no web service. Give its host",
        ),
        (connection(1, timeout="soon"), "connection 'model': timeout is no number from 0 on. Correct its extra"),
        (connection(1, retries=-1), "connection 'model': retries is no number from 0 on. Correct its extra"),
        (connection(1, headers={"X": "a\nb"}), f"{NAME}: http://127.0.0.1:1/ cannot be asked (InvalidHeader)"),
    ],
)
def test_a_wrong_connection_is_named_and_never_retried(connected, text, message):
    told = message_of(lambda: connected(text).ask("GET", "/"), WrongUsage)

    assert told.startswith(message)
    assert "secret" not in told


def test_a_connection_that_is_not_there_is_named():
    assert message_of(lambda: EndpointHook("nobody").ask("GET", "/"), WrongUsage) == (
        "connection 'nobody' is not defined. Add it under Admin, Connections, or name another"
    )


@pytest.mark.parametrize(
    ("host", "more", "address"),
    [
        ("models.example.com", {}, "http://models.example.com"),
        ("models.example.com", {"schema": "https", "port": 8443}, "https://models.example.com:8443"),
        ("https://models.example.com/team/a/", {"port": 443}, "https://models.example.com:443/team/a"),
        ("https://models.example.com:5000", {"port": 443}, "https://models.example.com:5000"),
        ("http://[::1]", {"port": 80}, "http://[::1]:80"),
    ],
)
def test_an_address_is_put_together_as_people_write_it(host, more, address):
    from airflow.sdk import Connection

    from airflow_mlquality.hooks.endpoint import address_of

    assert address_of(Connection(conn_id="model", conn_type="http", host=host, **more), "model") == address


def test_it_is_well_when_its_health_path_answers(service, connected):
    service.manners({"status": 204})
    hook = connected(service.connection(health="/health"))

    assert hook.is_healthy() == (True, f"{NAME} answers GET /health with 204")
    assert hook.is_healthy("/ready") == (True, f"{NAME} answers GET /ready with 204")
    service.manners({"status": 404})
    assert hook.test_connection() == (False, f"{NAME} answers GET /health with 404")
    service.manners({"status": 503})
    is_well, why = hook.test_connection()
    assert not is_well
    assert "it answers 503, asked 1 time." in why
    assert service.asked()[0] == "GET /health"
    assert EndpointHook("nobody").test_connection()[0] is False


def test_airflow_knows_the_connection_types_and_their_forms():
    from airflow.providers_manager import ProvidersManager
    from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

    manager, hooks = ProvidersManager(), ProvidersManagerTaskRuntime().hooks
    for kind, hook in (("mlquality_endpoint", "EndpointHook"), ("mlquality_mlflow", "MlflowHook")):
        assert hooks[kind].hook_class_name.endswith(hook)
        assert manager.field_behaviours[kind]["relabeling"] == {"schema": "Scheme"}
    token = manager.connection_form_widgets["extra__mlquality_endpoint__token"]
    assert token.is_sensitive
    assert token.field["schema"]["format"] == "password"

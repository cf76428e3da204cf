"""A real Airflow of one's own: database, API server, scheduler with LocalExecutor, DAG processor, on free ports.

It lives in one folder, listens on this machine only, and ends with the program that started it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

DAGS = Path(__file__).parents[1] / "dags_examples"
FINAL = ("success", "failed")
COMPONENTS = {
    "api-server": ("api-server", "--workers", "1"),
    "scheduler": ("scheduler", "--skip-serve-logs"),  # its log server would listen on all interfaces
    "dag-processor": ("dag-processor",),
}
TRIGGERER = {"triggerer": ("triggerer", "--skip-serve-logs")}


class AirflowDidNotStartError(RuntimeError):
    """A component ended, or was not ready in time."""

    @classmethod
    def component_ended(cls, name: str, code: int, home: Path) -> Self:
        """Say which one, and the last that it said."""
        text = (home / "logs" / f"{name}.log").read_text(errors="replace")[-3000:]
        return cls(f"{name} ended with {code}:\n{text}")


class HomeInUseError(SystemExit):
    """Another program of this checkout runs an Airflow in the same folder."""


@contextmanager
def owned(home: Path) -> Iterator[Path]:
    """Own a folder until the block ends, whatever ends it; two Airflows in one folder would spoil each other."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"an Airflow already runs in {home.name}/ (make ui, or make demo); stop it first"
            raise HomeInUseError(msg) from None
        yield home


class RealAirflow:
    """A running Airflow with the example DAGs; use it as a context manager.

    Parameters
    ----------
    home
        Its folder: configuration, database, logs and reports.
    data
        The flights, as `flight_data.lay_out` wrote them.
    port
        Of the API server; a free one by default.
    dags
        Folder of DAG files.
    say
        Where it tells what it is doing.
    """

    def __init__(
        self, home: Path, data: Path, *, port: int = 0, dags: Path = DAGS, say: Callable[[str], None] = print
    ) -> None:
        self.home = home.resolve()
        self.port = port or free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.say = say
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.web = requests.Session()
        self.web.trust_env = False  # a proxy of the environment has no business on this machine's own address
        self.environment = environment(self.home, self.address, self.port, data.resolve(), dags.resolve())

    # ---- life ----

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, components: dict[str, tuple[str, ...]] | None = None, timeout: float = 300) -> None:
        """Create the database, start all components and wait until they are healthy."""
        (self.home / "logs").mkdir(parents=True, exist_ok=True)
        self.say("creating its database")
        self._until(self._has_ended(self._launch("db", "db", "migrate")), timeout, "the database")
        del self.processes["db"]
        components = components or COMPONENTS
        self.say(f"starting {', '.join(components)}")
        for name, arguments in components.items():
            self._launch(name, *arguments)
        self._until(self._is_healthy, timeout, "Airflow to be healthy")
        self.log_in()

    def start_component(self, name: str, *arguments: str) -> None:
        """Start one more component, or one that has ended, without waiting for it."""
        self._launch(name, *arguments)

    def are_running(self) -> bool:
        """Return whether no component has ended."""
        return all(process.poll() is None for process in self.processes.values())

    def stop(self) -> None:
        """Stop every component by its own process id, and what it has started."""
        for process in reversed(self.processes.values()):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
            kill_group(process.pid)
            process.wait()
        self.processes.clear()
        self.web.close()

    def _launch(self, name: str, *arguments: str) -> str:
        with (self.home / "logs" / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "airflow", *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches this program only, which stops each component in order
            )
        return name

    def _has_ended(self, name: str) -> Callable[[], bool]:
        def has_ended() -> bool:
            code = self.processes[name].poll()
            if code:
                raise AirflowDidNotStartError.component_ended(name, code, self.home)
            return code == 0

        return has_ended

    def _is_healthy(self) -> bool:
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise AirflowDidNotStartError.component_ended(name, process.returncode, self.home)
        try:
            health = self.web.get(f"{self.address}/api/v2/monitor/health", timeout=10).json()
        except (requests.ConnectionError, requests.Timeout, ValueError):
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

    def _until(self, done: Callable[[], bool], timeout: float, what: str) -> None:
        deadline = time.monotonic() + timeout
        while not done():
            if time.monotonic() > deadline:
                msg = f"waited {timeout:.0f} s in vain for {what}; see {self.home / 'logs'}"
                raise AirflowDidNotStartError(msg)
            time.sleep(0.5)

    # ---- its REST API ----

    @property
    def password(self) -> str:
        """Password of the user `admin`."""
        file = self.home / "simple_auth_manager_passwords.json.generated"
        return str(json.loads(file.read_text(encoding="utf-8"))["admin"])

    def log_in(self) -> None:
        """Get a token for all further requests."""
        login = {"username": "admin", "password": self.password}
        answer = self.web.post(f"{self.address}/auth/token", json=login, timeout=60)
        answer.raise_for_status()
        self.web.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the JSON answer to a GET request below `/api/v2/`."""
        answer = self.web.get(
            f"{self.address}/api/v2/{path}", params=parameters, timeout=120, headers={"Accept": "application/json"}
        )
        answer.raise_for_status()
        return answer.json()

    def wait_for_dags(self, dag_ids: Iterable[str], timeout: float = 120) -> None:
        """Wait until all these DAGs are known."""
        wanted = set(dag_ids)
        self._until(
            lambda: wanted <= {dag["dag_id"] for dag in self.get("dags")["dags"]}, timeout, f"the DAGs {sorted(wanted)}"
        )

    def trigger(self, dag_id: str, **conf: Any) -> str:
        """Start a run and return its id."""
        answer = self.web.post(
            f"{self.address}/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf}, timeout=120
        )
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def wait_for_run(self, dag_id: str, run_id: str, timeout: float = 300) -> str:
        """Wait until a run has ended and return its state."""
        path = f"dags/{dag_id}/dagRuns/{run_id}"
        self._until(lambda: self.get(path)["state"] in FINAL, timeout, f"run {run_id} of {dag_id}")
        return str(self.get(path)["state"])

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str]:
        """Return the state of every task of a run."""
        tasks = self.get(f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in tasks}

    def log_lines(self, dag_id: str, run_id: str, task_id: str, try_number: int = 1) -> list[str]:
        """Return what a task logged, one event per item."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        return [str(event["event"]) for event in self.get(path)["content"] if "event" in event]

    def links(self, dag_id: str, run_id: str, task_id: str) -> dict[str, str | None]:
        """Return the extra links of a task instance."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/links"
        return dict(self.get(path)["extra_links"])

    def xcom(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """Return what a task left behind."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self.get(path, deserialize=False)["value"]


def environment(home: Path, address: str, port: int, data: Path, dags: Path) -> dict[str, str]:
    """Return the environment of all components; nothing of an outer Airflow reaches in."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    options = {
        "API__BASE_URL": address,
        "API__HOST": "127.0.0.1",
        "API__PORT": str(port),
        "API__WORKERS": "1",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__DAGS_FOLDER": str(dags),
        "CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": "4",
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",  # a file that changed is read at once all the same
        "DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        "MLQUALITY__STORE": str(home / "reports"),
        "OPENLINEAGE__DISABLED": "True",
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",  # how long a task that has ended may wait before it says so
    }
    return {
        **inherited,
        "AIRFLOW_HOME": str(home),
        "MLQUALITY_EXAMPLES_DATA": str(data),
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHONUNBUFFERED": "1",
        **{f"AIRFLOW__{name}": value for name, value in options.items()},
    }


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Return whether nobody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def kill_group(leader: int) -> None:
    """End what a component has started and left behind."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return

"""An MLflow server that is there for the tests alone, in a virtual environment of its own.

    python -m scripts.mlflow_server      makes the environment, if it is not there yet

MLflow wants other versions of what Airflow wants, so that both never share an environment. It is installed from
requirements/mlflow.txt, checked against its hashes, below the environment that runs this.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

PINS = Path(__file__).parents[1] / "requirements" / "mlflow.txt"
PLACE = Path(sys.prefix) / "servers" / "mlflow"
SECONDS_TO_START = 120.0


def installed() -> Path:
    """Return the environment's Python; make the environment first where it is not there, or of other pins."""
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    ready, pins = PLACE / "ready", hashlib.sha256(PINS.read_bytes()).hexdigest()
    python = PLACE / "bin" / "python"
    with (PLACE.parent / "mlflow.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes ask at the same time
        if not ready.exists() or ready.read_text() != pins:
            print(f"== set-up: MLflow for tests, in {PLACE}", flush=True)
            shutil.rmtree(PLACE, ignore_errors=True)
            uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
            make = [sys.executable, "-m", "venv", str(PLACE), *(["--without-pip"] if uv else [])]
            install = [uv, "pip", "install", "-p", str(python)] if uv else [str(python), "-m", "pip", "install"]
            subprocess.run(make, check=True)
            subprocess.run(
                [*install, "--quiet", "--require-hashes", "--no-deps", "-r", str(PINS)],
                check=True,
                env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
            )
            ready.write_text(pins)
    return python


class Mlflow:
    """A server with an empty registry on a free port of this machine; its files are gone at the end.

    Attributes
    ----------
    port
        On 127.0.0.1.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mlq-mlflow-"))
        self.process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def __enter__(self) -> Self:
        atexit.register(self.remove)
        try:
            self.start()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
        atexit.unregister(self.remove)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        python = installed()
        files = f"sqlite:///{self.folder / 'registry.db'}"
        command = [str(python), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)]
        command += ["--backend-store-uri", files, "--artifacts-destination", str(self.folder / "models")]
        command += ["--workers", "1"]
        quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                env={**environment, **quiet},
                start_new_session=True,  # it has workers, which end with it
            )
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                msg = f"MLflow does not answer: {(self.folder / 'log').read_text()[-2000:]}"
                raise RuntimeError(msg)
            time.sleep(0.2)

    def stop(self) -> None:
        """Stop it; its registry stays for the next start."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None

    def remove(self) -> None:
        """Stop it and delete its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request of its REST API."""
        import requests

        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(f"{self.address}/api/2.0/mlflow/{path}", json=body, timeout=60)
            answer.raise_for_status()
            content: dict[str, Any] = answer.json()
            return content

    def _answers(self) -> bool:
        import requests

        try:
            with requests.Session() as session:
                session.trust_env = False
                return session.get(f"{self.address}/health", timeout=5).ok
        except requests.RequestException:
            return False


if __name__ == "__main__":
    installed()

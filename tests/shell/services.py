"""Starting a model's service for a test, and Airflow connections to it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self


class ModelService:
    """A process that serves a model on a free port of this machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.manners({})
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("model_service.py")), self.folder]
        )
        deadline = time.monotonic() + 60
        while not (self.folder / "port").exists():
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        self.port = int((self.folder / "port").read_text())
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def manners(self, *manners: dict[str, Any]) -> None:
        """Say how it answers from now on; the last one stays."""
        (self.folder / "manners").write_text(json.dumps(manners))

    def asked(self) -> list[str]:
        """Return what it was asked, in turn."""
        return [each["asked"] for each in self.requests()]

    def requests(self) -> list[dict[str, Any]]:
        """Return what it was sent, in turn."""
        log = self.folder / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def sent(self) -> list[Any]:
        """Return the values it was told to serve."""
        return [json.loads(each["sent"]) for each in self.requests() if each["sent"]]

    def connection(self, **extra: Any) -> str:
        """Return it as an Airflow connection, with little patience."""
        return connection(self.port, **extra)


def connection(port: int, host: str = "127.0.0.1", **extra: Any) -> str:
    """Return a port of this machine as an Airflow connection, with little patience."""
    patience = {"timeout": 1.5, "retries": 1, "pause": 0.01}
    login = {name: extra.pop(name) for name in ("login", "password") if name in extra}
    return json.dumps(
        {"conn_type": "mlquality_endpoint", "host": host, "port": port, **login, "extra": {**patience, **extra}}
    )

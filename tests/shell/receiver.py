"""A receiver of messages: a process of its own on this machine that keeps what it is sent.

Run as a script with a folder, it serves; `Receiver` starts and stops it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

SECONDS_TO_START = 30.0


class Receiver:
    """A running receiver.

    Parameters
    ----------
    folder
        Where it keeps what it is sent.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, on the port it had before if it had one."""
        (self.folder / "port").unlink(missing_ok=True)
        self.process = subprocess.Popen([sys.executable, __file__, str(self.folder), str(self.port)])
        deadline = time.monotonic() + SECONDS_TO_START
        while not (self.folder / "port").exists():
            assert time.monotonic() < deadline, "the receiver does not start"
            assert self.process.poll() is None, "the receiver ended"
            time.sleep(0.02)
        self.port = int((self.folder / "port").read_text())

    def stop(self) -> None:
        """Stop it; whoever asks now gets no connection."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def answers(self, *answers: tuple[int, dict[str, str], str]) -> None:
        """Say what it answers next: status, headers, body; after that 200."""
        (self.folder / "answers.json").write_text(json.dumps(answers))

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What was sent, refused or not: path, headers, body, and the status that it was answered with."""
        kept = self.folder / "requests.jsonl"
        return [json.loads(line) for line in kept.read_text().splitlines()] if kept.exists() else []

    @property
    def messages(self) -> list[Any]:
        """What was taken."""
        return [request["body"] for request in self.requests if request["status"] == 200]

    def connection(self, **fields: Any) -> str:
        """Return the connection to it, as an environment variable wants it."""
        return json.dumps(
            {"conn_type": "mlquality_webhook", "host": f"{self.address}/hooks", "password": "s3cr3tend", **fields}
        )


def serve(folder: Path, port: int) -> None:
    """Serve until the process is ended."""
    lock = threading.Lock()

    def next_answer() -> tuple[int, dict[str, str], str]:
        planned = folder / "answers.json"
        left = json.loads(planned.read_text()) if planned.exists() else []
        if not left:
            return 200, {}, "ok"
        planned.write_text(json.dumps(left[1:]))
        status, headers, body = left[0]
        return status, headers, body

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                status, headers, text = next_answer()
                request = {"path": self.path, "headers": dict(self.headers), "body": body, "status": status}
                with (folder / "requests.jsonl").open("a") as file:
                    file.write(json.dumps(request) + "\n")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Be silent."""

    class Server(ThreadingHTTPServer):
        allow_reuse_address = True
        request_queue_size = 256

    server = Server(("127.0.0.1", port), Handler)
    half = folder / "port.half"
    half.write_text(str(server.server_address[1]))
    half.rename(folder / "port")
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]))

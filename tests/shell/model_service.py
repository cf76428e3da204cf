"""A service that serves a model, as a process of its own: well, slow, out of order for a while, or talking rubbish.

    python model_service.py FOLDER

It writes its port into FOLDER/port, and what it was sent into FOLDER/log, one JSON object per line. FOLDER/manners says
how it answers: a JSON list, one for each request, of which the last one stays. A manner has any of `status`, `body`
(text), `after` (seconds), `trickle` (seconds between bytes), `headers`, `cut` (the connection breaks), and `wait_for`
(a file that must be there first).
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])
LOCK = threading.Lock()
SERVING = {"choice": None}


class Model(BaseHTTPRequestHandler):
    """Answers as it was told."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length).decode()
        with LOCK:
            manners = json.loads((FOLDER / "manners").read_text())
            manner = manners[0]
            if len(manners) > 1:
                (FOLDER / "manners").write_text(json.dumps(manners[1:]))
            with (FOLDER / "log").open("a") as log:
                log.write(
                    json.dumps({"asked": f"{self.command} {self.path}", "sent": sent, **dict(self.headers)}) + "\n"
                )
        while manner.get("wait_for") and not Path(manner["wait_for"]).exists():
            time.sleep(0.02)
        time.sleep(manner.get("after", 0))
        if manner.get("cut"):
            self.close_connection = True
            return
        status = manner.get("status", 200)
        if self.command != "GET" and status < 300:
            SERVING["choice"] = json.loads(sent)
        body = manner.get("body", json.dumps(SERVING["choice"])).encode()
        self.send_response(status)
        for name, value in manner.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for byte in body if manner.get("trickle") else [body]:
            self.wfile.write(bytes([byte]) if manner.get("trickle") else byte)
            time.sleep(manner.get("trickle", 0))

    do_GET = do_PUT = do_POST = do_PATCH = answer  # noqa: N815  the names that the server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
    half = FOLDER / "port.half"
    half.write_text(str(server.server_port))
    half.replace(FOLDER / "port")
    server.serve_forever()

"""A container's process that does what a test asks of it, on the standard library alone.

Its `/invocations` takes JSON: `status` and `text` are answered as they are, `sleep_seconds` is waited, `stream` (a
list of texts) is sent piece by piece with `pause_seconds` between, `break_off` cuts the stream after them,
`allocate_mb` takes memory, `exit` ends the process, `health` sets the status and lateness of /ping from then on; a
multi-model request with `lose` in it loses all models. Anything else is echoed with the headers, the variables and the
model files that the container sees.

As a multi-model container it holds MOST_MODELS models and answers 507 beyond. Variables: FAIL=exit ends it at once,
FAIL=ping keeps /ping at 503.
"""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MODEL_DIR = Path(os.environ.get("MODELYARD_MODEL_DIR", "/opt/ml/model"))
MOST_MODELS = int(os.environ.get("MOST_MODELS", "2"))
loaded: dict[str, str] = {}
loaded_lock = threading.Lock()
allocated: list[bytearray] = []
health: dict[str, float] = {"status": 200, "late_seconds": 0}


def files_of(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body in one packet: two would wait for an acknowledgement in between.
    wbufsize = 65536

    def do_GET(self) -> None:
        if self.path == "/ping":
            time.sleep(health["late_seconds"])
            self._answer(503 if os.environ.get("FAIL") == "ping" else int(health["status"]), b"")
        elif self.path == "/models":
            self._answer(200, json.dumps({"models": [{"modelName": name} for name in loaded]}).encode())
        else:
            self._answer(404, b"")

    def do_DELETE(self) -> None:
        with loaded_lock:
            gone = loaded.pop(self.path.rsplit("/", 1)[-1], None)
        self._answer(404 if gone is None else 200, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/models":
            self._load(json.loads(body))
        elif self.path.endswith("/invoke"):
            name = self.path.split("/")[2]
            if name not in loaded:
                self._answer(404, b"no such model")
                return
            self._answer(200, json.dumps({"loaded": list(loaded), "model": files_of(Path(loaded[name]))}).encode())
            if b"lose" in body:
                loaded.clear()
        else:
            self._invoke(json.loads(body) if self.headers["Content-Type"] == "application/json" else {}, body)

    def _load(self, request: dict[str, str]) -> None:
        with loaded_lock:
            if request["model_name"] in loaded:
                self._answer(409, b"")
            elif len(loaded) >= MOST_MODELS:
                self._answer(507, b"no memory for another model")
            else:
                loaded[request["model_name"]] = request["url"]
                self._answer(200, b"")

    def _invoke(self, request: dict[str, Any], body: bytes) -> None:
        print(f"a request of {len(body)} bytes", flush=True)
        time.sleep(request.get("sleep_seconds", 0))
        if request.get("exit"):
            os._exit(1)
        health.update(request.get("health", {}))
        if "allocate_mb" in request:
            allocated.append(bytearray(os.urandom(1024)) * 1024 * request["allocate_mb"])
            time.sleep(2)
        if "stream" in request:
            self._stream(request)
            return
        if "status" in request:
            self._answer(request["status"], request.get("text", "").encode())
            return
        seen = {
            "body": body.decode("utf-8", "replace"),
            "headers": dict(self.headers),
            "environment": dict(os.environ),
            "model": files_of(MODEL_DIR),
        }
        self._answer(200, json.dumps(seen).encode(), attributes=self.headers["X-Amzn-SageMaker-Custom-Attributes"])

    def _stream(self, request: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in request["stream"]:
            encoded = piece.encode()
            self.wfile.write(f"{len(encoded):x}\r\n".encode() + encoded + b"\r\n")
            self.wfile.flush()
            time.sleep(request.get("pause_seconds", 0))
        if request.get("break_off"):
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def _answer(self, status: int, body: bytes, *, attributes: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if attributes is not None:
            self.send_header("X-Amzn-SageMaker-Custom-Attributes", attributes)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True


if __name__ == "__main__":
    print("the container starts", flush=True)
    if os.environ.get("FAIL") == "exit":
        sys.exit("the entry point is broken")
    Server(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()

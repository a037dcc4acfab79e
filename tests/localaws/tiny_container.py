"""A container's process without a model: SageMaker's contract on the standard library alone, started in a blink.

`FAIL=exit` in the Model's environment makes it end at once, as a container does whose entry point is broken. A request
with `"stream": true` is answered in two pieces, the second PAUSE_SECONDS after the first.
"""

import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAUSE_SECONDS = 1.0
MODEL_DIR = Path(os.environ.get("MODELYARD_MODEL_DIR", "/opt/ml/model"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in two writes; held back for an acknowledgement, the second would be 40 ms late.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if request.get("stream"):
            self._stream(b"first,", b"second")
            return
        model = sorted(str(path.relative_to(MODEL_DIR)) for path in MODEL_DIR.rglob("*") if path.is_file())
        self._answer(json.dumps({"echo": request, "version": os.environ.get("VERSION", ""), "model": model}).encode())

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, *pieces: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in pieces:
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            self.wfile.flush()
            time.sleep(PAUSE_SECONDS)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *args: object) -> None:
        pass


if __name__ == "__main__":
    if os.environ.get("FAIL") == "exit":
        sys.exit("the entry point is broken")
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()

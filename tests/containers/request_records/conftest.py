"""A loopback server that answers as a test says and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

# Gets a request's headers and body; answers a status and a JSON value.
Answer = Callable[[dict[str, str], bytes], tuple[int, Any]]


@dataclass
class Answering:
    """Where it listens, and what it was asked."""

    address: str
    answer: Answer
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    # Closes each connection after its answer, without saying so, as one does that has been idle for too long.
    forgetful: bool = False


@pytest.fixture
def answering() -> Iterator[Callable[[Answer], Answering]]:
    servers = []

    def start(answer: Answer) -> Answering:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                told.connections += 1

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                told.asked.append((headers, body))
                status, value = told.answer(headers, body)
                content = value if isinstance(value, bytes) else json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                self.close_connection = told.forgetful

            do_GET = do_POST

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        # A writer that is stopped leaves its connection; that is no news for whoever runs the tests.
        server.handle_error = lambda *_: None
        servers.append(server)
        told = Answering(f"http://127.0.0.1:{server.server_port}", answer)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return told

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()

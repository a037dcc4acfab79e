"""A real browser with the hostile page in it, and the page's own server, to which it tells what it came to see."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

PAGE = Path(__file__).with_name("attempts.html")
REBOUND_HOST = "rebound.example.com"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    f"--host-resolver-rules=MAP {REBOUND_HOST} 127.0.0.1",
)
PATIENCE_SECONDS = 90


def found() -> str | None:
    """The browser of this machine."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


class PageServer:
    """Serves the page on a loopback port of its own; `results` has what the page reported."""

    def __init__(self, *, on_attempt: Callable[[str], None] = lambda name: None) -> None:
        self.results: dict[str, str] = {}
        self.done = threading.Event()
        page = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(PAGE.read_bytes())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.path.startswith("/begin/"):
                    on_attempt(self.path.removeprefix("/begin/"))
                elif self.path == "/done":
                    page.results = json.loads(body)
                    page.done.set()
                self._answer(b"")

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def visiting(browser: str, page: str, given: dict[str, Any], *, profile: Path) -> Iterator[None]:
    """The browser opens the page with what it is given, and is ended afterwards with all its processes."""
    address = f"{page}#{quote(json.dumps(given))}"
    with (profile.parent / f"{profile.name}.log").open("wb") as log:
        process = subprocess.Popen(
            [browser, *OPTIONS, f"--user-data-dir={profile}", address], stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

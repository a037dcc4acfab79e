"""Records what Chromium sends for each attempt of the page: `python tests/localaws/browser/record.py FOLDER`.

The page is given this recorder in place of embedded AWS. It grants every preflight and answers everything, so that the
browser goes as far as it would with a server that lets it, and writes each request as it came, byte for byte, but for
the address of the recorder, which becomes {host}, that of the page, {origin}, and a signed query, {query}.
"""

from __future__ import annotations

import re
import socketserver
import sys
import tempfile
import threading
from pathlib import Path

import browser

_BODY_LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Access-Control-Allow-Headers: *\r\nAccess-Control-Allow-Methods: *\r\n"
    b"Access-Control-Allow-Private-Network: true\r\n"
)


class Recorder(socketserver.ThreadingTCPServer):
    """A server that keeps what it is sent, under the name of the attempt that the page said it begins."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        self.attempt = ""
        self.requests: list[tuple[str, bytes]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(socketserver.BaseRequestHandler):
    """One connection, one request."""

    server: Recorder

    def handle(self) -> None:
        raw = b""
        while b"\r\n\r\n" not in raw:
            part = self.request.recv(65536)
            if not part:
                return
            raw += part
        length = _BODY_LENGTH.search(raw)
        whole = raw.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
        while len(raw) < whole:
            raw += self.request.recv(65536)
        if raw.startswith(b"GET / "):
            body = browser.PAGE.read_bytes()
        else:
            self.server.requests.append((self.server.attempt, raw))
            body = b"answered"
        self.request.sendall(_ANSWER + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)


def main(folder: Path) -> None:
    """Record both visits of the page: from another origin, and from a name that leads to the recorder itself."""
    program = browser.found()
    if program is None:
        sys.exit("no Chromium is on PATH")
    recorder = Recorder()
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    target = f"http://127.0.0.1:{recorder.server_address[1]}"
    rebound = f"http://{browser.REBOUND_HOST}:{recorder.server_address[1]}"

    def begin(name: str) -> None:
        recorder.attempt = name

    page = browser.PageServer(on_attempt=begin)
    query = "X-Amz-Signature=recorded"
    signed = {
        "create-role": {"url": f"{target}/?{query}", "body": "{body}"},
        "create-function": {"url": f"{target}/2015-03-31/functions?{query}", "body": "{body}"},
        "invoke": {"url": f"{target}/2015-03-31/functions/from-a-page/invocations?{query}", "body": "{body}"},
        "get-object": {"url": f"{target}/from-a-page/key?{query}"},
    }
    for at, is_rebound in ((page.address, False), (rebound, True)):
        page.done.clear()
        given = {"target": target, "report": page.address, "signed": signed, "rebound": is_rebound}
        with (
            tempfile.TemporaryDirectory() as profile,
            browser.visiting(program, f"{at}/", given, profile=Path(profile) / "profile"),
        ):
            assert page.done.wait(browser.PATIENCE_SECONDS), "the page did not come to its end"
    folder.mkdir(parents=True, exist_ok=True)
    seen: dict[str, int] = {}
    for name, raw in recorder.requests:
        if b"favicon" in raw.split(b"\r\n")[0]:
            continue
        seen[name] = seen.get(name, 0) + 1
        text = raw.replace(target.removeprefix("http://").encode(), b"{host}")
        text = text.replace(f":{recorder.server_address[1]}".encode(), b":{port}")
        text = text.replace(page.address.encode(), b"{origin}").replace(query.encode(), b"{query}")
        (folder / f"{name}{'' if seen[name] == 1 else f'-{seen[name]}'}.http").write_bytes(text)
    print("\n".join(f"{name}: {count}" for name, count in seen.items()))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Whatever callers send: an answer or a refusal, never a traceback, never a lost neighbour, never gigabytes.

Requests are made from a seed, which stands in the message of a failure. `make test-long` sends 10,000 of them.
"""

from __future__ import annotations

import json
import os
import random
import socket
import string
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_EXAMPLES", "50"))
MOST_SERVER_BYTES = 512 * 1024 * 1024
MOST_MORE_BYTES_OF_ENGINE = 512 * 1024 * 1024
REFUSALS = {400, 403, 404, 405, 408, 409, 413, 414, 431}
NAMES = ["messages", "inputs", "input", "parameters", "max_tokens", "max_new_tokens", "temperature", "top_p", "top_k"]
NAMES += ["stop", "seed", "stream", "n", "role", "content", "type", "text", "repetition_penalty", "ignore_eos", "tools"]
ODD_TEXTS = ["", " ", "\0", "\ufeff", "\u202e", "é", "e\u0301" * 50, "😀" * 30, "<|im_end|>", "{{ x }}", "{% raise %}"]
ODD_TEXTS += ["a" * 300, "!" * 300, "[MASK]", "中文" * 40, "\r\n" * 20, "\ud800", "x" * 10_000]
ODD_NUMBERS: list[object] = [0, -1, 1, 2, 1.5, 1e-320, 1e308, 1e999, -1e999, float("nan"), 1 << 31, 1 << 63, 1 << 64]
ODD_NUMBERS += [10**30, 10**4000, True, False, None]


class Hostile:
    """One request, from its seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def value(self, levels: int = 3) -> object:
        kind = self.chance.randrange(7 if levels else 4)
        if kind < 2:
            return self.chance.choice(ODD_TEXTS)
        if kind < 4:
            return self.chance.choice(ODD_NUMBERS)
        if kind < 6:
            return [self.value(levels - 1) for _ in range(self.chance.choice([0, 1, 2, 5]))]
        return {self.name(): self.value(levels - 1) for _ in range(self.chance.randrange(4))}

    def name(self) -> str:
        return self.chance.choice([*NAMES, *ODD_TEXTS])

    def call(self) -> dict[str, object]:
        """A request that is nearly right."""
        text = self.chance.choice(ODD_TEXTS)
        body: dict[str, object] = self.chance.choice(
            [
                {"messages": [{"role": self.chance.choice(["user", "system", text]), "content": text}]},
                {"inputs": text},
                {"inputs": [text, "a"] * self.chance.choice([1, 16, 100])},
                {"input": text},
            ]
        )
        for _ in range(self.chance.randrange(3)):
            body[self.chance.choice(NAMES)] = self.value()
        return body

    def many(self) -> dict[str, object]:
        """Too much of one thing."""
        count = self.chance.choice([17, 2049, 5000, 30_000])
        return self.chance.choice(
            [
                {"inputs": "a", "parameters": {"stop": ["a"] * count}},
                {"messages": [{"role": "user", "content": "a"}] * count},
                {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}] * count}]},
                {"inputs": ["a"] * min(count, 200) + ["!" * count]},
                {"input": "!" * count * 10},
                {"inputs": "a", **{f"member{number}": number for number in range(count)}},
            ]
        )

    def body(self) -> bytes:
        kind = self.chance.randrange(6)
        if kind == 0:
            return self.chance.randbytes(self.chance.choice([0, 1, 50, 5000]))
        if kind == 1:
            opening, closing = self.chance.choice(["[]", "{}"])
            depth = self.chance.choice([64, 65, 969, 100_000])
            return (b'{"inputs":' + f"{opening * depth}{closing * depth}".encode() + b"}")[:600_000]
        content = json.dumps(self.many() if kind == 2 else self.call()).encode()
        if kind == 3:
            content = bytearray(content)
            for _ in range(self.chance.randrange(1, 4)):
                content[self.chance.randrange(len(content))] = self.chance.randrange(256)
        if kind == 4:
            content = content.decode().encode(self.chance.choice(["utf-16", "utf-32", "utf-8-sig"]))
        return bytes(content)

    def load(self) -> bytes:
        return json.dumps(
            {"model_name": self.value(1), "url": self.chance.choice(["/", "/proc", "/dev", "/a\0", self.value()])}
        ).encode()

    def request(self) -> tuple[str, str, dict[str, str], bytes]:
        """Method, path, headers, body."""
        headers = {"X-Amzn-SageMaker-Custom-Attributes": "".join(self.chance.choices(string.printable[:94], k=30))}
        if self.chance.random() < 0.1:
            headers["Origin"] = "http://evil.example"
        path = f"/models/{self.chance.choice([*['chat', 'minilm'] * 5, 'none', '..%2fchat', '%00', 'x' * 3000])}/invoke"
        kind = self.chance.random()
        if kind < 0.1:
            return self.chance.choice(["PUT", "DELETE", "OPTIONS", "HEAD"]), "/models/none", headers, b""
        if kind < 0.2:
            return "POST", "/models", headers, self.load()
        return "POST", path, headers, self.body()

    def raw(self) -> bytes:
        """What is not even HTTP, or begins as HTTP does."""
        start = b"POST /models/chat/invoke HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        return self.chance.choice(
            [
                self.chance.randbytes(2000),
                start + b"x: " + b"y" * self.chance.choice([10, 40_000, 200_000]),
                start + b"content-length: 10\r\n\r\n{",
                start + b"transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
                start + b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n",
                start + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n",
                start + b"expect: 100-continue\r\ncontent-length: 5\r\n\r\n",
                start.replace(b"1.1", b"9.9") + b"\r\n",
            ]
        )


@pytest.fixture(scope="module")
def server(start_server: Any, generation_model: Path, embedding_model: Path) -> Any:
    running = start_server(
        SAGEMAKER_MULTI_MODEL="true", MODELYARD_DEFAULT_MAX_TOKENS="2", MODELYARD_KV_CACHE_TOKENS="8192"
    )
    running.wait_until_healthy()
    for name, folder in (("chat", generation_model), ("minilm", embedding_model)):
        answer = running.post("/models", {"model_name": name, "url": str(folder)})
        assert answer.status_code == 200, answer.text
    return running


class Neighbour:
    """Asks the same as ever while others do what they do."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.asked = 0
        self.answers: set[tuple[int, str]] = set()
        self.over = threading.Event()

    def ask_until_over(self) -> None:
        bodies = {"chat": {"inputs": "The capital of France is"}, "minilm": {"inputs": "A neighbour"}}
        with httpx.Client(base_url=self.server.url, timeout=120) as client:
            while not self.over.is_set() or not self.asked:
                for name, body in bodies.items():
                    answer = client.post(f"/models/{name}/invoke", json=body)
                    self.answers.add(
                        (answer.status_code, answer.text if name == "chat" else str(len(answer.json()[0])))
                    )
                    self.answers.add((client.get("/ping").status_code, "ping"))
                self.asked += 1


@contextmanager
def neighbour_of(server: Any) -> Iterator[Neighbour]:
    neighbour = Neighbour(server)
    thread = threading.Thread(target=neighbour.ask_until_over)
    thread.start()
    try:
        yield neighbour
    finally:
        neighbour.over.set()
        thread.join()


def resident_bytes(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


def test_no_request_costs_an_answer_of_others_or_memory_without_bound(server: Any) -> None:
    workers = server.workers()
    before = {pid: resident_bytes(pid) for pid in workers}
    with neighbour_of(server) as neighbour, httpx.Client(base_url=server.url, timeout=120) as client:
        for seed in range(EXAMPLES):
            hostile = Hostile(seed)
            if hostile.chance.random() < 0.1:
                send_raw(server, hostile.raw())
                continue
            method, path, headers, body = hostile.request()
            answer = client.request(method, path, headers=headers, content=body)
            if answer.status_code != 200:
                assert answer.status_code in REFUSALS, (seed, answer.status_code, answer.text[:300])
                assert len(answer.content) < 5_000, seed
            assert resident_bytes(server.process.pid) < MOST_SERVER_BYTES, seed
            for pid, used in before.items():
                assert resident_bytes(pid) < used + MOST_MORE_BYTES_OF_ENGINE, seed
    assert server.workers() == workers
    # Two tokens of the likeliest text, a vector and a ping: the same from the first to the last.
    assert len(neighbour.answers) == 3 and {status for status, _ in neighbour.answers} == {200}
    assert "Traceback" not in (log := server.end()), log[-3000:]


def send_raw(server: Any, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=120) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                continue
        except OSError as ended:
            # The server was quicker to end it: reset, broken, or not connected any more, which has no class of its own.
            assert not isinstance(ended, TimeoutError), "a connection that nobody ends"

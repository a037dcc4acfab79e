"""The real server and callers who send too much, too slowly, or do not read."""

from __future__ import annotations

import json
import select
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

HOST = b"Host: 127.0.0.1\r\n"
CHUNKED = b"POST /invocations HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n"
BODY_BEGUN = b"POST /invocations HTTP/1.1\r\n" + HOST + b"content-length: 9\r\n\r\n{"


@pytest.fixture(scope="module")
def server(start_server: Any, embedding_model: Path) -> Any:
    running = start_server(MODELYARD_MODEL_DIR=str(embedding_model))
    running.wait_until_healthy()
    return running


def exchange(server: Any, sent: bytes) -> bytes:
    """What comes back until the server closes; a request that waits for more must not hang for ever."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        received = b""
        try:
            connection.sendall(sent)
            while part := connection.recv(1 << 16):
                received += part
        except ConnectionError:
            pass
        return received


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", b"414"),
        (b"GET /ping HTTP/1.1\r\n" + HOST + b"x: 1\r\n" * 101 + b"\r\n", b"431"),
        (b"GET /ping HTTP/1.1\r\n" + HOST + b"x: " + b"a" * 33_000 + b"\r\n\r\n", b"431"),
        (b"GET /ping HTTP/1.1\r\n" + HOST + b"x: " + b"a" * 400_000, b"431"),
        (b"\r\n" * 200_000, b"431"),
        (b"POST /invocations HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n1;" + b"x" * 400_000, b"431"),
        (
            b"POST /invocations HTTP/1.1\r\n" + HOST + b"transfer-encoding: chunked\r\n\r\n0\r\nt: " + b"x" * 400_000,
            b"431",
        ),
        ((b"GET /ping HTTP/1.1\r\n" + HOST + b"\r\n") * 1_000, b"400"),
        (b"no request at all\r\n\r\n", b"400"),
        (b"GET http://[ HTTP/1.1\r\n" + HOST + b"\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"POST /invocations HTTP/1.1\r\n" + HOST + b"content-length: 1\r\ncontent-length: 2\r\n\r\n", b"400"),
    ],
)
def test_too_much_before_a_body_is_refused_and_the_connection_closed(server: Any, sent: bytes, status: bytes) -> None:
    answer = exchange(server, sent)
    # A close with bytes on their way to the server can reset the connection before the answer is read.
    assert not answer or b"HTTP/1.1 " + status in answer
    assert httpx.get(f"{server.url}/ping").status_code == 200


def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(server: Any) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"POST /invocations HTTP/1.1\r\n" + HOST + b"content-length: 99999999\r\n\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_callers_who_leave_in_the_middle_of_a_body_leave_no_trace(server: Any) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(b"POST /invocations HTTP/1.1\r\n" + HOST + b"content-length: 1000\r\n\r\n{")
    assert server.post("/invocations", {"inputs": "a"}).status_code == 200


IMPATIENT = """
import sys
from containers.llm_cpu import connection_limits, http_protocol, serve
connection_limits.SECONDS_FOR_HEAD = connection_limits.SECONDS_FOR_BODY = connection_limits.SECONDS_UNREAD = 0.5
http_protocol._SECONDS_BETWEEN_LOOKS = 0.1
sys.exit(serve.main())
"""


@pytest.fixture(scope="module")
def impatient(start_server: Any, embedding_model: Path) -> Any:
    """The same server with short deadlines, so that nobody has to wait for the long ones."""
    running = start_server("-c", IMPATIENT, MODELYARD_MODEL_DIR=str(embedding_model))
    running.wait_until_healthy()
    return running


@pytest.mark.parametrize("begun", [b"", b"GET /ping HTT", b"GET /ping HTTP/1.1\r\nx: y\r\n", BODY_BEGUN])
def test_what_is_begun_and_never_ended_is_answered_408(impatient: Any, begun: bytes) -> None:
    assert exchange(impatient, begun).startswith(b"HTTP/1.1 408 ")


def test_callers_who_do_not_read_are_ended_and_others_are_answered(impatient: Any) -> None:
    """Each answer has 16 MB, more than all buffers between the two take."""
    body = json.dumps({"inputs": ["a"] * 2048}).encode()
    sent = b"POST /invocations HTTP/1.1\r\n" + HOST + b"content-length: %d\r\n\r\n" % len(body) + body
    callers = []
    ended = select.poll()
    for _ in range(8):
        caller = socket.socket()
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.connect(("127.0.0.1", impatient.port))
        caller.sendall(sent)
        callers.append(caller)
        ended.register(caller, select.POLLERR | select.POLLHUP)
    left = {caller.fileno() for caller in callers}
    while left:
        happened = ended.poll(120_000)
        assert happened, f"{len(left)} callers who do not read still have their connections"
        for descriptor, _ in happened:
            left.discard(descriptor)
            ended.unregister(descriptor)
    for caller in callers:
        caller.close()
    assert impatient.post("/invocations", {"inputs": "a"}).status_code == 200


def test_none_of_this_is_worth_a_line_in_the_log(server: Any, impatient: Any) -> None:
    for one in (server, impatient):
        assert [line.split()[1] for line in one.end().splitlines()] == ["listening", "serving"]

"""Asks many containers for their `/ping` at once, from one thread, however slow some of them are.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html: healthy is who answers 200, within
2 seconds.
"""

import contextlib
import enum
import selectors
import socket
import time
from collections.abc import Iterable

ANSWER_SECONDS = 2.0
_REQUEST = b"GET /ping HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"
_STATUS_LINE_BYTES = 4096


class Health(enum.Enum):
    """What a container made of one `/ping`."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"  # it answered something else than 200, or takes no connection
    LATE = "late"  # no answer within the two seconds


def ping_all(ports: Iterable[int]) -> dict[int, Health]:
    """The health of what listens on each port of the loopback address; returns after two seconds at the latest."""
    found: dict[int, Health] = {}
    with contextlib.ExitStack() as open_sockets, selectors.DefaultSelector() as selector:
        for port in ports:
            connection = open_sockets.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            connection.setblocking(False)
            connection.connect_ex(("127.0.0.1", port))
            selector.register(connection, selectors.EVENT_WRITE, port)
        deadline = time.monotonic() + ANSWER_SECONDS
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                connection = key.fileobj  # type: ignore[assignment]
                health = _step(connection, key.data, may_write=key.events == selectors.EVENT_WRITE)
                if health is not None:
                    found[key.data] = health
                    selector.unregister(connection)
                elif key.events == selectors.EVENT_WRITE:
                    selector.modify(connection, selectors.EVENT_READ, key.data)
        for key in selector.get_map().values():
            found[key.data] = Health.LATE
    return found


def _step(connection: socket.socket, port: int, *, may_write: bool) -> Health | None:
    """Go on with one question; None while its answer is not there."""
    try:
        if may_write:
            connection.sendall(_REQUEST % port)
            return None
        # The status line leaves a server in one piece.
        status_line = connection.recv(_STATUS_LINE_BYTES).split(b" ", 2)
    except OSError:
        return Health.UNHEALTHY
    return Health.HEALTHY if status_line[1:2] == [b"200"] else Health.UNHEALTHY

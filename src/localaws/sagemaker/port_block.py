"""Loopback ports for a container: the one it serves on and SAGEMAKER_SAFE_PORT_RANGE beside it.

They are taken below the range from which the kernel picks the ports of outgoing connections, so that no connection made
between the probe and the container's start takes one away, and no block is handed out twice.
"""

import contextlib
import random
import socket
import threading
from dataclasses import dataclass

# Linux picks outgoing ports from 32768 up (net.ipv4.ip_local_port_range).
_LOWEST, _BEYOND = 20000, 32000
SAFE_PORTS = 10
_ATTEMPTS = 200

_handed_out: set[int] = set()
_lock = threading.Lock()


class NoFreePorts(Exception):
    """This machine has no room for another container."""


@dataclass(frozen=True)
class PortBlock:
    """`port` to serve on, and the ports after it for the container's own use."""

    port: int

    @property
    def safe_range(self) -> str:
        """As SAGEMAKER_SAFE_PORT_RANGE writes it: first and last port, both included."""
        return f"{self.port + 1}-{self.port + SAFE_PORTS}"


def take() -> PortBlock:
    """A block of ports that nobody listens on."""
    with _lock:
        for _ in range(_ATTEMPTS):
            first = random.randrange(_LOWEST, _BEYOND - SAFE_PORTS)
            ports = range(first, first + SAFE_PORTS + 1)
            if _handed_out.isdisjoint(ports) and all(map(_is_free, ports)):
                _handed_out.update(ports)
                return PortBlock(first)
    raise NoFreePorts(f"no {SAFE_PORTS + 1} free ports in a row between {_LOWEST} and {_BEYOND}; end some endpoints")


def give_back(block: PortBlock) -> None:
    """The container is gone."""
    with _lock:
        _handed_out.difference_update(range(block.port, block.port + SAFE_PORTS + 1))


def _is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False

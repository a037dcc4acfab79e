"""Loopback ports for a container: the one it serves on and SAGEMAKER_SAFE_PORT_RANGE beside it.

They are taken below the range from which the kernel picks the ports of outgoing connections, so that no connection made
between the probe and the container's start takes one away. No block is handed out twice, not even by two embedded AWS
of one machine: a container listens a second after its port was found free, and whoever answered there meanwhile would
be taken for it.
"""

import contextlib
import random
import socket
import sys
import threading
from dataclasses import dataclass, field

# Linux picks outgoing ports from 32768 up (net.ipv4.ip_local_port_range).
_LOWEST, _BEYOND = 20000, 32000
SAFE_PORTS = 10
_SIZE = SAFE_PORTS + 1
_ATTEMPTS = 200

_handed_out: set[int] = set()
_lock = threading.Lock()


class NoFreePorts(Exception):
    """This machine has no room for another container."""


@dataclass(frozen=True, eq=False)
class PortBlock:
    """`port` to serve on, and the ports after it for the container's own use."""

    port: int
    _claim: socket.socket | None = field(default=None, repr=False)

    @property
    def safe_range(self) -> str:
        """As SAGEMAKER_SAFE_PORT_RANGE writes it: first and last port, both included."""
        return f"{self.port + 1}-{self.port + SAFE_PORTS}"


def take() -> PortBlock:
    """A block of ports that nobody listens on."""
    with _lock:
        for _ in range(_ATTEMPTS):
            # Blocks begin at multiples, so that two of them are the same or have no port in common.
            first = random.randrange(_LOWEST, _BEYOND - SAFE_PORTS, _SIZE)
            if first in _handed_out:
                continue
            with contextlib.suppress(OSError):
                claim = _claim(first)
                if all(map(_is_free, range(first, first + _SIZE))):
                    _handed_out.add(first)
                    return PortBlock(first, claim)
                if claim is not None:
                    claim.close()
    raise NoFreePorts(f"no {_SIZE} free ports in a row between {_LOWEST} and {_BEYOND}; end some endpoints")


def give_back(block: PortBlock) -> None:
    """The container is gone."""
    with _lock:
        _handed_out.discard(block.port)
        if block._claim is not None:
            block._claim.close()


def _claim(first: int) -> socket.socket | None:
    """What only one process has at a time; raises OSError where another has it.

    An abstract socket is known where the ports are, in the network's namespace, leaves no file, and goes with its
    process, whichever way that ends (unix(7)). Only Linux has them.
    """
    if sys.platform != "linux":
        return None
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        claim.bind(f"\0modelyard-ports-{first}")
    except OSError:
        claim.close()
        raise
    return claim


def _is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False

"""Sees to it that what is in service stays healthy: a container that ends, or fails its `/ping`, is replaced.

AWS documents that `/ping` is asked for as long as the container runs and must be answered 200 within 2 seconds
(https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html). How often it is asked and how
many bad answers end a container is not documented: those numbers are ours. All are real seconds, as the processes are.
"""

import threading
import time
from collections.abc import Callable, Iterable

from localaws.sagemaker.ping import ping_all
from localaws.sagemaker.variant import Variant

_LOOK_EVERY_SECONDS = 0.5
_PING_EVERY_SECONDS = 10.0


class HealthWatch:
    """Looks at the variants that `variants()` gives, on a thread of its own, until `close`."""

    def __init__(self, variants: Callable[[], Iterable[Variant]]) -> None:
        self._variants = variants
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="container-health", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more; nothing is replaced from then on."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        next_ping = time.monotonic() + _PING_EVERY_SECONDS
        while not self._closed.wait(_LOOK_EVERY_SECONDS):
            variants = list(self._variants())
            is_time = time.monotonic() >= next_ping
            if is_time:
                next_ping = time.monotonic() + _PING_EVERY_SECONDS
            self._ping([variant for variant in variants if variant.has_capacity and (is_time or variant.is_suspect)])
            for variant in variants:
                variant.revive()

    def _ping(self, variants: list[Variant]) -> None:
        asked = [(variant, list(variant.containers)) for variant in variants]
        health = ping_all(container.port for _, containers in asked for container in containers)
        for variant, containers in asked:
            variant.note_health(containers, [health[container.port] for container in containers])

"""Copies of requests for shadow variants, whose answers nobody sees.

https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html: the share of requests that a shadow variant gets is
its weight relative to the production variant's.
"""

import asyncio
import contextlib
import random

import httpx

from localaws.sagemaker import container_request
from localaws.sagemaker.runtime_request import RuntimeRequest
from localaws.sagemaker.target import Target
from localaws.sagemaker.variant import Variant

_MIRROR_SECONDS = 60.0
# The event loop keeps only weak references to tasks.
_running: set[asyncio.Task[None]] = set()


class ShadowTraffic:
    """The shadow variants beside the one that answered."""

    def __init__(self, variants: list[Variant], production_weight: float, client: httpx.AsyncClient) -> None:
        self._variants = variants
        self._production_weight = production_weight
        self._client = client

    @classmethod
    def of(cls, target: Target, client: httpx.AsyncClient) -> "ShadowTraffic":
        return cls(target.fleet.shadows, target.variant.weight, client)

    def mirror(self, request: RuntimeRequest) -> None:
        """Send the copies in the background."""
        for variant in self._variants:
            share = variant.weight / self._production_weight if self._production_weight else 0.0
            if variant.has_capacity and random.random() < share:
                task = asyncio.create_task(self._send(variant, request))
                _running.add(task)
                task.add_done_callback(_running.discard)

    async def _send(self, variant: Variant, request: RuntimeRequest) -> None:
        with contextlib.suppress(httpx.TransportError):
            await self._client.post(
                f"{variant.containers[0].base_url}/invocations",
                content=request.body,
                headers=container_request.headers(content_type=request.content_type, accept=request.accept),
                timeout=_MIRROR_SECONDS,
            )

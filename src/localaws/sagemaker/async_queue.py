"""The queue of one asynchronous endpoint.

While the endpoint has no instance the queue waits. It is as many requests wide as the booked instances answer at once,
though one process answers for all of them.
"""

import logging
import threading
from collections import deque
from datetime import datetime, timedelta

from localaws.sagemaker.async_answer import AsyncAnswerer
from localaws.sagemaker.async_request import AsyncRequest
from localaws.sagemaker.dependencies import Dependencies
from localaws.sagemaker.endpoint import Endpoint
from localaws.sagemaker.invocation_metrics import COUNT, SECONDS, InvocationMetrics
from localaws.sagemaker.request_count import Admission
from localaws.sagemaker.variant import Variant

_log = logging.getLogger(__name__)

# "If no value is provided, SageMaker chooses an optimal value" (API_AsyncInferenceClientConfig).
CHOSEN_CONCURRENCY = 4
# CloudWatch shows backlog metrics per minute; several values a minute are needed for its statistics.
_PUBLISH_EVERY_SECONDS = 10
# While requests wait for an instance, whose processes come back without telling the queue.
_LOOK_EVERY_SECONDS = 0.1
_CLOSE_SECONDS = 5.0


class AsyncQueue:
    """Takes requests with `put`, has them answered on threads of its own until `close`."""

    def __init__(self, *, endpoint: Endpoint, dependencies: Dependencies, metrics: InvocationMetrics) -> None:
        self._endpoint = endpoint
        self._dependencies = dependencies
        self._metrics = metrics
        self._answerer = AsyncAnswerer(endpoint=endpoint, dependencies=dependencies, metrics=metrics)
        self._waiting: deque[AsyncRequest] = deque()
        self._running = 0
        self._changed = threading.Condition()
        self._closed = False
        self._next_publication = dependencies.clock.now()
        self._thread = threading.Thread(target=self._dispatch, name=f"async-{endpoint.name}", daemon=True)
        self._thread.start()

    def put(self, request: AsyncRequest) -> None:
        """Queue a request; it is answered when an instance has room."""
        with self._changed:
            self._waiting.append(request)
            if self._width() == 0:
                # What scales the endpoint up from zero should not wait for the next regular value.
                self._next_publication = self._now()
            self._changed.notify_all()

    def look_again(self) -> None:
        """The fleet changed: there may be room now."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Drop what waits, as deleting the endpoint does on AWS; what runs gets a moment to end."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._running == 0, timeout=_CLOSE_SECONDS)
        self._thread.join()
        self._answerer.close()

    def _dispatch(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                request = self._next()
                if request is None:
                    self._pause()
                else:
                    self._running += 1
            if request is not None:
                name = f"async-{request.inference_id}"
                threading.Thread(target=self._handle, args=(request,), name=name, daemon=True).start()
            self._publish_gauges()

    def _pause(self) -> None:
        """Sleep until something changes or the next gauges are due; notice in time that a request expires."""
        if self._waiting:
            self._changed.wait(_LOOK_EVERY_SECONDS)
        else:
            self._dependencies.clock.wait(self._changed, (self._next_publication - self._now()).total_seconds())

    def _next(self) -> AsyncRequest | None:
        """The next request that may run now: one that is expired always may, for it only has to be reported."""
        if not self._waiting:
            return None
        if self._waiting[0].expires_at <= self._now() or self._running < self._width():
            return self._waiting.popleft()
        return None

    def _width(self) -> int:
        fleet = self._endpoint.serving_fleet()
        if fleet is None or not any(variant.has_capacity for variant in fleet.variants):
            return 0
        client = (fleet.config.async_config or {}).get("ClientConfig", {})
        per_instance: int = client.get("MaxConcurrentInvocationsPerInstance", CHOSEN_CONCURRENCY)
        return per_instance * sum(variant.current_count for variant in fleet.variants)

    def _handle(self, request: AsyncRequest) -> None:
        try:
            if request.expires_at <= self._now():
                # It has met no variant, but its report needs one to belong to.
                fleet = self._endpoint.serving_fleet()
                if fleet is not None:
                    self._answerer.expire(request, fleet.pick())
                return
            variant = self._enter_variant()
            if variant is None:
                self._requeue(request)
                return
            try:
                self._answerer.answer(request, variant)
            finally:
                variant.requests.leave()
        except Exception:
            _log.exception("async request %s of %s was lost", request.inference_id, self._endpoint.name)
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _enter_variant(self) -> Variant | None:
        """A variant with a place taken in it; None when no instance is there any more."""
        fleet = self._endpoint.serving_fleet()
        variant = None if fleet is None else fleet.pick()
        if variant is None or not variant.has_capacity:
            return None
        return variant if variant.requests.enter() is Admission.ADMITTED else None

    def _requeue(self, request: AsyncRequest) -> None:
        """The instance went away between the look and the request: back to the head of the queue."""
        with self._changed:
            if not self._closed:
                self._waiting.appendleft(request)

    def _publish_gauges(self) -> None:
        """Backlog metrics; their only dimension is EndpointName (async-inference-monitor.html)."""
        now = self._now()
        if now < self._next_publication:
            return
        # All queues at the same moments, so that their values leave in one call.
        since = now.timestamp() % _PUBLISH_EVERY_SECONDS
        self._next_publication = now + timedelta(seconds=_PUBLISH_EVERY_SECONDS - since)
        with self._changed:
            backlog = len(self._waiting) + self._running
            oldest = self._waiting[0].received_at if self._waiting else now
        fleet = self._endpoint.serving_fleet()
        instances = 0 if fleet is None else sum(variant.current_count for variant in fleet.variants)
        gauges = [
            ("ApproximateBacklogSize", float(backlog), COUNT),
            ("ApproximateAgeOfOldestRequest", (now - oldest).total_seconds(), SECONDS),
            ("HasBacklogWithoutCapacity", float(backlog > 0 and instances == 0), COUNT),
        ]
        if instances:
            gauges.append(("ApproximateBacklogSizePerInstance", backlog / instances, COUNT))
        for name, value, unit in gauges:
            self._metrics.add(self._endpoint.scope, name, value, unit, {"EndpointName": self._endpoint.name})

    def _now(self) -> datetime:
        return self._dependencies.clock.now()

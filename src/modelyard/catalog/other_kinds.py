"""Keys that a person reasonably tries on a kind that cannot have them: why not, and the way out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NotOnThisKind:
    """The sentence for such a key; `instead` is the key that it tells to write."""

    sentence: str
    instead: str | None = None


_NO_TIMEOUT = NotOnThisKind("AWS gives a serverless endpoint three minutes to start: remove the key")
_NO_MEMORY = NotOnThisKind("memory_mb sizes serverless endpoints, here the instance decides the memory: remove the key")
_NO_QUEUE = NotOnThisKind("only an async endpoint has a queue: remove it, or choose kind async")
_NO_BACKLOG = NotOnThisKind("only an async endpoint has a queue whose oldest request can wait: remove the key")
_NO_COUNT = NotOnThisKind(
    "AWS counts no invocations of an async endpoint to set its errors against: write failed_requests"
)
_NO_DISK = NotOnThisKind("AWS publishes no disk metric of a serverless endpoint: remove the key")
_NO_GPU = NotOnThisKind("a serverless endpoint has no GPU: remove the key")
_NO_THROTTLE = NotOnThisKind("only a serverless endpoint has a concurrency that AWS throttles at: remove the key")
_RENAMED = NotOnThisKind("thresholds of alarms are the endpoint's service level objectives: rename the key", "slo")
_ONE_MODEL = NotOnThisKind("this kind serves one model: write model: ..., or choose kind multi-model", "model")

NOT_ON_THIS_KIND: dict[str, dict[str, NotOnThisKind]] = {
    "serverless": {
        "serving.instance": NotOnThisKind(
            "a serverless endpoint has no instance and so no GPU: remove instance and set memory_mb, "
            "or choose kind real-time",
            "serving.memory_mb",
        ),
        "serving.volume_gib": NotOnThisKind("a serverless endpoint has 5 GB of disk, no other size: remove the key"),
        "serving.tensor_parallel_degree": NotOnThisKind("a serverless endpoint has no accelerator: remove the key"),
        "serving.startup_timeout_seconds": _NO_TIMEOUT,
        "serving.download_timeout_seconds": _NO_TIMEOUT,
        "capture": NotOnThisKind(
            "AWS captures no data on serverless endpoints: remove capture, or choose kind real-time"
        ),
        "scaling": NotOnThisKind(
            "AWS scales a serverless endpoint itself: remove scaling, set serving.max_concurrency"
        ),
        "queue": _NO_QUEUE,
        "models": _ONE_MODEL,
        "alarms": _RENAMED,
        "slo.backlog_age_seconds": _NO_BACKLOG,
        "slo.backlog_requests": _NO_BACKLOG,
        "slo.disk_percent": _NO_DISK,
        "slo.gpu_memory_percent": _NO_GPU,
    },
    "real-time": {
        "queue": _NO_QUEUE,
        "models": _ONE_MODEL,
        "serving.memory_mb": _NO_MEMORY,
        "alarms": _RENAMED,
        "slo.backlog_age_seconds": _NO_BACKLOG,
        "slo.backlog_requests": _NO_BACKLOG,
        "slo.concurrency_percent": _NO_THROTTLE,
    },
    "async": {
        "models": _ONE_MODEL,
        "serving.memory_mb": _NO_MEMORY,
        "alarms": _RENAMED,
        "slo.server_error_percent": _NO_COUNT,
        "slo.client_error_percent": _NO_COUNT,
        "slo.model_error_percent": _NO_COUNT,
        "slo.concurrency_percent": _NO_THROTTLE,
    },
    "multi-model": {
        "model": NotOnThisKind("a multi-model endpoint serves a list: write models: [...]", "models"),
        "queue": NotOnThisKind(
            "several models cannot be asked asynchronously: remove queue, or choose kind async with one model"
        ),
        "serving.memory_mb": _NO_MEMORY,
        "alarms": _RENAMED,
        "slo.backlog_age_seconds": _NO_BACKLOG,
        "slo.backlog_requests": _NO_BACKLOG,
        "slo.concurrency_percent": _NO_THROTTLE,
    },
}

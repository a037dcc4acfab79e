"""The container's entry point: `python -m containers.llm_cpu.serve`. Everything it can be told is in `settings.py`."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys

import uvicorn

from containers.llm_cpu.http_protocol import bounded_http
from containers.llm_cpu.model_opener import worker_engines
from containers.llm_cpu.multi_model import MultiModel
from containers.llm_cpu.settings import SettingRefused, Settings, read_settings
from containers.llm_cpu.single_model import SingleModel
from containers.request_records.middleware import Application, RecordRequests
from containers.request_records.writer import RecordWriter

log = logging.getLogger("modelyard")
_KEEP_ALIVE_SECONDS = 75


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="modelyard: %(message)s", stream=sys.stderr)
    try:
        settings = read_settings(os.environ)
        listener = _listen(settings)
    except (SettingRefused, OSError) as error:
        log.error("%s", error)
        return 1
    return _run(settings, listener)


def _run(settings: Settings, listener: socket.socket) -> int:
    failures: list[str] = []

    def fail(sentence: str) -> None:
        failures.append(sentence)
        server.should_exit = True

    engines = worker_engines(settings)
    served = MultiModel(settings, engines) if settings.multi_model else SingleModel(settings, engines, fail)
    application: Application = served.application()
    records = RecordWriter(settings.records) if settings.records is not None else None
    if records is not None:
        application = RecordRequests(application, records)
    server = uvicorn.Server(
        uvicorn.Config(
            application,
            loop="uvloop",
            http=bounded_http(most_requests=settings.max_running_requests + settings.max_waiting_requests),
            ws="none",
            lifespan="on",
            log_config=None,
            # What a caller does wrong is told to the caller: a line for each would let anybody fill the log.
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            # Callers keep connections: a shorter time than theirs would reset requests that cross the close.
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=settings.drain_seconds,
        )
    )
    # uvicorn drains on these signals and then raises them again; a drained end is a good end, so nothing more happens.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda number, frame: None)
    log.info("listening on port %d, %s", settings.port, "multi-model" if settings.multi_model else settings.model_dir)
    server.run(sockets=[listener])
    if records is not None:
        records.close()
    for sentence in failures:
        log.error("%s", sentence)
    return 1 if failures else 0


def _listen(settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.bind_host, settings.port))
    except OSError as error:
        reason = error.strerror or str(error)
        raise OSError(f"cannot listen on {settings.bind_host}:{settings.port}: {reason.lower()}") from error
    return listener


if __name__ == "__main__":
    sys.exit(main())

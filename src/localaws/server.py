"""Serve embedded AWS on one loopback port until it is told to end."""

import asyncio
import shlex
import signal
import socket
from typing import Any

import psutil
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from localaws.announcement import write_exports, write_ready_file
from localaws.composition import EmbeddedAws, MakeSageMaker, compose
from localaws.orphan_guard import Guard, descendants, end_processes
from localaws.parent_watch import parent_gone
from localaws.settings import HOST, Settings

# boto3 keeps connections open between calls; MiniStack's own server waits as long.
_KEEP_ALIVE_SECONDS = 75


def serve(settings: Settings, listener: socket.socket, *, make_sagemaker: MakeSageMaker) -> None:
    """Serve on `listener` until SIGTERM, SIGINT or, unless told to outlive it, the parent's end."""
    endpoint_url = f"http://{HOST}:{listener.getsockname()[1]}"
    guard = Guard()  # before anything that could start a process
    embedded_aws = compose(settings, endpoint_url=endpoint_url, make_sagemaker=make_sagemaker)
    try:
        asyncio.run(_serve(embedded_aws, settings, listener, endpoint_url))
    finally:
        embedded_aws.close()
        end_processes(descendants(psutil.Process(), but=guard.pid))
        guard.close()


async def _serve(embedded_aws: EmbeddedAws, settings: Settings, listener: socket.socket, endpoint_url: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = _KEEP_ALIVE_SECONDS
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    front: Any = embedded_aws.front
    tasks = [
        asyncio.create_task(_announce(settings, endpoint_url, stop)),
        asyncio.create_task(embedded_aws.alarms.run(clock_factor=settings.clock_factor)),
    ]
    if not settings.outlive_parent:
        tasks.append(asyncio.create_task(_stop_with_parent(stop)))

    async def stopped() -> None:
        await stop.wait()
        await asyncio.to_thread(embedded_aws.end_endpoints)

    try:
        await hypercorn_serve(front, config, shutdown_trigger=stopped)
    finally:
        for task in tasks:
            task.cancel()


async def _announce(settings: Settings, endpoint_url: str, stop: asyncio.Event) -> None:
    """Say that embedded AWS is ready, on stdout and in the ready file, once it answers."""
    await _answered(endpoint_url)
    try:
        exports = write_exports(settings, endpoint_url)
        if settings.ready_file is not None:
            write_ready_file(settings.ready_file, settings, endpoint_url)
    except OSError as problem:
        print(f"cannot write the file {problem.filename}: {problem.strerror}", flush=True)
        stop.set()
        return
    print(f"embedded AWS is ready at {endpoint_url} (account {settings.account}, {settings.region})", flush=True)
    print(f"its keys, for a shell: . {shlex.quote(str(exports))}", flush=True)


async def _answered(endpoint_url: str) -> None:
    host, port = endpoint_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /_ministack/health HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    await reader.readline()
    writer.close()


async def _stop_with_parent(stop: asyncio.Event) -> None:
    await parent_gone()
    stop.set()

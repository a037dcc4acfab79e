"""Compose embedded AWS and serve it on one loopback port until it is told to end.

Import only after `set_process_environment`: MiniStack reads its settings when it is imported.
"""

import asyncio
import json
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ministack.app
import psutil
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

from localaws.alarms.evaluator import AlarmEvaluator
from localaws.autoscaling.control_plane import control_plane_app
from localaws.autoscaling.sagemaker_variant import SageMaker
from localaws.autoscaling.service import ApplicationAutoScaling
from localaws.clock import Clock, ScaledClock
from localaws.cloudformation.completed_types import complete_types
from localaws.cloudformation.composite_alarm import CompositeAlarmType
from localaws.cloudformation.installation import install
from localaws.cloudformation.metric_math_alarm import accept_metric_math
from localaws.cloudformation.property_audit import audit_handlers
from localaws.cloudformation.sagemaker_endpoint import EndpointType
from localaws.cloudformation.sagemaker_endpoint_config import endpoint_config_type
from localaws.cloudformation.sagemaker_model import model_type
from localaws.cloudformation.scalable_target import ScalableTargetType
from localaws.cloudformation.scaling_policy import ScalingPolicyType
from localaws.cloudformation.template_references import refuse_unknown_references
from localaws.front import Front
from localaws.key_permissions import require_key_permissions
from localaws.managed_key import use_managed_key
from localaws.orphan_guard import descendants, end_processes, start_guard
from localaws.role_session import RoleSessions
from localaws.settings import HOST, Settings
from localaws.threaded_app import AsgiApp, ThreadedApp

_PARENT_CHECK_SECONDS = 0.5
# boto3 keeps connections open between calls; MiniStack's own server waits as long.
_KEEP_ALIVE_SECONDS = 75


@dataclass(frozen=True)
class SageMakerParts:
    """Embedded SageMaker: the service, its two HTTP faces, and how to end the processes it runs."""

    service: SageMaker
    control_plane: AsgiApp
    runtime: AsgiApp
    close: Callable[[], None]


@dataclass(frozen=True)
class Surroundings:
    """What embedded SageMaker is made with."""

    settings: Settings
    endpoint_url: str
    clock: Clock
    roles: RoleSessions
    is_autoscaled: Callable[..., bool]


MakeSageMaker = Callable[[Surroundings], SageMakerParts]


def serve(settings: Settings, listener: socket.socket, *, make_sagemaker: MakeSageMaker) -> None:
    """Serve on `listener` until SIGTERM, SIGINT or, unless told to outlive it, the parent's end."""
    endpoint_url = f"http://{HOST}:{listener.getsockname()[1]}"
    clock = ScaledClock(factor=settings.clock_factor)
    scaling: list[ApplicationAutoScaling] = []
    parts = make_sagemaker(
        Surroundings(
            settings=settings,
            endpoint_url=endpoint_url,
            clock=clock,
            roles=RoleSessions(endpoint_url=endpoint_url),
            # Scaling asks SageMaker about variants, and SageMaker asks scaling whether one is registered.
            is_autoscaled=lambda **key: scaling[0].is_registered(**key),
        )
    )
    scaling.append(ApplicationAutoScaling(sagemaker=parts.service, clock=clock))
    refuse_unknown_references()
    complete_types()
    audit_handlers()
    install(
        [
            model_type(parts.service),
            endpoint_config_type(parts.service),
            EndpointType(parts.service, clock=clock),
            ScalableTargetType(scaling[0]),
            ScalingPolicyType(scaling[0]),
            CompositeAlarmType(),
        ]
    )
    accept_metric_math()
    use_managed_key()
    require_key_permissions()
    alarms = AlarmEvaluator(clock=clock)
    alarms.take_over()
    threaded = [
        ThreadedApp(parts.control_plane, name="sagemaker-control-plane"),
        ThreadedApp(parts.runtime, name="sagemaker-runtime"),
        ThreadedApp(control_plane_app(scaling[0]), name="application-autoscaling"),
    ]
    front = Front(
        ministack=ministack.app.app,
        sagemaker_control_plane=threaded[0],
        sagemaker_runtime=threaded[1],
        autoscaling=threaded[2],
        default_region=settings.region,
    )
    guard = start_guard()
    try:
        asyncio.run(_serve(front, settings, listener, endpoint_url, alarms))
    finally:
        parts.close()
        for app in threaded:
            app.close()
        end_processes(descendants(psutil.Process(), but=guard.pid))
        if guard.stdin is not None:
            guard.stdin.close()
        guard.wait()


async def _serve(
    front: Front, settings: Settings, listener: socket.socket, endpoint_url: str, alarms: AlarmEvaluator
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = _KEEP_ALIVE_SECONDS
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    server: Any = front
    tasks = [
        asyncio.create_task(_announce(settings, endpoint_url, stop)),
        asyncio.create_task(alarms.run(clock_factor=settings.clock_factor)),
    ]
    if not settings.outlive_parent:
        tasks.append(asyncio.create_task(_stop_with_parent(stop)))
    try:
        await hypercorn_serve(server, config, shutdown_trigger=stop.wait)
    finally:
        for task in tasks:
            task.cancel()


async def _announce(settings: Settings, endpoint_url: str, stop: asyncio.Event) -> None:
    """Say that embedded AWS is ready, on stdout and in the ready file, once it answers."""
    await _answered(endpoint_url)
    facts = {
        "endpoint_url": endpoint_url,
        "account": settings.account,
        "region": settings.region,
        "pid": os.getpid(),
    }
    if settings.ready_file is not None:
        partial = settings.ready_file.with_name(settings.ready_file.name + ".partial")
        try:
            partial.write_text(json.dumps(facts), encoding="utf-8")
            partial.replace(settings.ready_file)
        except OSError as problem:
            print(f"cannot write the ready file {settings.ready_file}: {problem.strerror}", flush=True)
            stop.set()
            return
    print(f"embedded AWS is ready at {endpoint_url} (account {settings.account}, {settings.region})", flush=True)


async def _answered(endpoint_url: str) -> None:
    host, port = endpoint_url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /_ministack/health HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    await reader.readline()
    writer.close()


async def _stop_with_parent(stop: asyncio.Event) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(_PARENT_CHECK_SECONDS)
    stop.set()

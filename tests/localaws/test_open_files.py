"""Connections that say nothing keep nobody out."""

import resource
import socket
from typing import Any

import psutil


def test_more_idle_connections_than_a_shell_allows_files_keep_nobody_out(start_embedded_aws: Any) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, limits[1]))
    try:
        running = start_embedded_aws()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert psutil.Process(running.process.pid).rlimit(psutil.RLIMIT_NOFILE)[0] > 300
    host, port = running.endpoint_url.removeprefix("http://").split(":")
    idle = [socket.create_connection((host, int(port)), timeout=30) for _ in range(400)]
    try:
        running.client("sts").get_caller_identity()
    finally:
        for connection in idle:
            connection.close()

"""Embedded AWS as the demo runs it: one process on one loopback port."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Mapping

from modelyard.demo.child import Child
from modelyard.demo.workspace import Workspace
from modelyard.shell.failure import Failure

_START_SECONDS = 60


def require_free(port: int) -> None:
    """Refuse a port that something listens on, before anything is started."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
            raise Failure(
                f"port {port} of 127.0.0.1 cannot be used ({reason}): stop what listens there, "
                "or choose another with --port"
            ) from error


def start(
    workspace: Workspace,
    environment: Mapping[str, str],
    *,
    port: int,
    account: str,
    region: str,
    clock_factor: float,
    outlive: bool,
) -> Child:
    """Start it; `outlive` keeps it running when the demo has ended."""
    program = [sys.executable, "-m", "localaws", "--port", str(port), "--state-dir", str(workspace.state)]
    program += ["--ready-file", str(workspace.ready_file), "--account", account, "--region", region]
    program += ["--clock-factor", f"{clock_factor:g}"]
    if outlive:
        program.append("--outlive-parent")
    # Its administrator is who the environment says, so that nothing has to be asked of it first.
    administrator = {f"LOCAL{name}": environment[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    return Child(
        program, log=workspace.logs / "aws.log", cwd=workspace.root, environment={**environment, **administrator}
    )


def wait_until_ready(aws: Child, workspace: Workspace) -> None:
    """Return when it answers; say why when it does not."""
    patience = time.monotonic() + _START_SECONDS
    while not workspace.ready_file.exists():
        if aws.exit_code is not None:
            raise Failure(
                f"embedded AWS ended with exit code {aws.exit_code} before it was ready; its log is {aws.log}",
                details=aws.tail(5),
            )
        if time.monotonic() > patience:
            raise Failure(
                f"embedded AWS did not answer within {_START_SECONDS} s; its log is {aws.log}", details=aws.tail(5)
            )
        time.sleep(0.05)

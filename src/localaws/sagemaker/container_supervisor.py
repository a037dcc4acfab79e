"""Runs one container process and takes it down with its parent, whatever the parent dies of.

Started as `python -S container_supervisor.py <grace seconds> <parent pid> <command> ...` in a process group of its own.
The kernel sends it SIGTERM when the thread that started it ends (PR_SET_PDEATHSIG); then, as on any SIGTERM, the whole
group gets SIGTERM and, after the grace period, SIGKILL: the order in which SageMaker stops a container
(https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-inference-code.html). Imports nothing of the project,
so that it starts in a few milliseconds.
"""

import ctypes
import os
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_AWAITED = {signal.SIGCHLD, signal.SIGTERM, signal.SIGINT}

# What a shell answers for a command that it cannot start.
CANNOT_START = 127


def main() -> int:
    grace_seconds, parent, command = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    _die_with_parent(signal.SIGTERM, parent)
    _adopt_orphans()
    own_pid = os.getpid()
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _AWAITED)
        _die_with_parent(signal.SIGKILL, own_pid)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            os.write(2, f"cannot start {command[0]}: {error}\n".encode())
            os._exit(CANNOT_START)
    while signal.sigwait(_AWAITED) == signal.SIGCHLD:
        status = _reap(child)
        if status is not None:
            # What the container forked and left behind goes with it; SIGTERM is blocked here, so only they get it.
            os.killpg(0, signal.SIGTERM)
            return os.waitstatus_to_exitcode(status) & 0xFF
    os.killpg(0, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while _reap(child) is None and time.monotonic() < deadline:
        signal.sigtimedwait({signal.SIGCHLD}, max(0.0, deadline - time.monotonic()))
    os.killpg(0, signal.SIGKILL)  # the container, its children and this process
    return 0


def _die_with_parent(death_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel for `death_signal` when the parent goes (Linux only; elsewhere the parent must stop us)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)  # the parent was gone before the kernel was asked


def _adopt_orphans() -> None:
    """Become the parent of what the container's processes leave behind, as a container's first process is (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap(child: int) -> int | None:
    """The child's wait status, None while it runs; takes away every other process that has ended."""
    while True:
        try:
            done, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if done == child:
            return status
        if not done:
            return None


if __name__ == "__main__":
    sys.exit(main())

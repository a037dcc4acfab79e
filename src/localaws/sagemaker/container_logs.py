"""What a container prints: into a local file and, with the execution role, into CloudWatch Logs.

https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html: log group
`/aws/sagemaker/Endpoints/<endpoint>`, log stream `<variant>/<instance id>`. A role that may not write logs loses them
without failing the endpoint, as on AWS."""

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

from botocore.exceptions import BotoCoreError, ClientError

from localaws.clock import Clock
from localaws.errors import AwsError
from localaws.sagemaker.dependencies import RoleSessions
from localaws.sagemaker.scope import Scope

# PutLogEvents takes at most 10,000 events and 1 MiB a call, counting 26 bytes more per event.
_MOST_EVENTS = 1000
_MOST_BATCH_BYTES = 1_000_000
_MOST_EVENT_BYTES = 256_000
_FLUSH_SECONDS = 0.5
_LAST_WORDS_SECONDS = 2.0


def group_name(endpoint: str) -> str:
    """The log group of an endpoint."""
    return f"/aws/sagemaker/Endpoints/{endpoint}"


class ContainerLogs:
    """One container's log: `follow` its output, `close` when it is over."""

    def __init__(
        self, *, file: Path, scope: Scope, group: str, stream: str, role_arn: str, roles: RoleSessions, clock: Clock
    ) -> None:
        self._group = group
        self._stream = stream
        self._scope = scope
        self._role_arn = role_arn
        self._roles = roles
        self._clock = clock
        file.parent.mkdir(parents=True, exist_ok=True)
        self._file = file.open("ab", buffering=0)
        self._lost_lines = 0
        self._lost_why = ""
        self._pending: deque[tuple[int, str]] = deque()
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._stream_exists = False
        self._last_refusal = ""
        self._lock = threading.Lock()
        self._pumps: list[threading.Thread] = []
        self._shipper = threading.Thread(target=self._ship_until_closed, name=f"logs-{stream}", daemon=True)
        self._shipper.start()

    @property
    def stream_arn(self) -> str:
        """ARN of the log stream, as ModelError's LogStreamArn gives it."""
        scope = self._scope
        group = f"arn:{scope.partition}:logs:{scope.region}:{scope.account}:log-group:{self._group}"
        return f"{group}:log-stream:{self._stream}"

    def follow(self, output: IO[bytes]) -> None:
        """Read a process's output line by line until it ends, on a thread of its own."""
        pump = threading.Thread(target=self._pump, args=(output,), name=f"output-{self._stream}", daemon=True)
        self._pumps.append(pump)
        pump.start()

    def note(self, line: str) -> None:
        """Write a line of SageMaker's own beside the container's."""
        self._append(line.encode())

    def close(self) -> None:
        """Ship what is left, a dying process's last words included, and let go of the file."""
        for pump in self._pumps:
            pump.join(timeout=_LAST_WORDS_SECONDS)
        self._closed.set()
        self._wake.set()
        self._shipper.join(timeout=5)
        with self._lock:
            self._file.close()

    def _pump(self, output: IO[bytes]) -> None:
        with output:
            for line in output:
                self._append(line.rstrip(b"\n"))

    def _append(self, line: bytes) -> None:
        with self._lock:
            if self._file.closed:
                return
            self._write(line + b"\n")
            text = line[:_MOST_EVENT_BYTES].decode("utf-8", "replace")
            # CloudWatch Logs refuses an empty message.
            self._pending.append((int(self._clock.now().timestamp() * 1000), text or " "))
        self._wake.set()

    def _write(self, text: bytes) -> None:
        """Into the local file. A disk that is full loses lines there, and nothing else: the container prints on."""
        if self._lost_lines:
            text = f"\n[sagemaker] {self._lost_lines} lines are missing here: {self._lost_why}\n".encode() + text
        try:
            while text:  # a disk that is nearly full takes a part
                text = text[self._file.write(text) :]
            self._lost_lines = 0
        except OSError as problem:
            self._lost_lines += 1
            self._lost_why = problem.strerror or str(problem)

    def _ship_until_closed(self) -> None:
        while not self._closed.is_set():
            self._wake.wait()
            self._wake.clear()
            self._closed.wait(_FLUSH_SECONDS)  # what comes soon after leaves in the same call
            self._ship()

    def _ship(self) -> None:
        while batch := self._next_batch():
            try:
                self._put(batch)
            except (AwsError, ClientError, BotoCoreError) as error:
                self._remember_refusal(str(error))

    def _next_batch(self) -> list[tuple[int, str]]:
        batch: list[tuple[int, str]] = []
        size = 0
        with self._lock:
            while self._pending and len(batch) < _MOST_EVENTS:
                size += len(self._pending[0][1].encode()) + 26
                if batch and size > _MOST_BATCH_BYTES:
                    break
                batch.append(self._pending.popleft())
        return batch

    def _put(self, batch: list[tuple[int, str]]) -> None:
        logs = self._roles.clients(self._role_arn, region=self._scope.region).client("logs")
        if not self._stream_exists:
            for create in (
                lambda: logs.create_log_group(logGroupName=self._group),
                lambda: logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream),
            ):
                _unless_it_exists(create)
            self._stream_exists = True
        logs.put_log_events(
            logGroupName=self._group,
            logStreamName=self._stream,
            logEvents=[{"timestamp": moment, "message": text} for moment, text in batch],
        )

    def _remember_refusal(self, refusal: str) -> None:
        """Say once, in the local file only, why CloudWatch Logs has nothing."""
        with self._lock:
            if refusal != self._last_refusal and not self._file.closed:
                self._last_refusal = refusal
                self._write(f"[sagemaker] these lines did not reach CloudWatch Logs: {refusal}\n".encode())


def _unless_it_exists(create: Callable[[], object]) -> None:
    try:
        create()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        # A role with a pre-created group needs no logs:CreateLogGroup; the write that follows decides.
        if code not in ("ResourceAlreadyExistsException", "AccessDeniedException", "AccessDenied"):
            raise

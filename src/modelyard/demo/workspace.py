"""The files of a demo, all below one folder (`.cache/demo` of the checkout): nothing is written elsewhere."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import psutil

from modelyard.shell.failure import Failure

_NEEDED_BYTES = 3 * 1024**3


@dataclass(frozen=True, kw_only=True)
class Running:
    """Embedded AWS that a demo left running: `started` tells a later process with the same id apart."""

    pid: int
    started: float
    port: int
    account: str
    region: str


class Workspace:
    """Paths, and the note about embedded AWS that was kept."""

    def __init__(self, root: Path, folder: Path | None = None) -> None:
        self.root = root
        self.folder = (folder or root / ".cache" / "demo").absolute()
        self.logs = self.folder / "logs"
        self.state = self.folder / "state"
        self.assembly = self.folder / "cdk.out"
        self.cdk_home = self.folder / "cdk-home"
        self.ready_file = self.folder / "ready.json"
        self._note = self.folder / "running.json"
        self._lock: IO[str] | None = None

    def claim(self) -> None:
        """Take the folder for this process until it ends: two demos in one would remove each other's files."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (self.folder / "lock").open("a")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Failure(
                f"another demo is running in {self.folder}: wait for it, or choose another --folder and --port"
            ) from error
        except OSError as error:
            raise Failure(f"cannot write to {self.folder} ({error.strerror}), where the demo's files go") from error
        running = self.running()
        if running is not None:
            raise Failure(
                f"the embedded AWS of an earlier demo still runs on port {running.port} (process {running.pid}): "
                "stop it with `modelyard demo --stop`, or deploy to it with `modelyard cdk deploy` (docs/operating.md)"
            )

    def release(self) -> None:
        """Let another demo have the folder."""
        if self._lock is not None:
            self._lock.close()

    def empty(self) -> None:
        """Remove what embedded AWS kept, a gigabyte of weights; the logs stay."""
        shutil.rmtree(self.state, ignore_errors=True)

    def prepare(self) -> None:
        """Begin with empty folders, so that every demo starts from an empty account."""
        for old in (self.logs, self.state, self.assembly):
            shutil.rmtree(old, ignore_errors=True)
        for folder in (self.logs, self.state, self.cdk_home):
            folder.mkdir(parents=True, exist_ok=True)
        self.ready_file.unlink(missing_ok=True)
        free = shutil.disk_usage(self.folder).free
        if free < _NEEDED_BYTES:
            raise Failure(
                f"only {free / 1e9:.1f} GB are free on the disk of {self.folder}, and the demo needs "
                f"{_NEEDED_BYTES / 1e9:.1f} GB: free some space, or choose another with --folder"
            )

    def environment(self, *, port: int, account: str, region: str) -> dict[str, str]:
        """The process environment of everything the demo does: embedded AWS and nothing of the user's own AWS set-up.

        The administrator's keys are made here, new for every demo, so that everything can have them from the start.
        """
        access_key, secret_key = f"AKIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30)
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
        return (
            mine
            | exports(port=port, region=region, access_key=access_key, secret_key=secret_key)
            | {
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
                "AWS_EC2_METADATA_DISABLED": "true",
                "CDK_HOME": str(self.cdk_home),
                "CDK_DEFAULT_ACCOUNT": account,
                "CDK_DEFAULT_REGION": region,
                "NO_PROXY": ",".join(filter(None, ["127.0.0.1", "localhost", os.environ.get("NO_PROXY")])),
                "no_proxy": ",".join(filter(None, ["127.0.0.1", "localhost", os.environ.get("no_proxy")])),
            }
        )

    def note(self, *, pid: int, port: int, account: str, region: str) -> None:
        """Write down that embedded AWS keeps running."""
        running = Running(pid=pid, started=psutil.Process(pid).create_time(), port=port, account=account, region=region)
        self._note.write_text(json.dumps(asdict(running)), encoding="utf-8")

    def running(self) -> Running | None:
        """Embedded AWS that an earlier demo left, if it still runs."""
        try:
            running = Running(**json.loads(self._note.read_text(encoding="utf-8")))
            alive = psutil.Process(running.pid).create_time() == running.started
        except (OSError, ValueError, TypeError, psutil.NoSuchProcess):
            alive = False
        if alive:
            return running
        self._note.unlink(missing_ok=True)
        return None

    def forget(self) -> None:
        """Remove the note: nothing runs any more."""
        self._note.unlink(missing_ok=True)


def exports(*, port: int, region: str, access_key: str, secret_key: str) -> dict[str, str]:
    """The variables with which AWS's tools reach embedded AWS: the CDK reads AWS_REGION, boto3 AWS_DEFAULT_REGION."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": secret_key,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
    }

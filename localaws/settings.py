"""What `python -m localaws` was asked for, checked before anything heavy is imported."""

import os
import re
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

from localaws.admin_keys import AdminKeys

HOST = "127.0.0.1"

# An engine's image, a model of a few hundred megabytes and the Lambda code have to fit.
_MINIMUM_FREE_BYTES = 500 * 1024 * 1024


class SettingsError(Exception):
    """A request that cannot be met; the message is the sentence for the user."""


@dataclass(frozen=True)
class Settings:
    """Where embedded AWS listens, keeps its files, which account and region it plays and who its administrator is."""

    port: int
    state_dir: Path
    account: str = "000000000000"
    region: str = "us-east-1"
    clock_factor: float = 1.0
    ready_file: Path | None = None
    outlive_parent: bool = False
    images: Path | None = None
    keys: AdminKeys = field(default_factory=AdminKeys.new)
    quotas: Path | None = None

    def check(self) -> None:
        """Raise `SettingsError` for a value that AWS or this machine does not allow."""
        if not re.fullmatch(r"\d{12}", self.account):
            raise SettingsError(f"account {self.account!r} is not 12 digits, for example 000000000000")
        if not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-\d", self.region):
            raise SettingsError(f"region {self.region!r} is not an AWS region name, for example us-east-1")
        if self.clock_factor <= 0:
            raise SettingsError(
                f"clock factor {self.clock_factor} is not above 0; 1 is real time, 60 is 60 times as fast"
            )
        if self.images is not None and not self.images.is_file():
            raise SettingsError(
                f"the image table {self.images} does not exist; leave --images out to use the project's own"
            )


def open_listener(port: int) -> socket.socket:
    """A listening socket on the loopback address, port 0 meaning any free one; `SettingsError` when it is taken.

    The socket is handed to the server as it is: between a probe and a later bind somebody else could take the port.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(256)
    except (OSError, OverflowError) as problem:
        listener.close()
        raise SettingsError(
            f"cannot listen on {HOST}:{port} ({problem}); stop what uses that port or choose another with --port"
        ) from problem
    return listener


def prepare_state_dir(state_dir: Path) -> Path:
    """The state directory, made, ours alone, writable and with room; `SettingsError` otherwise."""
    given = state_dir.expanduser().absolute()
    resolved = given.resolve()
    try:
        _require_ours(given, resolved)
        resolved.mkdir(parents=True, exist_ok=True)
        # Code of functions, objects and the keys lie here.
        resolved.chmod(0o700)
        (resolved / "tmp").mkdir(exist_ok=True)
        probe = resolved / ".writable"
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as problem:
        raise SettingsError(
            f"cannot write to the state directory {resolved} ({problem.strerror}); choose another with --state-dir"
        ) from problem
    free_bytes = shutil.disk_usage(resolved).free
    if free_bytes < _MINIMUM_FREE_BYTES:
        raise SettingsError(
            f"only {free_bytes // 2**20} MB are free for the state directory {resolved}, at least "
            f"{_MINIMUM_FREE_BYTES // 2**20} MB are needed; free some space or choose another with --state-dir"
        )
    return resolved


def _require_ours(given: Path, resolved: Path) -> None:
    """Refuse a folder that somebody else made, or that somebody else's link leads to: they could change what runs."""
    own = os.geteuid()
    for place in (given, *given.parents):
        if place.is_symlink() and place.lstat().st_uid not in (own, 0):
            raise SettingsError(
                f"the state directory {given} is reached by the link {place}, which user {place.lstat().st_uid} made; "
                "choose another with --state-dir"
            )
    if resolved.exists() and resolved.stat().st_uid != own:
        raise SettingsError(
            f"the state directory {resolved} belongs to user {resolved.stat().st_uid} and not to you (user {own}); "
            "choose another with --state-dir"
        )

"""What `python -m localaws` was asked for, checked before anything heavy is imported."""

import os
import re
import shutil
import socket
import stat
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
        _require_own_way(given, resolved)
        resolved.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_ours(resolved)
        # Code of functions, objects and the keys lie here.
        resolved.chmod(0o700)
        for entry in resolved.iterdir():
            _require_ours(entry)
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


def _require_own_way(given: Path, resolved: Path) -> None:
    """Refuse a way that somebody else could lead elsewhere, and with it what runs: a link of theirs, a folder of theirs
    where everybody may make folders, a folder in which everybody may put another in its place."""
    own = os.geteuid()
    for place in (given, *given.parents):
        if place.is_symlink() and place.lstat().st_uid not in (own, 0):
            raise SettingsError(
                f"the state directory {given} is reached by the link {place}, which user {place.lstat().st_uid} made; "
                "choose another with --state-dir"
            )
    for place in resolved.parents:
        if not place.exists():
            continue
        found = place.stat()
        # In a home or a checkout that is somebody else's, whoever starts this has chosen to be; in /tmp they have not.
        if found.st_uid not in (own, 0) and place.parent.stat().st_mode & stat.S_IWOTH:
            raise SettingsError(
                f"the state directory {given} lies in {place}, which belongs to user {found.st_uid} and not to you "
                f"(user {own}); choose another with --state-dir"
            )
        if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
            raise SettingsError(
                f"the state directory {given} lies in {place}, where every user may put another in its place; "
                f"choose another with --state-dir, or close that one: chmod o-w {place}"
            )


def _require_ours(place: Path) -> None:
    """Refuse what somebody else made, the link and not what it leads to."""
    own, found = os.geteuid(), place.lstat()
    if found.st_uid != own:
        raise SettingsError(
            f"the state directory {place} belongs to user {found.st_uid} and not to you (user {own}); "
            "choose another with --state-dir"
        )

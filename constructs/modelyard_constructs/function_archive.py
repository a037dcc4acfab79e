"""A function's code as Lambda takes it: our source and the wheels it needs, in one archive, without Docker.

The archive holds `lambdas/__init__.py`, `lambdas/<function>/`, `lambdas/shared/` and the rooms that the function
imports, under the paths they have in the repository, so that code has one import path everywhere. Wheels come from a
lock with hashes for Lambda's platform, not for this machine's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache"

# Lambda's newest Python that the bundled code was tried with; AWS supports it until 2029-06-30
# (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html).
RUNTIME = "python3.13"
# A GB-second costs a fifth less than on x86_64 (https://aws.amazon.com/lambda/pricing/), and pure Python runs on both.
ARCHITECTURE = "arm64"
_WHEEL_PLATFORM = "manylinux2014_aarch64"

# What Python and pip write beside the code differs from machine to machine and does nothing in Lambda.
_LEFT_OUT = frozenset({"__pycache__", "bin", "RECORD", "REQUESTED", "INSTALLER", "direct_url.json"})
# The earliest time that a zip archive can state: two builds of the same code are the same bytes.
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)


class BundlingFailed(Exception):
    """The wheels of a function could not be had; the text is one sentence for whoever synthesises."""


@dataclass(frozen=True)
class Archive:
    """A function's code on this machine; `digest` changes exactly when the code does."""

    path: Path
    digest: str


def archive(function: str, *, rooms: Sequence[str] = (), root: Path = ROOT, cache: Path = CACHE) -> Archive:
    """The archive of `lambdas/<function>/`, built only when something in it changed."""
    sources = sorted(_sources(function, rooms, root))
    lock = _lock(function, root)
    digest = hashlib.sha256(f"{RUNTIME} {_WHEEL_PLATFORM} {digest_of(lock)}".encode())
    for path in sources:
        digest.update(f"\n{path.relative_to(root).as_posix()} {digest_of(path)}".encode())
    made = Archive(cache / "lambdas" / f"{function}-{digest.hexdigest()[:32]}.zip", digest.hexdigest())
    if not made.path.exists():
        packages = _packages(lock, cache)
        files = {path.relative_to(root).as_posix(): path for path in sources}
        files |= {path.relative_to(packages).as_posix(): path for path in files_of(packages)}
        write_archive(made.path, files)
    return made


def _sources(function: str, rooms: Sequence[str], root: Path) -> Iterator[Path]:
    yield root / "lambdas" / "__init__.py"
    for folder in (f"lambdas/{function}", "lambdas/shared", *rooms):
        yield from files_of(root / folder)


def _lock(function: str, root: Path) -> Path:
    """The function's own lock where it needs more than all functions do."""
    own = root / "lambdas" / function / "requirements.txt"
    return own if own.exists() else root / "lambdas" / "requirements.txt"


def files_of(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not _LEFT_OUT & set(path.relative_to(folder).parts):
            yield path


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _packages(lock: Path, cache: Path) -> Path:
    """A folder with the lock's wheels unpacked; it is made once per lock, runtime and platform."""
    key = hashlib.sha256(f"{RUNTIME} {_WHEEL_PLATFORM} {digest_of(lock)}".encode()).hexdigest()[:32]
    packages = cache / "lambda-packages" / key
    if packages.exists():
        return packages
    packages.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=packages.parent) as temporary:
        made = Path(temporary) / "packages"
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-compile"]
        command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--platform", _WHEEL_PLATFORM]
        command += ["--python-version", RUNTIME.removeprefix("python"), "--implementation", "cp"]
        command += ["--target", str(made), "--requirement", str(lock)]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode != 0:
            reason = (run.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            raise BundlingFailed(
                f"the wheels of {lock.name} for Lambda ({RUNTIME}, {_WHEEL_PLATFORM}) could not be had: {reason}; "
                "the first synth with a function needs a package index"
            )
        # Another synth may have been quicker, with the same result.
        if not packages.exists():
            made.rename(packages)
    return packages


def write_archive(path: Path, files: dict[str, Path]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive_file:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _TIMESTAMP)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive_file.writestr(entry, files[name].read_bytes())
        made = temporary.name
    os.replace(made, path)


def copy_to(archive_made: Archive, folder: str) -> str:
    """Lay an archive into a cloud assembly; returns its file name there."""
    name = f"asset.{archive_made.digest}.zip"
    shutil.copyfile(archive_made.path, Path(folder) / name)
    return name

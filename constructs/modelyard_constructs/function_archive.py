"""A function's code as Lambda takes it: our source and the wheels it needs, in one archive, without Docker.

The archive holds the modules that the function's handler reaches, under the paths that they have in the repository, so
that code has one import path everywhere. Wheels come from a lock with hashes for Lambda's platform, not for this
machine's.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from modelyard.blueprint.asset import FileAsset
from modelyard_constructs.reached_modules import reached_files

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache"
# Where code that functions may reach lies, besides the repository itself.
SOURCE_ROOTS = ("src",)

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


def function_asset(function: str, *, root: Path = ROOT, cache: Path = CACHE) -> FileAsset:
    """The archive of `lambdas/<function>/`, built only when something in it changed."""
    sources = reached_files(f"lambdas.{function}.handler", [root, *(root / name for name in SOURCE_ROOTS)])
    lock = _lock(function, root)
    digest = hashlib.sha256(f"{RUNTIME} {_WHEEL_PLATFORM} {digest_of(lock)}".encode())
    for name, path in sorted(sources.items()):
        digest.update(f"\n{name} {digest_of(path)}".encode())
    path = cache / "lambdas" / f"{function}-{digest.hexdigest()[:32]}.zip"

    def build() -> Path:
        if not path.exists():
            packages = _packages(lock, cache)
            files = {found.relative_to(packages).as_posix(): found for found in files_of(packages)}
            write_archive(path, files | sources)
        return path

    return FileAsset(name=f"lambdas/{function}", digest=digest.hexdigest(), build=build)


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


def write_archive(path: Path, files: Mapping[str, Path]) -> None:
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

"""Model data from S3, read with the Model's execution role, kept on disk by ETag.

A deployment gets its own folder of hard links, so that a second deployment of the same data copies nothing.
"""

import contextlib
import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localaws.errors import AwsError
from localaws.sagemaker import model_archive, s3_uri
from localaws.sagemaker.dependencies import RoleSessions
from localaws.sagemaker.model_archive import ArchiveRefused
from localaws.sagemaker.records import ModelRecord
from localaws.sagemaker.s3_uri import S3Uri

_LONGEST_FILE_NAME = 255
_SHOWN_CHARACTERS = 100
_MISSING = ("NoSuchKey", "NoSuchBucket", "404", "NotFound")


class ArtifactError(Exception):
    """Model data that cannot be had; the text is what SageMaker writes into FailureReason."""


class DownloadAborted(Exception):
    """The download was given up: its time is over or the endpoint is being deleted."""


@dataclass(frozen=True)
class _Object:
    address: S3Uri
    etag: str
    size_bytes: int


class ArtifactStore:
    """Downloads model data for containers. Safe to use from several threads."""

    def __init__(self, *, folder: Path, roles: RoleSessions) -> None:
        self._objects = folder / "objects"
        self._extracted = folder / "extracted"
        self._roles = roles
        self._locks: dict[Path, threading.Lock] = {}
        self._locks_lock = threading.Lock()

    def require_readable(self, model: ModelRecord) -> None:
        """Raise `AwsError` as CreateModel does unless the role can see the data of every container.

        Wordings: aws/amazon-sagemaker-examples#4479 ("Could not find model data at"),
        philschmid/llm-sagemaker-sample#2 ("Could not access model data at").
        """
        for container in model.containers:
            source = _source(container)
            if source is None:
                continue
            try:
                found = self._list(model, source)
            except (ClientError, BotoCoreError) as error:
                if _error_code(error) in _MISSING:
                    raise AwsError("ValidationException", f"Could not find model data at {source}.") from None
                raise AwsError(
                    "ValidationException",
                    f'Could not access model data at {source}. Please ensure that the role "{model.role_arn}" exists '
                    'and that its trust relationship policy allows the action "sts:AssumeRole" for the service '
                    'principal "sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and '
                    f"that the object is located in {model.scope.region}. If your Model uses multiple models or "
                    'uncompressed models, please ensure that the role has "s3:ListBucket" permission.',
                ) from None
            if not found and container.get("Mode") != "MultiModel":
                raise AwsError("ValidationException", f"Could not find model data at {source}.")

    def fetch_container(
        self,
        model: ModelRecord,
        container: dict[str, Any],
        *,
        position: int,
        into: Path,
        is_aborted: Callable[[], bool],
    ) -> None:
        """Fill `into` with the container's model data; nothing to do for a container without any.

        `position` counts the Model's containers from 1. Raises ArtifactError with SageMaker's reason.
        """
        into.mkdir(parents=True, exist_ok=True)
        source = _source(container)
        if source is None or container.get("Mode") == "MultiModel":
            return
        try:
            objects = self._list(model, source)
            if not objects:
                raise ArtifactError(_download_failure(position, source))
            for item in objects:
                local = self._download(model, item, is_aborted)
                if _is_archive(container):
                    _link_tree(self._extract(local, position), into)
                else:
                    relative = item.address.key[len(source.key) :] or Path(item.address.key).name
                    target = _inside(into, relative)
                    try:
                        _link(local, target)
                    except OSError as error:
                        # One key is the folder of another, or the path is longer than paths can be.
                        raise ArtifactError(
                            f"The object key {_shown(relative)} cannot be a file of the model folder: {error.strerror}."
                        ) from error
        except AwsError as error:
            raise ArtifactError(error.message) from error
        except (ClientError, BotoCoreError) as error:
            raise ArtifactError(f"{_download_failure(position, source)} ({_error_code(error)})") from error

    def fetch_archive(self, model: ModelRecord, address: S3Uri, *, into: Path) -> None:
        """Download and extract one model archive of a multi-model endpoint; raises ClientError as S3 answers."""
        listed = self._head(model, address)
        _link_tree(self._extract(self._download(model, listed, lambda: False), 1), into)

    def _list(self, model: ModelRecord, source: S3Uri) -> list[_Object]:
        if not source.key.endswith("/") and source.key:
            return [self._head(model, source)]
        s3 = self._s3(model)
        found = []
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=source.bucket, Prefix=source.key):
            for item in page.get("Contents", ()):
                if not item["Key"].endswith("/"):
                    found.append(_Object(S3Uri(source.bucket, item["Key"]), item["ETag"], int(item["Size"])))
        return found

    def _head(self, model: ModelRecord, address: S3Uri) -> _Object:
        head = self._s3(model).head_object(Bucket=address.bucket, Key=address.key)
        return _Object(address, head["ETag"], int(head["ContentLength"]))

    def _download(self, model: ModelRecord, item: _Object, is_aborted: Callable[[], bool]) -> Path:
        """The object's bytes in the cache. A cached copy is used only after S3 let the role read the object."""
        # An ETag is a digest of the content, so the same weights under two keys are kept once.
        name = hashlib.sha256(f"{item.etag}\n{item.size_bytes}".encode()).hexdigest()
        target = self._objects / name
        s3 = self._s3(model)
        with self._lock(target):
            if target.exists() and target.stat().st_size == item.size_bytes:
                # The role's s3:GetObject is asked for the first byte even when all bytes are here already.
                first_byte = {"Range": "bytes=0-0"} if item.size_bytes else {}
                s3.get_object(Bucket=item.address.bucket, Key=item.address.key, **first_byte)["Body"].close()
                return target
            body = s3.get_object(Bucket=item.address.bucket, Key=item.address.key)["Body"]
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(".partial")
            with contextlib.closing(body), partial.open("wb") as file:
                for chunk in body.iter_chunks(1 << 20):
                    if is_aborted():
                        raise DownloadAborted
                    file.write(chunk)
            # Read-only, as /opt/ml/model is in a SageMaker container; the hard links share this mode.
            partial.chmod(0o400)
            partial.replace(target)
        return target

    def _extract(self, archive: Path, position: int) -> Path:
        target = self._extracted / archive.name
        with self._lock(target):
            if not target.exists():
                partial = target.with_name(target.name + ".partial")
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir(parents=True)
                try:
                    model_archive.unpack(archive, partial)
                except ArchiveRefused as error:
                    shutil.rmtree(partial, ignore_errors=True)
                    raise ArtifactError(
                        f'Failed to extract model data archive for container "container_{position}". Please ensure '
                        f"that the object located at the URL is a valid tar.gz archive. ({error})"
                    ) from error
                partial.rename(target)
        return target

    def _s3(self, model: ModelRecord) -> Any:
        return self._roles.clients(model.role_arn, region=model.scope.region).client("s3")

    def _lock(self, target: Path) -> threading.Lock:
        with self._locks_lock:
            return self._locks.setdefault(target, threading.Lock())


def _source(container: dict[str, Any]) -> S3Uri | None:
    if "ModelDataUrl" in container:
        return s3_uri.parse(container["ModelDataUrl"])
    source = container.get("ModelDataSource", {}).get("S3DataSource")
    return None if source is None else s3_uri.parse(source["S3Uri"])


def _is_archive(container: dict[str, Any]) -> bool:
    if "ModelDataUrl" in container:
        return True
    return bool(container["ModelDataSource"]["S3DataSource"]["CompressionType"] == "Gzip")


def _download_failure(position: int, source: S3Uri) -> str:
    """FailureReason as in aws-solutions-library-samples/fraud-detection-using-machine-learning#9."""
    return (
        f'Failed to download model data for container "container_{position}" from URL: "{source}". Please ensure that '
        "there is an object located at the URL and that the role passed to CreateModel has permissions to download the "
        "object."
    )


def _error_code(error: Exception) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__


def _inside(folder: Path, relative: str) -> Path:
    """`folder/relative`, for a key that names a file.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3ModelDataSource.html lists what no part of a key may
    be: empty, `.`, `..`, longer than 255 bytes, or with a null byte.
    """
    parts = relative.lstrip("/").split("/")
    if ".." in parts:
        raise ArtifactError(f"The object key {_shown(relative)} leads out of the model folder.")
    if any(part in {"", "."} or "\0" in part or len(part.encode()) > _LONGEST_FILE_NAME for part in parts):
        raise ArtifactError(f"The object key {_shown(relative)} has a part that is no valid file name.")
    return folder.joinpath(*parts)


def _shown(key: str) -> str:
    return repr(key if len(key) <= _SHOWN_CHARACTERS else f"{key[:_SHOWN_CHARACTERS]}...")


def _link_tree(source: Path, into: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file():
            _link(path, into / path.relative_to(source))


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, target)

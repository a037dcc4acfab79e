"""The models that a multi-model container holds now: loaded on their first request, the longest unused unloaded first.

https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html: POST /models loads (409: is loaded already,
507: no memory; SageMaker then unloads another model and tries again), DELETE /models/<name> unloads, POST
/models/<name>/invoke answers.
"""

import hashlib
import shutil
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from localaws.errors import AwsError
from localaws.sagemaker import s3_uri
from localaws.sagemaker.artifacts import ArtifactError, ArtifactStore
from localaws.sagemaker.container import Container
from localaws.sagemaker.records import ModelRecord

# A model must load within the time of its first request: same page, "The container has 60 seconds to respond".
_LOAD_TIMEOUT_SECONDS = 60.0


class ModelNotAvailable(Exception):
    """The TargetModel cannot be served; `message` is for the caller, `status` what the container said, if it did."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True)
class LoadTimes:
    """What making a model ready cost, for CloudWatch; all zero when it was loaded already."""

    was_loaded: bool
    download_seconds: float = 0.0
    load_seconds: float = 0.0
    unload_seconds: float = 0.0


@dataclass
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    is_loaded: bool = False


class LoadedModels:
    """Keeps track of one container's models. Safe to use from several threads."""

    def __init__(self, *, model: ModelRecord, container: Container, artifacts: ArtifactStore, folder: Path) -> None:
        self._model = model
        self._container = container
        self._artifacts = artifacts
        self._folder = folder
        definition = next(item for item in model.containers if item.get("Mode") == "MultiModel")
        self._prefix = s3_uri.parse(definition["ModelDataUrl"])
        self.is_caching = definition.get("MultiModelConfig", {}).get("ModelCacheSetting", "Enabled") == "Enabled"
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many models the container holds."""
        with self._lock:
            return sum(entry.is_loaded for entry in self._entries.values())

    @staticmethod
    def name_of(target_model: str) -> str:
        """The name under which the container knows a TargetModel; S3 keys may hold characters that a path cannot."""
        return hashlib.sha256(target_model.encode()).hexdigest()[:32]

    def acquire(self, target_model: str) -> LoadTimes:
        """Have the model loaded and in use until `release`; raises ModelNotAvailable."""
        with self._lock:
            entry = self._entries.setdefault(target_model, _Entry())
            self._entries.move_to_end(target_model)
            entry.users += 1
        try:
            with entry.lock:  # two first requests for one model load it once
                if entry.is_loaded:
                    return LoadTimes(was_loaded=True)
                times = self._load(target_model)
                entry.is_loaded = True
                return times
        except BaseException:
            self.release(target_model)
            raise

    def reload(self, target_model: str) -> None:
        """Have a model in use loaded again: the container said that it does not have it. Raises ModelNotAvailable."""
        with self._lock:
            entry = self._entries[target_model]
        with entry.lock:
            entry.is_loaded = False
            self._load(target_model)
            entry.is_loaded = True

    def release(self, target_model: str) -> None:
        """A request is over; with ModelCacheSetting Disabled the model goes when nobody uses it."""
        with self._lock:
            entry = self._entries[target_model]
            entry.users -= 1
            is_idle = entry.users == 0
            if is_idle and not entry.is_loaded:
                del self._entries[target_model]
        if is_idle and entry.is_loaded and not self.is_caching:
            self._unload(target_model, entry)

    def _load(self, target_model: str) -> LoadTimes:
        began = time.monotonic()
        folder = self._download(target_model)
        downloaded = time.monotonic()
        unload_seconds = 0.0
        request = {"model_name": self.name_of(target_model), "url": str(folder)}
        while True:
            try:
                answer = httpx.post(
                    f"{self._container.base_url}/models", json=request, timeout=_LOAD_TIMEOUT_SECONDS, trust_env=False
                )
            except httpx.TimeoutException:
                raise ModelNotAvailable(
                    f"Model {target_model} is still being loaded. Please wait and try your request again.", status=429
                ) from None
            except httpx.TransportError as error:
                raise ModelNotAvailable(f"the container does not answer: {error}", status=500) from error
            if answer.status_code in (200, 409):
                seconds = time.monotonic() - downloaded - unload_seconds
                return LoadTimes(False, downloaded - began, seconds, unload_seconds)
            if answer.status_code != 507:
                raise ModelNotAvailable(answer.text, status=answer.status_code)
            unload_began = time.monotonic()
            if not self._unload_longest_unused():
                raise ModelNotAvailable(answer.text, status=507)
            unload_seconds += time.monotonic() - unload_began

    def _download(self, target_model: str) -> Path:
        folder = self._folder / self.name_of(target_model) / "model"
        address = self._prefix.joined(target_model)
        try:
            self._artifacts.fetch_archive(self._model, address, into=folder)
        except (ClientError, BotoCoreError, AwsError) as error:
            raise ModelNotAvailable(
                f"Failed to download model data(bucket: {address.bucket}, key: {address.key}). Please ensure that "
                "there is an object located at the URL and that the role passed to CreateModel has permissions to "
                f"download the model. ({error})"
            ) from error
        except ArtifactError as error:
            raise ModelNotAvailable(str(error)) from error
        return folder

    def _unload_longest_unused(self) -> bool:
        with self._lock:
            idle = next(
                ((name, entry) for name, entry in self._entries.items() if entry.is_loaded and entry.users == 0), None
            )
        if idle is None:
            return False
        self._unload(*idle)
        return True

    def _unload(self, target_model: str, entry: _Entry) -> None:
        with entry.lock:
            if not entry.is_loaded or entry.users:
                return
            name = self.name_of(target_model)
            httpx.delete(f"{self._container.base_url}/models/{name}", timeout=_LOAD_TIMEOUT_SECONDS, trust_env=False)
            entry.is_loaded = False
        shutil.rmtree(self._folder / name, ignore_errors=True)
        with self._lock:
            if self._entries.get(target_model) is entry and entry.users == 0:
                del self._entries[target_model]

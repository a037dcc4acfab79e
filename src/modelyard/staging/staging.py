"""Brings the weights of an endpoint's models to the artifacts bucket, in the form in which its kind takes them.

- real-time and async: the files as they are under `<endpoint>/<model>/`, read as an uncompressed S3 prefix;
- serverless and multi-model: one archive `<endpoint>/<model>.tar.gz`, the only form these kinds take.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from modelyard.catalog.entry import Entry
from modelyard.catalog.naming import artifacts_prefix
from modelyard.catalog.regular_file import repository_of
from modelyard.catalog.schema import FolderSource, HubSource, InstanceServing, Model, S3Source
from modelyard.shell.account import Account
from modelyard.shell.failure import Failure
from modelyard.shell.inner_path import inner_path
from modelyard.staging.archive import write_archive
from modelyard.staging.copy import copy
from modelyard.staging.hub import download
from modelyard.staging.object_key import bring_under
from modelyard.staging.upload import OnBytes, upload
from modelyard.staging.weights import LocalWeights, S3Weights, digest_of, local_weights, s3_weights

_ARCHIVED_KINDS = {"serverless", "multi-model"}


class Watcher(Protocol):
    """Whoever tells the person what staging does."""

    def step(self, what: str, total_bytes: int) -> OnBytes:
        """A step of so many bytes begins; what it returns hears of each portion done."""

    def done(self, what: str) -> None:
        """Something is finished, in words."""


@dataclass(frozen=True, kw_only=True)
class StagingTask:
    """One model of one endpoint; `stand_in` is the folder or file that replaces the model's own weights."""

    entry: Entry
    model_name: str
    model: Model
    stand_in: Path | None

    @property
    def archived(self) -> bool:
        """Whether the endpoint's kind takes the model as one tar.gz."""
        return self.entry.endpoint.kind in _ARCHIVED_KINDS

    @property
    def source(self) -> tuple[HubSource | S3Source | FolderSource, str]:
        """Where the weights come from, and the file that says so: graphs compiled beforehand stand in their place."""
        serving = self.entry.endpoint.serving
        if isinstance(serving, InstanceServing) and serving.compiled is not None:
            return serving.compiled.artefacts, f"endpoints/{self.entry.name}.yaml"
        return self.model.weights, f"models/{self.model_name}.yaml"

    @property
    def key(self) -> str:
        """The archive's key, or the prefix of the files, ending in a slash."""
        return f"{artifacts_prefix(self.entry)}{self.model_name}" + (".tar.gz" if self.archived else "/")


def tasks(entries: Iterable[Entry], *, everything_from: Path | None, model_from: dict[str, Path]) -> list[StagingTask]:
    """What is to be staged: every model of every entry, with the folders given in place of its own weights."""
    planned = [
        StagingTask(entry=entry, model_name=name, model=model, stand_in=model_from.get(name, everything_from))
        for entry in entries
        for name, model in entry.models.items()
    ]
    unknown = sorted(model_from.keys() - {task.model_name for task in planned})
    if unknown:
        served = ", ".join(sorted({task.model_name for task in planned}))
        raise Failure(f"--from names model {unknown[0]}, which these endpoints do not serve: they serve {served}")
    return planned


class Staging:
    """One run of `modelyard stage`: an archive that two endpoints take is packed once."""

    def __init__(
        self, account: Account, *, bucket: str, key_arn: str, catalog_folder: Path, watcher: Watcher, scratch: Path
    ) -> None:
        self._account = account
        self._s3 = account.client("s3")
        self._bucket = bucket
        self._key_arn = key_arn
        self._catalog_folder = catalog_folder
        self._watcher = watcher
        self._scratch = scratch

    def stage(self, task: StagingTask) -> None:
        """Stage one model; run again after an interruption, it continues where it was."""
        weights = self._weights(task)
        label = f"{task.entry.name}/{task.model_name}"
        if task.archived:
            outcome = self._stage_archive(task, weights, label)
        elif isinstance(weights, S3Weights):
            outcome = self._copy_files(task, weights, label)
        else:
            outcome = self._upload_files(task, weights, label)
        if moved := bring_under(self._key_arn, self._s3, bucket=self._bucket, prefix=task.key):
            outcome += f" ({moved} encrypted anew with the environment's key)"
        stand_in = f", {weights.origin} standing in for {task.model_name}" if task.stand_in else ""
        self._watcher.done(f"{label}: {outcome}, s3://{self._bucket}/{task.key}{stand_in}")

    def _weights(self, task: StagingTask) -> LocalWeights | S3Weights:
        if task.stand_in is not None:
            return local_weights(task.stand_in, said_by="--from")
        source, said_by = task.source
        if isinstance(source, FolderSource):
            folder = self._catalog_folder / source.folder
            return local_weights(folder, said_by=said_by, within=repository_of(self._catalog_folder))
        if isinstance(source, S3Source):
            return s3_weights(self._source_client(source.s3), source.s3)
        self._watcher.done(f"{task.model_name}: fetching {source.hub} from the Hugging Face hub")
        return local_weights(download(source), said_by=f"the hub's copy of {source.hub}")

    def _source_client(self, uri: str) -> Any:
        """A client of the region in which a bucket lies; S3 answers for a bucket only there."""
        bucket = uri.removeprefix("s3://").partition("/")[0]
        region = self._s3.head_bucket(Bucket=bucket).get("BucketRegion") or self._account.region
        return self._account.client("s3", region=region)

    def _upload_files(self, task: StagingTask, weights: LocalWeights, label: str) -> str:
        heard = self._watcher.step(label, weights.size_bytes)
        outcomes = [
            upload(self._s3, file.path, bucket=self._bucket, key=task.key + file.name, on_bytes=heard)
            for file in weights.files
        ]
        self._remove_others(task.key, {task.key + file.name for file in weights.files})
        return _summary(outcomes)

    def _copy_files(self, task: StagingTask, weights: S3Weights, label: str) -> str:
        heard = self._watcher.step(label, weights.size_bytes)
        source_s3 = self._source_client(weights.origin)
        outcomes = [
            copy(
                self._s3,
                source_s3,
                item,
                source_bucket=weights.bucket,
                bucket=self._bucket,
                key=task.key + item.name,
                on_bytes=heard,
            )
            for item in weights.objects
        ]
        self._remove_others(task.key, {task.key + item.name for item in weights.objects})
        return _summary(outcomes)

    def _stage_archive(self, task: StagingTask, weights: LocalWeights | S3Weights, label: str) -> str:
        if isinstance(weights, S3Weights):
            if len(weights.objects) == 1 and weights.objects[0].name.endswith(".tar.gz"):
                heard = self._watcher.step(label, weights.size_bytes)
                source_s3 = self._source_client(weights.origin)
                return copy(
                    self._s3,
                    source_s3,
                    weights.objects[0],
                    source_bucket=weights.bucket,
                    bucket=self._bucket,
                    key=task.key,
                    on_bytes=heard,
                )
            weights = self._fetched(weights, label)
        if len(weights.files) == 1 and weights.files[0].name.endswith(".tar.gz"):
            archive = weights.files[0].path
        else:
            archive = self._archive(weights, label)
        heard = self._watcher.step(label, archive.stat().st_size)
        return upload(self._s3, archive, bucket=self._bucket, key=task.key, on_bytes=heard)

    def _archive(self, weights: LocalWeights, label: str) -> Path:
        archive = self._scratch / f"{digest_of(weights)}.tar.gz"
        if not archive.exists():
            _require_space(self._scratch, weights.size_bytes)
            heard = self._watcher.step(f"{label}: packing", weights.size_bytes)
            write_archive(weights, archive, on_bytes=heard)
        return archive

    def _fetched(self, weights: S3Weights, label: str) -> LocalWeights:
        """The objects as files: an archive of them has to be packed somewhere."""
        _require_space(self._scratch, 2 * weights.size_bytes)
        folder = Path(tempfile.mkdtemp(dir=self._scratch))
        heard = self._watcher.step(f"{label}: fetching {weights.origin}", weights.size_bytes)
        source_s3 = self._source_client(weights.origin)
        for item in weights.objects:
            target = folder / inner_path(item.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            source_s3.download_file(weights.bucket, item.key, str(target), Callback=heard)
        return local_weights(folder, said_by=weights.origin)

    def _remove_others(self, prefix: str, wanted: set[str]) -> None:
        """Remove what an earlier version of the model left under the prefix: SageMaker would load it as well."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        stale = [str(item["Key"]) for page in pages for item in page.get("Contents", []) if item["Key"] not in wanted]
        for key in stale:
            self._s3.delete_object(Bucket=self._bucket, Key=key)
            self._watcher.done(f"removed s3://{self._bucket}/{key}: the model's weights no longer have it")


@contextmanager
def scratch_folder(inside: Path | None = None) -> Iterator[Path]:
    """A folder for archives that is gone afterwards; TMPDIR says on which disk unless `inside` does."""
    folder = Path(tempfile.mkdtemp(prefix="modelyard-stage-", dir=inside))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _require_space(folder: Path, wanted_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted_bytes:
        raise Failure(
            f"packing needs {wanted_bytes / 1e9:.1f} GB in {folder.parent}, where {free / 1e9:.1f} GB are free: "
            "free some, or set TMPDIR to a larger disk"
        )


def _summary(outcomes: Sequence[str]) -> str:
    """`4 files uploaded`, or `4 files (3 uploaded, 1 already there)`."""
    counts = Counter(outcomes)
    total = "1 file" if len(outcomes) == 1 else f"{len(outcomes)} files"
    if len(counts) == 1:
        return f"{total} {outcomes[0]}"
    return f"{total} (" + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) + ")"

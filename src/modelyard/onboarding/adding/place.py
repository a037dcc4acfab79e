"""Where a model's files lie: a folder of this machine, a prefix of a bucket, a repository of the hub."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from modelyard.catalog.regular_file import UnreadableFile, read_regular
from modelyard.shell.failure import Failure

MOST_BYTES = 64 * 1024 * 1024
_HUB_PATIENCE_SECONDS = 5


class NewEntryPlace(Protocol):
    """A place that small files of a model can be read from."""

    @property
    def origin(self) -> str:
        """How the place is called in a sentence, and as a source of facts."""

    @property
    def config_name(self) -> str:
        """How its config.json is called in a sentence."""

    def read(self, name: str) -> bytes | None:
        """A file's content; None where there is none of that name."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """Files of this machine; `config` names the configuration where it has a name of its own."""

    path: Path
    config: str = "config.json"

    @property
    def origin(self) -> str:
        """The folder's own name: where it lies on somebody's disk is nobody's business."""
        return f"the folder {self.path.resolve().name}"

    @property
    def config_name(self) -> str:
        """The path as it was given."""
        return str(self.path / self.config)

    def read(self, name: str) -> bytes | None:
        """A file's content, unless it is far larger than a configuration."""
        path = self.path / (self.config if name == "config.json" else name)
        try:
            # Where the links of a download's own book-keeping lead is up to whoever named the folder.
            return read_regular(path, most_bytes=MOST_BYTES, within=Path("/"))
        except FileNotFoundError:
            return None
        except UnreadableFile as unreadable:
            raise Failure(f"{path}: {unreadable}; a configuration has a few thousand bytes") from None


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Objects below a prefix that ends in a slash."""

    client: Any
    bucket: str
    prefix: str

    @property
    def origin(self) -> str:
        """The prefix as S3 spells it."""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def config_name(self) -> str:
        """Its address."""
        return f"{self.origin}config.json"

    def read(self, name: str) -> bytes | None:
        """An object's content."""
        from botocore.exceptions import ClientError

        try:
            found = self.client.get_object(Bucket=self.bucket, Key=f"{self.prefix}{name}")
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in ("NoSuchKey", "404"):
                return None
            if code == "NoSuchBucket":
                raise Failure(f"there is no bucket {self.bucket}: check the address") from error
            # Without s3:ListBucket, S3 denies what is not there as well.
            if code in ("AccessDenied", "403") and name != "config.json":
                return None
            raise
        content: bytes = found["Body"].read(MOST_BYTES)
        return content


@dataclass(frozen=True, kw_only=True)
class Hub:
    """A repository of the Hugging Face hub, or of a mirror that HF_ENDPOINT names."""

    repository: str
    revision: str = "main"

    @property
    def origin(self) -> str:
        """The repository's page."""
        return f"https://huggingface.co/{self.repository}"

    @property
    def config_name(self) -> str:
        """Its repository."""
        return f"the config.json of {self.repository}"

    def read(self, name: str) -> bytes | None:
        """A file's content."""
        return self.get(f"{self.repository}/resolve/{self.revision}/{name}")

    def get(self, path: str) -> bytes | None:
        """What the hub answers; None where it has no such thing."""
        base = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
        request = urllib.request.Request(f"{base}/{path}", headers={"User-Agent": "modelyard"})
        token = os.environ.get("HF_TOKEN")
        if token:
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=_HUB_PATIENCE_SECONDS) as answer:
                content: bytes = answer.read(MOST_BYTES)
                return content
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise self._unreachable(f"it answers {error.code} {error.reason}") from error
        except (TimeoutError, urllib.error.URLError, OSError, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise self._unreachable(str(reason)[:80] or type(error).__name__) from error

    def _unreachable(self, why: str) -> Failure:
        return Failure(
            f"{self.repository} cannot be read from the Hugging Face hub ({why}): download its config.json (and, "
            "where there is one, model.safetensors.index.json) and give the folder; a gated model needs HF_TOKEN"
        )

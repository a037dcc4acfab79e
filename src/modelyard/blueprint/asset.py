"""A file that is uploaded before a stack is deployed, and where a template says that it lies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class FileAsset:
    """An archive. `digest`, in hexadecimal, changes exactly when its content does.

    `build` makes the file where it is missing. A description needs the digest alone: wheels are fetched by whoever
    renders for a deployment.
    """

    name: str
    digest: str
    build: Callable[[], Path] = field(compare=False, repr=False)

    @property
    def object_key(self) -> str:
        """Its name in the bucket of assets, as the CDK's bootstrapped buckets have it."""
        return f"{self.digest}.zip"


@dataclass(frozen=True)
class AssetText:
    """A text that says where an asset lies: `{bucket}` and `{key}` are filled in by the renderer."""

    asset: FileAsset
    form: str

    def filled(self, bucket: str, key: str) -> str:
        """The text with the place in it."""
        return self.form.replace("{bucket}", bucket).replace("{key}", key)

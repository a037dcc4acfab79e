"""Weights from the Hugging Face hub, where it can be reached."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from modelyard.shell.failure import Failure

if TYPE_CHECKING:
    from modelyard.catalog.schema import HubSource

# What serving needs. Repositories often hold the same weights again for other frameworks, at twice the size and more.
_WANTED = ("*.safetensors", "*.json", "*.txt", "*.model", "*.jinja", "*.tiktoken", "*.gguf", "*.py")


def download(source: HubSource) -> Path:
    """The folder that holds the repository's files; what an earlier run fetched is not fetched again.

    `huggingface_hub` is no dependency of the project: most companies stage from a bucket of their own.
    """
    otherwise = f"give a folder that holds the weights: --from FOLDER (or copy {source.hub} to S3 and name it there)"
    try:
        hub = importlib.import_module("huggingface_hub")
    except ImportError as missing:
        raise Failure(
            f"{source.hub} lies on the Hugging Face hub, and the package that fetches from there is not installed: "
            f"`pip install huggingface_hub`, or {otherwise}"
        ) from missing
    try:
        return Path(hub.snapshot_download(source.hub, revision=source.revision, allow_patterns=list(_WANTED)))
    except Exception as error:
        # The library raises its own errors, those of its HTTP client and the operating system's alike.
        reason = str(error).strip().splitlines()
        raise Failure(
            f"{source.hub} could not be fetched from the Hugging Face hub "
            f"({reason[0] if reason else type(error).__name__}): check the network and, for a gated model, HF_TOKEN; "
            f"or {otherwise}"
        ) from error

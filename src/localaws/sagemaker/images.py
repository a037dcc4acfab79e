"""Which process stands in for which container image: there is no Docker here, so an image is never pulled."""

import fnmatch
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

_REPOSITORY_ROOT = Path(__file__).resolve().parents[3]
DEFAULT_TABLE = _REPOSITORY_ROOT / "src" / "localaws" / "images.yaml"

# [registry host/]repository[:tag][@digest]; a registry host has a dot or a port, a repository's first part has not.
_IMAGE_URI = re.compile(
    r"(?:(?P<registry>[^/]+[.:][^/]*)/)?(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>.+))?"
)


@dataclass(frozen=True)
class StandIn:
    """A process on this machine that answers in place of an image's container."""

    image: str
    command: tuple[str, ...]
    working_folder: Path
    note: str


class ImageTable:
    """The ordered list of `images.yaml`: the first pattern that matches an image's repository name decides.

    An entry has `repository` (a shell pattern), `command` (a list; `{engine_python}`, `{python}` and `{root}` are
    replaced) and `note` (`{image}` is replaced). `engine_python` is the environment variable MODELYARD_ENGINE_PYTHON,
    or the interpreter of `.venv-engine` in the repository.
    """

    def __init__(self, path: Path = DEFAULT_TABLE, *, environment: Mapping[str, str] = os.environ) -> None:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._entries = document["images"]
        self._words = {
            "engine_python": environment.get("MODELYARD_ENGINE_PYTHON")
            or str(_REPOSITORY_ROOT / ".venv-engine" / "bin" / "python"),
            "python": sys.executable,
            "root": str(_REPOSITORY_ROOT),
        }

    def stand_in(self, image: str) -> StandIn | None:
        """The process for an image URI, None when no pattern of the table matches its repository."""
        repository = repository_name(image)
        for entry in self._entries:
            if fnmatch.fnmatchcase(repository, entry["repository"]):
                return StandIn(
                    image=image,
                    command=tuple(part.format(**self._words) for part in entry["command"]),
                    working_folder=_REPOSITORY_ROOT,
                    note=entry["note"].format(image=image),
                )
        return None

    @property
    def patterns(self) -> tuple[str, ...]:
        """The repository patterns, in order."""
        return tuple(entry["repository"] for entry in self._entries)


def repository_name(image: str) -> str:
    """`djl-inference` of `763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:0.36.0-lmi20.0.0-cu128`."""
    match = _IMAGE_URI.fullmatch(image)
    return match["repository"] if match else image


def tag(image: str) -> str | None:
    """The tag of an image URI, None when it has none."""
    match = _IMAGE_URI.fullmatch(image)
    return match["tag"] if match else None

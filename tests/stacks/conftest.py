"""Templates of a catalog with every kind, written once by the real app for all tests of this folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"

Template = dict[str, Any]


class Synthesised:
    """What one run of the app wrote for one environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = {path.name.split(".")[0]: path for path in sorted(folder.glob("*.template.json"))}

    def __getitem__(self, stack: str) -> Template:
        template: Template = json.loads(self.files[stack].read_text("utf-8"))
        return template

    def manifest(self) -> dict[str, Any]:
        """What the CDK CLI reads: each stack's name, tags and dependencies."""
        manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text("utf-8"))
        return manifest

    def only(self, stack: str, type_name: str) -> dict[str, Any]:
        """The properties of a stack's one resource of a type."""
        found = self.all(stack, type_name)
        assert len(found) == 1, f"{stack} has {len(found)} resources of type {type_name}"
        return next(iter(found.values()))

    def all(self, stack: str, type_name: str) -> dict[str, dict[str, Any]]:
        """The properties of a stack's resources of a type, by logical id."""
        resources = self[stack]["Resources"]
        return {key: found.get("Properties", {}) for key, found in resources.items() if found["Type"] == type_name}

    def resources(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Every resource as (stack, logical id, resource)."""
        return [
            (stack, logical_id, resource)
            for stack in self.files
            for logical_id, resource in self[stack]["Resources"].items()
        ]


def synthesise(folder: Path, environment: str, *, catalog: Path = CATALOG, **variables: str) -> Synthesised:
    """Run the app as the CDK CLI runs it."""
    context = json.dumps({"environment": environment, "catalog": str(catalog)})
    surroundings = {**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(folder), **variables}
    run = subprocess.run(
        [sys.executable, "app.py"], cwd=ROOT, env=surroundings, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr
    return Synthesised(folder)


@pytest.fixture(scope="session")
def run_app() -> Callable[..., Synthesised]:
    """Runs the app into a folder of the test's own."""
    return synthesise


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Synthesised]:
    """The templates of an environment: `guarded` has network, key and prefix, `plain` and `local` have nothing."""
    done: dict[str, Synthesised] = {}

    def of(environment: str) -> Synthesised:
        if environment not in done:
            done[environment] = synthesise(tmp_path_factory.mktemp("synth") / environment, environment)
        return done[environment]

    return of


@pytest.fixture(scope="session")
def guarded(synthesised: Callable[[str], Synthesised]) -> Synthesised:
    """An environment with a network, a key, a prefix and its own tag keys."""
    return synthesised("guarded")


@pytest.fixture(scope="session")
def local(synthesised: Callable[[str], Synthesised]) -> Synthesised:
    """An environment with nothing of its own."""
    return synthesised("local")

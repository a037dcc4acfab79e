"""What the code of another commit deploys, as that code itself describes it."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from modelyard.planning.base import Base
from modelyard.planning.git import NOT_PLANNED, git, surroundings
from modelyard.planning.snapshot import EXTENSION_OPTION, Snapshot, snapshot_of
from modelyard.shell.cdk_context import FILE_NAME, LOOKED_UP
from modelyard.shell.checkout import ROOT
from modelyard.shell.failure import Failure

# Everything that a blueprint is made of, and what its assets are made of.
SOURCE_ROOTS = ("src", "constructs", "stacks")
_CODE = (*SOURCE_ROOTS, "lambdas", "flink", "app.py")
_SNAPSHOT = "src/modelyard/planning/snapshot.py"
# Code without it knows no extensions.
_EXTENDING = "src/modelyard/planning/extended.py"
_MODULE = "modelyard.planning.snapshot"
_PATIENCE_SECONDS = 300


def differs(base: Base, head: Base | None = None) -> bool:
    """Whether the code that describes deployments is another one in the base than here, or than in `head`.

    A catalog in a repository of its own has no code beside it: what runs here describes both sides.
    """
    if not _is_this_project(base):
        return False
    commits = [base.commit] if head is None else [base.commit, head.commit]
    return bool(git(base.repository, "diff", "--no-ext-diff", "--name-only", *commits, "--", *_CODE))


def _is_this_project(base: Base) -> bool:
    return base.repository.resolve() == ROOT


def described_by(
    base: Base,
    catalog: Path,
    environments: Sequence[str],
    *,
    own_code: bool = True,
    extension: str | None = None,
    folder: str = ".",
) -> Snapshot:
    """The base's catalog, in the folder that it was extracted to, as the base's own code describes it.

    `extension` is the file of the base that goes over it, from the root of the repository, and `folder` has
    the cdk.json that tells it more. Without `own_code` the code that runs here describes the rest.

    Raises:
        Failure: where that code is older than the blueprint, or fails.
    """
    if own_code and git(base.repository, "cat-file", "-e", f"{base.commit}:{_SNAPSHOT}") is None:
        raise Failure(
            f"the code of {base.label} cannot say what it deploys, because it is older than this comparison: choose a "
            "newer --base, or look at `modelyard cdk diff`",
            exit_code=NOT_PLANNED,
        )
    with TemporaryDirectory(prefix="modelyard-base-") as temporary:
        tree = Path(temporary)
        if own_code:
            _extract(base, _CODE, tree)
            if extension is not None and not (tree / _EXTENDING).is_file():
                # That code knows no extensions: its app ran none.
                extension = None
        paths = [str(tree / root) for root in SOURCE_ROOTS] if own_code else []
        options = []
        if extension is not None:
            if not PurePosixPath(extension).is_absolute():
                told = [str(PurePosixPath(folder) / name) for name in (FILE_NAME, LOOKED_UP)]
                _extract(base, [str(PurePosixPath(extension).parent), *told], tree)
            options = [f"{EXTENSION_OPTION}{tree / extension}"]
        surrounding = tree / folder
        surrounding.mkdir(parents=True, exist_ok=True)
        # In front of what is installed here: every module of ours comes from that commit.
        program = (
            f"import sys; sys.path[:0] = {paths!r}; import runpy; runpy.run_module({_MODULE!r}, run_name='__main__')"
        )
        try:
            run = subprocess.run(
                [sys.executable, "-P", "-c", program, *options, str(catalog), *environments],
                capture_output=True, text=True, timeout=_PATIENCE_SECONDS, cwd=surrounding,
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Failure(
                f"the code of {base.label} did not describe its catalog within {_PATIENCE_SECONDS} seconds: choose "
                "another --base",
                exit_code=NOT_PLANNED,
            ) from None
        if run.returncode != 0:
            last = (run.stderr.strip().splitlines() or ["it said nothing"])[-1].replace(f"{tree}/", "")
            raise Failure(
                f"the code of {base.label} cannot describe its catalog here: {last}; choose another --base",
                exit_code=NOT_PLANNED,
            )
        return snapshot_of(run.stdout, catalog)


def _extract(base: Base, names: Sequence[str], into: Path) -> None:
    """Write these files and folders of the base out, those that it has."""
    known = [
        name for name in names if git(base.repository, "cat-file", "-e", f"{base.commit}:{_in_git(name)}") is not None
    ]
    process = subprocess.Popen(
        ["git", "-C", str(base.repository), "archive", "--format=tar", base.commit, "--", *known],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings(),
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout, tarfile.open(fileobj=process.stdout, mode="r|") as archive:
        archive.extractall(into, filter=_without_links_out)  # noqa: S202 - by tarfile's own filter
    if process.wait() != 0:
        raise Failure(f"git could not write the code of {base.label} out", exit_code=NOT_PLANNED)


def _without_links_out(member: tarfile.TarInfo, into: str) -> tarfile.TarInfo | None:
    """What an archive may write: a link out of the folder is left out, as nothing of ours follows one."""
    try:
        return tarfile.data_filter(member, into)
    except tarfile.FilterError:
        return None


def _in_git(name: str) -> str:
    """A path as git names it in a commit: the root has no name."""
    return "" if name == "." else name

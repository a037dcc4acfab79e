"""Git as a plan asks it: objects only, nothing fetched, nothing locked, and no answer without a bound."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from modelyard.shell.failure import Failure

# Nothing was planned, because an option, a ref or a file beside the catalog is wrong.
NOT_PLANNED = 2
_OF_A_HOOK = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"}


def git(folder: Path, *arguments: str) -> str | None:
    """What git says, without the last line break; None where it says no."""
    try:
        run = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, env=surroundings(), check=False
        )
    except FileNotFoundError:
        raise Failure("git is not installed, and a plan compares with a commit", exit_code=NOT_PLANNED) from None
    if run.returncode != 0:
        said = run.stderr.decode(errors="replace")
        if "dubious ownership" in said:
            raise Failure(
                f"git refuses the repository of another user around {folder}: "
                f"git config --global --add safe.directory {folder.absolute()}",
                exit_code=NOT_PLANNED,
            )
        return None
    return run.stdout.decode(errors="surrogateescape").removesuffix("\n")


def surroundings() -> dict[str, str]:
    """The environment of git: it must not fetch, lock or translate anything for a plan."""
    # A hook's own variables name the repository relative to where the hook runs, not to the catalog.
    own = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    return {**own, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}

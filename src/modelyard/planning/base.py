"""The catalog as a commit holds it: read from git's objects, so that nothing of the working tree is touched."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelyard.planning.catalog_tree import catalog_blobs
from modelyard.planning.git import NOT_PLANNED, git, surroundings
from modelyard.shell.failure import Failure

# Where a branch is taken to have come from, the remote's word first: a local main may be weeks old.
_TRUNKS = ("refs/remotes/origin/HEAD", "refs/remotes/origin/main", "refs/heads/main",
           "refs/remotes/origin/master", "refs/heads/master")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Base:
    """A commit to compare with. `name` is what a person calls it; `prefix` leads from the repository to the catalog."""

    name: str
    commit: str
    prefix: str
    repository: Path

    @property
    def label(self) -> str:
        """The commit in a heading: `main (1a2b3c4)`."""
        short = self.commit[:7]
        return short if self.commit.startswith(self.name) else f"{self.name} ({short})"

    def shown(self, path: str, extracted: str) -> str:
        """A path below the folder that the base was extracted to, as a person finds it: `main:catalog/x.yaml`."""
        return path.replace(f"{extracted}/", f"{self.name}:{self.prefix}", 1)

    def in_a_checkout(self, path: str, extracted: str) -> str:
        """The same path where this commit is checked out: `catalog/x.yaml`."""
        return path.replace(f"{extracted}/", self.prefix, 1)


def find_base(catalog: Path, ref: str | None) -> Base:
    """The commit that was asked for; without one, where this branch left the main branch.

    On the main branch itself that is HEAD: the plan tells what is not committed yet.

    Raises:
        Failure: where there is no repository, no commit, or no such ref.
    """
    folder = catalog if catalog.is_dir() else Path()
    if not folder.is_dir():
        raise Failure(f"there is no catalog folder {catalog}: check --catalog", exit_code=NOT_PLANNED)
    top = git(folder, "rev-parse", "--show-toplevel", "--show-prefix")
    if top is None:
        raise Failure(
            f"{folder.absolute()} lies in no git repository, and a plan compares with a commit: "
            "run it in a checkout, or `git init` and commit the catalog first",
            exit_code=NOT_PLANNED,
        )
    repository, prefix = (top.split("\n") + [""])[:2]
    if _commit(folder, "HEAD") is None:
        raise Failure("the repository has no commit yet, so there is nothing to compare with", exit_code=NOT_PLANNED)
    name, commit = (ref, _commit(folder, ref)) if ref is not None else _where_it_branched(folder)
    if commit is None:
        raise Failure(_unknown(folder, name), exit_code=NOT_PLANNED)
    return Base(name=name, commit=commit, prefix=prefix, repository=Path(repository))


def extract(base: Base, into: Path) -> bool:
    """Write the catalog's files of the base into a folder; False where the commit has no catalog there yet."""
    blobs = catalog_blobs(base.repository, base.commit, base.prefix, label=base.name)
    contents = _contents(base, [blob.identity for blob in blobs])
    for folder in {(into / blob.path).parent for blob in blobs}:
        folder.mkdir(parents=True, exist_ok=True)
    for blob, content in zip(blobs, contents, strict=True):
        (into / blob.path).write_bytes(content)
    return bool(blobs)


def _where_it_branched(folder: Path) -> tuple[str, str | None]:
    for trunk in _TRUNKS:
        if _commit(folder, trunk) is not None:
            commit = git(folder, "merge-base", "HEAD", trunk)
            if commit is not None:
                head = _commit(folder, "HEAD")
                name = trunk.removeprefix("refs/heads/").removeprefix("refs/remotes/")
                return ("HEAD" if commit == head else name), commit
    return "HEAD", _commit(folder, "HEAD")


def _unknown(folder: Path, ref: str) -> str:
    if git(folder, "rev-parse", "--is-shallow-repository") == "true":
        return (
            f"this shallow clone does not hold {ref}: fetch it first, with `git fetch --unshallow` "
            "(or fetch-depth: 0 for actions/checkout)"
        )
    return f"git knows no commit {ref}: give --base a branch, a tag or a commit that exists here"


def _commit(folder: Path, ref: str) -> str | None:
    return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")


def _contents(base: Base, identities: list[str]) -> Iterator[bytes]:
    """The objects' bytes in order, from one process however many they are."""
    if not identities:
        return
    asked = "".join(f"{identity}\n" for identity in identities).encode()
    run = subprocess.run(
        ["git", "-C", str(base.repository), "cat-file", "--batch"],
        input=asked, capture_output=True, env=surroundings(), check=False,
    )  # fmt: skip
    answer, place = run.stdout, 0
    for identity in identities:
        end = answer.find(b"\n", place)
        head = answer[place:end].split() if end >= 0 else []
        if len(head) != 3:
            raise Failure(
                f"git has no object {identity[:12]} of {base.label}: a partial clone must fetch it first "
                "(`git fetch --refetch`)",
                exit_code=NOT_PLANNED,
            )
        size = int(head[2])
        yield answer[end + 1 : end + 1 + size]
        place = end + 1 + size + 1

"""What a company's own CDK code makes of our stacks, for a plan; and which file it was on the base."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from modelyard.blueprint.blueprint import Blueprint
from modelyard.planning.base import Base
from modelyard.planning.git import NOT_PLANNED, git
from modelyard.pricing.resources import Resources
from modelyard.shell.cdk_context import FILE_NAME, LOOKED_UP, context_in, whole_context_of
from modelyard.shell.extension import EXTENSION, Extension, ExtensionFailed, named_extension
from modelyard.shell.failure import Failure


@dataclass(frozen=True)
class Extended:
    """An extension, and the catalog that the app would be told of."""

    extension: Extension
    catalog: Path

    def resources(self, blueprint: Blueprint) -> dict[str, Resources]:
        """The resources of all stacks, those that the extension adds with them.

        Raises:
            ExtensionFailed: where it raises.
        """
        from modelyard.shell.cdk_cli import provide_node

        provide_node()
        # Only here: a plan without an extension starts no Node.
        from modelyard.cdk.extended import extended_templates

        context = {**whole_context_of(Path()), "environment": blueprint.environment_name, "catalog": str(self.catalog)}
        try:
            templates = extended_templates(blueprint, self.extension, context)
        except ExtensionFailed as failed:
            raise Failure(failed.sentence, exit_code=NOT_PLANNED) from failed
        return {stack_id: template.get("Resources", {}) for stack_id, template in templates.items()}


def extension_here(stated: str | None, catalog: Path) -> Extension | None:
    """The extension of this side, by the command line or by the cdk.json of the folder in which it is typed."""
    try:
        return named_extension(stated, catalog)
    except Failure as failure:
        raise Failure(failure.sentence, exit_code=NOT_PLANNED) from failure


@dataclass(frozen=True, kw_only=True)
class ExtensionOfBase:
    """Which extension the base has: the file's path from the root of the repository, and whether it is this one.

    `path` is None where the base has none. One that lies in another repository, or in none, is the same on both sides,
    and its path an absolute one. `folder` is the one in which the command is typed, whose cdk.json tells the app.
    """

    path: str | None
    is_same: bool
    folder: str = "."


def extension_of(base: Base, here: Extension | None, *, stated: bool) -> ExtensionOfBase:
    """The base's extension. Where the command line names the file, it is the same file of the base; else the base's
    own cdk.json names it.
    """
    folder = _below(Path(), base.repository)
    if stated or folder is None:
        named = None if here is None else _below(here.path, base.repository)
        if named is None:
            return ExtensionOfBase(path=None if here is None else str(here.path.absolute()), is_same=True)
    else:
        text = git(base.repository, "cat-file", "blob", f"{base.commit}:{(folder / FILE_NAME).as_posix()}")
        value = context_in(text or "").get(EXTENSION)
        named = _below(Path(value), base.repository) if isinstance(value, str) and value else None
    path = None if named is None else named.as_posix()
    if path is not None and git(base.repository, "cat-file", "-e", f"{base.commit}:{path}") is None:
        path = None
    now = None if here is None else _below(here.path, base.repository)
    is_same = (path is None and here is None) or (
        path is not None and now is not None and path == now.as_posix() and not _differs(base, now.parent, folder)
    )
    return ExtensionOfBase(path=path, is_same=is_same, folder="." if folder is None else folder.as_posix())


def _differs(base: Base, beside: PurePosixPath, folder: PurePosixPath | None) -> bool:
    """Whether anything beside the file differs here, which it may import or read, or what the app is told."""
    told = [] if folder is None else [(folder / name).as_posix() for name in (FILE_NAME, LOOKED_UP)]
    paths = [beside.as_posix(), *told]
    return bool(git(base.repository, "diff", "--no-ext-diff", "--name-only", base.commit, "--", *paths))


def _below(path: Path, repository: Path) -> PurePosixPath | None:
    """A path of the working tree from the repository's root; None where it lies elsewhere."""
    try:
        return PurePosixPath(path.absolute().resolve().relative_to(repository.resolve()).as_posix())
    except ValueError:
        return None


def extension_notes(here: Extension | None, base: Base, theirs: ExtensionOfBase, head: Base | None) -> Iterator[str]:
    """What a reader must know about extensions."""
    if here is not None:
        yield (
            f"The extension {here.path} goes over the stacks: what it adds is planned. In our stacks resources of "
            "known types are priced, others are NOT PRICED; stacks of its own are in no amount."
        )
    elif theirs.path is not None and head is None:
        yield f"On {base.label} the extension {theirs.path} goes over the stacks, and here none does."
    if head is not None and here is not None and _is_changed_between(base, head, here):
        yield (
            f"The extension {here.path} differs from {base.label} too. Nothing of --head is run: the one here goes "
            "over both sides; `modelyard plan` in a checkout of it shows what its code changes."
        )


def _is_changed_between(base: Base, head: Base, here: Extension) -> bool:
    path = _below(here.path, base.repository)
    if path is None:
        return False
    named = [path.as_posix(), (path.parent / FILE_NAME).as_posix()]
    return bool(git(base.repository, "diff", "--no-ext-diff", "--name-only", base.commit, head.commit, "--", *named))

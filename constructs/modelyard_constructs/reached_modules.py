"""Which modules a module reaches by its imports: nothing else of ours goes into a function's archive."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from pathlib import Path


def reached_files(module: str, roots: Sequence[Path]) -> dict[str, Path]:
    """The files of a module and of all that it imports, at whatever depth, by their path below their source root.

    What lies below no root is somebody else's. With a package come the files in its folder that are no code, since only
    its modules read them. An import inside a function counts too.

    Raises:
        FileNotFoundError: when the module itself lies below none of the roots.
    """
    found: dict[str, Path] = {}
    waiting, seen = [module], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        place = _place(name, roots)
        if place is None:
            continue
        root, path = place
        found[path.relative_to(root).as_posix()] = path
        if path.name == "__init__.py":
            found |= {data.relative_to(root).as_posix(): data for data in _data(path.parent)}
        waiting += [*_packages_around(name), *_imported(path, name)]
    if not found:
        raise FileNotFoundError(f"no module {module} lies below {', '.join(map(str, roots))}")
    return found


def _place(module: str, roots: Sequence[Path]) -> tuple[Path, Path] | None:
    below = Path(*module.split("."))
    for root in roots:
        for path in (root / below / "__init__.py", root / below.with_suffix(".py")):
            if path.is_file():
                return root, path
    return None


def _packages_around(module: str) -> Iterator[str]:
    parts = module.split(".")[:-1]
    yield from (".".join(parts[: length + 1]) for length in range(len(parts)))


def _imported(path: Path, module: str) -> Iterator[str]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_bytes(), filename=str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            # `from package import module`: whether it is a module or a name of the package, the folder says.
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _data(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        is_code = path.suffix in (".py", ".pyc") or path.name.startswith((".", "requirements"))
        if path.is_file() and not is_code:
            yield path

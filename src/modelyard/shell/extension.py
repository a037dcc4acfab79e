"""A company's own CDK code, which goes over our stacks before they are written: `def extend(app, stacks)` in a file.

Whoever may change the command line or cdk.json names it, and nothing that a catalog says can: a catalog is data.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from modelyard.shell.cdk_context import context_of
from modelyard.shell.checkout import ROOT
from modelyard.shell.failure import Failure

# The key of the CDK's context that names the file.
EXTENSION = "extension"
FUNCTION = "extend"
_MODULE = "modelyard_extension"


class ExtensionFailed(Failure):
    """The extension raised something, or made something of which the CDK writes no template."""


@dataclass(frozen=True)
class Extension:
    """A Python file with a function `extend(app, stacks)`: an App of the CDK, and our Stacks by their ids."""

    path: Path

    @property
    def folder(self) -> Path:
        """Where it finds modules and files of its own."""
        return self.path.parent

    def extend(self, app: Any, stacks: Mapping[str, Any]) -> None:
        """Let it go over the stacks, while it is `running`."""
        function = getattr(self._module(), FUNCTION, None)
        if not callable(function):
            raise ExtensionFailed(
                f"{self.path} is no extension: it defines no function {FUNCTION}(app, stacks), which gets the CDK app "
                "and a mapping of stacks by their ids"
            )
        function(app, dict(stacks))

    @contextmanager
    def running(self) -> Iterator[None]:
        """The surroundings in which its code runs, until everything is written.

        It finds modules beside it, which are forgotten afterwards: another commit has its own. What it prints goes to
        stderr.

        Raises:
            ExtensionFailed: with file and line, whatever it raises.
        """
        folder = str(self.folder.absolute())
        wrote_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        others = set(sys.modules)
        sys.path.insert(0, folder)
        try:
            with redirect_stdout(sys.stderr):
                yield
        except Failure:
            raise
        except (Exception, SystemExit) as error:
            raise ExtensionFailed(self._sentence(error)) from error
        finally:
            sys.path.remove(folder)
            for name, module in list(sys.modules.items()):
                if name not in others and self._is_own(getattr(module, "__file__", None) or ""):
                    del sys.modules[name]
            sys.dont_write_bytecode = wrote_bytecode

    def _module(self) -> ModuleType:
        spec = importlib.util.spec_from_file_location(_MODULE, self.path)
        assert spec is not None and spec.loader is not None, "a file that ends in .py has a loader"
        module = importlib.util.module_from_spec(spec)
        # What it defines is found by its module's name: dataclasses ask for it.
        sys.modules[_MODULE] = module
        spec.loader.exec_module(module)
        return module

    def _sentence(self, error: BaseException) -> str:
        lines = str(error).strip().splitlines()
        said = f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__
        return f"{self._place(error)}: the extension ended in {said}"

    def _place(self, error: BaseException) -> str:
        """The last line of its own that ran."""
        if isinstance(error, SyntaxError) and error.filename:
            return f"{self._shown(error.filename)}:{error.lineno}"
        frames = [one for one in traceback.extract_tb(error.__traceback__) if self._is_own(one.filename)]
        return f"{self._shown(frames[-1].filename)}:{frames[-1].lineno}" if frames else str(self.path)

    def _is_own(self, file: str) -> bool:
        path = Path(file)
        others = (*(ROOT / root for root in ("src", "constructs", "stacks")), Path(sys.prefix))
        return path.is_relative_to(self.folder.absolute()) and not any(path.is_relative_to(other) for other in others)

    def _shown(self, file: str) -> str:
        return str(self.folder / Path(file).relative_to(self.folder.absolute())) if self._is_own(file) else file

    @contextmanager
    def last_raised(self) -> Iterator[list[str]]:
        """The places where code of its own raises meanwhile, also where Node's answer hides that."""
        places: list[str] = []

        def inside(frame: FrameType, event: str, _: Any) -> Any:
            if event == "exception":
                places.append(f"{self._shown(frame.f_code.co_filename)}:{frame.f_lineno}")
            return inside

        def entered(frame: FrameType, _: str, __: Any) -> Any:
            return inside if self._is_own(frame.f_code.co_filename) else None

        tracer = sys.gettrace()
        sys.settrace(entered)
        try:
            yield places
        finally:
            sys.settrace(tracer)


def named_extension(stated: str | None, catalog: Path) -> Extension | None:
    """The extension that a command line names, or else the cdk.json of the folder in which it is typed."""
    named = context_of(Path()).get(EXTENSION) if stated is None else stated
    return find_extension(named, catalog)


def find_extension(named: object, catalog: Path) -> Extension | None:
    """The extension of that name, which a path leads to; None where none is named.

    Raises:
        Failure: where it is no Python file, or lies in the catalog: whoever merges entries would merge code.
    """
    if named is None or named == "":
        return None
    if not isinstance(named, str):
        raise Failure(f"the context's {EXTENSION!r} is {named!r}: give the path of a Python file")
    path = Path(named)
    if path.suffix != ".py" or not path.is_file():
        raise Failure(f"there is no extension {named}: give the path of a Python file (-c {EXTENSION}=extension.py)")
    folders = {catalog.absolute(), catalog.resolve()}
    if any(place.is_relative_to(folder) for place in (path.absolute(), path.resolve()) for folder in folders):
        raise Failure(
            f"the extension {named} lies in the catalog {catalog}/, where a change of an entry could change code: move "
            "it out of that folder"
        )
    return Extension(path)

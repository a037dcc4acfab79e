"""What no review should let pass: ways to do things that this project does another way, found in the syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = (
    "app.py", "src", "constructs", "stacks", "lambdas", "flink", "containers", "scripts", "website",
)  # fmt: skip
# CloudFormation resolves it wherever it stands: one module writes it, and one looks for it in what others wrote.
DYNAMIC_REFERENCE = "{{" + "resolve:"
MAY_NAME_IT = ("constructs/modelyard_constructs/target.py", "src/modelyard/")


def sources() -> Iterator[Path]:
    for room in ROOMS:
        path = ROOT / room
        found = [path] if path.is_file() else sorted(path.rglob("*.py"))
        yield from (one for one in found if not one.name.startswith("test_") and "__pycache__" not in one.parts)


def findings(text: str) -> list[str]:
    """What is wrong in a module."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            keywords = {one.arg: ast.unparse(one.value) for one in node.keywords}
            if keywords.get("shell") == "True" or name in ("os.system", "os.popen"):
                found.append("a shell reads a command that is made of texts")
            if name.endswith(".extractall") and "filter" not in keywords:
                found.append("an archive is unpacked without a filter")
            if name in ("yaml.load", "yaml.load_all") and keywords.get("Loader") not in (
                "yaml.CBaseLoader",
                "yaml.BaseLoader",
            ):
                found.append("YAML makes objects")
            if name.split(".")[0] in ("pickle", "marshal", "shelve") or name in (
                "eval",
                "exec",
                "builtins.eval",
                "builtins.exec",
            ):
                found.append("data is run")
            if keywords.get("verify") == "False" or name.endswith("_create_unverified_context"):
                found.append("nobody looks who answers")
            if name == "tempfile.mktemp":
                found.append("a temporary name that somebody else may take")
    return found


@pytest.mark.parametrize(
    "line",
    [
        "subprocess.run(x, shell=True)", "os.system(x)", "tar.extractall(x)", "yaml.load(x, Loader=yaml.Loader)",
        "yaml.load(x)",
        "pickle.loads(x)", "eval(x)", "requests.get(x, verify=False)", "tempfile.mktemp()",
        "ssl._create_unverified_context()",
    ],
)  # fmt: skip
def test_each_is_found(line):
    assert findings(line)


@pytest.mark.parametrize(
    "line", ["subprocess.run([x])", "tar.extractall(x, filter='data')", "yaml.load(x, Loader=yaml.CBaseLoader)"]
)
def test_the_right_way_is_not_found(line):
    assert not findings(line)


def test_no_module_has_one():
    found = {
        path.relative_to(ROOT).as_posix(): wrong for path in sources() if (wrong := findings(path.read_text("utf-8")))
    }
    assert not found


def test_dynamic_references_are_written_in_one_place():
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        written = path.read_text("utf-8").replace("{{{{", "{{")
        assert DYNAMIC_REFERENCE not in written or name.startswith(MAY_NAME_IT), name


OWN_NAMES = ("modelyard", "modelyard_constructs", "modelyard_stacks", "localaws")


def test_no_module_is_imported_by_a_name_that_is_somebody_elses():
    rooms = {path.name for path in (ROOT / "src" / "modelyard").iterdir() if path.is_dir()}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
            heads = {name.split(".")[0] for name in names}
            assert not heads & rooms, f"{path}: {heads & rooms} is below modelyard"


def test_an_installation_brings_four_names():
    found = {path.name for root in ("src", "constructs", "stacks") for path in (ROOT / root).iterdir() if path.is_dir()}
    assert found - {"__pycache__"} == set(OWN_NAMES)

"""A function's archive holds what the function reaches, at the paths of the repository, the same bytes each time."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from modelyard_constructs.function_archive import BundlingFailed, function_asset

ROOT = Path(__file__).parents[2]
# Twice what the largest of them has today.
MOST_BYTES = 80 * 1024 * 1024
ROOTS = [str(ROOT / part) for part in ("", "src", "constructs", "stacks")]
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "lambdas").glob("*/handler.py"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A small repository with two functions, a room, and what Python and an editor leave behind."""
    root = tmp_path / "repository"
    files = {
        "lambdas/__init__.py": "",
        "lambdas/shared/__init__.py": "",
        "lambdas/shared/clock.py": "HOUR = 3600\n",
        "lambdas/ours/__init__.py": "",
        "lambdas/shared/unused.py": "raise AssertionError\n",
        "lambdas/shared/table.json": "{}",
        "lambdas/ours/handler.py": "from lambdas.shared import clock\nfrom lambdas.ours import rest\n",
        "lambdas/ours/rest.py": "def late():\n    import modelyard.pricing.prices\n",
        "lambdas/ours/settings.py": "raise AssertionError\n",
        "lambdas/ours/__pycache__/handler.pyc": "left behind",
        "lambdas/others/handler.py": "raise AssertionError\n",
        "src/modelyard/__init__.py": "",
        "src/modelyard/pricing/__init__.py": "",
        "src/modelyard/pricing/prices.json": "{}",
        "src/modelyard/pricing/prices.py": "from . import terms\nfrom .terms import RATE\n",
        "src/modelyard/pricing/terms.py": "RATE = 1\n",
        "src/modelyard/pricing/usage.py": "raise AssertionError\n",
        "src/modelyard/catalog/__init__.py": "",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    shutil.copyfile(ROOT / "lambdas" / "requirements.txt", root / "lambdas" / "requirements.txt")
    return root


def own_files(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as made:
        return {name for name in made.namelist() if name.split("/")[0] in ("lambdas", "modelyard", "src")}


def test_an_archive_holds_the_modules_that_the_handler_reaches_and_no_other(repository: Path) -> None:
    path = function_asset("ours", root=repository, cache=ROOT / ".cache" / "tests").build()
    assert own_files(path) == {
        "lambdas/__init__.py",
        "lambdas/shared/__init__.py",
        "lambdas/shared/clock.py",
        "lambdas/shared/table.json",
        "lambdas/ours/__init__.py",
        "lambdas/ours/handler.py",
        "lambdas/ours/rest.py",
        "modelyard/__init__.py",
        "modelyard/pricing/__init__.py",
        "modelyard/pricing/prices.json",
        "modelyard/pricing/prices.py",
        "modelyard/pricing/terms.py",
    }
    with zipfile.ZipFile(path) as opened:
        assert "aws_lambda_powertools/__init__.py" in opened.namelist()


def test_the_same_code_is_the_same_bytes_wherever_and_whenever_it_is_bundled(repository: Path, tmp_path: Path) -> None:
    first = function_asset("ours", root=repository, cache=ROOT / ".cache" / "tests")
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(repository, elsewhere)
    for path in elsewhere.rglob("*.py"):
        os.utime(path, (0, 0))
        path.chmod(0o600)
    cache = tmp_path / "cache"
    shutil.copytree(ROOT / ".cache" / "tests" / "lambda-packages", cache / "lambda-packages")
    second = function_asset("ours", root=elsewhere, cache=cache)
    assert second.digest == first.digest
    assert second.build().read_bytes() == first.build().read_bytes()


def test_a_changed_line_is_another_archive(repository: Path) -> None:
    before = function_asset("ours", root=repository, cache=ROOT / ".cache" / "tests")
    (repository / "lambdas" / "shared" / "clock.py").write_text("HOUR = 3_600\n")
    assert function_asset("ours", root=repository, cache=ROOT / ".cache" / "tests").digest != before.digest


def test_wheels_that_do_not_match_the_lock_are_refused_in_one_sentence(repository: Path, tmp_path: Path) -> None:
    lock = repository / "lambdas" / "requirements.txt"
    lock.write_text(f"jmespath==1.1.0 --hash=sha256:{'0' * 64}\n")
    with pytest.raises(BundlingFailed, match=r"^the wheels of requirements.txt for Lambda \(python3.13, .*\)"):
        function_asset("ours", root=repository, cache=tmp_path / "cache").build()
    assert not list((tmp_path / "cache" / "lambda-packages").iterdir())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_handler_imports_from_its_unpacked_archive_alone(function: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(function_asset(function).build()) as made:
        # Lambda's limit is 250 MB unzipped (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
        assert sum(info.file_size for info in made.infolist()) < MOST_BYTES
        made.extractall(tmp_path)
    # boto3 is Lambda's own; the repository, which an editable install puts on the path, must not lend a hand.
    program = f"""
import sys
sys.path[:] = [{str(tmp_path)!r}] + [path for path in sys.path if path not in {ROOTS!r}]
import lambdas.{function}.handler as handler
assert callable(handler.handle)
ours = ("lambdas", "aws_lambda_powertools", "jmespath", "modelyard")
for name, module in sys.modules.items():
    if name.split(".")[0] in ours and getattr(module, "__file__", None):
        assert module.__file__.startswith({str(tmp_path)!r}), module.__file__
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr

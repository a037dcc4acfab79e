"""A bill of materials names what a lock pins, in CycloneDX's own form."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "sbom.py"
LOCK = """\
jmespath==1.1.0 \\
    --hash=sha256:472c87d80f36026ae83c6ddd0f1d05d4e510134ed462851fd5f754c8c3cbb88d
typing-extensions==4.16.0 \\
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000
"""
DIGEST = f"sha256:{'a' * 64}"
TABLE = {
    "registries": {"dlc": {"us-east-1": "111122223333"}},
    "images": [{"engine": "vllm", "registry": "dlc", "repository": "vllm", "tag": "0.1"}],
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    for folder in ("lambdas/one", "src/modelyard/catalog", "containers/ours"):
        (made / folder).mkdir(parents=True)
    for name in ("requirements.txt", "lambdas/one/requirements.txt"):
        (made / name).write_text(LOCK)
    (made / "lambdas" / "one" / "requirements-overrides.txt").write_text("jmespath==1.0.1\n")
    (made / "src" / "modelyard" / "catalog" / "images.json").write_text(json.dumps(TABLE))
    (made / "containers" / "ours" / "Dockerfile").write_text(
        f"ARG PYTHON=python:3.11-slim@{DIGEST}\nFROM ${{PYTHON}}\n"
    )
    return made


def run(root: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, SCRIPT, out, root], capture_output=True, text=True, timeout=120)


def test_every_lock_and_the_images_have_a_bill(root, tmp_path):
    out = tmp_path / "sbom"
    done = run(root, out)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.iterdir()) == [
        "images.cdx.json", "lambdas-one-requirements.cdx.json", "requirements.cdx.json"
    ]  # fmt: skip
    bill = json.loads((out / "requirements.cdx.json").read_text("utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    assert {one["purl"] for one in bill["components"]} == {
        "pkg:pypi/jmespath@1.1.0",
        "pkg:pypi/typing-extensions@4.16.0",
    }
    images = json.loads((out / "images.cdx.json").read_text("utf-8"))["components"]
    assert {one["purl"] for one in images} == {
        f"pkg:docker/python@3.11-slim?digest={DIGEST.replace(':', '%3A')}",
        "pkg:docker/vllm@0.1?repository_url=111122223333.dkr.ecr.us-east-1.amazonaws.com",
    } or {one["version"] for one in images} == {"3.11-slim", "0.1"}


def test_a_lock_that_is_none_fails(root, tmp_path):
    (root / "requirements.txt").write_text("-r nowhere==1 --hash\n")
    assert run(root, tmp_path / "sbom").returncode != 0


def test_every_lock_of_this_project_has_a_bill_of_its_own():
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        from sbom import images, locks
    finally:
        sys.path.remove(str(SCRIPT.parent))
    assert {"requirements", "lambdas-requirements", "containers-llm_cpu-requirements", "flink-requirements"} <= set(
        locks(ROOT)
    )
    assert {one.name for one in images(ROOT)} >= {"python", "vllm/vllm-openai"}

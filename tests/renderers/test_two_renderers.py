"""What the CDK writes of a blueprint and what the plain renderer writes are the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modelyard.renderers.template import template_text
from modelyard.rules.reading import read
from modelyard_stacks.environment import environment_blueprint

ROOT = Path(__file__).parents[2]
CATALOGS = (ROOT / "tests" / "catalogs" / "four-kinds", ROOT / "tests" / "catalogs" / "shipped", ROOT / "catalog")
ENVIRONMENTS = [(folder, path.stem) for folder in CATALOGS for path in sorted(folder.glob("environments/*.yaml"))]


@pytest.fixture
def connector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the Kinesis connector, which is in no package."""
    jar = tmp_path / "flink-sql-connector-aws-kinesis-streams-5.0.0-1.20.jar"
    jar.touch()
    monkeypatch.setenv("MODELYARD_FLINK_CONNECTOR", str(jar))
    monkeypatch.setenv("MODELYARD_FLINK_CONNECTOR_SHA256", hashlib.sha256(b"").hexdigest())


@pytest.mark.usefixtures("connector")
@pytest.mark.parametrize(("folder", "environment"), ENVIRONMENTS, ids=lambda one: getattr(one, "name", one))
def test_the_cdk_and_the_plain_renderer_write_the_same_bytes(folder: Path, environment: str, tmp_path: Path) -> None:
    context = {"catalog": str(folder), "environment": environment}
    run = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        cwd=ROOT,
        env={**os.environ, "CDK_OUTDIR": str(tmp_path / "out"), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    catalog = read(folder, environment).catalog
    assert catalog is not None
    plain = {stack.stack_id: template_text(stack) for stack in environment_blueprint(catalog).stacks}
    by_the_cdk = {path.name.split(".")[0]: path for path in (tmp_path / "out").glob("*.template.json")}
    assert by_the_cdk.keys() == plain.keys()
    for name, path in by_the_cdk.items():
        assert path.read_text("utf-8") == plain[name], name

"""The examples of docs/extending.md are the files that are deployed, and their templates are sound."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from cfnlint.api import ManualArgs, lint

from modelyard.shell.cdk_cli import node
from modelyard_constructs.execution_role import ExecutionRole
from modelyard_constructs.invoke_policy import InvokePolicy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text("utf-8")
EXAMPLES = ROOT / "docs" / "examples" / "extending"
CATALOG = ROOT / "tests" / "catalogs" / "shipped"
EXTENSION = EXAMPLES / "extension.py"
# The example's own role may ask an endpoint, as the invoke policy says it.
ACCEPTED = {*ExecutionRole.accepted_findings, *InvokePolicy.accepted_findings}


def test_the_page_shows_the_files_that_are_deployed() -> None:
    shown = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert shown == [EXTENSION.read_text("utf-8"), (EXAMPLES / "own_app.py").read_text("utf-8")]


def test_the_context_that_the_page_shows_names_a_file() -> None:
    [shown] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert json.loads(shown) == {"context": {"extension": EXTENSION.name}}


def synthesise(app: Path, out: Path, context: Mapping[str, str]) -> None:
    run = subprocess.run(
        [sys.executable, str(app)],
        cwd=ROOT,
        env={**os.environ, "JSII_NODE": str(node()), "CDK_OUTDIR": str(out), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """What both examples write of the shipped catalog."""
    folder = tmp_path_factory.mktemp("examples")
    context = {"catalog": str(CATALOG), "environment": "prod"}
    synthesise(ROOT / "app.py", folder / "ours", {**context, "extension": str(EXTENSION), "only": "support-chat"})
    synthesise(EXAMPLES / "own_app.py", folder / "own", context)
    return {path.name.split(".")[0]: path for path in sorted(folder.glob("*/*.template.json"))}


def test_templates_of_the_examples_pass_cfn_lint(templates: Mapping[str, Path]) -> None:
    assert {"acme-support", "foundation", "support-chat", "document-summaries"} <= templates.keys()
    region = re.search(r"^region: (\S+)", (CATALOG / "environments" / "prod.yaml").read_text("utf-8"), re.MULTILINE)
    assert region is not None
    for name, path in templates.items():
        found = lint(path.read_text("utf-8"), config=ManualArgs(regions=[region.group(1)]))
        assert not found, (name, found)


def test_aws_solutions_finds_nothing_that_our_own_stacks_do_not_accept(
    templates: Mapping[str, Path], tmp_path: Path
) -> None:
    for name in ("acme-support", "support-chat", "document-summaries"):
        # A finding's id quotes the template, and cdk-nag cannot read ids with braces in them.
        plain = re.sub(r"\{\{resolve:ssm:([^}]*)\}\}", r"ssm\1", templates[name].read_text("utf-8"))
        (tmp_path / f"{name}.json").write_text(plain, "utf-8")
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "stacks" / "check_with_nag.py"), str(tmp_path)],
        env={**os.environ, "JSII_NODE": str(node())},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert {rule for _, rule in json.loads(run.stdout)} <= ACCEPTED

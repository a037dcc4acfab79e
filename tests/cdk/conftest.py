"""The CDK's library as tests of this folder use it: in their own process, with the Node of the project's locks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from modelyard.shell.cdk_cli import node

# Before anybody imports aws_cdk, which starts Node.
os.environ.setdefault("JSII_NODE", str(node()))


@pytest.fixture
def out(tmp_path: Path) -> Iterator[Path]:
    """Where an app writes."""
    yield tmp_path / "cdk.out"

"""The CDK's library with the Node of the project's locks."""

from __future__ import annotations

import os

from modelyard.shell.cdk_cli import node

# Before anybody imports aws_cdk, which starts Node.
os.environ.setdefault("JSII_NODE", str(node()))

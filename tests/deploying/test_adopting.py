"""A deployment takes over what earlier stacks kept."""

from __future__ import annotations

import pytest

from modelyard.deploying.before_deploying import ADOPT, before
from modelyard.deploying.cdk_arguments import CdkArguments


@pytest.mark.parametrize(
    ("line", "adopts"),
    [
        ("deploy --app cdk.out --all", True),
        ("deploy --app cdk.out --all --import-existing-resources", False),
        ("deploy --app cdk.out --all --no-import-existing-resources", False),
        ("deploy --app cdk.out --all --method=direct", False),
        ("deploy --app cdk.out --all -m direct", False),
        ("deploy --app cdk.out --all --hotswap", False),
        ("destroy --app cdk.out --all", False),
        ("diff --app cdk.out", False),
    ],
)
def test_a_deployment_adopts_what_was_kept_unless_it_says_otherwise(line: str, adopts: bool) -> None:
    assert (ADOPT in before(CdkArguments(tuple(line.split())), None)) == adopts

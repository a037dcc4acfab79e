"""What docs/permissions.md says that a deployment needs is what the templates' types need."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

SPEC = importlib.util.spec_from_file_location("permissions_page", Path(__file__).parent / "permissions_page.py")
assert SPEC is not None and SPEC.loader is not None
page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(page)


def test_the_page_has_the_permissions_of_every_type_that_a_template_holds(synthesised: Any) -> None:
    templates = [synthesised(environment) for environment in page.ENVIRONMENTS]
    text = page.PAGE.read_text("utf-8")
    said = "run `python tests/stacks/permissions_page.py` and commit docs/permissions.md"
    assert text == page.page_with(page.generated_part(templates), text), said


def test_the_policies_are_policies_and_hold_what_everybody_stumbles_over() -> None:
    text = page.PAGE.read_text("utf-8")
    foundation, endpoints = (json.loads(found) for found in re.findall(r"```json\n(\{\n.*?)```", text, re.S)[-2:])
    assert "iam:PassRole" in endpoints["Statement"][0]["Action"]
    assert "kms:CreateKey" in foundation["Statement"][0]["Action"]
    assert "sagemaker:CreateEndpoint" in endpoints["Statement"][0]["Action"]

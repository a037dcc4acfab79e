"""Names that a company gives its buckets: every template and policy says them, and none the usual ones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from modelyard.catalog.forms import BucketPurpose
from modelyard.catalog.loader import load
from modelyard.catalog.naming import bucket_name
from modelyard.catalog.schema import Environment
from modelyard.renderers.template import template_text
from modelyard_stacks.environment import environment_blueprint

FOUR_KINDS = Path(__file__).parents[1] / "catalogs" / "four-kinds"
PLACE = {"account": "111122223333", "region": "us-east-1"}


@pytest.mark.parametrize("environment", ["plain", "guarded", "signals", "flink"])
def test_no_template_says_another_name(environment: str) -> None:
    catalog = load(FOUR_KINDS, environment)
    usual = [bucket_name(environment, catalog.environment, purpose) for purpose in get_args(BucketPurpose)]
    own = {purpose: f"acme-{number}-llm" for number, purpose in enumerate(get_args(BucketPurpose))}
    renamed = replace(catalog, environment=catalog.environment.model_copy(update={"bucket_names": own}))
    before = "".join(template_text(stack) for stack in environment_blueprint(catalog, bundles=False).stacks)
    after = "".join(template_text(stack) for stack in environment_blueprint(renamed, bundles=False).stacks)
    assert not [name for name in usual if name in after]
    for usually, said in zip(usual, own.values(), strict=True):
        assert before.count(usually) == after.count(said) > 0


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ({"artifacts": "Acme"}, "pattern"),
        ({"artifacts": "acme.weights"}, "pattern"),
        ({"weights": "acme"}, "'artifacts', 'capture'"),
        ({"artifacts": "xn--acme"}, "S3 keeps 'xn--'"),
        ({"artifacts": "acme-s3alias"}, "S3 keeps '-s3alias'"),
        ({"artifacts": "acme", "async": "acme"}, "two buckets get the same name"),
    ],
)
def test_a_name_that_s3_refuses_is_refused(names: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Environment.model_validate({**PLACE, "bucket_names": names})

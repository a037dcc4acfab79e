"""An endpoint's name, prefix included, fits the API."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

LONGEST = 63

RULE = Rule(
    id="MY010",
    severity="error",
    title="an endpoint's name has at most 63 characters",
    reason="CreateEndpoint refuses a longer EndpointName; the environment's name_prefix and a hyphen count too.",
    source="EndpointName in the botocore 1.44.5 sagemaker model",
    fix="rename the entry's file, or shorten the environment's name_prefix",
    fails="""\
# catalog/environments/prod.yaml
name_prefix: language-models-of-the-platform-team
# catalog/endpoints/summaries-of-customer-calls.yaml
kind: real-time
""",
    passes="""\
# catalog/environments/prod.yaml
name_prefix: platform
# catalog/endpoints/summaries-of-customer-calls.yaml
kind: real-time
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    length = len(entry.endpoint_name)
    if length > LONGEST:
        prefix = catalog.environment.name_prefix
        of_which = f" ({len(prefix) + 1} of them the prefix {prefix}-)" if prefix else ""
        yield Violation(
            (),
            f"the endpoint's name {entry.endpoint_name} has {length} characters{of_which}, "
            f"at most {LONGEST} are allowed: rename the file",
        )

"""Code that comes with weights is run for a reason only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

TRUSTS = re.compile(r"(?:^|_)TRUST_REMOTE_CODE$")
TRUSTED_IN_A_VALUE = re.compile(r"trust[-_]remote[-_]code", re.IGNORECASE)
OFF = frozenset({"false", "0", "no", "off", "f", "n"})

RULE = Rule(
    id="MY085",
    severity="error",
    title="an engine runs no code that comes with weights",
    reason="Python files of the model's repository run in the container, with its role; whoever writes to the "
    "repository or the bucket writes them.",
    source="trust_remote_code: "
    "https://huggingface.co/docs/transformers/main/en/models#custom-models and "
    "https://docs.vllm.ai/en/latest/serving/engine_args.html",
    fix="take an engine that knows the architecture; or read the code, pin the revision, and waive it with a reason",
    waivable=True,
    fails="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {SM_VLLM_TRUST_REMOTE_CODE: "true"}}
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: real-time
serving: {environment: {SM_VLLM_TRUST_REMOTE_CODE: "false"}}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    for name, value in entry.endpoint.serving.environment.items():
        switched_on = TRUSTS.search(name.upper()) and value.strip().lower() not in OFF
        if switched_on or TRUSTED_IN_A_VALUE.search(value):
            yield Violation(
                ("serving", "environment", name),
                f"{name} runs code that comes with the weights: remove it, or read the code and waive the rule with "
                "the reason",
                at_key=True,
            )

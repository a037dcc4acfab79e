"""A multi-model endpoint names each model once."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY032",
    severity="error",
    title="a multi-model endpoint names each model once",
    reason="a model's name becomes the name of its archive below the endpoint's prefix (TargetModel); two "
    "would be one file.",
    source="https://docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html",
    fix="remove the repeated name",
    fails="""\
# catalog/endpoints/chat.yaml
kind: multi-model
models: [open-model, open-model]
""",
    passes="""\
# catalog/endpoints/chat.yaml
kind: multi-model
models: [open-model]
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    if entry.endpoint.kind != "multi-model":
        return
    names = entry.endpoint.models
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Violation(("models", index), f"model {name} stands twice in the list: remove one of them")

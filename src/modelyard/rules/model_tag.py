"""The tag that names an endpoint's models fits a tag."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.rules.rule import Rule, Violation

LONGEST = 256
_MODELS = tuple(f"answers-in-the-language-of-customers-of-region-{number}" for number in range(1, 7))

RULE = Rule(
    id="MY050",
    severity="error",
    title="the names of a multi-model endpoint's models fit one tag, 256 characters together",
    reason="every resource carries the tag llm:model with the names joined by +, and AWS refuses a longer value.",
    source="https://docs.aws.amazon.com/general/latest/gr/aws_tagging.html; TagValue in the botocore 1.44.5 sagemaker "
    "model",
    fix="shorten the models' file names, or serve fewer models from one endpoint",
    fails="".join(f"# catalog/models/{name}.yaml\nfamily: open\n" for name in _MODELS)
    + f"# catalog/endpoints/chat.yaml\nkind: multi-model\nmodels: [{', '.join(_MODELS)}]\n",
    passes="# catalog/endpoints/chat.yaml\nkind: multi-model\nmodels: [open-model]\n",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    length = len(entry.model_label)
    if length > LONGEST:
        yield Violation(
            ("models",),
            f"the names of the {len(entry.models)} models make a tag of {length} characters, at most {LONGEST} are "
            "allowed: shorten them, or serve fewer models from one endpoint",
        )

"""A model whose licence must be accepted has been accepted, in that version."""

from __future__ import annotations

from collections.abc import Iterator

from catalog.entry import Catalog, Entry
from rules.rule import Rule, Violation

RULE = Rule(
    id="MY038",
    severity="error",
    title="a licence that asks for acceptance is accepted: by whom, when, which version",
    reason="the licensor asks for it before the model is used; the entry is where an audit looks for it.",
    source="the licence the model's file names; JumpStart's accept_eula: "
    "https://docs.aws.amazon.com/sagemaker/latest/dg/jumpstart-foundation-models-choose.html",
    fix="read the licence, then add licence_accepted: {by: ..., on: YYYY-MM-DD, version: ...} to the entry",
    fails="""\
# catalog/models/open-model.yaml
licence: {name: llama3.1, url: "https://www.llama.com/llama3_1/license/", acceptance: explicit, version: llama3.1}
# catalog/endpoints/chat.yaml
kind: real-time
""",
    passes="""\
# catalog/models/open-model.yaml
licence: {name: llama3.1, url: "https://www.llama.com/llama3_1/license/", acceptance: explicit, version: llama3.1}
# catalog/endpoints/chat.yaml
kind: real-time
licence_accepted: {by: support-ml, on: "2026-11-02", version: llama3.1}
""",
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    accepted = entry.endpoint.licence_accepted
    for name, model in entry.models.items():
        licence = model.licence
        if licence.acceptance != "explicit":
            continue
        place = ("models",) if entry.endpoint.kind == "multi-model" else ("model",)
        version = licence.version or licence.name
        if accepted is None:
            yield Violation(
                place,
                f"model {name} is under {licence.name} ({licence.url}), which must be accepted: read it and add "
                f"licence_accepted: {{by: ..., on: YYYY-MM-DD, version: {version}}}",
            )
        elif accepted.version != version:
            yield Violation(
                ("licence_accepted", "version"),
                f"licence_accepted.version is {accepted.version}, but {name} is under {version}: read that "
                f"licence ({licence.url}) and accept it",
            )

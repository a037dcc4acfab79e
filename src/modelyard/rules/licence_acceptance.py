"""A model whose licence must be accepted has been accepted, in that version."""

from __future__ import annotations

from collections.abc import Iterator

from modelyard.catalog.entry import Catalog, Entry
from modelyard.catalog.schema import Licence
from modelyard.rules.rule import Rule, Violation

RULE = Rule(
    id="MY038",
    severity="error",
    title="a licence that asks for acceptance is accepted: by whom, when, which version",
    reason="the licensor asks for it before the model is used; the entry is where an audit looks for it. Words such as "
    "unknown or todo name neither a licence nor a person, so nothing can be accepted by them.",
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


# What people write where they do not know: it names no licence, no version and nobody.
_NOTHING = frozenset(
    (
        "",
        "?",
        "-",
        ".",
        "x",
        "xx",
        "xxx",
        "n/a",
        "na",
        "nil",
        "no",
        "none",
        "null",
        "other",
        "tba",
        "tbc",
        "tbd",
        "todo",
    )
    + ("fixme", "unclear", "undefined", "unknown", "unspecified", "unset", "nothing", "nobody", "who")
)


def check(entry: Entry, catalog: Catalog) -> Iterator[Violation]:
    accepted = entry.endpoint.licence_accepted
    for name, model in entry.models.items():
        licence = model.licence
        place = ("models",) if entry.endpoint.kind == "multi-model" else ("model",)
        unnamed = _unnamed(licence)
        if unnamed is not None:
            yield Violation(
                place,
                f'model {name} states "{unnamed[1].strip()}" for its licence\'s {unnamed[0]}, which nobody can have '
                "accepted: find out under which it may be used, and write name, url and version into "
                f"models/{name}.yaml",
            )
            continue
        if licence.acceptance != "explicit":
            continue
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
        elif _says_nothing(accepted.by):
            yield Violation(
                ("licence_accepted", "by"),
                f'licence_accepted.by is "{accepted.by.strip()}", which is nobody: write who read the licence of '
                f"{name} and may accept it",
            )


def _unnamed(licence: Licence) -> tuple[str, str] | None:
    """The member of a licence that says nothing where it should name something, and its word."""
    if _says_nothing(licence.name):
        return "name", licence.name
    if licence.acceptance == "explicit" and licence.version is not None and _says_nothing(licence.version):
        return "version", licence.version
    return None


def _says_nothing(word: str) -> bool:
    return word.strip().casefold() in _NOTHING

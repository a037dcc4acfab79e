"""What a JSON Schema says of a value, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from modelyard.catalog.forms import PATTERNS
from website.page import code, prose

Schema = dict[str, Any]
_NAMES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "table",
}
_BOUNDS = (
    ("minimum", "at least {}"),
    ("exclusiveMinimum", "more than {}"),
    ("maximum", "at most {}"),
    ("exclusiveMaximum", "less than {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("minItems", "at least {} of them"),
    ("maxItems", "at most {} of them"),
    ("format", "in the form of a {}"),
)


def one_of(node: Schema, known: Schema) -> Iterator[Schema]:
    """The forms that a value may have, with references followed and null, which means unset, left out."""
    if "$ref" in node:
        yield from one_of(known[node["$ref"].rpartition("/")[2]], known)
    elif choices := node.get("anyOf") or node.get("oneOf"):
        for choice in choices:
            yield from one_of(choice, known)
    elif node.get("type") != "null":
        yield node


def type_of(node: Schema, known: Schema) -> str:
    """Its type: `text`, `list of tables`, `one text or a list`."""
    return " or ".join(dict.fromkeys(_type(one, known) for one in one_of(node, known)))


def _type(one: Schema, known: Schema) -> str:
    if "items" in one:
        return f"list (of {type_of(one['items'], known)})"
    values = [*one.get("patternProperties", {}).values()]
    values += [one["additionalProperties"]] if isinstance(one.get("additionalProperties"), dict) else []
    if values:
        return f"table by name (of {' or '.join(dict.fromkeys(type_of(value, known) for value in values))})"
    if "type" not in one:
        written = one.get("enum", [one["const"]] if "const" in one else [])
        return "text" if all(isinstance(value, str) for value in written) else "number"
    return _NAMES[one["type"]]


def allowed_of(node: Schema, known: Schema) -> str:
    """What limits its values, in Markdown; of a list, what limits each of its parts as well."""
    return "; or ".join(filter(None, (", ".join(_limits(one, known)) for one in one_of(node, known))))


def _limits(one: Schema, known: Schema) -> Iterator[str]:
    for value in one.get("enum", [one["const"]] if "const" in one else []):
        yield f"`{value if isinstance(value, str) else json.dumps(value)}`"
    for name, words in _BOUNDS:
        if name in one:
            yield words.format(one[name])
    if "pattern" in one:
        yield _pattern(one["pattern"])
    for pattern in one.get("patternProperties", {}):
        yield f"names: {_pattern(pattern)}"
    if "maxLength" in one.get("propertyNames", {}):
        yield f"names of at most {one['propertyNames']['maxLength']} characters"
    if "items" in one and (each := allowed_of(one["items"], known)):
        yield f"each {each}"


def _pattern(pattern: str) -> str:
    """In the words of an error message, and as it is."""
    return f"{prose(PATTERNS[pattern])} ({code(pattern)})" if pattern in PATTERNS else f"like {code(pattern)}"


def described(node: Schema, known: Schema) -> str:
    """What it is for: its own words, or those of the table that it holds."""
    if "description" in node:
        return _sentence(node["description"])
    return next((_sentence(one["description"]) for one in one_of(node, known) if "description" in one), "")


def _sentence(words: str) -> str:
    """A description as it stands in a page: it may begin with a name, which keeps its form."""
    words = " ".join(words.split())
    first = words.split()[0].strip(",;")
    begun = words[0].upper() + words[1:] if first.isalpha() and first.islower() else words
    return begun if begun.endswith((".", "?", "!")) else f"{begun}."

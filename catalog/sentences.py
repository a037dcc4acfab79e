"""Says in a sentence of the domain what the types found wrong: the key, the value, what is allowed, the likely fix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from catalog.document import Key
from catalog.problem import MISSING_KEY, UNKNOWN_KEY, WRONG_VALUE
from catalog.schema import PATTERNS
from catalog.suggestion import did_you_mean, one_of, shown

_TYPES = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "tuple_type": "a list",
    "date_type": "a day as YYYY-MM-DD",
}
_RANGES = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("above", "gt"),
    "less_than": ("below", "lt"),
}
_NO_DISK = "a serverless endpoint has 5 GB of disk that cannot be changed: remove the key"
_NO_TIMEOUT = "AWS gives a serverless endpoint three minutes to start: remove the key"
_NO_MEMORY = "memory_mb sizes serverless endpoints, here the instance decides the memory: remove the key"
_NO_QUEUE = "only an async endpoint has a queue: remove it, or choose kind async"
_ONE_MODEL = "this kind serves one model: write model: ..., or choose kind multi-model"
# Keys that a person reasonably tries on a kind that cannot have them: why, and the way out.
_NOT_ON_THIS_KIND = {
    "serverless": {
        "serving.instance": "a serverless endpoint has no instance and so no GPU: remove instance and set memory_mb, "
        "or choose kind real-time",
        "serving.volume_gib": _NO_DISK,
        "serving.tensor_parallel_degree": "a serverless endpoint has no accelerator: remove the key",
        "serving.startup_timeout_seconds": _NO_TIMEOUT,
        "serving.download_timeout_seconds": _NO_TIMEOUT,
        "capture": "AWS captures no data on serverless endpoints: remove capture, or choose kind real-time",
        "scaling": "AWS scales a serverless endpoint itself: remove scaling, set serving.max_concurrency",
        "queue": _NO_QUEUE,
        "models": _ONE_MODEL,
    },
    "real-time": {"queue": _NO_QUEUE, "models": _ONE_MODEL, "serving.memory_mb": _NO_MEMORY},
    "async": {"models": _ONE_MODEL, "serving.memory_mb": _NO_MEMORY},
    "multi-model": {
        "model": "a multi-model endpoint serves a list: write models: [...]",
        "queue": "several models cannot be asked asynchronously: remove queue, or choose kind async with one model",
        "serving.memory_mb": _NO_MEMORY,
    },
}


class Said:
    """One finding of the types, in words: where it is, and which of the loader's checks it belongs to."""

    def __init__(self, location: tuple[Key, ...], rule_id: str, message: str, *, at_key: bool = False) -> None:
        self.location, self.rule_id, self.message, self.at_key = location, rule_id, message, at_key


def say(error: ErrorDetails, *, model: type[BaseModel], values: Mapping[str, object], kind: str | None) -> Said | None:
    """The sentence for one error; nothing where another error already says it."""
    location, at_key = _location(error["loc"], values)
    name = ".".join(str(part) for part in location) or "the file"
    type_, given, context = error["type"], error["input"], error.get("ctx", {})
    if type_ == "extra_forbidden":
        why = _NOT_ON_THIS_KIND.get(kind or "", {}).get(name)
        return Said(location, UNKNOWN_KEY, why or _unknown_key(model, location), at_key=True)
    if type_ == "missing":
        return Said(location, MISSING_KEY, f"{name} is missing{_meaning(model, location)}: add it")
    if given is None:
        return Said(location, WRONG_VALUE, f"{name} has no value: write one, or remove the key", at_key=True)
    if type_ in _TYPES:
        return Said(location, WRONG_VALUE, _wrong_type(name, type_, given))
    if type_ == "literal_error":
        allowed = _words(context["expected"])
        return Said(location, WRONG_VALUE, f"{name} is {shown(given)}, allowed are {one_of(allowed, at_most=20)}"
                    f"{did_you_mean(str(given), allowed)}")  # fmt: skip
    if type_ in _RANGES:
        words, key = _RANGES[type_]
        return Said(location, WRONG_VALUE, f"{name} is {shown(given)}, must be {words} {context[key]}")
    if type_ == "string_pattern_mismatch":
        form = PATTERNS.get(str(context["pattern"]), "another form")
        return Said(location, WRONG_VALUE, f"{name} is {shown(given) or 'empty'}, must be {form}", at_key=at_key)
    if type_ == "string_too_long":
        length = len(str(given))
        return Said(
            location, WRONG_VALUE, f"{name} has {length} characters, at most {context['max_length']} are allowed"
        )
    if type_ == "string_too_short":
        return Said(location, WRONG_VALUE, f"{name} is empty: write a value, or remove the key")
    if type_ in ("too_short", "too_long"):
        return _wrong_length(location, name, type_, given, context)
    if type_ == "union_tag_not_found":
        return Said(location, WRONG_VALUE, f"{name} names no place: give one of hub, s3 and folder")
    if type_ == "value_error":
        return Said(location, WRONG_VALUE, f"{name}: {context['error']}")
    return Said(
        location, WRONG_VALUE, f"{name} is {shown(given)}, which its key does not allow: see docs/adding-a-model.md"
    )


def _location(loc: tuple[Key, ...], values: Mapping[str, object]) -> tuple[tuple[Key, ...], bool]:
    """The place in the file: without the names that a choice between types adds to it."""
    location: list[Key] = []
    here: object = values
    at_key = bool(loc) and loc[-1] == "[key]"
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if isinstance(here, Mapping) and (part in here or last) and not (last and at_key):
            here = here.get(part)
            location.append(part)
        elif isinstance(here, tuple) and isinstance(part, int) and part < len(here):
            here = here[part]
            location.append(part)
    return tuple(location), at_key


def _wrong_type(name: str, type_: str, given: object) -> str:
    wanted = _TYPES[type_]
    said = f"{name} is {shown(given)}, must be {wanted}"
    if type_ == "string_type" and isinstance(given, int | float):
        return f'{said}: quote it, "{shown(given)}"'
    if type_ in ("int_type", "float_type") and isinstance(given, str) and given.strip().replace(".", "", 1).isdigit():
        return f"{said}: remove the quotes"
    if type_ == "bool_type" and str(given).lower() in ("yes", "no", "on", "off", "0", "1"):
        return f"{said}, without quotes"
    if type_ == "tuple_type" and isinstance(given, str):
        return f"{said}: write [{shown(given)}]"
    return said


def _wrong_length(
    location: tuple[Key, ...], name: str, type_: str, given: object, context: Mapping[str, Any]
) -> Said | None:
    length = len(given) if isinstance(given, tuple | str) else 0
    if type_ == "too_short":
        # A list whose elements are wrong is counted without them: those errors already say it.
        if length >= context["min_length"]:
            return None
        return Said(location, WRONG_VALUE, f"{name} has {length} elements, at least {context['min_length']} are needed")
    return Said(location, WRONG_VALUE, f"{name} has {length} elements, at most {context['max_length']} are allowed")


def _words(expected: str) -> list[str]:
    """The values of a literal, from how the type's message lists them: `'a', 'b' or 'c'`."""
    return [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(", ")]


def _unknown_key(model: type[BaseModel], location: tuple[Key, ...]) -> str:
    table = _table_at(model, location[:-1])
    keys = list(table.model_fields) if table else []
    where = ".".join(str(part) for part in location[:-1])
    return (
        f"unknown key {shown(location[-1])}{f' in {where}' if where else ''}"
        f"{did_you_mean(str(location[-1]), keys) or f': allowed are {one_of(keys, at_most=20)}'}"
    )


def _meaning(model: type[BaseModel], location: tuple[Key, ...]) -> str:
    table = _table_at(model, location[:-1])
    field = table.model_fields.get(str(location[-1])) if table else None
    return f" ({field.description})" if field and field.description else ""


def _table_at(model: type[BaseModel], location: tuple[Key, ...]) -> type[BaseModel] | None:
    """The table that stands at a location of a type."""
    tables = [model]
    for part in location:
        fields = [table.model_fields[str(part)].annotation for table in tables if str(part) in table.model_fields]
        if not fields:
            # An element of a list, or an entry of a table of tables: the tables that the annotation named still hold.
            continue
        tables = [found for annotation in fields for found in _tables_in(annotation)]
    return tables[0] if tables else None


def _tables_in(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [table for argument in get_args(annotation) for table in _tables_in(argument)]

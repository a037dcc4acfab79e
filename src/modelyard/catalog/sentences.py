"""Says in a sentence of the domain what the types found wrong: the key, the value, what is allowed, the likely fix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from itertools import islice

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from modelyard.catalog.document import Key
from modelyard.catalog.forms import PATTERNS
from modelyard.catalog.other_kinds import NOT_ON_THIS_KIND
from modelyard.catalog.problem import MISSING_KEY, UNKNOWN_KEY, WRONG_VALUE
from modelyard.catalog.schema import CHOICE_TAGS
from modelyard.catalog.suggestion import closest, did_you_mean, one_of, shown
from modelyard.catalog.table_types import table_at

Location = tuple[Key, ...]

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
# More mistakes in one table are of one kind: whoever mends these is told the rest.
_MOST_SENTENCES = 100
# What the types' own path says where the key of a table is wrong, and not its value.
_KEY_MARK = "[key]"


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One finding of the types, in words: where it is, and which of the loader's checks it belongs to.

    `instead` is a key that the sentence already tells to write: that it is missing needs no line of its own.
    """

    location: Location
    rule_id: str
    message: str
    at_key: bool = False
    instead: Location | None = None


def sentences_of(errors: Iterable[ErrorDetails], *, model: type[BaseModel], kind: str | None) -> list[Sentence]:
    """The sentences for everything that the types found in one table of values."""
    said = [one for error in islice(errors, _MOST_SENTENCES) if (one := _sentence(error, model, kind)) is not None]
    told = {one.instead for one in said}
    return [one for one in said if one.rule_id != MISSING_KEY or one.location not in told]


def _sentence(error: ErrorDetails, model: type[BaseModel], kind: str | None) -> Sentence | None:
    """The sentence for one error; nothing where another error already says it."""
    location = _location(error)
    if error["type"] == "extra_forbidden":
        return _unknown_key(model, location, kind)
    name = _dotted(location) or "the file"
    if error["type"] == "missing":
        message = f"{name} is missing{_meaning(model, location)}: add it"
        return Sentence(location=location, rule_id=MISSING_KEY, message=message)
    if _is_about_a_key(error):
        where = _dotted(location[:-1])
        message = f"key {shown(location[-1])} of {where} {_wrong_key(error)}"
        return Sentence(location=location, rule_id=WRONG_VALUE, message=message, at_key=True)
    if error["input"] is None:
        message = f"{name} has no value: write one, or remove the key"
        return Sentence(location=location, rule_id=WRONG_VALUE, message=message, at_key=True)
    wrong = _wrong_value(error)
    return Sentence(location=location, rule_id=WRONG_VALUE, message=f"{name}{wrong}") if wrong else None


def _location(error: ErrorDetails) -> Location:
    """The place in the file: the types' path without what their choices and keys add to it.

    The key that an error is about is the file's own, even where it is spelt like one of those additions.
    """
    path: Location = error["loc"]
    key: Location = ()
    if _is_about_a_key(error):
        path, key = path[:-2], path[-2:-1]
    elif error["type"] == "extra_forbidden":
        path, key = path[:-1], path[-1:]
    return (*(part for part in path if part not in CHOICE_TAGS), *key)


def _is_about_a_key(error: ErrorDetails) -> bool:
    return error["loc"][-1:] == (_KEY_MARK,) and error["type"] in ("string_pattern_mismatch", "string_too_long")


def _dotted(location: Location) -> str:
    words = [f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in location]
    return "".join(words).removeprefix(".")


def _unknown_key(model: type[BaseModel], location: Location, kind: str | None) -> Sentence:
    path = _dotted(location)
    known = NOT_ON_THIS_KIND.get(kind or "", {}).get(path)
    if known:
        told = tuple(known.instead.split(".")) if known.instead else None
        return Sentence(location=location, rule_id=UNKNOWN_KEY, message=known.sentence, at_key=True, instead=told)
    table = table_at(model, location[:-1])
    keys = [field.alias or name for name, field in table.model_fields.items()] if table else []
    where = _dotted(location[:-1])
    meant = closest(str(location[-1]), keys)
    message = (
        f"unknown key {shown(location[-1])}{f' in {where}' if where else ''}: "
        f"{f'did you mean {meant}?' if meant else f'allowed are {one_of(keys, at_most=20)}'}"
    )
    instead = (*location[:-1], meant) if meant else None
    return Sentence(location=location, rule_id=UNKNOWN_KEY, message=message, at_key=True, instead=instead)


def _meaning(model: type[BaseModel], location: Location) -> str:
    table = table_at(model, location[:-1])
    field = table.model_fields.get(str(location[-1])) if table else None
    return f" ({field.description})" if field and field.description else ""


def _wrong_key(error: ErrorDetails) -> str:
    if error["type"] == "string_pattern_mismatch":
        return f"must be {PATTERNS[error['ctx']['pattern']]}"
    return f"has {len(str(error['input']))} characters, at most {error['ctx']['max_length']} are allowed"


def _wrong_value(error: ErrorDetails) -> str | None:
    """What is wrong with a value, to be read after its key."""
    type_, given, context = error["type"], error["input"], error.get("ctx", {})
    if type_ in _TYPES:
        return _wrong_type(type_, given)
    if type_ == "literal_error":
        allowed = _words(context["expected"])
        hint = did_you_mean(given, allowed) if isinstance(given, str) else ""
        return f" is {shown(given)}, allowed are {one_of(allowed, at_most=20)}{hint}"
    if type_ in _RANGES:
        words, key = _RANGES[type_]
        return f" is {shown(given)}, must be {words} {context[key]:g}"
    if type_ == "string_pattern_mismatch":
        return f" is {shown(given) or 'empty'}, must be {PATTERNS[context['pattern']]}"
    if type_ == "string_too_long":
        return f" has {len(str(given))} characters, at most {context['max_length']} are allowed"
    if type_ == "string_too_short":
        return " is empty: write a value, or remove the key"
    if type_ in ("too_short", "too_long"):
        return _wrong_length(type_, len(given) if isinstance(given, Sized) else 0, context)
    if type_ == "union_tag_not_found":
        return " names no place: give one of hub, s3 and folder"
    if type_ == "value_error":
        return f": {context['error']}"
    return f" is {shown(given)}, which its key does not allow"


def _wrong_type(type_: str, given: object) -> str:
    wanted = _TYPES[type_]
    said = (
        f' is "{shown(given)}", must be {wanted}' if isinstance(given, str) else f" is {shown(given)}, must be {wanted}"
    )
    if type_ == "string_type" and isinstance(given, int | float):
        return f'{said}: quote it, "{shown(given)}"'
    if type_ in ("int_type", "float_type") and isinstance(given, str) and given.replace(".", "", 1).isdigit():
        return f"{said}: remove the quotes"
    if type_ == "bool_type" and given in ("true", "false"):
        return f"{said}: remove the quotes"
    if type_ == "tuple_type" and isinstance(given, str):
        return f"{said}: write [{shown(given)}]"
    return said


def _wrong_length(type_: str, length: int, context: Mapping[str, int]) -> str | None:
    if type_ == "too_long":
        return f" has {length} elements, at most {context['max_length']} are allowed"
    if length >= context["min_length"]:
        # A list whose elements are wrong is counted without them: their own findings say it.
        return None
    return f" has {length} elements, at least {context['min_length']} are needed"


def _words(expected: str) -> list[str]:
    """The values of a literal, from how the types list them: `'a', 'b' or 'c'`."""
    return [word.strip().strip("'") for word in expected.replace(" or ", ", ").split(", ")]

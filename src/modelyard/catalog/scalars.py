"""What a plain scalar means, or why two YAML readers would disagree about it.

Text, decimal numbers, `true`, `false` and `null` mean the same to YAML 1.1 and 1.2. Everything that does not is refused
with the way to write it: nobody should learn from a deploy that `012` was ten or that `no` was false.
"""

from __future__ import annotations

import re
from decimal import Decimal

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_YAML_1_1_BOOLEANS = re.compile(r"(?:y|Y|yes|Yes|YES|on|On|ON)$")
_YAML_1_1_NEGATIONS = re.compile(r"(?:n|N|no|No|NO|off|Off|OFF)$")
_DECIMAL_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)$")
_DECIMAL_FRACTION = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+$")
_EXPONENT = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]{1,4}$")
_OTHER_BASE = re.compile(r"[-+]?0(?:x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)$")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+$")
_GROUPED = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?$")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9]+(?::[0-5]?[0-9])+(?:\.[0-9]*)?$")
_BARE_POINT = re.compile(r"[-+]?(?:[0-9]+\.|\.[0-9]+)$")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF|nan|NaN|NAN)$")
# Anything of these forms, whatever its length, at a cost that grows with it and no faster.
_LONG_NUMBER = re.compile(
    r"[-+]?(?:0(?:x[0-9a-fA-F_]+|o[0-7_]+|b[01_]+)|\.?[0-9][0-9_.:]*(?:[eE][-+]?[0-9]+)?|\.(?:inf|nan))", re.IGNORECASE
)
_LONGEST_NUMBER = 100
# 18 digits stay inside 64 bits, which is where JSON and CloudFormation end.
_MOST_DIGITS = 18


class AmbiguousScalarError(ValueError):
    """A plain scalar that has no one meaning; the text says how to write it."""


def plain_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first in "0123456789+-.":
        return _number_or_text(text)
    if first in "yYnNoO":
        if _YAML_1_1_BOOLEANS.match(text):
            raise AmbiguousScalarError(
                f'{text} is true to some YAML readers and text to others: write true, or "{text}"'
            )
        if _YAML_1_1_NEGATIONS.match(text):
            raise AmbiguousScalarError(
                f'{text} is false to some YAML readers and text to others: write false, or "{text}"'
            )
    return text


def _number_or_text(text: str) -> Scalar:
    if _DECIMAL_INTEGER.match(text):
        if len(text) > _MOST_DIGITS + 1:
            raise AmbiguousScalarError(
                f"the number has {len(text)} digits, at most {_MOST_DIGITS} are exact: quote a text"
            )
        return int(text)
    if _DECIMAL_FRACTION.match(text):
        if len(text) > _MOST_DIGITS + 2:
            raise AmbiguousScalarError(
                f"the number has {len(text)} characters, at most {_MOST_DIGITS} digits are exact"
            )
        return float(text)
    if len(text) > _LONGEST_NUMBER:
        if _LONG_NUMBER.fullmatch(text):
            raise AmbiguousScalarError(f"a number of {len(text)} characters is exact to no YAML reader: quote a text")
        return text
    if _EXPONENT.match(text):
        raise AmbiguousScalarError(
            f"{text} is a number to some YAML readers and text to others{_without_exponent(text)}"
        )
    if _LEADING_ZERO.match(text):
        raise AmbiguousScalarError(
            f'{text} is octal to some YAML readers: quote it ("{text}") if it is an id, or drop the leading zero'
        )
    if _OTHER_BASE.match(text) or _GROUPED.match(text):
        raise AmbiguousScalarError(
            f'{text} is a number to some YAML readers only: write plain decimal digits, or "{text}"'
        )
    if _SEXAGESIMAL.match(text):
        raise AmbiguousScalarError(
            f'{text} counts in sixties to some YAML readers: quote it ("{text}"), or write the plain number'
        )
    if _BARE_POINT.match(text):
        raise AmbiguousScalarError(f"{text} lacks digits on one side of the point: write {float(text)}")
    if _NOT_FINITE.match(text):
        raise AmbiguousScalarError(f"{text} is not a number that can be deployed: write a finite one")
    return text


def _without_exponent(text: str) -> str:
    number = Decimal(text)
    if abs(number.adjusted()) > _MOST_DIGITS:
        return ": write it without the exponent"
    return f": write {number:f}" if number != number.to_integral_value() else f": write {int(number)}"

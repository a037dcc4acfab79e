"""Personal data that can be told by its form: found by patterns, confirmed by check digits and numbering plans.

Not found, because only a language model of the text could: names, addresses, birthdays, accounts without check digits
(docs/decisions says why none is here). Where a pattern is in doubt the text is replaced: a copy with a hole is worth
more than a copy with a leak. Every pattern is bounded, and each place of a text is the start of a bounded number of
candidates, so that time grows with the text and not faster.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

from lambdas.capture_processor.card_number import cards, is_card_number
from lambdas.capture_processor.iban import ibans
from lambdas.capture_processor.phone_number import is_international, is_national, phones
from lambdas.capture_processor.plain_text import PlainText

Kind = Literal["email", "iban", "card", "ip", "us-ssn", "phone"]
Span = tuple[int, int]

# `=`, `/`, `?` and brackets may stand in a local part as well, and nearly always end what stands before one.
_LOCAL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.!#$%&'*+^`~-")
_LONGEST_LOCAL = 256
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,32}[^\W\d_][\w-]{1,62}|\[[0-9A-Fa-f:.]{3,45}\]")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])")
# `v1.2.3.4`, `numpy==1.26.4.1`, `version: 1.2.3.4`: four numbers, and no address.
_VERSION = re.compile(
    r"(?:\b(?:version|ver|release|build|revision|rev|firmware|driver|package|section|chapter|clause|tag)"
    r"(?:[ :='\"]{0,5}|[ ]is[ ])v?|[=<>~!]=|\bv\.?|\u00a7 ?)$",
    re.I,
)
# `foo-1.2.3.4.tar.gz`, `foo_1.2.3.4_amd64`, `1.2.3.4-1ubuntu2`
_OF_A_PACKAGE = re.compile(
    r"\.(?:tar|tgz|zip|whl|deb|rpm|jar|exe|dmg|msi)\b|_[a-z]|-\d+[a-z]|[+~-](?:alpha|beta|rc|post|dev)"
)
_LOOKED_BACK = 18
# https://www.ssa.gov/employer/randomization.html: no area 000, 666 or 9xx, no group 00, no serial 0000.
_US_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}[ \n._/-](?!00)\d{2}[ \n._/-](?!0000)\d{4}(?![\d-])")
_US_SSN_NUMBER = re.compile(r"(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}")
# A date, a time or an expiry date beside a number makes one longer number of both, and a decimal number is none.
_NO_NUMBER = re.compile(
    r"(?<!\d)(?:\d{4}-\d{2}-\d{2}|(?:19|20)\d{2}-\d{2}-\d{4}|(?:19|20)\d{2}-\d{4,8}|\d{1,2}:\d{2}(?::\d{2})?|(?<![/+])\d{1,2}/\d{2,4}(?!/\d+/\d))(?!\d)"
    r"|(?<![\d.+])(?!0\d)\d+\.\d+(?!\d|\.\d)"
)
# Identifiers and hashes in hexadecimal digits, in which by chance so many are decimal ones.
_IDENTIFIER = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9-]{0,40}[A-Fa-f])(?:[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|[0-9A-Fa-f]{32,128})"
    r"(?![0-9A-Za-z])"
)
# A number whose every digit stands by itself, as nobody writes one who does not want to hide or to spell it.
_SPELLED = re.compile(r"(?<!\d)(?<!\d[ ._/()-])(?:\+[ ._(-]{0,2})?\d(?:[ ._/()-]{1,3}\d){8,18}(?![ ._/()-]{0,3}\d)")
_COUNTED = re.compile(r"\d(?: \d)+")
# A form's space (application/x-www-form-urlencoded).
_FORM_SPACE = re.compile(r"(?<=\d)\+(?=\d)")
_DECIMAL = re.compile(r"(?<![\d.+])(?!0\d)\d+\.\d+(?!\d|\.\d)")
_TAKEN = "|"


def find(text: str) -> list[tuple[Span, Kind]]:
    """The places of personal data in a text in their order, none over another: the earlier kind wins."""
    if not _may_hold_some(text):
        return []
    plain = PlainText.of(text)
    looked_at = plain.text
    found: list[tuple[Span, Kind]] = []
    for kind, finder in _FINDERS:
        spans: list[Span] = []
        for start, end in sorted(finder(looked_at)):
            if not spans or start >= spans[-1][1]:
                spans.append((start, end))
            elif end > spans[-1][1]:
                spans[-1] = (spans[-1][0], end)
        found += [(plain.span(start, end), kind) for start, end in spans]
        # Out of sight of the kinds that follow: a card beside a phone number makes one longer number of both.
        looked_at = _without(looked_at, spans)
        if kind == "iban":
            # What follows is made of digits alone.
            looked_at = _FORM_SPACE.sub(" ", _IDENTIFIER.sub(_hidden, looked_at))
            spelled = [(match.span(), its) for match in _SPELLED.finditer(looked_at) if (its := _spelled(match))]
            spelled = [one for one in spelled if not _is_counted(text[slice(*plain.span(*one[0]))])]
            found += [(plain.span(*span), its) for span, its in spelled]
            looked_at = _without(looked_at, [span for span, _ in spelled])
    return sorted(found)


def _spelled(match: re.Match[str]) -> Kind | None:
    """What a number is of which every digit stands by itself."""
    digits = "".join(_DIGIT.findall(match.group()))
    if match.group()[0] == "+":
        return "phone" if is_international(digits) else None
    if _US_SSN_NUMBER.fullmatch(digits):
        return "us-ssn"
    return ("phone" if is_national(digits) else None) if digits[0] == "0" else number_kind(int(digits))


def _is_counted(text: str) -> bool:
    """Whether digits are a list: 1 2 3 4 5 6 7 8 9."""
    steps = {ord(after) - ord(one) for one, after in pairwise(text[::2])}
    return _COUNTED.fullmatch(text) is not None and len(steps) == 1


def number_kind(number: int) -> Kind | None:
    """What a whole number by itself may be somebody's: a card, a number to be dialled, a social security number."""
    digits = str(number) if 0 <= number < 10**19 else ""
    if is_card_number(digits):
        return "card"
    if len(digits) == 9 and _US_SSN_NUMBER.fullmatch(digits):
        return "us-ssn"
    if (len(digits) == 10 and digits[0] != "1" and is_national(digits)) or (
        11 <= len(digits) <= 15 and is_international(digits)
    ):
        return "phone"
    return None


def _may_hold_some(text: str) -> bool:
    """Nothing of any kind is without an @, a digit, a colon, or an escape of one, of which other scripts have many; of
    what is short and plain more is asked, since a stream has a part for each token."""
    if not text.isascii():
        return True
    if len(text) > _SHORT:
        return _SIGNS.search(text) is not None
    if _SURE_SIGNS.search(text) is not None or text.count(":") > 1 or text.count(".") > 2:
        return True
    return len(_DIGIT.findall(text)) >= _FEWEST_DIGITS


_SHORT, _FEWEST_DIGITS = 64, 8
_DIGIT = re.compile(r"\d")
_SURE_SIGNS = re.compile(r"[@%&\\]")
_SIGNS = re.compile(r"[@\d:%&\\]")


def _without(text: str, spans: list[Span]) -> str:
    if not spans:
        return text
    pieces, place = [], 0
    for start, end in spans:
        pieces += [text[place:start], _TAKEN * (end - start)]
        place = end
    return "".join([*pieces, text[place:]])


def _emails(text: str) -> Iterator[Span]:
    """An @ with a domain behind it, and what can be a local part before it: no character is looked at twice."""
    place = text.find("@")
    while place >= 0:
        start = place
        if text[place - 1 : place] == '"':
            quote = text.rfind('"', max(place - _LONGEST_LOCAL, 0), place - 1)
            start = quote if quote >= 0 else place
        else:
            first = max(place - _LONGEST_LOCAL, 0)
            while start > first and ((one := text[start - 1]) in _LOCAL or (not one.isascii() and one.isalnum())):
                start -= 1
        if start < place and (domain := _DOMAIN.match(text, place + 1)):
            yield start, domain.end()
        place = text.find("@", place + 1)


def _ibans(text: str) -> Iterator[Span]:
    return ibans(text)


def _cards(text: str) -> Iterator[Span]:
    return cards(_DECIMAL.sub(_hidden, text))


def _addresses(text: str) -> Iterator[Span]:
    for match in _IPV4.finditer(text):
        if _is_address(match.group()) and not _is_version(text, match.start(), match.group()):
            yield match.span()
    for match in _IPV6.finditer(text):
        found = match.group()
        if found.endswith(":") and not found.endswith("::"):
            found = found.rstrip(":")
        # `::` and `a::` are valid, and in texts they are anything but addresses.
        if found.count(":") < 2 or len(found) < 5 or not any(character.isdigit() for character in found):
            continue
        if _is_address(found):
            yield match.start(), match.start() + len(found)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_version(text: str, start: int, quad: str) -> bool:
    # With 0 at its end it is a network, or one whose host somebody has left out, or `Chrome/120.0.0.0`.
    return (
        quad.endswith(".0")
        or _is_called_version(text[max(start - _LOOKED_BACK, 0) : start])
        or _OF_A_PACKAGE.match(text, start + len(quad)) is not None
    )


def _is_called_version(before: str) -> bool:
    return before.strip("0123456789. \n,") != "" and _VERSION.search(before) is not None


def _social_security_numbers(text: str) -> Iterator[Span]:
    yield from (match.span() for match in _US_SSN.finditer(text))


def _phones(text: str) -> Iterator[Span]:
    yield from phones(_NO_NUMBER.sub(_hidden, text))


def _hidden(match: re.Match[str]) -> str:
    return "|" * len(match.group())


# The more certain kinds come first: a card's digits also make phone numbers.
_FINDERS: tuple[tuple[Kind, Callable[[str], Iterator[Span]]], ...] = (
    ("email", _emails),
    ("iban", _ibans),
    ("card", _cards),
    ("ip", _addresses),
    ("us-ssn", _social_security_numbers),
    ("phone", _phones),
)

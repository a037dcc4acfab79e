"""Personal data that can be told by its form: found by patterns, confirmed by check digits and numbering plans.

Not found, because only a language model of the text could: names, addresses, birthdays, accounts without check digits
(docs/decisions says why none is here). Where a pattern is in doubt the text is replaced: a copy with a hole is worth
more than a copy with a leak. Every pattern is bounded, so that time grows with the text and not faster.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal

import phonenumbers
from stdnum import iban, luhn

Kind = Literal["email", "iban", "card", "ip", "us-ssn", "phone"]
Span = tuple[int, int]

# Countries whose numbers are known without their country code; with `+` all countries are.
PHONE_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "BR", "JP")

# `=`, `/`, `?` and brackets may stand in a local part as well, and nearly always end what stands before one.
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.!#$%&'*+^`~-]{1,64}(?:@|%40)(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}")
_LONG_EMAIL = re.compile(r"[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}")
# Two letters, two check digits, and 11 to 30 places in groups; how many there are follows from the country.
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ \u00a0-]?[A-Za-z0-9]){11,30}")
_SHORTEST_IBAN = 15
# Digits as people group them. A card's 13 to 19 (ISO/IEC 7812-1) may stand among others: an expiry date, a code.
_DIGIT_RUN = re.compile(r"\d(?:[\s._\u2010-\u2015-]{0,2}\d){12,}")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{2,39}(?:(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])")
# https://www.ssa.gov/employer/randomization.html: no area 000, 666 or 9xx, no group 00, no serial 0000.
_US_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])")
# Fictional and unassigned numbers have the form of a number as well, and people write them as if they were theirs.
_NORTH_AMERICAN = re.compile(r"(?<![\d+])(?:\+?1[ .-]?)?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\d)")
# A date, a time or an expiry date beside a number makes one longer number of both.
_DATE_OR_TIME = re.compile(r"(?<!\d)(?:\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}/\d{2,4})(?!\d)")
_GROUPS = re.compile(r"(?<![\d.,])\d+(?:[ \u00a0()/-]{1,3}\d+)+")
_GROUP = re.compile(r"\d+")
_TAKEN = "|"
_MOST_GROUPS = 6
# Looking at one takes a millisecond: numbers in ten countries.
_MOST_CANDIDATES = 100
_SEVEN_DIGITS = re.compile(r"\d(?:\D{0,4}\d){6}")


def find(text: str) -> list[tuple[Span, Kind]]:
    """The places of personal data in a text in their order, none over another: the earlier kind wins."""
    found: list[tuple[Span, Kind]] = []
    taken = bytearray(len(text))
    for kind, finder in _FINDERS:
        for start, end in finder(text):
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(((start, end), kind))
        # Out of sight of the kinds that follow: a card beside a phone number makes one longer number of both.
        if found:
            text = "".join(_TAKEN if hidden else one for one, hidden in zip(text, taken, strict=True))
    return sorted(found)


def is_card_number(number: str) -> bool:
    """Whether digits can be a payment card's: issuers of payment cards start with 2 to 6, Luhn's check digit ends."""
    return 13 <= len(number) <= 19 and number[0] in "23456" and len(set(number)) > 1 and bool(luhn.is_valid(number))


def _emails(text: str) -> Iterator[Span]:
    if "@" in text or "%40" in text:
        for pattern in (_EMAIL, _LONG_EMAIL):
            yield from (match.span() for match in pattern.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    place = 0
    while match := _IBAN.search(text, place):
        end = _end_of_iban(match.group())
        if end:
            yield match.start(), match.start() + end
        # What looked like the rest of a number may be the start of the next one.
        place = match.start() + (end or 2)


def _end_of_iban(candidate: str) -> int | None:
    places = [index + 1 for index, character in enumerate(candidate) if character.isalnum()]
    for end in reversed(places[_SHORTEST_IBAN - 1 :]):
        if iban.is_valid(candidate[:end].replace("\u00a0", " "), check_country=False):
            return end
    return None


def _cards(text: str) -> Iterator[Span]:
    for run in _DIGIT_RUN.finditer(text):
        yield from _cards_among([place for place in range(*run.span()) if text[place].isdecimal()], text)


def _cards_among(places: list[int], text: str) -> Iterator[Span]:
    """The cards in a run of digits at these places, each made of whole groups."""
    digits = "".join(str(unicodedata.decimal(text[place])) for place in places)
    ends = [after - before > 1 for before, after in zip(places, places[1:], strict=False)] + [True]
    first = 0
    while first + 13 <= len(digits):
        last = None
        if first == 0 or ends[first - 1]:
            longest = min(first + 19, len(digits))
            lasts = (last for last in range(longest, first + 12, -1) if ends[last - 1])
            last = next((last for last in lasts if is_card_number(digits[first:last])), None)
        if last:
            yield places[first], places[last - 1] + 1
        first = last or first + 1


def _addresses(text: str) -> Iterator[Span]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            found = (
                match.group().rstrip(":")
                if match.group().endswith(":") and not match.group().endswith("::")
                else (match.group())
            )
            # `::` and `a::` are valid, and in texts they are anything but addresses.
            if len(found) < 5 or not any(character.isdigit() for character in found):
                continue
            try:
                ipaddress.ip_address(found)
            except ValueError:
                continue
            yield match.start(), match.start() + len(found)


def _social_security_numbers(text: str) -> Iterator[Span]:
    yield from (match.span() for match in _US_SSN.finditer(text))


def _phones(text: str) -> Iterator[Span]:
    if not _SEVEN_DIGITS.search(text):
        return
    yield from (match.span() for match in _NORTH_AMERICAN.finditer(text))
    text = _DATE_OR_TIME.sub(lambda match: "x" * len(match.group()), text)
    if "+" in text or "\uff0b" in text:
        for found in phonenumbers.PhoneNumberMatcher(text, None, leniency=phonenumbers.Leniency.POSSIBLE):
            yield found.start, found.end
    for region in PHONE_REGIONS:
        for found in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.VALID):
            yield found.start, found.end
    yield from _phones_among_groups(text)


def _phones_among_groups(text: str) -> Iterator[Span]:
    """Numbers that other groups of digits stand beside, each from a group that starts with the trunk's 0 or after +."""
    left = _MOST_CANDIDATES
    for run in _GROUPS.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        if len(groups) < 3:
            continue
        first = 0
        while first < len(groups):
            last = None
            start = groups[first][0]
            start -= text[max(start - 1, 0) : start] in ("+", "\uff0b")
            if text[start] in "0+\uff0b":
                for candidate in range(min(first + _MOST_GROUPS, len(groups)), first, -1):
                    if left and _is_phone(text[start : groups[candidate - 1][1]]):
                        last = candidate
                        yield start, groups[last - 1][1]
                        break
                    left = max(left - 1, 0)
            first = last or first + 1


def _is_phone(candidate: str) -> bool:
    if not 8 <= sum(character.isdecimal() for character in candidate) <= 15:
        return False
    for region in PHONE_REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(candidate, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


# The more certain kinds come first: a card's digits also make phone numbers.
_FINDERS: tuple[tuple[Kind, Callable[[str], Iterator[Span]]], ...] = (
    ("email", _emails),
    ("iban", _ibans),
    ("card", _cards),
    ("ip", _addresses),
    ("us-ssn", _social_security_numbers),
    ("phone", _phones),
)

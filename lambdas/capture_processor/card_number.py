"""Numbers of payment cards: 13 to 19 digits (ISO/IEC 7812-1), of which the last is Luhn's check digit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

# Digits as people group them. A card's may stand among others: an expiry date, a code.
_RUN = re.compile(r"\d(?:[\s._/-]{0,2}\d){12,}")
_GROUP = re.compile(r"\d+")
_SHORTEST, _LONGEST = 13, 19
# More groups are a list of small numbers: nobody writes a card in pairs.
_MOST_GROUPS = 6
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_card_number(number: str) -> bool:
    """Whether digits can be a payment card's: issuers of payment cards start with 2 to 6, Luhn's check digit ends."""
    if not (_SHORTEST <= len(number) <= _LONGEST and number[0] in "23456" and len(set(number)) > 1):
        return False
    even, odd = _sums(number)
    return (even if len(number) % 2 == 0 else odd)[-1] % 10 == 0


def cards(text: str) -> Iterator[tuple[int, int]]:
    """Where card numbers stand, each made of whole groups of a run of digits."""
    for run in _RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, *run.span())]
        digits = "".join(text[start:end] for start, end in groups)
        places = [0]
        for start, end in groups:
            places.append(places[-1] + end - start)
        ends = places[_MOST_GROUPS:] or places[-1:]
        if max(end - start for start, end in zip(places, ends, strict=False)) < _SHORTEST:
            continue
        # Luhn's sum of any part in one step: sums up to each place, with even and with odd places doubled.
        even, odd = _sums(digits)
        first = 0
        while first < len(groups):
            last = _last_group(digits, even, odd, places, first)
            if last is None:
                first += 1
            else:
                yield groups[first][0], groups[last - 1][1]
                first = last


def _last_group(digits: str, even: list[int], odd: list[int], places: list[int], first: int) -> int | None:
    """Behind which group the longest card that starts with a group ends."""
    start = places[first]
    if digits[start] not in "23456":
        return None
    for last in range(min(first + _MOST_GROUPS, len(places) - 1), first, -1):
        end = places[last]
        if end - start < _SHORTEST:
            return None
        if end - start <= _LONGEST:
            sums = even if end % 2 == 0 else odd
            if (sums[end] - sums[start]) % 10 == 0 and len(set(digits[start:end])) > 1:
                return last
    return None


def _sums(digits: str) -> tuple[list[int], list[int]]:
    plain = [ord(digit) - ord("0") for digit in digits]
    doubled = [_DOUBLED[digit] for digit in plain]
    mixed = [doubled[place] if place % 2 == 0 else digit for place, digit in enumerate(plain)]
    other = [digit if place % 2 == 0 else doubled[place] for place, digit in enumerate(plain)]
    return list(accumulate(mixed, initial=0)), list(accumulate(other, initial=0))

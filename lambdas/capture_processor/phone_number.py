"""Telephone numbers: groups of digits that a numbering plan has, by the data of Google's libphonenumber.

With `+` or 00 in front the plan of any country counts, without them those of ten countries. Its own matcher goes
through a text once for each country and tries each group of digits in many ways; here a group is the start of at most
six candidates, which one pattern of all ten plans judges.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

# Countries whose numbers are known without their country code: with their trunk's 0, with or without it, without any.
ZERO_REGIONS = ("GB", "DE", "FR", "NL", "JP", "IN", "BR")
PLAIN_REGIONS = ("ES", "IT", "IN", "BR")
_TYPES = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
# Fictional and unassigned numbers have the form of a number as well, and people write them as if they were theirs.
_NORTH_AMERICAN = re.compile(r"(?<![\d+])(?:\+?1[ ._-]?)?(?:\(\d{3}\)[ ._-]?|\d{3}[ ._-])\d{3}[ ._-]\d{4}(?!\d)")
_RUN = re.compile(r"\d+(?:[ ()/._-]{1,3}\d+)*")
_GROUP = re.compile(r"\d+")
_SHORTEST, _LONGEST = 8, 15
_MOST_GROUPS, _MOST_PLAIN_GROUPS = 6, 4
_SHORTEST_LONGEST_GROUP = 3
# Seconds since 1970 of the years from 2014 to 2033.
_TIMESTAMP = re.compile(r"1[4-9]\d{8}")
# With a country code, which is a group by itself, and another for the trunk's (0).
_MOST_INTERNATIONAL_GROUPS = 8
# `+ 49 30`, `+(49) 30`
_BEHIND_PLUS = (" ", "-", "(")


def phones(text: str) -> Iterator[tuple[int, int]]:
    """Where telephone numbers stand; dates and decimal numbers must be out of sight."""
    yield from (match.span() for match in _NORTH_AMERICAN.finditer(text))
    for run in _RUN.finditer(text):
        if run.end() - run.start() >= _SHORTEST - 1:
            yield from _Run(text, *run.span()).phones()


# The same few digits over and over are cheap, too.
@lru_cache(maxsize=4096)
def is_national(digits: str) -> bool:
    """Whether one of the ten plans has these digits, as they are dialled within its country."""
    if digits.startswith("00"):
        return is_international(digits[2:])
    if digits.startswith("0"):
        zero, plain = _national_patterns()
        return zero.fullmatch(digits, 1) is not None or plain.fullmatch(digits) is not None
    return _national_patterns()[1].fullmatch(digits) is not None


@lru_cache(maxsize=4096)
def is_international(digits: str) -> bool:
    """Whether digits are a country's code and a number of its plan, with or without the trunk's 0."""
    for length in (1, 2, 3):
        pattern = _plan(int(digits[:length] or 0))
        if pattern is not None:
            rest = digits[length:]
            return pattern.fullmatch(rest.removeprefix("0")) is not None or pattern.fullmatch(rest) is not None
    return False


class _Run:
    """Groups of digits with what people put between them."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self._groups = [group.span() for group in _GROUP.finditer(text, start, end)]
        self._digits = "".join(text[first:last] for first, last in self._groups)
        self._sizes = [last - first for first, last in self._groups]
        self._places = [0]
        for first, last in self._groups:
            self._places.append(self._places[-1] + last - first)
        # What is tied to a letter is a part of an identifier: of a UUID, a version, a product's number.
        self._tied: list[bool] = []
        # Groups with a space or a bracket before them; others belong to what stands before.
        self._free: list[bool] = []
        for number, (first, _) in enumerate(self._groups):
            between = text[self._groups[number - 1][1] : first] if number else ""
            free = not number or " " in between or "(" in between or ")" in between
            before = text[first - 1] if first else " "
            self._free.append(free)
            tied = before.isalpha() or (not number and before == "_")
            self._tied.append(tied or (not free and self._tied[-1]))

    def phones(self) -> Iterator[tuple[int, int]]:
        first = 0
        while first < len(self._groups):
            start = self._groups[first][0]
            before = self._text[start - 1] if start else ""
            apart = before in _BEHIND_PLUS and self._text[start - 2 : start - 1] == "+"
            last = self._international(first, sure=not apart) if apart or before == "+" else None
            last = self._national(first) if last is None and before != "+" else last
            if last is None:
                first += 1
                continue
            yield start - (2 if apart else before in ("+", "(") and before != ""), self._groups[last - 1][1]
            first = last

    def _ends(self, first: int) -> Iterator[tuple[int, str]]:
        """Behind which groups a number with its country's code may end, the longest first, with its digits."""
        for last in range(min(first + _MOST_INTERNATIONAL_GROUPS, len(self._groups)), first, -1):
            size = self._places[last] - self._places[first]
            if _SHORTEST <= size <= _LONGEST:
                yield last, self._digits[self._places[first] : self._places[last]]

    def _international(self, first: int, *, sure: bool) -> int | None:
        ends = list(self._ends(first))
        for last, digits in ends:
            if is_international(digits):
                return last
        # Whatever the plan says: whoever writes a + in front of so many digits means a number to be dialled.
        return ends[0][0] if sure and ends and any(_plan(int(ends[0][1][:length])) for length in (1, 2, 3)) else None

    def _national(self, first: int) -> int | None:
        zero = self._digits[self._places[first]] == "0"
        if self._tied[first] or not (zero or self._free[first]):
            return None
        if not zero and max(self._sizes[first : first + _MOST_PLAIN_GROUPS]) < _SHORTEST_LONGEST_GROUP:
            return None
        start, groups = self._places[first], len(self._groups)
        most = _MOST_GROUPS if zero else _MOST_PLAIN_GROUPS
        for last in range(min(first + most, groups), first, -1):
            end = self._places[last]
            if end - start < _SHORTEST:
                break
            if end - start > _LONGEST or not (zero or last == groups or self._free[last]):
                continue
            if is_national(self._digits[start:end]) and self._is_written_like_one(first, last):
                return last
        return None

    def _is_written_like_one(self, first: int, last: int) -> bool:
        start, end = self._groups[first][0], self._groups[last - 1][1]
        if self._text[end : end + 1].isalpha():
            return False
        sizes = self._sizes[first:last]
        zero = self._digits[self._places[first]] == "0"
        # Other lists of small numbers are lists: without the trunk's 0 nobody writes a number in pairs or in digits.
        if sizes.count(1) > 1 or (not zero and max(sizes) < _SHORTEST_LONGEST_GROUP):
            return False
        if len(sizes) == 1 and _TIMESTAMP.fullmatch(self._text, start, end):
            return False
        # A point parts all of its groups, or none: what has one here and there are versions and decimal numbers.
        points = self._text.count(".", start, end)
        if not points:
            return True
        whole = self._free[first] and (last == len(self._groups) or self._free[last])
        return whole and points == len(sizes) - 1 and min(sizes) > 1 and (points > 1 or zero)


@lru_cache(maxsize=1)
def _national_patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What follows a trunk's 0, and what is dialled without one."""
    zero = [pattern for region in ZERO_REGIONS for pattern in _numbers(PhoneMetadata.metadata_for_region(region))]
    plain = [pattern for region in PLAIN_REGIONS for pattern in _numbers(PhoneMetadata.metadata_for_region(region))]
    american = "|".join(_numbers(PhoneMetadata.metadata_for_region("US")))
    return re.compile("|".join(zero)), re.compile("|".join([f"1?(?:{american})", *plain]))


@lru_cache(maxsize=1000)
def _plan(country_code: int) -> re.Pattern[str] | None:
    """The numbers of all regions that share a country code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code)
    if regions is None:
        return None
    if regions == ("001",):
        plans = [PhoneMetadata.metadata_for_nongeo_region(country_code)]
    else:
        plans = [PhoneMetadata.metadata_for_region(region) for region in regions]
    return re.compile("|".join(dict.fromkeys(pattern for plan in plans for pattern in _numbers(plan))))


def _numbers(plan: Any) -> list[str]:
    kinds = (getattr(plan, kind) for kind in _TYPES)
    return [kind.national_number_pattern for kind in kinds if kind is not None and kind.national_number_pattern]

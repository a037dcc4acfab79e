"""International bank account numbers: ISO 13616's structure by country, and its check digits.

Countries and the structures of their account numbers as of SWIFT's IBAN registry, release 101
(https://www.swift.com/standards/data-standards/iban-international-bank-account-number): digits (n), capital letters
(a), or either (c), with how many there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_STRUCTURES = """
    AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c CH5n12c CR18n
    CY8n16c CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n GE2a16n
    GI4a15c GL14n GR7n16c GT24c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c
    KZ3n13c LB4n20c LC4a24c LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n
    MT4a5n18c MU4a19n3a NI4a20n NL4a10n NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n
    RU14n15c SA2n18c SC4a20n3a SD14n SE20n SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR6n16c
    UA6n19c VA18n VG4a16n XK16n YE4a4n18c
"""
_CHARACTERS = {"n": "0-9", "a": "A-Za-z", "c": "0-9A-Za-z"}
# What stands between its groups, once the text is plain (plain_text.py).
_BETWEEN = r"[ ._/\n+-]?"


def _pattern(structure: str) -> re.Pattern[str]:
    places = [r"\d", r"\d"]
    for count, kind in re.findall(r"(\d+)([nac])", structure):
        places += [f"[{_CHARACTERS[kind]}]"] * int(count)
    return re.compile(f"[A-Za-z]{_BETWEEN}[A-Za-z]" + "".join(_BETWEEN + place for place in places))


_PATTERNS = {row[:2]: _pattern(row[2:]) for row in _STRUCTURES.split()}
_COUNTRIES = "|".join(f"{country[0]}{_BETWEEN}{country[1]}" for country in _PATTERNS)
_START = re.compile(rf"(?<![A-Za-z0-9])(?i:{_COUNTRIES})(?={_BETWEEN}\d{_BETWEEN}\d)")
_VALUES = {character: str(value) for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def ibans(text: str) -> Iterator[tuple[int, int]]:
    """Where account numbers stand. A country's have one length, so each start is looked at once."""
    place = 0
    while start := _START.search(text, place):
        found = _PATTERNS[(start.group()[0] + start.group()[-1]).upper()].match(text, start.start())
        if found and has_check_digits(found.group()):
            yield found.span()
            place = found.end()
        else:
            place = start.end()


def has_check_digits(number: str) -> bool:
    """Whether the two digits behind the country make the number 1 modulo 97 (ISO/IEC 7064, MOD 97-10)."""
    plain = "".join(character for character in number.upper() if character in _VALUES)
    return int("".join(_VALUES[character] for character in plain[4:] + plain[:4])) % 97 == 1

"""Somebody's number is found whatever stands between its digits and however it is written; other numbers stay."""

from __future__ import annotations

import base64
import re
import unicodedata
from random import Random

import pytest

from lambdas.capture_processor import card_number, iban, personal_data, phone_number
from lambdas.capture_processor.payload import Payload
from lambdas.capture_processor.redaction import Redaction

SPACES_AND_DASHES = [
    chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Zs", "Zl", "Zp", "Pd", "Cf")
]
OTHERS = [
    "\t",
    "\u2212",
    "   ",
    " - ",
    "  \u2013 ",
    "\u00a0\u00a0",
    "\ufe0f",
    "\u034f",
    "%20",
    "&nbsp;",
    "&#8209;",
    "\\u00a0",
]
NUMBERS = {
    "card": ("4111", "1111", "1111", "1111"),
    "iban": ("DE89", "3704", "0044", "0532", "0130", "00"),
    "us-ssn": ("123", "45", "6789"),
    "phone": ("0151", "23456789"),
    "phone of the US": ("212", "555", "0123"),
    "phone of France": ("01", "42", "68", "53", "00"),
    "phone with +": ("+49", "30", "901820"),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_no_separator_of_unicode_hides_a_number(kind: str) -> None:
    missed = []
    for separator in [*SPACES_AND_DASHES, *OTHERS]:
        copy = Redaction().text(f"it is {separator.join(NUMBERS[kind])}, yes")
        if copy != f"it is [{kind.split()[0]}], yes":
            missed.append((separator, copy))
    assert not missed


@pytest.mark.parametrize("zero", [zero for zero in range(0x80, 0x110000) if unicodedata.decimal(chr(zero), None) == 0])
def test_digits_of_any_script_are_digits(zero: int) -> None:
    text = "".join(chr(zero + int(one)) if one.isdecimal() else one for one in "4111 1111 1111 1111, 123-45-6789")
    assert Redaction().text(text) == "[card], [us-ssn]"


@pytest.mark.parametrize(
    "text",
    [
        "jo&#64;example.com", "jo&commat;example.com", "jo&#x40;example&period;com", "jo\uff20example.com",
        "jo%2540example.com", "\\u006ao\\u0040example.com", "jo\\\\u0040example.com", "jo\u200b@exam\u00adple.com",
        '"john doe"@example.com', "jo@[192.168.1.1]", "jo\\x40example.com", "jo@b\u00fccher.example",
    ],
)  # fmt: skip
def test_an_address_is_found_however_it_is_escaped(text: str) -> None:
    assert Redaction().text(f"write to {text} please") == "write to [email] please"


def test_escapes_in_a_text_that_is_no_json_alone_are_looked_through() -> None:
    text = 'he said {"mail": "jo\\u0040example.com"} and \\n4111 1111 1111 1111'
    assert Redaction().text(text) == 'he said {"mail": "[email]"} and \\n[card]'


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
        "Edg/119.0.0.0 OPR/106.0.0.0",
        "version 1.2.3.4, v10.0.19045.3570, numpy==1.26.4.1, firmware: 4.3.2.1",
        "Python 3.11.7, torch 2.1.0+cu121, cuda 12.1.105.0",
        "[0.123456789, -0.987654321, 0.4111111111111111, 2.718281828459045]",
        "0.1234 0.5678 0.9101 0.1121 0.3141 0.5926",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
        "12 34 56 78 90 12 34 56 78 90",
        "[1, 22, 333, 4444, 55555]",
        "at 1763712000, or 1763712000123",
        "550e8400-e29b-41d4-a716-446655440000 00000000-0000-0000-0000-012345678901",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "1,234,567.89 or 1.234.567,89",
        "ISBN 978-3-16-148410-0, order 4711-0815",
        "lat 52.520008, lon 13.404954, 1920x1080",
    ],
)
def test_versions_vectors_times_and_identifiers_stay(text: str) -> None:
    assert Redaction().text(text) == text


def test_numbers_of_json_are_looked_at_and_those_of_interfaces_stay() -> None:
    redaction = Redaction()
    body = {"a": 4111111111111111, "b": 2125550123, "c": [123456789], "d": 4915123456789, "e": 4111111111111111.0}
    assert redaction.value(body) == {"a": "[card]", "b": "[phone]", "c": ["[us-ssn]"], "d": "[phone]", "e": "[card]"}
    assert redaction.replaced == {"card": 2, "phone": 2, "us-ssn": 1}
    kept = {"seed": 123456789, "created": 1763712000, "n": 5, "x": 1763712000, "t": 0.123456789, "ms": 1763712000123}
    assert Redaction().value(kept) == kept


def test_token_ids_are_left_out_however_deep_they_lie() -> None:
    body = {"prompt": [[1, 2], [3, 4, 5]], "inputs": {"input_ids": [[[7, 8]], [[9, 1]]]}, "input": ["a", [1, 2]]}
    assert Redaction().value(body) == {
        "prompt": {"left_out": "vector", "numbers": 5},
        "inputs": {"input_ids": {"left_out": "vector", "numbers": 4}},
        "input": ["a", [1, 2]],
    }


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_within_a_text_is_looked_into(encode) -> None:
    hidden, harmless = encode(b"I am jo@example.com??>>").decode(), encode(b"nothing of anybody").decode()
    copy = Redaction().value({"file": hidden, "text": f"see {hidden} and {harmless}", "bare": hidden.rstrip("=")})
    assert copy == {"file": "[base64]", "text": f"see [base64] and {harmless}", "bare": "[base64]"}


def test_pictures_within_json_are_left_out_with_a_mark() -> None:
    picture = base64.b64encode(Random(1).randbytes(3000)).decode()
    assert Redaction().value({"url": f"data:image/png;base64,{picture}"}) == {"url": "data:image/png;base64,[bytes]"}


def test_the_type_of_a_body_is_a_text_of_the_caller() -> None:
    for form, body in (("json", {}), ("text", "x"), ("binary", "//4=")):
        copy = Redaction().payload(Payload("text/plain; name=jo@example.com", form, body))
        assert copy.content_type == "text/plain; name=[email]"
    assert Redaction().payload(Payload("application/json; charset=utf-8", "json", {})).content_type is not None


def test_what_comes_after_very_many_numbers_is_found_as_well() -> None:
    for filling in ("12 ", "123 456 ", "0151 ", "+1 ", "4111 ", "1.1.1.1 ", "DE89 ", "a@ ", "1234567890123456789 "):
        text = filling * 10_000
        copy = Redaction().text(f"{text}; 4111 1111 1111 1111, 0151 23456789, jo@example.com")
        assert copy.endswith("; [card], [phone], [email]"), filling


PIECES = (
    "12 ",
    "1 ",
    "(2",
    "+12 345 6789 ",
    "0151 23 ",
    "4111 1111 ",
    "1.1.1.1 ",
    "DE89 3704 ",
    "a::1 ",
    "123-45-",
    "a@b.",
)


@pytest.mark.parametrize("piece", PIECES)
def test_tries_grow_with_a_text_and_not_faster(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = 0

    def counted(function):
        def judge(*arguments):
            nonlocal tries
            tries += 1
            return function(*arguments)

        return judge

    judges = [
        (phone_number, "is_national"), (phone_number, "is_international"), (iban, "has_check_digits"),
        (card_number, "_last_group"), (personal_data, "_is_address"), (personal_data, "_is_version"),
    ]  # fmt: skip
    for module, name in judges:
        monkeypatch.setattr(module, name, counted(getattr(module, name)))
    counts = []
    for characters in (10_000, 20_000, 40_000):
        tries = 0
        Redaction().text(piece * (characters // len(piece)))
        counts.append(tries)
        assert tries <= characters
    assert counts[2] <= 2 * counts[1] + 50 <= 4 * counts[0] + 200


def test_the_patterns_of_all_countries_hold_numbers_with_their_check_digits() -> None:
    for number in (
        "GB82 WEST 1234 5698 7654 32", "FR14 2004 1010 0505 0001 3M02 606", "CH93 0076 2011 6238 5295 7",
        "MT84 MALT 0110 0001 2345 MTLC AST0 01S", "NO93 8601 1117 947", "BR18 0036 0305 0000 1000 9795 493C 1",
    ):  # fmt: skip
        assert Redaction().text(f"{number} x") == "[iban] x"
        wrong = re.sub(r"\d(?=\D*$)", lambda digit: str((int(digit.group()) + 1) % 10), number)
        assert "[iban]" not in Redaction().text(f"{wrong} x")

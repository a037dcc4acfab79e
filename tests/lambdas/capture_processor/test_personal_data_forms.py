"""Somebody's number is found whatever stands between its digits and however it is written; other numbers stay."""

from __future__ import annotations

import base64
import re
import unicodedata
from hashlib import sha256
from random import Random

import pytest

from lambdas.capture_processor import card_number, iban, personal_data, phone_number
from lambdas.capture_processor.payload import Payload, payload_of
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


EACH = SPACES_AND_DASHES[1::7] + ["\t", "\u2212", "\u0301", "\ufe0f\u20e3", "  ", "\u00a0\u2009", " \u200b-"]


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_whose_every_digit_stands_by_itself_is_found(kind: str) -> None:
    missed = []
    for separator in EACH:
        # Nobody spells letters with more between them.
        if kind == "iban" and separator not in SPACES_AND_DASHES:
            continue
        copy = Redaction().text(f"it is {separator.join(''.join(NUMBERS[kind]))}, yes")
        if copy != f"it is [{kind.split()[0]}], yes":
            missed.append((separator, copy))
    assert not missed


def test_what_stands_between_the_digits_may_change_from_one_to_the_next() -> None:
    random = Random(20261130)
    for kind, groups in NUMBERS.items():
        for _ in range(200):
            between = ["".join(random.choices(SPACES_AND_DASHES, k=random.choice((1, 2, 3)))) for _ in groups]
            text = "".join(group + part for group, part in zip(groups, between, strict=True))
            copy = Redaction().text(f"it is {text.removesuffix(between[-1])}, yes")
            assert copy == f"it is [{kind.split()[0]}], yes", ascii(text)


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("call + 49 30 901820", "call [phone]"), ("call +(49) 30 901820", "call [phone]"),
        ("(212) \u2013 555 - 0123", "[phone]"), ("**4111 1111** 1111 1111", "**[card]"),
        ("\u2463\u2460\u2460\u2460 1111 1111 1111", "[card]"), ("\u00b9\u00b2\u00b3-45-6789", "[us-ssn]"),
        ("4111 1111 11=\r\n11 1111", "[card]"), ("q=4111+1111+1111+1111&r=%2B49+30+901820", "q=[card]&r=[phone]"),
        ("iban=DE89+3704+0044+0532+0130+00", "iban=[iban]"), ("jo%u0040example.com", "[email]"),
        ("jo\\u{40}example.com", "[email]"), ("jo\\100example.com", "[email]"), ("jo\\U00000040example.com", "[email]"),
        ("jo&#0000000064;example.com", "[email]"), ("\\U00110000 jo@example.com", "\\U00110000 [email]"),
        ("j\0o\0@\0e\0x\0.\0c\0o\0m", "[email]"),
        ("d41d8cd98f00b204e9800998ecf8427e@example.com", "[email]"),
    ],
)  # fmt: skip
def test_no_other_way_of_writing_hides_it(text: str, copy: str) -> None:
    assert Redaction().text(text) == copy


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
        "foo-1.2.3.4.tar.gz foo_1.2.3.4_amd64.deb, package 1.2.3.4-1ubuntu2, version='1.2.3.4'",
        '"version": "1.2.3.4", Section 1.2.3.4 of it, file version is 6.1.7601.17514',
        "invoice 2026-000123, RE-2026-11-0042",
        "1 2 3 4 5 6 7 8 9, 9 8 7 6 5 4 3 2 1 0, 0 0 0 0 0 0 0 0 0 0",
        "05426617-c18d-4bc3-9e90-932cf232ae34 4d29dc1b-0840-4046-a39f-96857c1e08b6",
        "91afc4c2917059721285db729422445840ce77e8 19513ad919291f77e4c50045876525654b2a11bd",
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


SECRET = "I am jo@example.com, 4111 1111 1111 1111, and nobody else knows what else there is to be known."


@pytest.mark.parametrize(
    "encoded",
    [
        base64.encodebytes(SECRET.encode()).decode(),
        base64.encodebytes(SECRET.encode()).decode().replace("\n", "\r\n"),
        base64.b64encode(base64.b64encode(SECRET.encode())).decode(),
        base64.b64encode(SECRET.encode("utf-16")).decode(),
        base64.b64encode(f"M\u00fcller: {SECRET}".encode("latin-1")).decode(),
        SECRET.encode().hex(),
    ],
)
def test_base64_is_looked_into_however_it_is_broken_nested_and_encoded(encoded: str) -> None:
    assert Redaction().value({"file": encoded}) == {"file": "[base64]" + encoded[len(encoded.rstrip()) :]}
    assert "[base64]" in Redaction().text(f"file={encoded}")


def test_hashes_one_on_each_line_stay() -> None:
    hashes = "\n".join(sha256(bytes([number])).hexdigest() for number in range(100))
    assert Redaction().text(hashes) == hashes


def test_characters_and_tokens_in_a_list_are_looked_at_together() -> None:
    redaction = Redaction()
    body = {"a": list("jo@example.com"), "b": ["411", "1 1", "111", " 1111", " 1111"], "c": ["a", "b"], "d": ["x@y.zz"]}
    assert redaction.value(body) == {
        "a": {"left_out": "pieces", "items": 14},
        "b": {"left_out": "pieces", "items": 5},
        "c": ["a", "b"],
        "d": ["[email]"],
    }
    assert redaction.replaced == {"pieces": 2, "email": 1}


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_a_body_in_another_encoding_of_unicode_is_no_text(codec: str) -> None:
    data = base64.b64encode(SECRET.encode(codec)).decode()
    found = payload_of({"encoding": "BASE64", "data": data, "observedContentType": "text/plain"})
    assert found.form == "binary" and Redaction().payload(found).body is None


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
    " 00",
    "4111 ",
    "5 5 5 ",
    "1+1 ",
    "+ 4",
    "1*",
    "%u0031",
    "=\n1",
    "QUJD" * 20 + "\n",
    "aGVsbG8gam9AZXhhbXBsZS5jb20g",
    "v1.1.1.1 ",
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

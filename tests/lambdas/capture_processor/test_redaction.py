"""Personal data that has a form is replaced wherever it stands; what has no form is honestly left."""

from __future__ import annotations

import json
import time

import pytest

from lambdas.capture_processor.message_text import answer_of
from lambdas.capture_processor.payload import Payload
from lambdas.capture_processor.redaction import Redaction


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("write to jo.doe+x@mail.example.co.uk.", "write to [email]."),
        ("<jo@example.com>,JO@EXAMPLE.ORG", "<[email]>,[email]"),
        ("call +49 30 901820 or 0171 1234567", "call [phone] or [phone]"),
        ("call (212) 555-0123 or 1-800-555-0199", "call [phone] or [phone]"),
        ("mine is +1-555-123-4567!", "mine is [phone]!"),
        ("London 020 7946 0958, Paris 01 42 68 53 00", "London [phone], Paris [phone]"),
        ("card 4111 1111 1111 1111, 4111111111111111", "card [card], [card]"),
        ("amex 3782-822463-10005", "amex [card]"),
        ("pay DE89 3704 0044 0532 0130 00 and thank you", "pay [iban] and thank you"),
        ("GB82WEST12345698765432 NO9386011117947", "[iban] [iban]"),
        ("de89370400440532013000", "[iban]"),
        ("from 192.168.1.17:8080 and 2001:db8::8a2e:370:7334", "from [ip]:8080 and [ip]"),
        ("my number is 123-45-6789", "my number is [us-ssn]"),
        ("my card 4111 1111 1111 1111 12/27 cvv 123", "my card [card] 12/27 cvv 123"),
        ("4111111111111111 12/27 123", "[card] 12/27 123"),
        ("item 2 4111 1111 1111 1111", "item 2 [card]"),
        ("1 4111111111111111\n2 5500000000000004", "1 [card]\n2 [card]"),
        ("4111  1111\n1111 1111 or 4111_1111_1111_1111", "[card] or [card]"),
        ("\uff14\uff11\uff11\uff11 1111 1111 1111", "[card]"),
        ("0151 23456789 2026-11-21", "[phone] 2026-11-21"),
        ("phone: 0151 23456789 10:00", "phone: [phone] 10:00"),
        ("5 0151 23456789", "5 [phone]"),
        ("020 7946 0958 020 7946 0959", "[phone] [phone]"),
        ("+33 6 12 34 56 78 4111 1111 1111 1111", "[phone] [card]"),
        ("+49 151 23456789 0151 23456789", "[phone] [phone]"),
        ("DE89 3704 0044 0532 0130 00 020 7946 0958", "[iban] [phone]"),
        ("https://example.com/?mail=jo%40example.com&x=1", "https://example.com/?mail=[email]&x=1"),
        ('{"mail": "jo\\u0040example.com", "n": 1}', '{"mail": "[email]", "n": 1}'),
    ],
)
def test_what_can_be_told_by_its_form_is_replaced_by_its_kind(text, copy):
    assert Redaction().text(text) == copy


@pytest.mark.parametrize(
    "text",
    [
        "pi is 3.14159265",
        "at 12:30:45 on 2026-11-21T07:00:00Z",
        "std::vector<int> x::y and version 1.2.3",
        "DE is a country and 42 the answer to 1 + 1",
        "550e8400-e29b-41d4-a716-446655440000",
        "someone @ home, @handle",
    ],
)
def test_what_only_looks_a_little_like_it_stays(text):
    assert Redaction().text(text) == text


def test_a_wrong_check_digit_is_no_card_and_no_iban():
    redaction = Redaction()
    redaction.text("4111 1111 1111 1112 DE88 3704 0044 0532 0130 00")
    assert not {"card", "iban"} & set(redaction.replaced)


def test_names_and_addresses_are_not_found():
    text = "Ada Lovelace, 12 St James's Square, London, born 10 December 1815"
    assert Redaction().text(text) == text


def test_texts_at_any_depth_keys_and_whole_numbers_are_looked_at_and_finds_are_counted():
    redaction = Redaction()
    body = {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "I am jo@example.com"}]}],
        "user": "jo@example.com",
        "metadata": {"jo@example.com": {"card": 4111111111111111, "seed": 1763712000, "stream": True, "t": 0.5}},
        "max_tokens": 5,
    }
    assert redaction.value(body) == {
        "messages": [{"role": "user", "content": [{"type": "text", "text": "I am [email]"}]}],
        "user": "[email]",
        "metadata": {"[email]": {"card": "[card]", "seed": 1763712000, "stream": True, "t": 0.5}},
        "max_tokens": 5,
    }
    assert redaction.replaced == {"email": 3, "card": 1}


def test_vectors_and_token_ids_are_left_out_since_they_can_be_turned_back_into_text():
    body = {"data": [{"embedding": [0.25] * 384}], "more": [{"embedding": "AAAAPw=="}], "prompt": [1] * 20, "n": [1, 2]}
    assert Redaction().value(body) == {
        "data": [{"embedding": {"left_out": "vector", "numbers": 384}}],
        "more": [{"embedding": {"left_out": "vector", "characters": 8}}],
        "prompt": {"left_out": "vector", "numbers": 20},
        "n": [1, 2],
    }


def test_token_texts_are_left_out_since_they_are_the_answer_once_more():
    tokens = [{"id": 1, "text": "jo"}, {"id": 2, "text": "@example.com"}]
    body = {
        "details": {"tokens": tokens, "prefill": tokens, "generated_tokens": 2},
        "choices": [{"logprobs": {"content": [{"token": "jo", "bytes": [106, 111]}]}}],
        "usage": {"tokens": 2},
        "logprobs": True,
        "prompt": [5, 6, 7],
    }
    assert Redaction().value(body) == {
        "details": {
            "tokens": {"left_out": "tokens", "items": 2},
            "prefill": {"left_out": "tokens", "items": 2},
            "generated_tokens": 2,
        },
        "choices": [{"logprobs": {"left_out": "tokens", "items": 1}}],
        "usage": {"tokens": 2},
        "logprobs": True,
        "prompt": {"left_out": "vector", "numbers": 3},
    }


LINES = ("data: {}\n\n", "{}\n")
FORMS = (
    '{{"text": "{}"}}',
    '"{}"',
    '{{"delta": {{"text": "{}"}}}}',
    '{{"generated_text": "{}"}}',
    '{{"outputs": ["{}"]}}',
    '{{"generation": "{}"}}',
)


@pytest.mark.parametrize(
    ("form", "line"), [*((form, line) for form in FORMS for line in LINES), ("{}", "data: {}\n\n")]
)
def test_an_address_is_found_however_a_stream_splits_it(form, line):
    text = "".join(line.format(form.format(piece)) for piece in ("john", ".doe@", "example.com"))
    payload = Payload("text/event-stream", "text", text)
    assert Redaction().payload(payload).body == "[email]"
    assert answer_of(payload).text == "john.doe@example.com"


def test_parts_without_a_line_break_between_them_are_a_stream_too():
    text = '{"text":"john"}{"text":".doe@"} {"text":"example.com"}'
    assert Redaction().payload(Payload("application/jsonlines", "text", text)).body == "[email]"


@pytest.mark.parametrize("line", ["data: {}\n\n", "{}\n"])
def test_parts_of_an_unknown_form_are_left_out_only_where_something_is_split(line):
    def copy(*pieces):
        text = "".join(line.format(json.dumps({"chunk": [piece]})) for piece in pieces)
        return Redaction().payload(Payload("text/event-stream", "text", text)).body

    assert copy("john", ".doe@", "example.com") is None
    assert "[email]" in copy("john.doe@example.com, ", "yes") and "yes" in copy("no, ", "yes")


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ('{"x": NaN, "mail": "jo@example.com"}', '{"x": NaN, "mail": "[email]"}'),
        ('{"mail": "jo@example.com"}\n{"mail": "jo\\u0040example.com"}', '{"mail": "[email]"}\n{"mail": "[email]"}'),
        ("[" * 80 + '"jo@example.com"' + "]" * 80, "[" * 80 + '"[email]"' + "]" * 80),
    ],
)
def test_a_body_of_several_objects_or_of_what_json_does_not_allow_is_kept(text, copy):
    assert Redaction().payload(Payload("application/json", "text", text)).body == copy


def test_an_address_split_over_the_parts_of_a_stream_is_found():
    parts = [{"choices": [{"delta": {"content": piece}}]} for piece in ("ask jo@exa", "mple.com", " now")]
    text = "".join(f"data: {json.dumps(part)}\n\n" for part in parts)
    copy = Redaction().payload(Payload("text/event-stream", "text", text))
    assert (copy.form, copy.body) == ("text", "ask [email] now")


def test_bytes_that_nobody_can_look_into_are_left_out():
    assert Redaction().payload(Payload("audio/wav", "binary", "//4=")).body is None


@pytest.mark.parametrize("piece", ["a", "1 ", "ab12", "a@", "1.", "f:", "(2", "+1 ", "DE89 "])
def test_a_hostile_text_takes_no_more_than_its_length(piece):
    text = piece * (20_000 // len(piece))
    started = time.process_time()
    Redaction().text(text)
    assert time.process_time() - started < 10

"""How long redacting takes, of a usual text and of texts that are made to take long:

    .venv/bin/python benchmarks/redaction.py [--bytes 1000000] [--results FILE]

A row is CPU seconds for so many bytes of one kind of text, and the candidates that were tried for each character.
"""

from __future__ import annotations

import argparse
import os
import platform
import string
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))
from lambdas.capture_processor import iban, personal_data, phone_number
from lambdas.capture_processor.payload import Payload
from lambdas.capture_processor.redaction import Redaction

MOST_SECONDS = 5
tried = 0


def texts(random: Random, size: int) -> dict[str, str]:
    """Texts by what they are made of."""

    def digits(count: int) -> str:
        return "".join(random.choice(string.digits) for _ in range(count))

    def letters(count: int) -> str:
        return "".join(random.choice(string.ascii_letters + string.digits) for _ in range(count))

    def filled(piece: Callable[[], str]) -> str:
        pieces, length = [], 0
        while length < size:
            pieces.append(piece())
            length += len(pieces[-1].encode())
        return "".join(pieces)

    repeated = (
        "The fox asks jo@example.com, 0151 23456789. ", "a", "1 ", "12 ", "(2", "+1 ", "+12 345 6789 ", "a@",
        "a@b.", '"@', "a@bb.cc ", "1.", "1.1.1.1 ", "f:", "a::1 ", "DE89 ", "DE89 3704 0044 0532 0130 01 ", "%41",
        "%25", "\\u0041", "\\", "&#64;", "1\u200b", "\u200b", "1  ", "\uff11", '{"a":"1 "}\n', 'data: {"a":"1"}\n\n',
    )  # fmt: skip
    made = {repr(piece): piece * (size // len(piece.encode()) + 1) for piece in repeated}
    for count in (2, 3, 4, 5, 8, 10):
        made[f"{count} digits and a space"] = filled(lambda count=count: f"{digits(count)} ")
    made["0, 2 digits and a space"] = filled(lambda: f"0{digits(2)} ")
    made["0, 9 digits and a space"] = filled(lambda: f"0{digits(9)} ")
    made["5 digits and a hyphen"] = filled(lambda: f"{digits(5)}-")
    made["+ and 11 digits"] = filled(lambda: f"+{digits(11)} ")
    made["cards without a check digit"] = filled(lambda: f"4{digits(3)} {digits(4)} {digits(4)} {digits(4)} ")
    made["decimal numbers"] = filled(lambda: f"0.{digits(8)} ")
    made["nothing but digits"] = filled(lambda: digits(100))
    made["lines of 76 letters and digits"] = filled(lambda: f"{letters(76)}\n")
    return made


def counting(function: Callable[[str], bool]) -> Callable[[str], bool]:
    """A candidate's judge that counts how often it is asked."""

    def judge(candidate: str) -> bool:
        global tried
        tried += 1
        return function(candidate)

    return judge


def main() -> int:
    """Measure, print, and write what was printed to `--results`; 1 where a text takes too long."""
    global tried
    parser = argparse.ArgumentParser()
    parser.add_argument("--bytes", type=int, default=1_000_000)
    parser.add_argument("--results", type=Path)
    options = parser.parse_args()
    phone_number.is_national = counting(phone_number.is_national)
    phone_number.is_international = counting(phone_number.is_international)
    iban.has_check_digits = counting(iban.has_check_digits)
    personal_data._is_address = counting(personal_data._is_address)
    Redaction().text("+1 212 555 0123 0151 23456789")
    output = [
        f".venv/bin/python benchmarks/redaction.py --bytes {options.bytes}",
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}; CPU seconds for "
        f"{options.bytes:,} bytes",
        "",
        f"{'made of':60} {'seconds':>8} {'tries per character':>20}",
    ]
    slowest = 0.0
    for name, text in texts(Random(20261130), options.bytes).items():
        tried, began = 0, time.process_time()
        Redaction().payload(Payload("text/plain", "text", text))
        seconds = time.process_time() - began
        slowest = max(slowest, seconds)
        output.append(f"{name:60} {seconds:8.2f} {tried / len(text):20.3f}")
    output += ["", f"slowest {slowest:.2f} s, of at most {MOST_SECONDS}"]
    print("\n".join(output))
    if options.results:
        options.results.write_text("\n".join(output) + "\n", "utf-8")
    return int(slowest > MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())

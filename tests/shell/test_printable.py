"""What others wrote is printed as text: no markup, no terminal codes, no line of its own."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from rich.table import Table
from rich.text import Text

from modelyard.catalog.problem import Problem
from modelyard.checking.formats import as_annotations, as_lines
from modelyard.checking.report import CheckReport, Reported
from modelyard.cli.main import _print_failure
from modelyard.rules.rule import Finding
from modelyard.shell.failure import Failure
from modelyard.shell.printable import in_one_line, printable
from modelyard.shell.terminal import PlainConsole

HOSTILE = ["[/]", "[bold]x[/bold]", "[link=https://example.com]x[/link]", ":warning:", "[/not-open]", "\\[x]"]


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_of_others_is_text_wherever_it_stands(text: str) -> None:
    out = io.StringIO()
    console = PlainConsole(file=out, width=200)
    table = Table(text, title=text)
    table.add_row(text)
    console.print(text)
    console.print(table)
    console.print(Text(text))
    assert out.getvalue().count(text) == 5


@pytest.mark.parametrize("code", ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x08\x08", "\u202e", "\x7f", "\r"])
def test_codes_of_terminals_are_spelt_out(code: str) -> None:
    out = io.StringIO()
    console = PlainConsole(file=out, width=200, force_terminal=True, color_system="standard")
    table = Table("name")
    table.add_row(f"a{code}b")
    console.print(table)
    console.print(f"a{code}b", style="bold")
    console.print(Text(f"a{code}b"))
    assert code not in out.getvalue()


def test_styles_of_our_own_still_colour_a_terminal() -> None:
    out = io.StringIO()
    PlainConsole(file=out, force_terminal=True, color_system="standard").print("x", style="bold")
    assert "\x1b[1m" in out.getvalue()


def test_a_sentence_about_a_hostile_name_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert _print_failure(Failure("no file a\n::error::b\x1b[2J", details=("x\x1b[1m",))) == 1
    assert capsys.readouterr().err == "modelyard: no file a ::error::b\\x1b[2J\nx\\x1b[1m\n"


def test_a_name_of_a_file_begins_no_line_of_a_check() -> None:
    place = Path("catalog/endpoints/x\n::error::y.yaml")
    finding = Finding.of_problem(Problem.in_file(place, "MY008", "a\n::stop-commands::z"))
    report = CheckReport(
        environments=("a\n::add-mask::b",), reported=(Reported(finding=finding, environments=("a\n::add-mask::b",)),)
    )
    for said in (as_lines(report), as_annotations(report)):
        begun = [line for line in said.splitlines() if line.lstrip().startswith("::")]
        assert all(line.startswith("::error file=catalog/endpoints/x") for line in begun)


@pytest.mark.parametrize(
    ("text", "shown"), [("a\nb", "a\nb"), ("größe\t模型", "größe\t模型"), ("a\xa0b", "a b"), ("\0", "\\x00")]
)
def test_what_can_be_seen_stays(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\u2028b", "a\x85b", "a\x0bb", "a\n", "\n"])
def test_no_break_is_left_in_one_line(text: str) -> None:
    assert len(in_one_line(text).splitlines()) <= 1


def test_every_console_of_the_commands_is_the_plain_one() -> None:
    found = [
        path.name
        for path in (Path(sys.modules["modelyard.cli.main"].__file__ or "").parent).rglob("*.py")
        if " Console(" in path.read_text("utf-8") or "=Console(" in path.read_text("utf-8")
    ]
    assert found == []

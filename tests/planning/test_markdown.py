"""A comment's structure is the project's: no name, value or path that a request brings along changes it."""

from __future__ import annotations

import dataclasses
import os
import re
import typing
from collections.abc import Callable
from datetime import date
from itertools import cycle
from pathlib import Path
from types import UnionType
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from modelyard.planning.making import make_plan
from modelyard.planning.markdown import MARKER, as_markdown, failure_as_markdown
from modelyard.planning.markdown_text import cell_code, code, prose
from modelyard.planning.plan import Plan
from modelyard.planning.policy import Verdict
from modelyard.shell.failure import Failure

# A whole comment each, half a second: `make test-long` tries more.
EXAMPLES = int(os.environ.get("MODELYARD_FUZZ_EXAMPLES", "125")) // 15
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What GitHub makes of text that is left once Markdown is read: mentions, references, addresses.
MADE_OF_TEXT = re.compile(r"@\w|#\d|\bGH-\d|://|\bwww\.|[\w.+-]@[\w-]", re.IGNORECASE)
HOSTILE = [
    "a\n# heading", "a\r\n\r\n# heading", "a\u2028# heading", "![x](https://evil.example/x.png)", "[x](javascript:1)",
    "@everyone", "@org/team see #1", "GH-12 owner/repo#12", "<!-- ", "<details>", "</details></td></table>",
    "<img src=x>",
    "a|b|c", "a\\|b", "\\", "a\\", "`", "``", "```\n# x", "`a", "a` b", "``` ", "| - |", "---", "===", "- x", "1. x",
    "> x",
    "#", "~~x~~", "**x**", "_x_", "&lt;b&gt;", "&#64;everyone", "https://evil.example", "www.evil.example",
    "a@evil.example",
    "$x$ \\(y\\)", "\u202egnp.exe", "\u200b", "\x00\x1b[2J", "", " ", "   ", "    four", "\ttab", "[^1]", "[x]: https://e.example",
    "x" * 5_000, "```" * 200, "<https://evil.example>", ":tada:", "- [ ] task", "::error::x", "\ud800",
]  # fmt: skip
foreign = st.one_of(
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3).map("".join),
    st.text(alphabet="`|\\ \n<>!-#@&a[]()*_~:/.1$\u202e", max_size=12),
    st.text(max_size=12),
)


def structure(text: str) -> list[str]:
    """Every token but text and code spans, in order, and what GitHub would make of the text."""
    found = []
    for token in READER.parse(text):
        inner = [one for one in token.children or [] if one.type not in ("text", "code_inline", "text_special")]
        found += [f"{token.type} {token.tag} {token.content if token.type == 'html_block' else ''}"]
        found += [f"  {one.type} {one.content}" for one in inner]
        for one in token.children or []:
            if one.type in ("text", "text_special"):
                found += [f"  ! {match}" for match in MADE_OF_TEXT.findall(one.content)]
    return found


def with_text(value: Any, hint: Any, text: Callable[[], str]) -> Any:
    """A copy of a plan in which everything that a type calls text is another one; literals and numbers stay."""
    if hint is str or (isinstance(hint, UnionType) and str in typing.get_args(hint) and isinstance(value, str)):
        return text()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        if type(value).__name__ in ("Meter", "Price", "Band", "Quota"):
            return value
        hints = typing.get_type_hints(type(value))
        fields = {
            one.name: with_text(getattr(value, one.name), hints[one.name], text) for one in dataclasses.fields(value)
        }
        return dataclasses.replace(value, **fields)
    if isinstance(value, tuple):
        inner = next(
            (one for one in (hint, *typing.get_args(hint)) if typing.get_origin(one) is tuple), tuple[Any, ...]
        )
        return tuple(with_text(one, typing.get_args(inner)[0], text) for one in value)
    return value


@pytest.fixture
def made(repository, monkeypatch) -> Plan:
    """A plan that has a part of every kind: added, removed, replaced, refused, shared, with notes and quotas."""
    repository.git("mv", "catalog/endpoints/answers.yaml", "catalog/endpoints/replies.yaml")
    repository.edit("endpoints/chat.yaml", "ml.g5.2xlarge", "ml.g5.4xlarge")
    repository.edit("organisation.yaml", "CC-2", "CC-9")
    repository.append("environments/plain.yaml", "signals: {stream: on-demand}\n")
    made = make_plan(Path("catalog"), ref=None, environment=None, usage_file=None, today=date(2026, 11, 30))
    return dataclasses.replace(made.plan, notes=("a note", "another"))


VERDICTS = [
    Verdict(level="block", environment="local", sentence="too dear"),
    Verdict(level="warn", environment="e", sentence="s"),
]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a comment is long: shrinking one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.lists(foreign, min_size=1, max_size=7))
@example(texts=HOSTILE[:20])
@example(texts=HOSTILE[20:])
def test_a_comment_has_the_same_structure_whatever_strings_the_catalog_holds(made, texts):
    # Alike texts are told once, and an empty one leaves its line out: both are so on either side.
    known = [text for text in texts if text] or ["x"]
    words = [f"word{known.index(text)}" for text in known]

    def rendered(text: Callable[[], str]) -> str:
        # Endpoints are told apart by their names, so these stay different from each other.
        numbers = iter(range(1_000_000))
        plan = with_text(made, Plan, text)
        environments = tuple(
            dataclasses.replace(
                environment,
                endpoints=tuple(
                    dataclasses.replace(one, name=f"{next(numbers)}{one.name}", changes=tuple(
                        dataclasses.replace(change, key=f"{next(numbers)}{change.key}") for change in one.changes
                    )) for one in environment.endpoints
                ),
            )
            for environment in plan.environments
        )  # fmt: skip
        verdicts = [dataclasses.replace(one, sentence=text()) for one in VERDICTS]
        return as_markdown(dataclasses.replace(plan, environments=environments), verdicts)

    hostile, harmless = cycle(known), cycle(words)
    # A comment that is too long leaves rows out, which is another test's business.
    with patch("modelyard.planning.markdown._MOST_CHARACTERS", 10**9):
        assert structure(rendered(lambda: next(hostile))) == structure(rendered(lambda: next(harmless)))


@settings(max_examples=300, deadline=None)
@given(text=foreign, lines=st.lists(foreign, max_size=4))
def test_what_could_not_be_planned_is_told_in_one_structure(text, lines):
    found = failure_as_markdown(Failure(text or "x", details=tuple(lines)))
    plain = failure_as_markdown(Failure("x", details=("x",) * len(lines)))
    if text.strip():
        assert structure(found) == structure(plain)
    assert found.startswith(f"{MARKER}\n### ")


@settings(max_examples=500, deadline=None)
@given(text=foreign)
def test_a_value_stays_one_code_span_and_a_sentence_stays_text(text):
    [paragraph] = [token for token in READER.parse(f"- {code(text)}: x") if token.type == "inline"]
    assert [one.type for one in paragraph.children] == ["code_inline", "text"]
    cells = [
        token
        for token in READER.parse(f"| a | b |\n|---|---|\n| {cell_code(text)} | {prose(text)} |")
        if token.type == "inline"
    ]
    assert len(cells) == 4 and [one.type for one in cells[2].children] == ["code_inline"]
    assert {one.type for one in cells[3].children} <= {"text", "text_special", "code_inline"}


def test_a_value_is_shown_with_what_cannot_be_seen():
    assert code("a\nb\u202ec`d") == "``a\\nb\\u202ec`d``"
    assert (
        prose("is :white_check_mark: approved, at 10:30:00")
        == "is :&#8203;white&#95;check&#95;mark: approved, at 10:&#8203;30:00"
    )
    assert (
        prose("say `modelyard stage x` <b> @team #12") == "say `modelyard stage x` &#60;b&#62; @&#8203;team #&#8203;12"
    )
    assert len(code("x" * 5_000)) < 400


def test_a_plan_of_more_environments_than_a_comment_holds_still_fits(made):
    [first, *_] = made.environments
    many = dataclasses.replace(made, environments=tuple(dataclasses.replace(first, name=f"e{n}") for n in range(2_000)))
    text = as_markdown(many, [dataclasses.replace(VERDICTS[0], sentence="s" * 2_000)] * 500)
    assert text.startswith(MARKER) and len(text) < 65_536

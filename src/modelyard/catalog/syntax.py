"""What a YAML syntax error means to somebody who writes catalog files."""

from __future__ import annotations

import yaml

from modelyard.catalog.problem import UNREADABLE, Position, Problem

# What the parser says, and what to do about it.
_SYNTAX = (
    ("tab character that violates", "a tab stands in the indentation: indent with spaces"),
    (
        "cannot start any token",
        "a tab or special character stands where YAML allows none: indent with spaces, quote texts",
    ),
    (
        "mapping values are not allowed",
        "a second `: ` on this line, or changed indentation: quote the text or align it",
    ),
    ("did not find expected key", "the indentation does not match the lines above: align keys of one table"),
    ("could not find expected ':'", "a key without a `:` after it: write `key: value`"),
    ("found unexpected end of stream", "a quoted text is never closed: add the closing quote"),
    ("did not find expected ',' or", "a bracket or brace is never closed, or a comma is missing"),
    ("did not find expected node content", "a bracket or brace is never closed, or a value is missing"),
    ("expected a single document", "a second document starts here: one file describes one thing; remove the `---`"),
    ("undefined alias", "aliases are refused: write the value out, or quote a text with *"),
    ("block sequence entries are not allowed", "a list element stands where none is allowed: give it its own line"),
    ("unknown escape character", "a backslash in double quotes starts an unknown escape: use single quotes"),
    ("directive", "a % at the start of a line begins a directive: quote the text"),
)


def syntax_problem(path: str, error: yaml.YAMLError) -> Problem:
    """The sentence for an error of the parser, at the place where it noticed."""
    said = str(error)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    sentence = next((sentence for sign, sentence in _SYNTAX if sign in said), None)
    if sentence is None:
        problem = getattr(error, "problem", None) or "unexpected character"
        sentence = f"the YAML ends or breaks here ({problem}): check quotes, brackets and indentation"
    return Problem.at(Position(path, line, column), UNREADABLE, sentence)

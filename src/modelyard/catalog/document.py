"""One YAML file: its values, and where in the file each of them stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from modelyard.catalog.dynamic_reference import SENTENCE as REFERENCE_SENTENCE
from modelyard.catalog.dynamic_reference import is_dynamic_reference
from modelyard.catalog.problem import (
    AMBIGUOUS_VALUE,
    DYNAMIC_REFERENCE,
    REFUSED_YAML,
    SECRET_TEXT,
    UNREADABLE,
    WRONG_VALUE,
    Position,
    Problem,
    shown_path,
)
from modelyard.catalog.regular_file import MIB, UnreadableFile, read_regular
from modelyard.catalog.scalars import AmbiguousScalarError, plain_scalar
from modelyard.catalog.secret_form import has_secret_form
from modelyard.catalog.suggestion import shown
from modelyard.catalog.syntax import syntax_problem

Key = str | int
Table = dict[str, object]

_MOST_BYTES = MIB
_DEEPEST = 20
# Of one table's keys or one list's elements: each that is wrong is a sentence, in every entry that it is merged to.
_MOST_MEMBERS = 2000
# Below these, a file cannot nest deeply enough to exhaust the C composer's stack (it recurses without a limit).
_FEW_BRACKETS = 400
_SHORT_LINE = 400
# Everything outside the printable characters of YAML 1.2 (https://yaml.org/spec/1.2.2/#51-character-set).
_CONTROL_CHARACTER = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Document:
    """A file that could be read: `values` holds text, numbers, booleans, tables and tuples."""

    path: str
    values: Table
    root: Node | None

    def has(self, location: Sequence[Key]) -> bool:
        """Whether the file itself says something at this place."""
        return _find(self.root, location) is not None

    def position(self, location: Sequence[Key], *, key: bool = False) -> Position:
        """Where the value (or its key) stands; the nearest enclosing place that exists otherwise."""
        for length in range(len(location), -1, -1):
            found = _find(self.root, location[:length])
            if found is not None:
                key_node, value_node = found
                return _position(self.path, key_node if key or length < len(location) else value_node)
        return Position(self.path, 1, 1)


def _find(root: Node | None, location: Sequence[Key]) -> tuple[Node, Node] | None:
    """The (key, value) nodes at a location; a list element is its own key."""
    if root is None:
        return None
    key, value = root, root
    for part in location:
        if isinstance(value, MappingNode):
            for key_node, value_node in value.value:
                if key_node.value == part:
                    key, value = key_node, value_node
                    break
            else:
                return None
        elif isinstance(value, SequenceNode) and isinstance(part, int) and part < len(value.value):
            key = value = value.value[part]
        else:
            return None
    return key, value


def _position(path: str, node: Node) -> Position:
    return Position(path, node.start_mark.line + 1, node.start_mark.column + 1)


def read_document(path: Path, problems: list[Problem], *, right: dict[str, Document] | None = None) -> Document | None:
    """Read one file; what is wrong goes to `problems`, and only a file that is wholly right is returned.

    `right` keeps these by their text: a file that holds the same under another path is not parsed again.
    """
    name = shown_path(path)
    right = {} if right is None else right
    try:
        text = _text(path)
        if text in right:
            return replace(right[text], path=name)
        _refuse_exotic_yaml(text)
        root = _Composer(text).get_single_node()
    except _RefusedError as refused:
        problems.append(Problem.at(Position(name, refused.line, refused.column), refused.rule_id, refused.message))
        return None
    except yaml.YAMLError as error:
        problems.append(syntax_problem(name, error))
        return None
    if root is None:
        return Document(name, {}, None)
    if not isinstance(root, MappingNode):
        position = _position(name, root)
        problems.append(Problem.at(position, WRONG_VALUE, "the file holds no table: write one `key: value` per line"))
        return None
    reader = _Reader(name)
    values = reader.table(root, 1)
    problems.extend(reader.problems)
    if reader.problems:
        return None
    right[text] = Document(name, values, root)
    return right[text]


class _Composer(yaml.CBaseLoader):
    """Makes nodes without the tags of YAML's own types: what a plain value means is `plain_scalar`'s to say."""

    def resolve(self, kind: object, value: object, implicit: object) -> str:
        """The tag of a node without one."""
        return ""

    def descend_resolver(self, current_node: object, current_index: object) -> None:
        """No tag depends on where a node stands."""

    def ascend_resolver(self) -> None:
        """As above."""


class _RefusedError(Exception):
    def __init__(self, message: str, *, line: int = 1, column: int = 1, rule_id: str = UNREADABLE) -> None:
        super().__init__(message)
        self.message, self.line, self.column, self.rule_id = message, line, column, rule_id


def _text(path: Path) -> str:
    try:
        content = read_regular(path, most_bytes=_MOST_BYTES)
    except FileNotFoundError:
        raise _RefusedError(
            "the file cannot be read (no such file or directory): check that it exists and may be read"
        ) from None
    except UnreadableFile as unreadable:
        raise _RefusedError(str(unreadable)) from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _RefusedError("the file is encoded in UTF-16; a catalog file is UTF-8: save it as UTF-8")
    if content.startswith(b"\xef\xbb\xbf"):
        raise _RefusedError("the file starts with a byte order mark: save it as UTF-8 without one")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before, found = content[: error.start].decode("utf-8"), f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise _refused_at(before, f"{found}: save the file as UTF-8") from None
    control = _CONTROL_CHARACTER.search(text)
    if control:
        found = f"character U+{ord(control[0]):04X}, which is no text"
        raise _refused_at(text[: control.start()], f"the file holds {found}: remove it")
    return text


def _refused_at(before: str, message: str) -> _RefusedError:
    """The refusal of what comes after some text of the file."""
    return _RefusedError(message, line=before.count("\n") + 1, column=len(before) - before.rfind("\n"))


def _refuse_exotic_yaml(text: str) -> None:
    """Refuse what needs no support in a catalog and harms it: anchors (bombs), tags, directives, deep nesting."""
    deep = text.count("[") + text.count("{") > _FEW_BRACKETS or len(max(text.split("\n"), key=len)) > _SHORT_LINE
    if not deep and not any(mark in text for mark in "&*!%"):
        return
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        refusal = _refusal(event, depth)
        if refusal is not None:
            mark = event.start_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
            raise _RefusedError(refusal, line=line, column=column, rule_id=REFUSED_YAML)


def _refusal(event: yaml.Event, depth: int) -> str | None:
    if isinstance(event, yaml.AliasEvent):
        return f"alias *{shown(event.anchor)} is refused: write the value out, or use the environment's `defaults:`"
    if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
        return f"anchor &{shown(event.anchor)} is refused: put what entries share into the environment's `defaults:`"
    if isinstance(event, yaml.CollectionStartEvent | yaml.ScalarEvent) and event.tag is not None:
        return f"tag {shown(event.tag)} is refused: write plain values; quotes make a text"
    if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
        return "a % directive is refused: remove it"
    if depth > _DEEPEST:
        return f"tables and lists nest more than {_DEEPEST} deep: no key needs that; check the brackets"
    return None


class _Reader:
    """Turns one file's nodes into values and collects everything that has no one meaning."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._variables = False
        self.problems: list[Problem] = []

    def table(self, node: MappingNode, depth: int) -> Table:
        values: Table = {}
        variables = self._variables
        if len(node.value) > _MOST_MEMBERS:
            self._refuse_size(node, f"the table has {len(node.value)} keys")
            return values
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self._refuse(key_node, REFUSED_YAML, "a key is a table or a list: keys are single words")
                continue
            key = key_node.value
            self._check_text(key_node)
            if key == "<<":
                self._refuse(key_node, REFUSED_YAML, "merge key << is refused: use the environment's `defaults:`")
            elif key in values:
                self._refuse(key_node, REFUSED_YAML, f"key {shown(key)} stands twice in this table: remove one of them")
            # Variables of a container: the rule environment_secret knows their names as well, and may be waived.
            self._variables = self._variables or key == "environment"
            values[key] = self._value(value_node, depth)
            self._variables = variables
        return values

    def _value(self, node: Node, depth: int) -> object:
        if isinstance(node, ScalarNode):
            self._check_text(node)
            if node.style:
                return str(node.value)
            try:
                return plain_scalar(node.value)
            except AmbiguousScalarError as ambiguous:
                self._refuse(node, AMBIGUOUS_VALUE, str(ambiguous))
                return None
        if depth >= _DEEPEST:
            self._refuse(node, REFUSED_YAML, f"tables and lists nest more than {_DEEPEST} deep: check the indentation")
            return None
        if isinstance(node, MappingNode):
            return self.table(node, depth + 1)
        if len(node.value) > _MOST_MEMBERS:
            self._refuse_size(node, f"the list has {len(node.value)} elements")
            return ()
        return tuple(self._value(element, depth + 1) for element in node.value)

    def _check_text(self, node: ScalarNode) -> None:
        """Refuse what no text of a catalog may hold, wherever it stands: escapes can write it into a clean file."""
        text = node.value
        if "{" in text and is_dynamic_reference(text):
            self._refuse(node, DYNAMIC_REFERENCE, f"the text {REFERENCE_SENTENCE}")
        if not self._variables and has_secret_form(text):
            self._refuse(node, SECRET_TEXT, "the text has the form of a secret: remove it, and have it revoked")
        if node.style == '"' and not text.isprintable():
            control = _CONTROL_CHARACTER.search(text)
            if control:
                message = f"the text holds character U+{ord(control[0]):04X}, which is no text: remove it"
                self._refuse(node, UNREADABLE, message)

    def _refuse_size(self, node: Node, what: str) -> None:
        self._refuse(node, REFUSED_YAML, f"{what}, at most {_MOST_MEMBERS} are read: no catalog needs more")

    def _refuse(self, node: Node, rule_id: str, message: str) -> None:
        self.problems.append(Problem.at(_position(self._path, node), rule_id, message))

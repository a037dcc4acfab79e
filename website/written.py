"""The pages that people wrote, as the site has them: links lead to other pages of the site, and nowhere else."""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable, Iterator
from functools import cache

from website.page import ROOT, Page

# Where people write pages; the README is the site's first page.
PATTERNS = ("*.md", "docs/**/*.md", "containers/**/*.md", "benchmarks/*.md", "src/localaws/**/*.md")
FIRST = "README.md"
DECISIONS = "docs/decisions"
# What stands in code, such as a pattern, is no link; a link may have code in its text.
_LINK = re.compile(r"(?P<marks>`+).+?(?<!`)(?P=marks)(?!`)|(?<!!)\[(?P<text>[^\]\n]+)\]\((?P<target>[^)\s]+)\)")
_FENCE = re.compile(r"^ *(```|~~~)")
_RULE = re.compile(r"(?<![\w`/\[])(MY\d{3})(?![\w`\]])")


@cache
def sources() -> tuple[str, ...]:
    """The files of these pages, by their paths in the repository."""
    found = {path.relative_to(ROOT).as_posix() for pattern in PATTERNS for path in ROOT.glob(pattern)}
    return tuple(sorted(found))


def written_pages() -> Iterator[Page]:
    """Every page as the generator reads it."""
    for source in sources():
        text = (ROOT / source).read_text("utf-8")
        if source == "docs/rules.md":
            text = outside_code(text, _with_links_to_rules)
        page = page_of(source)
        yield Page(page, outside_code(text, lambda line, source=source: _with_links(line, source)))  # type: ignore[misc]


def page_of(source: str) -> str:
    """The path of a file's page in the site."""
    return "index.md" if source == FIRST else source


def title_of(source: str) -> str:
    """What a page calls itself."""
    return re.search(r"^# (.+)$", (ROOT / source).read_text("utf-8"), re.MULTILINE)[1]  # type: ignore[index]


def links(text: str) -> Iterator[str]:
    """What the links of a page point at, those in examples left out."""
    found: list[str] = []

    def note(line: str) -> str:
        found.extend(one["target"] for one in _LINK.finditer(line) if one["target"])
        return line

    outside_code(text, note)
    yield from found


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """The text with each line changed that no fence holds."""
    lines, fence = [], ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1] == fence:
            fence = ""
        elif not fence:
            line = change(line)
        lines.append(line)
    return "\n".join(lines)


def _with_links_to_rules(line: str) -> str:
    return _RULE.sub(r"[\1](../reference/rules/\1.md)", line) if line.startswith("|") else line


def _with_links(line: str, source: str) -> str:
    return _LINK.sub(lambda one: _link(one["text"], one["target"], source) if one["target"] else one[0], line)


def _link(text: str, target: str, source: str) -> str:
    path, mark, anchor = target.partition("#")
    if not path or "://" in path or path.startswith("mailto:"):
        return f"[{text}]({target})"
    here = os.path.dirname(source)
    there = os.path.normpath(os.path.join(here, path))
    if there.startswith("reference/") or there == DECISIONS:
        page = there if there.startswith("reference/") else f"{DECISIONS}/index.md"
    elif f"{there}/README.md" in sources():
        page = f"{there}/README.md"
    elif there in sources():
        page = page_of(there)
    elif (ROOT / there).exists():
        # A file of the repository, and no page: the site says where it lies.
        return text if there.rpartition("/")[2] in text else f"{text} (`{there}`)"
    else:
        raise FileNotFoundError(f"{source} links to {target}, which does not exist")
    return f"[{text}]({os.path.relpath(page, here or '.')}{mark}{anchor})"

"""Which links between pages lead nowhere."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator, Mapping

from website.written import links, outside_code


def broken_links(texts: Mapping[str, str], others: frozenset[str] = frozenset()) -> Iterator[str]:
    """Each link to a page or heading that is not there, as `page: link`; `others` are paths that are no pages."""
    headings = {path: anchors(text) for path, text in texts.items()}
    for path, text in texts.items():
        for link in links(text):
            target, _, anchor = link.partition("#")
            if "://" in target or target.startswith("mailto:"):
                continue
            there = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if there not in headings and there not in others or anchor and anchor not in headings.get(there, ()):
                yield f"{path}: {link}"


def anchors(text: str) -> set[str]:
    """The headings of a page as GitHub and the generator name them."""
    found: list[str] = []

    def note(line: str) -> str:
        if heading := re.match(r"#{1,4} (.+)", line):
            words = re.sub(r"<[^>]+>", "", heading[1]) if "<a id=" in heading[1] else heading[1]
            name = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
            found.append(f"{name}-{found.count(name)}" if name in found else name)
        found.extend(re.findall(r'<a id="([^"]+)">', line))
        return line

    outside_code(text, note)
    return set(found)

"""What `make site` has built: every page is there, and none of them asks another machine for anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from website.page import ROOT
from website.site import pages

BUILT = ROOT / "build" / "site" / "html"
# What a browser fetches by itself; where a reader clicks is the reader's choice.
FETCHED = {
    ("script", "src"), ("link", "href"), ("img", "src"), ("img", "srcset"), ("source", "src"), ("source", "srcset"),
    ("iframe", "src"), ("embed", "src"), ("object", "data"), ("video", "src"), ("audio", "src"), ("use", "href"),
    ("image", "href"), ("input", "src"), ("video", "poster"), ("form", "action"),
}  # fmt: skip
ELSEWHERE = re.compile(r"\b[a-z][a-z0-9+.-]*://|^\s*//", re.IGNORECASE)
IN_STYLES = re.compile(r"(?:url\(|@import)\s*[\"']?\s*(?:[a-z]+:)?//", re.IGNORECASE)


class Fetches(HTMLParser):
    """What a page of another machine's it fetches by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag fetches."""
        for name, value in attrs:
            foreign = (tag, name) in FETCHED and ELSEWHERE.search(value or "")
            if foreign or (name == "style" and IN_STYLES.search(value or "")):
                self.found.append(f"<{tag} {name}={value}>")


def fetches(text: str) -> list[str]:
    reader = Fetches()
    reader.feed(text)
    styles = re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL | re.IGNORECASE)
    return reader.found + [found for style in styles for found in IN_STYLES.findall(style)]


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://x.example/a.js"></script>', '<link rel="stylesheet" href="//x.example/a.css">',
        "<img alt=\"\" src='http://x.example/a.png'>", "<style>@import 'https://x.example/a.css';</style>",
        '<p style="background: url(https://x.example/a.png)">',
    ],
)  # fmt: skip
def test_what_is_fetched_elsewhere_is_found(text: str) -> None:
    assert fetches(text)


@pytest.mark.parametrize("text", ['<a href="https://x.example">', '<script src="_static/a.js?v=1"></script>'])
def test_links_and_own_files_are_none(text: str) -> None:
    assert not fetches(text)


def test_every_page_is_built() -> None:
    missing = [path for path in pages() if not (BUILT / path).with_suffix(".html").is_file()]
    assert not missing


def test_no_page_fetches_anything_from_another_machine() -> None:
    built = sorted(BUILT.rglob("*.html"))
    assert len(built) > len(pages())  # the search's own page as well
    found = {path.name: wrong for path in built if (wrong := fetches(path.read_text("utf-8")))}
    assert not found


def test_no_style_or_script_does() -> None:
    found = dict(_static())
    assert not found


def _static() -> Iterator[tuple[str, list[str]]]:
    for path in sorted(BUILT.rglob("*.css")):
        if wrong := IN_STYLES.findall(path.read_text("utf-8")):
            yield path.name, wrong
    for path in sorted(BUILT.rglob("*.js")):
        calls = r"(?:fetch|importScripts|import)\(\s*[\"'`](?:https?:)?//|\.src\s*=\s*[\"'`](?:https?:)?//"
        if wrong := re.findall(calls, path.read_text("utf-8")):
            yield path.name, wrong
